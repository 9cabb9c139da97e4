/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Many invented people for a data folder whose campaign has keys, written as a server would write them.
 *
 *   bench_crowd fill DATA COUNT           so many people subscribe; beside them every 50th once more, in capitals, and one
 *                                         in 500 who then left. Says how many records are wanted, and how many there are
 *   bench_crowd tokens DATA COUNT UNTIL   a line each: what stands behind /subscribe/confirm/ until that moment
 *   bench_crowd loop DATA MS THREADS      seals records and inserts them in groups, with SQLite alone: rows a second,
 *                                         and µs of CPU a row, in all and to seal it
 *   bench_crowd count DATA                how many subscribers there are
 */
#include "base/bytes.h"
#include "main/server_key.h"
#include "main/store_door.h"
#include "model/subscriber.h"
#include "store/keys.h"
#include "store/store_impl.h"
#include "store/subscribers.h"
#include "subscribe/subscribe_web.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    DAY = 20574,
    MEMORY = 64 * 1024 * 1024,
    AT_ONCE = 2000, /* rows a transaction, of `fill` */
    GROUP = 256,    /* the same, of `loop` */
    DOUBLE_OF = 50,
    LEFT_OF = 500,
    THREADS_MOST = 64,
    TOKEN_VERSION = 1,
};

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench_crowd: %s\n", what);
    exit(1);
}

/* ---- the campaign ---- */

static struct {
    struct arena *arena;
    struct store_door door;
    int64_t campaign_id;
    struct seal_campaign campaign;
    struct seal_reader reader;
} world;

static void open_world(const char *data)
{
    struct content_campaign campaign;
    struct span sentence = {0};
    struct keys keys;
    const struct keys_row *row;
    struct mailing_public public;

    world.arena = arena_open(MEMORY);
    need(store_door_open(data, NULL, (struct instant){0}, &world.door), "no store");
    need(store_door_campaign(world.door.db, world.arena, S(""), &campaign, &sentence, NULL) == RC_OK, "no campaign");
    need(keys_list(world.door.db, world.arena, campaign.campaign_id, &keys) == RC_OK, "no keys");
    row = keys_in_use(&keys, KEY_MAILING);
    need(row && mailing_public_read((struct span){(const char *)row->public_half, KEY_LEN}, &public), "no mailing key");
    world.campaign_id = campaign.campaign_id;
    world.campaign = keys.campaign;
    world.reader = mailing_reader(&public);
}

static void close_world(void)
{
    store_door_close(&world.door);
    arena_close(&world.arena);
}

/* ---- people ---- */

/* Most are at four large houses, many at schools, and one in twenty at a domain that nobody else has. */
static struct span domain_of(struct arena *a, int64_t i, int64_t count)
{
    static const char *const large[] = {"post.example", "correo.example", "letters.example", "mail.example"};

    if (i % 20 == 0)
        return arena_printf(a, "family-%lld.example", (long long)i);
    if (i % 20 <= 5)
        return arena_printf(a, "school-%lld.example", (long long)(i % (count / 200 + 1)));
    return span_of(large[i % 4]);
}

static struct subscriber_row row_of(struct arena *a, int64_t i, int64_t count, bool is_loud)
{
    static const char *const names[] = {"ana", "luz", "sam", "kim"};
    struct span domain = domain_of(a, i, count);
    struct subscriber_row row = {
        .object = seal_object_make(),
        .state = SUBSCRIBER_ACTIVE,
        .lang = i % 3 == 1 ? LANG_ES : LANG_EN,
        .often = SUBSCRIBER_EVERY,
        .audience = i % 2 ? S("educators") : S("parents"),
        .day = DAY,
    };
    const struct subscriber person = {
        .address =
            arena_printf(a, "%s%lld.%s@%.*s", is_loud ? "P" : "p", (long long)i, names[i % 4], SPAN_ARGS(domain)),
        .audience = row.audience,
        .lang = row.lang,
        .asked_at = {(int64_t)DAY * 86400 * 1000000},
        .source = S("form 1 en"),
    };
    const struct seal_head head = {SEAL_SUBSCRIBER, world.campaign, row.object, row.day};
    struct buf *record = buf_new(a, SUBSCRIBER_RECORD_MOST);

    need(subscriber_put(record, &person), "a record");
    need(seal_put(a, &head, &world.reader, 1, buf_span(record), &row.sealed) == RC_OK, "sealing");
    return row;
}

/* ---- filling ---- */

static struct {
    int64_t people;
    int64_t doubles;
    int64_t left;
    atomic_llong next;
} filling;

struct batch {
    struct subscriber_row rows[AT_ONCE];
    size_t count;
};

static enum rc add_tx(struct db *db, void *arg)
{
    const struct batch *b = arg;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < b->count && rc == RC_OK; i++)
        rc = subscribers_add_in(db, world.campaign_id, &b->rows[i]);
    return rc;
}

static struct subscriber_row nth(struct arena *a, int64_t i)
{
    int64_t people = filling.people;

    if (i < people)
        return row_of(a, i, people, false);
    i -= people;
    return i < filling.doubles ? row_of(a, i * DOUBLE_OF, people, true) : row_of(a, i + 2 * people, people, false);
}

/* Who leaves has to be there first. */
static void leave(struct db *db, const struct batch *b, int64_t from)
{
    int64_t stay = filling.people + filling.doubles;

    for (size_t i = 0; i < b->count; i++)
        if (from + (int64_t)i >= stay)
            need(subscribers_set_state(db, world.campaign_id, &b->rows[i].object, SUBSCRIBER_LEFT, DAY) == RC_OK,
                 "leaving");
}

static void *fill_some(void *arg)
{
    struct arena *a = arena_open(MEMORY);
    int64_t all = filling.people + filling.doubles + filling.left;
    struct db *db = NULL;
    int64_t from;

    need(db_reader_open(world.door.store, &db) == RC_OK, "a reader");
    while ((from = atomic_fetch_add(&filling.next, AT_ONCE)) < all) {
        struct batch *b;

        arena_reset(a);
        b = ARENA_NEW(a, struct batch);
        while (b->count < AT_ONCE && from + (int64_t)b->count < all) {
            b->rows[b->count] = nth(a, from + (int64_t)b->count);
            b->count++;
        }
        need(db_write(db, "crowd", add_tx, b) == RC_OK, "writing");
        leave(db, b, from);
    }
    db_reader_close(&db);
    arena_close(&a);
    return arg;
}

static void on_all_cores(void *(*main)(void *))
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t ids[THREADS_MOST];

    for (long i = 0; i < cores && i < THREADS_MOST; i++)
        need(pthread_create(&ids[i], NULL, main, NULL) == 0, "a thread");
    for (long i = 0; i < cores && i < THREADS_MOST; i++)
        (void)pthread_join(ids[i], NULL);
}

static void fill(int64_t count)
{
    filling.people = count;
    filling.doubles = count / DOUBLE_OF;
    filling.left = count / LEFT_OF;
    on_all_cores(fill_some);
    printf("%lld %lld\n", (long long)(filling.people + filling.doubles),
           (long long)(filling.people + filling.doubles + filling.left));
}

/* ---- tokens ---- */

static struct {
    const struct server_key *key;
    struct instant until;
    int64_t count;
    atomic_llong next;
} tokens;

static struct span token_of(struct arena *a, int64_t i)
{
    struct subscriber_row row = row_of(a, i, tokens.count, false);
    struct buf *payload = buf_new(a, TOKEN_PAYLOAD_MOST);
    struct span token;

    bytes_put_u8(payload, TOKEN_VERSION);
    buf_put(payload, (struct span){(const char *)row.object.bytes, sizeof row.object.bytes});
    bytes_put_i32(payload, row.day);
    bytes_put_text(payload, lang_code(row.lang));
    bytes_put_text(payload, row.audience);
    bytes_put_text(payload, row.sealed);
    need(token_put(a, tokens.key, TOKEN_CONFIRM, &world.campaign, tokens.until, buf_span(payload), &token) == RC_OK,
         "a token");
    return token;
}

static void *make_tokens(void *arg)
{
    struct arena *a = arena_open(MEMORY);
    int64_t i;

    while ((i = atomic_fetch_add(&tokens.next, 1)) < tokens.count) {
        struct span token;

        arena_reset(a);
        token = token_of(a, i);
        need(printf("%.*s\n", SPAN_ARGS(token)) > 0, "standard output"); /* a line is whole: one call */
    }
    arena_close(&a);
    return arg;
}

static void put_tokens(const char *data, int64_t count, const char *until)
{
    struct server_key *key = NULL;
    struct span fault = {0};

    need(instant_parse(span_of(until), &tokens.until), "UNTIL is no time");
    need(server_key_take(world.arena, data, S(""), &key, NULL, &fault) == RC_OK, "no server.key");
    tokens.key = key;
    tokens.count = count;
    on_all_cores(make_tokens);
    server_key_close(&key);
}

/* ---- the loop: no server, no HTTP, no statement of ours but the one that inserts ---- */

static struct {
    pthread_mutex_t lock;
    sqlite3 *h;
    sqlite3_stmt *add;
    double until_s;
    double sealing_s; /* under the lock, as are the rows */
    int64_t rows;
} loop = {.lock = PTHREAD_MUTEX_INITIALIZER};

static double now_s(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bind_span(int at, struct span s, bool is_text)
{
    if (is_text)
        (void)sqlite3_bind_text64(loop.add, at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
    else
        (void)sqlite3_bind_blob64(loop.add, at, s.p, s.n, SQLITE_STATIC);
}

/* In the order of the statement's $1, $2 …, which is not the one in which they stand in it. */
static int place(int n)
{
    char name[8];

    (void)snprintf(name, sizeof name, "$%d", n);
    return sqlite3_bind_parameter_index(loop.add, name);
}

static void insert(const struct subscriber_row *row)
{
    (void)sqlite3_bind_int64(loop.add, place(1), world.campaign_id);
    bind_span(place(2), (struct span){(const char *)row->object.bytes, sizeof row->object.bytes}, false);
    (void)sqlite3_bind_int64(loop.add, place(3), row->day);
    bind_span(place(4), lang_code(row->lang), true);
    bind_span(place(5), row->audience, true);
    (void)sqlite3_bind_int64(loop.add, place(6), row->often);
    (void)sqlite3_bind_int64(loop.add, place(7), row->day);
    (void)sqlite3_bind_int64(loop.add, place(8), 0);
    bind_span(place(9), row->sealed, false);
    need(sqlite3_step(loop.add) == SQLITE_DONE, "insert");
    (void)sqlite3_reset(loop.add);
}

static void *loop_some(void *arg)
{
    struct arena *a = arena_open(MEMORY);

    while (now_s(CLOCK_MONOTONIC) < loop.until_s) {
        struct subscriber_row rows[GROUP];
        double sealing = now_s(CLOCK_THREAD_CPUTIME_ID);

        arena_reset(a);
        for (int i = 0; i < GROUP; i++)
            rows[i] = row_of(a, i, GROUP, false);
        sealing = now_s(CLOCK_THREAD_CPUTIME_ID) - sealing;
        (void)pthread_mutex_lock(&loop.lock);
        loop.sealing_s += sealing;
        need(sqlite3_exec(loop.h, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK, "begin");
        for (int i = 0; i < GROUP; i++)
            insert(&rows[i]);
        need(sqlite3_exec(loop.h, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "commit");
        loop.rows += GROUP;
        (void)pthread_mutex_unlock(&loop.lock);
    }
    arena_close(&a);
    return arg;
}

static const char *add_sql(void)
{
    for (size_t i = 0; i < subscribers_stmt_count; i++)
        if (strcmp(subscribers_stmts[i]->name, "subscriber.add") == 0)
            return subscribers_stmts[i]->sql;
    return "";
}

static void run_loop(const char *data, int64_t ms, int64_t threads)
{
    pthread_t ids[THREADS_MOST];
    char path[4096];
    double begun;
    double cpu;

    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", data);
    need(threads > 0 && threads <= THREADS_MOST, "THREADS");
    need(sqlite3_open_v2(path, &loop.h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK, "open");
    need(sqlite3_exec(loop.h,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                      "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;",
                      NULL, NULL, NULL) == SQLITE_OK,
         "pragma");
    need(sqlite3_prepare_v3(loop.h, add_sql(), -1, SQLITE_PREPARE_PERSISTENT, &loop.add, NULL) == SQLITE_OK && loop.add,
         "prepare");
    cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
    begun = now_s(CLOCK_MONOTONIC);
    loop.until_s = begun + (double)ms / 1000;
    for (int64_t i = 0; i < threads; i++)
        need(pthread_create(&ids[i], NULL, loop_some, NULL) == 0, "a thread");
    for (int64_t i = 0; i < threads; i++)
        (void)pthread_join(ids[i], NULL);
    printf("%.0f %.1f %.1f\n", (double)loop.rows / (now_s(CLOCK_MONOTONIC) - begun),
           (now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / (double)loop.rows, loop.sealing_s * 1e6 / (double)loop.rows);
    (void)sqlite3_finalize(loop.add);
    (void)sqlite3_close(loop.h);
}

/* ---- counting ---- */

static void count_all(void)
{
    struct subscriber_counts counts;
    int64_t n = 0;

    need(subscribers_count(world.door.db, world.arena, world.campaign_id, &counts) == RC_OK, "counting");
    for (size_t i = 0; i < counts.list.count; i++)
        n += counts.list.items[i].active + counts.list.items[i].left + counts.list.items[i].bounced;
    printf("%lld\n", (long long)n);
}

static int64_t number(int argc, char **argv, int at)
{
    uint64_t n = 0;

    need(at < argc && span_to_u64(span_of(argv[at]), 100000000, &n) && n > 0, "a number is missing");
    return (int64_t)n;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";

    need(argc > 2, "fill|tokens|loop|count DATA …");
    open_world(argv[2]);
    if (strcmp(what, "fill") == 0)
        fill(number(argc, argv, 3));
    else if (strcmp(what, "tokens") == 0 && argc > 4)
        put_tokens(argv[2], number(argc, argv, 3), argv[4]);
    else if (strcmp(what, "count") == 0)
        count_all();
    else
        need(strcmp(what, "loop") == 0, "fill|tokens|loop|count DATA …");
    close_world();
    if (strcmp(what, "loop") == 0)
        run_loop(argv[2], number(argc, argv, 3), number(argc, argv, 4));
    return 0;
}
