/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as one of the four registers, in a campaign of one language or two; the first byte says which. The rows that
 * are kept hold what their columns allow, none is lost without an error, and every diagnostic stands inside the file.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

enum { SOURCE_MAX = 64 * 1024, MEMORY = 512 * 1024 * 1024 };

typedef void read_register(struct campaign *c, struct span file, struct span bytes, struct diags *diags);

static void open_campaign(struct campaign *c, struct arena *a, uint8_t choice)
{
    static const struct {
        enum lang languages[LANG_COUNT];
        size_t count;
    } speaks[4] = {{{LANG_EN}, 1}, {{LANG_ES}, 1}, {{LANG_EN, LANG_ES}, 2}, {{LANG_ES, LANG_EN}, 2}};

    *c = (struct campaign){.arena = a, .language_count = speaks[choice % 4].count};
    for (size_t i = 0; i < LANG_COUNT; i++)
        c->languages[i] = speaks[choice % 4].languages[i];
    *LIST_ADD(a, &c->entries) = (struct entry){.kind = ENTRY_NEWS, .key = S("memo"), .lang = c->languages[0]};
    *LIST_ADD(a, &c->entries) = (struct entry){.kind = ENTRY_NEWS, .key = S("open-letter"), .lang = LANG_ES};
    campaign_sort(c);
}

/* ---- diagnostics ---- */

static struct span line_of(struct span source, uint32_t line)
{
    struct span text = {0};

    if (span_starts(source, S("\xEF\xBB\xBF")))
        source = span_from(source, 3);
    for (uint32_t i = 0; i < line; i++)
        CHECK(span_next(&source, '\n', &text));
    return span_ends(text, S("\r")) ? span_sub(text, 0, text.n - 1) : text;
}

static void check_diag(struct span source, const struct diag *d)
{
    struct span line = line_of(source, d->at.line);

    CHECK(d->at.line >= 1 && d->message.n > 0);
    if (d->code == DIAG_BAD_FILE)
        return;
    CHECK(utf8_first_fault(d->message) == SPAN_NONE && utf8_first_fault(d->note) == SPAN_NONE);
    CHECK(span_eq(line, d->text));
    CHECK(d->at.column <= utf8_count(line) + 1);
}

/* ---- rows ---- */

static void check_text(struct span text)
{
    CHECK(utf8_first_fault(text) == SPAN_NONE); /* looks at every byte: the sanitizer knows which may be read */
    CHECK(span_trim(text).n == text.n);
}

static void check_words(const struct campaign *c, const struct words *w, bool is_needed)
{
    for (size_t lang = 0; lang < LANG_COUNT; lang++) {
        check_text(w->in[lang]);
        CHECK(w->in[lang].n == 0 || campaign_speaks(c, (enum lang)lang));
    }
    CHECK(!is_needed || w->in[campaign_main_lang(c)].n > 0);
}

static void check_source(const struct campaign *c, const struct source *s)
{
    check_words(c, &s->words, false);
    check_text(s->address);
    CHECK(s->address.n == 0 || span_starts(s->address, S("http")) || span_starts(s->address, S("press:")) ||
          span_starts(s->address, S("file:")));
}

static void check_place(const struct place *at, uint32_t *line_before)
{
    CHECK(span_eq(at->file, S("x.csv")) && at->line > *line_before && at->column == 0);
    *line_before = at->line;
}

static bool is_day(struct date d)
{
    return date_is_set(d) && date_cmp(date_from_days(date_to_days(d)), d) == 0;
}

/* The last row of the same key and day. */
static size_t last_of(const struct campaign *c, size_t i)
{
    const struct figure *all = c->figures.items;

    while (i + 1 < c->figures.count && span_eq(all[i].key, all[i + 1].key) &&
           date_cmp(all[i].as_of, all[i + 1].as_of) == 0)
        i++;
    return i;
}

static void check_figures(const struct campaign *c, bool is_clean)
{
    for (size_t i = 0; i < c->figures.count; i++) {
        const struct figure *f = &c->figures.items[i];
        const struct figure *before = i ? f - 1 : NULL;
        struct decimal value;
        int order = before ? span_cmp(before->key, f->key) : -1;

        if (order == 0)
            order = date_cmp(before->as_of, f->as_of);
        if (order == 0) /* corrected once more */
            order = is_clean && !span_eq(before->value_text, f->was) ? 0 : date_cmp(before->corrected, f->corrected);
        CHECK(order < 0 || (order == 0 && !is_clean));
        CHECK(f->at.line > 1 && model_is_key(f->key) && is_day(f->as_of));
        CHECK(!date_is_set(f->review_by) || is_day(f->review_by));
        CHECK(f->is_withdrawn ? f->value_text.n == 0 && f->was.n > 0
                              : decimal_parse(f->value_text, &value) && value.millionths == f->value.millionths);
        CHECK(f->was.n == 0 || decimal_parse(f->was, &value));
        check_words(c, &f->unit, false);
        check_words(c, &f->why, f->was.n > 0);
        check_source(c, &f->source);
        CHECK(!is_clean || date_is_set(f->corrected) == (f->was.n > 0));
        CHECK(!is_clean || last_of(c, i) != i || campaign_figure(c, f->key, f->as_of) == f);
        CHECK(!is_clean || campaign_figure_then(c, f, date_from_days(date_to_days(f->as_of) - 1)).n > 0);
    }
}

static void check_chronology(const struct campaign *c)
{
    uint32_t line = 1;

    for (size_t i = 0; i < c->chronology.count; i++) {
        const struct happening *h = &c->chronology.items[i];

        check_place(&h->at, &line);
        CHECK(model_is_key(h->key) && is_day(h->from) && is_day(h->to) && date_cmp(h->from, h->to) <= 0);
        CHECK(!h->is_month || (h->from.day == 1 && h->from.month == h->to.month && h->to.day >= 28 &&
                               date_from_days(date_to_days(h->to) + 1).day == 1));
        CHECK(h->certainty <= CERTAINTY_REPORTED);
        check_words(c, &h->text, true);
        check_source(c, &h->source);
        for (size_t k = 0; k < i; k++)
            CHECK(!span_eq(c->chronology.items[k].key, h->key));
    }
}

static void check_press(const struct campaign *c)
{
    uint32_t line = 1;

    for (size_t i = 0; i < c->press.count; i++) {
        const struct press_item *p = &c->press.items[i];

        check_place(&p->at, &line);
        CHECK(model_is_key(p->key) && is_day(p->date) && p->stance <= STANCE_AGAINST && p->language.n == 2);
        CHECK(p->outlet.n > 0 && p->title.n > 0 && span_starts(p->address, S("http")));
        check_text(p->outlet);
        check_text(p->title);
        check_text(p->address);
        CHECK(campaign_press(c, p->key) == p);
    }
}

static void check_corrections(const struct campaign *c)
{
    uint32_t line = 1;

    for (size_t i = 0; i < c->corrections.count; i++) {
        const struct correction *r = &c->corrections.items[i];

        check_place(&r->at, &line);
        CHECK(campaign_entry_any(c, ENTRY_NEWS, r->key, LANG_EN) != NULL);
        CHECK(is_day(r->date) && r->kind <= CORRECTION_WITHDRAWN);
        check_words(c, &r->what, true);
    }
}

/* Rows below the heading, as the CSV reader sees them. */
static size_t count_rows(struct arena *a, struct span source)
{
    struct csv_reader r;
    struct csv_row row;
    size_t count = 0;

    csv_begin(&r, source);
    while (csv_next(&r, a, &row))
        count++;
    return count ? count - 1 : 0;
}

static void check_register(struct arena *a, uint8_t choice, struct span source)
{
    static read_register *const readers[] = {folder_figures, folder_chronology, folder_press, folder_corrections};
    struct campaign c;
    struct diags d;
    size_t kept;

    open_campaign(&c, a, choice >> 2);
    diags_init(&d, a);
    readers[choice % 4](&c, S("x.csv"), source, &d);
    kept = c.figures.count + c.chronology.count + c.press.count + c.corrections.count;
    CHECK(kept <= FOLDER_ROWS_MAX && kept <= count_rows(a, source));
    CHECK(d.errors > 0 || kept == count_rows(a, source));
    check_figures(&c, d.errors == 0);
    check_chronology(&c);
    check_press(&c);
    check_corrections(&c);
    for (size_t i = 0; i < d.list.count; i++)
        check_diag(source, &d.list.items[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(MEMORY);

    if (size >= 1 && size <= SOURCE_MAX)
        check_register(a, data[0], span_from((struct span){(const char *)data, size}, 1));
    arena_close(&a);
    return 0;
}
