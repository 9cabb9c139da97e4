/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A QR code as one SVG path: each row's dark runs are strokes of height one. Only digits and letters of ours go in.
 */
#include "page/qr.h"

#include <errno.h>
#include <qrencode.h>

enum { QUIET = 4, SVG_MAX = 64 * 1024 };

static void put_row(struct buf *out, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width;) {
        int run = 0;

        while (x + run < width && row[x + run] & 1)
            run++;
        if (run) { /* three hundred a code: a printf for each was a quarter of the page's time */
            buf_char(out, 'M');
            buf_u64(out, (uint64_t)(x + QUIET));
            buf_char(out, ' ');
            buf_u64(out, (uint64_t)(y + QUIET));
            buf_put(out, S(".5h"));
            buf_u64(out, (uint64_t)run);
        }
        x += run ? run : 1;
    }
}

struct markup qr_svg(struct arena *a, struct span text)
{
    struct buf *out = buf_new(a, SVG_MAX);
    QRcode *code = QRcode_encodeString(arena_cstr(a, text), 0, QR_ECLEVEL_M, QR_MODE_8, 1);

    if (code == NULL) {
        CHECK(errno == ERANGE || errno == EINVAL); /* too long, or nothing: no code then */
        return markup_of(out);
    }
    buf_printf(out, "<svg class=\"qr\" aria-hidden=\"true\" focusable=\"false\" viewBox=\"0 0 %d %d\"><path d=\"",
               code->width + 2 * QUIET, code->width + 2 * QUIET);
    for (int y = 0; y < code->width; y++)
        put_row(out, code->data + (ptrdiff_t)y * code->width, code->width, y);
    buf_put(out, S("\"/></svg>"));
    QRcode_free(code);
    return markup_of(out);
}
