/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What can only be seen once every file is read: two with one key, a translation without its original's fields, a page
 * that has to be there, words that lead to an entry that does not exist.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

static void report(struct diags *d, enum diag_code code, const struct entry *e, uint32_t line, struct span message)
{
    at_report(d, code, e->file, e->source, line, 0, 0, message, (struct span){0});
}

/* A key is unique among its kind: one day and one file a language. */
static void check_keys(struct campaign *c, struct diags *d)
{
    for (size_t i = 1; i < c->entries.count; i++) {
        const struct entry *a = &c->entries.items[i - 1];
        const struct entry *b = &c->entries.items[i];

        if (a->kind == b->kind && span_eq(a->key, b->key) && (a->lang == b->lang || !span_eq(a->slug, b->slug)))
            report(d, DIAG_BAD_FILE, b, 0,
                   arena_printf(c->arena, "the key “%.*s” belongs to %.*s already", SPAN_ARGS(b->key),
                                SPAN_ARGS(a->file)));
    }
}

/* Fields that stand in the main file only, and what a translation did not say for itself. */
static void inherit(const struct campaign *c, const struct entry *from, struct entry *to)
{
    to->order = from->order;
    to->reviewed = from->reviewed;
    to->review_by = from->review_by;
    to->superseded = from->superseded;
    to->answer = from->answer;
    to->version = from->version;
    to->is_standing = from->is_standing;
    to->is_draft = to->is_draft || from->is_draft; /* a draft is not public in any language */
    if (to->kind == ENTRY_NEWS && to->minutes == 0) {
        to->minutes = from->minutes;
        to->published = zone_instant(c->zone, to->date, to->minutes);
    }
    if (to->law.n == 0)
        to->law = from->law;
    if (to->audience.n == 0)
        to->audience = from->audience;
    if (to->without.n == 0)
        to->without = from->without;
    if (!date_is_set(to->event_from)) {
        to->event_from = from->event_from;
        to->event_to = from->event_to;
    }
}

/* Where in its file a piece of a field stands. */
static void report_field(struct diags *d, const struct entry *e, struct span piece, struct span message,
                         struct span note)
{
    struct span before = span_sub(e->source, 0, (size_t)(piece.p - e->source.p));
    size_t end = span_find_last_char(before, '\n');
    uint32_t line = 1;

    for (size_t i = 0; i < before.n; i++)
        line += before.p[i] == '\n';
    at_report(d, DIAG_BAD_FRONT_MATTER, e->file, e->source, line,
              (uint32_t)utf8_count(span_from(before, end == SPAN_NONE ? 0 : end + 1)) + 1, (uint32_t)utf8_count(piece),
              message, note);
}

/* Whom a newsletter is for, campaign.ini says. A word of its own would send it to nobody. */
static void check_audience(struct campaign *c, const struct entry *e, struct diags *d)
{
    struct span rest = e->audience;
    struct span piece;

    while (span_next(&rest, ',', &piece)) {
        struct span known[AUDIENCES_MOST];

        piece = span_trim(piece);
        if (piece.n == 0 || campaign_audience(c, piece))
            continue;
        for (size_t i = 0; i < c->audiences.count; i++)
            known[i] = c->audiences.items[i].key;
        report_field(d, e, piece,
                     arena_printf(c->arena, "there is no audience “%.*s” in campaign.ini", SPAN_ARGS(piece)),
                     at_did_you_mean(c->arena, piece, known, c->audiences.count));
    }
}

static void check_audiences(struct campaign *c, struct diags *d)
{
    for (size_t i = 0; i < c->entries.count; i++)
        if (c->entries.items[i].kind == ENTRY_NEWS)
            check_audience(c, &c->entries.items[i], d);
}

/* Newsletters may be in one language; all else is for everyone. */
static void check_translations(struct campaign *c, struct diags *d)
{
    enum lang main_lang = campaign_main_lang(c);

    for (size_t i = 0; i < c->entries.count; i++) {
        struct entry *e = &c->entries.items[i];
        const struct entry *original = campaign_entry(c, e->kind, e->key, main_lang);

        if (e->lang != main_lang && original)
            inherit(c, original, e);
        if (e->kind == ENTRY_NEWS)
            continue;
        if (original == NULL)
            report(d, DIAG_TRANSLATION_MISSING, e, 0,
                   S("this translation has no original in the campaign's main language"));
        for (size_t k = 1; original == e && k < c->language_count; k++)
            if (campaign_entry(c, e->kind, e->key, c->languages[k]) == NULL)
                report(d, DIAG_TRANSLATION_MISSING, e, 0,
                       arena_printf(c->arena, "not yet in “%.*s”", SPAN_ARGS(lang_code(c->languages[k]))));
    }
}

static void check_pages(struct campaign *c, struct diags *d)
{
    static const struct {
        enum entry_kind kind;
        struct span key;
        struct span file;
    } needed[] = {
        {ENTRY_PAGE, SPAN_INIT("about"), SPAN_INIT("pages/about.md")},
        {ENTRY_PAGE, SPAN_INIT("privacy"), SPAN_INIT("pages/privacy.md")},
        {ENTRY_PAGE, SPAN_INIT("join"), SPAN_INIT("pages/join.md")},
        {ENTRY_PLATFORM, SPAN_INIT("platform"), SPAN_INIT("platform.md")},
    };

    for (size_t i = 0; i < COUNT(needed); i++)
        if (campaign_entry_any(c, needed[i].kind, needed[i].key, campaign_main_lang(c)) == NULL)
            at_report(d, DIAG_BAD_FILE, needed[i].file, (struct span){0}, 0, 0, 0,
                      S("this page is missing, or was left out for its faults"), (struct span){0});
}

/* What is superseded says by what; an old address leads to one newsletter only, and is nobody's present one. */
static void check_names(struct campaign *c, struct diags *d)
{
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct entry *e = &c->entries.items[i];
        struct span rest = e->was;
        struct span was;

        if (e->superseded.n && e->lang == campaign_main_lang(c) &&
            (span_eq(e->superseded, e->key) || campaign_entry(c, e->kind, e->superseded, e->lang) == NULL))
            report(d, DIAG_BAD_FRONT_MATTER, e, e->title_line,
                   arena_printf(c->arena, "superseded by “%.*s”, which is not there", SPAN_ARGS(e->superseded)));
        while (span_next(&rest, ',', &was)) {
            const struct entry *other = campaign_news_by_slug(c, span_trim(was), e->lang);

            if (other)
                report(d, DIAG_BAD_FRONT_MATTER, e, e->title_line,
                       arena_printf(c->arena, "was: %.*s is the address of %.*s", SPAN_ARGS(span_trim(was)),
                                    SPAN_ARGS(other->file)));
        }
    }
}

void folder_complete(struct campaign *c, struct diags *diags)
{
    check_keys(c, diags);
    check_audiences(c, diags); /* before a translation takes what its original says */
    check_translations(c, diags);
    check_pages(c, diags);
    check_names(c, diags);
}
