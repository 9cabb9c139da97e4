/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a template, by the rules of HTML and of XML. It is refused with a place and a reason, or it becomes C:
 * the same C each time, with nothing of the template outside a literal but names.
 */
#include "tplc_compile.h"

enum { SOURCE_MAX = 16 * 1024, MEMORY = 256 * 1024 * 1024, OUTPUT_MAX = 4 * 1024 * 1024 };

/* Literals end on the line they begin on, and braces outside them pair up: the file is one that C can read. */
static void check_c(struct span c)
{
    long depth = 0;
    bool inside = false;

    for (size_t i = 0; i < c.n; i++) {
        char byte = c.p[i];

        CHECK(byte == '\n' || (unsigned char)byte >= 0x20);
        if (inside && byte == '\\')
            CHECK(++i < c.n && c.p[i] != '\n');
        else if (byte == '"')
            inside = !inside;
        CHECK(!inside || byte != '\n');
        if (!inside)
            CHECK((unsigned char)byte < 0x80);
        if (!inside && (byte == '{' || byte == '}'))
            depth += byte == '{' ? 1 : -1;
        CHECK(depth >= 0);
    }
    CHECK(depth == 0 && !inside);
}

static void try(struct arena *a, struct tplc_source source)
{
    struct buf out[2][3];
    enum rc rc[2];

    for (size_t turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < 3; i++)
            buf_init(&out[turn][i], a, OUTPUT_MAX);
        rc[turn] = tplc_compile(a, &source, 1, S("templates.h"), &out[turn][0], &out[turn][1], &out[turn][2]);
    }
    CHECK(rc[0] == rc[1]);
    for (size_t i = 0; i < 3; i++)
        CHECK(!buf_overflowed(&out[0][i]) && span_eq(buf_span(&out[0][i]), buf_span(&out[1][i])));
    if (rc[0] != RC_OK) {
        CHECK(rc[0] == RC_INVALID);
        CHECK(span_starts(buf_span(&out[0][2]), source.path));
        CHECK(span_ends(buf_span(&out[0][2]), S("\n")));
        return;
    }
    CHECK(out[0][2].n == 0);
    check_c(buf_span(&out[0][0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);

    if (size <= SOURCE_MAX) {
        try(a, (struct tplc_source){S("x.html"), text});
        try(a, (struct tplc_source){S("x.xml"), text});
    }
    arena_close(&a);
    return 0;
}
