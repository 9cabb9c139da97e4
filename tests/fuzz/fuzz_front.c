/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any text as a Markdown file with front matter, of each kind. The first byte says which kind and language. The body is
 * the end of the file, fields are pieces of it and hold what their type allows, every diagnostic stands inside the
 * file, and CRLF line ends change nothing.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

enum { SOURCE_MAX = 64 * 1024, MEMORY = 64 * 1024 * 1024 };

static size_t count_of(struct span s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
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
    struct span line;

    CHECK(d->at.line >= 1 && d->message.n > 0);
    CHECK(utf8_first_fault(d->message) == SPAN_NONE && utf8_first_fault(d->note) == SPAN_NONE);
    line = line_of(source, d->at.line);
    CHECK(span_eq(line, d->text));
    CHECK(d->at.column <= utf8_count(line) + 1);
    CHECK(d->width == 0 || (d->at.column && d->at.column - 1 + d->width <= utf8_count(line)));
}

static void check_piece(const struct entry *e, struct span field)
{
    if (field.n == 0)
        return;
    CHECK(field.p >= e->source.p && field.p + field.n <= e->body.p);
    CHECK(span_find_char(field, '\n') == SPAN_NONE && span_trim(field).n == field.n);
}

static void check_date(struct date d)
{
    CHECK(!date_is_set(d) || date_cmp(date_from_days(date_to_days(d)), d) == 0);
}

static void check_keys(struct span list)
{
    struct span key;

    while (list.n && span_next(&list, ',', &key))
        CHECK(model_is_key(span_trim(key)));
}

static void check_fields(const struct entry *e)
{
    const struct span texts[] = {e->title,  e->summary,  e->subject, e->audience, e->without, e->was,       e->law,
                                 e->holder, e->activity, e->place,   e->time,     e->breaks,  e->superseded};
    const struct date dates[] = {e->event_from, e->event_to, e->reviewed, e->review_by, e->version};

    for (size_t i = 0; i < COUNT(texts); i++)
        check_piece(e, texts[i]);
    for (size_t i = 0; i < COUNT(dates); i++)
        check_date(dates[i]);
    check_keys(e->without);
    check_keys(e->superseded);
    CHECK(e->minutes >= 0 && e->minutes < 24 * 60);
    CHECK(e->order >= 0 && e->order <= 999999);
    CHECK(e->answer <= ANSWER_DEPENDS);
    CHECK(date_is_set(e->event_from) == date_is_set(e->event_to));
    CHECK(!date_is_set(e->event_from) || date_cmp(e->event_from, e->event_to) <= 0);
    CHECK(e->title_line >= 1 && e->title_line < e->body_line && e->without_line < e->body_line);
    CHECK((e->without_line == 0) == (e->without.n == 0));
    CHECK(e->kind == ENTRY_BLOCK || e->kind == ENTRY_CLAIM || e->title.n > 0); /* a claim has no front matter */
    CHECK(e->kind == ENTRY_BLOCK || !e->is_standing);
}

static void check_body(const struct entry *e)
{
    struct span front = span_sub(e->source, 0, e->source.n - e->body.n);
    bool ends_open = e->body.n == 0 && !span_ends(e->source, S("\n"));

    CHECK(e->body.p == e->source.p + front.n && e->body.p + e->body.n == e->source.p + e->source.n);
    CHECK(e->body_line >= 2 && e->body_line == count_of(front, '\n') + 1 + ends_open);
    CHECK(span_starts(e->source, S("---")) || span_starts(span_trim(e->source), S("---")));
}

static bool read_front(struct arena *a, uint8_t choice, struct span source, struct entry *e, struct diags *d)
{
    bool is_whole;

    *e = (struct entry){
        .kind = (enum entry_kind)(choice % ENTRY_KIND_COUNT),
        .lang = choice & 0x40 ? LANG_ES : LANG_EN,
        .key = S("memo"),
        .file = S("news/2026-04-24-memo.md"),
        .date = {2026, 4, 24},
        .source = source,
    };
    diags_init(d, a);
    is_whole = folder_front_matter(a, e, (choice & 0x80) != 0, d);
    CHECK(is_whole == (d->errors == 0));
    return is_whole;
}

/* The same file with CRLF line ends is read as the same. */
static void check_crlf(struct arena *a, uint8_t choice, const struct entry *e, size_t errors)
{
    struct buf *b = buf_new(a, SOURCE_MAX * 2);
    struct diags d;
    struct entry again;

    if (span_find_char(e->source, '\r') != SPAN_NONE)
        return;
    for (size_t i = 0; i < e->source.n; i++) {
        if (e->source.p[i] == '\n')
            buf_char(b, '\r');
        buf_char(b, e->source.p[i]);
    }
    (void)read_front(a, choice, buf_span(b), &again, &d);
    CHECK(d.errors == errors && again.body_line == e->body_line && again.title_line == e->title_line);
    CHECK(span_eq(again.title, e->title) && span_eq(again.without, e->without) && span_eq(again.law, e->law));
    CHECK(again.order == e->order && again.minutes == e->minutes && again.is_draft == e->is_draft);
    CHECK(date_cmp(again.event_to, e->event_to) == 0 && date_cmp(again.reviewed, e->reviewed) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(MEMORY);
    struct span source;
    struct diags d;
    struct entry e;

    diags_init(&d, a);
    if (size >= 1 && size <= SOURCE_MAX) {
        source = span_from((struct span){(const char *)data, size}, 1);
        if (!at_check_text(&d, S("x.md"), source)) {
            CHECK(d.errors == 1 && d.list.items[0].at.line <= count_of(source, '\n') + 1);
            source = span_sub(source, 0, utf8_first_fault(source));
        }
        while (span_starts(source, S("\xEF\xBB\xBF"))) /* the reader cuts off one; a second is not shown */
            source = span_from(source, 3);
        if (read_front(a, data[0], source, &e, &d))
            check_fields(&e);
        if (e.body.p)
            check_body(&e);
        for (size_t i = 0; i < d.list.count; i++)
            check_diag(source, &d.list.items[i]);
        check_crlf(a, data[0], &e, d.errors);
    }
    arena_close(&a);
    return 0;
}
