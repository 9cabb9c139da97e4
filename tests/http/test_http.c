/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The parts of src/http that need no socket: addresses, paths, conditions, codings, limits, forms, the log.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "http/form.h"
#include "http/limit.h"
#include "http/log.h"
#include "http/match.h"
#include "http/uri.h"

enum { ARENA = 64 * 1024 * 1024 };

static int open_arena(void **state)
{
    *state = arena_open(ARENA);
    return 0;
}

static int close_arena(void **state)
{
    struct arena *a = *state;

    arena_close(&a);
    return 0;
}

static void is(struct span got, const char *wanted)
{
    assert_int_equal(got.n, strlen(wanted));
    if (got.n)
        assert_memory_equal(got.p, wanted, got.n);
}

static void test_peers(void **state)
{
    static const char *const same[][2] = {
        {"192.0.2.7", "192.0.2.7:8080"},   {"192.0.2.7", "::ffff:192.0.2.7"},      {"2001:db8::1", "[2001:db8::2]:80"},
        {"2001:db8::1", " 2001:DB8::ff "}, {"2001:db8::", "2001:db8:0:0:ffff::1"},
    };
    static const char *const none[] = {"",     "unknown", "192.0.2", "192.0.2.7.8", "192.0.2.256",
                                       "[::1", "::1::",   "a:b",     "192.0.2.7 x", "0x7f.1"};
    struct http_peer a;
    struct http_peer b;

    (void)state;
    for (size_t i = 0; i < COUNT(same); i++) {
        assert_true(peer_parse(span_of(same[i][0]), &a));
        assert_true(peer_parse(span_of(same[i][1]), &b));
        assert_true(peer_eq(a, b));
    }
    for (size_t i = 0; i < COUNT(none); i++)
        assert_false(peer_parse(span_of(none[i]), &a));
    assert_false(peer_parse((struct span){"192.0.2.7\0x", 11}, &a));
    assert_true(peer_parse(S("2001:db8::1"), &a) && peer_parse(S("2001:db8:0:1::1"), &b));
    assert_false(peer_eq(a, b));
    assert_true(peer_forwarded(S("192.0.2.1, 192.0.2.2"), &a) && peer_parse(S("192.0.2.2"), &b));
    assert_true(peer_eq(a, b));
    assert_false(peer_forwarded(S("192.0.2.1,"), &a));
}

static void test_paths(void **state)
{
    static const char *const fine[][2] = {
        {"/", "/"},     {"/a", "/a"},     {"/a/", "/a/"}, {"//", "//"},     {"/a%20b/%C3%B1", "/a b/\xC3\xB1"},
        {"/%25", "/%"}, {"/...", "/..."}, {"/a.", "/a."}, {"/a+b", "/a+b"},
    };
    static const char *const bad[] = {"",      "a",       "*",          "/%",       "/%2",     "/%g0",   "/..",
                                      "/../a", "/a/..",   "/.",         "/%2e",     "/%2E%2e", "/..%2f", "/a%2Fb",
                                      "/%00",  "/%0a",    "/\x01",      "/%7f",     "/\\",     "/%5c",   "/%ff",
                                      "/\xff", "/%c0%80", "/%ed%a0%80", "http://x/"};
    struct buf *b;
    struct span got;

    for (size_t i = 0; i < COUNT(fine); i++) {
        assert_int_equal(uri_path(*state, span_of(fine[i][0]), &got), RC_OK);
        is(got, fine[i][1]);
        b = buf_new(*state, 1000);
        uri_path_put(b, got);
        assert_int_equal(uri_path(*state, buf_span(b), &got), RC_OK);
        is(got, fine[i][1]);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(uri_path(*state, span_of(bad[i]), &got), RC_INVALID);
    assert_int_equal(uri_path(*state, (struct span){"/a\0b", 4}, &got), RC_INVALID);
}

static void test_queries(void **state)
{
    struct span q = S("a=1&b=x+y%26z&a=2&c&d=%ff&e=%zz&%66=g&h=%00");
    struct span got;

    assert_int_equal(uri_query(*state, q, S("a"), &got), RC_OK);
    is(got, "1");
    assert_int_equal(uri_query(*state, q, S("b"), &got), RC_OK);
    is(got, "x y&z");
    assert_int_equal(uri_query(*state, q, S("c"), &got), RC_OK);
    is(got, "");
    assert_int_equal(uri_query(*state, q, S("f"), &got), RC_OK);
    is(got, "g");
    assert_int_equal(uri_query(*state, q, S("d"), &got), RC_INVALID);
    assert_int_equal(uri_query(*state, q, S("e"), &got), RC_INVALID);
    assert_int_equal(uri_query(*state, q, S("h"), &got), RC_INVALID);
    assert_int_equal(uri_query(*state, q, S("x"), &got), RC_NOT_FOUND);
    assert_int_equal(uri_query(*state, (struct span){0}, S("x"), &got), RC_NOT_FOUND);
}

static void test_hosts(void **state)
{
    static const char *const fine[][2] = {
        {"Bayside.Example", "bayside.example"},
        {"a.", "a"},
        {"a:80", "a"},
        {"a.:80", "a"},
        {"[::1]", "[::1]"},
        {"[::1]:8080", "[::1]"},
        {"127.0.0.1:1", "127.0.0.1"},
    };
    static const char *const bad[] = {"",     ":80",    "a:",        "a:x", "a:65536", "a b", "a/b",     "a@b",
                                      "[::1", "[::1]x", "[::1]x:80", "::1", "a,b",     ".",   "\xC3\xB1"};
    struct span got;

    for (size_t i = 0; i < COUNT(fine); i++) {
        assert_int_equal(uri_host(*state, span_of(fine[i][0]), &got), RC_OK);
        is(got, fine[i][1]);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(uri_host(*state, span_of(bad[i]), &got), RC_INVALID);
}

static void test_choice_of_encoding(void **state)
{
    static const struct {
        const char *accept;
        enum http_encoding wanted;
    } cases[] = {
        {"", HTTP_IDENTITY},
        {"gzip", HTTP_GZIP},
        {"gzip, br", HTTP_BROTLI},
        {"br;q=0.001,gzip;q=1", HTTP_BROTLI},
        {"br;q=0, gzip", HTTP_GZIP},
        {"br;q=0.000", HTTP_IDENTITY},
        {"*", HTTP_BROTLI},
        {"*;q=0", HTTP_IDENTITY},
        {"*, br;q=0", HTTP_GZIP},
        {"GZIP ; Q=0.5", HTTP_GZIP},
        {"x-gzip", HTTP_GZIP},
        {"gzip;q=x", HTTP_IDENTITY},
        {"gzip;q=", HTTP_IDENTITY},
        {"gzipp", HTTP_IDENTITY},
        {"identity;q=0", HTTP_IDENTITY},
        {",,br,,", HTTP_BROTLI},
        {"gzip;q=0,gzip;q=1", HTTP_IDENTITY},
        {"br;x=1;q=0", HTTP_IDENTITY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(http_encoding_choose(span_of(cases[i].accept), 7), cases[i].wanted);
    assert_int_equal(http_encoding_choose(S("br, gzip"), 1U << HTTP_GZIP), HTTP_GZIP);
    assert_int_equal(http_encoding_choose(S("br, gzip"), 1), HTTP_IDENTITY);
}

static void test_encoding(void **state)
{
    char text[5000];
    unsigned char back[5000];
    struct span once;
    struct span again;
    z_stream z = {0};

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "abcdefgh"[i * i % 8];
    for (unsigned e = HTTP_GZIP; e < HTTP_ENCODINGS; e++) {
        assert_int_equal(http_encode(*state, e, (struct span){text, sizeof text}, &once), RC_OK);
        assert_int_equal(http_encode(*state, e, (struct span){text, sizeof text}, &again), RC_OK);
        assert_true(span_eq(once, again) && once.n < sizeof text / 4);
        assert_int_equal(http_encode(*state, e, S("a"), &again), RC_LIMIT);
        assert_int_equal(http_encode(*state, e, S(""), &again), RC_LIMIT);
        assert_int_equal(http_encode(*state, e, S("qwertyuiop"), &again), RC_LIMIT);
    }
    assert_int_equal(http_encode(*state, HTTP_GZIP, (struct span){text, sizeof text}, &once), RC_OK);
    assert_int_equal(inflateInit2(&z, 31), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)once.p;
    z.avail_in = (uInt)once.n;
    z.next_out = back;
    z.avail_out = sizeof back;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    (void)inflateEnd(&z);
    assert_memory_equal(back, text, sizeof text);
}

static void test_ranges(void **state)
{
    static const struct {
        const char *header;
        uint64_t size;
        enum range_kind kind;
        uint64_t from;
        uint64_t len;
    } cases[] = {
        {"bytes=0-0", 10, RANGE_PART, 0, 1},
        {"bytes=9-", 10, RANGE_PART, 9, 1},
        {"bytes=-1", 10, RANGE_PART, 9, 1},
        {"bytes=0-18446744073709551615", 10, RANGE_PART, 0, 10},
        {"bytes=10-", 10, RANGE_NOWHERE, 0, 0},
        {"bytes=0-", 0, RANGE_NOWHERE, 0, 0},
        {"bytes=-0", 10, RANGE_NOWHERE, 0, 0},
        {"bytes=-5", 0, RANGE_NOWHERE, 0, 0},
        {"bytes=1-0", 10, RANGE_WHOLE, 0, 0},
        {"bytes=0-1,2-3", 10, RANGE_WHOLE, 0, 0},
        {"bytes", 10, RANGE_WHOLE, 0, 0},
        {"bytes=-", 10, RANGE_WHOLE, 0, 0},
        {"bytes=18446744073709551616-", 10, RANGE_WHOLE, 0, 0},
        {"items=0-1", 10, RANGE_WHOLE, 0, 0},
        {"bytes=+1-2", 10, RANGE_WHOLE, 0, 0},
    };
    uint64_t from = 0;
    uint64_t len = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(range_parse(span_of(cases[i].header), cases[i].size, &from, &len), cases[i].kind);
        if (cases[i].kind == RANGE_PART)
            assert_true(from == cases[i].from && len == cases[i].len);
    }
}

static void test_etags(void **state)
{
    (void)state;
    assert_true(etag_listed(S("\"a\""), S("a")));
    assert_true(etag_listed(S("\"b\" , W/\"a\""), S("a")));
    assert_true(etag_listed(S(" * "), S("a")));
    assert_false(etag_listed(S("a"), S("a")));
    assert_false(etag_listed(S("\"a"), S("a")));
    assert_false(etag_listed(S("\"aa\""), S("a")));
    assert_false(etag_listed(S(""), S("a")));
    assert_true(etag_same_strong(S("\"a\""), S("a")));
    assert_false(etag_same_strong(S("W/\"a\""), S("a")));
    assert_false(etag_same_strong(S("*"), S("a")));
}

static struct http_peer peer_number(unsigned n)
{
    struct http_peer p = {{0}};

    memcpy(p.bytes, &n, sizeof n);
    return p;
}

static void test_rates(void **state)
{
    static const struct http_rate_limit rates[HTTP_RATE_COUNT] = {
        [HTTP_RATE_FORM] = {3, 60}, [HTTP_RATE_LOGIN] = {1, 1}};
    struct limits *l;
    unsigned taken = 0;

    (void)state;
    assert_int_equal(limits_open(rates, 100, 10, &l), RC_OK);
    for (int i = 0; i < 10; i++)
        taken += limits_take(l, peer_number(1), HTTP_RATE_FORM, 1000000);
    assert_int_equal(taken, 3);
    assert_true(limits_take(l, peer_number(2), HTTP_RATE_FORM, 1000000));
    assert_true(limits_take(l, peer_number(1), HTTP_RATE_LOGIN, 1000000)); /* a class of its own */
    assert_true(limits_take(l, peer_number(1), HTTP_RATE_NONE, 1000000));
    taken = 0;
    for (uint64_t ms = 1000000; ms < 1010000; ms++) /* asked every millisecond, it still fills: one a second */
        taken += limits_take(l, peer_number(1), HTTP_RATE_FORM, ms);
    assert_in_range(taken, 9, 10);
    assert_false(limits_take(l, peer_number(1), HTTP_RATE_FORM, 500)); /* a clock that jumps back gives nothing */
    assert_false(limits_take(l, peer_number(1), HTTP_RATE_LOGIN, 1059000));
    assert_true(limits_take(l, peer_number(1), HTTP_RATE_LOGIN, 1061000));
    for (unsigned i = 0; i < 300000; i++) /* a flood of addresses neither grows nor hangs it */
        (void)limits_take(l, peer_number(i), HTTP_RATE_FORM, 2000000 + i);
    limits_close(&l);
    assert_null(l);
}

/* Connections come and go in an order that makes the table close its gaps; the counts stay exact. */
static void test_connection_counts(void **state)
{
    static const struct http_rate_limit rates[HTTP_RATE_COUNT] = {{0}};
    enum { PEERS = 900, STEPS = 200000 };
    unsigned open[PEERS] = {0};
    uint32_t random = 1;
    struct limits *l;

    (void)state;
    assert_int_equal(limits_open(rates, 1000, 3, &l), RC_OK);
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned p;

        random = random * 1664525 + 1013904223;
        p = random >> 8 & 1023;
        if (p >= PEERS)
            continue;
        assert_int_equal(limits_may_connect(l, peer_number(p)), open[p] < 3);
        if (open[p] < 3 && (random >> 20 & 1)) {
            limits_connected(l, peer_number(p));
            open[p]++;
        } else if (open[p]) {
            limits_disconnected(l, peer_number(p));
            open[p]--;
        }
    }
    limits_close(&l);
}

struct all {
    struct span name;
    struct span note;
    int choice;
    bool agree;
    int64_t years;
    struct form_file scan;
};

static const struct span choices[] = {SPAN_INIT(""), SPAN_INIT("en"), SPAN_INIT("es")};

static const struct form_field all_fields[] = {
    FORM_TEXT(struct all, name, .required = true, .max = 5),  FORM_TEXT(struct all, note, .lines = true, .max = 50),
    FORM_ENUM(struct all, choice, choices, .required = true), FORM_BOOL(struct all, agree, .required = true),
    FORM_INT(struct all, years, .least = -5, .most = 60),     FORM_FILE(struct all, scan, .max = 10),
};

static enum rc parse(struct arena *a, const char *body, struct all *form, struct form_errors *errors)
{
    *form = (struct all){0};
    return form_parse_body(a, S("application/x-www-form-urlencoded; charset=UTF-8"), span_of(body), all_fields,
                           COUNT(all_fields), form, errors);
}

static void test_form(void **state)
{
    struct form_errors e;
    struct all f;

    assert_int_equal(parse(*state, "name=+Ana+&note=a%0D%0Ab%0Dc&choice=es&agree=on&years=-5", &f, &e), RC_OK);
    is(f.name, "Ana");
    is(f.note, "a\nb\nc");
    assert_true(f.choice == 2 && f.agree && f.years == -5 && f.scan.bytes.n == 0);
    assert_int_equal(parse(*state, "name=%C3%B1%C3%B1%C3%B1%C3%B1%C3%B1&choice=en&agree=1", &f, &e), RC_OK);
    assert_int_equal(parse(*state, "", &f, &e), RC_INVALID);
    assert_true(e.count == 3 && e.faults[0] == FORM_MISSING && e.faults[2] == FORM_MISSING &&
                e.faults[3] == FORM_MISSING);
    assert_int_equal(parse(*state, "name=%C3&note=%E2%80%AE&choice=x&agree=x&years=99999999999999999999", &f, &e),
                     RC_INVALID);
    assert_int_equal(e.count, 5);
    assert_true(e.faults[0] == FORM_UNREADABLE && e.faults[1] == FORM_UNREADABLE && e.faults[2] == FORM_NO_CHOICE);
    assert_true(e.faults[3] == FORM_NO_CHOICE && e.faults[4] == FORM_NO_NUMBER);
    is(e.typed[4], "99999999999999999999");
    assert_int_equal(parse(*state, "name=sixsix&choice=en&agree=on&years=-6", &f, &e), RC_INVALID);
    assert_true(e.count == 2 && e.faults[0] == FORM_TOO_LONG && e.faults[4] == FORM_TOO_SMALL);
    is(e.typed[0], "sixsix");
    assert_int_equal(parse(*state, "name=a%0Ab&choice=en&agree=on&years=61", &f, &e), RC_INVALID);
    assert_true(e.faults[0] == FORM_UNREADABLE && e.faults[4] == FORM_TOO_LARGE);
    assert_int_equal(parse(*state, "name=a&name=b", &f, &e), RC_DENIED);
    assert_int_equal(parse(*state, "name=a&more=b", &f, &e), RC_DENIED);
    assert_int_equal(parse(*state, "scan=a", &f, &e), RC_DENIED); /* a file field as text */
    assert_int_equal(form_parse_body(*state, S("text/plain"), S("name=a"), all_fields, COUNT(all_fields), &f, &e),
                     RC_DENIED);
}

static void test_multipart(void **state)
{
    struct span type = S("multipart/form-data; charset=x; boundary=\"xY\"");
    struct form_errors e;
    struct all f = {0};
    struct span body = S("--xY\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAna\r\n"
                         "--xY\r\ncontent-disposition: Form-Data; name=choice\r\n\r\nen\r\n"
                         "--xY\r\nContent-Disposition: form-data; name=\"agree\"\r\n\r\non\r\n"
                         "--xY\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name=\"scan\"; "
                         "filename=\"../a;b.png\"\r\n\r\n\r\n--x\0\r\n\r\n--xY--\r\n");

    assert_int_equal(form_parse_body(*state, type, body, all_fields, COUNT(all_fields), &f, &e), RC_OK);
    is(f.name, "Ana");
    is(f.scan.name, "../a;b.png");
    is(f.scan.type, "image/png");
    assert_int_equal(f.scan.bytes.n, 8);
    for (size_t n = 0; n < body.n - 2; n++) /* cut anywhere it is refused, but for its last CRLF */
        assert_int_equal(form_parse_body(*state, type, span_sub(body, 0, n), all_fields, COUNT(all_fields), &f, &e),
                         RC_DENIED);
}

static void test_log(void **state)
{
    struct buf *b = buf_new(*state, 100000);
    struct {
        uint64_t id;
    } rq = {.id = 0x2a};
    char got[4096];
    ssize_t n;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    log_to(ends[1]);
    LOG_OURS(&rq, "form.save", KV_RC(RC_RETRY), KV_INT("form", -7), KV_ID("row", 255), KV_LITERAL("kind", "letter"));
    n = read(ends[0], got, sizeof got);
    is((struct span){got, (size_t)n},
       "form.save fault=ours request=000000000000002a rc=retry form=-7 row=00000000000000ff kind=letter\n");
    for (int i = 0; i < 100; i++)
        LOG_PEER(&rq, "http.refused", KV_INT("status", 400));
    LOG_HOUSE("server.ready", KV_INT("port", 8080));
    n = read(ends[0], got, sizeof got);
    assert_true(n < 50 * 64); /* a peer cannot fill the disk */
    log_faults_put(b);
    assert_true(span_find(buf_span(b), S("Z form.save fault=ours")) != SPAN_NONE);
    assert_true(span_find(buf_span(b), S("http.refused")) == SPAN_NONE);
    log_to(2);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_peers, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_paths, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_queries, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_hosts, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_choice_of_encoding, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_encoding, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_ranges, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_etags, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_rates, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_connection_counts, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_form, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_multipart, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_log, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
