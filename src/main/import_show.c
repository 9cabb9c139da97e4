/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See import_show.h.
 */
#include "main/import_show.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOW_MOST = 16 * 1024 * 1024, FAULTS_MOST = 128 * 1024 * 1024, LISTED = 20, NAMES_LISTED = 40 };

static const char *plural(size_t n, const char *one, const char *more)
{
    return n == 1 ? one : more;
}

/* ---- columns ---- */

static void put_names(struct buf *b, const struct import_columns *c, enum import_use use)
{
    size_t shown = 0;
    size_t more = 0;

    for (size_t i = 0; i < c->count; i++) {
        if (c->uses[i] != use)
            continue;
        if (shown == NAMES_LISTED) {
            more++;
            continue;
        }
        buf_printf(b, "%s“%.*s”", shown++ ? ", " : "", SPAN_ARGS(c->names[i]));
    }
    if (more)
        buf_printf(b, " and %zu more", more);
    buf_char(b, '\n');
}

static bool has_use(const struct import_columns *c, enum import_use use)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->uses[i] == use)
            return true;
    return false;
}

static void put_columns(struct buf *b, const struct import_columns *c)
{
    for (int use = IMPORT_ADDRESS; use <= IMPORT_DATE; use++) {
        if (!has_use(c, (enum import_use)use))
            continue;
        buf_printf(b, "  %-9.*s  ", SPAN_ARGS(import_use_name((enum import_use)use)));
        put_names(b, c, (enum import_use)use);
    }
    for (int use = IMPORT_SUBSCRIBED; use < IMPORT_USE_COUNT; use++) {
        if (!has_use(c, (enum import_use)use))
            continue;
        buf_put(b, S("  obeyed     "));
        put_names(b, c, (enum import_use)use);
    }
    if (has_use(c, IMPORT_IGNORED)) {
        buf_put(b, S("  not taken  "));
        put_names(b, c, IMPORT_IGNORED);
    }
    buf_put(b,
            S("Of each person only address, workplace, language, audience and day are taken. Names and everything else "
              "stay in the file.\n"));
}

/* ---- people ---- */

static void put_audiences(struct buf *b, const struct import_list *list, const struct import_rules *rules)
{
    for (size_t i = 0; i < rules->audience_count; i++) {
        const struct audience *a = &rules->audiences[i];
        size_t n = 0;

        for (size_t k = 0; k < list->people.count; k++)
            n += span_eq(list->people.items[k].subscriber.audience, a->key);
        if (n)
            buf_printf(b, "          %zu as %.*s (%.*s)\n", n, SPAN_ARGS(a->key),
                       SPAN_ARGS(a->name.in[rules->langs[0]]));
    }
}

static struct span lang_name(enum lang lang)
{
    return lang == LANG_ES ? S("Spanish") : S("English");
}

static void put_langs(struct buf *b, const struct import_list *list, const struct import_rules *rules)
{
    for (size_t i = 0; i < rules->lang_count; i++)
        if (list->langs[rules->langs[i]])
            buf_printf(b, "          %zu in %.*s\n", list->langs[rules->langs[i]],
                       SPAN_ARGS(lang_name(rules->langs[i])));
    if (list->other_langs)
        buf_printf(b, "          %zu of them asked for another language, which the campaign does not have\n",
                   list->other_langs);
}

static void put_rest(struct buf *b, const struct import_list *list)
{
    if (list->workplaces)
        buf_printf(b, "          %zu with a workplace\n", list->workplaces);
    if (list->workplaces_dropped)
        buf_printf(b, "          %zu whose workplace is not taken: their audience is not asked for it\n",
                   list->workplaces_dropped);
    if (list->days < list->people.count)
        buf_printf(
            b, "          %zu without the day on which they said yes: today stands for it; say the day in --source\n",
            list->people.count - list->days);
}

static void put_notes(struct buf *b, const struct import_list *list, enum import_fate fate)
{
    size_t shown = 0;
    size_t all = 0;

    for (size_t i = 0; i < list->notes.count; i++) {
        const struct import_note *n = &list->notes.items[i];

        if (n->fate != fate)
            continue;
        all++;
        if (shown == LISTED)
            continue;
        shown++;
        buf_printf(b, "          line %" PRIu32 ": %.*s\n", n->line, SPAN_ARGS(n->why));
    }
    if (all > shown)
        buf_printf(b, "          and %zu more: --faults FILE writes them all down\n", all - shown);
}

static void put_left_out(struct buf *b, const struct import_list *list)
{
    static const struct {
        enum import_fate fate;
        const char *one;
        const char *more;
    } rows[] = {
        {IMPORT_LEFT, "row of somebody who is not subscribed there: left out",
         "rows of people who are not subscribed there: left out"},
        {IMPORT_DOUBLE, "double: left out", "doubles: left out"},
        {IMPORT_WORK, "address of the employer's, or like one: left out",
         "addresses of the employer's, or like one: left out"},
        {IMPORT_FAULT, "row at fault: left out", "rows at fault: left out"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t n = list->counts[rows[i].fate];

        if (n == 0)
            continue;
        buf_printf(b, "%7zu %s\n", n, plural(n, rows[i].one, rows[i].more));
        put_notes(b, list, rows[i].fate);
    }
}

void import_show(struct arena *a, const char *name, const struct import_list *list, const struct import_rules *rules,
                 const struct import_told *told)
{
    static const char *const origins[] = {[IMPORT_PLAIN] = "",
                                          [IMPORT_ACTION_NETWORK] = ", from Action Network",
                                          [IMPORT_MAILCHIMP] = ", from Mailchimp"};
    struct buf *b = buf_new(a, SHOW_MOST);
    size_t n = list->people.count;

    buf_printf(b, "%s%s: %zu %s\n", name, origins[list->columns.origin], list->rows, plural(list->rows, "row", "rows"));
    put_columns(b, &list->columns);
    buf_printf(b, "%7zu %s for %.*s\n", n, plural(n, "person", "people"), SPAN_ARGS(told->host));
    put_audiences(b, list, rules);
    put_langs(b, list, rules);
    put_rest(b, list);
    put_left_out(b, list);
    buf_put(b, S("Who is on the list already, or has left it, stays as they are: the list is locked, so they cannot be "
                 "counted here.\n"));
    buf_printf(b, "They said yes: %.*s\n", SPAN_ARGS(rules->source));
    (void)fwrite(b->p, 1, b->n, stdout);
}

/* ---- all who were left out ---- */

struct span import_faults_csv(struct arena *a, const struct import_list *list)
{
    static const struct span kinds[IMPORT_FATE_COUNT] = {
        [IMPORT_LEFT] = SPAN_INIT("left"),
        [IMPORT_DOUBLE] = SPAN_INIT("double"),
        [IMPORT_WORK] = SPAN_INIT("employer"),
        [IMPORT_FAULT] = SPAN_INIT("fault"),
    };
    struct buf *b = buf_new(a, FAULTS_MOST);

    buf_put(b, S("line,kind,reason\n"));
    for (size_t i = 0; i < list->notes.count; i++) {
        const struct import_note *n = &list->notes.items[i];

        buf_printf(b, "%" PRIu32 ",%.*s,", n->line, SPAN_ARGS(kinds[n->fate]));
        csv_put(b, n->why);
        buf_char(b, '\n');
    }
    return buf_span(b);
}

/* ---- imports ---- */

void import_show_all(struct arena *a, const struct import_told *told)
{
    struct buf *b = buf_new(a, SHOW_MOST);

    buf_printf(b, "%.*s\n", SPAN_ARGS(told->host));
    for (size_t i = 0; i < told->imports.list.count; i++) {
        const struct subscriber_import *import = &told->imports.list.items[i];

        buf_printf(b, "%6" PRId64 "  ", import->import_no);
        instant_put(b, import->made_at);
        buf_printf(b, "  %7" PRId64 " %s  %.*s", import->people, plural((size_t)import->people, "person", "people"),
                   SPAN_ARGS(import->source));
        if (import->undone_at.us) {
            buf_put(b, S("  (undone "));
            instant_put(b, import->undone_at);
            buf_char(b, ')');
        }
        buf_char(b, '\n');
    }
    if (told->imports.list.count == 0)
        buf_put(b, S("no imports yet\n"));
    (void)fwrite(b->p, 1, b->n, stdout);
}
