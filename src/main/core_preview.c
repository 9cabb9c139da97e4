/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_preview.h.
 */
#include "main/core_preview.h"

#include "http/log.h"
#include "mail/address.h"
#include "mail/notice.h"
#include "main/core_keys.h"
#include "main/core_letters.h"
#include "main/preview_step.h"
#include "main/store_door.h"

static struct span fault_of(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return (struct span){0};
    case RC_INVALID:
        return S("no letter can be made of it");
    case RC_LIMIT:
        return S("too many letters are waiting for the smart host: try again when it takes letters");
    case RC_IO:
    case RC_RETRY:
    case RC_NOT_FOUND:
    case RC_CONFLICT:
    case RC_DENIED:
        return mail_has_postbox()
                   ? S("the server's mailer is not there: it may be starting anew; “breakroom status” says more")
                   : S("the server has no smart host, so it cannot send: name one in server.ini and start it anew");
    }
    return (struct span){0};
}

/* Empty: it is on its way. Else a sentence. */
static struct span post(struct db *db, struct arena *a, const struct preview_call *order, struct instant now)
{
    struct content_campaign campaign;
    struct mail_notice notice = {0};
    struct span why = {0};
    enum rc rc = store_door_campaign(db, a, order->host, &campaign, &why, NULL);

    if (rc != RC_OK)
        return why;
    if (mail_address(a, order->address, &notice.address) != RC_OK)
        return S("that is no address that mail can go to");
    rc = core_letters_preview(db, a, campaign.campaign_id, order->news, now, &notice.letter, &why);
    if (rc != RC_OK)
        return rc == RC_INVALID ? why : store_door_fault(rc);
    notice.campaign_id = campaign.campaign_id;
    return fault_of(mail_post(&notice));
}

static void answer(struct db_store *store, struct span url, struct instant now, struct control_call *call)
{
    struct preview_call order;
    struct span body;
    struct span fault;
    struct db *db = NULL;

    if (!control_body(call, &body))
        return;
    if (!preview_call_read(body, &order)) {
        control_fault(call, S(CORE_NOT_UNDERSTOOD));
        return;
    }
    if (order.url.n && !span_eq(order.url, url)) {
        control_fault(call, S(CORE_NOT_MEANT));
        return;
    }
    if (db_reader_open(store, &db) != RC_OK) { /* of its own: a compile takes its time */
        control_fault(call, S("it cannot read its store"));
        return;
    }
    fault = post(db, call->arena, &order, now);
    db_reader_close(&db);
    LOG_HOUSE("core.preview", KV_INT("posted", fault.n == 0));
    if (fault.n)
        control_fault(call, fault);
    else
        control_ok(call, S("posted"));
}

void core_preview(struct db_store *store, struct span url, struct instant now, struct control_call *call)
{
    if (store == NULL) {
        control_fault(call, S("it serves a folder, not a store"));
        return;
    }
    answer(store, url, now, call);
    arena_wipe(call->arena);
}
