/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See papers.h. Bytes of an original live in an arena of their own and are gone when a call returns; what stays is what
 * the helpers made of them.
 */
#define _GNU_SOURCE
#include "main/papers.h"

#include "folder/folder.h"
#include "folder/packed.h"
#include "main/papers_seal.h"
#include "paper/paper.h"
#include "seal/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PICTURE_WIDE = 1400, /* pixels: two for each of a page's on a wide screen */
    AT_A_TIME = 16,      /* pages that are drawn by one helper */
    QUIET_MS = 1000,     /* work that takes no longer is not talked about */
    WORD_COSTS = 12,     /* bytes of a word's line in KEY.words beside the word, at least */
    HEX_ROOM = 4 * SHA256_LEN,
};
/* An original, a copy, and what lies between. */
#define PAPER_MEMORY ((size_t)2 << 30)

/* What paper_read() found and a document has no place for. */
struct leaf {
    struct span key;
    struct span hash; /* of the paper whose words were read */
    uint16_t *turns;
};

struct watch {
    const char *verb;
    const struct document *document;
    int64_t began_ms;
    uint32_t done_before; /* steps of calls before this one */
    uint32_t total;       /* of all; 0: the call's own */
    bool is_shown;
};

struct papers {
    struct arena *arena;
    const char *dir;
    enum papers_seals seals;
    struct paper_cache cache;
    bool has_cache;
    bool is_terminal;
    struct paper_job job;
    struct watch watch;
    LIST(struct leaf) leaves;
    size_t read_bytes; /* about what all words will take */
    size_t shown_bytes;
    size_t words_bytes;
    size_t file_count;
    struct document_reader reader;
    struct document_reader publisher;
};

/* ---- progress ---- */

static int64_t now_ms(void)
{
    struct timespec t;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool on_progress(void *arg, uint32_t done, uint32_t total)
{
    struct papers *p = arg;
    struct watch *w = &p->watch;

    if (!p->is_terminal || now_ms() - w->began_ms < QUIET_MS)
        return true;
    fprintf(stderr, "\r\033[K%.*s: %s, %u of %u", SPAN_ARGS(w->document->file), w->verb, w->done_before + done,
            w->total ? w->total : total);
    (void)fflush(stderr);
    w->is_shown = true;
    return true;
}

static void watch_begin(struct papers *p, const struct document *d, const char *verb)
{
    p->watch = (struct watch){.verb = verb, .document = d, .began_ms = now_ms()};
}

static void watch_end(struct papers *p)
{
    if (p->watch.is_shown)
        fputs("\r\033[K", stderr);
    p->watch = (struct watch){0};
}

/* ---- the paper ---- */

static struct span problem_words(struct arena *a, struct paper_problem problem)
{
    struct span words = paper_fault_words(problem.fault);

    return problem.page ? arena_printf(a, "page %u: %.*s", problem.page, SPAN_ARGS(words)) : words;
}

static bool open_paper(struct arena *a, const struct folder_source *source, const struct document *d,
                       struct paper_source *paper_out)
{
    *paper_out = (struct paper_source){.kind = d->kind, .lang = LANG_EN};
    (void)lang_from_code(d->language, &paper_out->lang);
    return source->read(source->ctx, a, d->file, FOLDER_DOCUMENT_MAX, &paper_out->bytes) == FOLDER_FINE;
}

/* Into memory that stays. False: all documents together have too many. */
static bool keep_text(struct papers *p, struct arena *a, const struct doc_text *from, struct doc_text *to)
{
    size_t bytes = 0;
    char *room;

    for (size_t i = 0; i < from->page_count; i++)
        for (size_t w = 0; w < from->pages[i].word_count; w++) {
            bytes += from->pages[i].words[w].text.n;
            p->read_bytes += from->pages[i].words[w].text.n + WORD_COSTS;
        }
    if (p->read_bytes > FOLDER_WORDS_MAX)
        return false;
    room = arena_alloc(a, bytes + 1);
    *to = (struct doc_text){ARENA_ARRAY(a, struct doc_page, from->page_count + 1), from->page_count};
    for (size_t i = 0; i < from->page_count; i++) {
        struct doc_page *page = &to->pages[i];

        *page = from->pages[i];
        page->words = ARENA_ARRAY(a, struct doc_word, page->word_count + 1);
        for (size_t w = 0; w < page->word_count; w++) {
            struct span text = from->pages[i].words[w].text;

            page->words[w] = from->pages[i].words[w];
            memcpy(room, text.p, text.n);
            page->words[w].text = (struct span){room, text.n};
            room += text.n;
        }
    }
    return true;
}

static void keep_leaf(struct papers *p, const struct document *d, struct span bytes, const struct paper_text *text)
{
    struct leaf *leaf = LIST_ADD(p->arena, &p->leaves);

    *leaf =
        (struct leaf){d->key, sha256_of(p->arena, bytes), ARENA_ARRAY(p->arena, uint16_t, text->text.page_count + 1)};
    memcpy(leaf->turns, text->turns, text->text.page_count * sizeof *leaf->turns);
}

static enum rc read_words(struct papers *p, struct arena *a, struct arena *own, const struct folder_source *source,
                          const struct document *d, struct doc_text *text_out, struct span *fault_out)
{
    struct paper_source paper;
    struct paper_text text;
    struct paper_problem problem;
    enum rc rc;

    if (!open_paper(own, source, d, &paper)) {
        *fault_out = S("it changed while it was read: once more, please");
        return RC_IO;
    }
    watch_begin(p, d, "reading");
    rc = paper_read(own, &p->job, &paper, &text, &problem);
    watch_end(p);
    if (rc != RC_OK) {
        *fault_out = problem_words(a, problem);
        return rc;
    }
    if (!keep_text(p, a, &text.text, text_out)) {
        *fault_out = S("with this one, all documents together have more words than a campaign may have");
        return RC_LIMIT;
    }
    keep_leaf(p, d, paper.bytes, &text);
    return RC_OK;
}

static enum rc text_of(void *ctx, struct arena *a, const struct folder_source *source, const struct document *d,
                       struct doc_text *text_out, struct span *fault_out)
{
    struct arena *own;
    enum rc rc;

    if (d->is_wrong_kind)
        return RC_NOT_FOUND;
    own = arena_open(PAPER_MEMORY);
    rc = read_words(ctx, a, own, source, d, text_out, fault_out);
    arena_close(&own);
    return rc;
}

/* ---- the public copy ---- */

struct showing {
    struct papers *papers;
    struct arena *arena; /* the campaign's */
    struct arena *own;
    const struct folder_source *source;
    struct document *document;
    const struct leaf *leaf;
    struct paper_source paper;
    struct span *fault;
};

static enum rc fails(struct showing *s, enum rc rc, struct span fault)
{
    *s->fault = fault;
    return rc;
}

static const struct leaf *leaf_of(const struct papers *p, struct span key)
{
    for (size_t i = 0; i < p->leaves.count; i++)
        if (span_eq(p->leaves.items[i].key, key))
            return &p->leaves.items[i];
    return NULL;
}

static struct span hex(struct arena *a, struct span hash)
{
    struct buf *b = buf_new(a, HEX_ROOM);

    sha256_put(b, hash);
    return buf_span(b);
}

/* So many of 512 MB: of all copies, as a folder that is read may have. */
static bool fits(struct papers *p, size_t bytes)
{
    p->shown_bytes += bytes;
    return p->shown_bytes <= FOLDER_SHOWN_MAX;
}

static enum rc make_copy(struct showing *s)
{
    struct document *d = s->document;
    const struct paper_text text = {d->text, s->leaf->turns};
    struct paper_problem problem;
    struct span pdf;
    enum rc rc;

    watch_begin(s->papers, d, "the public copy");
    rc =
        paper_copy(s->own, &s->papers->job, &s->paper, &text, d->redactions.items, d->redactions.count, &pdf, &problem);
    watch_end(s->papers);
    if (rc != RC_OK)
        return fails(s, rc, problem_words(s->arena, problem));
    if (pdf.n > FOLDER_COPY_MAX || !fits(s->papers, pdf.n))
        return fails(s, RC_LIMIT,
                     S("its public copy is larger than 128 MB, or with it all of them than 512 MB: split it"));
    d->shown.pdf = arena_dup(s->arena, pdf);
    d->shown.pdf_size = pdf.n;
    d->shown.sha256 = hex(s->arena, sha256_of(s->own, pdf));
    return RC_OK;
}

/* Pages `from` and behind it, as many as one helper draws. */
static enum rc draw_some(struct showing *s, size_t from, size_t count)
{
    struct document *d = s->document;
    struct arena *own = arena_open((size_t)1 << 30);
    uint32_t pages[AT_A_TIME];
    struct paper_picture pictures[AT_A_TIME];
    struct paper_problem problem;
    const struct paper_drawing drawing = {.pages = pages,
                                          .turns = s->leaf->turns + from,
                                          .page_count = count,
                                          .redactions = d->redactions.items,
                                          .redaction_count = d->redactions.count,
                                          .width = PICTURE_WIDE};
    enum rc rc;

    for (size_t i = 0; i < count; i++)
        pages[i] = (uint32_t)(from + i + 1);
    rc = paper_draw(own, &s->papers->job, &s->paper, &drawing, pictures, &problem);
    if (rc != RC_OK)
        (void)fails(s, rc, problem_words(s->arena, problem));
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        uint32_t width = 0;
        uint32_t height = 0;

        if (!packed_webp_size(pictures[i].webp, &width, &height) || width != pictures[i].width ||
            height != pictures[i].height)
            rc = fails(s, RC_IO, problem_words(s->arena, (struct paper_problem){PAPER_NONSENSE, pages[i]}));
        else if (!fits(s->papers, pictures[i].webp.n))
            rc = fails(s, RC_LIMIT, S("with its pictures, all public copies together are larger than 512 MB"));
        else
            d->shown.pictures[from + i] = (struct doc_picture){width, height, arena_dup(s->arena, pictures[i].webp)};
    }
    arena_close(&own);
    return rc;
}

static enum rc draw_pages(struct showing *s)
{
    struct document *d = s->document;
    size_t count = d->text.page_count;
    enum rc rc = RC_OK;

    d->shown.pictures = ARENA_ARRAY(s->arena, struct doc_picture, count + 1);
    watch_begin(s->papers, d, "drawing pages");
    s->papers->watch.total = (uint32_t)count;
    for (size_t from = 0; from < count && rc == RC_OK; from += AT_A_TIME) {
        s->papers->watch.done_before = (uint32_t)from;
        rc = draw_some(s, from, count - from < AT_A_TIME ? count - from : AT_A_TIME);
    }
    watch_end(s->papers);
    return rc;
}

static enum rc commit(struct showing *s)
{
    struct span seal;
    enum rc rc = s->papers->seals == PAPERS_SEALS_KEPT
                     ? papers_seal_kept(s->own, s->papers->dir, s->source, s->document->key, &seal, s->fault)
                     : papers_seal_aside(s->own, s->source, s->document->key, &seal, s->fault);

    if (rc != RC_OK) {
        *s->fault = arena_dup(s->arena, *s->fault);
        return rc;
    }
    s->document->shown.commitment =
        hex(s->arena, sha256_of(s->own, arena_join(s->own, (struct span[]){seal, s->paper.bytes}, 2)));
    return RC_OK;
}

static enum rc show(struct showing *s, const struct campaign *c)
{
    struct papers *p = s->papers;
    struct document *d = s->document;
    enum rc rc;

    s->leaf = leaf_of(p, d->key);
    if (s->leaf == NULL || !open_paper(s->own, s->source, d, &s->paper) ||
        !span_eq(sha256_of(s->own, s->paper.bytes), s->leaf->hash))
        return fails(s, RC_IO, S("it changed while it was read: once more, please"));
    p->file_count += d->text.page_count + 3;
    if (p->file_count > FOLDER_FILES_MAX)
        return fails(s, RC_LIMIT, S("with this one, all documents together have more than 10,000 pages"));
    d->shown.text = d->text;
    rc = make_copy(s);
    if (rc == RC_OK)
        rc = draw_pages(s);
    if (rc == RC_OK)
        rc = commit(s);
    if (rc != RC_OK)
        return rc;
    rc = packed_make(s->arena, c, d);
    p->words_bytes += d->public_words.n;
    if (rc != RC_OK || p->words_bytes > FOLDER_WORDS_MAX || !fits(p, d->public_words.n))
        return fails(s, RC_LIMIT, S("with this one, all documents together have more words than a campaign may have"));
    d->shown.is_made = true;
    return RC_OK;
}

static enum rc show_document(void *ctx, struct arena *a, const struct folder_source *source, const struct campaign *c,
                             struct document *d, struct span *fault_out)
{
    struct showing s = {.papers = ctx,
                        .arena = a,
                        .own = arena_open(PAPER_MEMORY),
                        .source = source,
                        .document = d,
                        .fault = fault_out};
    enum rc rc = show(&s, c);

    if (rc != RC_OK)
        d->shown = (struct doc_public){0};
    arena_close(&s.own);
    return rc;
}

/* ---- the cache ---- */

static bool open_cache(struct papers *p)
{
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    struct span base;

    if (xdg && xdg[0] == '/')
        base = span_of(xdg);
    else if (home && home[0] == '/')
        base = arena_printf(p->arena, "%s/.cache", home);
    else
        return false;
    (void)mkdir(arena_cstr(p->arena, base), 0700); /* where it is missing; what else is wrong shows below */
    return paper_cache_open(
        p->arena, arena_cstr(p->arena, arena_join(p->arena, (struct span[]){base, S("/breakroom")}, 2)), &p->cache);
}

struct papers *papers_open(struct arena *a, const char *dir, enum papers_seals seals)
{
    struct papers *p = ARENA_NEW(a, struct papers);

    *p = (struct papers){.arena = a,
                         .dir = dir,
                         .seals = seals,
                         .is_terminal = isatty(STDERR_FILENO),
                         .reader = {.ctx = p, .text = text_of},
                         .publisher = {.ctx = p, .text = text_of, .show = show_document}};
    p->has_cache = open_cache(p);
    p->job = (struct paper_job){
        .limits = paper_limits_default(), .progress = on_progress, .arg = p, .cache = p->has_cache ? &p->cache : NULL};
    return p;
}

void papers_close(struct papers **papers)
{
    if (*papers && (*papers)->has_cache)
        paper_cache_close(&(*papers)->cache);
    *papers = NULL;
}

const struct document_reader *papers_reader(struct papers *papers)
{
    return &papers->reader;
}

const struct document_reader *papers_publisher(struct papers *papers)
{
    return &papers->publisher;
}

struct paper_job papers_job(struct papers *papers)
{
    struct paper_job job = papers->job;

    job.progress = NULL;
    return job;
}

bool papers_are_in(const struct campaign *c)
{
    for (size_t i = 0; i < c->documents.count; i++)
        if (!c->documents.items[i].is_packed)
            return true;
    return false;
}
