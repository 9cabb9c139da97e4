/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as claims/x.md, cut into its claims; the first byte says in which language. The parts stand in the file one
 * behind the other and cover all but headings, numbers rise, keys are keys, every diagnostic stands inside the file.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

enum { SOURCE_MAX = 64 * 1024, MEMORY = 512 * 1024 * 1024 };

static void open_campaign(struct campaign *c, struct arena *a)
{
    *c = (struct campaign){.arena = a, .language_count = 2, .employer = S("Bayside")};
    c->languages[0] = LANG_EN;
    c->languages[1] = LANG_ES;
    *LIST_ADD(a, &c->documents) = (struct document){.key = S("memo"), .clearance = CLEARANCE_CLEARED};
    *LIST_ADD(a, &c->documents) = (struct document){.key = S("secret")};
}

static struct span line_of(struct span source, uint32_t line)
{
    struct span text = {0};

    for (uint32_t i = 0; i < line; i++)
        CHECK(span_next(&source, '\n', &text));
    return span_ends(text, S("\r")) ? span_sub(text, 0, text.n - 1) : text;
}

static void check_diag(struct span source, const struct diag *d)
{
    struct span line = line_of(source, d->at.line);

    CHECK(d->message.n > 0);
    CHECK(utf8_first_fault(d->message) == SPAN_NONE && utf8_first_fault(d->note) == SPAN_NONE);
    CHECK(span_eq(line, d->text) && d->at.column <= utf8_count(line) + 1);
    CHECK(d->width == 0 || (d->at.column && d->at.column - 1 + d->width <= utf8_count(line)));
}

/* What may begin code, in which a heading is none. */
static bool has_fence(struct span text)
{
    return span_find(text, S("```")) != SPAN_NONE || span_find(text, S("~~~")) != SPAN_NONE;
}

static void check_part(const struct entry *e, const struct entry *before)
{
    const char *end = e->source.p + e->source.n;
    struct span heading = line_of(e->source, e->title_line);

    CHECK(e->body.p >= e->source.p && e->body.n <= (size_t)(end - e->body.p));
    CHECK(before->body.p + before->body.n <= e->body.p);
    CHECK(e->kind == ENTRY_CLAIM && model_is_key(e->key) && span_starts(e->key, S("x-")));
    CHECK(e->title.n && span_trim(e->title).n == e->title.n);
    CHECK(span_starts(span_trim(heading), S("##")) && span_find(heading, e->title) != SPAN_NONE);
    CHECK(e->body_line == e->title_line + 1 && e->order > 0 && e->order < 1000);
    CHECK(before->kind == ENTRY_ITEM || before->order < e->order);
    CHECK(e->body.n == 0 || span_starts(e->body, line_of(e->source, e->body_line)));
    for (struct span rest = e->body, line; span_next(&rest, '\n', &line);)
        CHECK(!span_starts(line, S("## ")) || has_fence(span_sub(e->source, 0, (size_t)(line.p - e->source.p))));
}

static void check_claims(struct arena *a, uint8_t choice, struct span source)
{
    bool is_translation = choice & 1;
    struct entry item = {.kind = ENTRY_ITEM, .key = S("x"), .file = S("claims/x.md"), .source = source};
    struct campaign c;
    struct diags d;

    open_campaign(&c, a);
    diags_init(&d, a);
    item.lang = is_translation ? LANG_ES : LANG_EN;
    if (!at_check_text(&d, item.file, source) || !folder_front_matter(a, &item, is_translation, &d))
        return;
    *LIST_ADD(a, &c.entries) = item;
    claims_split(&c, &d);
    CHECK(c.entries.count >= 1 && c.entries.count <= 101);
    CHECK(c.entries.count > 1 || d.errors > 0);
    CHECK(c.entries.items[0].kind == ENTRY_ITEM && c.entries.items[0].body.p == item.body.p);
    for (size_t i = 1; i < c.entries.count; i++)
        check_part(&c.entries.items[i], &c.entries.items[i - 1]);
    campaign_sort(&c);
    claims_complete(&c, false, &d);
    for (size_t i = 0; i < d.list.count; i++)
        check_diag(source, &d.list.items[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(MEMORY);

    if (size >= 1 && size <= SOURCE_MAX)
        check_claims(a, data[0], span_from((struct span){(const char *)data, size}, 1));
    arena_close(&a);
    return 0;
}
