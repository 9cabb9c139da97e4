/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a form that comes back: whatever was typed, the page has the tags and the attributes that it has when
 * something harmless was typed and the same is wrong, and it is UTF-8.
 */
#include "base/utf8.h"
#include "page/form.h"

enum { MEMORY = 64 * 1024 * 1024, BODY_MAX = 8 * 1024 };

struct form {
    struct span name;
    struct span note;
    int side;
    int list;
    bool agree;
    int64_t n;
    struct form_file file;
};

static const struct span choices[] = {SPAN_INIT(""), SPAN_INIT("a"), SPAN_INIT("b")};

static const struct form_field fields[] = {
    FORM_TEXT(struct form, name, .required = true, .max = 10),
    FORM_TEXT(struct form, note, .lines = true, .max = 20),
    FORM_ENUM(struct form, side, choices, .required = true),
    FORM_ENUM(struct form, list, choices, .required = true),
    FORM_BOOL(struct form, agree, .required = true),
    FORM_INT(struct form, n, .least = -1, .most = 100),
    FORM_FILE(struct form, file, .max = 100),
};

static const struct page_field words[COUNT(fields)] = {
    {.label = SPAN_INIT("Name"), .hint = SPAN_INIT("A hint"), .autocomplete = SPAN_INIT("name")},
    {.label = SPAN_INIT("Note")},
    {.label = SPAN_INIT("Side"), .choices = choices},
    {.label = SPAN_INIT("List"), .choices = choices, .is_list = true},
    {.label = SPAN_INIT("Agree"), .hint = SPAN_INIT("A hint")},
    {.label = SPAN_INIT("N"), .hint = SPAN_INIT("A hint")},
    {.label = SPAN_INIT("File")},
};

static struct span harmless(struct arena *a, enum form_kind kind, struct span typed)
{
    if (kind == FORM_KIND_CHOICE)
        return typed; /* chosen or not; it is not written */
    return typed.n ? arena_dup(a, S("x")) : typed;
}

static size_t count_of(struct span page, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < page.n; i++)
        n += page.p[i] == c;
    return n;
}

static void check(struct arena *a, const struct site *site, enum lang lang, const struct page_form *typed)
{
    struct form_errors errors = *typed->errors;
    struct page_form plain = *typed;
    struct span page = page_form_render(a, site, lang, 422, typed);
    struct span other;

    for (size_t i = 0; i < COUNT(fields); i++)
        errors.typed[i] = harmless(a, fields[i].kind, errors.typed[i]);
    plain.errors = &errors;
    other = page_form_render(a, site, lang, 422, &plain);
    for (const char *c = "<>\"'"; *c; c++)
        CHECK(count_of(page, *c) == count_of(other, *c));
    CHECK(utf8_first_fault(page) == SPAN_NONE && span_find(page, S("<script")) == SPAN_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span types[] = {SPAN_INIT("application/x-www-form-urlencoded"),
                                        SPAN_INIT("multipart/form-data; boundary=B")};
    struct arena *a = arena_open(MEMORY);
    struct campaign campaign = {.name = S("A campaign"),
                                .host = S("a.example"),
                                .contact = S("us@a.example"),
                                .languages = {LANG_EN, LANG_ES},
                                .language_count = 2};
    struct site site = {.campaign = &campaign};
    struct form form = {0};
    struct form_errors errors = {0};
    struct page_form page = {
        .path = S("/form"),
        .title = S("A form"),
        .send = S("Send"),
        .fields = fields,
        .words = words,
        .field_count = COUNT(fields),
        .errors = &errors,
    };

    if (size > 1 && size <= BODY_MAX &&
        form_parse_body(a, types[data[0] & 1], (struct span){(const char *)data + 1, size - 1}, fields, COUNT(fields),
                        &form, &errors) != RC_DENIED)
        check(a, &site, data[0] & 2 ? LANG_ES : LANG_EN, &page);
    arena_close(&a);
    return 0;
}
