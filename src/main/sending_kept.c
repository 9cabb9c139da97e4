/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * handover = server: keys of runs that the server keeps, so that a run goes on alone. The mailer wraps and opens them; what
 * is here asks it to, once for each pair, and believes its answer.
 *
 * A run whose key this mailer cannot open is let go, for a copy that has the right server.key, and waits for an unlock.
 */
#include "main/sending_impl.h"

#include "http/log.h"

#define ASK_AGAIN_US (30 * SENDING_SECOND_US) /* of a mailer that had no room for one more */

void sending_set_foreign(struct sending *s, struct held_run *run, bool is_foreign)
{
    run->is_foreign = is_foreign;
    (void)pthread_mutex_lock(&s->lock);
    run_set_put(&s->foreign, &run->id, is_foreign);
    (void)pthread_mutex_unlock(&s->lock);
}

void sending_keep_key(struct sending *s, struct held_run *run, struct span key_kept)
{
    enum rc rc;

    if (!s->o.keeps_keys || key_kept.n == 0)
        return;
    rc = mailing_keep_key(s->db, &run->id, run->fence, key_kept);
    sending_set_foreign(s, run, false);
    if (rc != RC_OK)
        LOG_HOUSE_FAULT("sending.key_not_kept", KV_INT("run", run->id.run_no), KV_RC(rc));
}

bool sending_may_open(const struct sending *s, const struct held_run *run, const struct mailing_run *row)
{
    return s->o.keeps_keys && row->key_kept.n && s->pair && s->can_send && !run->has_key && !run->is_foreign &&
           (row->state == RUN_ACTIVE || row->state == RUN_PAUSED) &&
           (run->asked_us == 0 || sending_boot_us() >= run->asked_us + ASK_AGAIN_US);
}

void sending_open_kept(struct sending *s, struct held_run *run, const struct mailing_run *row)
{
    if (!run->is_taken || !run->is_settled || run->is_opening || !sending_may_open(s, run, row) ||
        (s->unlocking && mailing_id_eq(&s->unlocking->id, &run->id)))
        return;
    run->asked_us = sending_boot_us();
    run->is_opening = sending_say(s, &(struct mailer_frame){.kind = MAILER_UNLOCK,
                                                            .unlock = {.run = {run->id.campaign_id, run->id.run_no},
                                                                       .campaign = run->campaign,
                                                                       .key_object = row->key_object,
                                                                       .key_day = row->key_day,
                                                                       .key_kept = row->key_kept}});
}

void sending_opened(struct sending *s, struct held_run *run, enum rc rc)
{
    run->is_opening = false;
    if (rc == RC_OK) {
        LOG_HOUSE("sending.opened", KV_INT("campaign", run->id.campaign_id), KV_INT("run", run->id.run_no));
        sending_set_key(s, &run->id, true);
        return;
    }
    LOG_HOUSE_FAULT("sending.not_opened", KV_INT("campaign", run->id.campaign_id), KV_INT("run", run->id.run_no),
                    KV_RC(rc));
    if (rc != RC_LIMIT) /* it has room for another run some time */
        sending_set_foreign(s, run, true);
    if (run->is_taken && sending_in_hand(run) == 0)
        sending_let_go(s, run); /* another copy may have the key */
}

enum sending_kept sending_kept(struct sending *s, const struct mailing_run *run)
{
    bool is_foreign;

    if (!s->o.keeps_keys || run->key_kept.n == 0)
        return SENDING_KEPT_NO;
    (void)pthread_mutex_lock(&s->lock);
    is_foreign = run_set_has(&s->foreign, &run->id);
    (void)pthread_mutex_unlock(&s->lock);
    return is_foreign ? SENDING_KEPT_FOREIGN : SENDING_KEPT_OPENS;
}
