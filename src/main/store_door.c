/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See store_door.h.
 */
#include "main/store_door.h"

#include "main/command.h"
#include "main/control.h"
#include "store/store.h"

#include <stdio.h>
#include <unistd.h>

enum { DOOR_MEMORY = 4 * 1024 * 1024, HOSTS_MOST = 1024 * 1024 };

/* Numbers and our own names: an engine's words can quote rows. */
static void on_event(void *arg, const struct db_event *event)
{
    static const char *const kinds[] = {
        [DB_EVENT_STATEMENT] = "statement-failed",
        [DB_EVENT_COMMIT] = "commit-failed",
        [DB_EVENT_COMMIT_UNKNOWN] = "commit-unknown",
        [DB_EVENT_CHECKPOINT] = "checkpoint-failed",
        [DB_EVENT_SYNC] = "sync-failed",
        [DB_EVENT_GAVE_UP] = "gave-up",
        [DB_EVENT_LOST] = "connection-lost",
        [DB_EVENT_BACK] = "connection-back",
    };

    (void)arg;
    fprintf(stderr, "store event=%s name=%s code=%d state=%s\n", kinds[event->kind], event->name, event->code,
            event->state[0] ? event->state : "-");
}

static void on_sync_failed(void *arg)
{
    (void)arg;
    say_fault("the disk did not keep what it was given: nothing more is written");
    _exit(EXIT_TROUBLE);
}

bool store_door_open(const char *data, const char *url, struct instant now, struct store_door *door_out)
{
    struct db_fault fault = {.text = "The store could not be opened."};
    struct db_options options = {
        .url = url, .now = now, .writers = 1, .event = on_event, .sync_failed = on_sync_failed};
    enum rc rc;

    *door_out = (struct store_door){.arena = arena_open(DOOR_MEMORY)};
    rc = db_lock(data, &door_out->lock, &fault);
    if (rc == RC_OK) {
        options.lock = door_out->lock;
        options.migrations = store_migrations(door_out->arena, &options.migration_count);
        options.stmts = store_stmts(door_out->arena, &options.stmt_count);
        rc = db_open(&options, &door_out->store, &fault);
    }
    if (rc == RC_OK)
        rc = db_reader_open(door_out->store, &door_out->db);
    if (rc != RC_OK)
        fprintf(stderr, "breakroom: %s\n", fault.text);
    return rc == RC_OK;
}

void store_door_close(struct store_door *door)
{
    if (door->db)
        db_reader_close(&door->db);
    if (door->store)
        db_close(&door->store);
    if (door->lock)
        db_unlock(&door->lock);
    arena_close(&door->arena);
}

struct span store_door_fault(enum rc rc)
{
    switch (rc) {
    case RC_LIMIT:
        return S("the store takes nothing that large");
    case RC_RETRY:
        return S("the store is too busy: try again");
    case RC_CONFLICT:
        return S("somebody else was changing the store: try again");
    case RC_INVALID:
    case RC_DENIED:
        return S("the store refused it");
    case RC_OK:
    case RC_NOT_FOUND:
    case RC_IO:
        break;
    }
    return S("the store failed: the disk is full or broken, or the database is gone");
}

enum rc store_door_campaign(struct db *db, struct arena *a, struct span host, struct content_campaign *campaign_out,
                            struct span *sentence_out, struct span *hosts_out)
{
    struct content_campaigns all = {0};
    struct buf *hosts = buf_new(a, HOSTS_MOST);
    enum rc rc = content_campaigns(db, a, &all);

    if (rc != RC_OK) {
        *sentence_out = store_door_fault(rc);
        return rc;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (host.n ? span_eq(all.items[i].host, host) : all.count == 1) {
            *campaign_out = all.items[i];
            return RC_OK;
        }
        buf_printf(hosts, "  %.*s\n", SPAN_ARGS(all.items[i].host));
    }
    if (hosts_out)
        *hosts_out = buf_span(hosts);
    if (all.count == 0)
        *sentence_out = S("there is no campaign in the store yet: “breakroom load” brings one in");
    else if (host.n)
        *sentence_out = arena_printf(a, "the store has no campaign “%.*s”", SPAN_ARGS(host));
    else
        *sentence_out = arena_printf(a, "the store has %zu campaigns: say which with --campaign HOST", all.count);
    return RC_NOT_FOUND;
}

void store_door_no_answer(const char *data, enum rc rc, struct span said, const char *end)
{
    if (rc == RC_DENIED)
        say_fault("what answers at %s/control belongs to another user%s", data, end);
    else if (rc == RC_CONFLICT && span_eq(said, S(CONTROL_UNKNOWN)))
        say_fault("the server that has %s is another version of breakroom than this command: start it anew%s", data,
                  end);
    else if (rc == RC_CONFLICT)
        say_fault("the server that has %s says: %.*s%s", data, SPAN_ARGS(said), end);
    else
        say_fault("the server that has %s went away before it answered%s; try again", data, end);
}
