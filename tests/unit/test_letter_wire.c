/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A letter as bytes: these, for the store keeps them; and a notice goes to whoever carries it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "mail/letter_wire.h"
#include "mail/notice.h"

enum { MEMORY = 256 * 1024 * 1024 };

static struct arena *a;

static int open_world(void **state)
{
    (void)state;
    a = arena_open(MEMORY);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    arena_close(&a);
    return 0;
}

static const struct span text_pieces[] = {SPAN_INIT("Hola.\n"), SPAN_INIT(""), SPAN_INIT("fin")};
static const struct span html_pieces[] = {SPAN_INIT("<p>Hola.")};

static struct mail_letter news(void)
{
    return (struct mail_letter){
        .kind = MAIL_NEWS,
        .lang = LANG_ES,
        .from_name = S("Bayside"),
        .from = S("news@bayside.example"),
        .reply_to = S("hello@bayside.example"),
        .subject = S("Año nuevo"),
        .text = {text_pieces, COUNT(text_pieces)},
        .html = {html_pieces, COUNT(html_pieces)},
        .list_name = S("Letters"),
        .list_id = S("news.bayside.example"),
        .leave = S("https://bayside.example/leave/"),
        .archive = S("https://bayside.example/news"),
        .feedback = S("memo:news"),
    };
}

#define BYTES                                                                                                          \
    "BRL1\0"                                                                                                           \
    "\2\0\0\0es"                                                                                                       \
    "\7\0\0\0Bayside"                                                                                                  \
    "\24\0\0\0news@bayside.example"                                                                                    \
    "\25\0\0\0hello@bayside.example"                                                                                   \
    "\12\0\0\0Año nuevo"                                                                                              \
    "\3\6\0\0\0Hola.\n\0\0\0\0\3\0\0\0fin"                                                                             \
    "\1\10\0\0\0<p>Hola."                                                                                              \
    "\7\0\0\0Letters"                                                                                                  \
    "\24\0\0\0news.bayside.example"                                                                                    \
    "\36\0\0\0https://bayside.example/leave/"                                                                          \
    "\34\0\0\0https://bayside.example/news"                                                                            \
    "\11\0\0\0memo:news"

static bool is_read(struct span bytes)
{
    char *alone = malloc(bytes.n + 1); /* bytes of its own, so that a sanitizer sees who reads beyond them */
    struct mail_letter l;
    bool is;

    assert_non_null(alone);
    if (bytes.n)
        memcpy(alone, bytes.p, bytes.n);
    is = mail_letter_read(a, (struct span){bytes.n ? alone : NULL, bytes.n}, &l);
    free(alone);
    return is;
}

static void assert_same_body(const struct mail_body *one, const struct mail_body *other)
{
    assert_int_equal(one->count, other->count);
    for (size_t i = 0; i < one->count; i++)
        assert_true(span_eq(one->pieces[i], other->pieces[i]));
}

static void assert_same(const struct mail_letter *one, const struct mail_letter *other)
{
    assert_int_equal(one->kind, other->kind);
    assert_int_equal(one->lang, other->lang);
    assert_true(span_eq(one->from_name, other->from_name) && span_eq(one->from, other->from));
    assert_true(span_eq(one->reply_to, other->reply_to) && span_eq(one->subject, other->subject));
    assert_same_body(&one->text, &other->text);
    assert_same_body(&one->html, &other->html);
    assert_true(span_eq(one->list_name, other->list_name) && span_eq(one->list_id, other->list_id));
    assert_true(span_eq(one->leave, other->leave) && span_eq(one->archive, other->archive));
    assert_true(span_eq(one->feedback, other->feedback));
}

static void these_bytes(void **state)
{
    struct mail_letter letter = news();
    struct mail_letter out;

    (void)state;
    assert_true(span_eq(mail_letter_put(a, &letter), S(BYTES)));
    assert_true(mail_letter_read(a, S(BYTES), &out));
    assert_same(&letter, &out);
}

static void a_notice_says_less(void **state)
{
    struct mail_letter letter = {
        .kind = MAIL_NOTICE, .from = S("news@bayside.example"), .subject = S("Please confirm")};
    struct mail_letter out;

    (void)state;
    assert_true(mail_letter_read(a, mail_letter_put(a, &letter), &out));
    assert_same(&letter, &out);
}

/* What is compiled of it is the same to the byte: the core and the mailer write one letter. */
static void it_compiles_to_the_same(void **state)
{
    struct mail_letter letter = news();
    struct mail_person person = {S("rosa@home.example"), S("token"), S("id"), {1777636800000000}};
    struct mail_letter read;
    struct buf *out[2];

    (void)state;
    assert_true(mail_letter_read(a, mail_letter_put(a, &letter), &read));
    for (int i = 0; i < 2; i++) {
        const struct mail_message *message;

        out[i] = buf_new(a, 1 << 20);
        assert_int_equal(mail_compile(a, i ? &read : &letter, &message), RC_OK);
        assert_int_equal(mail_write(message, &person, NULL, a, out[i]), RC_OK);
    }
    assert_true(span_find(buf_span(out[0]), S("Hola.")) != SPAN_NONE);
    assert_true(span_eq(buf_span(out[0]), buf_span(out[1])));
}

enum { SUBJECT_AT = 5 + 6 + 11 + 24 + 25, TEXT_AT = SUBJECT_AT + 14 };

/* `more` bytes put in at a place. */
static char *widened(struct span bytes, size_t at, size_t more)
{
    char *out = arena_alloc(a, bytes.n + more);

    memcpy(out, bytes.p, at);
    memcpy(out + at + more, bytes.p + at, bytes.n - at);
    return out;
}

/* With an empty piece more in its text. */
static struct span nine_pieces(struct span bytes, size_t more)
{
    char *out = widened(bytes, TEXT_AT + 1, 4 * more);

    out[TEXT_AT] = (char)(out[TEXT_AT] + (int)more);
    return (struct span){out, bytes.n + 4 * more};
}

static void eight_pieces_and_no_more(void **state)
{
    struct span pieces[MAIL_PIECES_MOST + 1] = {S("x")};
    struct mail_letter letter = news();
    struct mail_letter out;

    (void)state;
    letter.text = letter.html = (struct mail_body){pieces, MAIL_PIECES_MOST};
    assert_true(mail_letter_read(a, mail_letter_put(a, &letter), &out));
    assert_same(&letter, &out);
    assert_true(is_read(nine_pieces(mail_letter_put(a, &letter), 0)));
    assert_false(is_read(nine_pieces(mail_letter_put(a, &letter), 1)));
    letter.text.count++;
    assert_int_equal(mail_letter_put(a, &letter).n, 0);
    letter.text.count--;
    letter.html.count++;
    assert_int_equal(mail_letter_put(a, &letter).n, 0);
}

static void the_largest(void **state)
{
    struct mail_letter letter = news();
    char *large = memset(arena_alloc(a, MAIL_LETTER_MOST), 'x', MAIL_LETTER_MOST);
    size_t rest = MAIL_LETTER_MOST - (sizeof BYTES - 1 - letter.subject.n);
    struct mail_letter out;
    char *more;

    (void)state;
    letter.subject = (struct span){large, rest};
    assert_int_equal(mail_letter_put(a, &letter).n, MAIL_LETTER_MOST);
    assert_true(mail_letter_read(a, mail_letter_put(a, &letter), &out));
    letter.subject.n++;
    assert_int_equal(mail_letter_put(a, &letter).n, 0);
    letter.subject.n--;
    more = widened(mail_letter_put(a, &letter), SUBJECT_AT + 4, 1); /* sound, but for its size */
    rest++;
    for (size_t i = 0; i < 4; i++)
        more[SUBJECT_AT + i] = (char)(rest >> (8 * i) & 0xFF);
    assert_false(mail_letter_read(a, (struct span){more, MAIL_LETTER_MOST + 1}, &out));
}

static void nothing_else_is_read(void **state)
{
    static const struct {
        size_t at;
        char byte;
    } changes[] = {{0, 'b'}, {3, '2'}, {4, 2}, {4, -1}, {9, 'd'}, {5, 1}, {5, 3}};
    char bytes[] = BYTES;
    size_t n = sizeof bytes - 1;
    size_t count_at = TEXT_AT;

    (void)state;
    assert_true(is_read((struct span){bytes, n}));
    for (size_t i = 0; i < n; i++)
        assert_false(is_read((struct span){bytes, i}));
    assert_false(is_read((struct span){bytes, n + 1}));
    for (size_t i = 0; i < COUNT(changes); i++) {
        char kept = bytes[changes[i].at];

        bytes[changes[i].at] = changes[i].byte;
        assert_false(is_read((struct span){bytes, n}));
        bytes[changes[i].at] = kept;
    }
    assert_int_equal(bytes[count_at], 3);
    for (int count = 0; count < 256; count++) {
        bytes[count_at] = (char)count;
        assert_int_equal(is_read((struct span){bytes, n}), count == 3);
    }
    bytes[count_at] = 3;
    for (size_t k = 0; k < 4; k++) { /* a length that reaches far behind the end */
        bytes[n - 13 + k] = (char)-1;
        assert_false(is_read((struct span){bytes, n}));
        bytes[n - 13 + k] = k ? 0 : 9;
    }
    assert_true(is_read((struct span){bytes, n}));
}

/* ---- notices ---- */

static enum rc count_post(void *ctx, const struct mail_notice *notice)
{
    assert_int_equal(notice->campaign_id, 7);
    *(int *)ctx += 1;
    return *(int *)ctx < 3 ? RC_OK : RC_LIMIT;
}

static void a_notice_goes_to_the_postbox(void **state)
{
    struct mail_notice notice = {.campaign_id = 7, .letter.kind = MAIL_NOTICE, .address = S("rosa@home.example")};
    int count = 0;
    struct mail_postbox postbox = {&count, count_post};

    (void)state;
    assert_int_equal(mail_post(&notice), RC_IO);
    mail_postbox_is(&postbox);
    postbox.post = NULL; /* copied */
    assert_int_equal(mail_post(&notice), RC_OK);
    assert_int_equal(mail_post(&notice), RC_OK);
    assert_int_equal(mail_post(&notice), RC_LIMIT);
    mail_postbox_is(NULL);
    assert_int_equal(mail_post(&notice), RC_IO);
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(these_bytes),
        cmocka_unit_test(a_notice_says_less),
        cmocka_unit_test(it_compiles_to_the_same),
        cmocka_unit_test(eight_pieces_and_no_more),
        cmocka_unit_test(the_largest),
        cmocka_unit_test(nothing_else_is_read),
        cmocka_unit_test(a_notice_goes_to_the_postbox),
    };

    return cmocka_run_group_tests_name("letter_wire", tests, open_world, close_world);
}
