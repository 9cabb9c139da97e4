/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What `breakroom send` asks and is told: every member comes back, and nothing cut or changed in form is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "main/preview_step.h"
#include "main/send_step.h"

static struct arena *a;

static int open_world(void **state)
{
    (void)state;
    a = arena_open((size_t)512 << 20);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    arena_close(&a);
    return 0;
}

static void assert_span(struct span got, struct span wanted)
{
    assert_int_equal(got.n, wanted.n);
    assert_memory_equal(got.p, wanted.p, wanted.n);
}

static struct send_call a_call(void)
{
    struct send_call call = {
        .ask = SEND_START,
        .url = S("postgres://x/y"),
        .host = S("bayside.example"),
        .news = S("memo"),
        .run_no = 12,
        .audiences = S("educators,parents"),
        .is_again = true,
        .is_important = true,
        .starts_at = {1777000000000000},
        .hours_from = 480,
        .hours_to = 1200,
        .people = 2000,
        .has_handover = true,
    };

    memset(call.handover.bytes, 0xa5, sizeof call.handover.bytes);
    return call;
}

static struct send_told a_told(void)
{
    struct send_told told = {
        .outcome = SEND_CHANGED,
        .sentence = S("a sentence, with “words”"),
        .host = S("bayside.example"),
        .people = 2001,
        .subject = S("¿Qué dice el memo?"),
        .sample = S("One line\n\nand another\n"),
        .has_mailer = true,
        .host_state = SMTP_AWAY,
        .host_code = 421,
    };

    memset(told.campaign.bytes, 1, sizeof told.campaign.bytes);
    memset(told.wrapped.bytes, 3, sizeof told.wrapped.bytes);
    *LIST_ADD(a, &told.runs) = (struct send_run){1,  S("memo"), RUN_ACTIVE, {2}, {3}, {4}, 5,  6,   7,    8,   9,
                                                 10, 11,        12,         13,  14,  15,  16, 550, true, true};
    *LIST_ADD(a, &told.runs) = (struct send_run){.run_no = 16, .news = S("old"), .state = RUN_DONE};
    *LIST_ADD(a, &told.sites) = (struct mailing_site_count){S("post.example"), 28, {1, 2, 3, 4, 5, 6, 7}};
    *LIST_ADD(a, &told.sites) = (struct mailing_site_count){{0}, 3, {0, 0, 3}};
    return told;
}

static void a_call_comes_back(void **state)
{
    struct send_call wanted = a_call();
    struct send_call got;

    (void)state;
    assert_true(send_call_read(send_call_put(a, &wanted), &got));
    assert_int_equal(got.ask, wanted.ask);
    assert_span(got.url, wanted.url);
    assert_span(got.host, wanted.host);
    assert_span(got.news, wanted.news);
    assert_span(got.audiences, wanted.audiences);
    assert_int_equal(got.run_no, wanted.run_no);
    assert_true(got.is_again && got.is_important);
    assert_int_equal(got.starts_at.us, wanted.starts_at.us);
    assert_int_equal(got.hours_from, wanted.hours_from);
    assert_int_equal(got.hours_to, wanted.hours_to);
    assert_int_equal(got.people, wanted.people);
    assert_true(got.has_handover);
    assert_memory_equal(got.handover.bytes, wanted.handover.bytes, sizeof got.handover.bytes);
}

static void what_is_told_comes_back(void **state)
{
    struct send_told wanted = a_told();
    struct send_told got;

    (void)state;
    assert_true(send_told_read(a, send_told_put(a, &wanted), &got));
    assert_int_equal(got.outcome, wanted.outcome);
    assert_span(got.sentence, wanted.sentence);
    assert_span(got.subject, wanted.subject);
    assert_span(got.sample, wanted.sample);
    assert_int_equal(got.people, wanted.people);
    assert_memory_equal(&got.campaign, &wanted.campaign, sizeof got.campaign);
    assert_memory_equal(&got.wrapped, &wanted.wrapped, sizeof got.wrapped);
    assert_true(got.has_mailer);
    assert_int_equal(got.host_state, SMTP_AWAY);
    assert_int_equal(got.host_code, 421);
    assert_int_equal(got.runs.count, 2);
    assert_span(got.runs.items[0].news, S("memo"));
    got.runs.items[0].news = wanted.runs.items[0].news;
    assert_memory_equal(&got.runs.items[0].made_at, &wanted.runs.items[0].made_at,
                        offsetof(struct send_run, needs_unlock) - offsetof(struct send_run, made_at));
    assert_true(got.runs.items[0].needs_unlock && got.runs.items[0].is_foreign);
    assert_false(got.runs.items[1].needs_unlock || got.runs.items[1].is_foreign);
    assert_int_equal(got.sites.count, 2);
    assert_span(got.sites.items[0].name, S("post.example"));
    assert_int_equal(got.sites.items[0].by_state[6], 7);
    assert_int_equal(got.sites.items[1].name.n, 0);
}

static void nothing_cut_is_read(void **state)
{
    struct send_call call = a_call();
    struct send_told told = a_told();
    struct span bytes = send_call_put(a, &call);
    size_t head = span_find(bytes, S("secret "));
    struct send_call call_out;
    struct send_told told_out;

    (void)state;
    for (size_t n = 0; n < bytes.n; n++)
        if (n != head)
            assert_false(send_call_read(span_sub(bytes, 0, n), &call_out));
    bytes = send_told_put(a, &told);
    for (size_t n = 1; n < bytes.n; n++)
        if (bytes.p[n - 1] != '\n')
            assert_false(send_told_read(a, span_sub(bytes, 0, n), &told_out));
}

static void nothing_changed_in_form_is_read(void **state)
{
    static const struct span wrong[] = {
        SPAN_INIT(""),
        SPAN_INIT("breakroom mailing call 2\n"),
        SPAN_INIT(
            "breakroom mailing call 1\nask 99\nurl \nhost \nnews \naudiences \nrun 0\nagain 0\nstarts 0\nfrom 0\nto 0\npeople 0\n"),
        SPAN_INIT(
            "breakroom mailing call 1\nask 0\nurl \nhost \nnews \naudiences \nrun -1\nagain 0\nstarts 0\nfrom 0\nto 0\npeople 0\n"),
        SPAN_INIT(
            "breakroom mailing call 1\nask 0\nurl \nhost \nnews \naudiences \nrun 0\nagain 0\nstarts 0\nfrom 9999\nto 0\npeople 0\n"),
        SPAN_INIT(
            "breakroom mailing call 1\nask 0\nurl \nhost \nnews \naudiences \nrun 0\nagain 0\nstarts 0\nfrom 0\nto 0\npeople 0\nmore \n"),
    };
    struct send_call call;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(send_call_read(wrong[i], &call));
}

static void a_preview_comes_back_whole_or_not_at_all(void **state)
{
    const struct preview_call call = {.url = S("postgres://somewhere"),
                                      .host = S("one.example"),
                                      .news = S("memo.es"),
                                      .address = S("a b@c.example")};
    struct span bytes = preview_call_put(a, &call);
    struct preview_call got;

    (void)state;
    assert_true(preview_call_read(bytes, &got));
    assert_span(got.url, call.url);
    assert_span(got.host, call.host);
    assert_span(got.news, call.news);
    assert_span(got.address, call.address);
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(preview_call_read(span_sub(bytes, 0, n), &got));
    assert_false(preview_call_read(arena_join(a, (struct span[]){bytes, S("more \n")}, 2), &got));
    assert_false(
        preview_call_read(preview_call_put(a, &(struct preview_call){.news = S("memo"),
                                                                     .address = S("a@b.example\naddress c@d.example")}),
                          &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_comes_back, open_world, close_world),
        cmocka_unit_test_setup_teardown(what_is_told_comes_back, open_world, close_world),
        cmocka_unit_test_setup_teardown(nothing_cut_is_read, open_world, close_world),
        cmocka_unit_test_setup_teardown(nothing_changed_in_form_is_read, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_preview_comes_back_whole_or_not_at_all, open_world, close_world),
    };

    return cmocka_run_group_tests_name("send_wire", tests, NULL, NULL);
}
