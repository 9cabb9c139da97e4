/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PNG (W3C, third edition): walks the chunks, checks every checksum, and keeps a short list of them.
 *
 * A critical chunk that is wrong is a fault. A kept ancillary chunk that stands in the wrong place, comes twice or has
 * the wrong length is left out, as decoders leave it out. The orientation is written anew after IHDR, the profile
 * under the name "icc" where it stood, ending where its stream ends.
 * Invariant: the second walk decides by the same tests as the first; what the first noted does not change any more.
 */
#define ZLIB_CONST /* its input is const */
#include "folder/photo_impl.h"

#include <zlib.h>

#define SIGNATURE "\x89PNG\r\n\x1A\n"

enum { FRAME = 12, PROFILE_MOST = 16 * 1024 * 1024, LENGTH_MOST = 0x7FFFFFFF };
enum { GREY = 0, RGB = 2, INDEXED = 3, GREY_ALPHA = 4, RGB_ALPHA = 6 };

struct chunk {
    struct span type;
    struct span body;
    struct span whole; /* with length and checksum */
};

struct progress {
    unsigned seen;    /* a bit for each row of `extras` */
    unsigned entries; /* of the palette */
    bool data;        /* picture data began */
    bool data_over;   /* and something else came */
};

struct png {
    struct span file;
    size_t at;
    struct photo_sink out;
    struct span fault;
    struct progress progress; /* anew in each walk */

    struct span header; /* from here on: noted in the first walk */
    uint32_t width, height;
    uint8_t depth, colour;
    bool exif;
    uint8_t orientation;
    struct span profile; /* its compressed stream; empty: none, or none worth keeping */
};

/* The ancillary chunks that stay, all of them before the picture data. */
struct extra {
    struct span type;
    bool before_palette, after_palette;
};
static const struct extra extras[] = {
    {SPAN_INIT("gAMA"), .before_palette = true}, {SPAN_INIT("cHRM"), .before_palette = true},
    {SPAN_INIT("sRGB"), .before_palette = true}, {SPAN_INIT("iCCP"), .before_palette = true},
    {SPAN_INIT("sBIT"), .before_palette = true}, {SPAN_INIT("tRNS"), .after_palette = true},
    {SPAN_INIT("bKGD"), .after_palette = true},  {SPAN_INIT("pHYs"), .before_palette = false},
};

static enum rc fault(struct png *g, struct span why)
{
    g->fault = why;
    return RC_INVALID;
}

static uint32_t checksum(struct span type, struct span body)
{
    uLong crc = crc32_z(0, (const Bytef *)type.p, type.n);

    if (body.n > 0)
        crc = crc32_z(crc, (const Bytef *)body.p, body.n);
    return (uint32_t)crc;
}

static void put_chunk(struct photo_sink *out, struct span type, struct span body)
{
    photo_put_u32(out, (uint32_t)body.n);
    photo_put(out, type);
    photo_put(out, body);
    photo_put_u32(out, checksum(type, body));
}

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static enum rc next_chunk(struct png *g, struct chunk *c_out)
{
    size_t left = g->file.n - g->at;
    size_t len;
    struct chunk c;

    if (left == 0)
        return fault(g, S("ends before the picture does"));
    len = left < FRAME ? 0 : photo_u32(g->file, g->at);
    if (len > LENGTH_MOST)
        return fault(g, S("has a segment of impossible length"));
    if (left < FRAME || len > left - FRAME)
        return fault(g, S("ends in the middle of a segment"));
    c.type = span_sub(g->file, g->at + 4, 4);
    c.body = span_sub(g->file, g->at + 8, len);
    c.whole = span_sub(g->file, g->at, FRAME + len);
    for (size_t i = 0; i < 4; i++)
        if (!is_letter(photo_u8(c.type, i)))
            return fault(g, S("has stray bytes between its segments"));
    if (g->out.p == NULL && checksum(c.type, c.body) != photo_u32(c.whole, 8 + len))
        return fault(g, S("damaged: a checksum does not match"));
    g->at += FRAME + len;
    *c_out = c;
    return RC_OK;
}

/* W3C PNG §11.2.1: width, height, depth, colour type, compression, filter, interlace. */
static enum rc note_header(struct png *g, struct chunk c)
{
    static const unsigned depths[] = {
        [GREY] = 1 | 2 | 4 | 8 | 16, [RGB] = 8 | 16,       [INDEXED] = 1 | 2 | 4 | 8,
        [GREY_ALPHA] = 8 | 16,       [RGB_ALPHA] = 8 | 16,
    };
    unsigned depth;

    if (!span_eq(c.type, S("IHDR")) || c.body.n != 13)
        return fault(g, S("has a damaged header"));
    depth = photo_u8(c.body, 8);
    g->header = c.whole;
    g->width = photo_u32(c.body, 0);
    g->height = photo_u32(c.body, 4);
    g->depth = (uint8_t)depth;
    g->colour = photo_u8(c.body, 9);
    if (g->colour >= COUNT(depths) || (depths[g->colour] & depth) == 0 || (depth & (depth - 1)) != 0 ||
        photo_u16(c.body, 10) != 0 || photo_u8(c.body, 12) > 1 || g->width > LENGTH_MOST || g->height > LENGTH_MOST)
        return fault(g, S("has a damaged header"));
    return photo_check_size(g->width, g->height, &g->fault);
}

static bool transparency_fits(const struct png *g, size_t n)
{
    switch (g->colour) {
    case GREY:
        return n == 2;
    case RGB:
        return n == 6;
    case INDEXED:
        return n > 0 && n <= g->progress.entries;
    default:
        return false;
    }
}

static bool extra_fits(const struct png *g, struct span type, size_t n)
{
    static const uint8_t sbit[] = {[GREY] = 1, [RGB] = 3, [INDEXED] = 3, [GREY_ALPHA] = 2, [RGB_ALPHA] = 4};
    bool grey = g->colour == GREY || g->colour == GREY_ALPHA;

    if (span_eq(type, S("gAMA")))
        return n == 4;
    if (span_eq(type, S("cHRM")))
        return n == 32;
    if (span_eq(type, S("sRGB")))
        return n == 1;
    if (span_eq(type, S("sBIT")))
        return n == sbit[g->colour];
    if (span_eq(type, S("tRNS")))
        return transparency_fits(g, n);
    if (span_eq(type, S("bKGD")))
        return g->colour == INDEXED ? n == 1 && g->progress.entries > 0 : n == (grey ? 2 : 6);
    return span_eq(type, S("iCCP")) || n == 9; /* pHYs */
}

/* How many bytes of `stream` make up a whole compressed profile, 0 when they do not. RC_IO: no memory. */
static enum rc measure_profile(struct span stream, size_t *len_out)
{
    char window[16384];
    z_stream z = {.next_in = (const Bytef *)stream.p, .avail_in = (uInt)stream.n};
    uint32_t len = 0;
    int state = inflateInit(&z);

    *len_out = 0;
    if (state != Z_OK)
        return RC_IO;
    while (state == Z_OK && z.total_out <= PROFILE_MOST) {
        bool first = z.total_out == 0;

        z.next_out = (Bytef *)window;
        z.avail_out = sizeof window;
        state = inflate(&z, Z_NO_FLUSH);
        if (first)
            len = photo_icc_len((struct span){window, sizeof window - z.avail_out});
    }
    if (state == Z_STREAM_END && len > 0 && z.total_out == len)
        *len_out = z.total_in;
    (void)inflateEnd(&z);
    return state == Z_MEM_ERROR ? RC_IO : RC_OK;
}

/* W3C PNG §11.3.2.3: a name, a zero byte, the method (0), the stream. */
static enum rc note_profile(struct png *g, struct span body)
{
    size_t name = span_find_char(body, '\0');
    struct span stream;
    size_t len;
    enum rc rc;

    if (name == SPAN_NONE || body.n - name < 3 || body.p[name + 1] != 0)
        return RC_OK;
    stream = span_from(body, name + 2);
    rc = measure_profile(stream, &len);
    if (rc != RC_OK)
        g->fault = S("not read: memory ran out");
    g->profile = span_sub(stream, 0, len);
    return rc;
}

static void put_profile(struct png *g)
{
    struct span head = S("iCCPicc\0\0"); /* the chunk's type, then a name, then the method */
    uint32_t crc = checksum(head, g->profile);

    if (g->profile.n == 0)
        return;
    photo_put_u32(&g->out, (uint32_t)(head.n - 4 + g->profile.n));
    photo_put(&g->out, head);
    photo_put(&g->out, g->profile);
    photo_put_u32(&g->out, crc);
}

static enum rc take_ancillary(struct png *g, struct chunk c)
{
    struct progress *p = &g->progress;
    size_t row = 0;
    const struct extra *extra;
    enum rc rc = RC_OK;

    if (span_eq(c.type, S("eXIf")) && g->out.p == NULL && !g->exif) {
        g->exif = true;
        g->orientation = photo_orientation_of(c.body);
    }
    while (row < COUNT(extras) && !span_eq(extras[row].type, c.type))
        row++;
    if (row == COUNT(extras))
        return RC_OK;
    extra = &extras[row];
    if (p->data || (p->seen & 1U << row) != 0 || (extra->before_palette && p->entries > 0) ||
        (extra->after_palette && g->colour == INDEXED && p->entries == 0) || !extra_fits(g, c.type, c.body.n))
        return RC_OK;
    p->seen |= 1U << row;
    if (!span_eq(c.type, S("iCCP"))) {
        photo_put(&g->out, c.whole);
        return RC_OK;
    }
    if (g->out.p == NULL)
        rc = note_profile(g, c.body);
    if (rc == RC_OK)
        put_profile(g);
    return rc;
}

static enum rc take_palette(struct png *g, struct chunk c)
{
    struct progress *p = &g->progress;

    if (p->data || p->entries > 0 || g->colour == GREY || g->colour == GREY_ALPHA || c.body.n == 0 ||
        c.body.n % 3 != 0 || c.body.n > 3 * (g->colour == INDEXED ? (size_t)1 << g->depth : 256))
        return fault(g, S("has a damaged palette"));
    p->entries = (unsigned)(c.body.n / 3);
    photo_put(&g->out, c.whole);
    return RC_OK;
}

static enum rc take_data(struct png *g, struct chunk c)
{
    if (g->progress.data_over)
        return fault(g, S("has its picture in pieces"));
    if (g->colour == INDEXED && g->progress.entries == 0)
        return fault(g, S("has no palette"));
    g->progress.data = true;
    photo_put(&g->out, c.whole);
    return RC_OK;
}

static enum rc take_chunk(struct png *g, struct chunk c)
{
    if (span_eq(c.type, S("IDAT")))
        return take_data(g, c);
    g->progress.data_over = g->progress.data;
    if ((photo_u8(c.type, 0) & 0x20) != 0) /* a small first letter: ancillary */
        return take_ancillary(g, c);
    if (span_eq(c.type, S("PLTE")))
        return take_palette(g, c);
    return fault(g, S("a kind of PNG that browsers do not show"));
}

/* From the signature to IEND; what follows is not looked at. */
static enum rc walk(struct png *g)
{
    struct chunk c;
    enum rc rc;

    g->at = sizeof SIGNATURE - 1;
    g->progress = (struct progress){0};
    rc = next_chunk(g, &c);
    if (rc == RC_OK)
        rc = note_header(g, c);
    while (rc == RC_OK) {
        rc = next_chunk(g, &c);
        if (rc == RC_OK && span_eq(c.type, S("IEND")))
            break;
        if (rc == RC_OK)
            rc = take_chunk(g, c);
    }
    if (rc != RC_OK)
        return rc;
    if (!g->progress.data || c.body.n != 0)
        return fault(g, S("ends before the picture does"));
    photo_put(&g->out, c.whole);
    return RC_OK;
}

static void put_head(struct png *g)
{
    char bytes[PHOTO_TIFF_LEN];
    struct photo_sink tiff = {.p = bytes, .room = sizeof bytes};

    photo_put(&g->out, S(SIGNATURE));
    photo_put(&g->out, g->header);
    if (g->orientation == 1)
        return;
    photo_put_tiff(&tiff, g->orientation);
    put_chunk(&g->out, S("eXIf"), (struct span){bytes, tiff.n});
}

enum rc photo_png_clean(struct arena *a, struct span file, struct photo *photo_out, struct span *fault_out)
{
    struct png g = {.file = file, .orientation = 1};
    enum rc rc = walk(&g);

    if (rc != RC_OK) {
        *fault_out = g.fault;
        return rc;
    }
    put_head(&g);
    g.out = (struct photo_sink){.p = arena_alloc(a, g.out.n), .room = g.out.n};
    put_head(&g);
    rc = walk(&g);
    CHECK(rc == RC_OK && g.out.n == g.out.room);
    *photo_out = (struct photo){
        .kind = PHOTO_PNG,
        .width = g.width,
        .height = g.height,
        .orientation = g.orientation,
        .bytes = {g.out.p, g.out.n},
    };
    return RC_OK;
}
