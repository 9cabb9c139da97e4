/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The public copy: a PDF of drawn pages, with the words that it is given laid under them to be searched and heard.
 *
 * Written by hand, so that nothing is in it but what is put there: no object of the original, no Info, no ID, no date,
 * no name of a program. The same pages and words give the same bytes. The words' font has no shapes at all (Type 3,
 * PDF 1.7 §9.6.5), so it needs no file and can show nothing.
 */
#include "paper/mu.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    CODES = 255, /* letters of one font; code 0 is none */
    LETTERS = 0x110000,
    PART = 16 * 1024 * 1024,
    OBJECT_CATALOG = 1,
    OBJECT_PAGES,
    OBJECT_GLYPH,
    OBJECT_FONTS, /* two each: the font, what its codes mean */
    GLYPH_WIDTH = 600,
};

struct copy {
    struct mu *mu;
    struct arena *arena; /* as long as the copy */
    struct buf *out;     /* not sent yet; in the page's arena */
    uint64_t sent;
    uint64_t *offsets; /* of objects, by number */
    uint32_t object_count;
    uint32_t *letter_of; /* by code point: its place among all, from 1; 0: not used */
    uint32_t *letters;
    uint32_t letter_count;
    uint32_t font_count;
};

/* ---- out ---- */

static void send_bytes(struct copy *c, struct span bytes)
{
    struct buf *head = buf_new(c->mu->arena, 16);

    wire_u32(head, c->mu->page);
    while (bytes.n) {
        struct span part = span_sub(bytes, 0, PART);

        helper_write_two(WIRE_PART, buf_span(head), part);
        c->sent += part.n;
        bytes = span_from(bytes, part.n);
    }
}

static void flush(struct copy *c)
{
    if (buf_overflowed(c->out))
        helper_fault(PAPER_MEMORY, c->mu->page);
    send_bytes(c, buf_span(c->out));
    c->out = buf_new(c->mu->arena, PART);
}

static void begin_object(struct copy *c, uint32_t number)
{
    CHECK(number <= c->object_count);
    c->offsets[number] = c->sent + c->out->n;
    buf_printf(c->out, "%u 0 obj\n", number);
}

static void end_object(struct copy *c)
{
    buf_put(c->out, S("endobj\n"));
}

/* `entries` are the dictionary's, without its length and without << >>. */
static void put_stream(struct copy *c, uint32_t number, struct span entries, struct span bytes)
{
    begin_object(c, number);
    buf_printf(c->out, "<<%.*s/Length %zu>>\nstream\n", SPAN_ARGS(entries), bytes.n);
    flush(c);
    send_bytes(c, bytes);
    buf_put(c->out, S("\nendstream\n"));
    end_object(c);
}

static struct span deflated(struct copy *c, struct span plain)
{
    uLongf n = compressBound(plain.n);
    unsigned char *p = malloc(n);

    if (p == NULL || compress2(p, &n, (const unsigned char *)plain.p, plain.n, 6) != Z_OK)
        helper_fault(PAPER_MEMORY, c->mu->page);
    return (struct span){(const char *)p, n};
}

static void put_deflated(struct copy *c, uint32_t number, struct span entries, struct span plain)
{
    struct span packed = deflated(c, plain);

    put_stream(c, number, arena_printf(c->mu->arena, "/Filter/FlateDecode%.*s", SPAN_ARGS(entries)), packed);
    free((char *)packed.p);
}

/* ---- fonts ---- */

static void collect_letters(struct copy *c)
{
    const struct mu_request *request = c->mu->request;
    uint32_t letter;

    for (uint32_t i = 0; i < request->look_count; i++)
        for (uint32_t w = 0; w < request->words[i].count; w++)
            for (struct span rest = request->words[i].words[w].text; utf8_next(&rest, &letter);)
                c->letter_of[letter] = 1;
    c->letter_of[' '] = 1;
    for (letter = 0; letter < LETTERS; letter++)
        if (c->letter_of[letter])
            c->letter_of[letter] = ++c->letter_count;
    c->letters = ARENA_ARRAY(c->arena, uint32_t, c->letter_count + 1);
    for (letter = 0; letter < LETTERS; letter++)
        if (c->letter_of[letter])
            c->letters[c->letter_of[letter]] = letter;
    c->font_count = (c->letter_count + CODES - 1) / CODES;
}

static void put_utf16(struct buf *b, uint32_t letter)
{
    if (letter >= 0x10000)
        buf_printf(b, "%04X%04X", 0xD7C0 + (letter >> 10), 0xDC00 + (letter & 0x3FF));
    else
        buf_printf(b, "%04X", letter);
}

/* What each code means, a hundred at a time (Adobe technical note 5014 allows no more). */
static void put_meanings(struct copy *c, uint32_t number, uint32_t first, uint32_t count)
{
    struct buf *b = buf_new(c->mu->arena, 64 * 1024);

    buf_put(b, S("/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName/U def\n/CMapType 2 def\n"
                 "1 begincodespacerange\n<00><FF>\nendcodespacerange\n"));
    for (uint32_t i = 0; i < count; i++) {
        if (i % 100 == 0)
            buf_printf(b, "%u beginbfchar\n", count - i < 100 ? count - i : 100);
        buf_printf(b, "<%02X><", i + 1);
        put_utf16(b, c->letters[first + i]);
        buf_put(b, S(">\n"));
        if (i % 100 == 99 || i + 1 == count)
            buf_put(b, S("endbfchar\n"));
    }
    buf_put(b, S("endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"));
    put_deflated(c, number, S(""), buf_span(b));
}

static void put_font(struct copy *c, uint32_t font)
{
    uint32_t first = font * CODES + 1;
    uint32_t count = c->letter_count - first + 1 < CODES ? c->letter_count - first + 1 : CODES;
    uint32_t number = OBJECT_FONTS + 2 * font;

    begin_object(c, number);
    buf_printf(c->out,
               "<</Type/Font/Subtype/Type3/FontBBox[0 -220 %u 780]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<</g %u 0 R>>"
               "/FirstChar 1/LastChar %u/ToUnicode %u 0 R/Encoding<</Type/Encoding/Differences[1",
               GLYPH_WIDTH, OBJECT_GLYPH, count, number + 1);
    for (uint32_t i = 0; i < count; i++)
        buf_put(c->out, S("/g"));
    buf_put(c->out, S("]>>/Widths["));
    for (uint32_t i = 0; i < count; i++)
        buf_printf(c->out, "%u ", GLYPH_WIDTH);
    buf_put(c->out, S("]>>\n"));
    end_object(c);
    put_meanings(c, number + 1, first, count);
}

/* ---- words ---- */

static void put_tenths(struct buf *b, int64_t tenths)
{
    if (tenths < 0)
        buf_char(b, '-');
    tenths = tenths < 0 ? -tenths : tenths;
    buf_printf(b, "%lld.%lld ", (long long)(tenths / 10), (long long)(tenths % 10));
}

/* Letters in as many fonts as they need, stretched to `width` tenths. */
static void put_text(struct copy *c, struct buf *b, struct span text, struct doc_box box, int32_t page_height)
{
    int64_t size = box.y1 - box.y0;
    int64_t width = box.x1 - box.x0;
    uint32_t font = UINT32_MAX;
    uint32_t letter;

    if (size <= 0 || width <= 0)
        return;
    /* Tz in percent: width / (letters × 0.6 size) */
    buf_printf(b, "%lld Tz ", (long long)(width * 100 * 1000 / ((int64_t)utf8_count(text) * GLYPH_WIDTH * size)));
    buf_put(b, S("1 0 0 1 "));
    put_tenths(b, box.x0);
    put_tenths(b, page_height - box.y1 + size * 22 / 100);
    buf_put(b, S("Tm "));
    while (utf8_next(&text, &letter)) {
        uint32_t place = c->letter_of[letter] - 1;

        if (place / CODES != font) {
            buf_printf(b, font == UINT32_MAX ? "/F%u " : "> Tj /F%u ", place / CODES);
            put_tenths(b, size);
            buf_put(b, S("Tf <"));
            font = place / CODES;
        }
        buf_printf(b, "%02X", place % CODES + 1);
    }
    buf_put(b, S("> Tj\n"));
}

/* The page's content: its picture, then its words. A space fills the gap between two words of a line. */
static struct span content_of(struct copy *c, const struct mu_words *words, fz_point size)
{
    struct buf *b = buf_new(c->mu->arena, WIRE_PART_MOST);
    int32_t height = (int32_t)lroundf(size.y * 10);

    buf_put(b, S("q "));
    put_tenths(b, lroundf(size.x * 10));
    buf_put(b, S("0 0 "));
    put_tenths(b, height);
    buf_put(b, S("0 0 cm /I Do Q\nBT 3 Tr\n"));
    for (uint32_t i = 0; i < words->count; i++) {
        const struct doc_word *word = &words->words[i];

        if (i && words->words[i - 1].line == word->line && words->words[i - 1].box.x1 < word->box.x0)
            put_text(c, b, S(" "),
                     (struct doc_box){words->words[i - 1].box.x1, word->box.y0, word->box.x0, word->box.y1}, height);
        put_text(c, b, word->text, word->box, height);
    }
    buf_put(b, S("ET\n"));
    if (buf_overflowed(b))
        helper_fault(PAPER_MANY_WORDS, c->mu->page);
    return buf_span(b);
}

/* ---- pictures ---- */

static bool is_grey(const fz_pixmap *drawn)
{
    for (int y = 0; y < drawn->h; y++) {
        const unsigned char *p = drawn->samples + (ptrdiff_t)y * drawn->stride;

        for (int x = 0; x < drawn->w; x++, p += 3)
            if (p[0] != p[1] || p[1] != p[2])
                return false;
    }
    return true;
}

static void to_grey(fz_pixmap *drawn)
{
    unsigned char *to = drawn->samples;

    for (int y = 0; y < drawn->h; y++)
        for (int x = 0; x < drawn->w; x++)
            *to++ = drawn->samples[(ptrdiff_t)y * drawn->stride + (ptrdiff_t)x * 3];
}

/* Each row as its difference to the one above (PNG's filter 2), packed. */
static struct span packed_rows(struct copy *c, const unsigned char *pixels, size_t row_n, size_t rows)
{
    unsigned char *plain = malloc((row_n + 1) * rows);
    struct span packed;

    if (plain == NULL)
        helper_fault(PAPER_MEMORY, c->mu->page);
    for (size_t y = 0; y < rows; y++) {
        unsigned char *to = plain + y * (row_n + 1);
        const unsigned char *row = pixels + y * row_n;

        *to++ = 2;
        for (size_t x = 0; x < row_n; x++)
            to[x] = (unsigned char)(row[x] - (y ? row[x - row_n] : 0));
    }
    packed = deflated(c, (struct span){(const char *)plain, (row_n + 1) * rows});
    free(plain);
    return packed;
}

static void put_picture(struct copy *c, uint32_t number, fz_pixmap *drawn)
{
    bool grey = is_grey(drawn);
    unsigned depth = grey ? 1 : 3;
    size_t width = (size_t)drawn->w;
    size_t height = (size_t)drawn->h;
    struct span parms = {0};
    struct span bytes;

    if (grey)
        to_grey(drawn);
    if (encode_is_print(drawn->samples, (uint32_t)width, (uint32_t)height, width * depth, depth)) {
        bytes = packed_rows(c, drawn->samples, width * depth, height);
        parms = arena_printf(c->mu->arena, "/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors %u/Columns %zu>>",
                             depth, width);
    } else {
        bytes.p = (const char *)encode_jpeg(drawn->samples, (uint32_t)width, (uint32_t)height, width * depth, depth,
                                            &bytes.n);
        parms = S("/Filter/DCTDecode");
    }
    if (bytes.p == NULL)
        helper_fault(PAPER_MEMORY, c->mu->page);
    put_stream(c, number,
               arena_printf(c->mu->arena,
                            "/Type/XObject/Subtype/Image/Width %zu/Height %zu/BitsPerComponent 8/ColorSpace/%s%.*s",
                            width, height, grey ? "DeviceGray" : "DeviceRGB", SPAN_ARGS(parms)),
               bytes);
    free((char *)bytes.p);
}

/* ---- pages ---- */

static uint32_t page_object(const struct copy *c, uint32_t place)
{
    return OBJECT_FONTS + 2 * c->font_count + 3 * place;
}

static void put_page(struct copy *c, uint32_t place)
{
    const struct mu_look *look = &c->mu->request->looks[place];
    uint32_t number = page_object(c, place);
    fz_point size;
    fz_pixmap *drawn = mu_draw_page(c->mu, look, fz_device_rgb(c->mu->ctx), &size);

    begin_object(c, number);
    buf_printf(c->out, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 ", OBJECT_PAGES);
    put_tenths(c->out, lroundf(size.x * 10));
    put_tenths(c->out, lroundf(size.y * 10));
    buf_printf(c->out, "]/Contents %u 0 R/Resources<</XObject<</I %u 0 R>>/Font<<", number + 1, number + 2);
    for (uint32_t i = 0; i < c->font_count; i++)
        buf_printf(c->out, "/F%u %u 0 R", i, OBJECT_FONTS + 2 * i);
    buf_put(c->out, S(">>>>>>\n"));
    end_object(c);
    put_deflated(c, number + 1, S(""), content_of(c, &c->mu->request->words[place], size));
    put_picture(c, number + 2, drawn);
    fz_drop_pixmap(c->mu->ctx, drawn);
    flush(c);
}

static void put_end(struct copy *c)
{
    uint64_t xref;

    begin_object(c, OBJECT_PAGES);
    buf_printf(c->out, "<</Type/Pages/Count %u/Kids[", c->mu->request->look_count);
    for (uint32_t i = 0; i < c->mu->request->look_count; i++)
        buf_printf(c->out, "%u 0 R ", page_object(c, i));
    buf_put(c->out, S("]>>\n"));
    end_object(c);
    begin_object(c, OBJECT_CATALOG);
    buf_printf(c->out, "<</Type/Catalog/Pages %u 0 R/Lang(%s)>>\n", OBJECT_PAGES,
               c->mu->request->lang == LANG_ES ? "es" : "en");
    end_object(c);
    xref = c->sent + c->out->n;
    buf_printf(c->out, "xref\n0 %u\n0000000000 65535 f \n", c->object_count + 1);
    for (uint32_t i = 1; i <= c->object_count; i++)
        buf_printf(c->out, "%010llu 00000 n \n", (unsigned long long)c->offsets[i]);
    buf_printf(c->out, "trailer\n<</Size %u/Root %u 0 R>>\nstartxref\n%llu\n%%%%EOF\n", c->object_count + 1,
               OBJECT_CATALOG, (unsigned long long)xref);
    flush(c);
}

void mu_copy(struct mu *mu)
{
    struct copy c = {.mu = mu, .arena = arena_open((size_t)64 * 1024 * 1024)};

    c.letter_of = ARENA_ARRAY(c.arena, uint32_t, LETTERS);
    collect_letters(&c);
    c.object_count = page_object(&c, mu->request->look_count) - 1;
    c.offsets = ARENA_ARRAY(c.arena, uint64_t, c.object_count + 1);
    c.out = buf_new(mu->arena, PART);
    buf_put(c.out, S("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n"));
    put_stream(&c, OBJECT_GLYPH, S(""), arena_printf(mu->arena, "%u 0 0 0 0 0 d1\n", GLYPH_WIDTH));
    for (uint32_t i = 0; i < c.font_count; i++)
        put_font(&c, i);
    flush(&c);
    for (uint32_t i = 0; i < mu->request->look_count; i++) {
        arena_reset(mu->arena);
        c.out = buf_new(mu->arena, PART);
        mu->page = mu->request->looks[i].page;
        put_page(&c, i);
    }
    put_end(&c);
    arena_close(&c.arena);
}
