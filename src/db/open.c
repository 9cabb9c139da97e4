/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Opening and closing the store, and the connections of its readers.
 *
 * Order matters. Opening: the connection that writes, the schema, every statement, and only then threads and readers.
 * Closing: readers, threads, and last the connection that writes, so that it alone moves SQLite's log into its file.
 */
#include "db/db_impl.h"

#include <string.h>

enum { STORE_MOST = 16 * 1024 * 1024, NOTES_MOST = 4 * 1024 * 1024, WRITERS_USUAL = 4 };

bool db_is_postgres(const struct db_store *store)
{
    return store->engine == &db_postgres_engine;
}

void db_init(struct db *db, struct db_store *store, bool writing, struct arena *a)
{
    db->store = store;
    db->writing = writing;
    db->a = a;
    db->pace.expected = 1;
    db->notes_a = writing ? arena_open(NOTES_MOST) : NULL;
}

/* ---- the list of statements ---- */

static void slot_put(struct db_store *store, size_t index)
{
    size_t slot = ((uintptr_t)store->stmts[index] >> 4) & store->slot_mask;

    while (store->slots[slot] != 0)
        slot = (slot + 1) & store->slot_mask;
    store->slots[slot] = (uint32_t)(index + 1);
}

static enum rc stmt_check(const struct db_store *store, size_t index, struct db_fault *fault)
{
    const struct db_stmt *stmt = store->stmts[index];
    size_t length = strlen(stmt->name);

    if (length == 0 || length > DB_NAME_MOST) {
        db_fault_set(fault, "The statement “%s” has no name of 1 to %d bytes.", stmt->name, DB_NAME_MOST);
        return RC_INVALID;
    }
    if (db_stmt_params(stmt) > DB_ARGS_MOST) {
        db_fault_set(fault, "The statement “%s” has too many parameters.", stmt->name);
        return RC_INVALID;
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(store->stmts[i]->name, stmt->name) == 0) {
            db_fault_set(fault, "There are two statements with the name “%s”.", stmt->name);
            return RC_INVALID;
        }
    }
    return RC_OK;
}

static enum rc stmts_collect(struct db_store *store, struct db_fault *fault)
{
    size_t slots = 64;

    store->stmt_count = db_own_stmt_count + store->o.stmt_count;
    store->stmts = ARENA_ARRAY(store->a, const struct db_stmt *, store->stmt_count);
    for (size_t i = 0; i < store->stmt_count; i++)
        store->stmts[i] = i < db_own_stmt_count ? db_own_stmts[i] : store->o.stmts[i - db_own_stmt_count];
    store->params = ARENA_ARRAY(store->a, uint16_t, store->stmt_count);
    while (slots < store->stmt_count * 2)
        slots *= 2;
    store->slots = ARENA_ARRAY(store->a, uint32_t, slots);
    store->slot_mask = slots - 1;
    for (size_t i = 0; i < store->stmt_count; i++) {
        enum rc rc = stmt_check(store, i, fault);

        if (rc != RC_OK)
            return rc;
        slot_put(store, i);
        store->params[i] = (uint16_t)db_params_of(db_stmt_text(store, store->stmts[i]));
    }
    return RC_OK;
}

/* ---- the store ---- */

static void writers_close(struct db_store *store)
{
    while (store->writer_count > 0) {
        struct db *writer = store->writers[--store->writer_count];
        struct arena *notes = writer->notes_a;

        store->engine->disconnect(writer);
        arena_close(&notes);
    }
}

static enum rc writer_open(struct db_store *store, struct db_fault *fault)
{
    enum rc rc = store->engine->connect(store, true, &store->writers[store->writer_count], fault);

    if (rc == RC_OK)
        store->writer_count++;
    return rc;
}

static enum rc writers_open(struct db_store *store, struct db_fault *fault)
{
    size_t want = 1;
    enum rc rc = writer_open(store, fault);

    if (rc == RC_OK)
        rc = db_migrate(store->writers[0], fault);
    if (rc == RC_OK)
        rc = store->engine->prepare(store->writers[0], db_own_stmt_count, store->stmt_count, fault);
    if (db_is_postgres(store))
        want = store->o.writers > 0 ? (size_t)store->o.writers : WRITERS_USUAL;
    CHECK(want <= DB_WRITERS_MOST);
    while (rc == RC_OK && store->writer_count < want) {
        rc = writer_open(store, fault);
        if (rc == RC_OK)
            rc = store->engine->prepare(store->writers[store->writer_count - 1], 0, store->stmt_count, fault);
    }
    return rc;
}

/* An engine of its own has a place of its own. */
static enum rc place(struct db_store *store, struct db_fault *fault)
{
    if (store->o.url != NULL) {
        store->engine = &db_postgres_engine;
        return db_postgres_place(store, fault);
    }
    CHECK(store->o.lock != NULL);
    store->engine = &db_sqlite_engine;
    store->path = arena_printf(store->a, "%s/" DB_FOLDER "/store.sqlite", db_lock_folder(store->o.lock)).p;
    return RC_OK;
}

enum rc db_open(const struct db_options *options, struct db_store **store_out, struct db_fault *fault_out)
{
    struct arena *a = arena_open(STORE_MOST);
    struct db_store *store = ARENA_NEW(a, struct db_store);
    enum rc rc;

    store->a = a;
    store->o = *options;
    fault_out->text[0] = 0;
    db_queue_init(&store->queue);
    (void)pthread_mutex_init(&store->idle.lock, NULL);
    rc = place(store, fault_out);
    if (rc == RC_OK)
        rc = stmts_collect(store, fault_out);
    if (rc == RC_OK)
        rc = writers_open(store, fault_out);
    if (rc == RC_OK)
        rc = db_queue_start(store);
    if (rc == RC_OK && db_is_postgres(store))
        rc = db_postgres_listen(store);
    if (rc != RC_OK && fault_out->text[0] == 0)
        db_fault_set(fault_out, "The store could not be opened: this machine gave no thread or no memory.");
    *store_out = store;
    if (rc != RC_OK)
        db_close(store_out);
    return rc;
}

void db_close(struct db_store **store)
{
    struct db_store *s = *store;
    struct arena *a;

    *store = NULL;
    if (s == NULL)
        return;
    while (s->idle.count)
        db_reader_close(&s->idle.readers[--s->idle.count]);
    CHECK(atomic_load(&s->n.readers) == 0);
    db_queue_stop(s);
    if (s->postgres != NULL)
        db_postgres_silence(s);
    writers_close(s);
    (void)pthread_cond_destroy(&s->queue.work);
    (void)pthread_mutex_destroy(&s->queue.lock);
    (void)pthread_mutex_destroy(&s->idle.lock);
    a = s->a;
    arena_close(&a);
}

enum rc db_reader_open(struct db_store *store, struct db **reader_out)
{
    struct db_fault fault = {""};
    enum rc rc = store->engine->connect(store, false, reader_out, &fault);

    if (rc == RC_OK) {
        rc = store->engine->prepare(*reader_out, 0, store->stmt_count, &fault);
        if (rc != RC_OK)
            store->engine->disconnect(*reader_out);
    }
    if (rc != RC_OK)
        *reader_out = NULL;
    else
        atomic_fetch_add(&store->n.readers, 1);
    return rc == RC_OK ? RC_OK : RC_IO;
}

void db_reader_close(struct db **reader)
{
    struct db *db = *reader;

    *reader = NULL;
    if (db == NULL)
        return;
    CHECK(!db->writing && !db->in_read);
    atomic_fetch_sub(&db->store->n.readers, 1);
    db->store->engine->disconnect(db);
}

enum rc db_borrow(struct db_store *store, struct db **reader_out)
{
    struct db_idle *idle = &store->idle;

    *reader_out = NULL;
    (void)pthread_mutex_lock(&idle->lock);
    if (idle->count)
        *reader_out = idle->readers[--idle->count];
    (void)pthread_mutex_unlock(&idle->lock);
    if (*reader_out == NULL && db_reader_open(store, reader_out) != RC_OK)
        return RC_IO;
    (*reader_out)->is_borrowed = true;
    return RC_OK;
}

void db_give_back(struct db **reader)
{
    struct db *db = *reader;
    struct db_idle *idle;

    *reader = NULL;
    if (db == NULL)
        return;
    CHECK(!db->writing && !db->in_read);
    idle = &db->store->idle;
    (void)pthread_mutex_lock(&idle->lock);
    if (idle->count < DB_IDLE_MOST) {
        idle->readers[idle->count++] = db;
        db = NULL;
    }
    (void)pthread_mutex_unlock(&idle->lock);
    db_reader_close(&db);
}

void db_status(struct db_store *store, struct db_status *status_out)
{
    struct db_counters *n = &store->n;

    (void)pthread_mutex_lock(&store->queue.lock);
    status_out->waiting = store->queue.count;
    (void)pthread_mutex_unlock(&store->queue.lock);
    status_out->written = atomic_load(&n->written);
    status_out->undone = atomic_load(&n->undone);
    status_out->retried = atomic_load(&n->retried);
    status_out->groups = atomic_load(&n->groups);
    status_out->group_most = atomic_load(&n->group_most);
    status_out->checkpoints = atomic_load(&n->checkpoints);
    status_out->log_bytes = atomic_load(&n->log_bytes);
    status_out->reconnected = atomic_load(&n->reconnected);
    status_out->readers = atomic_load(&n->readers);
    status_out->schema = store->schema;
}
