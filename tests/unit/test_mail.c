/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Letters: what hostile names, subjects and addresses can do to them (nothing), and what a signature is over.
 */
#include "mail/address.h"
#include "mail/encode.h"
#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

static struct arena *arena;
static struct dkim *signer;

static int open_all(void **state)
{
    struct span pem;

    (void)state;
    arena = arena_open(256 * 1024 * 1024);
    if (dkim_key_new(arena, &pem) != RC_OK)
        return -1;
    return dkim_open(pem, S("bayside.example"), S("br1"), &signer) == RC_OK ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    dkim_close(&signer);
    arena_close(&arena);
    return 0;
}

static bool is(struct span got, struct span wanted)
{
    if (span_eq(got, wanted))
        return true;
    print_error("got    %.*s\nwanted %.*s\n", SPAN_ARGS(got), SPAN_ARGS(wanted));
    return false;
}

/* ---- quoted-printable ---- */

static struct span qp(struct span text)
{
    struct mail_qp q = {.out = buf_new(arena, 4 * 1024 * 1024), .last = '\n'};

    mail_qp_text(&q, text);
    mail_qp_end(&q);
    return buf_span(q.out);
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

static struct span un_qp(struct span s)
{
    struct buf *out = buf_new(arena, 4 * 1024 * 1024);

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '=' && s.p[i + 1] == '\r')
            i += 2;
        else if (s.p[i] == '=') {
            buf_char(out, (char)(digit(s.p[i + 1]) * 16 + digit(s.p[i + 2])));
            i += 2;
        } else if (s.p[i] != '\r')
            buf_char(out, s.p[i]);
    }
    return buf_span(out);
}

/* What must hold of every body: seven bits, CRLF, 76 columns, no dot and no "From " at a line's head, canonical. */
static void assert_body(struct span s)
{
    size_t column = 0;

    assert_true(span_ends(s, S("\r\n")));
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '\r') {
            assert_true(i + 1 < s.n && s.p[i + 1] == '\n');
            assert_true(i == 0 || s.p[i - 1] != ' ');
            i++;
            column = 0;
            continue;
        }
        assert_true(c >= ' ' && c <= 126);
        assert_true(column > 0 || (c != '.' && c != ' ' && !span_starts(span_from(s, i), S("From "))));
        assert_true(c != ' ' || s.p[i - 1] != ' ');
        assert_true(++column <= 76);
    }
}

static void bodies_are_seven_bits_and_canonical(void **state)
{
    static const struct span texts[] = {
        SPAN_INIT("Hi.\n\nWe lost the game. Are you hungry yet?\n\nJoe.\n"),
        SPAN_INIT(".\n.\r\nFrom here on\n..\nfrom\nFrom\n"),
        SPAN_INIT("two  spaces,   three, \t a tab and one at the end \n \n  \nx"),
        SPAN_INIT("no end"),
        SPAN_INIT("a\0b\x01\x7F\xFF\xC3("),
        SPAN_INIT("= == =3D =\n"),
        SPAN_INIT("ñandú 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂 —"),
    };
    char line[400];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct span coded = qp(texts[i]);
        struct span back = un_qp(coded);

        assert_body(coded);
        if (i != 1) /* CRLF reads as LF there */
            assert_true(is(span_sub(back, 0, texts[i].n), texts[i]));
    }
    for (size_t n = 1; n < sizeof line; n++) {
        memset(line, n % 3 ? 'x' : '.', n);
        assert_body(qp((struct span){line, n}));
        memset(line, ' ', n);
        assert_body(qp((struct span){line, n}));
    }
}

static void characters_are_not_cut(void **state)
{
    struct buf *text = buf_new(arena, 4096);
    struct span rest;
    struct span line;

    (void)state;
    for (int i = 0; i < 90; i++)
        buf_put(text, i % 7 ? S("é") : S("x"));
    rest = qp(buf_span(text));
    while (span_next(&rest, '\n', &line))
        assert_true(line.n == 0 || !span_ends(span_trim(line), S("=C3=")));
}

/* ---- headers ---- */

/* Nothing but one field: ends once, has no other line end than a fold, no control byte, no long line. */
static void assert_field(struct span s)
{
    size_t column = 0;

    assert_true(span_ends(s, S("\r\n")));
    for (size_t i = 0; i < s.n - 2; i++) {
        if (s.p[i] == '\r') {
            assert_true(s.p[i + 1] == '\n' && s.p[i + 2] == ' ');
            i++;
            column = 0;
            continue;
        }
        assert_true(s.p[i] >= ' ' && s.p[i] <= 126);
        assert_true(++column <= 78);
    }
}

static struct span subject(struct span text)
{
    struct buf *out = buf_new(arena, 64 * 1024);

    mail_header_text(out, S("Subject"), text);
    assert_field(buf_span(out));
    return buf_span(out);
}

static struct span from(struct span name)
{
    struct buf *out = buf_new(arena, 64 * 1024);

    mail_header_mailbox(out, S("From"), name, S("news@bayside.example"));
    assert_field(buf_span(out));
    assert_true(span_ends(buf_span(out), S("<news@bayside.example>\r\n")));
    return buf_span(out);
}

static void subjects_cannot_end_their_field(void **state)
{
    char room[3000];

    (void)state;
    assert_true(is(subject(S("The memo")), S("Subject: The memo\r\n")));
    assert_true(is(subject(S("a\r\nBcc: all@x.example\r\n\r\nbody")), S("Subject: a Bcc: all@x.example body\r\n")));
    assert_true(is(subject(S("a\0b\x7F"
                             "c\x1B[31m")),
                   S("Subject: a b c [31m\r\n")));
    assert_true(is(subject(S("")), S("Subject: \r\n")));
    assert_true(is(subject(S("¿Sí?")), S("Subject: =?utf-8?B?wr9Tw60/?=\r\n")));
    assert_true(is(subject(S("mañana is a word")), S("Subject: =?utf-8?Q?ma=C3=B1ana_is_a_word?=\r\n")));
    assert_true(is(subject(S("=?utf-8?Q?x?=")), S("Subject: =?utf-8?B?PT91dGYtOD9RP3g/PQ==?=\r\n")));
    assert_true(is(subject(S("a\xE2\x80\xA8"
                             "b\xC2\x85"
                             "c")),
                   S("Subject: a b c\r\n"))); /* line ends of Unicode */
    for (size_t n = 0; n < 300; n++) {
        memset(room, 'x', n);
        (void)subject((struct span){room, n});
        for (size_t i = 0; i < n; i += 4)
            memcpy(room + i, "\xF0\x9F\x99\x82", 4);
        (void)subject((struct span){room, n}); /* the last may be cut */
        memset(room, (int)n, n);
        (void)subject((struct span){room, n});
    }
    memset(room, 'y', sizeof room);
    (void)subject((struct span){room, sizeof room});
}

static void names_cannot_name_another_sender(void **state)
{
    (void)state;
    assert_true(is(from(S("")), S("From: <news@bayside.example>\r\n")));
    assert_true(is(from(S("Bayside")), S("From: \"Bayside\" <news@bayside.example>\r\n")));
    assert_true(
        is(from(S("a\" <b@c.example>, \\")), S("From: \"a\\\" <b@c.example>, \\\\\" <news@bayside.example>\r\n")));
    assert_true(
        is(from(S("Educación, unida")), S("From: =?utf-8?Q?Educaci=C3=B3n=2C_unida?= <news@bayside.example>\r\n")));
    (void)from(S("x\r\nTo: y"));
    (void)from(S("a name that is so long that it has to go on to another line, or even two, before the address"));
}

static void dates_are_as_rfc_5322_has_them(void **state)
{
    struct buf *out = buf_new(arena, 64);
    struct instant t;

    (void)state;
    assert_true(instant_parse(S("2026-04-24T14:03:09Z"), &t));
    mail_put_date(out, t);
    assert_true(is(buf_span(out), S("Fri, 24 Apr 2026 14:03:09 +0000")));
}

/* ---- addresses ---- */

static void only_addresses_are_addresses(void **state)
{
    static const struct {
        struct span given;
        enum rc rc;
        struct span wanted;
    } all[] = {
        {SPAN_INIT("ana@reader.example"), RC_OK, SPAN_INIT("ana@reader.example")},
        {SPAN_INIT("Ana.R+x@Reader.EXAMPLE"), RC_OK, SPAN_INIT("Ana.R+x@reader.example")},
        {SPAN_INIT("ana@bücher.example"), RC_OK, SPAN_INIT("ana@xn--bcher-kva.example")},
        {SPAN_INIT("josé@reader.example"), RC_DENIED, SPAN_INIT("")},
        {SPAN_INIT("ana@reader"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("ana"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a..b@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("\"a b\"@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a b@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a@reader.example\r\nRCPT TO:<b@c.example>"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a\r\n@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a\0@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a@reader.example\0"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a@b@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a>@reader.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a@[127.0.0.1]"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a@-x.example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a@x..example"), RC_INVALID, SPAN_INIT("")},
        {SPAN_INIT("a@\xFF.example"), RC_INVALID, SPAN_INIT("")},
    };
    char room[400];

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        struct span got;

        assert_int_equal(mail_address(arena, all[i].given, &got), all[i].rc);
        assert_true(is(got, all[i].wanted));
        assert_int_equal(mail_address_is_plain(got), all[i].rc == RC_OK);
    }
    for (size_t n = 1; n < sizeof room; n++) {
        struct span got;

        memset(room, 'a', sizeof room);
        memcpy(room + n - 1, "@b.example", 10 < sizeof room - n ? 10 : sizeof room - n);
        assert_true((mail_address(arena, (struct span){room, n + 9 < sizeof room ? n + 9 : sizeof room}, &got) ==
                     RC_OK) == (n > 1 && n - 1 <= 64));
    }
}

/* ---- whole messages ---- */

static struct mail_letter a_letter(void)
{
    static const struct span text[] = {SPAN_INIT("Hello.\nhttps://bayside.example/leave/"), SPAN_INIT("\nBye\n")};
    static const struct span html[] = {SPAN_INIT("<p><a href=\"https://bayside.example/leave/"),
                                       SPAN_INIT("\">Leave</a></p>\n")};

    return (struct mail_letter){
        .kind = MAIL_NEWS,
        .lang = LANG_ES,
        .from_name = S("Bayside\r\nBcc: x@y.example"),
        .from = S("news@bayside.example"),
        .reply_to = S("hello@bayside.example"),
        .subject = S("🙂 \r\n\r\n<script>"),
        .text = {text, COUNT(text)},
        .html = {html, COUNT(html)},
        .list_name = S("Bayside"),
        .list_id = S("news.bayside.example"),
        .leave = S("https://bayside.example/leave/"),
        .archive = S("https://bayside.example/news/"),
        .feedback = S("2026-04-24-memo:es:news"),
    };
}

static const struct mail_person ana = {SPAN_INIT("ana@reader.example"), SPAN_INIT("tok-EN_1"), SPAN_INIT("m1"), {0}};

static struct span write(const struct mail_message *m, struct dkim *dkim)
{
    struct buf *out = buf_new(arena, 1024 * 1024);

    assert_int_equal(mail_write(m, &ana, dkim, arena, out), RC_OK);
    return buf_span(out);
}

static size_t count_of(struct span s, struct span what)
{
    size_t n = 0;
    size_t at;

    while ((at = span_find(s, what)) != SPAN_NONE) {
        s = span_from(s, at + what.n);
        n++;
    }
    return n;
}

static void letter_has_one_head_and_two_bodies(void **state)
{
    struct mail_letter l = a_letter();
    const struct mail_message *m;
    struct span s;

    (void)state;
    assert_int_equal(mail_compile(arena, &l, &m), RC_OK);
    s = write(m, signer);
    assert_true(span_starts(s, S("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=bayside.example;")));
    assert_int_equal(count_of(s, S("\r\nTo: <ana@reader.example>\r\n")), 1);
    assert_int_equal(count_of(s, S("\r\nMessage-ID: <m1@bayside.example>\r\n")), 1);
    assert_int_equal(count_of(s, S("\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n")), 1);
    assert_int_equal(count_of(s, S("\r\nList-Unsubscribe: <https://bayside.example/leave/tok-EN_1>\r\n")), 1);
    assert_int_equal(count_of(s, S("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")), 1);
    assert_int_equal(count_of(s, S("\r\nBcc:")), 0);
    assert_int_equal(count_of(s, S("\r\nAuto-Submitted:")), 0);
    assert_int_equal(count_of(s, S("\r\nContent-Language: es\r\n")), 1);
    assert_int_equal(count_of(s, S("=\r\ntok-EN_1=\r\n")), 2);
    assert_true(span_ends(s, S("--\r\n")));
    assert_true(is(write(m, signer), s)); /* a second attempt is the same letter */
}

static void notice_says_that_it_is_automatic(void **state)
{
    struct mail_letter l = a_letter();
    const struct mail_message *m;
    struct span s;

    (void)state;
    l.kind = MAIL_NOTICE;
    l.html.count = 0;
    assert_int_equal(mail_compile(arena, &l, &m), RC_OK);
    s = write(m, NULL);
    assert_int_equal(count_of(s, S("\r\nAuto-Submitted: auto-generated\r\n")), 1);
    assert_int_equal(count_of(s, S("\r\nList-")), 0);
    assert_int_equal(count_of(s, S("Precedence")), 0);
    assert_int_equal(count_of(s, S("\r\nContent-Type: text/plain; charset=utf-8\r\n")), 1);
}

static void holes_take_nothing_but_what_fits(void **state)
{
    static const struct span bad[] = {
        SPAN_INIT(""),        SPAN_INIT("a\r\nBcc: x@y.example"),
        SPAN_INIT("a b"),     SPAN_INIT("a>"),
        SPAN_INIT("a\0"),     SPAN_INIT("=3D"),
        SPAN_INIT("é"),       SPAN_INIT("a/../b"),
        SPAN_INIT("a\"><x>"), SPAN_INIT("a.b"),
    };
    struct mail_letter l = a_letter();
    const struct mail_message *m;
    struct buf *out = buf_new(arena, 1024 * 1024);

    (void)state;
    assert_int_equal(mail_compile(arena, &l, &m), RC_OK);
    buf_put(out, S("before"));
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct mail_person p = ana;

        p.token = bad[i];
        assert_int_equal(mail_write(m, &p, signer, arena, out), RC_INVALID);
        p = ana;
        p.id = bad[i];
        assert_int_equal(mail_write(m, &p, signer, arena, out), RC_INVALID);
        p = ana;
        p.address = bad[i];
        assert_int_equal(mail_write(m, &p, signer, arena, out), RC_INVALID);
    }
    assert_true(is(buf_span(out), S("before")));
    l.leave = S("https://x.example/>\r\nBcc: y@z.example");
    assert_int_equal(mail_compile(arena, &l, &m), RC_INVALID);
    l = a_letter();
    l.from = S("news@bayside.example>\r\nBcc: <y@z.example");
    assert_int_equal(mail_compile(arena, &l, &m), RC_INVALID);
}

static void full_buffer_takes_nothing(void **state)
{
    struct mail_letter l = a_letter();
    const struct mail_message *m;
    struct buf *out = buf_new(arena, 1000);

    (void)state;
    assert_int_equal(mail_compile(arena, &l, &m), RC_OK);
    assert_int_equal(mail_write(m, &ana, signer, arena, out), RC_LIMIT);
    assert_int_equal(out->n, 0);
}

/* ---- DKIM ---- */

/* RFC 6376 §3.4.5, example 1. */
static void relaxed_is_as_the_rfc_has_it(void **state)
{
    struct buf *out = buf_new(arena, 256);

    (void)state;
    dkim_relax(out, S("A: X"));
    buf_put(out, S("\r\n"));
    dkim_relax(out, S("B : Y\t\r\n\tZ  "));
    assert_true(is(buf_span(out), S("a:X\r\nb:Y Z")));
}

/* The body of RFC 6376 appendix A and its hash. */
static void body_hash_is_as_the_rfc_has_it(void **state)
{
    static const struct span pieces[] = {SPAN_INIT("Hi.\r\n\r\nWe lost"),
                                         SPAN_INIT(" the game. Are you hungry yet?\r\n"), SPAN_INIT("\r\nJoe.\r\n")};
    struct buf *out = buf_new(arena, 4096);

    (void)state;
    dkim_body_begin(signer);
    for (size_t i = 0; i < COUNT(pieces); i++)
        dkim_body_add(signer, pieces[i]);
    assert_int_equal(dkim_sign(signer, S("From: a@bayside.example\r\n"), (struct instant){0}, out), RC_OK);
    assert_true(span_find(buf_span(out), S(" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;")) != SPAN_NONE);
    assert_true(span_find(buf_span(out), S("h=from:from:to:subject:date:reply-to:cc:")) != SPAN_NONE);
    assert_field(buf_span(out));
}

static void heads_that_are_none_are_not_signed(void **state)
{
    static const struct span heads[] = {SPAN_INIT(""), SPAN_INIT("From: a"), SPAN_INIT("no colon\r\n"),
                                        SPAN_INIT("\r\nFrom: a\r\n")};
    struct buf *out = buf_new(arena, 4096);

    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        dkim_body_begin(signer);
        assert_int_equal(dkim_sign(signer, heads[i], (struct instant){0}, out), RC_INVALID);
    }
    assert_int_equal(out->n, 0);
}

static void keys_are_rsa_of_2048_bits(void **state)
{
    static const struct span small =
        SPAN_INIT("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                  "-----END PRIVATE KEY-----\n"); /* Ed25519 */
    struct span pem;
    struct span record;
    struct dkim *d = NULL;

    (void)state;
    assert_int_equal(dkim_key_new(arena, &pem), RC_OK);
    assert_int_equal(dkim_record(arena, pem, &record), RC_OK);
    assert_true(span_starts(record, S("v=DKIM1; k=rsa; p=MIIBIjAN")));
    assert_int_equal(dkim_record(arena, small, &record), RC_INVALID);
    assert_int_equal(dkim_open(small, S("a.example"), S("s"), &d), RC_INVALID);
    assert_int_equal(dkim_open(span_sub(pem, 0, pem.n / 2), S("a.example"), S("s"), &d), RC_INVALID);
    assert_int_equal(dkim_open(pem, S("a.example;\r\nx"), S("s"), &d), RC_INVALID);
    assert_int_equal(dkim_open(pem, S("a.example"), S("S s"), &d), RC_INVALID);
    assert_null(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_seven_bits_and_canonical), cmocka_unit_test(characters_are_not_cut),
        cmocka_unit_test(subjects_cannot_end_their_field),     cmocka_unit_test(names_cannot_name_another_sender),
        cmocka_unit_test(dates_are_as_rfc_5322_has_them),      cmocka_unit_test(only_addresses_are_addresses),
        cmocka_unit_test(letter_has_one_head_and_two_bodies),  cmocka_unit_test(notice_says_that_it_is_automatic),
        cmocka_unit_test(holes_take_nothing_but_what_fits),    cmocka_unit_test(full_buffer_takes_nothing),
        cmocka_unit_test(relaxed_is_as_the_rfc_has_it),        cmocka_unit_test(body_hash_is_as_the_rfc_has_it),
        cmocka_unit_test(heads_that_are_none_are_not_signed),  cmocka_unit_test(keys_are_rsa_of_2048_bits),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
