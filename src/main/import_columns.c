/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See import_columns.h. In the table a better name stands before a worse one: where a list has "Email Address" and
 * "Address", the second is where people live.
 */
#include "main/import_columns.h"

#include "base/utf8.h"

enum { NAME_MOST = 60 };

static const struct {
    struct span name; /* folded */
    enum import_use use;
} known[] = {
    {SPAN_INIT("email address"), IMPORT_ADDRESS},
    {SPAN_INIT("e mail address"), IMPORT_ADDRESS},
    {SPAN_INIT("email"), IMPORT_ADDRESS},
    {SPAN_INIT("e mail"), IMPORT_ADDRESS},
    {SPAN_INIT("mail"), IMPORT_ADDRESS},
    {SPAN_INIT("correo electronico"), IMPORT_ADDRESS},
    {SPAN_INIT("correo"), IMPORT_ADDRESS},
    {SPAN_INIT("address"), IMPORT_ADDRESS},
    {SPAN_INIT("workplace"), IMPORT_WORKPLACE},
    {SPAN_INIT("work place"), IMPORT_WORKPLACE},
    {SPAN_INIT("worksite"), IMPORT_WORKPLACE},
    {SPAN_INIT("work site"), IMPORT_WORKPLACE},
    {SPAN_INIT("school"), IMPORT_WORKPLACE},
    {SPAN_INIT("lugar de trabajo"), IMPORT_WORKPLACE},
    {SPAN_INIT("centro de trabajo"), IMPORT_WORKPLACE},
    {SPAN_INIT("escuela"), IMPORT_WORKPLACE},
    {SPAN_INIT("plantel"), IMPORT_WORKPLACE},
    {SPAN_INIT("language"), IMPORT_LANGUAGE},
    {SPAN_INIT("preferred language"), IMPORT_LANGUAGE},
    {SPAN_INIT("lang"), IMPORT_LANGUAGE},
    {SPAN_INIT("idioma"), IMPORT_LANGUAGE},
    {SPAN_INIT("audience"), IMPORT_AUDIENCE},
    {SPAN_INIT("who"), IMPORT_AUDIENCE},
    {SPAN_INIT("audiencia"), IMPORT_AUDIENCE},
    {SPAN_INIT("quien"), IMPORT_AUDIENCE},
    {SPAN_INIT("confirm time"), IMPORT_DATE},
    {SPAN_INIT("optin time"), IMPORT_DATE},
    {SPAN_INIT("can2 subscription date"), IMPORT_DATE},
    {SPAN_INIT("subscription date"), IMPORT_DATE},
    {SPAN_INIT("date of consent"), IMPORT_DATE},
    {SPAN_INIT("date"), IMPORT_DATE},
    {SPAN_INIT("fecha"), IMPORT_DATE},
    {SPAN_INIT("can2 subscription status"), IMPORT_SUBSCRIBED},
    {SPAN_INIT("can2 subscribed"), IMPORT_SUBSCRIBED},
    {SPAN_INIT("subscription status"), IMPORT_SUBSCRIBED},
    {SPAN_INIT("email subscription status"), IMPORT_SUBSCRIBED},
    {SPAN_INIT("subscribed"), IMPORT_SUBSCRIBED},
    {SPAN_INIT("suscrito"), IMPORT_SUBSCRIBED},
    {SPAN_INIT("unsub time"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("clean time"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("unsubscribed"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("unsubscribed at"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("unsub"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("opt out"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("opted out"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("bounced"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("baja"), IMPORT_UNSUBSCRIBED},
    {SPAN_INIT("status"), IMPORT_STATUS},
    {SPAN_INIT("email status"), IMPORT_STATUS},
    {SPAN_INIT("email marketing status"), IMPORT_STATUS},
};

static const struct span use_names[IMPORT_USE_COUNT] = {
    [IMPORT_IGNORED] = SPAN_INIT("not taken"),     [IMPORT_ADDRESS] = SPAN_INIT("address"),
    [IMPORT_WORKPLACE] = SPAN_INIT("workplace"),   [IMPORT_LANGUAGE] = SPAN_INIT("language"),
    [IMPORT_AUDIENCE] = SPAN_INIT("audience"),     [IMPORT_DATE] = SPAN_INIT("date"),
    [IMPORT_SUBSCRIBED] = SPAN_INIT("subscribed"), [IMPORT_UNSUBSCRIBED] = SPAN_INIT("unsubscribed"),
    [IMPORT_STATUS] = SPAN_INIT("status"),
};

struct span import_use_name(enum import_use use)
{
    return use_names[use];
}

static bool is_obeyed(enum import_use use)
{
    return use >= IMPORT_SUBSCRIBED;
}

/* ---- words ---- */

struct span import_fold(struct arena *a, struct span text)
{
    struct buf *b = buf_new(a, text.n * 3 + 1);
    bool is_between = false;
    uint32_t c;

    while (utf8_next(&text, &c)) {
        c = utf8_without_accent(utf8_lower(c));
        if (c <= ' ' || c == '_' || c == '-' || c == '.' || c == 0xA0) {
            is_between = b->n > 0;
            continue;
        }
        if (is_between)
            buf_char(b, ' ');
        is_between = false;
        buf_utf8(b, c);
    }
    return buf_span(b);
}

bool import_may_show(struct span text)
{
    uint32_t c;

    if (text.n == 0 || text.n > NAME_MOST || utf8_first_fault(text) != SPAN_NONE)
        return false;
    while (utf8_next(&text, &c)) /* what moves a cursor or turns the direction is no name */
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == '@' || (c >= 0x200B && c <= 0x200F) ||
            (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
            return false;
    return true;
}

/* ---- columns ---- */

struct reading {
    struct arena *arena;
    struct import_columns *columns;
    struct span *folded; /* names */
    struct span *fault;
};

static enum rc refuse(const struct reading *r, struct span sentence)
{
    *r->fault = sentence;
    return RC_INVALID;
}

static size_t find_name(const struct reading *r, struct span folded, size_t from)
{
    for (size_t i = from; i < r->columns->count; i++)
        if (span_eq(r->folded[i], folded))
            return i;
    return SIZE_MAX;
}

static enum rc refuse_twice(const struct reading *r, enum import_use use, size_t column)
{
    return refuse(r, arena_printf(r->arena,
                                  "two columns are called “%.*s”: say which with --map %.*s=NUMBER, counted from 1",
                                  SPAN_ARGS(r->columns->names[column]), SPAN_ARGS(use_names[use])));
}

static void set_use(const struct reading *r, size_t column, enum import_use use)
{
    r->columns->uses[column] = use;
    if (!is_obeyed(use))
        r->columns->at[use] = column;
}

/* ---- what the person said ---- */

static bool find_use(struct span name, enum import_use *use_out)
{
    for (int use = IMPORT_ADDRESS; use < IMPORT_USE_COUNT; use++)
        if (span_eq(name, use_names[use])) {
            *use_out = (enum import_use)use;
            return true;
        }
    return false;
}

static enum rc refuse_mapped_away(const struct reading *r)
{
    return refuse(r, S("what people chose where the list comes from is obeyed: a column that says it cannot be mapped "
                       "away. Where it means something else, take it out of the file"));
}

static bool says_who_is_subscribed(struct span folded)
{
    for (size_t i = 0; i < COUNT(known); i++)
        if (span_eq(known[i].name, folded))
            return known[i].use == IMPORT_SUBSCRIBED || known[i].use == IMPORT_UNSUBSCRIBED;
    return false;
}

static enum rc map_column(const struct reading *r, enum import_use use, struct span name)
{
    struct span folded = import_fold(r->arena, name);
    size_t column = find_name(r, folded, 0);
    uint64_t number;

    if (column == SIZE_MAX && span_to_u64(span_trim(name), r->columns->count, &number) && number > 0)
        column = (size_t)number - 1;
    else if (column != SIZE_MAX && find_name(r, folded, column + 1) != SIZE_MAX)
        return refuse_twice(r, use, column);
    if (column == SIZE_MAX)
        return refuse(r, arena_printf(r->arena, "--map %.*s: the file has no such column", SPAN_ARGS(use_names[use])));
    if (r->columns->uses[column] != IMPORT_IGNORED)
        return refuse(r, S("--map names one column for two things"));
    if (!is_obeyed(use) && says_who_is_subscribed(r->folded[column]))
        return refuse_mapped_away(r);
    set_use(r, column, use);
    return RC_OK;
}

/* Sets is_said_out of each field that is named: its column is not looked for any more. */
static enum rc read_map(const struct reading *r, struct span map, bool is_said_out[IMPORT_USE_COUNT])
{
    struct span part;

    while (span_next(&map, ',', &part)) {
        struct span field;
        struct span name;
        enum import_use use;
        enum rc rc;

        if (!span_cut(part, '=', &field, &name) || !find_use(span_trim(field), &use))
            return refuse(r, S("--map is “address=COLUMN”, also for workplace, language, audience, date, subscribed, "
                               "unsubscribed and status; commas part several"));
        name = span_trim(name);
        if (name.n == 0 && is_obeyed(use))
            return refuse_mapped_away(r);
        if (is_said_out[use] && !is_obeyed(use))
            return refuse(r, arena_printf(r->arena, "--map names “%.*s” twice", SPAN_ARGS(use_names[use])));
        is_said_out[use] = true;
        rc = name.n ? map_column(r, use, name) : RC_OK;
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

/* ---- what is known ---- */

static enum rc recognize(const struct reading *r, const bool is_said[IMPORT_USE_COUNT])
{
    for (size_t k = 0; k < COUNT(known); k++) {
        enum import_use use = known[k].use;
        size_t column = find_name(r, known[k].name, 0);

        if (!is_obeyed(use)) {
            if (is_said[use] || r->columns->at[use] != SIZE_MAX || column == SIZE_MAX ||
                r->columns->uses[column] != IMPORT_IGNORED)
                continue;
            if (find_name(r, known[k].name, column + 1) != SIZE_MAX)
                return refuse_twice(r, use, column);
            set_use(r, column, use);
            continue;
        }
        for (; column != SIZE_MAX; column = find_name(r, known[k].name, column + 1))
            if (r->columns->uses[column] == IMPORT_IGNORED)
                set_use(r, column, use);
    }
    return RC_OK;
}

static enum import_origin origin_of(const struct reading *r)
{
    for (size_t i = 0; i < r->columns->count; i++)
        if (span_starts(r->folded[i], S("can2 ")))
            return IMPORT_ACTION_NETWORK;
    if (find_name(r, S("member rating"), 0) != SIZE_MAX || find_name(r, S("leid"), 0) != SIZE_MAX)
        return IMPORT_MAILCHIMP;
    return IMPORT_PLAIN;
}

static enum rc read_names(const struct reading *r, const struct csv_row *heading)
{
    struct import_columns *c = r->columns;

    for (size_t i = 0; i < c->count; i++) {
        struct span name = span_trim(heading->fields[i].text);

        if (span_find_char(name, '@') != SPAN_NONE)
            return refuse(r, S("its first line has to name the columns, and has an address: write “email” above it"));
        c->names[i] = import_may_show(name) ? name : arena_printf(r->arena, "column %zu", i + 1);
        r->folded[i] = import_fold(r->arena, name);
    }
    return RC_OK;
}

enum rc import_columns_read(struct arena *a, const struct csv_row *heading, const struct span *maps, size_t map_count,
                            struct import_columns *columns_out, struct span *fault_out)
{
    struct reading r = {.arena = a, .columns = columns_out, .fault = fault_out};
    bool is_said[IMPORT_USE_COUNT] = {false};
    enum rc rc;

    *columns_out = (struct import_columns){.count = heading->count};
    columns_out->names = ARENA_ARRAY(a, struct span, heading->count);
    columns_out->uses = ARENA_ARRAY(a, enum import_use, heading->count);
    for (size_t use = 0; use < IMPORT_USE_COUNT; use++)
        columns_out->at[use] = SIZE_MAX;
    r.folded = ARENA_ARRAY(a, struct span, heading->count);
    rc = read_names(&r, heading);
    for (size_t i = 0; i < map_count && rc == RC_OK; i++)
        rc = read_map(&r, maps[i], is_said);
    if (rc == RC_OK)
        rc = recognize(&r, is_said);
    if (rc != RC_OK)
        return rc;
    columns_out->origin = origin_of(&r);
    if (columns_out->at[IMPORT_ADDRESS] == SIZE_MAX)
        return refuse(&r, S("no column of it is known to have mail addresses: name it with --map address=COLUMN"));
    return RC_OK;
}
