/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * documents/: a paper as it was received, what is known of it in KEY.ini, and pages that a person typed from the picture.
 *
 * Nothing of the paper itself is read here but its first bytes: it is another's file, and hostile until it is redrawn. Its
 * pages are numbered from 1 by their place in the file; the .ini may say what is printed on them.
 */
#include "base/ini.h"
#include "base/utf8.h"
#include "folder/folder_impl.h"
#include "seal/sha256.h"

#include <stdlib.h>

static const struct {
    struct span suffix;
    enum doc_kind kind;
} suffixes[] = {
    {SPAN_INIT(".pdf"), DOC_KIND_PDF}, {SPAN_INIT(".jpg"), DOC_KIND_JPEG}, {SPAN_INIT(".jpeg"), DOC_KIND_JPEG},
    {SPAN_INIT(".png"), DOC_KIND_PNG}, {SPAN_INIT(".tif"), DOC_KIND_TIFF}, {SPAN_INIT(".tiff"), DOC_KIND_TIFF},
};
static const struct span kind_names[] = {
    [DOC_KIND_PDF] = SPAN_INIT("PDF"),
    [DOC_KIND_JPEG] = SPAN_INIT("JPEG"),
    [DOC_KIND_PNG] = SPAN_INIT("PNG"),
    [DOC_KIND_TIFF] = SPAN_INIT("TIFF"),
};

/* "p3" → 3. */
static bool parse_page(struct span text, uint32_t *page_out)
{
    uint64_t page;

    if (text.n < 2 || text.p[0] != 'p' || text.p[1] == '0' || !span_to_u64(span_from(text, 1), DOC_PAGES_MOST, &page))
        return false;
    *page_out = (uint32_t)page;
    return true;
}

enum document_part documents_part(struct span name, struct document_name *name_out)
{
    struct span rest;

    *name_out = (struct document_name){0};
    span_cut(name, '.', &name_out->key, &rest);
    if (!model_is_key(name_out->key))
        return DOCUMENT_NONE;
    if (span_eq(rest, S("ini")))
        return DOCUMENT_INI;
    if (span_eq(rest, S("seal")))
        return DOCUMENT_SEAL;
    if (span_eq(rest, S("copy.pdf")))
        return DOCUMENT_COPY;
    if (span_eq(rest, S("words")))
        return DOCUMENT_WORDS;
    for (size_t i = 0; i < COUNT(suffixes); i++) {
        if (span_eq(rest, span_from(suffixes[i].suffix, 1))) {
            name_out->kind = suffixes[i].kind;
            return DOCUMENT_FILE;
        }
    }
    if (span_ends(rest, S(".txt")) && parse_page(span_sub(rest, 0, rest.n - 4), &name_out->page))
        return DOCUMENT_TYPED;
    if (span_ends(rest, S(".webp")) && parse_page(span_sub(rest, 0, rest.n - 5), &name_out->page))
        return DOCUMENT_PICTURE;
    return DOCUMENT_NONE;
}

static struct document *document_of(struct campaign *c, struct span key)
{
    struct document *d = campaign_document(c, key);

    if (d == NULL) {
        d = LIST_ADD(c->arena, &c->documents);
        *d = (struct document){.key = key};
    }
    return d;
}

/* ---- the paper ---- */

static bool kind_of(struct span bytes, enum doc_kind *kind_out)
{
    if (span_find(span_sub(bytes, 0, 1024), S("%PDF-")) != SPAN_NONE)
        *kind_out = DOC_KIND_PDF;
    else if (span_starts(bytes, S("\xFF\xD8\xFF")))
        *kind_out = DOC_KIND_JPEG;
    else if (span_starts(bytes, S("\x89PNG\r\n\x1A\n")))
        *kind_out = DOC_KIND_PNG;
    else if (bytes.n >= 4 && (span_eq(span_sub(bytes, 0, 4), S("II*\0")) || span_eq(span_sub(bytes, 0, 4), S("MM\0*"))))
        *kind_out = DOC_KIND_TIFF;
    else
        return false;
    return true;
}

void documents_file(struct campaign *c, struct span file, const struct document_name *name, struct span bytes,
                    struct diags *diags)
{
    struct document *d = document_of(c, name->key);
    enum doc_kind kind;

    if (d->file.n) {
        at_report(diags, DIAG_BAD_FILE, file, (struct span){0}, 0, 0, 0,
                  arena_printf(c->arena, "the document “%.*s” is %.*s already: one file a key", SPAN_ARGS(name->key),
                               SPAN_ARGS(d->file)),
                  (struct span){0});
        return;
    }
    d->file = file;
    d->kind = name->kind;
    d->size = bytes.n;
    d->is_wrong_kind = !kind_of(bytes, &kind) || kind != name->kind;
    if (!kind_of(bytes, &kind))
        at_report(diags, DIAG_BAD_FILE, file, (struct span){0}, 0, 0, 0,
                  S("this is no PDF, JPEG, PNG or TIFF, whatever its name says"), (struct span){0});
    else if (kind != name->kind)
        at_report(diags, DIAG_BAD_FILE, file, (struct span){0}, 0, 0, 0,
                  arena_printf(c->arena, "this is a %.*s, not a %.*s: give it the right suffix",
                               SPAN_ARGS(kind_names[kind]), SPAN_ARGS(kind_names[name->kind])),
                  (struct span){0});
}

void documents_typed(struct campaign *c, struct span file, const struct document_name *name, struct span bytes,
                     struct diags *diags)
{
    struct document *d = document_of(c, name->key);

    if (at_check_text(diags, file, bytes))
        *LIST_ADD(c->arena, &d->typed) = (struct typed_page){name->page, file, bytes};
}

void documents_packed(struct campaign *c, struct span file, enum document_part part, const struct document_name *name,
                      struct span bytes, size_t size)
{
    struct doc_files *files = &document_of(c, name->key)->files;

    if (part == DOCUMENT_PICTURE) {
        *LIST_ADD(c->arena, &files->pictures) = (struct typed_page){name->page, file, bytes};
    } else if (part == DOCUMENT_WORDS) {
        files->words_file = file;
        files->words = bytes;
    } else {
        files->copy_file = file;
        files->copy = bytes;
        files->copy_size = size;
    }
}

/* ---- the .ini ---- */

struct reader {
    struct campaign *c;
    struct document *d;
    struct diags *diags;
    uint32_t title_line[LANG_COUNT];
    LIST(struct ini_entry) seen;
};

static void report(struct reader *r, const struct ini_entry *e, struct span message, struct span note)
{
    at_report(r->diags, DIAG_BAD_ROW, r->d->ini.file, r->d->ini_bytes, e->line, e->value_column,
              (uint32_t)utf8_count(e->value), message, note);
}

static void take_date(struct reader *r, const struct ini_entry *e, struct date *date_out)
{
    if (!date_parse(e->value, date_out))
        report(r, e, S("a day is YYYY-MM-DD"), (struct span){0});
}

static size_t take_one_of(struct reader *r, const struct ini_entry *e, struct span (*name)(size_t), size_t count)
{
    struct span known[8];
    struct buf all;

    buf_init(&all, r->c->arena, 200);
    for (size_t i = 0; i < count && i < COUNT(known); i++) {
        known[i] = name(i);
        if (span_eq(known[i], e->value))
            return i;
        buf_printf(&all, "%s%.*s", i ? ", " : "", SPAN_ARGS(known[i]));
    }
    report(r, e, arena_printf(r->c->arena, "“%.*s” is none of: %.*s", SPAN_ARGS(e->value), SPAN_ARGS(buf_span(&all))),
           at_did_you_mean(r->c->arena, e->value, known, count));
    return 0; /* the most careful */
}

static struct span authenticity_at(size_t i)
{
    return authenticity_name((enum authenticity)i);
}

static struct span clearance_at(size_t i)
{
    return clearance_name((enum clearance)i);
}

enum field {
    FIELD_TITLE,
    FIELD_DATE,
    FIELD_AUTHOR,
    FIELD_RECEIVED,
    FIELD_LANGUAGE,
    FIELD_PAGES,
    FIELD_PARTIES,
    FIELD_AUTHENTICITY,
    FIELD_AUTHENTICITY_BY,
    FIELD_AUTHENTICITY_ON,
    FIELD_CLEARANCE,
    FIELD_SUPERSEDED_BY,
    FIELD_COMMITMENT,
    FIELD_COPY,
};
static const struct {
    struct span name;
    bool is_words;
} fields[] = {
    [FIELD_TITLE] = {SPAN_INIT("title"), true},
    [FIELD_DATE] = {SPAN_INIT("date"), false},
    [FIELD_AUTHOR] = {SPAN_INIT("author"), false},
    [FIELD_RECEIVED] = {SPAN_INIT("received"), false},
    [FIELD_LANGUAGE] = {SPAN_INIT("language"), false},
    [FIELD_PAGES] = {SPAN_INIT("pages"), false},
    [FIELD_PARTIES] = {SPAN_INIT("parties"), false},
    [FIELD_AUTHENTICITY] = {SPAN_INIT("authenticity"), false},
    [FIELD_AUTHENTICITY_BY] = {SPAN_INIT("authenticity_by"), true},
    [FIELD_AUTHENTICITY_ON] = {SPAN_INIT("authenticity_on"), false},
    [FIELD_CLEARANCE] = {SPAN_INIT("clearance"), false},
    [FIELD_SUPERSEDED_BY] = {SPAN_INIT("superseded_by"), false},
    [FIELD_COMMITMENT] = {SPAN_INIT("commitment"), false},
    [FIELD_COPY] = {SPAN_INIT("copy"), false},
};

static void take_language(struct reader *r, const struct ini_entry *e)
{
    bool is_code = e->value.n == 2;

    for (size_t i = 0; i < e->value.n; i++)
        is_code = is_code && e->value.p[i] >= 'a' && e->value.p[i] <= 'z';
    if (is_code)
        r->d->language = e->value;
    else
        report(r, e, S("a language is two letters: en, es, fr"), (struct span){0});
}

/* Both are `breakroom pack`'s words, not a person's. */
static void take_hash(struct reader *r, const struct ini_entry *e, struct span *hash_out, uint32_t *line_out)
{
    struct span bytes;

    *line_out = e->line;
    if (sha256_parse(r->c->arena, e->value, &bytes))
        *hash_out = e->value;
    else
        report(r, e, S("a SHA-256 is 64 digits 0-9 a-f"), (struct span){0});
}

static void take_field(struct reader *r, const struct ini_entry *e, enum field field, enum lang lang)
{
    struct document *d = r->d;

    switch (field) {
    case FIELD_TITLE:
        d->title[lang] = e->value;
        r->title_line[lang] = e->line;
        return;
    case FIELD_DATE:
        take_date(r, e, &d->date);
        return;
    case FIELD_AUTHOR:
        d->author = e->value;
        return;
    case FIELD_RECEIVED:
        take_date(r, e, &d->received);
        return;
    case FIELD_LANGUAGE:
        take_language(r, e);
        return;
    case FIELD_PAGES:
        d->pages_line = e->line;
        if (!document_parse_runs(r->c->arena, e->value, d))
            report(r, e, S("printed page numbers are like i-iv,1- : runs parted by commas, - for a page without one"),
                   (struct span){0});
        return;
    case FIELD_PARTIES:
        d->parties = e->value;
        return;
    case FIELD_AUTHENTICITY:
        d->authenticity = (enum authenticity)take_one_of(r, e, authenticity_at, AUTHENTICITY_COUNT);
        return;
    case FIELD_AUTHENTICITY_BY:
        d->authenticity_by[lang] = e->value;
        return;
    case FIELD_AUTHENTICITY_ON:
        take_date(r, e, &d->authenticity_on);
        return;
    case FIELD_CLEARANCE:
        d->clearance = (enum clearance)take_one_of(r, e, clearance_at, CLEARANCE_COUNT);
        return;
    case FIELD_SUPERSEDED_BY:
        d->superseded_by = e->value;
        d->superseded_line = e->line;
        return;
    case FIELD_COMMITMENT:
        take_hash(r, e, &d->shown.commitment, &d->files.commitment_line);
        return;
    case FIELD_COPY:
        take_hash(r, e, &d->shown.sha256, &d->files.copy_line);
        return;
    }
}

static bool find_field(struct reader *r, struct span key, enum field *field_out, enum lang *lang_out)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        for (size_t k = 0; k < r->c->language_count; k++) {
            enum lang lang = r->c->languages[k];
            struct span name =
                k == 0 ? fields[i].name
                       : arena_printf(r->c->arena, "%.*s_%.*s", SPAN_ARGS(fields[i].name), SPAN_ARGS(lang_code(lang)));

            if ((k == 0 || fields[i].is_words) && span_eq(key, name)) {
                *field_out = (enum field)i;
                *lang_out = lang;
                return true;
            }
        }
    }
    return false;
}

static void take_named(struct reader *r, const struct ini_entry *e)
{
    enum field field;
    enum lang lang;
    struct span known[COUNT(fields)];

    if (!find_field(r, e->key, &field, &lang)) {
        for (size_t i = 0; i < COUNT(fields); i++)
            known[i] = fields[i].name;
        at_report(r->diags, DIAG_BAD_ROW, r->d->ini.file, r->d->ini_bytes, e->line, e->key_column,
                  (uint32_t)utf8_count(e->key),
                  arena_printf(r->c->arena, "a document has no “%.*s”", SPAN_ARGS(e->key)),
                  at_did_you_mean(r->c->arena, e->key, known, COUNT(known)));
        return;
    }
    for (size_t i = 0; i < r->seen.count; i++) {
        if (span_eq(r->seen.items[i].key, e->key)) {
            report(
                r, e,
                arena_printf(r->c->arena, "“%.*s” stands in line %u already", SPAN_ARGS(e->key), r->seen.items[i].line),
                (struct span){0});
            return;
        }
    }
    *LIST_ADD(r->c->arena, &r->seen) = *e;
    if (e->value.n)
        take_field(r, e, field, lang);
}

/* Points with at most one decimal: "72" "72.5" → tenths. */
static bool parse_points(struct span text, int32_t *tenths_out)
{
    struct decimal d;

    if (!decimal_parse(text, &d) || d.millionths < 0 || d.millionths > (int64_t)20000 * 1000000)
        return false;
    *tenths_out = (int32_t)(d.millionths / 100000);
    return true;
}

static bool parse_box(struct span text, struct doc_box *box_out)
{
    int32_t sides[4];
    struct span side;
    size_t count = 0;

    while (span_next(&text, ',', &side)) {
        if (count == COUNT(sides) || !parse_points(span_trim(side), &sides[count]))
            return false;
        count++;
    }
    *box_out = (struct doc_box){sides[0], sides[1], sides[2], sides[3]};
    return count == COUNT(sides) && sides[2] > sides[0] && sides[3] > sides[1];
}

/* [redact], [confirmed] and [typed]: a line a page. */
static void take_page(struct reader *r, const struct ini_entry *e)
{
    struct arena *a = r->c->arena;
    struct document *d = r->d;
    uint32_t page;

    if (!parse_page(e->key, &page)) {
        at_report(r->diags, DIAG_BAD_ROW, d->ini.file, d->ini_bytes, e->line, e->key_column,
                  (uint32_t)utf8_count(e->key), S("a page is p1, p2 …: its place in the file"), (struct span){0});
        return;
    }
    if (span_eq(e->section, S("redact"))) {
        struct redaction box = {.page = page, .line = e->line};

        if (parse_box(e->value, &box.box))
            *LIST_ADD(a, &d->redactions) = box;
        else
            report(r, e, S("what is blacked out is left, top, right, bottom in points: 72, 100, 300, 118"),
                   (struct span){0});
        return;
    }
    if (e->value.n == 0)
        report(r, e, S("who: a name"), (struct span){0});
    else if (span_eq(e->section, S("confirmed")))
        *LIST_ADD(a, &d->confirmed) = (struct page_note){page, e->value, e->line};
    else
        *LIST_ADD(a, &d->typists) = (struct page_note){page, e->value, e->line};
}

static void take(struct reader *r, const struct ini_entry *e)
{
    static const struct span sections[] = {SPAN_INIT("redact"), SPAN_INIT("confirmed"), SPAN_INIT("typed")};

    if (e->fault != INI_FINE) {
        at_report(r->diags, DIAG_BAD_ROW, r->d->ini.file, r->d->ini_bytes, e->line, 0, 0,
                  e->fault == INI_BAD_SECTION ? S("a section is [name], alone on its line")
                                              : S("a line is `key = value`, [section] or a comment that begins with ;"),
                  (struct span){0});
        return;
    }
    if (e->section.n == 0) {
        take_named(r, e);
        return;
    }
    for (size_t i = 0; i < COUNT(sections); i++) {
        if (span_eq(sections[i], e->section)) {
            take_page(r, e);
            return;
        }
    }
    at_report(r->diags, DIAG_BAD_ROW, r->d->ini.file, r->d->ini_bytes, e->line, 0, 0,
              arena_printf(r->c->arena, "a document has no section [%.*s]", SPAN_ARGS(e->section)),
              at_did_you_mean(r->c->arena, e->section, sections, COUNT(sections)));
}

static void check_title(struct reader *r)
{
    enum lang main_lang = campaign_main_lang(r->c);
    struct document *d = r->d;

    if (d->title[main_lang].n == 0)
        at_report(r->diags, DIAG_BAD_ROW, d->ini.file, d->ini_bytes, 0, 0, 0, S("title = … is missing"),
                  (struct span){0});
    if (d->language.n == 0)
        at_report(r->diags, DIAG_BAD_ROW, d->ini.file, d->ini_bytes, 0, 0, 0,
                  S("language = … is missing, or is none: the paper's, in two letters"), (struct span){0});
    for (size_t k = 1; k < r->c->language_count; k++) {
        enum lang lang = r->c->languages[k];

        if (d->title[main_lang].n && d->title[lang].n == 0)
            at_report(r->diags, DIAG_TRANSLATION_MISSING, d->ini.file, d->ini_bytes, r->title_line[main_lang], 0, 0,
                      arena_printf(r->c->arena, "“title_%.*s” is missing", SPAN_ARGS(lang_code(lang))),
                      (struct span){0});
    }
}

void documents_ini(struct campaign *c, struct span file, const struct document_name *name, struct span bytes,
                   struct diags *diags)
{
    struct reader r = {.c = c, .d = document_of(c, name->key), .diags = diags};
    struct ini_reader ini;
    struct ini_entry e;

    r.d->ini.file = file;
    r.d->ini_bytes = bytes;
    if (!at_check_text(diags, file, bytes))
        return;
    ini_begin(&ini, bytes);
    while (ini_next(&ini, &e))
        take(&r, &e);
    check_title(&r);
}

void folder_document(struct campaign *c, struct span file, struct span key, struct span bytes, struct diags *diags)
{
    documents_ini(c, file, &(struct document_name){.key = key}, bytes, diags);
}

/* ---- all of them ---- */

static int compare(const void *left, const void *right)
{
    return span_cmp(((const struct document *)left)->key, ((const struct document *)right)->key);
}

static void check_typists(struct campaign *c, const struct document *d, struct diags *diags)
{
    for (size_t i = 0; i < d->typed.count; i++) {
        bool is_known = false;

        for (size_t k = 0; k < d->typists.count; k++)
            is_known = is_known || d->typists.items[k].page == d->typed.items[i].page;
        if (!is_known)
            at_report(diags, DIAG_BAD_FILE, d->typed.items[i].file, (struct span){0}, 0, 0, 0,
                      arena_printf(c->arena, "who typed this? documents/%.*s.ini: [typed] p%u = NAME",
                                   SPAN_ARGS(d->key), d->typed.items[i].page),
                      (struct span){0});
    }
    for (size_t k = 0; k < d->typists.count; k++) {
        bool is_there = false;

        for (size_t i = 0; i < d->typed.count; i++)
            is_there = is_there || d->typists.items[k].page == d->typed.items[i].page;
        if (!is_there)
            at_report(diags, DIAG_BAD_ROW, d->ini.file, d->ini_bytes, d->typists.items[k].line, 0, 0,
                      arena_printf(c->arena, "documents/%.*s.p%u.txt is not there", SPAN_ARGS(d->key),
                                   d->typists.items[k].page),
                      (struct span){0});
    }
}

static void check_successor(struct campaign *c, const struct document *d, struct diags *diags)
{
    if (d->superseded_by.n && (span_eq(d->superseded_by, d->key) || campaign_document(c, d->superseded_by) == NULL))
        at_report(diags, DIAG_BAD_ROW, d->ini.file, d->ini_bytes, d->superseded_line, 0, 0,
                  arena_printf(c->arena, "superseded by “%.*s”, which is not there", SPAN_ARGS(d->superseded_by)),
                  (struct span){0});
    else if (d->superseded_by.n && document_is_cleared(d) &&
             !document_is_cleared(campaign_document(c, d->superseded_by)))
        at_report(diags, DIAG_SUPERSEDED_SOURCE, d->ini.file, d->ini_bytes, d->superseded_line, 0, 0,
                  arena_printf(c->arena, "superseded by “%.*s”, which is not cleared", SPAN_ARGS(d->superseded_by)),
                  S("until it is, no page names it, and what leaned on this paper is not marked"));
}

/* A file of a document of which the main thing is not there. */
static struct span any_file(const struct document *d)
{
    if (d->ini.file.n)
        return d->ini.file;
    return d->typed.count ? d->typed.items[0].file : d->file;
}

static bool is_whole(struct campaign *c, const struct document *d, struct diags *diags)
{
    if (d->file.n && d->ini.file.n)
        return true;
    at_report(diags, DIAG_BAD_FILE, d->file.n ? d->file : any_file(d), (struct span){0}, 0, 0, 0,
              d->file.n
                  ? arena_printf(c->arena, "documents/%.*s.ini is missing: what this is, and whether it may be shown",
                                 SPAN_ARGS(d->key))
                  : arena_printf(c->arena, "the paper itself, documents/%.*s.pdf, .jpg, .png or .tiff, is missing",
                                 SPAN_ARGS(d->key)),
              (struct span){0});
    return false;
}

void documents_complete(struct campaign *c, bool is_checked, struct diags *diags)
{
    size_t kept = 0;

    if (c->documents.count)
        qsort(c->documents.items, c->documents.count, sizeof *c->documents.items, compare);
    for (size_t i = 0; i < c->documents.count; i++) {
        packed_complete(c, &c->documents.items[i], is_checked, diags);
        if (is_whole(c, &c->documents.items[i], diags))
            c->documents.items[kept++] = c->documents.items[i];
    }
    c->documents.count = kept;
    for (size_t i = 0; i < kept; i++) {
        if (!c->documents.items[i].is_packed)
            check_typists(c, &c->documents.items[i], diags);
        check_successor(c, &c->documents.items[i], diags);
    }
}
