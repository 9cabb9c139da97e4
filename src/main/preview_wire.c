/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See preview_step.h: lines at the control socket.
 */
#include "main/lines.h"
#include "main/preview_step.h"

struct span preview_call_put(struct arena *a, const struct preview_call *call)
{
    struct buf *b = buf_new(a, PREVIEW_CALL_MOST);

    buf_printf(b, "breakroom preview call 1\nurl %.*s\nhost %.*s\nnews %.*s\naddress %.*s\n", SPAN_ARGS(call->url),
               SPAN_ARGS(call->host), SPAN_ARGS(call->news), SPAN_ARGS(call->address));
    return buf_span(b);
}

bool preview_call_read(struct span bytes, struct preview_call *call_out)
{
    struct span value;

    *call_out = (struct preview_call){0};
    return lines_take(&bytes, S("breakroom"), &value) && span_eq(value, S("preview call 1")) &&
           lines_take(&bytes, S("url"), &call_out->url) && lines_take(&bytes, S("host"), &call_out->host) &&
           lines_take(&bytes, S("news"), &call_out->news) && lines_take(&bytes, S("address"), &call_out->address) &&
           bytes.n == 0;
}
