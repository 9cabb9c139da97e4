/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One reader of its own for compiling, used by live's thread alone after the start. Events of the store go to the log,
 * without a value; a failed sync ends the process.
 */
#include "main/core_store.h"

#include "folder/dump.h"
#include "http/log.h"
#include "main/command.h"
#include "main/options.h"
#include "main/published.h"
#include "search/search_docs.h"
#include "store/content.h"
#include "store/keys.h"
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct core_store {
    struct db_store *db;
    struct db *reader;
    bool has_mail;
    pthread_mutex_t lock;
    struct live *live; /* under the lock */
};

static void heard(void *arg, struct span note)
{
    struct core_store *s = arg;

    (void)note; /* whose it is the table of revisions says; an empty one means all */
    (void)pthread_mutex_lock(&s->lock);
    if (s->live)
        live_changed(s->live);
    (void)pthread_mutex_unlock(&s->lock);
}

#define EVENT(name) LOG_HOUSE_FAULT(name, KV_INT("code", event->code), KV_INT("again", event->kind == DB_EVENT_GAVE_UP))

static void on_event(void *arg, const struct db_event *event)
{
    (void)arg;
    switch (event->kind) {
    case DB_EVENT_STATEMENT:
        EVENT("store.statement_failed");
        return;
    case DB_EVENT_COMMIT:
        EVENT("store.commit_failed");
        return;
    case DB_EVENT_COMMIT_UNKNOWN:
        EVENT("store.commit_unknown");
        return;
    case DB_EVENT_CHECKPOINT:
        EVENT("store.checkpoint_failed");
        return;
    case DB_EVENT_SYNC:
        EVENT("store.sync_failed");
        return;
    case DB_EVENT_GAVE_UP:
        EVENT("store.gave_up");
        return;
    case DB_EVENT_LOST:
        EVENT("store.lost");
        return;
    case DB_EVENT_BACK:
        LOG_HOUSE("store.back", KV_INT("code", event->code));
        return;
    }
}

static void sync_failed(void *arg)
{
    (void)arg;
    _exit(EXIT_TROUBLE); /* at once: what is in memory is not on the disk, and nobody may be told it is */
}

/* The product's migrations and statements, and behind them those of `more`. */
static void add_more(struct arena *a, const struct core_more *more, struct db_options *o)
{
    struct db_migration *migrations = ARENA_ARRAY(a, struct db_migration, o->migration_count + more->migration_count);
    const struct db_stmt **stmts = ARENA_ARRAY(a, const struct db_stmt *, o->stmt_count + more->stmt_count);

    for (size_t i = 0; i < o->migration_count; i++)
        migrations[i] = o->migrations[i];
    for (size_t i = 0; i < more->migration_count; i++) {
        migrations[o->migration_count + i] = more->migrations[i];
        migrations[o->migration_count + i].number = (int32_t)(o->migration_count + i + 1);
    }
    for (size_t i = 0; i < o->stmt_count; i++)
        stmts[i] = o->stmts[i];
    for (size_t i = 0; i < more->stmt_count; i++)
        stmts[o->stmt_count + i] = more->stmts[i];
    o->migrations = migrations;
    o->migration_count += more->migration_count;
    o->stmts = stmts;
    o->stmt_count += more->stmt_count;
}

enum rc core_store_open(struct arena *a, const struct db_lock *lock, struct span url, struct instant now,
                        const struct core_more *more, struct core_store **store_out, struct span *fault_out)
{
    struct core_store *s = calloc(1, sizeof *s);
    struct db_fault fault = {0};
    struct db_options options = {
        .lock = lock,
        .url = url.n ? arena_cstr(a, url) : NULL,
        .now = now,
        .arg = s,
        .heard = heard,
        .event = on_event,
        .sync_failed = sync_failed,
    };
    enum rc rc;

    CHECK(s != NULL);
    (void)pthread_mutex_init(&s->lock, NULL);
    *store_out = s;
    options.migrations = store_migrations(a, &options.migration_count);
    options.stmts = store_stmts(a, &options.stmt_count);
    if (more)
        add_more(a, more, &options);
    rc = db_open(&options, &s->db, &fault);
    if (rc == RC_OK) {
        rc = db_reader_open(s->db, &s->reader);
        if (rc == RC_OK)
            return RC_OK;
    }
    *fault_out = arena_dup(a, span_of(fault.text[0] ? fault.text : "The store cannot be read."));
    core_store_close(store_out);
    return rc;
}

struct db_store *core_store_db(struct core_store *s)
{
    return s->db;
}

void core_store_has_mail(struct core_store *s, bool has_mail)
{
    s->has_mail = has_mail;
}

void core_store_close(struct core_store **store)
{
    struct core_store *s = *store;

    *store = NULL;
    if (s == NULL)
        return;
    if (s->reader)
        db_reader_close(&s->reader);
    if (s->db)
        db_close(&s->db);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

void core_store_tells(struct core_store *s, struct live *live)
{
    (void)pthread_mutex_lock(&s->lock);
    s->live = live;
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- its campaigns ---- */

static enum rc store_list(void *ctx, struct arena *a, struct live_campaign_rows *rows_out, struct span *fault_out)
{
    struct core_store *s = ctx;
    struct content_campaigns all = {0};
    struct keys_holders holders = {0};
    enum rc rc = content_campaigns(s->reader, a, &all);

    if (rc == RC_OK && s->has_mail)
        rc = keys_holders(s->reader, a, KEY_MAILING, &holders);
    if (rc != RC_OK)
        *fault_out = S("the store cannot be read");
    for (size_t i = 0; rc == RC_OK && i < all.count; i++)
        *LIST_ADD(a, &rows_out->list) = (struct live_campaign_row){
            .id = all.items[i].campaign_id,
            .revision = all.items[i].revision,
            .takes_subscribers = keys_is_holder(&holders, all.items[i].campaign_id),
        };
    return rc;
}

/* A campaign's files, but for what is sent as it is: of a photo a compile wants to know the sides, of a document's copy
 * not even that, and hundreds of megabytes of both would lie in memory for who may ask once. On PostgreSQL they do:
 * pages go on while it is away. */
struct lean {
    struct folder_source files; /* the others */
    struct core_store *store;
    int64_t campaign_id;
    const struct content_larges *larges;
    enum rc rc; /* the first trouble with one */
};

static int compare_large(const void *left, const void *right)
{
    return span_cmp(((const struct content_large *)left)->path, ((const struct content_large *)right)->path);
}

static bool lean_is_elsewhere(void *ctx, struct span path, size_t *size_out)
{
    const struct content_larges *all = ((const struct lean *)ctx)->larges;
    const struct content_large wanted = {.path = path};
    const struct content_large *found =
        all->list.count ? bsearch(&wanted, all->list.items, all->list.count, sizeof wanted, compare_large) : NULL;

    *size_out = found ? (size_t)found->size : 0;
    return found != NULL;
}

static enum folder_fault lean_list(void *ctx, struct arena *a, struct span path, struct folder_names *names_out)
{
    const struct lean *l = ctx;

    return l->files.list(l->files.ctx, a, path, names_out);
}

static enum folder_fault lean_read(void *ctx, struct arena *a, struct span path, size_t limit, struct span *bytes_out)
{
    struct lean *l = ctx;
    size_t size;
    enum rc rc;

    if (!lean_is_elsewhere(l, path, &size))
        return l->files.read(l->files.ctx, a, path, limit, bytes_out);
    if (size > limit)
        return FOLDER_TOO_LARGE;
    rc = content_piece(l->store->reader, a, l->campaign_id, path, bytes_out);
    if (rc == RC_OK)
        return FOLDER_FINE;
    if (l->rc == RC_OK)
        l->rc = rc == RC_NOT_FOUND ? RC_RETRY : rc;
    errno = EIO;
    return FOLDER_UNREADABLE;
}

static enum rc store_compile(void *ctx, struct arena *a, struct live_campaign_row *row, struct instant now,
                             struct compiled *compiled_out, struct span *fault_out)
{
    struct core_store *s = ctx;
    struct content_campaign campaign = {0};
    struct pieces pieces = {0};
    struct content_larges larges = {0};
    struct folder_files *files = ARENA_NEW(a, struct folder_files);
    struct lean lean = {
        .files = folder_source_of_files(files, ""), .store = s, .campaign_id = row->id, .larges = &larges};
    const struct folder_source source = {
        .name = "the store",
        .is_checked = true, /* load refused what had errors, and showed the warnings */
        .is_lasting = true,
        .ctx = &lean,
        .list = lean_list,
        .read = lean_read,
        .is_elsewhere = lean_is_elsewhere,
    };
    enum rc rc = db_is_postgres(s->db) ? content_pieces(s->reader, a, row->id, &campaign, &pieces)
                                       : content_texts(s->reader, a, row->id, &campaign, &pieces, &larges);

    *compiled_out = (struct compiled){0};
    if (rc != RC_OK) {
        *fault_out = S("the store cannot be read");
        return rc == RC_NOT_FOUND ? RC_RETRY : rc; /* gone between list and look: the next round knows */
    }
    row->revision = campaign.revision;
    folder_join(a, &pieces, files);
    rc = compile_source(a, &source, now, false, compiled_out, fault_out);
    if (rc == RC_OK && lean.rc != RC_OK)
        *fault_out = S("the store cannot be read");
    return rc == RC_OK ? lean.rc : rc;
}

/* The index of search, where it does not fit what is served: another program's words, another day's figures, or content
 * that came without it. A store that cannot be written goes on with what is there. */
static enum rc settle_search(struct core_store *s, const struct live_campaign_row *row, const struct compiled *compiled)
{
    struct search_docs docs = {0};
    struct arena *a;
    enum rc rc = search_check(s->reader, row->id, row->revision, compiled->site.today);

    if (rc == RC_NOT_FOUND) {
        a = arena_open(COMPILE_MEMORY);
        search_docs_make(a, &compiled->site, &compiled->library, &docs);
        rc = search_renew(s->reader, a, row->id, row->revision, &docs);
        if (rc == RC_OK)
            LOG_HOUSE("search.renewed", KV_INT("campaign", row->id), KV_INT("revision", row->revision),
                      KV_INT("texts", docs.list.count));
        arena_close(&a);
    }
    if (rc != RC_OK && rc != RC_CONFLICT)
        LOG_HOUSE_FAULT("search.not_renewed", KV_INT("campaign", row->id), KV_RC(rc));
    return rc == RC_CONFLICT ? RC_OK : rc; /* a later revision: the next look comes with it */
}

/* What the newsletters show that are public now, for good: their minute came, or nobody recorded it yet. */
static enum rc settle_published(struct core_store *s, const struct live_campaign_row *row,
                                const struct compiled *compiled)
{
    enum rc rc = published_check(s->reader, row->id, row->revision, compiled->site.now);
    struct published_news news;
    struct arena *a;

    if (rc == RC_NOT_FOUND) {
        a = arena_open(COMPILE_MEMORY);
        published_look(a, compiled, &news);
        rc = published_record(s->reader, a, row->id, row->revision, &news.rows, &news.all);
        if (rc == RC_OK)
            LOG_HOUSE("published.recorded", KV_INT("campaign", row->id), KV_INT("revision", row->revision),
                      KV_INT("texts", news.rows.list.count));
        arena_close(&a);
    }
    if (rc != RC_OK && rc != RC_CONFLICT)
        LOG_HOUSE_FAULT("published.not_recorded", KV_INT("campaign", row->id), KV_RC(rc));
    return rc == RC_CONFLICT ? RC_OK : rc;
}

static enum rc store_settle(void *ctx, const struct live_campaign_row *row, const struct compiled *compiled)
{
    enum rc search = settle_search(ctx, row, compiled);
    enum rc published = settle_published(ctx, row, compiled);

    return search != RC_OK ? search : published;
}

struct live_source core_store_source(struct core_store *s)
{
    return (struct live_source){.ctx = s, .list = store_list, .compile = store_compile, .settle = store_settle};
}

/* ---- what it says of itself ---- */

void core_store_status_put(struct core_store *s, struct buf *out)
{
    struct db_status status;

    db_status(s->db, &status);
    buf_printf(out, "store: %s, schema %d, %llu transactions written, %llu undone, %llu waiting",
               db_is_postgres(s->db) ? "PostgreSQL" : "SQLite", (int)status.schema, (unsigned long long)status.written,
               (unsigned long long)status.undone, (unsigned long long)status.waiting);
    if (db_is_postgres(s->db))
        buf_printf(out, ", connected anew %llu times\n", (unsigned long long)status.reconnected);
    else
        buf_printf(out, ", log of %.1f MB\n", (double)status.log_bytes / 1e6);
}

void core_store_counters_put(struct core_store *s, struct buf *out)
{
    struct db_status status;

    db_status(s->db, &status);
#define PUT(name, kind, value)                                                                                         \
    buf_printf(out, "# TYPE breakroom_store_" name " " kind "\nbreakroom_store_" name " %llu\n",                       \
               (unsigned long long)(value))
    PUT("written_total", "counter", status.written);
    PUT("undone_total", "counter", status.undone);
    PUT("retried_total", "counter", status.retried);
    PUT("groups_total", "counter", status.groups);
    PUT("group_most", "gauge", status.group_most);
    PUT("waiting", "gauge", status.waiting);
    PUT("checkpoints_total", "counter", status.checkpoints);
    PUT("log_bytes", "gauge", status.log_bytes);
    PUT("reconnected_total", "counter", status.reconnected);
#undef PUT
}
