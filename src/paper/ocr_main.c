/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * breakroom-ocr LANGUAGES: grey pixels in, words with boxes out, one picture after the other, behind the sandbox.
 *
 * LANGUAGES is one of "eng", "spa", "eng+spa", "spa+eng". They and the one that knows which way is up are loaded by
 * Init2 before the sandbox closes: from memory "eng+spa" would load English only and say nothing.
 */
#include "paper/helper.h"

#include <stdlib.h>
#include <string.h>
#include <tesseract/capi.h>

enum {
    MEMORY_ALL = 768 * 1024 * 1024,
    MEMORY_ARENA = 64 * 1024 * 1024,
    WORDS_MOST = WIRE_PAGE_MOST / WIRE_WORD_MIN,
    SURE_LETTERS = 100,
    SURE_CONFIDENCE = 75,
    UPRIGHT_LEAST = 3, /* letters of a word that says which way is up */
};

struct scan {
    unsigned char *pixels;
    uint32_t width, height, dpi;
};

struct found {
    LIST(struct doc_word) words;
    size_t bytes;
    uint64_t upright; /* confidence of all letters of words that lie on their line */
    uint64_t letters; /* of those words */
};

static TessBaseAPI *reader;
static TessBaseAPI *compass;

static bool load(const char *languages)
{
    static const char *const known[] = {"eng", "spa", "eng+spa", "spa+eng"};
    bool is_known = false;

    for (size_t i = 0; i < COUNT(known); i++)
        is_known |= strcmp(languages, known[i]) == 0;
    reader = TessBaseAPICreate();
    compass = TessBaseAPICreate();
    return is_known && reader && compass && TessBaseAPIInit2(reader, NULL, languages, OEM_LSTM_ONLY) == 0 &&
           TessBaseAPIInit2(compass, NULL, "osd", OEM_DEFAULT) == 0;
}

/* ---- which way is up ---- */

static void show(TessBaseAPI *api, const struct scan *scan)
{
    TessBaseAPISetImage(api, scan->pixels, (int)scan->width, (int)scan->height, 1, (int)scan->width);
    TessBaseAPISetSourceResolution(api, (int)scan->dpi);
}

/* Degrees that the picture is to be turned clockwise. 0 when nobody can say. By the layout of the page, for the call
 * that detects orientation alone looks for a file of zones first, and would be killed for it. */
static uint32_t turn_of(const struct scan *scan)
{
    static const uint32_t turn[] = {
        [ORIENTATION_PAGE_UP] = 0,
        [ORIENTATION_PAGE_RIGHT] = 270,
        [ORIENTATION_PAGE_DOWN] = 180,
        [ORIENTATION_PAGE_LEFT] = 90,
    };
    TessOrientation orientation = ORIENTATION_PAGE_UP;
    TessWritingDirection direction;
    TessTextlineOrder order;
    TessPageIterator *it;
    float skew;

    show(compass, scan);
    TessBaseAPISetPageSegMode(compass, PSM_AUTO_OSD);
    it = TessBaseAPIAnalyseLayout(compass);
    if (it) {
        TessPageIteratorOrientation(it, &orientation, &direction, &order, &skew);
        TessPageIteratorDelete(it);
    }
    TessBaseAPIClear(compass);
    return (size_t)orientation < COUNT(turn) ? turn[orientation] : 0;
}

static struct scan turned(const struct scan *from, uint32_t turn)
{
    struct scan to = {.width = from->width, .height = from->height, .dpi = from->dpi};
    size_t w = from->width;
    size_t h = from->height;

    if (turn != 180) {
        to.width = from->height;
        to.height = from->width;
    }
    to.pixels = malloc(w * h);
    if (to.pixels == NULL)
        helper_fault(PAPER_MEMORY, 0);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            size_t at = turn == 180  ? (h - 1 - y) * w + (w - 1 - x)
                        : turn == 90 ? x * h + (h - 1 - y)
                                     : (w - 1 - x) * h + y;

            to.pixels[at] = from->pixels[y * w + x];
        }
    return to;
}

/* ---- words ---- */

static bool is_text(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F)
            return false;
    return s.n > 0 && s.n <= WIRE_WORD_MOST;
}

static void add_word(struct arena *a, struct found *found, TessResultIterator *it, uint32_t line)
{
    const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(it);
    char *text = TessResultIteratorGetUTF8Text(it, RIL_WORD);
    float confidence = TessResultIteratorConfidence(it, RIL_WORD);
    struct span s = span_of(text);
    int box[4];

    if (is_text(s) && TessPageIteratorBoundingBox(at, RIL_WORD, &box[0], &box[1], &box[2], &box[3])) {
        struct doc_word *word;

        found->bytes += s.n;
        if (found->words.count >= WORDS_MOST || found->bytes > WIRE_PAGE_MOST)
            helper_fault(PAPER_MANY_WORDS, 0);
        word = LIST_ADD(a, &found->words);
        word->text = arena_dup(a, s);
        word->box = (struct doc_box){box[0], box[1], box[2], box[3]};
        word->line = line;
        word->confidence = confidence < 0 ? 0 : confidence > 100 ? 100 : (uint32_t)confidence;
        /* Tesseract also reads what stands on its side, as surely, but its words are then taller than wide. */
        if (s.n >= UPRIGHT_LEAST && box[2] - box[0] > box[3] - box[1]) {
            found->upright += s.n * word->confidence;
            found->letters += s.n;
        }
    }
    TessDeleteText(text);
}

static struct found read_scan(struct arena *a, const struct scan *scan)
{
    struct found found = {0};
    TessResultIterator *it;
    uint32_t line = 0;

    show(reader, scan);
    TessBaseAPISetPageSegMode(reader, PSM_AUTO);
    if (TessBaseAPIRecognize(reader, NULL) != 0)
        return found;
    it = TessBaseAPIGetIterator(reader);
    while (it) {
        const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(it);

        if (TessPageIteratorIsAtBeginningOf(at, RIL_TEXTLINE) && found.words.count)
            line = found.words.items[found.words.count - 1].line + 1;
        add_word(a, &found, it, line);
        if (!TessResultIteratorNext(it, RIL_WORD))
            break;
    }
    if (it)
        TessResultIteratorDelete(it);
    TessBaseAPIClear(reader);
    return found;
}

/* ---- one picture ---- */

static void answer(struct arena *a, const struct found *found, const struct scan *scan, uint32_t turn)
{
    struct buf *b = buf_new(a, WIRE_PAGE_MOST);
    bool is_on_its_side = turn == 90 || turn == 270;

    wire_u32(b, 0);
    wire_u32(b, is_on_its_side ? scan->height : scan->width);
    wire_u32(b, is_on_its_side ? scan->width : scan->height);
    wire_u32(b, turn);
    wire_u32(b, (uint32_t)found->words.count);
    for (size_t i = 0; i < found->words.count; i++)
        helper_put_word(b, &found->words.items[i]);
    if (buf_overflowed(b))
        helper_fault(PAPER_MANY_WORDS, 0);
    helper_write(WIRE_PAGE, buf_span(b));
}

/* Reads so well that the other way need not be tried. */
static bool is_sure(const struct found *found)
{
    return found->letters >= SURE_LETTERS && found->upright >= found->letters * SURE_CONFIDENCE;
}

static void read_turned(struct arena *a, const struct scan *scan)
{
    uint32_t turn = turn_of(scan);
    struct found best = {0};

    if (turn) {
        struct scan upright = turned(scan, turn);

        best = read_scan(a, &upright);
        free(upright.pixels);
    }
    if (turn == 0 || !is_sure(&best)) {
        struct found as_it_is = read_scan(a, scan);

        if (turn == 0 || as_it_is.upright >= best.upright) {
            best = as_it_is;
            turn = 0;
        }
    }
    answer(a, &best, scan, turn);
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open(MEMORY_ARENA);
    char *bytes;
    size_t n;

    if (argc != 2 || !load(argv[1]))
        helper_fault(PAPER_NO_LANGUAGE, 0);
    helper_close_in(MEMORY_ALL);
    while ((bytes = helper_read(WIRE_SCAN, &n)) != NULL) {
        struct wire_in in = {{bytes, n}, false};
        struct scan scan = {0};

        scan.width = wire_take_u32(&in);
        scan.height = wire_take_u32(&in);
        scan.dpi = wire_take_u32(&in);
        scan.pixels = (unsigned char *)bytes + (n - in.rest.n);
        if (in.is_short || scan.width == 0 || scan.height == 0 || in.rest.n / scan.width < scan.height)
            helper_fault(PAPER_NONSENSE, 0);
        read_turned(a, &scan);
        free(bytes);
        arena_reset(a);
    }
    helper_end();
}
