/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a server's answer means for one person, and when it is tried again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/rc.h"
#include "mail/outcome.h"

static bool read_alone(struct span line, struct mail_reply *reply_out)
{
    char *alone = malloc(line.n + 1); /* bytes of its own, so that a sanitizer sees who reads beyond them */
    bool is;

    assert_non_null(alone);
    if (line.n)
        memcpy(alone, line.p, line.n);
    is = mail_reply_read((struct span){line.n ? alone : NULL, line.n}, reply_out);
    free(alone);
    return is;
}

static void replies_are_read(void **state)
{
    static const struct {
        struct span line;
        struct mail_reply reply;
    } cases[] = {
        {SPAN_INIT("250 2.0.0 Ok: queued"), {250, {2, 0, 0}}},
        {SPAN_INIT("250"), {250, {0}}},
        {SPAN_INIT("250 "), {250, {0}}},
        {SPAN_INIT("250-mx.home.example\r\n"), {250, {0}}},
        {SPAN_INIT("550 5.1.1 <rosa@home.example>: unknown\r\n"), {550, {5, 1, 1}}},
        {SPAN_INIT("550-5.1.1 The account does not exist\n"), {550, {5, 1, 1}}},
        {SPAN_INIT("556 5.1.10 no mail here"), {556, {5, 1, 10}}},
        {SPAN_INIT("450 4.2.2"), {450, {4, 2, 2}}},
        {SPAN_INIT("450 4.2.2\tfull"), {450, {4, 2, 2}}},
        {SPAN_INIT("550 #5.1.0 Address rejected."), {550, {5, 1, 0}}},
        {SPAN_INIT("354 go on"), {354, {0}}},
        {SPAN_INIT("599 5.999.999 x"), {599, {5, 999, 999}}},
        /* none of these is an enhanced code */
        {SPAN_INIT("550 4.1.1 another class"), {550, {0}}},
        {SPAN_INIT("550 5.1.1.1 an address"), {550, {0}}},
        {SPAN_INIT("550 5.1.1: ends with a colon"), {550, {0}}},
        {SPAN_INIT("550 5.1.1234 too long"), {550, {0}}},
        {SPAN_INIT("550 5.1"), {550, {0}}},
        {SPAN_INIT("550 5.1."), {550, {0}}},
        {SPAN_INIT("550 5..1"), {550, {0}}},
        {SPAN_INIT("550  5.1.1 two spaces"), {550, {0}}},
        {SPAN_INIT("550 host 5.1.1 says"), {550, {0}}},
        {SPAN_INIT("550 -5.1.1"), {550, {0}}},
        {SPAN_INIT("550 5.1.1\0"), {550, {0}}},
        {SPAN_INIT("550 \xFF\0\x80"), {550, {0}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mail_reply reply;

        assert_true(read_alone(cases[i].line, &reply));
        assert_memory_equal(&reply, &cases[i].reply, sizeof reply);
    }
}

static void what_is_no_reply(void **state)
{
    static const struct span lines[] = {
        SPAN_INIT(""),        SPAN_INIT("2"),         SPAN_INIT("25"),      SPAN_INIT("\r\n"),
        SPAN_INIT("25\n"),    SPAN_INIT("250x"),      SPAN_INIT("2500"),    SPAN_INIT("150 x"),
        SPAN_INIT("600 x"),   SPAN_INIT("050 x"),     SPAN_INIT(" 250 ok"), SPAN_INIT("2a0 x"),
        SPAN_INIT("25o x"),   SPAN_INIT("+50 x"),     SPAN_INIT("250\tok"), SPAN_INIT("HTTP/1.1 400 Bad Request"),
        SPAN_INIT("250\0ok"), SPAN_INIT("250\r\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct mail_reply reply = {1, {1, 1, 1}};

        assert_false(read_alone(lines[i], &reply));
        assert_int_equal(reply.code, 0);
        assert_int_equal(reply.enhanced[0], 0);
    }
}

static void what_they_mean(void **state)
{
    static const struct {
        const char *line;
        enum mail_outcome outcome;
        enum mail_class why;
    } cases[] = {
        {"250 2.0.0 Ok", MAIL_SENT, MAIL_CLASS_NONE},
        {"251 will forward", MAIL_SENT, MAIL_CLASS_NONE},
        {"250 2.7.0 accepted in spite of", MAIL_SENT, MAIL_CLASS_NONE},
        {"354 go on", MAIL_IN_DOUBT, MAIL_CLASS_NONE},
        /* later */
        {"421 closing", MAIL_DEFERRED, MAIL_CLASS_BUSY},
        {"450 greylisted", MAIL_DEFERRED, MAIL_CLASS_BUSY},
        {"451 4.3.0 local error", MAIL_DEFERRED, MAIL_CLASS_BUSY},
        {"452 4.5.3 too many", MAIL_DEFERRED, MAIL_CLASS_BUSY},
        {"450 4.1.1 not verified yet", MAIL_DEFERRED, MAIL_CLASS_BUSY},
        {"452 4.2.2 over quota", MAIL_DEFERRED, MAIL_CLASS_FULL},
        {"421 4.7.0 too fast", MAIL_DEFERRED, MAIL_CLASS_POLICY},
        {"450 4.7.26 not signed", MAIL_DEFERRED, MAIL_CLASS_POLICY},
        {"454 TLS not available", MAIL_DEFERRED, MAIL_CLASS_OTHER},
        {"499 x", MAIL_DEFERRED, MAIL_CLASS_OTHER},
        /* hard */
        {"550 5.1.1 unknown", MAIL_FAILED, MAIL_CLASS_NO_SUCH_PERSON},
        {"550 5.1.2 no such host", MAIL_FAILED, MAIL_CLASS_NO_SUCH_PERSON},
        {"501 5.1.3 no address", MAIL_FAILED, MAIL_CLASS_NO_SUCH_PERSON},
        {"551 5.1.6 moved", MAIL_FAILED, MAIL_CLASS_NO_SUCH_PERSON},
        {"556 5.1.10 null MX", MAIL_FAILED, MAIL_CLASS_NO_SUCH_PERSON},
        {"550 5.4.4 no route", MAIL_FAILED, MAIL_CLASS_NO_SUCH_PERSON},
        /* nobody is called unknown for less */
        {"550 no such user here", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 4.1.1 contradicts itself", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 5.1.0 address status", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 5.1.4 ambiguous", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 5.1.8 sender's", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 5.1.11 x", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 5.2.1 disabled", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 5.4.1 no answer from host", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"550 5.0.0 x", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"554 no", MAIL_FAILED, MAIL_CLASS_OTHER},
        {"552 5.2.2 mailbox full", MAIL_FAILED, MAIL_CLASS_FULL},
        {"550 5.7.1 blocked", MAIL_FAILED, MAIL_CLASS_POLICY},
        {"550 5.7.515 not aligned", MAIL_FAILED, MAIL_CLASS_POLICY},
        {"552 too much", MAIL_FAILED, MAIL_CLASS_TOO_LARGE},
        {"550 5.2.3 too long", MAIL_FAILED, MAIL_CLASS_TOO_LARGE},
        {"554 5.3.4 too big", MAIL_FAILED, MAIL_CLASS_TOO_LARGE},
    };
    static const struct mail_reply none;
    enum mail_class why;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct mail_reply reply;

        assert_true(mail_reply_read(span_of(cases[i].line), &reply));
        if (mail_outcome_of(&reply, &why) != cases[i].outcome || why != cases[i].why)
            fail_msg("%s: class %d", cases[i].line, (int)why);
    }
    assert_int_equal(mail_outcome_of(&none, &why), MAIL_IN_DOUBT);
    assert_int_equal(why, MAIL_CLASS_NONE);
}

#define MINUTE (INT64_C(60) * 1000000)

static int64_t minutes_until(int attempts)
{
    static const struct instant first = {INT64_C(1777041005) * 1000000};
    struct instant now = {first.us + 7 * MINUTE};
    struct instant next = {0};

    assert_true(mail_retry_at(first, now, attempts, &next));
    assert_int_equal((next.us - now.us) % MINUTE, 0);
    return (next.us - now.us) / MINUTE;
}

static void pauses_grow(void **state)
{
    (void)state;
    assert_int_equal(minutes_until(1), 5);
    assert_int_equal(minutes_until(2), 15);
    assert_int_equal(minutes_until(3), 60);
    assert_int_equal(minutes_until(4), 240);
    assert_int_equal(minutes_until(5), 240);
    assert_int_equal(minutes_until(INT32_MAX), 240);
    assert_int_equal(minutes_until(0), 5);
    assert_int_equal(minutes_until(INT32_MIN), 5);
}

static void two_days_are_enough(void **state)
{
    static const struct instant first = {INT64_C(1777041005) * 1000000};
    struct instant next = {77};

    (void)state;
    assert_true(mail_retry_at(first, (struct instant){first.us + 48 * 60 * MINUTE - 1}, 9, &next));
    assert_int_equal(next.us, first.us + 52 * 60 * MINUTE - 1);
    next.us = 77;
    assert_false(mail_retry_at(first, (struct instant){first.us + 48 * 60 * MINUTE}, 9, &next));
    assert_false(mail_retry_at(first, (struct instant){first.us + 480 * 60 * MINUTE}, 1, &next));
    assert_false(mail_retry_at((struct instant){INT64_MIN}, first, 1, &next));
    assert_int_equal(next.us, 77);
    /* a clock that went back */
    assert_true(mail_retry_at(first, (struct instant){first.us - 480 * 60 * MINUTE}, 1, &next));
    assert_true(mail_retry_at((struct instant){INT64_MAX}, first, 1, &next));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_read), cmocka_unit_test(what_is_no_reply),    cmocka_unit_test(what_they_mean),
        cmocka_unit_test(pauses_grow),      cmocka_unit_test(two_days_are_enough),
    };

    return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
