/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See exchange_step.h.
 */
#define _GNU_SOURCE /* open_memstream */
#include "main/exchange_step.h"

#include "main/print.h"
#include "main/store_door.h"

#include <stdlib.h>

enum { LINES_MOST = 1024 * 1024 };

struct span exchange_diag_lines(struct arena *a, const struct diags *diags)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct span lines;

    CHECK(out != NULL);
    print_diags(a, out, diags);
    CHECK(fclose(out) == 0);
    lines = arena_dup(a, (struct span){text, n < LINES_MOST ? n : LINES_MOST});
    free(text);
    return lines;
}

static void say_trouble(struct exchange_told *told, enum rc rc)
{
    told->outcome = EXCHANGE_TROUBLE;
    told->sentence = store_door_fault(rc);
}

/* ---- load ---- */

static void tell_plan(struct arena *a, const struct exchange_call *call, const struct load_plan *plan,
                      struct exchange_told *told)
{
    told->campaign_id = plan->campaign.campaign_id;
    told->revision = plan->campaign.revision;
    told->changes = plan->changes;
    for (size_t i = 0; i < plan->merge.conflicts.count; i++)
        *LIST_ADD(a, &told->conflicts) = plan->merge.conflicts.items[i];
    if (call->order.take_count) {
        struct buf *used = buf_new(a, call->order.take_count);

        for (size_t i = 0; i < call->order.take_count; i++)
            buf_char(used, call->order.takes[i].is_used ? '1' : '0');
        told->used = buf_span(used);
    }
    if (told->conflicts.count)
        told->outcome = EXCHANGE_CONFLICTS;
    else if (call->order.base)
        told->base = dump_base(a, call->order.host, &plan->pieces);
}

static enum rc look(struct db *db, struct arena *a, const struct exchange_call *call, struct load_plan *plan_out,
                    struct exchange_told *told_out)
{
    enum rc rc = load_look(db, a, &call->order, call->at, plan_out);

    *told_out = (struct exchange_told){.outcome = EXCHANGE_DONE};
    if (rc == RC_OK) {
        tell_plan(a, call, plan_out, told_out);
    } else if (rc == RC_INVALID && plan_out->compiled.diags.errors) {
        told_out->outcome = EXCHANGE_REFUSED;
        told_out->sentence = S("what folder and store make together has errors");
        told_out->lines = exchange_diag_lines(a, &plan_out->compiled.diags);
    } else {
        say_trouble(told_out, rc);
    }
    return rc;
}

void exchange_look(struct db *db, struct arena *a, const struct exchange_call *call, struct exchange_told *told_out)
{
    struct load_plan plan;

    (void)look(db, a, call, &plan, told_out);
}

void exchange_write(struct db *db, struct arena *a, const struct exchange_call *call, struct exchange_told *told_out)
{
    struct load_plan plan;
    enum rc rc = look(db, a, call, &plan, told_out);

    if (rc != RC_OK || told_out->outcome != EXCHANGE_DONE || plan.changes.list.count == 0)
        return;
    if (plan.campaign.revision != call->revision)
        rc = RC_CONFLICT;
    else
        rc = load_write(db, a, &call->order, &plan, call->at);
    told_out->revision = plan.campaign.revision;
    told_out->campaign_id = plan.campaign.campaign_id;
    if (rc == RC_CONFLICT)
        told_out->outcome = EXCHANGE_CHANGED;
    else if (rc != RC_OK)
        say_trouble(told_out, rc);
    if (rc == RC_IO && told_out->outcome == EXCHANGE_TROUBLE) /* the connection may be lost after the commit */
        told_out->outcome = EXCHANGE_UNKNOWN;
}

/* ---- dump ---- */

static void tell_files(struct db *db, struct arena *a, const struct exchange_call *call, bool is_whole,
                       struct folder_files *files_out, struct exchange_told *told_out)
{
    struct content_campaign campaign = {0};
    enum rc rc;

    *files_out = (struct folder_files){0};
    *told_out = (struct exchange_told){.outcome = EXCHANGE_TROUBLE};
    rc = store_door_campaign(db, a, call->order.host, &campaign, &told_out->sentence, &told_out->lines);
    if (rc != RC_OK)
        return;
    told_out->outcome = EXCHANGE_DONE;
    rc = is_whole ? dump_files(db, a, campaign.campaign_id, call->at, files_out)
                  : dump_published(db, a, &campaign, call->at, files_out);
    if (rc != RC_OK) {
        say_trouble(told_out, rc);
        return;
    }
    told_out->campaign_id = campaign.campaign_id;
    told_out->revision = campaign.revision;
    told_out->files = files_out->list.count;
}

void exchange_dump(struct db *db, struct arena *a, const struct exchange_call *call, struct folder_files *files_out,
                   struct exchange_told *told_out)
{
    tell_files(db, a, call, true, files_out, told_out);
}

void exchange_published(struct db *db, struct arena *a, const struct exchange_call *call,
                        struct folder_files *files_out, struct exchange_told *told_out)
{
    tell_files(db, a, call, false, files_out, told_out);
}
