/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of keys_step.h as lines at the control socket: a word, and what belongs to it. A reader takes its lines in
 * the order in which its writer writes them, and none besides.
 */
#include "main/keys_step.h"

#include <inttypes.h>

#define CALL_LINE "breakroom keys call 1"
#define TOLD_LINE "breakroom keys told 1"

enum { ROWS_MOST = 1000, TOLD_MOST = 1024 * 1024 };

static const struct span outcomes[KEYS_OUTCOME_COUNT] = {[KEYS_DONE] = SPAN_INIT("done"),
                                                         [KEYS_CHANGED] = SPAN_INIT("changed"),
                                                         [KEYS_UNKNOWN] = SPAN_INIT("unknown"),
                                                         [KEYS_TROUBLE] = SPAN_INIT("trouble")};

/* ---- lines ---- */

static void put_hex(struct buf *b, const unsigned char *bytes, size_t n)
{
    key_hex_put(b, (struct span){(const char *)bytes, n});
}

static bool is_plain(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((unsigned char)line.p[i] < 0x20)
            return false;
    return true;
}

/* "WORD …" → what follows the word and its space, which may be nothing. */
static bool take(struct span *rest, struct span word, struct span *value_out)
{
    struct span line;
    struct span first;

    if (!span_cut(*rest, '\n', &line, rest) || !is_plain(line))
        return false;
    return span_cut(line, ' ', &first, value_out) && span_eq(first, word);
}

static bool take_word(struct span *rest, struct span *word_out)
{
    return span_next(rest, ' ', word_out) && word_out->n > 0;
}

static bool take_hex(struct span *rest, unsigned char *bytes_out, size_t n)
{
    struct span word;

    return take_word(rest, &word) && key_hex_read(word, bytes_out, n);
}

static bool take_instant(struct span *rest, struct instant *instant_out)
{
    struct span word;
    uint64_t us;

    if (!take_word(rest, &word) || !span_to_u64(word, INT64_MAX, &us))
        return false;
    instant_out->us = (int64_t)us;
    return true;
}

/* ---- a call ---- */

struct span keys_call_put(struct arena *a, const struct keys_call *call)
{
    struct buf *b = buf_new(a, KEYS_BODY_MOST);

    buf_printf(b, CALL_LINE " \nurl %.*s\nhost %.*s\n", SPAN_ARGS(call->url), SPAN_ARGS(call->host));
    if (call->writes) {
        buf_put(b, S("name "));
        put_hex(b, call->fresh.campaign.bytes, SEAL_ID_LEN);
        for (size_t i = 0; i < KEYS_AT_ONCE; i++) {
            const struct keys_row *row = &call->fresh.rows[i];

            buf_printf(b, "\nkey %.*s ", SPAN_ARGS(key_kind_name(row->kind)));
            put_hex(b, row->id.bytes, KEY_ID_LEN);
            buf_char(b, ' ');
            put_hex(b, row->public_half, KEY_LEN);
            buf_char(b, ' ');
            put_hex(b, row->wrapped.bytes, WRAPPED_LEN);
        }
        buf_put(b, S("\nreplaces "));
        for (size_t i = 0; i < call->fresh.replaced_count; i++) {
            put_hex(b, call->fresh.replaced[i].bytes, KEY_ID_LEN);
            buf_char(b, ' ');
        }
        buf_char(b, '\n');
    }
    return buf_span(b);
}

static bool read_row(struct span value, struct keys_row *row_out)
{
    struct span kind;

    *row_out = (struct keys_row){0};
    return take_word(&value, &kind) && key_kind_read(kind, &row_out->kind) &&
           take_hex(&value, row_out->id.bytes, KEY_ID_LEN) && take_hex(&value, row_out->public_half, KEY_LEN) &&
           take_hex(&value, row_out->wrapped.bytes, WRAPPED_LEN) && value.n == 0;
}

static bool read_replaced(struct span value, struct keys_new *fresh_out)
{
    struct span word;

    while (value.n && span_next(&value, ' ', &word))
        if (fresh_out->replaced_count == KEYS_AT_ONCE ||
            !key_hex_read(word, fresh_out->replaced[fresh_out->replaced_count++].bytes, KEY_ID_LEN))
            return false;
    return true;
}

bool keys_call_read(struct span bytes, struct keys_call *call_out)
{
    struct span value;

    *call_out = (struct keys_call){0};
    if (!take(&bytes, S("breakroom"), &value) || !span_eq(value, S("keys call 1 ")) ||
        !take(&bytes, S("url"), &call_out->url) || !take(&bytes, S("host"), &call_out->host))
        return false;
    if (bytes.n == 0)
        return true;
    call_out->writes = true;
    if (!take(&bytes, S("name"), &value) || !key_hex_read(value, call_out->fresh.campaign.bytes, SEAL_ID_LEN))
        return false;
    for (size_t i = 0; i < KEYS_AT_ONCE; i++)
        if (!take(&bytes, S("key"), &value) || !read_row(value, &call_out->fresh.rows[i]))
            return false;
    return take(&bytes, S("replaces"), &value) && read_replaced(value, &call_out->fresh) && bytes.n == 0;
}

/* ---- what is told ---- */

struct span keys_told_put(struct arena *a, const struct keys_told *told)
{
    struct buf *b = buf_new(a, TOLD_MOST);
    const struct keys *keys = &told->keys;

    buf_printf(b, TOLD_LINE " \noutcome %.*s\nsentence %.*s\nhost %.*s\nname ", SPAN_ARGS(outcomes[told->outcome]),
               SPAN_ARGS(told->sentence), SPAN_ARGS(told->host));
    if (keys->has_campaign)
        put_hex(b, keys->campaign.bytes, SEAL_ID_LEN);
    buf_char(b, '\n');
    for (size_t i = 0; i < keys->list.count && i < ROWS_MOST; i++) {
        const struct keys_row *row = &keys->list.items[i];

        buf_printf(b, "key %.*s ", SPAN_ARGS(key_kind_name(row->kind)));
        put_hex(b, row->id.bytes, KEY_ID_LEN);
        buf_char(b, ' ');
        put_hex(b, row->public_half, KEY_LEN);
        buf_printf(b, " %" PRId64 " %" PRId64 "\n", row->made_at.us, row->replaced_at.us);
    }
    return buf_span(b);
}

static bool read_told_row(struct span value, struct keys_row *row_out)
{
    struct span kind;

    return take_word(&value, &kind) && key_kind_read(kind, &row_out->kind) &&
           take_hex(&value, row_out->id.bytes, KEY_ID_LEN) && take_hex(&value, row_out->public_half, KEY_LEN) &&
           take_instant(&value, &row_out->made_at) && take_instant(&value, &row_out->replaced_at) && value.n == 0;
}

static bool read_outcome(struct span word, enum keys_outcome *outcome_out)
{
    for (size_t i = 0; i < COUNT(outcomes); i++)
        if (span_eq(word, outcomes[i])) {
            *outcome_out = (enum keys_outcome)i;
            return true;
        }
    return false;
}

bool keys_told_read(struct arena *a, struct span bytes, struct keys_told *told_out)
{
    struct keys *keys = &told_out->keys;
    struct span value;

    *told_out = (struct keys_told){0};
    if (!take(&bytes, S("breakroom"), &value) || !span_eq(value, S("keys told 1 ")) ||
        !take(&bytes, S("outcome"), &value) || !read_outcome(value, &told_out->outcome) ||
        !take(&bytes, S("sentence"), &told_out->sentence) || !take(&bytes, S("host"), &told_out->host) ||
        !take(&bytes, S("name"), &value))
        return false;
    keys->has_campaign = value.n > 0;
    if (keys->has_campaign && !key_hex_read(value, keys->campaign.bytes, SEAL_ID_LEN))
        return false;
    while (bytes.n)
        if (keys->list.count == ROWS_MOST || !take(&bytes, S("key"), &value) ||
            !read_told_row(value, LIST_ADD(a, &keys->list)))
            return false;
    return true;
}
