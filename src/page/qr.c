/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A QR code as one SVG path: each row's dark runs are strokes of height one. Only digits and letters of ours go in.
 *
 * The library tries eight masks over the whole square, which takes longer than all the rest of a page; an address has
 * the same code for ever. So the newest codes are kept, as bits, in a table that threads share under its lock: one
 * place an address, found by its hash, lost to the next address that falls there.
 */
#include "page/qr.h"

#include <errno.h>
#include <pthread.h>
#include <qrencode.h>
#include <string.h>

enum {
    QUIET = 4,
    SVG_MAX = 64 * 1024,
    WIDTH_MAX = 177,
    PLACES = 1024,
    KEPT_TEXT = 106, /* bytes that fit into version 6; longer addresses are rare, and made each time */
    KEPT_WIDTH = 41,
};
#define BITS(width) (((size_t)(width) * (size_t)(width) + 7) / 8)

struct square {
    int width;
    uint8_t dark[BITS(WIDTH_MAX)];
};

struct kept {
    size_t n;
    char text[KEPT_TEXT];
    int width; /* 0: nothing is here */
    uint8_t dark[BITS(KEPT_WIDTH)];
};

static struct {
    pthread_mutex_t lock;
    struct kept places[PLACES];
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct kept *place_of(struct span text)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ (unsigned char)text.p[i]) * 16777619U;
    return &shared.places[(hash ^ hash >> 16) % PLACES];
}

static bool recall(struct span text, struct square *square_out)
{
    const struct kept *k = place_of(text);
    bool is_there;

    (void)pthread_mutex_lock(&shared.lock);
    is_there = k->width && span_eq((struct span){k->text, k->n}, text);
    if (is_there) {
        square_out->width = k->width;
        memcpy(square_out->dark, k->dark, BITS(k->width));
    }
    (void)pthread_mutex_unlock(&shared.lock);
    return is_there;
}

static void remember(struct span text, const struct square *square)
{
    struct kept *k = place_of(text);

    if (text.n > KEPT_TEXT || square->width > KEPT_WIDTH)
        return;
    (void)pthread_mutex_lock(&shared.lock);
    k->n = text.n;
    memcpy(k->text, text.p, text.n);
    k->width = square->width;
    memcpy(k->dark, square->dark, BITS(square->width));
    (void)pthread_mutex_unlock(&shared.lock);
}

/* False when the text is too long for any code, or nothing. */
static bool make(struct arena *a, struct span text, struct square *square_out)
{
    QRcode *code = QRcode_encodeString(arena_cstr(a, text), 0, QR_ECLEVEL_M, QR_MODE_8, 1);

    if (code == NULL) {
        CHECK(errno == ERANGE || errno == EINVAL);
        return false;
    }
    CHECK(code->width <= WIDTH_MAX);
    square_out->width = code->width;
    memset(square_out->dark, 0, BITS(code->width));
    for (size_t i = 0; i < (size_t)code->width * (size_t)code->width; i++)
        square_out->dark[i / 8] |= (uint8_t)((code->data[i] & 1U) << i % 8);
    QRcode_free(code);
    return true;
}

static bool square_of(struct arena *a, struct span text, struct square *square_out)
{
    if (recall(text, square_out))
        return true;
    if (!make(a, text, square_out))
        return false;
    remember(text, square_out);
    return true;
}

struct span qr_bits(struct arena *a, struct span text, uint32_t *width_out)
{
    struct square s;

    *width_out = 0;
    if (!square_of(a, text, &s))
        return (struct span){0};
    *width_out = (uint32_t)s.width;
    return arena_dup(a, (struct span){(const char *)s.dark, BITS(s.width)});
}

static bool is_dark(const struct square *s, int x, int y)
{
    size_t i = (size_t)y * (size_t)s->width + (size_t)x;

    return s->dark[i / 8] >> i % 8 & 1;
}

static void put_row(struct buf *out, const struct square *s, int y)
{
    for (int x = 0; x < s->width;) {
        int run = 0;

        while (x + run < s->width && is_dark(s, x + run, y))
            run++;
        if (run) { /* three hundred a code: a printf for each was a quarter of the page's time */
            buf_char(out, 'M');
            buf_u64(out, (uint64_t)x + QUIET);
            buf_char(out, ' ');
            buf_u64(out, (uint64_t)y + QUIET);
            buf_put(out, S(".5h"));
            buf_u64(out, (uint64_t)run);
        }
        x += run ? run : 1;
    }
}

struct markup qr_svg(struct arena *a, struct span text)
{
    struct buf *out = buf_new(a, SVG_MAX);
    struct square s;

    if (!square_of(a, text, &s))
        return markup_of(out);
    buf_printf(out, "<svg class=\"qr\" aria-hidden=\"true\" focusable=\"false\" viewBox=\"0 0 %d %d\"><path d=\"",
               s.width + 2 * QUIET, s.width + 2 * QUIET);
    for (int y = 0; y < s.width; y++)
        put_row(out, &s, y);
    buf_put(out, S("\"/></svg>"));
    return markup_of(out);
}
