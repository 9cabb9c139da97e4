/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A table of addresses in the order of their bytes; in each slot nothing, or an answer that stays until the table goes.
 * Two threads that make the same page at once make the same bytes: the first one's is kept.
 */
#include "page/cache.h"

#include "http/log.h"
#include "store/content.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RENDER_MEMORY = 256 * 1024 * 1024, TABLE_MEMORY = 64 * 1024 * 1024, TAG_LEN = 32 };

/* Tells the versions of one page apart: the same on every copy and after every start. No promise against forgers. */
struct tag {
    uint64_t half[2];
};

struct kept {
    struct http_ready *ready;
    struct tag tag;
};

struct slot {
    const struct page_row *row;
    _Atomic(struct kept *) kept;
};

struct page_cache {
    struct arena *arena;
    const struct site *site;
    const struct prose_library *lib;
    struct page_cache_room *room;
    struct db_store *store; /* may be null */
    int64_t campaign_id;
    struct slot *slots;
    size_t count;
};

/* ---- the table ---- */

static int compare_slots(const void *left, const void *right)
{
    return span_cmp(((const struct slot *)left)->row->path, ((const struct slot *)right)->row->path);
}

struct page_cache *page_cache_open(const struct site *site, const struct prose_library *lib,
                                   const struct page_rows *rows, struct page_cache_room *room, struct db_store *store,
                                   int64_t campaign_id)
{
    struct arena *a = arena_open(TABLE_MEMORY);
    struct page_cache *c = ARENA_NEW(a, struct page_cache);

    c->arena = a;
    c->site = site;
    c->lib = lib;
    c->room = room;
    c->store = store;
    c->campaign_id = campaign_id;
    c->slots = ARENA_ARRAY(a, struct slot, rows->list.count + 1);
    for (size_t i = 0; i < rows->list.count; i++)
        c->slots[c->count++].row = &rows->list.items[i];
    if (c->count)
        qsort(c->slots, c->count, sizeof *c->slots, compare_slots);
    return c;
}

void page_cache_close(struct page_cache **cache)
{
    struct page_cache *c = *cache;
    struct arena *a;

    *cache = NULL;
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++) {
        struct kept *kept = atomic_load(&c->slots[i].kept);

        if (kept == NULL)
            continue;
        (void)atomic_fetch_sub(&c->room->used, http_ready_size(kept->ready));
        (void)atomic_fetch_sub(&c->room->answers, 1);
        http_ready_drop(&kept->ready);
        free(kept);
    }
    a = c->arena;
    arena_close(&a);
}

static struct slot *find(const struct page_cache *c, struct span path)
{
    const struct page_row wanted = {.path = path};
    const struct slot key = {.row = &wanted};

    return c->count ? bsearch(&key, c->slots, c->count, sizeof *c->slots, compare_slots) : NULL;
}

size_t page_cache_count(const struct page_cache *c)
{
    return c->count;
}

/* ---- making an answer ---- */

static struct tag tag_of(struct span s)
{
    struct tag t = {{0x9E3779B97F4A7C15U ^ s.n, 0xC2B2AE3D27D4EB4FU + s.n}};
    uint64_t word;

    for (size_t i = 0; i < s.n; i += sizeof word) {
        struct span piece = span_sub(s, i, sizeof word);

        word = 0;
        memcpy(&word, piece.p, piece.n);
        t.half[0] = (t.half[0] ^ word) * 0xFF51AFD7ED558CCDU;
        t.half[0] ^= t.half[0] >> 32;
        t.half[1] = (t.half[1] + word) * 0x9FB21C651E98DF25U;
        t.half[1] = t.half[1] << 29 | t.half[1] >> 35;
    }
    return t;
}

static bool is_lost_page(const struct page_row *row)
{
    return span_ends(row->path, S("/404.html"));
}

/* Pictures, and documents made of them, are small already; all else we send is text. */
static bool is_worth_encoding(const struct page_row *row)
{
    static const struct span small[] = {SPAN_INIT("image/jpeg"), SPAN_INIT("image/png"), SPAN_INIT("image/webp"),
                                        SPAN_INIT("application/pdf")};

    for (size_t i = 0; i < COUNT(small); i++)
        if (span_eq(row->content_type, small[i]))
            return false;
    return true;
}

/* "/sources/memo.pdf" is saved as "memo.pdf": a browser's own viewer would leave the page with its quotations. A leaflet
 * is to be printed, and is called as in the store, where its name says the language. */
static struct span attachment_of(const struct page_row *row)
{
    struct span name = row->is_read_in_place && row->piece.n ? row->piece : row->path;

    if (!span_eq(row->content_type, S("application/pdf")))
        return S("");
    return span_from(name, span_find_last_char(name, '/') + 1);
}

static struct http_answer answer_for(const struct page_row *row)
{
    bool is_lost = is_lost_page(row);
    bool is_page = span_starts(row->content_type, S("text/html"));

    return (struct http_answer){
        .status = is_lost ? 404 : 200,
        .type = row->content_type.p, /* a literal, as is the next */
        .language = is_page ? lang_code(row->lang).p : NULL,
        .cache = is_lost ? HTTP_NO_STORE : HTTP_MINUTE,
        .attachment = attachment_of(row),
        .is_shown = row->is_read_in_place,
        .embeddable = span_starts(row->path, S("/photos/")) || span_eq(row->path, S("/share.png")) ||
                      span_eq(row->content_type, S("image/webp")),
    };
}

/* Of a piece that is nowhere else; a later load may have taken it away. */
static enum rc fetch(const struct page_cache *c, struct arena *a, const struct page_row *row, struct span *body_out)
{
    struct db *db = NULL;
    enum rc rc = db_borrow(c->store, &db);

    if (rc != RC_OK)
        return rc;
    rc = content_piece(db, a, c->campaign_id, row->piece, body_out);
    db_give_back(&db);
    return rc;
}

static enum rc body_of(const struct page_cache *c, struct arena *a, const struct page_row *row, struct span *body_out)
{
    enum rc rc = RC_OK;

    *body_out = row->render(a, c->site, c->lib, row);
    if (body_out->n == 0 && row->piece.n && c->store)
        rc = fetch(c, a, row, body_out);
    if (body_out->n == 0)
        *body_out = S("");
    (void)atomic_fetch_add_explicit(&c->room->made, 1, memory_order_relaxed);
    return rc;
}

static struct http_ready *ready_of(struct arena *a, const struct page_row *row, struct span body, struct tag tag,
                                   bool is_encoded)
{
    struct http_answer answer = answer_for(row);
    struct span bodies[HTTP_ENCODINGS] = {[HTTP_IDENTITY] = body};

    if (answer.status == 200)
        answer.etag = arena_printf(a, "%016" PRIx64 "%016" PRIx64, tag.half[0], tag.half[1]);
    for (unsigned e = HTTP_IDENTITY + 1; is_encoded && is_worth_encoding(row) && e < HTTP_ENCODINGS; e++) {
        if (http_encode(a, (enum http_encoding)e, body, &bodies[e]) != RC_OK)
            bodies[e] = (struct span){0};
    }
    return http_ready_new(&answer, bodies);
}

/* Takes `ready`. Gives back what is kept, or null when there is no room; then `ready` is still the caller's. */
static struct kept *keep(struct page_cache *c, struct slot *slot, struct http_ready *ready, struct tag tag)
{
    size_t size = http_ready_size(ready);
    struct kept *kept;
    struct kept *first = NULL;

    if (atomic_fetch_add(&c->room->used, size) + size > c->room->most) {
        (void)atomic_fetch_sub(&c->room->used, size);
        return NULL;
    }
    kept = calloc(1, sizeof *kept);
    CHECK(kept != NULL);
    *kept = (struct kept){.ready = ready, .tag = tag};
    if (atomic_compare_exchange_strong(&slot->kept, &first, kept)) {
        (void)atomic_fetch_add(&c->room->answers, 1);
        return kept;
    }
    (void)atomic_fetch_sub(&c->room->used, size);
    http_ready_drop(&kept->ready);
    free(kept);
    return first;
}

void page_cache_take_over(struct page_cache *c, const struct page_cache *old)
{
    struct arena *a = arena_open(RENDER_MEMORY);

    for (size_t i = 0; i < c->count; i++) {
        struct slot *slot = &c->slots[i];
        struct slot *was = find(old, slot->row->path);
        struct kept *kept = was ? atomic_load(&was->kept) : NULL;
        struct http_ready *ready;
        struct span body;
        struct tag tag;

        if (kept == NULL || slot->row->moved_to.n || was->row->lang != slot->row->lang)
            continue;
        if (body_of(c, a, slot->row, &body) != RC_OK)
            continue; /* whoever asks next finds out */
        tag = tag_of(body);
        if (tag.half[0] == kept->tag.half[0] && tag.half[1] == kept->tag.half[1]) {
            ready = http_ready_hold(kept->ready);
            (void)atomic_fetch_add_explicit(&c->room->same, 1, memory_order_relaxed);
        } else {
            ready = ready_of(a, slot->row, body, tag, true);
        }
        if (keep(c, slot, ready, tag) == NULL)
            http_ready_drop(&ready);
        arena_reset(a);
    }
    arena_close(&a);
}

/* ---- answering ---- */

static void send_body(struct page_cache *c, struct slot *slot, struct req *rq, struct arena *a, struct span body)
{
    struct tag tag = tag_of(body);
    bool has_room = atomic_load_explicit(&c->room->used, memory_order_relaxed) + body.n < c->room->most;
    struct http_ready *ready = ready_of(a, slot->row, body, tag, has_room);
    struct kept *kept = keep(c, slot, ready, tag);

    http_send_ready(rq, kept ? kept->ready : ready);
    if (kept == NULL)
        http_ready_drop(&ready);
}

static void make_and_send(struct page_cache *c, struct slot *slot, struct req *rq)
{
    struct arena *a = arena_open(RENDER_MEMORY);
    struct span body;
    enum rc rc = body_of(c, a, slot->row, &body);

    if (rc == RC_OK) {
        send_body(c, slot, rq, a, body);
    } else if (rc == RC_NOT_FOUND) {
        page_cache_send_lost(c, rq);
    } else {
        LOG_OURS(rq, "page.not_fetched", KV_RC(rc));
        http_error(rq, 503);
    }
    arena_close(&a);
}

static void send(struct page_cache *c, struct slot *slot, struct req *rq)
{
    struct kept *kept = atomic_load_explicit(&slot->kept, memory_order_acquire);

    (void)atomic_fetch_add_explicit(&c->room->asked, 1, memory_order_relaxed);
    if (slot->row->moved_to.n)
        http_moved(rq, slot->row->moved_to);
    else if (kept)
        http_send_ready(rq, kept->ready);
    else
        make_and_send(c, slot, rq);
}

void page_cache_send_lost(struct page_cache *c, struct req *rq)
{
    enum lang lang = site_lang_of(c->site, rq->arena, rq->path);
    struct slot *slot = find(c, site_path(c->site, rq->arena, lang, S("/404.html")));

    if (slot)
        send(c, slot, rq);
    else
        http_error(rq, 404);
}

/* The address a page has in a static build: "/about.html", "/faq/index.html". It led here once and does so still. */
static struct slot *find_static(const struct page_cache *c, struct span path)
{
    if (span_ends(path, S("/index.html")))
        return find(c, span_sub(path, 0, path.n - S("index.html").n));
    if (span_ends(path, S(".html")))
        return find(c, span_sub(path, 0, path.n - S(".html").n));
    return NULL;
}

void page_cache_send(struct page_cache *c, struct req *rq)
{
    struct slot *slot = find(c, rq->path);
    struct slot *moved = slot ? NULL : find_static(c, rq->path);

    if (slot == NULL && moved == NULL && !span_ends(rq->path, S("/")))
        moved = find(c, arena_join(rq->arena, (struct span[]){rq->path, S("/")}, 2));
    if (slot)
        send(c, slot, rq);
    else if (moved)
        http_moved(rq, moved->row->path);
    else
        page_cache_send_lost(c, rq);
}

/* ---- counters ---- */

static void put(struct buf *out, const char *name, const char *kind, const char *help, uint64_t value)
{
    buf_printf(out,
               "# HELP breakroom_pages_%s %s\n# TYPE breakroom_pages_%s %s\n"
               "breakroom_pages_%s %" PRIu64 "\n",
               name, help, name, kind, name, value);
}

void page_cache_counters(const struct page_cache_room *room, struct buf *out)
{
    put(out, "kept_bytes", "gauge", "Bytes of answers kept in memory", atomic_load(&room->used));
    put(out, "kept_most_bytes", "gauge", "Bytes that may be kept", room->most);
    put(out, "kept", "gauge", "Answers kept in memory", atomic_load(&room->answers));
    put(out, "sent_total", "counter", "Pages sent", atomic_load(&room->asked));
    put(out, "made_total", "counter", "Pages made", atomic_load(&room->made));
    put(out, "same_total", "counter", "Pages of a new site that were the same", atomic_load(&room->same));
}
