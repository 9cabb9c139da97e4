/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a form: the first byte chooses the encoding. What is taken is what the table allows; faults and values
 * never contradict each other; the same body read twice is the same.
 */
#include "base/utf8.h"
#include "http/form.h"

#include <string.h>

enum { MEMORY = 32 * 1024 * 1024, BODY_MAX = 64 * 1024, NAME_MAX_LEN = 10 };

struct form {
    struct span name;
    struct span note;
    int choice;
    bool agree;
    int64_t n;
    struct form_file file;
};

static const struct span choices[] = {SPAN_INIT(""), SPAN_INIT("en"), SPAN_INIT("es")};

static const struct form_field fields[] = {
    FORM_TEXT(struct form, name, .required = true, .max = NAME_MAX_LEN),
    FORM_TEXT(struct form, note, .lines = true, .max = 100),
    FORM_ENUM(struct form, choice, choices, .required = true),
    FORM_BOOL(struct form, agree, .required = true),
    FORM_INT(struct form, n, .least = -1, .most = 100),
    FORM_FILE(struct form, file, .max = 100),
};

static void check(const struct form *f, enum rc rc, const struct form_errors *e)
{
    size_t faults = 0;

    for (size_t i = 0; i < COUNT(fields); i++)
        faults += e->faults[i] != FORM_FINE;
    CHECK(faults == e->count);
    CHECK((rc == RC_INVALID) == (faults > 0));
    CHECK(utf8_first_fault(f->name) == SPAN_NONE && utf8_count(f->name) <= NAME_MAX_LEN);
    CHECK(span_find_char(f->name, '\n') == SPAN_NONE && span_find_char(f->note, '\r') == SPAN_NONE);
    CHECK(f->choice >= 0 && f->choice < (int)COUNT(choices) && f->n >= -1 && f->n <= 100 && f->file.bytes.n <= 100);
    if (rc == RC_OK)
        CHECK(f->name.n > 0 && f->choice > 0 && f->agree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span types[] = {SPAN_INIT("application/x-www-form-urlencoded"),
                                        SPAN_INIT("multipart/form-data; boundary=B")};
    struct arena *a = arena_open(MEMORY);
    struct form first = {0};
    struct form second = {0};
    struct form_errors errors;
    struct form_errors again;
    struct span body;
    enum rc rc;

    if (size > 1 && size <= BODY_MAX) {
        body = (struct span){(const char *)data + 1, size - 1};
        rc = form_parse_body(a, types[data[0] & 1], body, fields, COUNT(fields), &first, &errors);
        CHECK(rc == form_parse_body(a, types[data[0] & 1], body, fields, COUNT(fields), &second, &again));
        if (rc != RC_DENIED) {
            check(&first, rc, &errors);
            CHECK(span_eq(first.name, second.name) && first.n == second.n && errors.count == again.count);
        }
        (void)form_parse_body(a, body, body, fields, COUNT(fields), &second, &again); /* the type itself */
    }
    arena_close(&a);
    return 0;
}
