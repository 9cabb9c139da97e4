/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_keys.h.
 */
#include "main/core_keys.h"

#include "http/log.h"
#include "main/keys_step.h"

void core_keys(struct db_store *store, struct span url, struct instant now, struct control_call *call)
{
    struct keys_call order;
    struct keys_told told;
    struct span body;
    struct db *db;

    if (store == NULL) {
        control_fault(call, S("it serves a folder, not a store"));
        return;
    }
    if (!control_body(call, &body))
        return;
    if (!keys_call_read(body, &order)) {
        control_fault(call, S(CORE_NOT_UNDERSTOOD));
        return;
    }
    if (order.url.n && !span_eq(order.url, url)) {
        control_fault(call, S(CORE_NOT_MEANT));
        return;
    }
    if (db_borrow(store, &db) != RC_OK) {
        control_fault(call, S("it cannot read its store"));
        return;
    }
    keys_step(db, call->arena, &order, now, &told);
    db_give_back(&db);
    if (order.writes)
        LOG_HOUSE("core.keys", KV_INT("outcome", told.outcome), KV_INT("count", told.keys.list.count));
    control_ok(call, keys_told_put(call->arena, &told));
}
