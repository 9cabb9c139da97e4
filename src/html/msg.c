/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Messages at run time. tools/msgc has proved the texts: braces pair up, each language has the same names.
 */
#include "html/msg_impl.h"

enum { MSG_TEXT_MOST = 64 * 1024 };

struct span msg_int(struct msg_digits *digits, int64_t value)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t at = sizeof digits->room;

    do {
        digits->room[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits->room[--at] = '-';
    return (struct span){digits->room + at, sizeof digits->room - at};
}

static struct span argument(struct span name, int64_t n, struct msg_digits *digits, const struct msg_arg *args,
                            size_t count)
{
    bool is_count = span_eq(name, S("n"));

    for (size_t i = 0; i < count; i++)
        if (span_eq(args[i].name, name))
            return args[i].text;
    CHECK(is_count); /* every other placeholder has an argument */
    return msg_int(digits, n);
}

static const struct msg_entry *entry(enum lang lang, enum msg msg)
{
    CHECK((unsigned)lang < LANG_COUNT && (unsigned)msg < MSG_COUNT);
    return &msg_table[lang][msg];
}

void msg_put(struct buf *out, enum lang lang, enum msg msg, int64_t n, const struct msg_arg *args, size_t count,
             void (*escape)(struct buf *out, struct span text))
{
    const struct msg_entry *e = entry(lang, msg);
    struct span rest = e->many.p && n != 1 ? e->many : e->one; /* both languages: n != 1 is plural */
    struct span words;
    struct span name;
    struct msg_digits digits;

    while (span_cut(rest, '{', &words, &rest)) {
        escape(out, words);
        CHECK(span_cut(rest, '}', &name, &rest));
        escape(out, argument(name, n, &digits, args, count));
    }
    escape(out, words);
}

struct span msg_text(struct arena *a, enum lang lang, enum msg msg, int64_t n, const struct msg_arg *args, size_t count)
{
    struct buf text;
    size_t room = MSG_TEXT_MOST;

    for (size_t i = 0; i < count; i++)
        room += 8 * args[i].text.n; /* a name may stand more than once */
    buf_init(&text, a, room);
    msg_put(&text, lang, msg, n, args, count, buf_put);
    CHECK(!buf_overflowed(&text));
    return buf_span(&text);
}

struct span msg_plain(enum lang lang, enum msg msg)
{
    const struct msg_entry *e = entry(lang, msg);

    CHECK(e->many.p == NULL && span_find_char(e->one, '{') == SPAN_NONE);
    return e->one;
}

struct span msg_key(enum msg msg)
{
    CHECK((unsigned)msg < MSG_COUNT);
    return msg_keys[msg];
}
