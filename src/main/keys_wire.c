/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of keys_step.h as lines at the control socket: a word, and what belongs to it. A reader takes its lines in
 * the order in which its writer writes them, and none besides.
 */
#include "main/keys_step.h"
#include "main/lines.h"

#include <inttypes.h>

#define CALL_LINE "breakroom keys call 1"
#define TOLD_LINE "breakroom keys told 1"

enum { ROWS_MOST = 1000, TOLD_MOST = 1024 * 1024 };

static const struct span outcomes[KEYS_OUTCOME_COUNT] = {[KEYS_DONE] = SPAN_INIT("done"),
                                                         [KEYS_CHANGED] = SPAN_INIT("changed"),
                                                         [KEYS_UNKNOWN] = SPAN_INIT("unknown"),
                                                         [KEYS_TROUBLE] = SPAN_INIT("trouble")};

/* ---- a call ---- */

struct span keys_call_put(struct arena *a, const struct keys_call *call)
{
    struct buf *b = buf_new(a, KEYS_BODY_MOST);

    buf_printf(b, CALL_LINE " \nurl %.*s\nhost %.*s\n", SPAN_ARGS(call->url), SPAN_ARGS(call->host));
    if (call->writes) {
        buf_put(b, S("name "));
        lines_put_hex(b, call->fresh.campaign.bytes, SEAL_ID_LEN);
        for (size_t i = 0; i < KEYS_AT_ONCE; i++) {
            const struct keys_row *row = &call->fresh.rows[i];

            buf_printf(b, "\nkey %.*s ", SPAN_ARGS(key_kind_name(row->kind)));
            lines_put_hex(b, row->id.bytes, KEY_ID_LEN);
            buf_char(b, ' ');
            lines_put_hex(b, row->public_half, KEY_LEN);
            buf_char(b, ' ');
            lines_put_hex(b, row->wrapped.bytes, WRAPPED_LEN);
        }
        buf_put(b, S("\nreplaces "));
        for (size_t i = 0; i < call->fresh.replaced_count; i++) {
            lines_put_hex(b, call->fresh.replaced[i].bytes, KEY_ID_LEN);
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
    return lines_word(&value, &kind) && key_kind_read(kind, &row_out->kind) &&
           lines_hex(&value, row_out->id.bytes, KEY_ID_LEN) && lines_hex(&value, row_out->public_half, KEY_LEN) &&
           lines_hex(&value, row_out->wrapped.bytes, WRAPPED_LEN) && value.n == 0;
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
    if (!lines_take(&bytes, S("breakroom"), &value) || !span_eq(value, S("keys call 1 ")) ||
        !lines_take(&bytes, S("url"), &call_out->url) || !lines_take(&bytes, S("host"), &call_out->host))
        return false;
    if (bytes.n == 0)
        return true;
    call_out->writes = true;
    if (!lines_take(&bytes, S("name"), &value) || !key_hex_read(value, call_out->fresh.campaign.bytes, SEAL_ID_LEN))
        return false;
    for (size_t i = 0; i < KEYS_AT_ONCE; i++)
        if (!lines_take(&bytes, S("key"), &value) || !read_row(value, &call_out->fresh.rows[i]))
            return false;
    return lines_take(&bytes, S("replaces"), &value) && read_replaced(value, &call_out->fresh) && bytes.n == 0;
}

/* ---- what is told ---- */

struct span keys_told_put(struct arena *a, const struct keys_told *told)
{
    struct buf *b = buf_new(a, TOLD_MOST);
    const struct keys *keys = &told->keys;

    buf_printf(b, TOLD_LINE " \noutcome %.*s\nsentence %.*s\nhost %.*s\nname ", SPAN_ARGS(outcomes[told->outcome]),
               SPAN_ARGS(told->sentence), SPAN_ARGS(told->host));
    if (keys->has_campaign)
        lines_put_hex(b, keys->campaign.bytes, SEAL_ID_LEN);
    buf_char(b, '\n');
    for (size_t i = 0; i < keys->list.count && i < ROWS_MOST; i++) {
        const struct keys_row *row = &keys->list.items[i];

        buf_printf(b, "key %.*s ", SPAN_ARGS(key_kind_name(row->kind)));
        lines_put_hex(b, row->id.bytes, KEY_ID_LEN);
        buf_char(b, ' ');
        lines_put_hex(b, row->public_half, KEY_LEN);
        buf_printf(b, " %" PRId64 " %" PRId64 "\n", row->made_at.us, row->replaced_at.us);
    }
    return buf_span(b);
}

static bool read_told_row(struct span value, struct keys_row *row_out)
{
    struct span kind;

    return lines_word(&value, &kind) && key_kind_read(kind, &row_out->kind) &&
           lines_hex(&value, row_out->id.bytes, KEY_ID_LEN) && lines_hex(&value, row_out->public_half, KEY_LEN) &&
           lines_instant(&value, &row_out->made_at) && lines_instant(&value, &row_out->replaced_at) && value.n == 0;
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
    if (!lines_take(&bytes, S("breakroom"), &value) || !span_eq(value, S("keys told 1 ")) ||
        !lines_take(&bytes, S("outcome"), &value) || !read_outcome(value, &told_out->outcome) ||
        !lines_take(&bytes, S("sentence"), &told_out->sentence) || !lines_take(&bytes, S("host"), &told_out->host) ||
        !lines_take(&bytes, S("name"), &value))
        return false;
    keys->has_campaign = value.n > 0;
    if (keys->has_campaign && !key_hex_read(value, keys->campaign.bytes, SEAL_ID_LEN))
        return false;
    while (bytes.n)
        if (keys->list.count == ROWS_MOST || !lines_take(&bytes, S("key"), &value) ||
            !read_told_row(value, LIST_ADD(a, &keys->list)))
            return false;
    return true;
}
