/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See packed.h. Whoever packed a folder may be an enemy of whoever reads it, so a document is taken whole or not at all:
 * a copy of another hash, words of another page, a picture of another size are a diagnostic.
 */
#include "folder/packed.h"

#include "base/buf.h"
#include "folder/doc_words.h"
#include "folder/folder_impl.h"
#include "seal/sha256.h"

enum { INI_MOST = FOLDER_MARKDOWN_MAX, HEX_ROOM = 4 * SHA256_LEN };

/* ---- pictures ---- */

static uint32_t little(struct span s, size_t at, size_t n)
{
    uint32_t value = 0;

    for (size_t i = n; i > 0; i--)
        value = value << 8 | (unsigned char)s.p[at + i - 1];
    return value;
}

bool packed_webp_size(struct span bytes, uint32_t *width_out, uint32_t *height_out)
{
    enum { HEAD = 20, LEAST = 30 };
    struct span kind = span_sub(bytes, 12, 4);
    uint32_t n;

    if (bytes.n < LEAST || !span_starts(bytes, S("RIFF")) || !span_eq(span_sub(bytes, 8, 4), S("WEBP")) ||
        little(bytes, 4, 4) != bytes.n - 8)
        return false;
    n = little(bytes, 16, 4);
    if (n > bytes.n - HEAD || bytes.n - HEAD - n != (n & 1)) /* one chunk, padded to an even length */
        return false;
    if (span_eq(kind, S("VP8L")) && bytes.p[HEAD] == 0x2F) {
        uint32_t bits = little(bytes, HEAD + 1, 4);

        *width_out = (bits & 0x3FFF) + 1;
        *height_out = (bits >> 14 & 0x3FFF) + 1;
        return bits >> 29 == 0;
    }
    if (!span_eq(kind, S("VP8 ")) || (bytes.p[HEAD] & 1) || !span_eq(span_sub(bytes, HEAD + 3, 3), S("\x9D\x01\x2A")))
        return false;
    *width_out = little(bytes, HEAD + 6, 2) & 0x3FFF;
    *height_out = little(bytes, HEAD + 8, 2) & 0x3FFF;
    return *width_out > 0 && *height_out > 0;
}

/* ---- reading ---- */

struct packed {
    struct campaign *campaign;
    struct document *document;
    struct diags *diags;
    bool is_checked; /* when it was taken in */
    bool is_bad;
};

static void report(struct packed *p, struct span file, struct span message)
{
    p->is_bad = true;
    at_report(p->diags, DIAG_BAD_FILE, file, (struct span){0}, 0, 0, 0, message, (struct span){0});
}

static void report_ini(struct packed *p, uint32_t line, struct span message)
{
    p->is_bad = true;
    at_report(p->diags, DIAG_BAD_ROW, p->document->ini.file, p->document->ini_bytes, line, 0, 0, message,
              (struct span){0});
}

static struct span first_file(const struct document *d)
{
    const struct doc_files *f = &d->files;

    if (f->copy_file.n)
        return f->copy_file;
    if (f->words_file.n)
        return f->words_file;
    return f->pictures.count ? f->pictures.items[0].file : (struct span){0};
}

static void check_ini(struct packed *p)
{
    const struct document *d = p->document;

    if (d->shown.commitment.n == 0 && d->files.commitment_line == 0)
        report_ini(p, 0, S("commitment = … is missing: `breakroom pack` writes it"));
    if (d->shown.sha256.n == 0 && d->files.copy_line == 0)
        report_ini(p, 0, S("copy = … is missing: `breakroom pack` writes it"));
    if (d->redactions.count)
        report_ini(p, d->redactions.items[0].line,
                   S("a public copy has its redactions burnt in: [redact] belongs to the paper"));
    if (d->typists.count)
        report_ini(p, d->typists.items[0].line, S("[typed] belongs to the paper: the words of its copy are fixed"));
    for (size_t i = 0; i < d->typed.count; i++)
        report(p, d->typed.items[i].file, S("a typed page belongs to the paper: the words of its copy are fixed"));
    if (d->shown.commitment.n == 0 || d->shown.sha256.n == 0)
        p->is_bad = true;
}

static void check_copy(struct packed *p)
{
    struct arena *a = p->campaign->arena;
    const struct document *d = p->document;
    struct buf *digits;

    if (d->files.copy_file.n == 0) {
        report(p, first_file(d), arena_printf(a, "documents/%.*s.copy.pdf is missing", SPAN_ARGS(d->key)));
        return;
    }
    if (p->is_checked) /* as many megabytes at each start and each midnight */
        return;
    if (!span_starts(d->files.copy, S("%PDF-"))) {
        report(p, d->files.copy_file, S("this is no PDF"));
        return;
    }
    digits = buf_new(a, HEX_ROOM);
    sha256_put(digits, sha256_of(a, d->files.copy));
    if (d->shown.sha256.n && !span_eq(buf_span(digits), d->shown.sha256))
        report(p, d->files.copy_file,
               arena_printf(a, "its SHA-256 is %.*s…: this is not the copy that %.*s names",
                            SPAN_ARGS(span_sub(buf_span(digits), 0, 12)), SPAN_ARGS(d->ini.file)));
}

static void check_words(struct packed *p)
{
    struct arena *a = p->campaign->arena;
    struct document *d = p->document;
    struct doc_words_fault fault;

    if (d->files.words_file.n == 0) {
        report(p, first_file(d), arena_printf(a, "documents/%.*s.words is missing", SPAN_ARGS(d->key)));
        return;
    }
    if (doc_words_read(a, d->files.words, &d->shown.text, &d->shown.pictures, &fault))
        return;
    report(p, d->files.words_file, arena_printf(a, "line %u: %.*s", fault.line, SPAN_ARGS(fault.words)));
    d->shown.text = (struct doc_text){0};
}

/* Their sizes were in the words; two of one page cannot be, for it is in the name. */
static void check_pictures(struct packed *p)
{
    struct arena *a = p->campaign->arena;
    struct document *d = p->document;

    for (size_t i = 0; i < d->files.pictures.count; i++) {
        const struct typed_page *file = &d->files.pictures.items[i];
        struct doc_picture *picture;
        uint32_t width = 0;
        uint32_t height = 0;

        if (file->page > d->shown.text.page_count) {
            report(p, file->file, arena_printf(a, "“%.*s” has no page %u", SPAN_ARGS(d->key), file->page));
            continue;
        }
        picture = &d->shown.pictures[file->page - 1];
        picture->webp = file->bytes;
        if (p->is_checked)
            continue;
        if (!packed_webp_size(file->bytes, &width, &height))
            report(p, file->file, S("this is no WebP of one plain picture"));
        else if (width != picture->width || height != picture->height)
            report(p, file->file,
                   arena_printf(a, "a picture of %u × %u; %.*s says %u × %u", width, height,
                                SPAN_ARGS(d->files.words_file), picture->width, picture->height));
    }
    for (size_t i = 0; !p->is_checked && i < d->shown.text.page_count; i++)
        if (d->shown.pictures[i].webp.n == 0)
            report(p, d->files.words_file,
                   arena_printf(a, "the picture of page %zu, documents/%.*s.p%zu.webp, is missing", i + 1,
                                SPAN_ARGS(d->key), i + 1));
}

/* The ini's words about a copy, where the paper stands. */
static void check_original(struct packed *p)
{
    struct document *d = p->document;

    if (d->files.commitment_line)
        report_ini(p, d->files.commitment_line, S("the commitment is `breakroom pack`'s to write, not in this folder"));
    if (d->files.copy_line)
        report_ini(p, d->files.copy_line, S("copy = … is `breakroom pack`'s to write, not in this folder"));
    d->shown = (struct doc_public){0};
}

void packed_complete(struct campaign *c, struct document *d, bool is_checked, struct diags *diags)
{
    struct packed p = {.campaign = c, .document = d, .diags = diags, .is_checked = is_checked};

    if (d->file.n && first_file(d).n)
        report(
            &p, first_file(d),
            arena_printf(c->arena, "%.*s, the paper itself, stands here too: keep one of the two", SPAN_ARGS(d->file)));
    if (d->file.n || first_file(d).n == 0) {
        check_original(&p);
        return;
    }
    d->is_packed = true;
    d->file = first_file(d);
    d->kind = DOC_KIND_PDF;
    d->size = d->files.copy_size;
    if (d->ini.file.n == 0)
        return;
    check_ini(&p);
    check_copy(&p);
    check_words(&p);
    if (d->shown.text.page_count)
        check_pictures(&p);
    if (p.is_bad)
        return;
    d->shown.pdf = d->files.copy;
    d->shown.pdf_size = d->files.copy_size;
    d->shown.is_made = true;
    d->public_ini = d->ini_bytes;
    d->public_words = d->files.words;
}

/* ---- writing ---- */

static void put_field(struct buf *b, const char *name, struct span value)
{
    if (value.n)
        buf_printf(b, "%s = %.*s\n", name, SPAN_ARGS(value));
}

static void put_words(struct buf *b, const struct campaign *c, const char *name, const struct span *in)
{
    for (size_t k = 0; k < c->language_count; k++) {
        enum lang lang = c->languages[k];

        if (in[lang].n && k > 0)
            buf_printf(b, "%s_%.*s = %.*s\n", name, SPAN_ARGS(lang_code(lang)), SPAN_ARGS(in[lang]));
        else
            put_field(b, name, in[lang]);
    }
}

static void put_date(struct buf *b, const char *name, struct date day)
{
    if (!date_is_set(day))
        return;
    buf_printf(b, "%s = ", name);
    date_put(b, day);
    buf_char(b, '\n');
}

/* Does `name` begin with the word at `i`, whatever the words' cases? */
static bool stands_at(const struct doc_page *page, size_t i, struct span name)
{
    for (; i < page->word_count; i++) {
        struct span word = page->words[i].text;

        if (name.n <= word.n)
            return span_eq_nocase(span_sub(word, 0, name.n), name);
        if (!span_eq_nocase(word, span_sub(name, 0, word.n)) || name.p[word.n] != ' ')
            return false;
        name = span_from(name, word.n + 1);
    }
    return false;
}

static bool is_in_text(const struct doc_text *text, struct span name)
{
    for (size_t p = 0; p < text->page_count; p++)
        for (size_t i = 0; i < text->pages[p].word_count; i++)
            if (stands_at(&text->pages[p], i, name))
                return true;
    return false;
}

/* A name that stands under a redaction and nowhere else is not to stand in the .ini instead: where the public text does
 * not have it, it guards nothing. */
static struct span public_parties(struct arena *a, const struct document *d)
{
    struct buf *b = buf_new(a, INI_MOST);
    struct span rest = d->parties;
    struct span name;

    while (span_next(&rest, ',', &name)) {
        name = span_trim(name);
        if (name.n == 0 || !is_in_text(&d->shown.text, name))
            continue;
        buf_put(b, b->n ? S(", ") : S(""));
        buf_put(b, name);
    }
    return buf_span(b);
}

static const struct document *shown_successor(const struct campaign *c, const struct document *d)
{
    for (size_t i = 0; i < c->documents.count; i++)
        if (span_eq(c->documents.items[i].key, d->superseded_by) && document_is_cleared(&c->documents.items[i]))
            return &c->documents.items[i];
    return NULL;
}

static void put_pages(struct buf *b, const struct document *d)
{
    struct span rest = d->ini_bytes;
    struct span line;

    for (uint32_t i = 0; i < d->pages_line && span_next(&rest, '\n', &line); i++)
        if (i + 1 == d->pages_line && span_cut(line, '=', &line, &rest))
            put_field(b, "pages", span_trim(rest));
}

static struct span make_ini(struct arena *a, const struct campaign *c, const struct document *d)
{
    struct buf *b = buf_new(a, INI_MOST);

    put_words(b, c, "title", d->title);
    put_date(b, "date", d->date);
    put_field(b, "author", d->author);
    put_field(b, "language", d->language);
    put_pages(b, d);
    put_field(b, "parties", d->parties);
    put_field(b, "authenticity", authenticity_name(d->authenticity));
    put_words(b, c, "authenticity_by", d->authenticity_by);
    put_date(b, "authenticity_on", d->authenticity_on);
    put_field(b, "clearance", clearance_name(d->clearance));
    put_field(b, "superseded_by", d->superseded_by);
    put_field(b, "commitment", d->shown.commitment);
    put_field(b, "copy", d->shown.sha256);
    if (d->confirmed.count)
        buf_put(b, S("\n[confirmed]\n"));
    for (size_t i = 0; i < d->confirmed.count; i++)
        buf_printf(b, "p%u = yes\n", d->confirmed.items[i].page); /* who it was stays with the paper */
    if (buf_overflowed(b))
        return (struct span){0};
    return buf_span(b);
}

enum rc packed_make(struct arena *a, const struct campaign *c, struct document *d)
{
    d->received = (struct date){0}; /* the day on which it came tells who had it by then */
    d->parties = public_parties(a, d);
    if (shown_successor(c, d) == NULL)
        d->superseded_by = (struct span){0};
    d->public_ini = make_ini(a, c, d);
    if (d->public_ini.n == 0 || !doc_words_write(a, &d->shown.text, d->shown.pictures, &d->public_words))
        return RC_LIMIT;
    return RC_OK;
}

/* ---- files ---- */

bool packed_has(const struct document *d)
{
    return d->shown.is_made && document_is_cleared(d);
}

static void add_file(struct arena *a, struct folder_files *files, const struct document *d, struct span suffix,
                     struct span bytes)
{
    *LIST_ADD(a, &files->list) =
        (struct folder_file){arena_join(a, (struct span[]){S("documents/"), d->key, suffix}, 3), bytes};
}

void packed_files(struct arena *a, const struct campaign *c, struct folder_files *files)
{
    for (size_t i = 0; i < c->documents.count; i++) {
        const struct document *d = &c->documents.items[i];

        if (!packed_has(d))
            continue;
        add_file(a, files, d, S(".ini"), d->public_ini);
        add_file(a, files, d, S(".copy.pdf"), d->shown.pdf);
        add_file(a, files, d, S(".words"), d->public_words);
        for (size_t p = 0; p < d->shown.text.page_count; p++)
            add_file(a, files, d, arena_printf(a, ".p%zu.webp", p + 1), d->shown.pictures[p].webp);
    }
}
