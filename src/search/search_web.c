/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One request: the question read, asked of the store, and the page. What is found is public at the moment of the campaign
 * that is served, by the row in the store and by the campaign's own entry: neither alone is enough while a load replaces
 * one after the other.
 */
#include "search/search_web.h"

#include "http/log.h"
#include "http/uri.h"
#include "page/desk.h"
#include "search/search_impl.h"

enum { PAGES_MAX = 1000000 };

struct asking {
    struct req *rq;
    const struct page_desk *desk;
    struct terms *terms;
    enum lang lang;
    struct search_result *result;
};

/* ---- the question ---- */

static void read_question(const struct asking *q)
{
    struct search_result *r = q->result;
    struct span page = {0};
    uint64_t number = 1;
    enum rc rc;

    r->page = 1;
    if (http_query(q->rq, S("p"), &page) && span_to_u64(page, PAGES_MAX, &number) && number > 0)
        r->page = number;
    rc = uri_query(q->rq->arena, q->rq->query, S("q"), &r->typed);
    if (rc == RC_OK) {
        r->typed = span_trim(r->typed);
        r->fault = query_parse(q->terms, q->rq->arena, q->lang, r->typed, &r->query);
    } else { /* else a broken escape, NUL, not UTF-8 */
        r->typed = (struct span){0};
        r->fault = rc == RC_NOT_FOUND ? QUERY_EMPTY : QUERY_UNREADABLE;
    }
    if (r->fault == QUERY_EMPTY)
        r->outcome = SEARCH_NOT_ASKED;
    else if (r->fault != QUERY_FINE)
        r->outcome = SEARCH_REFUSED;
}

/* ---- the answer ---- */

static bool is_standing_page(struct span key)
{
    return span_eq(key, S("about")) || span_eq(key, S("privacy")) || span_eq(key, S("join"));
}

/* Is there a page that shows it, to everybody, at this moment? */
static bool is_shown(const struct site *site, const struct search_hit *hit)
{
    const struct legal_case *k = hit->kind == SEARCH_CASE ? campaign_case(site->campaign, hit->key) : NULL;
    const struct entry *e = NULL;

    if (hit->kind == SEARCH_CASE)
        return k && case_is_public(k, site->today) && campaign_speaks(site->campaign, hit->lang);
    e = campaign_entry(site->campaign, (enum entry_kind)hit->kind, hit->key, hit->lang);
    if (e == NULL || !entry_is_public(e, site->now) || !campaign_speaks(site->campaign, hit->lang))
        return false;
    return hit->kind != ENTRY_PAGE || is_standing_page(hit->key);
}

/* Keeps what is shown in the page's language, and counts the rest. */
static void count_hits(const struct asking *q, struct search_hits *hits)
{
    size_t kept = 0;

    for (size_t i = 0; i < hits->list.count; i++) {
        const struct search_hit hit = hits->list.items[i];

        if (!is_shown(q->desk->site, &hit))
            continue;
        if (hit.lang == q->lang)
            hits->list.items[kept++] = hit;
        else
            q->result->other_count++;
    }
    hits->list.count = kept;
    q->result->count = kept;
}

static enum rc read_page(const struct asking *q, struct db *db, const struct search_hits *hits)
{
    struct search_result *r = q->result;
    size_t pages = (r->count + SEARCH_PAGE_HITS - 1) / SEARCH_PAGE_HITS;
    size_t first;

    if (r->page > pages)
        r->page = pages ? pages : 1;
    first = (r->page - 1) * SEARCH_PAGE_HITS;
    for (size_t i = first; i < r->count && i < first + SEARCH_PAGE_HITS; i++) {
        struct search_shown *s = &r->shown[r->shown_count];
        enum rc rc = search_text(db, q->rq->arena, q->rq->campaign, &hits->list.items[i], q->desk->site->now, &s->title,
                                 &s->body);

        if (rc == RC_NOT_FOUND)
            continue; /* gone a moment ago */
        if (rc != RC_OK)
            return rc;
        s->hit = hits->list.items[i];
        r->shown_count++;
    }
    return RC_OK;
}

static enum rc ask_store(const struct asking *q)
{
    struct search_hits hits = {0};
    struct db *db = NULL;
    enum rc rc = db_borrow(q->desk->store, &db);

    if (rc != RC_OK)
        return rc;
    rc = search_find(q->desk->store, db, q->rq->arena, q->rq->campaign, &q->result->query, q->desk->site->now, &hits);
    if (rc == RC_OK) {
        count_hits(q, &hits);
        rc = read_page(q, db, &hits);
    }
    db_give_back(&db);
    return rc;
}

static unsigned find_answer(const struct asking *q)
{
    struct search_result *r = q->result;
    enum rc rc;

    if (q->desk->store == NULL) {
        r->outcome = SEARCH_NOT_HERE;
        return 200;
    }
    read_question(q);
    if (r->outcome != SEARCH_ANSWERED)
        return r->outcome == SEARCH_REFUSED ? 422 : 200;
    rc = ask_store(q);
    if (rc == RC_OK)
        return 200;
    r->outcome = SEARCH_NOT_READY;
    if (rc != RC_RETRY)
        LOG_OURS(q->rq, "search.failed", KV_RC(rc));
    return 503;
}

static void answer(struct req *rq, const struct page_desk *desk, enum lang lang)
{
    struct search_result *result = ARENA_NEW(rq->arena, struct search_result);
    struct asking q = {.rq = rq, .desk = desk, .terms = terms_open(), .lang = lang, .result = result};
    struct http_answer head = {
        .status = find_answer(&q),
        .type = "text/html; charset=utf-8",
        .cache = HTTP_NO_STORE, /* what somebody looked for stays with them */
        .language = lang == LANG_ES ? "es" : "en",
    };

    http_send(rq, &head, search_page_render(rq->arena, q.terms, desk->site, lang, result));
    terms_close(&q.terms);
}

/* ---- the way there ---- */

static void answer_from(struct req *rq, const struct page_desk *desk)
{
    enum lang lang;

    if (page_desk_language(desk, rq, S("/search"), &lang))
        answer(rq, desk, lang);
    else
        http_error(rq, 404);
}

static void on_worker(struct req *rq)
{
    struct page_desk desk;

    if (!page_desk_open(rq, &desk))
        return;
    answer_from(rq, &desk);
    page_desk_close(&desk);
}

/* SQLite answers in place; what may have to wait for PostgreSQL goes to a worker. */
static void on_search(struct req *rq)
{
    struct page_desk desk;
    bool must_wait;

    if (!page_desk_open(rq, &desk))
        return;
    must_wait = desk.store && db_is_postgres(desk.store);
    if (!must_wait)
        answer_from(rq, &desk);
    page_desk_close(&desk);
    if (must_wait)
        http_hand_over(rq, on_worker);
}

/* Which language stands in the address, the campaign says. */
const struct route search_routes[SEARCH_ROUTE_COUNT] = {
    ROUTE_GET("/search", HTTP_WHO_EVERYONE, on_search, HTTP_IN_PLACE),
    ROUTE_GET("/en/search", HTTP_WHO_EVERYONE, on_search, HTTP_IN_PLACE),
    ROUTE_GET("/es/search", HTTP_WHO_EVERYONE, on_search, HTTP_IN_PLACE),
};
