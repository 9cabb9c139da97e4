/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_import.h. Shared between the threads of the control socket: whether one of them is at it.
 */
#include "main/core_import.h"

#include "http/log.h"
#include "main/core_keys.h"
#include "main/import_step.h"

#include <stdatomic.h>

enum { TOLD_MEMORY = 128 * 1024 * 1024 };

static atomic_flag is_busy = ATOMIC_FLAG_INIT;

/* Empty: done, and `told_out` is to be said. Else a fault. */
static struct span take_step(struct db_store *store, struct span url, struct instant now, struct control_call *call,
                             struct import_told *told_out)
{
    struct import_call order;
    struct span body;
    struct db *db;

    if (!control_body(call, &body))
        return (struct span){0}; /* answered, or nobody is there any more */
    if (!import_call_read(call->arena, body, &order))
        return S(CORE_NOT_UNDERSTOOD);
    if (order.url.n && !span_eq(order.url, url))
        return S(CORE_NOT_MEANT);
    if (db_reader_open(store, &db) != RC_OK) /* of its own: a command is more patient than who waits for a page */
        return S("it cannot read its store");
    import_step(db, call->arena, &order, now, told_out);
    db_reader_close(&db);
    if (order.work == IMPORT_WRITE || order.work == IMPORT_UNDO)
        LOG_HOUSE("core.import", KV_INT("outcome", told_out->outcome), KV_INT("undo", order.work == IMPORT_UNDO),
                  KV_INT("import", order.work == IMPORT_UNDO ? order.import_no : told_out->import_no),
                  KV_INT("people", told_out->people));
    return (struct span){0};
}

void core_import(struct db_store *store, struct span url, struct instant now, struct control_call *call)
{
    struct import_told told = {.outcome = IMPORT_TROUBLE};
    struct arena *own;
    struct span fault;
    struct span said;

    if (store == NULL) {
        control_fault(call, S("it serves a folder, not a store"));
        return;
    }
    if (atomic_flag_test_and_set(&is_busy)) {
        control_fault(call, S("it is busy with another import: try again when that is done"));
        return;
    }
    own = arena_open(TOLD_MEMORY);
    fault = take_step(store, url, now, call, &told);
    said = import_told_put(own, &told);
    arena_reset(call->arena);    /* before the next may begin: two bodies' memory is never held */
    atomic_flag_clear(&is_busy); /* and before the answer: who hears it may come again at once */
    if (fault.n)
        control_fault(call, fault);
    else if (!call->is_answered)
        control_ok(call, said);
    arena_close(&own);
}
