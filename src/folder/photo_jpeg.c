/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * JPEG (ITU T.81): walks the markers and keeps frame, tables, scans, and the profile; see photo_impl.h for the walks.
 *
 * JFIF, Adobe and orientation are read from before the first scan, where decoders look for them, and written anew right
 * after SOI. Every kept segment has exactly the length that its contents call for: nothing rides along at its end.
 * Invariant: the second walk decides by the same tests as the first; what the first noted does not change any more.
 */
#include "folder/photo_impl.h"

#include <string.h>

enum {
    SOF0 = 0xC0, /* baseline */
    SOF1 = 0xC1, /* extended */
    SOF2 = 0xC2, /* progressive */
    SOF9 = 0xC9, /* the last two again, with arithmetic coding */
    SOF10 = 0xCA,
    DHT = 0xC4,
    DAC = 0xCC,
    RST0 = 0xD0,
    RST7 = 0xD7,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
    DNL = 0xDC,
    DRI = 0xDD,
    APP0 = 0xE0,
    APP1 = 0xE1,
    APP2 = 0xE2,
    APP14 = 0xEE,
    APP15 = 0xEF,
    COM = 0xFE,
};

enum { COMPONENTS_MOST = 4, ICC_HEAD = 14, ICC_CHUNKS_MOST = 255, ADOBE_LEN = 12, JFIF_LEN = 14 };

struct frame {
    uint32_t width, height;
    unsigned components;
    uint8_t ids[COMPONENTS_MOST];
    unsigned scanned; /* a bit for each component that had a scan */
    bool scanning;    /* the first scan was there */
    uint16_t restart; /* units between restart markers, 0: no such markers */
};

struct jpeg {
    struct span file;
    size_t at;
    struct photo_sink out;
    struct span fault;
    struct frame frame; /* anew in each walk */

    bool jfif, exif, adobe; /* from here on: noted in the first walk */
    uint8_t transform;
    uint8_t orientation;
    bool icc_bad;
    unsigned icc_count;
    uint32_t icc_len;
    struct span icc[ICC_CHUNKS_MOST + 1]; /* by number, from 1 */
};

static enum rc fault(struct jpeg *j, struct span why)
{
    j->fault = why;
    return RC_INVALID;
}

static enum rc bad_table(struct jpeg *j)
{
    return fault(j, S("has a damaged table"));
}

static enum rc check_quantization(struct jpeg *j, struct span body)
{
    size_t at = 0;

    while (at < body.n) {
        uint8_t head = photo_u8(body, at);

        if (head >> 4 > 1 || (head & 15) > 3)
            return bad_table(j);
        at += 1 + 64 * (size_t)(1 + (head >> 4));
    }
    return at == body.n && at > 0 ? RC_OK : bad_table(j);
}

static enum rc check_huffman(struct jpeg *j, struct span body)
{
    size_t at = 0;

    while (at < body.n) {
        size_t codes = 0;

        if (body.n - at < 17 || photo_u8(body, at) >> 4 > 1 || (photo_u8(body, at) & 15) > 3)
            return bad_table(j);
        for (size_t i = 1; i <= 16; i++)
            codes += photo_u8(body, at + i);
        if (codes > 256)
            return bad_table(j);
        at += 17 + codes;
    }
    return at == body.n && at > 0 ? RC_OK : bad_table(j);
}

static enum rc check_conditioning(struct jpeg *j, struct span body)
{
    for (size_t at = 0; at + 1 < body.n; at += 2)
        if (photo_u8(body, at) >> 4 > 1 || (photo_u8(body, at) & 15) > 3)
            return bad_table(j);
    return body.n > 0 && body.n % 2 == 0 ? RC_OK : bad_table(j);
}

static enum rc check_restart(struct jpeg *j, struct span body)
{
    if (body.n != 2)
        return bad_table(j);
    j->frame.restart = photo_u16(body, 0);
    return RC_OK;
}

/* T.81 §B.2.2: precision, height, width, then three bytes a component. */
static enum rc check_frame(struct jpeg *j, struct span body)
{
    struct frame *f = &j->frame;
    unsigned count = body.n > 5 ? photo_u8(body, 5) : 0;

    if (f->components > 0)
        return fault(j, S("has two pictures in one"));
    if (count == 0 || body.n != 6 + 3 * (size_t)count)
        return fault(j, S("has a damaged header"));
    if (photo_u8(body, 0) != 8 || count == 2 || count > COMPONENTS_MOST)
        return fault(j, S("a kind of JPEG that browsers do not show"));
    f->height = photo_u16(body, 1);
    f->width = photo_u16(body, 3);
    for (unsigned i = 0; i < count; i++) {
        uint8_t sampling = photo_u8(body, 7 + 3 * (size_t)i);

        f->ids[i] = photo_u8(body, 6 + 3 * (size_t)i);
        if (sampling >> 4 < 1 || sampling >> 4 > 4 || (sampling & 15) < 1 || (sampling & 15) > 4 ||
            photo_u8(body, 8 + 3 * (size_t)i) > 3 || memchr(f->ids, f->ids[i], i) != NULL)
            return fault(j, S("has a damaged header"));
    }
    f->components = count;
    return photo_check_size(f->width, f->height, &j->fault);
}

static enum rc check_scan(struct jpeg *j, struct span body)
{
    struct frame *f = &j->frame;
    unsigned count = body.n > 0 ? photo_u8(body, 0) : 0;

    if (f->components == 0 || count == 0 || count > f->components || body.n != 4 + 2 * (size_t)count)
        return fault(j, S("has a damaged scan"));
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *id = memchr(f->ids, photo_u8(body, 1 + 2 * (size_t)i), f->components);

        if (id == NULL)
            return fault(j, S("has a damaged scan"));
        f->scanned |= 1U << (id - f->ids);
    }
    f->scanning = true;
    return RC_OK;
}

/* Coded data up to the next marker that is neither a stuffed FF nor a restart. */
static enum rc take_coded(struct jpeg *j)
{
    size_t start = j->at;
    uint8_t restart = RST0;

    for (;;) {
        const char *ff = memchr(j->file.p + j->at, 0xFF, j->file.n - j->at);
        uint8_t next;

        j->at = ff ? (size_t)(ff - j->file.p) : j->file.n;
        if (j->file.n - j->at < 2)
            return fault(j, S("ends before the picture does"));
        next = photo_u8(j->file, j->at + 1);
        if (next == 0xFF) { /* any marker may have more of them before it */
            j->at += 1;
        } else if (next == 0) {
            j->at += 2;
        } else if (next >= RST0 && next <= RST7) {
            if (next != restart || j->frame.restart == 0)
                return fault(j, S("has a damaged scan"));
            restart = restart == RST7 ? RST0 : (uint8_t)(restart + 1);
            j->at += 2;
        } else {
            break;
        }
    }
    if (j->at == start)
        return fault(j, S("has an empty scan"));
    photo_put(&j->out, span_sub(j->file, start, j->at - start));
    return RC_OK;
}

/* ICC.1 annex B.4: which of how many, from 1, and a part of the profile. */
static void note_icc(struct jpeg *j, struct span body)
{
    unsigned number = photo_u8(body, 12);
    unsigned count = photo_u8(body, 13);

    if (number == 0 || number > count || (j->icc_count > 0 && count != j->icc_count) || j->icc[number].p) {
        j->icc_bad = true;
        return;
    }
    j->icc_count = count;
    j->icc[number] = span_from(body, ICC_HEAD);
}

static void note_app(struct jpeg *j, uint8_t marker, struct span body)
{
    if (j->out.p || j->frame.scanning)
        return;
    if (marker == APP0 && body.n >= JFIF_LEN && span_starts(body, S("JFIF\0"))) {
        j->jfif = true;
    } else if (marker == APP1 && body.n >= 6 && span_starts(body, S("Exif\0")) && !j->exif) {
        j->exif = true;
        j->orientation = photo_orientation_of(span_from(body, 6));
    } else if (marker == APP2 && body.n >= ICC_HEAD && span_starts(body, S("ICC_PROFILE\0"))) {
        note_icc(j, body);
    } else if (marker == APP14 && body.n >= ADOBE_LEN && span_starts(body, S("Adobe"))) {
        j->adobe = true;
        j->transform = photo_u8(body, 11);
    }
}

/* A profile that a decoder would refuse is left out. What lies behind its end goes: `icc_count` shrinks to what holds
 * the profile. */
static void settle_icc(struct jpeg *j)
{
    uint32_t len = j->icc_bad || j->icc_count == 0 ? 0 : photo_icc_len(j->icc[1]);
    size_t total = 0;
    unsigned needed = 0;

    for (unsigned i = 1; i <= j->icc_count; i++) {
        if (j->icc[i].p == NULL)
            len = 0;
        if (total < len)
            needed = i;
        total += j->icc[i].n;
    }
    j->icc_count = len > 0 && len <= total ? needed : 0;
    j->icc_len = len;
}

static void put_icc(struct jpeg *j)
{
    size_t left = j->icc_len;

    for (unsigned i = 1; i <= j->icc_count; i++) {
        struct span part = span_sub(j->icc[i], 0, left);

        photo_put(&j->out, S("\xFF\xE2"));
        photo_put_u16(&j->out, (uint32_t)(2 + ICC_HEAD + part.n));
        photo_put(&j->out, S("ICC_PROFILE\0"));
        photo_put_u16(&j->out, i << 8 | j->icc_count);
        photo_put(&j->out, part);
        left -= part.n;
    }
}

static void put_head(struct jpeg *j)
{
    photo_put(&j->out, S("\xFF\xD8"));
    if (j->jfif) /* 1.01, square pixels, no small copy */
        photo_put(&j->out, S("\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    if (j->orientation != 1) {
        photo_put(&j->out, S("\xFF\xE1"));
        photo_put_u16(&j->out, 2 + 6 + PHOTO_TIFF_LEN);
        photo_put(&j->out, S("Exif\0\0"));
        photo_put_tiff(&j->out, j->orientation);
    }
    put_icc(j);
    if (j->adobe) { /* version 100, no flags, the colour transform; decoders take an unknown one as YCbCr or YCCK */
        uint8_t usual = j->frame.components == 4 ? 2 : 1;
        uint8_t transform = j->transform > 2 ? usual : j->transform;

        photo_put(&j->out, S("\xFF\xEE\0\x0E"
                             "Adobe\0\x64\0\0\0\0"));
        photo_put(&j->out, (struct span){(const char *)&transform, 1});
    }
}

static enum rc next_marker(struct jpeg *j, uint8_t *marker_out)
{
    size_t start = j->at;

    while (j->at < j->file.n && photo_u8(j->file, j->at) == 0xFF)
        j->at++;
    if (j->at == j->file.n)
        return fault(j, S("ends before the picture does"));
    if (j->at == start)
        return fault(j, S("has stray bytes between its segments"));
    *marker_out = photo_u8(j->file, j->at++);
    return RC_OK;
}

/* The segment's contents, without its length. */
static enum rc next_body(struct jpeg *j, struct span *body_out)
{
    size_t left = j->file.n - j->at;
    size_t len = left < 2 ? 0 : photo_u16(j->file, j->at);

    if (left < 2 || len > left)
        return fault(j, S("ends in the middle of a segment"));
    if (len < 2)
        return fault(j, S("has a segment of impossible length"));
    *body_out = span_sub(j->file, j->at + 2, len - 2);
    j->at += len;
    return RC_OK;
}

static enum rc check_segment(struct jpeg *j, uint8_t marker, struct span body)
{
    switch (marker) {
    case SOF0:
    case SOF1:
    case SOF2:
    case SOF9:
    case SOF10:
        return check_frame(j, body);
    case DHT:
        return check_huffman(j, body);
    case DAC:
        return check_conditioning(j, body);
    case DQT:
        return check_quantization(j, body);
    case DRI:
        return check_restart(j, body);
    case SOS:
        return check_scan(j, body);
    default: /* lossless, hierarchical, and markers set aside for what never came; DNL, which only old scanners wrote */
        return fault(j, S("a kind of JPEG that browsers do not show"));
    }
}

static enum rc take_segment(struct jpeg *j, uint8_t marker)
{
    struct span body;
    const char head[2] = {(char)0xFF, (char)marker};
    enum rc rc;

    if (marker < SOF0 || (marker >= RST0 && marker <= SOI))
        return fault(j, S("has a marker where none may be"));
    rc = next_body(j, &body);
    if (rc != RC_OK)
        return rc;
    if (marker == COM)
        return RC_OK;
    if (marker >= APP0 && marker <= APP15) {
        note_app(j, marker, body);
        return RC_OK;
    }
    rc = check_segment(j, marker, body);
    if (rc != RC_OK)
        return rc;
    photo_put(&j->out, (struct span){head, sizeof head});
    photo_put_u16(&j->out, (uint32_t)body.n + 2);
    photo_put(&j->out, body);
    return marker == SOS ? take_coded(j) : RC_OK;
}

/* From after SOI to EOI; what follows is not looked at: further pictures, films, a maker's trailer. */
static enum rc walk(struct jpeg *j)
{
    j->at = 2;
    j->frame = (struct frame){0};
    for (;;) {
        uint8_t marker;
        enum rc rc = next_marker(j, &marker);

        if (rc == RC_OK && marker == EOI)
            break;
        if (rc == RC_OK)
            rc = take_segment(j, marker);
        if (rc != RC_OK)
            return rc;
    }
    if (j->frame.components == 0 || j->frame.scanned != (1U << j->frame.components) - 1)
        return fault(j, S("ends before the picture does"));
    photo_put(&j->out, S("\xFF\xD9"));
    return RC_OK;
}

enum rc photo_jpeg_clean(struct arena *a, struct span file, struct photo *photo_out, struct span *fault_out)
{
    struct jpeg j = {.file = file, .orientation = 1};
    enum rc rc = walk(&j);

    if (rc != RC_OK) {
        *fault_out = j.fault;
        return rc;
    }
    settle_icc(&j);
    put_head(&j);
    j.out = (struct photo_sink){.p = arena_alloc(a, j.out.n), .room = j.out.n};
    put_head(&j);
    rc = walk(&j);
    CHECK(rc == RC_OK && j.out.n == j.out.room);
    *photo_out = (struct photo){
        .kind = PHOTO_JPEG,
        .width = j.frame.width,
        .height = j.frame.height,
        .orientation = j.orientation,
        .bytes = {j.out.p, j.out.n},
    };
    return RC_OK;
}
