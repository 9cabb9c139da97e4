/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What can only be seen once every file is read: two with one key, a translation without its original's fields, a page
 * that has to be there, words that lead to an entry that does not exist.
 */
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
    to->document = from->document;
    if (to->kind == ENTRY_ITEM || to->kind == ENTRY_CLAIM)
        to->date = from->date;
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
        at_report_field(d, DIAG_BAD_FRONT_MATTER, e, piece,
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

/* Of a claim whose whole item is missing in `lang` nothing more has to be said. */
static bool is_told_of_item(const struct campaign *c, const struct entry *e, enum lang lang)
{
    return e->kind == ENTRY_CLAIM && campaign_entry(c, ENTRY_ITEM, e->item, lang) == NULL;
}

static uint32_t line_of(const struct entry *e)
{
    return e->kind == ENTRY_CLAIM ? e->title_line : 0;
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
        if (original == NULL && !is_told_of_item(c, e, main_lang))
            report(d, DIAG_TRANSLATION_MISSING, e, line_of(e),
                   S("this translation has no original in the campaign's main language"));
        for (size_t k = 1; original == e && k < c->language_count; k++)
            if (campaign_entry(c, e->kind, e->key, c->languages[k]) == NULL && !is_told_of_item(c, e, c->languages[k]))
                report(d, DIAG_TRANSLATION_MISSING, e, line_of(e),
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

        if (e->superseded.n && e->kind != ENTRY_CLAIM && e->lang == campaign_main_lang(c) &&
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
