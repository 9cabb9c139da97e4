/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Lists of people: which column is what, what a cell says, who is taken and who is named instead, which files are refused
 * whole; records sealed, packed and read again.
 */
#include "seal_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "main/import_cells.h"
#include "main/import_columns.h"
#include "main/import_list.h"
#include "main/import_seal.h"
#include "main/import_step.h"

enum { MEMORY = 1024 * 1024 * 1024 };

static struct arena *a;
static struct span fault;
static struct import_columns columns;
static struct import_list list;
static const struct instant noon = {1777636800000000}; /* 2026-05-01T12:00:00Z */

static const struct audience audiences[] = {
    {.key = SPAN_INIT("educators"),
     .name = {{SPAN_INIT("Educators of these schools"), SPAN_INIT("Docentes de estas escuelas")}},
     .asks_workplace = true},
    {.key = SPAN_INIT("parents"), .name = {{SPAN_INIT("Parents"), SPAN_INIT("Familias")}}, .takes_work_mail = true},
};
static const enum lang langs[] = {LANG_EN, LANG_ES};
static struct import_rules rules;

static int open_world(void **state)
{
    (void)state;
    a = arena_open(MEMORY);
    rules = (struct import_rules){
        .audiences = audiences,
        .audience_count = COUNT(audiences),
        .audience = &audiences[0],
        .langs = langs,
        .lang_count = COUNT(langs),
        .lang = LANG_EN,
        .work_domains = S("baysidecharter.example, bcs.example"),
        .source = S("sign-in sheet, April 24"),
        .now = noon,
    };
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    arena_close(&a);
    return 0;
}

/* ---- columns ---- */

static enum rc name_columns(const char *heading, const char *map)
{
    struct csv_row *row = ARENA_NEW(a, struct csv_row);
    struct csv_reader reader;
    struct span maps = span_of(map);

    csv_begin(&reader, span_of(heading));
    assert_true(csv_next(&reader, a, row));
    return import_columns_read(a, row, &maps, map ? 1 : 0, &columns, &fault);
}

/* "a.lw" … one letter a column: a address, w workplace, l language, u audience, d date, s subscribed, x unsubscribed,
 * t status, a dot for what stays in the file. */
static void assert_uses(const char *heading, const char *map, const char *uses)
{
    static const char letters[] = ".awludsxt";

    assert_int_equal(name_columns(heading, map), RC_OK);
    assert_int_equal(columns.count, strlen(uses));
    for (size_t i = 0; i < columns.count; i++)
        if (letters[columns.uses[i]] != uses[i])
            fail_msg("%s: column %zu is “%c”", heading, i + 1, letters[columns.uses[i]]);
}

static void assert_refused(const char *heading, const char *map, const char *why)
{
    assert_int_equal(name_columns(heading, map), RC_INVALID);
    if (span_find(fault, span_of(why)) == SPAN_NONE)
        fail_msg("%s: %.*s", heading, SPAN_ARGS(fault));
}

static void columns_are_known_by_name(void **state)
{
    (void)state;
    assert_uses("email,first_name,last_name,zip_code,can2_user_address,can2_user_city,language,can2_user_tags,"
                "can2_subscription_status,can2_sms_status,can2_subscription_date,School",
                NULL, "a.....l.s.dw");
    assert_int_equal(columns.origin, IMPORT_ACTION_NETWORK);
    assert_uses(
        "\"Email Address\",\"First Name\",\"Last Name\",Address,\"Phone Number\",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,"
        "CONFIRM_TIME,CONFIRM_IP,TIMEZONE,LAST_CHANGED,LEID,EUID,NOTES,TAGS,Language",
        NULL, "a.......d.......l");
    assert_int_equal(columns.origin, IMPORT_MAILCHIMP);
    assert_uses("Email Address,MEMBER_RATING,OPTIN_TIME,UNSUB_TIME,CLEAN_TIME,Status", NULL, "a.dxxt");
    assert_uses("address,who,workplace,language,date", NULL, "auwld");
    assert_int_equal(columns.origin, IMPORT_PLAIN);
    assert_uses("\xEF\xBB\xBFNombre,Correo electrónico,Quién,Escuela,Idioma,Fecha,Suscrito", NULL, ".auwlds");
    assert_uses(" E-Mail , LANG ,E-mail confirmed", NULL, "al.");
    assert_uses("correo", NULL, "a");
}

static void the_person_says_which(void **state)
{
    (void)state;
    assert_uses("Contact,School,Site,Joined", "address=contact,workplace=Site,date=4", "a.wd");
    assert_uses("email,backup email", "address=Backup Email", ".a");
    assert_uses("email,language,date", "language=,date=", "a..");
    assert_uses("email,email", "address=2", ".a");
    assert_uses("email,Opted in?", "subscribed=2", "as");
    assert_uses("email,A,B", "unsubscribed=A,unsubscribed=B", "axx");
    assert_uses("email,2,3", "date=2", "ad."); /* a name before a number */
    assert_refused("name,phone", NULL, "--map address=COLUMN");
    assert_refused("name,phone", "address=mail", "no such column");
    assert_refused("name,phone", "address=0", "no such column");
    assert_refused("name,phone", "address=3", "no such column");
    assert_refused("email,a,a", "date=a", "two columns are called “a”");
    assert_refused("email,email", NULL, "two columns are called “email”");
    assert_refused("email,a", "date=a,workplace=a", "one column for two things");
    assert_refused("email,a,b", "date=a,date=b", "“date” twice");
    assert_refused("email,a", "day=a", "--map is");
    assert_refused("email,a", "email", "--map is");
    assert_refused("email,a", "not taken=a", "--map is");
}

/* Neither by naming nothing nor by giving the column another use. */
static void what_people_chose_cannot_be_mapped_away(void **state)
{
    (void)state;
    assert_refused("email,subscribed", "subscribed=", "is obeyed");
    assert_refused("email,UNSUB_TIME", "unsubscribed=", "is obeyed");
    assert_refused("email,can2_subscription_status", "workplace=can2_subscription_status", "is obeyed");
    assert_refused("email,UNSUB_TIME", "date=2", "is obeyed");
    assert_uses("email,subscribed,Subscribed", NULL, "ass");
    assert_uses("email,subscribed,ok", "subscribed=ok", "ass");
}

/* A list without names of columns: its first person must not be shown as a name. */
static void addresses_are_no_names(void **state)
{
    (void)state;
    assert_refused("rosa@home.example,Harbor High", "address=1", "has an address");
    assert_int_equal(span_find(fault, S("rosa")), SPAN_NONE);
    assert_int_equal(name_columns("email,\"two\nlines\"", NULL), RC_OK);
    assert_true(span_eq(columns.names[1], S("column 2")));
    assert_false(import_may_show(S("\xC2\x9B"
                                   "2J"))); /* a terminal's own sequences */
    assert_false(import_may_show(S("\xE2\x80\xAE")));
    assert_false(import_may_show(S("rosa@home.example")));
    assert_true(import_may_show(S("¿Quién?")));
}

/* ---- cells ---- */

static void answers(void **state)
{
    enum lang lang = LANG_EN;

    (void)state;
    assert_true(import_says_yes(import_fold(a, S("Subscribed"))));
    assert_true(import_says_yes(import_fold(a, S(" SÍ "))));
    assert_false(import_says_yes(import_fold(a, S("unsubscribed"))));
    assert_false(import_says_yes(import_fold(a, S(""))));
    assert_false(import_says_yes(import_fold(a, S("bouncing"))));
    assert_true(import_says_no(import_fold(a, S(""))));
    assert_true(import_says_no(import_fold(a, S("FALSE"))));
    assert_false(import_says_no(import_fold(a, S("2026-01-01 10:00:00"))));
    assert_true(import_says_left(import_fold(a, S("Non-Subscribed"))));
    assert_true(import_says_left(import_fold(a, S("spam complaint"))));
    assert_false(import_says_left(import_fold(a, S("full-time"))));
    assert_true(import_says_lang(import_fold(a, S("es_MX")), &lang) && lang == LANG_ES);
    assert_true(import_says_lang(import_fold(a, S("Español (Latinoamérica)")), &lang) && lang == LANG_ES);
    assert_true(import_says_lang(import_fold(a, S("EN-us")), &lang) && lang == LANG_EN);
    assert_false(import_says_lang(import_fold(a, S("estonian")), &lang));
    assert_false(import_says_lang(import_fold(a, S("fr")), &lang));
    assert_false(import_says_lang(import_fold(a, S("")), &lang));
}

static void assert_day(const struct import_days *days, const char *cell, enum rc rc, const char *expected)
{
    struct date day;
    struct buf *b = buf_new(a, 32);

    if (import_day_read(days, span_of(cell), &day) != rc)
        fail_msg("“%s” is not %d", cell, rc);
    if (rc == RC_OK) {
        date_put(b, day);
        assert_string_equal(arena_cstr(a, buf_span(b)), expected);
    }
}

static void days_as_people_write_them(void **state)
{
    const struct import_days none = {0};
    struct import_days column = {0};

    (void)state;
    assert_day(&none, "2026-04-24", RC_OK, "2026-04-24");
    assert_day(&none, "2026-04-24 07:30:00 UTC", RC_OK, "2026-04-24");
    assert_day(&none, "2026-04-24T07:30:00.123Z", RC_OK, "2026-04-24");
    assert_day(&none, "2026/4/24", RC_OK, "2026-04-24");
    assert_day(&none, "4/24/2026 7:30 PM", RC_OK, "2026-04-24");
    assert_day(&none, "24/4/26", RC_OK, "2026-04-24");
    assert_day(&none, "5/5/2026", RC_OK, "2026-05-05");
    assert_day(&none, "3/4/2026", RC_CONFLICT, NULL);
    assert_day(&none, "2026-02-29", RC_INVALID, NULL);
    assert_day(&none, "2024-02-29", RC_OK, "2024-02-29");
    assert_day(&none, "31/4/2026", RC_INVALID, NULL);
    assert_day(&none, "26-04-24", RC_INVALID, NULL);
    assert_day(&none, "April 24", RC_INVALID, NULL);
    assert_day(&none, "2026-04", RC_INVALID, NULL);
    assert_day(&none, "2026-04-24-1", RC_INVALID, NULL);
    assert_day(&none, "2026-04-24 rosa", RC_INVALID, NULL);
    assert_day(&none, "46136", RC_INVALID, NULL); /* a spreadsheet's own */
    assert_day(&none, "", RC_INVALID, NULL);
    import_days_see(&column, S("3/4/2026"));
    assert_day(&column, "3/4/2026", RC_CONFLICT, NULL);
    import_days_see(&column, S(" 4/24/2026"));
    assert_day(&column, "3/4/2026", RC_OK, "2026-03-04");
    column = (struct import_days){0};
    import_days_see(&column, S("24.4.2026"));
    assert_day(&column, "3.4.2026", RC_OK, "2026-04-03");
    import_days_see(&column, S("4/24/2026")); /* two hands wrote this column: nobody knows */
    assert_day(&column, "3/4/2026", RC_CONFLICT, NULL);
    assert_day(&column, "24/4/2026", RC_OK, "2026-04-24");
}

static void a_source_has_no_address(void **state)
{
    (void)state;
    assert_null(import_source_fault(S("sign-in sheet, April 24")));
    assert_null(import_source_fault(S("reunión del 24 de abril")));
    assert_non_null(import_source_fault(S("")));
    assert_non_null(import_source_fault(S("  a ")));
    assert_non_null(import_source_fault(S("from rosa@home.example")));
    assert_non_null(import_source_fault(S("two\nlines")));
    assert_non_null(import_source_fault(S("\xE1")));
    for (size_t n = 199; n <= 201; n++) {
        struct buf *b = buf_new(a, 1024);

        for (size_t i = 0; i < n; i++)
            buf_put(b, S("é"));
        assert_int_equal(import_source_fault(buf_span(b)) == NULL, n <= SUBSCRIBER_SOURCE_MOST);
    }
}

/* ---- lists ---- */

static enum rc read_list(struct span bytes)
{
    return import_list_read(a, bytes, NULL, 0, &rules, &list, &fault);
}

static void take(const char *text)
{
    size_t sum = 0;

    if (read_list(span_of(text)) != RC_OK)
        fail_msg("%.*s", SPAN_ARGS(fault));
    for (int fate = 0; fate < IMPORT_FATE_COUNT; fate++)
        sum += list.counts[fate];
    assert_int_equal(sum, list.rows);
    assert_int_equal(list.counts[IMPORT_TAKEN], list.people.count);
}

static void assert_counts(size_t taken, size_t left, size_t doubles, size_t work, size_t faults)
{
    assert_int_equal(list.counts[IMPORT_TAKEN], taken);
    assert_int_equal(list.counts[IMPORT_LEFT], left);
    assert_int_equal(list.counts[IMPORT_DOUBLE], doubles);
    assert_int_equal(list.counts[IMPORT_WORK], work);
    assert_int_equal(list.counts[IMPORT_FAULT], faults);
}

static void assert_note(size_t i, uint32_t line, enum import_fate fate, const char *why)
{
    assert_true(i < list.notes.count);
    assert_int_equal(list.notes.items[i].line, line);
    assert_int_equal(list.notes.items[i].fate, fate);
    if (span_find(list.notes.items[i].why, span_of(why)) == SPAN_NONE)
        fail_msg("line %u: %.*s", line, SPAN_ARGS(list.notes.items[i].why));
    assert_int_equal(span_find_char(list.notes.items[i].why, '@'), SPAN_NONE);
}

static const struct subscriber *person(size_t i)
{
    assert_true(i < list.people.count);
    return &list.people.items[i].subscriber;
}

static void people_come_out_whole(void **state)
{
    (void)state;
    take("Email,School,Language,Who,Date,Name\n"
         "rosa@HOME.Example, Harbor High ,es,educators,2026-03-01,Rosa\r\n"
         "\"tom@home.example\",\"Mid \"\"A\"\"\",,Familias,,Tom\n"
         "\n,,,,,\n"
         "ann@b\xC3\xBC"
         "cher.example,,fr,,3/13/2026 9:00,Ann\n");
    assert_counts(3, 0, 0, 0, 0);
    assert_true(span_eq(person(0)->address, S("rosa@home.example")));
    assert_true(span_eq(person(0)->workplace, S("Harbor High")));
    assert_true(span_eq(person(0)->audience, S("educators")));
    assert_true(span_eq(person(0)->source, S("sign-in sheet, April 24")));
    assert_int_equal(person(0)->lang, LANG_ES);
    assert_int_equal(person(0)->asked_at.us, INT64_C(1772366400000000)); /* noon of that day */
    assert_true(span_eq(person(1)->audience, S("parents")));
    assert_int_equal(person(1)->workplace.n, 0); /* nobody asks parents where they work */
    assert_int_equal(person(1)->asked_at.us, noon.us);
    assert_true(span_eq(person(2)->address, S("ann@xn--bcher-kva.example")));
    assert_int_equal(person(2)->lang, LANG_EN);
    assert_int_equal(list.langs[LANG_ES], 1);
    assert_int_equal(list.langs[LANG_EN], 2);
    assert_int_equal(list.other_langs, 1);
    assert_int_equal(list.workplaces, 1);
    assert_int_equal(list.workplaces_dropped, 1);
    assert_int_equal(list.days, 2);
    assert_int_equal(list.people.items[2].line, 6);
}

static void rows_at_fault_are_named_and_stop_nothing(void **state)
{
    (void)state;
    take("email,workplace,date,who\n"
         ",Harbor High,,\n"
         "rosa,,,\n"
         "ros\xC3\xA9@home.example,,,\n"
         "=HYPERLINK(1),,,\n"
         "=a@home.example,,,\n"
         "a@home.example,=1+1,,\n"
         "b@home.example,\"two\nlines\",,\n"
         "c@home.example,,2027-01-01,\n"
         "d@home.example,,3/4/2026,\n"
         "e@home.example,,soon,\n"
         "f@home.example,,,nobody\n"
         "g@home.example,,,x@home.example\n"
         "h@home.example,,\n"
         "i@home.example,,,,extra\n"
         "j@home.example,a\"b,,\n"
         "k@home.example,,1969-12-01,\n"
         "l@home.example,,,\n"
         "m@home.example,,,,,\n");
    assert_counts(2, 0, 0, 0, 16);
    assert_true(span_eq(person(0)->address, S("l@home.example")));
    assert_note(0, 2, IMPORT_FAULT, "no address");
    assert_note(1, 3, IMPORT_FAULT, "no mail address");
    assert_note(2, 4, IMPORT_FAULT, "other letters");
    assert_note(3, 5, IMPORT_FAULT, "a formula");
    assert_note(4, 6, IMPORT_FAULT, "a formula");
    assert_note(5, 7, IMPORT_FAULT, "a formula");
    assert_note(6, 8, IMPORT_FAULT, "a line break");
    assert_note(7, 10, IMPORT_FAULT, "“2027-01-01” is no day on which");
    assert_note(8, 11, IMPORT_FAULT, "“3/4/2026” may be either");
    assert_note(9, 12, IMPORT_FAULT, "“soon” is no day");
    assert_note(10, 13, IMPORT_FAULT, "“nobody” is no audience");
    assert_note(11, 14, IMPORT_FAULT, "what stands there is no audience");
    assert_note(12, 15, IMPORT_FAULT, "3 cells");
    assert_note(13, 16, IMPORT_FAULT, "5 cells");
    assert_note(14, 17, IMPORT_FAULT, "a quotation mark");
    assert_note(15, 18, IMPORT_FAULT, "“1969-12-01” is no day on which");
}

static void a_long_workplace_is_a_fault(void **state)
{
    struct buf *b = buf_new(a, 4096);

    (void)state;
    for (size_t n = SUBSCRIBER_WORKPLACE_MOST; n <= SUBSCRIBER_WORKPLACE_MOST + 1; n++) {
        buf_put(b, n == SUBSCRIBER_WORKPLACE_MOST ? S("email,school\na@home.example,") : S("\nb@home.example,"));
        for (size_t i = 0; i < n; i++)
            buf_put(b, S("ñ"));
    }
    take(arena_cstr(a, buf_span(b)));
    assert_counts(1, 0, 0, 0, 1);
    assert_note(0, 3, IMPORT_FAULT, "more than 120 letters");
}

static void without_an_audience_nobody_is_taken(void **state)
{
    (void)state;
    rules.audience = NULL;
    take("email,who\na@home.example,\nb@home.example,EDUCATORS\nc@home.example,docentes de estas escuelas\n");
    assert_counts(2, 0, 0, 0, 1);
    assert_note(0, 2, IMPORT_FAULT, "no audience");
}

static void who_is_not_subscribed_there_is_left_out(void **state)
{
    (void)state;
    take("email,can2_subscription_status\n"
         "a@home.example,subscribed\n"
         "b@home.example,unsubscribed\n"
         "c@home.example,bouncing\n"
         "d@home.example,\n"
         "nonsense,unsubscribed\n");
    assert_counts(1, 4, 0, 0, 0);
    take("Email Address,Status,UNSUB_TIME,LEID\n"
         "a@home.example,,,1\n"
         "b@home.example,,2026-01-01 10:00:00,1\n"
         "c@home.example,cleaned,,1\n"
         "d@home.example,weekly,,1\n");
    assert_counts(2, 2, 0, 0, 0);
}

static void doubles_are_taken_once(void **state)
{
    (void)state;
    take("email,who\n"
         "b@home.example,parents\n"
         "a@home.example,parents\n"
         "A@home.example,educators\n"
         "a@HOME.example,educators\n"
         "c@home.example,parents\n");
    assert_counts(3, 0, 2, 0, 0);
    assert_note(0, 4, IMPORT_DOUBLE, "as in line 3");
    assert_note(1, 5, IMPORT_DOUBLE, "as in line 3");
    assert_true(span_eq(person(1)->audience, S("parents"))); /* the first of them, in the file's order */
    assert_true(span_eq(person(2)->address, S("c@home.example")));
}

/* Whoever left by any row, before or behind the others, is not brought back by another. */
static void a_no_anywhere_is_a_no(void **state)
{
    (void)state;
    take("email,subscribed\n"
         "a@home.example,yes\n"
         "B@home.example,no\n"
         "A@home.example,no\n"
         "b@home.example,yes\n"
         "b@home.example,yes\n"
         "c@home.example,yes\n");
    assert_counts(1, 5, 0, 0, 0);
    assert_true(span_eq(person(0)->address, S("c@home.example")));
    assert_note(0, 2, IMPORT_LEFT, "line 4 says");
    assert_note(1, 5, IMPORT_LEFT, "line 3 says");
    assert_note(2, 6, IMPORT_LEFT, "line 3 says");
}

static void mail_of_the_employer_is_left_out(void **state)
{
    static const char text[] = "email,who\n"
                               "a@baysidecharter.example,parents\n"
                               "b@staff.BaysideCharter.example,educators\n"
                               "c+x@bcs.example,parents\n"
                               "d@notbcs.example,parents\n"
                               "e@baysidecharters.example,parents\n"
                               "f%bcs.example@home.example,parents\n"
                               "g@bayside-charter.org,educators\n";

    (void)state;
    take(text);
    assert_counts(1, 0, 0, 6, 0);
    assert_note(0, 2, IMPORT_WORK, "an address of the employer's, who can read");
    assert_note(1, 3, IMPORT_WORK, "an address of the employer's, who can read");
    assert_note(3, 6, IMPORT_WORK, "looks like one of the employer's, a slip or a trap: ask for another");
    assert_note(4, 7, IMPORT_WORK, "an address of the employer's, who can read");
    assert_note(5, 8, IMPORT_WORK, "looks like one of the employer's");
    rules.takes_work_mail = true; /* and then only where the audience takes it */
    take(text);
    assert_counts(5, 0, 0, 2, 0);
    assert_note(0, 3, IMPORT_WORK, "the employer's");
}

/* ---- files ---- */

static void refuse(struct span bytes, const char *why)
{
    assert_int_equal(read_list(bytes), RC_INVALID);
    if (span_find(fault, span_of(why)) == SPAN_NONE)
        fail_msg("%.*s", SPAN_ARGS(fault));
    assert_int_equal(list.people.count, 0);
}

static void files_that_are_no_list_are_refused_whole(void **state)
{
    char *wide = arena_alloc(a, 2000);

    (void)state;
    refuse((struct span){0}, "is empty");
    refuse(S(" \n\r\n"), "is empty");
    refuse(S("email\n"), "nothing below");
    refuse(S("email\n\n,\n"), "nothing below");
    refuse(S("email\nrosa@home.example\nto\0m@home.example\n"), "line 3 has a NUL");
    refuse(S("email\nrosa@home.example\nto\xF1@home.example\n"), "line 3 is not UTF-8");
    refuse(S("\xFF\xFE"
             "e\0m\0a\0"),
           "UTF-16");
    refuse(S("\xFE\xFF\0e\0m\0a"), "UTF-16");
    for (size_t i = 0; i < 2000; i += 2)
        wide[i] = 'e';
    refuse((struct span){wide, 2000}, "UTF-16");
    refuse(S("PK\x03\x04\x14\0\0"), "workbook");
    refuse(S("email;who\na@home.example;parents\n"), "semicolons");
    refuse(S("email\twho\na@home.example\tparents\n"), "semicolons");
    refuse(S("email\ra@home.example\rb@home.example"), "CR alone");
    refuse(S("email,name\na@home.example,\"Rosa\nb@home.example,Tom\n"), "mark in line 2 is never closed");
    refuse(S("\"email,name\n"), "mark in line 1 is never closed");
    refuse(S("em\"ail,name\n"), "first line");
    /* an open mark that the next one closes: what is between would be lost without a word */
    refuse(S("email,name\na@home.example,\"Rosa\nb@home.example,Tom\nc@home.example,\"Ann\"\n"), "lines 2 to 4");
}

static void a_cell_that_is_no_cell(void **state)
{
    struct buf *b = buf_new(a, 32 * 1024 * 1024);

    (void)state;
    buf_put(b, S("email,notes\na@home.example,"));
    for (size_t i = 0; i < IMPORT_CELL_MOST; i++)
        buf_char(b, 'x');
    assert_int_equal(read_list(buf_span(b)), RC_OK);
    buf_char(b, 'x');
    refuse(buf_span(b), "line 2 has a cell of 64 KB");
    for (size_t i = 0; i < 10 * 1024 * 1024; i++)
        buf_char(b, 'x');
    refuse(buf_span(b), "line 2 has a cell of 10304 KB");
}

static void both_line_ends_in_one_file(void **state)
{
    (void)state;
    take("email,name\r\na@home.example,Rosa\nb@home.example,Tom\r\n\nc@home.example,Ann");
    assert_counts(3, 0, 0, 0, 0);
    /* a line end that nobody put in quotation marks makes two rows, and both are named */
    take("email,name,who\r\na@home.example,Ro\nsa,parents\r\nb@home.example,Tom,parents\r\n");
    assert_counts(1, 0, 0, 0, 2);
    assert_note(0, 2, IMPORT_FAULT, "2 cells");
    assert_note(1, 3, IMPORT_FAULT, "2 cells");
}

static void too_many_rows(void **state)
{
    struct buf *b = buf_new(a, 32 * 1024 * 1024);

    (void)state;
    buf_put(b, S("email\n"));
    for (size_t i = 0; i <= IMPORT_PEOPLE_MOST; i++)
        buf_put(b, S("x\n"));
    assert_int_equal(read_list(buf_span(b)), RC_LIMIT);
    assert_int_not_equal(span_find(fault, S("more than 200000 rows")), SPAN_NONE);
}

/* ---- sealed, packed, told ---- */

static struct mailing_public public_half;

static struct import_call sealed_call(const char *text)
{
    struct import_call call = {
        .work = IMPORT_WRITE,
        .host = S("baysideeducators.example"),
        .campaign = fixed_campaign(0xC1),
        .key = mailing_key_id(&public_half),
        .day = 20574,
        .source = S("sign-in sheet, April 24"),
    };

    take(text);
    assert_int_equal(import_seal(a, &list, &public_half, &call, NULL), RC_OK);
    return call;
}

static struct span joined(const struct import_call *call)
{
    struct span parts[64];

    assert_true(call->pack_count < COUNT(parts));
    parts[0] = import_call_put(a, call);
    for (size_t i = 0; i < call->pack_count; i++)
        parts[i + 1] = call->packs[i];
    return arena_join(a, parts, call->pack_count + 1);
}

static void records_open_to_whom_they_were_sealed(void **state)
{
    struct mailing_secret *secret = fixed_mailing(0x11, &public_half);
    struct seal_room *room = seal_room_open();
    struct import_call call = sealed_call("email,school,language,date\nrosa@home.example,Harbor High,es,2026-03-01\n"
                                          "tom@home.example,,,\n");
    struct span bytes = joined(&call);
    struct import_call again;
    struct subscriber_row *rows;

    (void)state;
    assert_int_equal(span_find(bytes, S("home.example")), SPAN_NONE);
    assert_int_equal(span_find(bytes, S("Harbor")), SPAN_NONE);
    assert_true(import_call_read(a, bytes, &again));
    assert_int_equal(again.people, 2);
    assert_true(span_eq(again.source, call.source));
    assert_memory_equal(again.key.bytes, call.key.bytes, KEY_ID_LEN);
    assert_true(import_rows_read(a, &again, &rows));
    for (size_t i = 0; i < 2; i++) {
        struct seal_head head = {SEAL_SUBSCRIBER, call.campaign, rows[i].object, call.day};
        struct subscriber s;
        struct span record;

        assert_int_equal(rows[i].day, call.day);
        assert_int_equal(rows[i].lang, i ? LANG_EN : LANG_ES);
        assert_true(span_eq(rows[i].audience, S("educators")));
        assert_true(seal_is_for(&head, &call.key, rows[i].sealed));
        assert_int_equal(seal_open_mailing(secret, &head, rows[i].sealed, room, &record), RC_OK);
        assert_true(subscriber_read(record, &s));
        assert_true(span_eq(s.address, i ? S("tom@home.example") : S("rosa@home.example")));
        assert_true(span_eq(s.workplace, i ? S("") : S("Harbor High")));
        assert_true(span_eq(s.source, call.source));
    }
    assert_memory_not_equal(rows[0].object.bytes, rows[1].object.bytes, SEAL_ID_LEN);
    seal_room_close(&room);
    mailing_key_close(&secret);
}

static void many_are_packed_whole(void **state)
{
    struct mailing_secret *secret = fixed_mailing(0x11, &public_half);
    struct buf *b = buf_new(a, 1024 * 1024);
    struct import_call call;
    struct import_call again;
    struct subscriber_row *rows;
    struct span bytes;

    (void)state;
    buf_put(b, S("email\n"));
    for (int i = 0; i < 2001; i++)
        buf_printf(b, "p%d@home.example\n", i);
    call = sealed_call(arena_cstr(a, buf_span(b)));
    assert_int_equal(call.people, 2001);
    assert_int_equal(call.pack_count, 3);
    assert_true(import_rows_read(a, &call, &rows));
    bytes = joined(&call);
    assert_true(import_call_read(a, bytes, &again));
    assert_true(import_rows_read(a, &again, &rows));
    /* one less, one more, cut, lengthened */
    again.people--;
    assert_false(import_rows_read(a, &again, &rows));
    again.people += 2;
    assert_false(import_rows_read(a, &again, &rows));
    assert_true(import_call_read(a, span_sub(bytes, 0, bytes.n - 1), &again));
    assert_false(import_rows_read(a, &again, &rows));
    assert_true(import_call_read(a, arena_join(a, (struct span[]){bytes, S("x")}, 2), &again));
    assert_false(import_rows_read(a, &again, &rows));
    mailing_key_close(&secret);
}

static void calls_and_answers_come_back(void **state)
{
    struct import_call undo = {.work = IMPORT_UNDO, .url = S("postgres://x"), .host = S("h.example"), .import_no = 7};
    struct import_told told = {
        .outcome = IMPORT_DONE,
        .host = S("h.example"),
        .has_key = true,
        .campaign = fixed_campaign(0xC1),
        .langs = {LANG_ES, LANG_EN},
        .lang_count = 2,
        .mail_domains = S("a.example, b.example"),
        .import_no = 3,
        .people = 96,
    };
    struct import_told empty = {.outcome = IMPORT_TROUBLE, .sentence = S("no")};
    struct import_told back;
    struct import_call call;
    struct span bytes;

    (void)state;
    assert_true(import_call_read(a, import_call_put(a, &undo), &call));
    assert_int_equal(call.import_no, 7);
    assert_true(span_eq(call.url, undo.url) && span_eq(call.host, undo.host));
    *LIST_ADD(a, &told.audiences) = audiences[0];
    *LIST_ADD(a, &told.audiences) = audiences[1];
    *LIST_ADD(a, &told.imports.list) = (struct subscriber_import){3, noon, {0}, 96, S("a sheet of paper")};
    bytes = import_told_put(a, &told);
    assert_true(import_told_read(a, bytes, &back));
    assert_true(span_eq(import_told_put(a, &back), bytes));
    assert_true(back.has_key && back.audiences.items[1].takes_work_mail && back.audiences.items[0].asks_workplace);
    assert_int_equal(back.langs[0], LANG_ES);
    assert_true(span_eq(back.imports.list.items[0].source, S("a sheet of paper")));
    for (size_t n = 0; n < bytes.n; n++) { /* what is cut is no answer, but between two imports */
        struct import_told cut;

        if (import_told_read(a, span_sub(bytes, 0, n), &cut))
            assert_int_equal(cut.imports.list.count, 0);
    }
    assert_true(import_told_read(a, import_told_put(a, &empty), &back));
    assert_false(back.has_key);
    assert_true(span_eq(back.sentence, S("no")));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(columns_are_known_by_name),
        TEST(the_person_says_which),
        TEST(what_people_chose_cannot_be_mapped_away),
        TEST(addresses_are_no_names),
        TEST(answers),
        TEST(days_as_people_write_them),
        TEST(a_source_has_no_address),
        TEST(people_come_out_whole),
        TEST(rows_at_fault_are_named_and_stop_nothing),
        TEST(a_long_workplace_is_a_fault),
        TEST(without_an_audience_nobody_is_taken),
        TEST(who_is_not_subscribed_there_is_left_out),
        TEST(doubles_are_taken_once),
        TEST(a_no_anywhere_is_a_no),
        TEST(mail_of_the_employer_is_left_out),
        TEST(files_that_are_no_list_are_refused_whole),
        TEST(a_cell_that_is_no_cell),
        TEST(both_line_ends_in_one_file),
        TEST(too_many_rows),
        TEST(records_open_to_whom_they_were_sealed),
        TEST(many_are_packed_whole),
        TEST(calls_and_answers_come_back),
    };

    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
