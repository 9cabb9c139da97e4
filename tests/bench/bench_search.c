/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * bench_search DIR [ROUNDS]: how long a search of the campaign in DIR takes on SQLite, from what was typed to the whole
 * page: median and 99th percentile, in milliseconds, by the clock and of CPU (a busy machine shows
 * in their difference). Beside it, what the index costs when it is made.
 */
#include "house.h"

#include "main/compile.h"
#include "main/options.h"
#include "search/search_docs.h"
#include "search/search_impl.h"
#include "store/content.h"
#include "store/store.h"

#include <strings.h>
#include <time.h>

enum { ROUNDS = 200, ROUNDS_MOST = 100000, REQUEST_MOST = 64 * 1024 * 1024 };

struct bench {
    struct house house;
    struct compiled compiled;
    struct terms *terms;
    int64_t campaign_id;
    struct search_docs docs;
    double times[ROUNDS_MOST];
    double cpu[ROUNDS_MOST];
};

static void need(bool fine, const char *what)
{
    if (!fine) {
        fprintf(stderr, "bench_search: %s\n", what);
        exit(1);
    }
}

static double now_ms(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;

    return (*a > *b) - (*a < *b);
}

/* Everything that a request does but the network. Gives the number of hits. */
static size_t ask(struct bench *b, struct arena *a, const char *typed)
{
    struct search_result *result = ARENA_NEW(a, struct search_result);
    struct search_hits hits;
    struct db *db = NULL;

    result->typed = span_of(typed);
    result->page = 1;
    need(query_parse(b->terms, a, LANG_EN, result->typed, &result->query) == QUERY_FINE, "the query");
    need(db_borrow(b->house.store, &db) == RC_OK, "a reader");
    need(search_find(b->house.store, db, a, b->campaign_id, &result->query, b->compiled.site.now, &hits) == RC_OK,
         "the search");
    result->count = hits.list.count;
    for (size_t i = 0; i < hits.list.count && i < SEARCH_PAGE_HITS; i++) {
        struct search_shown *s = &result->shown[result->shown_count++];

        s->hit = hits.list.items[i];
        need(search_text(db, a, b->campaign_id, &s->hit, b->compiled.site.now, &s->title, &s->body) == RC_OK, "a text");
    }
    db_give_back(&db);
    need(search_page_render(a, b->terms, &b->compiled.site, LANG_EN, result).n > 0, "the page");
    return result->count;
}

/* A look through all texts; the quotation marks of a phrase are not part of it. */
static double look_through_ms(const struct bench *b, const char *typed)
{
    struct span sought = span_of(typed);
    double begun = now_ms(CLOCK_MONOTONIC);
    size_t found = 0;

    if (span_starts(sought, S("\"")))
        sought = span_sub(sought, 1, sought.n - 1);
    for (size_t i = 0; i < b->docs.list.count; i++) {
        struct span text = b->docs.list.items[i].body;

        for (size_t k = 0; k + sought.n <= text.n; k++) {
            if (strncasecmp(text.p + k, sought.p, sought.n) == 0) {
                found++;
                break;
            }
        }
    }
    need(found <= b->docs.list.count, "counting");
    return now_ms(CLOCK_MONOTONIC) - begun;
}

static void measure(struct bench *b, const char *typed, size_t rounds)
{
    double beside;
    size_t found = 0;

    for (size_t i = 0; i < rounds; i++) {
        struct arena *a = arena_open(REQUEST_MOST);
        double begun = now_ms(CLOCK_MONOTONIC);
        double spent = now_ms(CLOCK_THREAD_CPUTIME_ID);

        found = ask(b, a, typed);
        b->times[i] = now_ms(CLOCK_MONOTONIC) - begun;
        b->cpu[i] = now_ms(CLOCK_THREAD_CPUTIME_ID) - spent;
        arena_close(&a);
    }
    qsort(b->times, rounds, sizeof *b->times, compare);
    qsort(b->cpu, rounds, sizeof *b->cpu, compare);
    beside = look_through_ms(b, typed);
    printf(
        "row | search for %s, %zu found | %.2f ms (CPU %.2f, 99th %.2f) | < 5 ms | %s | the texts looked through: %.2f ms | %.2f |\n",
        typed, found, b->times[rounds / 2], b->cpu[rounds / 2], b->times[rounds * 99 / 100],
        b->times[rounds / 2] < 5 ? "held" : "missed", beside, b->times[rounds / 2] / beside);
}

static void load(struct bench *b, struct arena *a, const char *dir)
{
    struct search_docs *docs = &b->docs;
    struct pieces pieces = {0};
    struct content_campaign campaign;
    struct span fault = {0};
    double begun;
    double made;

    *LIST_ADD(a, &pieces.list) = (struct piece){S("campaign.ini"), S("x"), S("x"), 0, 0};
    need(compile_folder(a, dir, NULL, (struct instant){1796126400000000}, false, &b->compiled, &fault) == RC_OK,
         "compiling");
    begun = now_ms(CLOCK_MONOTONIC);
    search_docs_make(a, &b->compiled.site, &b->compiled.library, docs);
    made = now_ms(CLOCK_MONOTONIC);
    need(content_replace(b->house.db, a, S("bench.example"), 0, &pieces, docs, b->compiled.site.now, &campaign) ==
             RC_OK,
         "loading");
    b->campaign_id = campaign.campaign_id;
    printf("%zu texts: plain words in %.0f ms, index written in %.0f ms", docs->list.count, made - begun,
           now_ms(CLOCK_MONOTONIC) - made);
    begun = now_ms(CLOCK_MONOTONIC);
    need(search_renew(b->house.db, a, b->campaign_id, campaign.revision, docs) == RC_OK, "renewing");
    printf(", looked through again in %.0f ms\n", now_ms(CLOCK_MONOTONIC) - begun);
}

int main(int argc, char **argv)
{
    static const char *const queries[] = {
        "teachers",
        "the large campaign",
        "neighbors coffee letters",
        "memo",
        "\"smaller classes\"",
        "\"the board listened\"",
        "\"that day teachers\"",
        "3543.1",
        "nowheretobefound",
        "What is a union?",
    };
    static struct bench b;
    struct arena *a = arena_open(COMPILE_MEMORY);
    size_t rounds = argc > 2 ? (size_t)atoi(argv[2]) : ROUNDS;

    need(argc > 1 && rounds > 0 && rounds <= ROUNDS_MOST, "usage: bench_search DIR [ROUNDS]");
    need(house_make(&b.house, HOUSE_SQLITE), "the house");
    b.house.options.migrations = store_migrations(b.house.a, &b.house.options.migration_count);
    b.house.options.stmts = store_stmts(b.house.a, &b.house.options.stmt_count);
    need(house_open(&b.house) == RC_OK, "the store");
    b.terms = terms_open();
    load(&b, a, argv[1]);
    for (size_t i = 0; i < COUNT(queries); i++)
        measure(&b, queries[i], rounds);
    terms_close(&b.terms);
    house_close(&b.house);
    house_remove_all(&b.house);
    arena_close(&a);
    return 0;
}
