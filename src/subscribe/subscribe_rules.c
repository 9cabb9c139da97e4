/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See subscribe_rules.h.
 */
#include "subscribe/subscribe_rules.h"

#include "base/buf.h"

struct span subscribe_mailbox(struct arena *a, struct span address)
{
    size_t at = span_find_last_char(address, '@');
    struct buf *out = buf_new(a, address.n + 1);
    bool is_tag = false;

    for (size_t i = 0; i < address.n; i++) {
        char c = address.p[i];

        is_tag = i < at && (is_tag || (c == '+' && i > 0));
        if (is_tag || (i < at && c == '.'))
            continue;
        buf_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c);
    }
    return buf_span(out);
}

bool subscribe_can_undo(int32_t left, int32_t today)
{
    return today <= left + SUBSCRIBE_UNDO_DAYS;
}
