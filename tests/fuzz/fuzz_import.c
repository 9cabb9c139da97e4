/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a list of people, with what --map says in their first line; and as a call and an answer of `import`.
 *
 * Every row has one fate. Who is taken can be kept, is taken once and has no address of the employer's; whom a row says left
 * is not taken; and no word that is shown or written down holds an address.
 */
#include "mail/address.h"
#include "main/import_list.h"
#include "main/import_step.h"

#include <string.h>

enum { INPUT_MOST = 64 * 1024, MEMORY = 1024 * 1024 * 1024 };

static const struct audience audiences[] = {
    {.key = SPAN_INIT("educators"), .name = {{SPAN_INIT("Educators"), SPAN_INIT("Docentes")}}, .asks_workplace = true},
    {.key = SPAN_INIT("parents"), .name = {{SPAN_INIT("Parents"), SPAN_INIT("Familias")}}},
};
static const enum lang langs[] = {LANG_ES, LANG_EN};
static const struct import_rules rules = {
    .audiences = audiences,
    .audience_count = COUNT(audiences),
    .audience = &audiences[1],
    .langs = langs,
    .lang_count = COUNT(langs),
    .lang = LANG_ES,
    .work_domains = SPAN_INIT("work.example"),
    .source = SPAN_INIT("a sheet of paper"),
    .now = {1777636800000000},
};

static void check_people(struct arena *a, const struct import_list *list)
{
    for (size_t i = 0; i < list->people.count; i++) {
        const struct subscriber *s = &list->people.items[i].subscriber;

        CHECK(list->people.items[i].line > 1 && mail_address_is_plain(s->address));
        CHECK(subscriber_put(buf_new(a, SUBSCRIBER_RECORD_MOST), s));
        CHECK(!span_ends(s->address, S("@work.example")) && !span_ends(s->address, S(".work.example")));
        CHECK(i == 0 || list->people.items[i - 1].line < list->people.items[i].line);
        for (size_t k = 0; k < i && k < 100; k++)
            CHECK(!span_eq_nocase(s->address, list->people.items[k].subscriber.address));
    }
}

static void check_list(struct arena *a, struct span bytes)
{
    struct import_list list;
    struct span fault;
    struct span map;
    struct span text;
    size_t sum = 0;

    if (!span_cut(bytes, '\n', &map, &text))
        return;
    if (import_list_read(a, text, &map, map.n ? 1 : 0, &rules, &list, &fault) != RC_OK) {
        CHECK(fault.n > 0 && list.people.count == 0);
        return;
    }
    for (int fate = 0; fate < IMPORT_FATE_COUNT; fate++)
        sum += list.counts[fate];
    CHECK(sum == list.rows && list.counts[IMPORT_TAKEN] == list.people.count);
    CHECK(list.columns.at[IMPORT_ADDRESS] < list.columns.count);
    for (size_t i = 0; i < list.columns.count; i++)
        CHECK(span_find_char(list.columns.names[i], '@') == SPAN_NONE);
    for (size_t i = 0; i < list.notes.count; i++) {
        CHECK(list.notes.items[i].fate != IMPORT_TAKEN && list.notes.items[i].why.n > 0);
        CHECK(span_find_char(list.notes.items[i].why, '@') == SPAN_NONE);
    }
    check_people(a, &list);
}

static bool lies_in(struct span outer, struct span inner)
{
    uintptr_t from = (uintptr_t)outer.p;
    uintptr_t at = (uintptr_t)inner.p;

    return inner.n == 0 || (at >= from && at + inner.n <= from + outer.n);
}

static void check_call(struct arena *a, struct span bytes)
{
    struct import_call call;
    struct import_call again;
    struct subscriber_row *rows;
    struct span head;

    if (!import_call_read(a, bytes, &call))
        return;
    CHECK(lies_in(bytes, call.url) && lies_in(bytes, call.host) && lies_in(bytes, call.source));
    head = import_call_put(a, &call);
    CHECK(import_call_read(a, call.pack_count ? arena_join(a, (struct span[]){head, call.packs[0]}, 2) : head, &again));
    if (call.work != IMPORT_WRITE || !import_rows_read(a, &call, &rows))
        return;
    for (size_t i = 0; i < call.people; i++) {
        struct seal_head seal = {SEAL_SUBSCRIBER, call.campaign, rows[i].object, call.day};

        CHECK(lies_in(bytes, rows[i].audience) && lies_in(bytes, rows[i].sealed));
        CHECK(rows[i].lang < LANG_COUNT && rows[i].state == SUBSCRIBER_ACTIVE && rows[i].import_no == 0);
        (void)seal_is_for(&seal, &call.key, rows[i].sealed);
    }
}

static void check_told(struct arena *a, struct span bytes)
{
    struct import_told told;

    if (!import_told_read(a, bytes, &told))
        return;
    CHECK(told.outcome < IMPORT_OUTCOME_COUNT && told.lang_count <= LANG_COUNT && lies_in(bytes, told.sentence));
    for (size_t i = 0; i < told.lang_count; i++)
        CHECK(told.langs[i] < LANG_COUNT);
    CHECK(import_told_read(a, import_told_put(a, &told), &told));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};
    struct arena *a;

    if (size > INPUT_MOST)
        return 0;
    a = arena_open(MEMORY);
    if (span_starts(bytes, S("breakroom import call")))
        check_call(a, bytes);
    else if (span_starts(bytes, S("breakroom import told")))
        check_told(a, bytes);
    else
        check_list(a, bytes);
    arena_close(&a);
    return 0;
}
