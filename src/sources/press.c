/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What others wrote, the newest first. Opinions are called that, and whose side they take; reports are just listed.
 */
#include "sources/sources_impl.h"

#include <stdlib.h>

struct shown {
    const struct press_item *item;
};

static int newest_first(const void *left, const void *right)
{
    const struct press_item *a = ((const struct shown *)left)->item;
    const struct press_item *b = ((const struct shown *)right)->item;
    int order = date_cmp(b->date, a->date);

    return order != 0 ? order : (a > b) - (a < b); /* one array: the register's order */
}

static struct span stance_words(enum stance stance, enum lang lang)
{
    switch (stance) {
    case STANCE_REPORT:
        return S("");
    case STANCE_FOR:
        return msg_plain(lang, MSG_PRESS_FOR);
    case STANCE_AGAINST:
        return msg_plain(lang, MSG_PRESS_AGAINST);
    }
    return S("");
}

/* "in Spanish", beside what is not in the page's language. */
static struct span language_words(struct arena *a, struct span code, enum lang lang)
{
    const struct msg_arg args[] = {{S("code"), code}};
    enum lang known;

    if (code.n == 0 || span_eq(code, lang_code(lang)))
        return S("");
    if (!lang_from_code(code, &known))
        return msg_text(a, lang, MSG_PRESS_IN_OTHER, 0, args, COUNT(args));
    return msg_plain(lang, known == LANG_EN ? MSG_PRESS_IN_ENGLISH : MSG_PRESS_IN_SPANISH);
}

static struct tpl_press_years_items item(struct arena *a, const struct page_row *row, const struct press_item *p)
{
    struct tpl_press_years_items v = {
        .key = p->key,
        .foreign = span_eq(p->language, lang_code(row->lang)) ? S("") : p->language,
        .title = p->title,
        .outlet = p->outlet,
        .day = date_iso(a, p->date),
        .date = date_words(a, row->lang, p->date),
        .stance = stance_words(p->stance, row->lang),
        .language = language_words(a, p->language, row->lang),
    };

    (void)url_external(p->address, &v.link);
    return v;
}

struct span press_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                         const struct page_row *row)
{
    const struct campaign *c = site->campaign;
    struct shown *shown = ARENA_ARRAY(a, struct shown, c->press.count);
    struct tpl_press_years *years = ARENA_ARRAY(a, struct tpl_press_years, c->press.count);
    struct tpl_press_years_items *items = ARENA_ARRAY(a, struct tpl_press_years_items, c->press.count);
    struct tpl_press v = {.years = years, .none = c->press.count == 0};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_PRESS),
        .description = msg_plain(row->lang, MSG_PRESS_INTRO),
        .nav = FRAME_NAV_PRESS,
    };
    struct buf *out = frame_buf(a);

    (void)lib;
    for (size_t i = 0; i < c->press.count; i++)
        shown[i].item = &c->press.items[i];
    if (c->press.count > 1)
        qsort(shown, c->press.count, sizeof *shown, newest_first);
    for (size_t i = 0; i < c->press.count; i++) {
        int year = shown[i].item->date.year;

        if (i == 0 || shown[i - 1].item->date.year != year)
            years[v.years_count++] = (struct tpl_press_years){
                .year = arena_printf(a, "%d", year),
                .items = &items[i],
            };
        items[i] = item(a, row, shown[i].item);
        years[v.years_count - 1].items_count++;
    }
    tpl_press(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
