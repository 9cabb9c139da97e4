/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Puts folder, parts and compiler together: this file gives the compiler its registers.
 *
 * Blocks, questions and rights are compiled first, because newsletters show them. A link into another page waits until
 * all anchors are known.
 */
#include "main/compile.h"

#include "folder/folder.h"
#include "main/documents.h"
#include "main/mail_size.h"
#include "main/options.h"
#include "main/own_words.h"
#include "rights/rights_rules.h"
#include "sources/sources_rules.h"

#include <stdlib.h>

enum { NEAREST_MAX = 200 }; /* "did you mean" for so many; a folder with more has another trouble */

struct context {
    struct arena *arena;
    struct compiled *out;
    const struct entry *current;     /* being compiled */
    const struct page_row **by_path; /* all addresses, sorted */
    size_t path_count;
    size_t *nearest_left;
    struct arena *index_arena;          /* gone when all is compiled */
    const struct quote_index **indexes; /* of the documents, in their order; null: nobody asked yet, or has no words */
    bool is_checked;                    /* as the source says */
};

/* ---- registers ---- */

static bool may_look_for_nearest(const struct context *x)
{
    if (*x->nearest_left == 0)
        return false;
    --*x->nearest_left;
    return true;
}

static struct prose_target find_block(const struct context *x, struct span key, enum lang lang)
{
    const struct entry *e = campaign_entry_any(x->out->campaign, ENTRY_BLOCK, key, lang);
    struct prose_target t = {.state = e ? PROSE_FOUND : PROSE_UNKNOWN, .lang = e ? e->lang : lang};

    if (e)
        t.body = prose_of(&x->out->library, e);
    return t;
}

static struct prose_target find_file(const struct context *x, struct arena *a, struct span key)
{
    struct prose_target t = {.state = PROSE_UNKNOWN};
    bool is_photo = span_starts(key, S("photos/"));

    if (is_photo ? campaign_photo(x->out->campaign, span_from(key, S("photos/").n)) != NULL
                 : campaign_file(x->out->campaign, key) != NULL) {
        t.state = PROSE_FOUND;
        t.address = arena_join(a, (struct span[]){is_photo ? S("/") : S("/files/"), key}, 2);
        t.title = key;
    }
    return t;
}

static struct prose_target find(const void *ctx, struct arena *a, enum prose_scheme scheme, struct span key,
                                enum lang lang, struct date day)
{
    const struct context *x = ctx;
    const struct site *site = &x->out->site;
    struct prose_target t = {.state = PROSE_UNKNOWN};

    switch (scheme) {
    case PROSE_FIG:
        return sources_find_figure(a, site, key, lang, day);
    case PROSE_PRESS:
        t = sources_find_press(a, site, key, lang);
        break;
    case PROSE_FAQ:
        t = rights_find(a, site, &x->out->library, ENTRY_FAQ, key, lang, day);
        break;
    case PROSE_RIGHT:
        t = rights_find(a, site, &x->out->library, ENTRY_RIGHT, key, lang, day);
        break;
    case PROSE_BLOCK:
        t = find_block(x, key, lang);
        break;
    case PROSE_FILE:
        return find_file(x, a, key);
    case PROSE_DOC:
        t = documents_find(a, site, key, lang);
        break;
    case PROSE_CASE:
        t = sources_find_case(a, site, key, lang, day);
        break;
    case PROSE_CLAIM:
        t = sources_find_claim(a, site, &x->out->library, key, lang, day);
        break;
    case PROSE_SIGN:
    case PROSE_WHO:
        return t;
    }
    if (t.state == PROSE_UNKNOWN && may_look_for_nearest(x))
        t.nearest = scheme == PROSE_CLAIM   ? sources_nearest_claim(a, site->campaign, key)
                    : scheme == PROSE_CASE  ? sources_nearest_case(a, site->campaign, key)
                    : scheme == PROSE_DOC   ? documents_nearest(a, site->campaign, key)
                    : scheme == PROSE_PRESS ? sources_nearest_press(a, site->campaign, key)
                    : scheme == PROSE_FAQ   ? campaign_entry_nearest(a, site->campaign, ENTRY_FAQ, key)
                    : scheme == PROSE_RIGHT ? campaign_entry_nearest(a, site->campaign, ENTRY_RIGHT, key)
                                            : campaign_entry_nearest(a, site->campaign, ENTRY_BLOCK, key);
    return t;
}

static const struct figure *find_figure(const void *ctx, struct span key, struct date day, bool *is_known_out,
                                        struct span *nearest_out)
{
    const struct context *x = ctx;
    const struct campaign *c = x->out->campaign;

    *is_known_out = campaign_has_figure(c, key);
    if (!*is_known_out && may_look_for_nearest(x))
        *nearest_out = sources_nearest_figure(x->arena, c, key);
    return campaign_figure(c, key, day);
}

/* May the text being compiled lead to `target`? A newsletter that comes later, or never, is not there for its readers. */
static bool is_reachable(const struct context *x, const struct entry *target)
{
    struct instant when = x->out->site.now;

    if (target->kind != ENTRY_NEWS)
        return true;
    if (x->current->kind == ENTRY_NEWS && x->current->published.us > when.us)
        when = x->current->published;
    return entry_is_public(target, when);
}

/* "faq/is-it-legal.md" → where its text is shown, for a page in `lang`. */
static bool find_entry_file(const struct context *x, struct arena *a, struct span path, enum lang lang,
                            struct span *address_out)
{
    const struct campaign *c = x->out->campaign;
    const struct entry *e = NULL;
    struct span base = {0};

    for (size_t i = 0; i < c->entries.count && e == NULL; i++)
        if (span_eq(c->entries.items[i].file, path))
            e = &c->entries.items[i];
    if (e == NULL || !is_reachable(x, e))
        return false;
    switch (e->kind) {
    case ENTRY_NEWS: {
        const struct entry *twin = campaign_entry(c, ENTRY_NEWS, e->key, lang);

        if (twin && is_reachable(x, twin))
            e = twin;
        *address_out = site_path(&x->out->site, a, e->lang, arena_join(a, (struct span[]){S("/news/"), e->slug}, 2));
        return true;
    }
    case ENTRY_PAGE:
    case ENTRY_PLATFORM:
        base = S("/");
        break;
    case ENTRY_FAQ:
        base = S("/faq/#");
        break;
    case ENTRY_RIGHT:
        base = S("/rights/#");
        break;
    case ENTRY_ITEM:
    case ENTRY_CLAIM:
        *address_out = claims_path(&x->out->site, a, lang, e);
        return true;
    case ENTRY_BLOCK:
        return false;
    }
    *address_out = site_path(&x->out->site, a, lang, arena_join(a, (struct span[]){base, e->key}, 2));
    return true;
}

static int compare_paths(const void *left, const void *right)
{
    return span_cmp((*(const struct page_row *const *)left)->path, (*(const struct page_row *const *)right)->path);
}

static const struct page_row *find_row(const struct context *x, struct span path)
{
    struct page_row wanted = {.path = path};
    const struct page_row *key = &wanted;
    const struct page_row **found =
        x->path_count ? bsearch(&key, x->by_path, x->path_count, sizeof *x->by_path, compare_paths) : NULL;

    return found ? *found : NULL;
}

/* "/es/news/2026-04-24-memo" of a newsletter that is not public yet, but will be when this text is. */
static bool is_future_news(const struct context *x, struct span path)
{
    const struct campaign *c = x->out->campaign;

    for (size_t i = 0; i < c->language_count; i++) {
        struct span base = site_path(&x->out->site, x->arena, c->languages[i], S("/news/"));
        const struct entry *e =
            span_starts(path, base) ? campaign_news_by_slug(c, span_from(path, base.n), c->languages[i]) : NULL;

        if (e && is_reachable(x, e))
            return true;
    }
    return false;
}

static bool find_page(const void *ctx, struct arena *a, struct span path, bool is_file, enum lang lang,
                      struct span *address_out)
{
    const struct context *x = ctx;

    if (is_file && (span_starts(path, S("photos/")) || span_starts(path, S("files/")))) {
        struct span key = span_starts(path, S("files/")) ? span_from(path, S("files/").n) : path;
        struct prose_target t = find_file(x, a, key);

        *address_out = t.address;
        return t.state == PROSE_FOUND;
    }
    if (is_file)
        return find_entry_file(x, a, path, lang, address_out);
    *address_out = path;
    return find_row(x, path) != NULL || is_future_news(x, path) || sources_exhibit_at(&x->out->site, a, path) != NULL;
}

static const struct photo_file *find_photo(const void *ctx, struct span name)
{
    return campaign_photo(((const struct context *)ctx)->out->campaign, name);
}

static struct span standing_block(const void *ctx, size_t n)
{
    const struct context *x = ctx;
    size_t count;
    const struct entry *blocks = campaign_entries(x->out->campaign, ENTRY_BLOCK, &count);

    for (size_t i = 0; i < count; i++) {
        bool is_repeat = i && span_eq(blocks[i].key, blocks[i - 1].key);

        if (blocks[i].is_standing && !is_repeat && n-- == 0)
            return blocks[i].key;
    }
    return (struct span){0};
}

static const struct document *nth_document(const void *ctx, size_t n, const struct quote_index **index_out)
{
    const struct context *x = ctx;
    const struct campaign *c = x->out->campaign;

    if (n >= c->documents.count)
        return NULL;
    if (x->indexes[n] == NULL)
        x->indexes[n] = documents_index(x->index_arena, c, &c->documents.items[n]);
    *index_out = x->indexes[n];
    return &c->documents.items[n];
}

static const struct document *find_document(const void *ctx, struct span key, const struct quote_index **index_out)
{
    const struct campaign *c = ((const struct context *)ctx)->out->campaign;
    const struct document *d = campaign_document(c, key);

    return d ? nth_document(ctx, (size_t)(d - c->documents.items), index_out) : NULL;
}

/* ---- compiling ---- */

static void compile_entries(struct context *x, const struct prose_registers *registers, bool embedded)
{
    struct campaign *c = x->out->campaign;
    struct prose_room *room = prose_room_open();

    for (size_t i = 0; i < c->entries.count; i++) {
        const struct entry *e = &c->entries.items[i];
        bool is_embedded = e->kind == ENTRY_BLOCK || e->kind == ENTRY_FAQ || e->kind == ENTRY_RIGHT ||
                           e->kind == ENTRY_ITEM || e->kind == ENTRY_CLAIM;
        struct prose_request request = {
            .campaign = c,
            .entry = e,
            .day = e->kind == ENTRY_NEWS ? e->date : x->out->site.today,
            .is_embedded_kind = is_embedded,
            .is_checked = x->is_checked,
            .room = room,
        };

        if (is_embedded != embedded)
            continue;
        x->current = e;
        x->out->library.docs[i] = prose_compile(x->arena, &request, registers, &x->out->diags);
    }
    prose_room_close(&room);
}

static void compile_all(struct context *x, const struct prose_registers *registers)
{
    x->index_arena = arena_open(COMPILE_MEMORY);
    x->indexes = ARENA_ARRAY(x->index_arena, const struct quote_index *, x->out->campaign->documents.count + 1);
    compile_entries(x, registers, true);
    compile_entries(x, registers, false);
    arena_close(&x->index_arena);
    x->indexes = NULL;
}

static bool press_or_chronology_has(const struct campaign *c, struct span key)
{
    for (size_t i = 0; i < c->chronology.count; i++)
        if (span_eq(c->chronology.items[i].key, key) && c->chronology.items[i].is_public)
            return true;
    return campaign_press(c, key) != NULL;
}

static bool docket_has_anchor(const struct campaign *c, struct span key, struct span anchor)
{
    const struct legal_case *found = campaign_case(c, key);

    return found && case_allegation(found, anchor) != NULL;
}

/* "claim-3" on the page of an item. */
static bool item_has_anchor(const struct context *x, struct span key, struct span anchor)
{
    const struct campaign *c = x->out->campaign;
    struct span number = span_from(anchor, S("claim-").n);
    struct span claim = arena_printf(x->arena, "%.*s-%.*s", SPAN_ARGS(key), SPAN_ARGS(number));
    const struct entry *e = campaign_entry_any(c, ENTRY_CLAIM, claim, campaign_main_lang(c));

    return span_starts(anchor, S("claim-")) && e && span_eq(e->item, key);
}

/* The documents whose anchors a page has, and the keys that are anchors on it. */
static bool has_anchor(const struct context *x, struct span path, struct span anchor)
{
    const struct compiled *out = x->out;
    const struct campaign *c = out->campaign;
    const struct document *exhibit = sources_exhibit_at(&out->site, x->arena, path);

    if (exhibit)
        return sources_exhibit_has(x->arena, exhibit, anchor);
    for (size_t i = 0; i < c->language_count; i++) {
        enum lang lang = c->languages[i];
        struct span base = site_path(&out->site, x->arena, lang, S("/"));
        struct span rest = span_from(path, base.n);
        const struct entry *e = NULL;

        if (!span_starts(path, base))
            continue;
        if (span_eq(rest, S("faq/")) || span_eq(rest, S("rights/")))
            return campaign_entry_any(c, span_eq(rest, S("faq/")) ? ENTRY_FAQ : ENTRY_RIGHT, anchor, lang) != NULL;
        if (span_eq(rest, S("press")) || span_eq(rest, S("chronology")))
            return press_or_chronology_has(c, anchor);
        if (span_starts(rest, S("docket/")))
            return docket_has_anchor(c, span_from(rest, S("docket/").n), anchor);
        if (span_starts(rest, S("claims/")))
            return item_has_anchor(x, span_from(rest, S("claims/").n), anchor);
        if (span_starts(rest, S("news/")))
            e = campaign_news_by_slug(c, span_from(rest, S("news/").n), lang);
        else if (span_eq(rest, S("platform")))
            e = campaign_entry_any(c, ENTRY_PLATFORM, rest, lang);
        else
            e = campaign_entry_any(c, ENTRY_PAGE, rest, lang);
        if (e && prose_has_anchor(prose_of(&out->library, e), anchor))
            return true;
    }
    return false;
}

/* What is quoted in another language than the paper's is held against the same text in the paper's own. */
static void check_translations(struct context *x)
{
    struct compiled *out = x->out;

    for (size_t i = 0; i < out->campaign->entries.count; i++) {
        const struct entry *e = &out->campaign->entries.items[i];

        for (size_t k = 0; k < out->campaign->language_count; k++) {
            enum lang lang = out->campaign->languages[k];
            const struct entry *other = campaign_entry(out->campaign, e->kind, e->key, lang);

            if (lang != e->lang && other)
                prose_check_translation(out->library.docs[i], prose_of(&out->library, other), lang_code(lang),
                                        &out->diags);
        }
    }
}

static void check_anchors(struct context *x)
{
    struct compiled *out = x->out;

    for (size_t i = 0; i < out->campaign->entries.count; i++) {
        const struct prose_doc *doc = out->library.docs[i];

        for (size_t k = 0; k < prose_pending_count(doc); k++) {
            const struct prose_pending *p = prose_pending(doc, k);

            if (p->fragment.n == 0 ||
                (p->address.n ? has_anchor(x, p->address, p->fragment) : prose_has_anchor(doc, p->fragment)))
                continue;
            diags_add(&out->diags,
                      &(struct diag){.code = DIAG_BROKEN_LINK,
                                     .at = p->at,
                                     .width = p->width,
                                     .text = p->text,
                                     .message = arena_printf(x->arena, "%.*s has no place called “#%.*s”",
                                                             SPAN_ARGS(p->address.n ? p->address : S("this text")),
                                                             SPAN_ARGS(p->fragment))});
        }
    }
}

/* Sources of figures and of the chronology that refer to the press or a file. */
static void check_source(struct context *x, const struct source *source, const struct place *at)
{
    const struct campaign *c = x->out->campaign;
    struct span scheme;
    struct span key;
    bool is_there = true;

    span_cut(source->address, ':', &scheme, &key);
    if (span_eq(scheme, S("press")))
        is_there = campaign_press(c, key) != NULL;
    else if (span_eq(scheme, S("file")))
        is_there = find_file(x, x->arena, key).state == PROSE_FOUND;
    if (!is_there)
        diags_add(&x->out->diags, &(struct diag){.code = DIAG_UNKNOWN_REFERENCE,
                                                 .at = *at,
                                                 .message = arena_printf(x->arena, "there is no %.*s “%.*s”",
                                                                         SPAN_ARGS(scheme), SPAN_ARGS(key))});
}

static void check_sources(struct context *x)
{
    const struct campaign *c = x->out->campaign;

    for (size_t i = 0; i < c->figures.count; i++)
        check_source(x, &c->figures.items[i].source, &c->figures.items[i].at);
    for (size_t i = 0; i < c->chronology.count; i++)
        check_source(x, &c->chronology.items[i].source, &c->chronology.items[i].at);
}

/* A correction is marked with its day, so it is none before that day has come. */
static void check_corrected(struct context *x)
{
    const struct campaign *c = x->out->campaign;

    for (size_t i = 0; i < c->figures.count; i++) {
        const struct figure *f = &c->figures.items[i];

        if (date_cmp(f->corrected, x->out->site.today) > 0)
            diags_add(&x->out->diags,
                      &(struct diag){.code = DIAG_BAD_ROW,
                                     .at = f->at,
                                     .message = arena_printf(x->arena, "“%.*s” is corrected on a day still to come",
                                                             SPAN_ARGS(f->key)),
                                     .note = S("`corrected` is the day on which you correct it")});
    }
}

static void index_paths(struct context *x)
{
    const struct page_rows *rows = x->out->rows;

    x->path_count = rows->list.count;
    x->by_path = ARENA_ARRAY(x->arena, const struct page_row *, x->path_count + 1);
    for (size_t i = 0; i < x->path_count; i++)
        x->by_path[i] = &rows->list.items[i];
    if (x->path_count)
        qsort(x->by_path, x->path_count, sizeof *x->by_path, compare_paths);
}

enum rc compile_source(struct arena *a, const struct folder_source *source, struct instant now, bool is_static,
                       struct compiled *compiled_out, struct span *fault_out)
{
    return compile_source_reading(a, source, NULL, now, is_static, compiled_out, fault_out);
}

enum rc compile_source_reading(struct arena *a, const struct folder_source *source,
                               const struct document_reader *reader, struct instant now, bool is_static,
                               struct compiled *compiled_out, struct span *fault_out)
{
    size_t nearest_left = NEAREST_MAX;
    struct context x = {
        .arena = a, .out = compiled_out, .nearest_left = &nearest_left, .is_checked = source->is_checked};
    const struct prose_registers registers = {
        .ctx = &x,
        .find = find,
        .figure = find_figure,
        .page = find_page,
        .photo = find_photo,
        .standing = standing_block,
        .document = find_document,
        .nth_document = nth_document,
    };
    enum rc rc;

    *compiled_out = (struct compiled){0};
    diags_init(&compiled_out->diags, a);
    rc = folder_read_source(a, source, &compiled_out->diags, &compiled_out->campaign, fault_out);
    if (rc != RC_OK) {
        diags_sort(&compiled_out->diags);
        return rc;
    }
    /* First, for what of a document can be shown has pages. */
    documents_read(a, compiled_out->campaign, source, reader, &compiled_out->diags);
    compiled_out->site = pages_site(compiled_out->campaign, now, is_static);
    compiled_out->rows = pages_list(a, &compiled_out->site);
    compiled_out->library.campaign = compiled_out->campaign;
    compiled_out->library.docs = ARENA_ARRAY(a, const struct prose_doc *, compiled_out->campaign->entries.count + 1);
    index_paths(&x);
    compile_all(&x, &registers);
    check_anchors(&x);
    check_translations(&x);
    check_sources(&x);
    if (!source->is_checked) {
        check_corrected(&x);
        own_words_check(a, compiled_out->campaign, compiled_out->site.today, &compiled_out->diags);
        mail_size_check(compiled_out);
    }
    diags_sort(&compiled_out->diags);
    return RC_OK;
}

enum rc compile_folder(struct arena *a, const char *dir, const struct document_reader *reader, struct instant now,
                       bool is_static, struct compiled *compiled_out, struct span *fault_out)
{
    struct folder_source source;
    enum rc rc = folder_source_open(a, dir, &source, fault_out);

    *compiled_out = (struct compiled){0};
    diags_init(&compiled_out->diags, a);
    if (rc == RC_OK)
        rc = compile_source_reading(a, &source, reader, now, is_static, compiled_out, fault_out);
    folder_source_close(&source);
    return rc;
}
