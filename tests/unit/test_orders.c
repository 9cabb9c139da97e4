/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the parent tells its children, and what server.ini says of mail: what follows from a host alone, and what
 * contradicts itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "main/orders.h"
#include "main/server_ini.h"

enum { MEMORY = 1024 * 1024 };

static int open_arena(void **state)
{
    *state = arena_open(MEMORY);
    return 0;
}

static int close_arena(void **state)
{
    struct arena *a = *state;

    arena_close(&a);
    return 0;
}

static struct server_ini fine(struct arena *a, const char *text)
{
    struct server_ini ini;
    struct span fault = {0};

    if (!server_ini_parse(a, span_of(text), &ini, &fault))
        fail_msg("%.*s", SPAN_ARGS(fault));
    return ini;
}

static void refused(struct arena *a, const char *text, const char *words)
{
    struct server_ini ini;
    struct span fault = {0};

    assert_false(server_ini_parse(a, span_of(text), &ini, &fault));
    if (span_find(fault, span_of(words)) == SPAN_NONE)
        fail_msg("“%.*s” does not say “%s”", SPAN_ARGS(fault), words);
}

static void a_host_alone_is_spoken_to_with_starttls(void **state)
{
    struct server_ini ini = fine(*state, "smart_host = mail.example.org\n");

    assert_true(span_eq(ini.smart_host, S("mail.example.org")));
    assert_int_equal(ini.smart_port, 587);
    assert_int_equal(ini.smtp_tls, SMTP_TLS_START);
}

static void what_is_said_decides_the_rest(void **state)
{
    static const struct {
        const char *text;
        const char *host;
        uint16_t port;
        enum smtp_tls tls;
    } rows[] = {
        {"smart_host = mail.example.org:465\n", "mail.example.org", 465, SMTP_TLS_FROM_START},
        {"smart_host = mail.example.org:2525\n", "mail.example.org", 2525, SMTP_TLS_START},
        {"smart_host = mail.example.org\nsmtp_tls = tls\n", "mail.example.org", 465, SMTP_TLS_FROM_START},
        {"smtp_tls = none\nsmart_host = mail.example.org\n", "mail.example.org", 25, SMTP_TLS_NONE},
        {"smart_host = mail.example.org:465\nsmtp_tls = starttls\n", "mail.example.org", 465, SMTP_TLS_START},
        {"smart_host = localhost\n", "localhost", 25, SMTP_TLS_NONE},
        {"smart_host = 127.0.0.1:2525\n", "127.0.0.1", 2525, SMTP_TLS_NONE},
        {"smart_host = localhost:465\n", "localhost", 465, SMTP_TLS_FROM_START},
        {"smart_host = [::1]\n", "::1", 25, SMTP_TLS_NONE},
        {"smart_host = [2001:db8::1]:587\n", "2001:db8::1", 587, SMTP_TLS_START},
        {"smart_host = 127.example.org\n", "127.example.org", 587, SMTP_TLS_START}, /* a name, not this machine */
        {"", "", 587, SMTP_TLS_START},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct server_ini ini = fine(*state, rows[i].text);

        assert_true(span_eq(ini.smart_host, span_of(rows[i].host)));
        assert_int_equal(ini.smart_port, rows[i].port);
        assert_int_equal(ini.smtp_tls, rows[i].tls);
    }
}

static void a_mailing_goes_on_alone_only_where_it_is_said(void **state)
{
    assert_false(fine(*state, "").hands_over);
    assert_false(fine(*state, "handover = no\n").hands_over);
    assert_true(fine(*state, "handover = server\n").hands_over);
}

static void what_cannot_be_meant_is_refused(void **state)
{
    refused(*state, "smart_host = mail example\n", "line 1: “smart_host” wants");
    refused(*state, "smart_host =\n", "line 1: “smart_host” wants");
    refused(*state, "smart_host = mail.example:0\n", "line 1: “smart_host” wants");
    refused(*state, "smart_host = mail.example:99999\n", "line 1: “smart_host” wants");
    refused(*state, "smart_host = 2001:db8::1\n", "line 1: “smart_host” wants");
    refused(*state, "smart_host = []\n", "line 1: “smart_host” wants");
    refused(*state, "smart_host = a\nsmart_host = b\n", "line 2: “smart_host” wants to be said once");
    refused(*state, "smtp_tls = yes\n", "line 1: “smtp_tls” wants");
    refused(*state, "smtp_connections = 65\n", "line 1: “smtp_connections” wants");
    refused(*state, "smtp_connections = 0\n", "line 1: “smtp_connections” wants");
    refused(*state, "hello_name = [::1]\n", "line 1: “hello_name” wants");
    refused(*state, "handover = yes\n", "line 1: “handover” wants server, for mailings that go on alone");
    refused(*state, "handover =\n", "line 1: “handover” wants");
    refused(*state, "smart_host = m.example\nsmtp_user = news\n", "“smtp_user” wants “smtp_password_file”");
    refused(*state, "smart_host = m.example\nsmtp_password_file = p\n", "“smtp_password_file” wants “smtp_user”");
}

static void orders_of_the_mailer_come_back_as_they_were(void **state)
{
    struct mailer_orders orders = {
        .data = S("/srv/a = b"),
        .host = S("mail.example.org"),
        .user = S("news=1"),
        .password_file = S("/srv/pw"),
        .ca_file = S(""),
        .hello = S("www.example.org"),
        .server_key = S("/srv/server.key"),
        .port = 587,
        .tls = SMTP_TLS_START,
        .connections = 4,
        .skips_landlock = true,
        .ahead_us = -5,
        .restarts = 3,
    };
    struct mailer_orders again;
    struct buf *text = buf_new(*state, ORDERS_MESSAGE_MAX);
    struct orders others;

    assert_true(mailer_orders_put(text, &orders));
    assert_true(mailer_orders_read(buf_span(text), &again));
    assert_true(span_eq(again.data, orders.data) && span_eq(again.host, orders.host) &&
                span_eq(again.user, orders.user) && span_eq(again.password_file, orders.password_file) &&
                span_eq(again.server_key, orders.server_key) && span_eq(again.hello, orders.hello) &&
                again.ca_file.n == 0);
    assert_int_equal(again.port, 587);
    assert_int_equal(again.tls, SMTP_TLS_START);
    assert_int_equal(again.connections, 4);
    assert_true(again.skips_landlock && !again.needs_landlock);
    assert_int_equal(again.ahead_us, -5);
    assert_int_equal(again.restarts, 3);
    assert_false(orders_read(buf_span(text), &others)); /* core's are others */
    assert_false(mailer_orders_read(span_sub(buf_span(text), 0, text->n / 2), &again));
    orders.user = S("two\nlines");
    text = buf_new(*state, ORDERS_MESSAGE_MAX);
    assert_false(mailer_orders_put(text, &orders));
}

#define ORDERS_TEST(f)                                                                                                 \
    {                                                                                                                  \
#f, f, open_arena, close_arena, NULL                                                                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORDERS_TEST(a_host_alone_is_spoken_to_with_starttls),       ORDERS_TEST(what_is_said_decides_the_rest),
        ORDERS_TEST(a_mailing_goes_on_alone_only_where_it_is_said), ORDERS_TEST(what_cannot_be_meant_is_refused),
        ORDERS_TEST(orders_of_the_mailer_come_back_as_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
