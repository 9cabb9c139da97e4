/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See make.h.
 */
#include "make.h"

#include <openssl/evp.h>
#include <string.h>
#include <zlib.h>

struct make make_begin(struct arena *a)
{
    struct make m = {a, buf_new(a, (size_t)64 * 1024 * 1024), ARENA_ARRAY(a, size_t, MAKE_OBJECTS), 0};

    buf_put(m.b, S("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n"));
    return m;
}

static void begin_object(struct make *m, unsigned number)
{
    CHECK(number < MAKE_OBJECTS);
    m->offsets[number] = m->b->n;
    m->count = number > m->count ? number : m->count;
    buf_printf(m->b, "%u 0 obj\n", number);
}

void make_object(struct make *m, unsigned number, struct span body)
{
    begin_object(m, number);
    buf_put(m->b, body);
    buf_put(m->b, S("\nendobj\n"));
}

void make_stream(struct make *m, unsigned number, struct span entries, struct span bytes)
{
    begin_object(m, number);
    buf_printf(m->b, "<<%.*s/Length %zu>>\nstream\n", SPAN_ARGS(entries), bytes.n);
    buf_put(m->b, bytes);
    buf_put(m->b, S("\nendstream\nendobj\n"));
}

struct span make_end(struct make *m, struct span extra)
{
    size_t at = m->b->n;

    buf_printf(m->b, "xref\n0 %u\n0000000000 65535 f \n", m->count + 1);
    for (unsigned i = 1; i <= m->count; i++)
        buf_printf(m->b, "%010zu 00000 %c \n", m->offsets[i], m->offsets[i] ? 'n' : 'f');
    buf_printf(m->b, "trailer\n<</Size %u/Root 1 0 R%.*s>>\nstartxref\n%zu\n%%%%EOF\n", m->count + 1, SPAN_ARGS(extra),
               at);
    CHECK(!buf_overflowed(m->b));
    return buf_span(m->b);
}

struct span make_pages(struct arena *a, const struct span *contents, size_t count, struct span page_extra)
{
    struct make m = make_begin(a);
    struct buf *kids = buf_new(a, (size_t)1024 * 1024);

    for (size_t i = 0; i < count; i++)
        buf_printf(kids, "%zu 0 R ", 4 + 2 * i);
    make_object(&m, 1, S("<</Type/Catalog/Pages 2 0 R>>"));
    make_object(&m, 2, arena_printf(a, "<</Type/Pages/Count %zu/Kids[%.*s]>>", count, SPAN_ARGS(buf_span(kids))));
    make_object(&m, 3,
                S("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding"
                  "/BaseEncoding/WinAnsiEncoding/Differences[1/fi/ffl]>>>>"));
    for (size_t i = 0; i < count; i++) {
        struct span box = span_find(page_extra, S("/MediaBox")) == SPAN_NONE ? S("/MediaBox[0 0 612 792]") : S("");

        make_object(&m, (unsigned)(4 + 2 * i),
                    arena_printf(a,
                                 "<</Type/Page/Parent 2 0 R%.*s%.*s/Resources<</Font<</F 3 0 R>>>>/Contents %zu 0 R>>",
                                 SPAN_ARGS(box), SPAN_ARGS(page_extra), 5 + 2 * i));
        make_stream(&m, (unsigned)(5 + 2 * i), S(""), contents[i]);
    }
    return make_end(&m, S(""));
}

struct span make_text(struct arena *a, int x, int y, int size, const char *text)
{
    return arena_printf(a, "BT /F %d Tf %d %d Td (%s) Tj ET\n", size, x, y, text);
}

struct span make_lines(struct arena *a, const char *const *lines, size_t count)
{
    struct buf *b = buf_new(a, (size_t)64 * 1024);

    for (size_t i = 0; i < count; i++)
        buf_put(b, make_text(a, 72, 720 - 15 * (int)i, 12, lines[i]));
    return buf_span(b);
}

/* ---- encryption: PDF 1.7 §7.6, revision 2 ---- */

static const unsigned char pad[32] = "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
                                     "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";

static void rc4(const unsigned char *key, size_t key_len, struct span from, char *to)
{
    unsigned char s[256];
    unsigned j = 0;

    for (unsigned i = 0; i < 256; i++)
        s[i] = (unsigned char)i;
    for (unsigned i = 0; i < 256; i++) {
        unsigned char t = s[i];

        j = (j + t + key[i % key_len]) & 0xFF;
        s[i] = s[j];
        s[j] = t;
    }
    j = 0;
    for (size_t n = 0; n < from.n; n++) {
        unsigned i = (unsigned)(n + 1) & 0xFF;
        unsigned char t = s[i];

        j = (j + t) & 0xFF;
        s[i] = s[j];
        s[j] = t;
        to[n] = (char)(from.p[n] ^ (char)s[(s[i] + t) & 0xFF]);
    }
}

static void md5(struct arena *a, struct span of, unsigned char out[16])
{
    (void)a;
    CHECK(EVP_Digest(of.p, of.n, out, NULL, EVP_md5(), NULL) == 1);
}

static void put_hex(struct buf *b, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(b, "%02X", (unsigned char)p[i]);
}

struct span make_locked(struct arena *a, struct span content, bool with_password)
{
    struct make m = make_begin(a);
    struct buf *seed = buf_new(a, 256);
    struct buf *locks = buf_new(a, 1024);
    unsigned char key[16];
    unsigned char object_key[16];
    char user[32];
    char *locked = arena_alloc(a, content.n);

    buf_put(seed, (struct span){(const char *)pad, 32}); /* the empty password */
    for (unsigned i = 0; i < 32; i++)
        buf_char(seed, 'O');
    buf_put(seed, S("\xFC\xFF\xFF\xFF"));
    buf_put(seed, S("0123456789abcdef"));
    md5(a, buf_span(seed), key);
    rc4(key, 5, (struct span){(const char *)pad, 32}, user);
    if (with_password)
        user[7] = (char)(user[7] ^ 0x55);
    {
        const struct span of_object =
            arena_join(a, (struct span[]){{(const char *)key, 5}, S("\x05\0\0\0\0")}, 2); /* object 5, generation 0 */

        md5(a, of_object, object_key);
        rc4(object_key, 10, content, locked);
    }
    make_object(&m, 1, S("<</Type/Catalog/Pages 2 0 R>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 1/Kids[4 0 R]>>"));
    make_object(&m, 3, S("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"));
    make_object(&m, 4,
                S("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R>>"));
    make_stream(&m, 5, S(""), (struct span){locked, content.n});
    buf_put(locks, S("/ID[<30313233343536373839616263646566><30313233343536373839616263646566>]"
                     "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"));
    for (unsigned i = 0; i < 32; i++)
        buf_put(locks, S("4F"));
    buf_put(locks, S(">/U<"));
    put_hex(locks, user, sizeof user);
    buf_put(locks, S(">>>"));
    return make_end(&m, buf_span(locks));
}

/* ---- deflate ---- */

struct span make_deflated(struct arena *a, struct span plain)
{
    uLongf n = compressBound(plain.n);
    char *p = arena_alloc(a, n);

    CHECK(compress2((Bytef *)p, &n, (const Bytef *)plain.p, plain.n, 9) == Z_OK);
    return (struct span){p, n};
}

struct span make_inflated(struct arena *a, struct span packed)
{
    const size_t most = (size_t)64 * 1024 * 1024;
    z_stream z = {0};
    char *p = arena_alloc(a, most);

    CHECK(inflateInit(&z) == Z_OK);
    z.next_in = (Bytef *)packed.p;
    z.avail_in = (uInt)packed.n;
    z.next_out = (Bytef *)p;
    z.avail_out = (uInt)most;
    (void)inflate(&z, Z_FINISH);
    (void)inflateEnd(&z);
    return (struct span){p, most - z.avail_out};
}
