/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See keys_step.h.
 */
#include "main/keys_step.h"

#include "main/store_door.h"
#include "store/content.h"

static void say_trouble(struct keys_told *told, enum rc rc)
{
    told->outcome = KEYS_TROUBLE;
    told->sentence = rc == RC_INVALID
                         ? S("what the store has as keys was not made by breakroom, or was changed: nothing "
                             "is to be sealed to it")
                         : store_door_fault(rc);
}

static bool find_campaign(struct db *db, struct arena *a, struct span host, struct content_campaign *campaign_out,
                          struct keys_told *told)
{
    struct content_campaigns all = {0};
    enum rc rc = content_campaigns(db, a, &all);

    if (rc != RC_OK) {
        say_trouble(told, rc);
        return false;
    }
    for (size_t i = 0; i < all.count; i++)
        if (host.n ? span_eq(all.items[i].host, host) : all.count == 1) {
            *campaign_out = all.items[i];
            told->host = all.items[i].host;
            return true;
        }
    told->outcome = KEYS_TROUBLE;
    if (all.count == 0)
        told->sentence = S("there is no campaign in the store yet: “breakroom load” brings one in");
    else if (host.n)
        told->sentence = arena_printf(a, "the store has no campaign “%.*s”", SPAN_ARGS(host));
    else
        told->sentence = arena_printf(a, "the store has %zu campaigns: say which with --campaign HOST", all.count);
    return false;
}

void keys_step(struct db *db, struct arena *a, const struct keys_call *call, struct instant now,
               struct keys_told *told_out)
{
    struct content_campaign campaign;
    enum rc rc = RC_OK;

    *told_out = (struct keys_told){.outcome = KEYS_DONE};
    if (!find_campaign(db, a, call->host, &campaign, told_out))
        return;
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
