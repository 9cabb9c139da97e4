/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A store for one test. See house.h.
 */
#define _GNU_SOURCE /* nftw */
#include "house.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <time.h>

#include "store/mailing.h"
#include "store/store.h"

const struct db_migration house_migrations[2] = {
    {1, "things",
     SPAN_INIT("CREATE TABLE thing (\n"
               "    id     {i64}   NOT NULL PRIMARY KEY,\n"
               "    kind   {i32}   NOT NULL CHECK (kind >= 0),\n"
               "    open   {bool}  NOT NULL,\n"
               "    title  {text},\n"
               "    seal   {bytes},\n"
               "    parent {i64}   REFERENCES thing (id)\n"
               ") {strict};\n"
               "CREATE UNIQUE INDEX thing_title ON thing (title);\n")},
    {2, "words",
     SPAN_INIT("--sqlite: CREATE VIRTUAL TABLE word USING fts5(terms, tokenize='unicode61');\n"
               "--postgres: CREATE TABLE word (rowid BIGINT NOT NULL PRIMARY KEY, terms TSVECTOR NOT NULL);\n")},
};

#define THING_COLS                                                                                                     \
    {                                                                                                                  \
        DB_I64(struct house_row, id), DB_I32(struct house_row, kind), DB_BOOL(struct house_row, open),                 \
            DB_TEXT(struct house_row, title), DB_BYTES(struct house_row, seal), DB_I64(struct house_row, parent)       \
    }

const struct db_stmt house_insert = {
    .name = "thing.insert",
    .sql = "INSERT INTO thing (id, kind, open, title, seal, parent)"
           " VALUES ($1, $2, $3, $4, $5, $6)",
};
const struct db_stmt house_insert_once = {
    .name = "thing.insert_once",
    .sql = "INSERT INTO thing (id, kind, open)"
           " VALUES ($1, 1, TRUE)"
           " ON CONFLICT DO NOTHING",
};
const struct db_stmt house_insert_back = {
    .name = "thing.insert_back",
    .sql = "INSERT INTO thing (id, kind, open, title)"
           " SELECT COALESCE(max(id), 0) + 1, 7, FALSE, $1 FROM thing"
           " RETURNING id, kind, open, title, seal, parent",
    .cols = THING_COLS,
};
const struct db_stmt house_find = {
    .name = "thing.find",
    .sql = "SELECT id, kind, open, title, seal, parent"
           " FROM thing"
           " WHERE id = $1",
    .cols = THING_COLS,
};
const struct db_stmt house_first = {
    .name = "thing.first", /* $2 is named before $1, and $1 twice: SQLite would number them 1 and 2 */
    .sql = "SELECT id, kind, open, title, seal, parent"
           " FROM thing"
           " WHERE id < $2 AND id >= $1 AND kind <> $1",
    .cols = THING_COLS,
};
const struct db_stmt house_list = {
    .name = "thing.list",
    .sql = "SELECT id, kind, open, title, seal, parent"
           " FROM thing"
           " ORDER BY title, id",
    .cols = THING_COLS,
};
const struct db_stmt house_retitle = {
    .name = "thing.retitle",
    .sql = "UPDATE thing"
           " SET title = $1"
           " WHERE id = $2",
};
const struct db_stmt house_bump = {
    .name = "thing.bump",
    .sql = "UPDATE thing"
           " SET kind = $2"
           " WHERE id = $1",
};
const struct db_stmt house_remove = {
    .name = "thing.remove",
    .sql = "DELETE FROM thing"
           " WHERE kind = $1",
};
const struct db_stmt house_count = {
    .name = "thing.count",
    .sql = "SELECT count(*)"
           " FROM thing",
    .cols = {DB_I64(struct house_count, n)},
};
const struct db_stmt house_truth = {
    .name = "thing.truth",
    .sql = "SELECT id, kind, open, title, seal, parent"
           " FROM thing"
           " WHERE open = $1 AND (title = $2 OR CAST($2 AS TEXT) IS NULL)"
           " ORDER BY id",
    .cols = THING_COLS,
};
const struct db_stmt house_search = {
    .name = "word.search",
    .sql = "SELECT count(*) FROM word WHERE word MATCH COALESCE($1, 'none')",
    .sql_postgres = "SELECT count(*) FROM word WHERE terms @@ CAST($1 AS tsquery)",
    .cols = {DB_I64(struct house_count, n)},
};
const struct db_stmt *const house_stmts[] = {
    &house_insert, &house_insert_once, &house_find,  &house_list, &house_retitle,     &house_remove,
    &house_count,  &house_search,      &house_first, &house_bump, &house_insert_back, &house_truth,
};
const size_t house_stmt_count = COUNT(house_stmts);

/* ---- what the store tells ---- */

static void on_event(void *arg, const struct db_event *e)
{
    struct house *h = arg;

    CHECK(e->name != NULL);
    atomic_fetch_add(&h->events[e->kind], 1);
}

static void on_note(void *arg, struct span note)
{
    struct house *h = arg;

    (void)pthread_mutex_lock(&h->lock_last);
    (void)snprintf(h->last_note, sizeof h->last_note, "%.*s", SPAN_ARGS(note));
    (void)pthread_mutex_unlock(&h->lock_last);
    if (note.n == 0)
        atomic_fetch_add(&h->heard_empty, 1);
    atomic_fetch_add(&h->heard, 1);
}

bool house_heard_last(struct house *h, const char *note)
{
    bool is_so;

    (void)pthread_mutex_lock(&h->lock_last);
    is_so = strcmp(h->last_note, note) == 0;
    (void)pthread_mutex_unlock(&h->lock_last);
    return is_so;
}

static void on_sync_failed(void *arg)
{
    struct house *h = arg;

    atomic_fetch_add(&h->sync_failed, 1);
}

/* ---- storage ---- */

static void say_nothing(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

void house_psql(const char *url, const char *sql)
{
    PGconn *c = PQconnectdb(url);
    PGresult *r;

    assert_int_equal(PQstatus(c), CONNECTION_OK);
    (void)PQsetNoticeReceiver(c, say_nothing, NULL);
    r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
}

void house_server(const char *what)
{
    char command[512];

    (void)snprintf(command, sizeof command, "%s/tests/lib/postgres.sh %s %s >/dev/null", getenv("SOURCE_ROOT"), what,
                   getenv("TEST_POSTGRES_DIR"));
    assert_int_equal(system(command), 0);
}

static bool postgres_make(struct house *h)
{
    static atomic_int made;
    const char *url = getenv("TEST_POSTGRES");
    const char *query = url ? strchr(url, '?') : NULL;
    char name[64];
    char sql[128];

    if (query == NULL)
        return false;
    (void)snprintf(name, sizeof name, "house_%d_%d", getpid(), atomic_fetch_add(&made, 1));
    (void)snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0", name);
    house_psql(url, sql);
    (void)snprintf(h->url, sizeof h->url, "postgres://postgres@/%s%s", name, query);
    return true;
}

bool house_make(struct house *h, enum house_engine engine)
{
    memset(h, 0, sizeof *h);
    h->engine = engine;
    h->a = arena_open((size_t)64 * 1024 * 1024);
    (void)pthread_mutex_init(&h->lock_last, NULL);
    (void)snprintf(h->root, sizeof h->root, "/tmp/breakroom-house.XXXXXX");
    assert_non_null(mkdtemp(h->root));
    (void)snprintf(h->folder, sizeof h->folder, "%s/data", h->root);
    h->options = (struct db_options){
        .migrations = house_migrations,
        .migration_count = COUNT(house_migrations),
        .stmts = house_stmts,
        .stmt_count = house_stmt_count,
        .now = {1777636800000000},
        .arg = h,
        .heard = on_note,
        .event = on_event,
        .sync_failed = on_sync_failed,
    };
    return engine == HOUSE_SQLITE || postgres_make(h);
}

enum rc house_open(struct house *h)
{
    enum rc rc = db_lock(h->folder, &h->lock, &h->fault);

    if (rc != RC_OK)
        return rc;
    h->options.lock = h->lock;
    h->options.url = h->engine == HOUSE_POSTGRES ? h->url : NULL;
    rc = db_open(&h->options, &h->store, &h->fault);
    if (rc == RC_OK)
        rc = db_reader_open(h->store, &h->db);
    if (rc != RC_OK)
        house_close(h);
    return rc;
}

void house_close(struct house *h)
{
    db_reader_close(&h->db);
    db_close(&h->store);
    db_unlock(&h->lock);
}

/* ---- going ---- */

static int unlink_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

void house_remove_all(struct house *h)
{
    house_close(h);
    (void)nftw(h->root, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
    (void)pthread_mutex_destroy(&h->lock_last);
    arena_close(&h->a);
}

/* `prepare`: what is opened, if it is not the store of the tests. */
static int set_up(void **state, void (*prepare)(struct house *h, const struct db_stmt *const *more, size_t count),
                  const struct db_stmt *const *more, size_t more_count)
{
    struct house *h = calloc(1, sizeof *h);

    if (h == NULL)
        return -1;
    if (house_make(h, (enum house_engine)(uintptr_t)*state)) {
        if (prepare)
            prepare(h, more, more_count);
        if (house_open(h) != RC_OK)
            print_error("%s\n", h->fault.text);
    }
    *state = h;
    return h->store == NULL && (h->engine == HOUSE_SQLITE || h->url[0] != 0) ? -1 : 0;
}

int house_setup(void **state)
{
    return set_up(state, NULL, NULL, 0);
}

static void prepare_store(struct house *h, const struct db_stmt *const *more, size_t count)
{
    size_t n;
    const struct db_stmt *const *ours = store_stmts(h->a, &n);
    const struct db_stmt **all = ARENA_ARRAY(h->a, const struct db_stmt *, n + count);

    memcpy(all, ours, n * sizeof *all);
    if (count)
        memcpy(all + n, more, count * sizeof *all);
    h->options.migrations = store_migrations(h->a, &h->options.migration_count);
    h->options.stmts = all;
    h->options.stmt_count = n + count;
}

int house_setup_store(void **state, const struct db_stmt *const *more, size_t more_count)
{
    return set_up(state, prepare_store, more, more_count);
}

int house_forget_all(struct house *h)
{
    struct mailing_forgetting *f = mailing_forgetting_open();
    bool more = true;
    int steps = 0;

    while (more && ++steps < 100)
        assert_int_equal(mailing_forgetting_step(f, h->db, &more), RC_OK);
    mailing_forgetting_close(&f);
    return steps;
}

static atomic_int unexpected;

void house_expect(bool true_or_not, const char *what, const char *file, int line)
{
    if (true_or_not)
        return;
    atomic_fetch_add(&unexpected, 1);
    print_error("%s:%d: not so: %s\n", file, line, what);
}

int house_teardown(void **state)
{
    house_remove_all(*state);
    free(*state);
    return atomic_exchange(&unexpected, 0) == 0 ? 0 : -1;
}

/* ---- what most tests do ---- */

struct put {
    int64_t id;
    const char *title;
};

static enum rc put_tx(struct db *db, void *arg)
{
    const struct put *p = arg;

    return db_exec(
        db, &house_insert,
        DB_ARGS(db_i64(p->id), db_i64(1), db_bool(true), db_text_or_null(span_of(p->title)), db_null(), db_null()));
}

enum rc house_put(struct db *db, int64_t id, const char *title)
{
    struct put p = {id, title};

    return db_write(db, "thing.put", put_tx, &p);
}

int64_t house_rows(struct house *h, struct db *db)
{
    struct house_count count = {-1};

    (void)h;
    EXPECT(db_one(db, NULL, &house_count, DB_NO_ARGS, &count) == RC_OK);
    return count.n;
}

bool house_wait(atomic_int *what, int n)
{
    struct timespec t = {.tv_nsec = 2000000};

    for (int i = 0; i < 5000; i++) {
        if (atomic_load(what) >= n)
            return true;
        (void)nanosleep(&t, NULL);
    }
    return false;
}
