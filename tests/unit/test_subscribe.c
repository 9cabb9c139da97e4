/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What subscribing knows by itself, and whom nobody writes to: the employer's addresses and those that look like one, which mailbox an address is,
 * how long leaving can be undone, and how many letters go out in an hour.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "mail/address.h"
#include "mail/employer.h"
#include "subscribe/subscribe_limit.h"
#include "subscribe/subscribe_rules.h"

/* ---- the employer's mail ---- */

static const char bayside[] = "baysidecharter.example, bayside.k12.example.us ,mail.marlow-county.example";

struct look {
    const char *address;
    enum mail_owner mail;
};

static void look_at(const char *domains, const struct look *all, size_t count)
{
    struct arena *a = arena_open(16 << 20);
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        struct span address;
        enum mail_owner mail;

        assert_int_equal(mail_address(a, span_of(all[i].address), &address), RC_OK);
        mail = mail_owner_of(a, span_of(domains), address);
        if (mail != all[i].mail)
            print_error("%s: %d\n", all[i].address, (int)mail);
        wrong += mail != all[i].mail;
    }
    arena_close(&a);
    assert_int_equal(wrong, 0);
}

#define WORK    MAIL_OWNER_EMPLOYER
#define ALIKE   MAIL_OWNER_LOOKALIKE
#define PRIVATE MAIL_OWNER_ANYBODY

static void the_employers_mail_is_known(void **state)
{
    static const struct look all[] = {
        {"rosa@baysidecharter.example", WORK},
        {"rosa@BaysideCharter.Example", WORK},
        {"rosa+letters@baysidecharter.example", WORK},
        {"rosa@harbor.baysidecharter.example", WORK},
        {"rosa@a.b.c.baysidecharter.example", WORK},
        {"rosa@bayside.k12.example.us", WORK},
        {"rosa@mail.marlow-county.example", WORK},
        {"rosa%baysidecharter.example@relay.example", WORK},
        {"baysidecharter.example!rosa@relay.example", WORK},
        {"rosa%harbor.baysidecharter.example@relay.example", WORK},
    };

    (void)state;
    look_at(bayside, all, COUNT(all));
}

static void what_reads_like_it_is_turned_down(void **state)
{
    static const struct look all[] = {
        {"rosa@bayside-charter.example", ALIKE},
        {"rosa@baysidechartr.example", ALIKE},   /* a letter short */
        {"rosa@baysidechater.example", ALIKE},   /* … */
        {"rosa@baysidecharterr.example", ALIKE}, /* one too many */
        {"rosa@baysidecharters.example", ALIKE},
        {"rosa@baysidecahrter.example", ALIKE}, /* two swapped */
        {"rosa@bysidecharer.example", ALIKE},   /* two short */
        {"rosa@mail.baysidechartr.example", ALIKE},
        {"rosa@baysidecharter.org", ALIKE}, /* the name behind another dot */
        {"rosa@baysidecharter.example.net", ALIKE},
        {"rosa@baysidechartr.com", ALIKE},
        {"rosa@bays1decharter.example", ALIKE}, /* digits for letters */
        {"rosa@baysidecharter.example.evil.example", ALIKE},
        {"rosa@b\xD0\xB0ysidecharter.example", ALIKE},        /* a Cyrillic а */
        {"rosa@\xD0\xB1\xD0\xB0ysidecharter.example", ALIKE}, /* … and one that looks less alike */
        {"rosa@bayside\xD1\x81h\xD0\xB0rter.example", ALIKE},
        {"rosa@baysidech\xCE\xB1rter.example", ALIKE},        /* Greek */
        {"rosa@b\xC3\xA1ysidech\xC3\xA1rter.example", ALIKE}, /* accents */
        {"rosa@xn--bysidecharter-yqi.example", ALIKE},        /* the first Cyrillic one as DNS has it */
        {"rosa@baysiclecharter.example", ALIKE},              /* "cl" for "d" */
        {"rosa@bayside.k12.example.us.example.org", PRIVATE}, /* a short name in a long address: not telling */
        {"rosa@baysde.k12.example.us", ALIKE},
        {"rosa@mail.rnarlow-county.example", ALIKE}, /* "rn" for "m" */
    };

    (void)state;
    look_at(bayside, all, COUNT(all));
}

static void everybody_else_is_let_in(void **state)
{
    static const struct look all[] = {
        {"rosa@home.example", PRIVATE},
        {"rosa@gmail.com", PRIVATE},
        {"rosa@proton.me", PRIVATE},
        {"rosa@outlook.com", PRIVATE},
        {"baysidecharter.example@home.example", PRIVATE},
        {"rosa.baysidecharter@home.example", PRIVATE},
        {"rosa@notbaysidecharter.example.org", PRIVATE},
        {"rosa@bayside.example", PRIVATE},
        {"rosa@baysidecafe.example", PRIVATE},
        {"rosa@baysideeducators.example", PRIVATE},
        {"rosa@harborcharter.example", PRIVATE},
        {"rosa@seaside.k12.example.us", PRIVATE},
        {"rosa@county.example", PRIVATE},
        {"rosa@b\xC3\xBC"
         "cher.example",
         PRIVATE},
    };
    static const struct look short_names[] = {
        {"rosa@kps.org", WORK},      {"rosa@aps.org", PRIVATE},  {"rosa@kp-s.org", ALIKE},
        {"rosa@kps.net", PRIVATE},   {"rosa@okps.org", PRIVATE}, {"rosa@lausd.net", WORK},
        {"rosa@laosd.net", PRIVATE}, {"rosa@1ausd.net", ALIKE},  {"rosa@lausd.org", PRIVATE},
    };

    (void)state;
    look_at(bayside, all, COUNT(all));
    look_at("kps.org,lausd.net", short_names, COUNT(short_names));
}

/* What stands in campaign.ini is the organizers': odd, long or empty, it breaks nothing. */
static void odd_lists_are_lists(void **state)
{
    static const struct look all[] = {{"rosa@home.example", PRIVATE}, {"rosa@school.example", WORK}};
    struct arena *a = arena_open(64 << 20);
    struct buf *many = buf_new(a, 1 << 20);

    (void)state;
    look_at(" , ,,school.example,", all, COUNT(all));
    look_at("", all, 1);
    for (int i = 0; i < 20000; i++)
        buf_printf(many, "d%d.example,", i);
    buf_put(many, S("school.example"));
    look_at(arena_cstr(a, buf_span(many)), all, COUNT(all));
    arena_close(&a);
}

/* Domains as long as they get, of one letter or of many labels. */
static void long_domains_are_domains(void **state)
{
    struct arena *a = arena_open(16 << 20);
    char label[64];
    char domain[256];

    (void)state;
    memset(label, 'a', 63);
    label[63] = 0;
    (void)snprintf(domain, sizeof domain, "x@%s.%s.%s.example", label, label, label);
    assert_int_equal(mail_owner_of(a, S("school.example"), span_of(domain)), MAIL_OWNER_ANYBODY);
    assert_int_equal(mail_owner_of(a, span_of(domain + 2), S("x@school.example")), MAIL_OWNER_ANYBODY);
    assert_int_equal(mail_owner_of(a, span_of(domain + 2), span_of(domain)), MAIL_OWNER_EMPLOYER);
    for (size_t i = 0; i < 248; i++)
        domain[i] = i % 2 ? '.' : 'a';
    (void)memcpy(domain, "x@", 2);
    (void)memcpy(domain + 248, "bcd", 4);
    assert_int_equal(mail_owner_of(a, S("school.example"), span_of(domain)), MAIL_OWNER_LOOKALIKE);
    arena_close(&a);
}

static void mailboxes_are_counted_as_one(void **state)
{
    static const char *const all[][2] = {
        {"rosa@home.example", "rosa@home.example"},
        {"Rosa.Diaz@home.example", "rosadiaz@home.example"},
        {"rosa+letters@home.example", "rosa@home.example"},
        {"rosa+a+b.c@home.example", "rosa@home.example"},
        {"+rosa@home.example", "+rosa@home.example"},
        {"+rosa+a@home.example", "+rosa@home.example"},
        {"r.o.s.a@mail.home.example", "rosa@mail.home.example"},
    };
    struct arena *a = arena_open(1 << 20);

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++)
        assert_string_equal(arena_cstr(a, subscribe_mailbox(a, span_of(all[i][0]))), all[i][1]);
    arena_close(&a);
}

static void leaving_is_undone_for_thirty_days(void **state)
{
    (void)state;
    assert_true(subscribe_can_undo(20000, 20000));
    assert_true(subscribe_can_undo(20000, 20030));
    assert_false(subscribe_can_undo(20000, 20031));
    assert_true(subscribe_can_undo(20000, 19999)); /* a clock that was put back */
}

/* ---- letters in an hour ---- */

static struct subscribe_asked asks(const char *mailbox, int64_t campaign, uint64_t now_s)
{
    return (struct subscribe_asked){
        .campaign_id = campaign, .host = S("bayside.example"), .mailbox = span_of(mailbox), .now_s = now_s};
}

static enum subscribe_may take(struct subscribe_limit *l, const char *mailbox, int64_t campaign, uint64_t now_s)
{
    struct subscribe_asked asked = asks(mailbox, campaign, now_s);
    bool is_alarm;

    return subscribe_limit_take(l, &asked, &is_alarm);
}

static void three_letters_an_hour_to_one_mailbox(void **state)
{
    struct subscribe_limit *l;
    uint64_t start = 1000000;

    (void)state;
    assert_int_equal(subscribe_limit_open(3, 300, &l), RC_OK);
    assert_int_equal(take(l, "rosa@home.example", 1, start), SUBSCRIBE_MAY);
    assert_int_equal(take(l, "rosa@home.example", 1, start + 600), SUBSCRIBE_MAY);
    assert_int_equal(take(l, "rosa@home.example", 2, start + 1200), SUBSCRIBE_MAY); /* whatever the campaign */
    assert_int_equal(take(l, "rosa@home.example", 1, start + 1200), SUBSCRIBE_MAY_NOT_PERSON);
    assert_int_equal(take(l, "rosa@home.example", 2, start + 3599), SUBSCRIBE_MAY_NOT_PERSON);
    assert_int_equal(take(l, "kim@home.example", 1, start + 1200), SUBSCRIBE_MAY);
    assert_int_equal(take(l, "rosa@home.example", 1, start + 3600), SUBSCRIBE_MAY); /* the first is an hour ago */
    assert_int_equal(take(l, "rosa@home.example", 1, start + 3601), SUBSCRIBE_MAY_NOT_PERSON);
    assert_int_equal(take(l, "rosa@home.example", 1, start + 4200), SUBSCRIBE_MAY);
    assert_int_equal(take(l, "rosa@home.example", 1, start + 90000), SUBSCRIBE_MAY);
    subscribe_limit_close(&l);
    assert_null(l);
    subscribe_limit_close(&l);
}

static void a_letter_not_posted_does_not_count(void **state)
{
    struct subscribe_limit *l;
    struct subscribe_asked rosa = asks("rosa@home.example", 1, 5000);

    (void)state;
    assert_int_equal(subscribe_limit_open(1, 2, &l), RC_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(take(l, "rosa@home.example", 1, 5000), SUBSCRIBE_MAY);
        subscribe_limit_give_back(l, &rosa);
    }
    assert_int_equal(take(l, "rosa@home.example", 1, 5000), SUBSCRIBE_MAY);
    assert_int_equal(take(l, "rosa@home.example", 1, 5000), SUBSCRIBE_MAY_NOT_PERSON);
    assert_int_equal(take(l, "kim@home.example", 1, 5000), SUBSCRIBE_MAY);
    assert_int_equal(take(l, "lee@home.example", 1, 5000), SUBSCRIBE_MAY_NOT_CAMPAIGN);
    subscribe_limit_close(&l);
}

static void a_campaign_has_so_many_and_an_alarm(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct buf *out = buf_new(a, 4096);
    struct subscribe_limit *l;
    char mailbox[64];
    bool is_alarm;

    (void)state;
    assert_int_equal(subscribe_limit_open(3, 300, &l), RC_OK);
    subscribe_limit_status_put(l, 0, out);
    assert_int_equal(buf_span(out).n, 0);
    for (uint64_t i = 0; i < 300; i++) {
        (void)snprintf(mailbox, sizeof mailbox, "p%d@home.example", (int)i);
        assert_int_equal(take(l, mailbox, 7, 10000 + i * 10), SUBSCRIBE_MAY);
    }
    for (int i = 0; i < 5; i++) {
        struct subscribe_asked late = asks("late@home.example", 7, 13000);

        late.now = (struct instant){1777636800000000};
        assert_int_equal(subscribe_limit_take(l, &late, &is_alarm), SUBSCRIBE_MAY_NOT_CAMPAIGN);
        assert_int_equal(is_alarm, i == 0);
    }
    assert_int_equal(take(l, "late@home.example", 8, 13000), SUBSCRIBE_MAY); /* another's letters are its own */
    subscribe_limit_status_put(l, 13000, out);
    assert_true(span_find(buf_span(out), S("sign-up bayside.example: 300 confirmation letters in the last hour, of at "
                                           "most 300; LIMIT REACHED, 5 not written since 2026-05-01T12:00:00Z\n")) !=
                SPAN_NONE);
    assert_int_equal(take(l, "late@home.example", 7, 13599), SUBSCRIBE_MAY_NOT_CAMPAIGN);
    assert_int_equal(take(l, "late@home.example", 7, 13600 + 120), SUBSCRIBE_MAY); /* some are over an hour ago */
    {
        struct subscribe_asked again = asks("x@home.example", 7, 17300);

        for (int i = 0; i < 400; i++) { /* and an hour later it may be told of again */
            (void)snprintf(mailbox, sizeof mailbox, "q%d@home.example", i);
            again.mailbox = span_of(mailbox);
            if (subscribe_limit_take(l, &again, &is_alarm) != SUBSCRIBE_MAY)
                break;
        }
        assert_true(is_alarm);
    }
    out->n = 0;
    subscribe_limit_status_put(l, 100000, out);
    assert_int_equal(buf_span(out).n, 0);
    subscribe_limit_close(&l);
    arena_close(&a);
}

/* In no hour more than the limit, wherever it begins: one a second, for three hours. */
static void no_hour_has_more(void **state)
{
    static uint64_t sent[3 * 3600];
    struct subscribe_limit *l;
    size_t count = 0;
    char mailbox[64];

    (void)state;
    assert_int_equal(subscribe_limit_open(12, 50, &l), RC_OK);
    for (uint64_t s = 0; s < COUNT(sent); s++) {
        (void)snprintf(mailbox, sizeof mailbox, "p%d@home.example", (int)s);
        if (take(l, mailbox, 1, 77777 + s) == SUBSCRIBE_MAY)
            sent[count++] = s;
    }
    assert_true(count >= 140 && count <= 200);
    for (size_t i = 50; i < count; i++)
        assert_true(sent[i] - sent[i - 50] >= 3600);
    subscribe_limit_close(&l);
}

/* A flood of invented addresses that are refused makes nobody forgotten. */
static void a_flood_forgets_nobody(void **state)
{
    struct subscribe_limit *l;
    char mailbox[64];

    (void)state;
    assert_int_equal(subscribe_limit_open(1, 10, &l), RC_OK);
    assert_int_equal(take(l, "victim@home.example", 1, 5000), SUBSCRIBE_MAY);
    for (int i = 0; i < 200000; i++) {
        (void)snprintf(mailbox, sizeof mailbox, "p%d@home.example", i);
        (void)take(l, mailbox, 2, 5000);
    }
    assert_int_equal(take(l, "victim@home.example", 1, 5001), SUBSCRIBE_MAY_NOT_PERSON);
    subscribe_limit_close(&l);
}

/* More than there is room for: whoever asked the longest ago makes it. */
static void who_asked_just_now_is_remembered(void **state)
{
    enum { ALL = 30000, LAST = 1000 };
    struct subscribe_limit *l;
    char mailbox[64];
    int remembered = 0;

    (void)state;
    assert_int_equal(subscribe_limit_open(1, SUBSCRIBE_LIMIT_CAMPAIGN_MOST, &l), RC_OK);
    for (int i = 0; i < ALL; i++) {
        (void)snprintf(mailbox, sizeof mailbox, "p%d@home.example", i);
        assert_int_equal(take(l, mailbox, 1, 5000 + (uint64_t)i / 10), SUBSCRIBE_MAY);
    }
    for (int i = ALL - LAST; i < ALL; i++) {
        (void)snprintf(mailbox, sizeof mailbox, "p%d@home.example", i);
        remembered += take(l, mailbox, 1, 5000 + ALL / 10) == SUBSCRIBE_MAY_NOT_PERSON;
    }
    assert_true(remembered > LAST * 99 / 100); /* four have a place together, by chance */
    subscribe_limit_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_employers_mail_is_known),
        cmocka_unit_test(what_reads_like_it_is_turned_down),
        cmocka_unit_test(everybody_else_is_let_in),
        cmocka_unit_test(odd_lists_are_lists),
        cmocka_unit_test(long_domains_are_domains),
        cmocka_unit_test(mailboxes_are_counted_as_one),
        cmocka_unit_test(leaving_is_undone_for_thirty_days),
        cmocka_unit_test(three_letters_an_hour_to_one_mailbox),
        cmocka_unit_test(a_letter_not_posted_does_not_count),
        cmocka_unit_test(a_campaign_has_so_many_and_an_alarm),
        cmocka_unit_test(no_hour_has_more),
        cmocka_unit_test(a_flood_forgets_nobody),
        cmocka_unit_test(who_asked_just_now_is_remembered),
    };

    return cmocka_run_group_tests_name("subscribe", tests, NULL, NULL);
}
