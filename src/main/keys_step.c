/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See keys_step.h.
 */
#include "main/keys_step.h"

#include "main/store_door.h"

static void say_trouble(struct keys_told *told, enum rc rc)
{
    told->outcome = KEYS_TROUBLE;
    told->sentence = rc == RC_INVALID
                         ? S("what the store has as keys was not made by breakroom, or was changed: nothing "
                             "is to be sealed to it")
                         : store_door_fault(rc);
}

void keys_step(struct db *db, struct arena *a, const struct keys_call *call, struct instant now,
               struct keys_told *told_out)
{
    struct content_campaign campaign;
    enum rc rc;

    *told_out = (struct keys_told){.outcome = KEYS_TROUBLE};
    rc = store_door_campaign(db, a, call->host, &campaign, &told_out->sentence, NULL);
    if (rc != RC_OK)
        return;
    told_out->outcome = KEYS_DONE;
    told_out->host = campaign.host;
    if (call->writes)
        rc = keys_put(db, campaign.campaign_id, &call->fresh, now);
    if (rc == RC_CONFLICT) {
        told_out->outcome = KEYS_CHANGED;
        return;
    }
    if (rc == RC_INVALID) {
        told_out->outcome = KEYS_TROUBLE;
        told_out->sentence = S("what came is no set of keys");
        return;
    }
    if (rc == RC_IO && call->writes) { /* the connection may be lost after the commit */
        told_out->outcome = KEYS_UNKNOWN;
        return;
    }
    if (rc == RC_OK)
        rc = keys_list(db, a, campaign.campaign_id, &told_out->keys);
    if (rc != RC_OK)
        say_trouble(told_out, rc);
}
