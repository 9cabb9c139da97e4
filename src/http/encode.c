/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Content codings over zlib and libbrotlienc, and RFC 9110 §12.5.3 for the choice.
 */
#include "http/encode.h"

#include <brotli/encode.h>
#include <zlib.h>

enum { GZIP_LEVEL = 6, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8, BROTLI_LEVEL = 5, BODY_MAX = 256 * 1024 * 1024 };

static const struct span names[HTTP_ENCODINGS] = {
    [HTTP_IDENTITY] = SPAN_INIT("identity"),
    [HTTP_GZIP] = SPAN_INIT("gzip"),
    [HTTP_BROTLI] = SPAN_INIT("br"),
};

struct span http_encoding_name(enum http_encoding encoding)
{
    return names[encoding];
}

/* Whether the parameters of one entry leave it allowed: every q that is not zero does. A q that is none refuses. */
static bool allowed(struct span params)
{
    struct span param;
    struct span key;
    struct span value;

    while (span_next(&params, ';', &param)) {
        if (!span_cut(span_trim(param), '=', &key, &value) || !span_eq_nocase(span_trim(key), S("q")))
            continue;
        value = span_trim(value);
        if (value.n == 0 || value.n > 5 || (value.p[0] != '0' && value.p[0] != '1') ||
            (value.n > 1 && value.p[1] != '.'))
            return false;
        if (value.p[0] == '1')
            return true;
        for (size_t i = 2; i < value.n; i++)
            if (value.p[i] >= '1' && value.p[i] <= '9')
                return true;
        return false;
    }
    return true;
}

enum http_encoding http_encoding_choose(struct span accept, unsigned have)
{
    bool named[HTTP_ENCODINGS] = {false};
    bool takes[HTTP_ENCODINGS] = {false};
    bool any = false;
    struct span entry;
    struct span coding;
    struct span params;

    while (span_next(&accept, ',', &entry)) {
        (void)span_cut(entry, ';', &coding, &params);
        coding = span_trim(coding);
        if (span_eq(coding, S("*")))
            any = allowed(params);
        for (unsigned e = HTTP_IDENTITY; e < HTTP_ENCODINGS; e++) {
            if (!span_eq_nocase(coding, names[e]) && !(e == HTTP_GZIP && span_eq_nocase(coding, S("x-gzip"))))
                continue;
            takes[e] = allowed(params) && (takes[e] || !named[e]);
            named[e] = true;
        }
    }
    for (unsigned e = HTTP_ENCODINGS - 1; e > HTTP_IDENTITY; e--)
        if ((have & 1U << e) && (named[e] ? takes[e] : any))
            return (enum http_encoding)e;
    return HTTP_IDENTITY;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): zlib writes through it */
static enum rc gzip(struct span body, Bytef *room, size_t *room_len)
{
    z_stream z = {
        .next_in = (z_const Bytef *)body.p, .avail_in = (uInt)body.n, .next_out = room, .avail_out = (uInt)*room_len};
    int status;

    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return RC_IO;
    status = deflate(&z, Z_FINISH);
    *room_len = z.total_out;
    (void)deflateEnd(&z);
    return status == Z_STREAM_END ? RC_OK : RC_LIMIT;
}

static enum rc brotli(struct span body, char *room, size_t *room_len)
{
    BrotliEncoderState *s = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *next_in = (const uint8_t *)body.p;
    uint8_t *next_out = (uint8_t *)room;
    size_t in = body.n;
    size_t out = *room_len;
    bool done;

    if (s == NULL)
        return RC_IO;
    done = BrotliEncoderSetParameter(s, BROTLI_PARAM_QUALITY, BROTLI_LEVEL) &&
           BrotliEncoderSetParameter(s, BROTLI_PARAM_SIZE_HINT, (uint32_t)body.n) &&
           BrotliEncoderCompressStream(s, BROTLI_OPERATION_FINISH, &in, &next_in, &out, &next_out, NULL) &&
           BrotliEncoderIsFinished(s);
    *room_len -= out;
    BrotliEncoderDestroyInstance(s);
    return done ? RC_OK : RC_LIMIT;
}

enum rc http_encode(struct arena *a, enum http_encoding encoding, struct span body, struct span *out)
{
    size_t n = body.n ? body.n - 1 : 0; /* what does not fit in less than the body is not worth it */
    enum rc rc = RC_LIMIT;
    char *room;

    *out = body;
    if (encoding == HTTP_IDENTITY)
        return RC_OK;
    if (n == 0 || body.n > BODY_MAX)
        return RC_LIMIT;
    room = arena_alloc(a, n);
    if (encoding == HTTP_GZIP)
        rc = gzip(body, (Bytef *)room, &n);
    else if (encoding == HTTP_BROTLI)
        rc = brotli(body, room, &n);
    if (rc == RC_OK)
        *out = (struct span){room, n};
    return rc;
}
