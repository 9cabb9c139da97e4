/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_exchange.h. The command compiled the folder, but that is its word: what is written is compiled here too, and
 * has to be, piece for piece, what a folder gives.
 */
#include "main/core_exchange.h"

#include "http/log.h"
#include "main/exchange_wire.h"

#include <pthread.h>
#include <stdlib.h>

enum { TOLD_MEMORY = 512 * 1024 * 1024 };
enum work { WORK_NONE, WORK_LOOK, WORK_WRITE, WORK_DUMP, WORK_PUBLISHED };

struct core_exchange {
    struct db_store *store;
    struct span url;
    struct instant (*clock)(void);

    pthread_mutex_t lock;
    enum work work; /* under the lock, as is the rest */
    struct instant since;
    uint64_t body;
    uint64_t loaded;
    struct instant loaded_at;
};

struct core_exchange *core_exchange_open(struct db_store *store, struct span url, struct instant (*clock)(void))
{
    struct core_exchange *e = calloc(1, sizeof *e);

    CHECK(e != NULL);
    *e = (struct core_exchange){.store = store, .url = url, .clock = clock};
    (void)pthread_mutex_init(&e->lock, NULL);
    return e;
}

void core_exchange_close(struct core_exchange **exchange)
{
    struct core_exchange *e = *exchange;

    *exchange = NULL;
    if (e == NULL)
        return;
    (void)pthread_mutex_destroy(&e->lock);
    free(e);
}

/* ---- one at a time ---- */

static bool begin(struct core_exchange *e, enum work work, uint64_t body)
{
    bool is_free;

    (void)pthread_mutex_lock(&e->lock);
    is_free = e->work == WORK_NONE;
    if (is_free) {
        e->work = work;
        e->since = e->clock();
        e->body = body;
    }
    (void)pthread_mutex_unlock(&e->lock);
    return is_free;
}

static void end(struct core_exchange *e, bool has_loaded)
{
    (void)pthread_mutex_lock(&e->lock);
    e->work = WORK_NONE;
    if (has_loaded) {
        e->loaded++;
        e->loaded_at = e->clock();
    }
    (void)pthread_mutex_unlock(&e->lock);
}

void core_exchange_status_put(struct core_exchange *e, struct buf *out)
{
    static const char *const words[] = {[WORK_NONE] = "none",
                                        [WORK_LOOK] = "a load that looks at what would change",
                                        [WORK_WRITE] = "a load that writes",
                                        [WORK_DUMP] = "a dump",
                                        [WORK_PUBLISHED] = "a look at what was published"};

    (void)pthread_mutex_lock(&e->lock);
    buf_printf(out, "in progress: %s", words[e->work]);
    if (e->work != WORK_NONE) {
        buf_printf(out, ", %.1f MB, since ", (double)e->body / 1e6);
        instant_put(out, e->since);
    }
    buf_printf(out, "\nloads: %llu since this core started", (unsigned long long)e->loaded);
    if (e->loaded) {
        buf_put(out, S(", the last at "));
        instant_put(out, e->loaded_at);
    }
    buf_char(out, '\n');
    (void)pthread_mutex_unlock(&e->lock);
}

/* ---- what comes ---- */

static void say_line(struct control_call *call, struct span line)
{
    struct span parts[EXCHANGE_NOTE_PARTS];

    exchange_note_line(line, parts);
    (void)control_note(call, parts, COUNT(parts));
}

static bool is_same(const struct pieces *left, const struct pieces *right)
{
    if (left->list.count != right->list.count)
        return false;
    for (size_t i = 0; i < left->list.count; i++) {
        const struct piece *a = &left->list.items[i];
        const struct piece *b = &right->list.items[i];

        if (!span_eq(a->path, b->path) || !span_eq(a->hash, b->hash) || a->position != b->position)
            return false;
    }
    return true;
}

/* Leaflets are made by the command, as copies of documents are: here it is seen that they can be nothing else. */
static bool leaflets_are_right(const struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->list.count; i++) {
        const struct piece *p = &pieces->list.items[i];

        if (piece_is_derived(p->path) && (!span_ends(p->path, S(".pdf")) || p->bytes.n > LEAFLET_COPY_MOST ||
                                          (p->bytes.n && !span_starts(p->bytes, S("%PDF-")))))
            return false;
    }
    return true;
}

/* Is it a campaign without an error, and exactly what a folder of these files gives? `a` is the call's; the campaign that
 * is made to find out, photos and all, is gone when it returns. */
static bool is_a_folder(struct arena *a, const struct exchange_call *call, struct published_news *news_out,
                        struct exchange_told *told)
{
    struct arena *own = arena_open(COMPILE_MEMORY);
    const struct pieces given = pieces_of_folder(own, &call->order.pieces);
    struct folder_files *files = ARENA_NEW(own, struct folder_files);
    struct folder_source source = folder_source_of_files(files, "the folder");
    struct folder_files read;
    struct folder_source keeping = folder_source_keeping(own, &source, &read);
    struct compiled compiled = {0};
    struct pieces found = {0};
    struct span fault = {0};
    enum rc rc;

    folder_join(own, &given, files);
    rc = compile_source(own, &keeping, call->at, true, &compiled, &fault);
    if (rc == RC_OK && compiled.diags.errors == 0)
        folder_split(own, compiled.campaign, &read, &found);
    if (rc == RC_OK)
        published_look(a, &compiled, news_out);
    if (rc == RC_INVALID || compiled.diags.errors) {
        told->outcome = EXCHANGE_REFUSED;
        told->lines = exchange_diag_lines(a, &compiled.diags);
        told->sentence = arena_printf(a, "the server finds %zu error%s in the folder", compiled.diags.errors,
                                      compiled.diags.errors == 1 ? "" : "s");
    } else if (rc != RC_OK) {
        told->outcome = EXCHANGE_TROUBLE;
        told->sentence = arena_dup(a, fault);
    } else if (!is_same(&given, &found) || !leaflets_are_right(&call->order.pieces) ||
               !span_eq(call->order.host, compiled.campaign->host)) {
        told->outcome = EXCHANGE_TROUBLE;
        told->sentence = S("what came is not what a campaign folder gives");
    }
    arena_close(&own);
    return told->outcome == EXCHANGE_DONE;
}

static bool is_for_us(const struct core_exchange *e, const struct exchange_call *order, struct exchange_told *told)
{
    if (order->url.n == 0 || span_eq(order->url, e->url))
        return true;
    told->outcome = EXCHANGE_TROUBLE;
    told->sentence =
        S("the server that has this data folder serves another store than --db says: leave --db out to use "
          "the server's, or name another data folder");
    return false;
}

/* ---- the steps ---- */

static void send_files(struct control_call *call, const struct folder_files *files)
{
    for (size_t i = 0; i < files->list.count; i++) {
        struct span parts[EXCHANGE_NOTE_PARTS];

        exchange_note_file(call->arena, &files->list.items[i], parts);
        if (!control_note(call, parts, COUNT(parts)))
            return;
    }
}

static void work_in_store(struct db *db, enum work work, struct control_call *call, struct exchange_call *order,
                          struct exchange_told *told)
{
    struct published_news *news = ARENA_NEW(call->arena, struct published_news);
    struct folder_files files;

    switch (work) {
    case WORK_NONE:
        return;
    case WORK_LOOK:
        exchange_look(db, call->arena, order, told);
        return;
    case WORK_WRITE:
        say_line(call, arena_printf(call->arena, "the server checks %zu entries", order->order.pieces.list.count));
        if (!is_a_folder(call->arena, order, news, told))
            return;
        order->order.published = news;
        say_line(call, S("the server writes"));
        exchange_write(db, call->arena, order, told);
        return;
    case WORK_DUMP:
        exchange_dump(db, call->arena, order, &files, told);
        send_files(call, &files);
        return;
    case WORK_PUBLISHED:
        exchange_published(db, call->arena, order, &files, told);
        send_files(call, &files);
        return;
    }
}

static void take_step(struct core_exchange *e, enum work work, struct control_call *call, struct exchange_told *told)
{
    struct exchange_call order;
    struct span body;
    struct db *db;

    if (!control_body(call, &body))
        return;
    if (!exchange_call_read(call->arena, body, &order) || (work == WORK_WRITE && !order.with_bytes)) {
        told->outcome = EXCHANGE_TROUBLE;
        told->sentence = S("the server does not understand what came");
        return;
    }
    if (!is_for_us(e, &order, told))
        return;
    if (db_reader_open(e->store, &db) != RC_OK) { /* of its own: a command is more patient than who waits for a page */
        told->outcome = EXCHANGE_TROUBLE;
        told->sentence = S("the server cannot read its store");
        return;
    }
    work_in_store(db, work, call, &order, told);
    db_reader_close(&db);
}

/* The words behind the verb: the version of the command. */
static bool is_our_version(struct control_call *call)
{
    const struct control_request *r = call->request;

    if (r->word_count == 1 && span_eq(r->words[0], S(BREAKROOM_VERSION)))
        return true;
    control_fault(call,
                  arena_printf(call->arena,
                               "it is breakroom " BREAKROOM_VERSION ", this command is %.*s: start the server anew, so "
                               "that both are the same",
                               SPAN_ARGS(r->word_count ? r->words[0] : S("another"))));
    return false;
}

static void run(struct core_exchange *e, enum work work, struct control_call *call)
{
    struct exchange_told told = {.outcome = EXCHANGE_DONE};
    struct arena *own;
    struct span said;

    if (e == NULL) {
        control_fault(call, S("it serves a folder, not a store"));
        return;
    }
    if (!is_our_version(call))
        return;
    if (!begin(e, work, call->request->body_len)) {
        told.outcome = EXCHANGE_BUSY;
        control_ok(call, exchange_told_put(call->arena, &told));
        return;
    }
    take_step(e, work, call, &told);
    own = arena_open(TOLD_MEMORY);
    said = exchange_told_put(own, &told);
    arena_reset(call->arena); /* before the next may begin: two folders' memory is never held */
    if (work != WORK_LOOK)
        LOG_HOUSE("core.exchange", KV_INT("writes", work == WORK_WRITE), KV_INT("outcome", told.outcome),
                  KV_INT("revision", told.revision));
    end(e, work == WORK_WRITE && told.outcome == EXCHANGE_DONE && told.campaign_id);
    if (!call->is_answered)
        control_ok(call, said);
    arena_close(&own);
}

void core_exchange_look(struct core_exchange *e, struct control_call *call)
{
    run(e, WORK_LOOK, call);
}

void core_exchange_write(struct core_exchange *e, struct control_call *call)
{
    run(e, WORK_WRITE, call);
}

void core_exchange_dump(struct core_exchange *e, struct control_call *call)
{
    run(e, WORK_DUMP, call);
}

void core_exchange_published(struct core_exchange *e, struct control_call *call)
{
    run(e, WORK_PUBLISHED, call);
}
