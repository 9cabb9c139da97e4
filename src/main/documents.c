/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See documents.h. A typed page takes the place of the file's own whole: half a page of each would be nobody's.
 */
#include "main/documents.h"

#include "paper/paper.h"

#include <string.h>

enum { PARTIES_MAX = 32 };

/* ---- typed pages ---- */

/* Control characters, which a person sees nothing of, are no part of a word. */
static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7F;
}

/* Lines and words as they were typed. */
static void type_page(struct arena *a, struct span text, struct doc_page *page)
{
    LIST(struct doc_word) words = {0};
    struct span line;
    uint32_t n = 0;

    if (span_starts(text, S("\xEF\xBB\xBF")))
        text = span_from(text, 3);
    while (span_next(&text, '\n', &line)) {
        size_t at = 0;

        while (at < line.n) {
            size_t from = at;

            while (at < line.n && !is_blank(line.p[at]))
                at++;
            if (at > from)
                *LIST_ADD(a, &words) = (struct doc_word){span_sub(line, from, at - from), {0}, n, 100};
            at++;
        }
        n++;
    }
    page->reading = DOC_READING_TYPED;
    page->words = words.items;
    page->word_count = words.count;
}

static void overlay_typed(struct arena *a, struct document *d, struct diags *diags)
{
    size_t count = d->text.page_count;
    struct doc_page *pages;

    for (size_t i = 0; !d->is_read && i < d->typed.count; i++)
        count = d->typed.items[i].page > count ? d->typed.items[i].page : count;
    pages = ARENA_ARRAY(a, struct doc_page, count + 1);
    if (d->text.page_count)
        memcpy(pages, d->text.pages, d->text.page_count * sizeof *pages);
    for (size_t i = 0; i < d->typed.count; i++) {
        const struct typed_page *t = &d->typed.items[i];

        if (t->page <= count)
            type_page(a, t->bytes, &pages[t->page - 1]);
        else
            diags_add(diags, &(struct diag){.code = DIAG_BAD_FILE,
                                            .at = {.file = t->file},
                                            .message = arena_printf(a, "“%.*s” has no page %u: its last is %zu",
                                                                    SPAN_ARGS(d->key), t->page, count)});
    }
    d->text = (struct doc_text){pages, count};
}

/* ---- what the .ini says of pages ---- */

static struct span line_of(struct span text, uint32_t line)
{
    struct span found = {0};

    for (uint32_t i = 0; i < line; i++)
        if (!span_next(&text, '\n', &found))
            return (struct span){0};
    return found.n && found.p[found.n - 1] == '\r' ? span_sub(found, 0, found.n - 1) : found;
}

static void report_line(struct diags *diags, const struct document *d, uint32_t line, struct span message)
{
    diags_add(diags, &(struct diag){.code = DIAG_BAD_ROW,
                                    .at = {.file = d->ini.file, .line = line},
                                    .text = line_of(d->ini_bytes, line),
                                    .message = message});
}

static void check_page(struct arena *a, const struct document *d, uint32_t page, uint32_t line, struct diags *diags)
{
    if (page > d->text.page_count)
        report_line(diags, d, line,
                    arena_printf(a, "there is no page p%u: the file has %zu", page, d->text.page_count));
}

static void check_pages(struct arena *a, const struct document *d, struct diags *diags)
{
    uint64_t named = 0;
    bool is_open = false;

    for (size_t i = 0; i < d->redactions.count; i++)
        check_page(a, d, d->redactions.items[i].page, d->redactions.items[i].line, diags);
    for (size_t i = 0; i < d->confirmed.count; i++)
        check_page(a, d, d->confirmed.items[i].page, d->confirmed.items[i].line, diags);
    for (size_t i = 0; i < d->runs.count; i++) {
        named += d->runs.items[i].count;
        is_open = d->runs.items[i].count == 0;
    }
    if (d->runs.count && (is_open ? named >= d->text.page_count : named != d->text.page_count))
        report_line(diags, d, d->pages_line,
                    arena_printf(a, "this names %s%u pages; the file has %zu", is_open ? "more than " : "",
                                 (unsigned)named, d->text.page_count));
}

/* ---- all of them ---- */

const struct quote_index *documents_index(struct arena *a, const struct campaign *c, const struct document *d)
{
    struct span parties[PARTIES_MAX] = {c->employer, c->union_name, c->name};
    struct quote_rules rules = {.langs = &d->language, .lang_count = 1, .parties = parties, .party_count = 3};
    struct span rest = d->parties;
    struct span name;

    while (rules.party_count < COUNT(parties) && span_next(&rest, ',', &name))
        parties[rules.party_count++] = span_trim(name);
    return d->text.page_count ? quote_index_new(a, &d->text, &rules) : NULL;
}

static void report_file(struct diags *diags, const struct document *d, struct span fault)
{
    diags_add(diags, &(struct diag){.code = DIAG_BAD_FILE, .at = {.file = d->file}, .message = fault});
}

/* What is under a redaction is no text: neither to quote, nor to be named by a diagnostic. */
static void read_paper(struct arena *a, struct document *d, const struct folder_source *source,
                       const struct document_reader *reader, struct diags *diags)
{
    struct span fault = {0};
    enum rc rc = reader ? reader->text(reader->ctx, a, source, d, &d->text, &fault) : RC_NOT_FOUND;

    d->is_read = rc == RC_OK;
    if (!d->is_read)
        d->text = (struct doc_text){0};
    if (!d->is_read && rc != RC_NOT_FOUND)
        report_file(diags, d, fault);
    overlay_typed(a, d, diags);
    if (d->redactions.count)
        d->text = paper_public_text(a, &d->text, d->redactions.items, d->redactions.count);
}

static void show_all(struct arena *a, struct campaign *c, const struct folder_source *source,
                     const struct document_reader *reader, struct diags *diags)
{
    for (size_t i = 0; i < c->documents.count && diags->errors == 0; i++) {
        struct document *d = &c->documents.items[i];
        struct span fault = {0};

        if (!d->is_packed && d->is_read && document_is_cleared(d) &&
            reader->show(reader->ctx, a, source, c, d, &fault) != RC_OK)
            report_file(diags, d, fault);
    }
}

void documents_read(struct arena *a, struct campaign *c, const struct folder_source *source,
                    const struct document_reader *reader, struct diags *diags)
{
    for (size_t i = 0; i < c->documents.count; i++) {
        struct document *d = &c->documents.items[i];

        if (d->is_packed) {
            d->is_read = d->shown.is_made;
            d->text = d->shown.text;
        } else {
            read_paper(a, d, source, reader, diags);
        }
        if (d->is_read)
            check_pages(a, d, diags);
    }
    if (reader && reader->show)
        show_all(a, c, source, reader, diags);
}

/* ---- for references ---- */

struct prose_target documents_find(struct arena *a, const struct site *site, struct span key, enum lang lang)
{
    const struct campaign *c = site->campaign;
    const struct document *d = campaign_document(c, key);
    struct prose_target t = {.state = PROSE_UNKNOWN, .lang = lang};

    if (d == NULL)
        return t;
    t.state = d->superseded_by.n ? PROSE_SUPERSEDED : PROSE_FOUND;
    t.replaced_by = d->superseded_by;
    t.title = d->title[lang].n ? d->title[lang] : d->title[campaign_main_lang(c)];
    t.detail = arena_printf(a, "/sources/%.*s", SPAN_ARGS(d->key));
    t.address = site_path(site, a, lang, t.detail);
    return t;
}

struct span documents_nearest(struct arena *a, const struct campaign *c, struct span key)
{
    struct span *known = ARENA_ARRAY(a, struct span, c->documents.count + 1);

    for (size_t i = 0; i < c->documents.count; i++)
        known[i] = c->documents.items[i].key;
    return model_nearest(key, known, c->documents.count);
}
