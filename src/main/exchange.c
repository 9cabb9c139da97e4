/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See exchange.h. What is written was compiled: the folder's own pieces before they came here, and what folder and store
 * make together here.
 */
#include "main/exchange.h"

#include "search/search_docs.h"

/* ---- load ---- */

static bool is_settled(const struct load_plan *plan)
{
    return plan->merge.conflicts.count == 0;
}

/* Those of `store`, if `pieces` are what it has already. */
static void keep_leaflets(struct arena *a, const struct pieces *store, struct pieces *pieces)
{
    const struct pieces theirs = pieces_of_folder(a, store);
    struct piece_changes changes = {0};

    pieces_compare(a, &theirs, pieces, &changes);
    if (changes.list.count == 0)
        *pieces = *store;
}

/* Pieces of both sides: put together to files, compiled, and split anew, so that rows have their places. The
 * leaflets that came are of the folder alone: only where all stays as the store has it there are some that fit, and else
 * the next load makes them. */
static enum rc settle(struct arena *a, struct instant now, const struct pieces *store, struct load_plan *plan)
{
    struct folder_files *files = ARENA_NEW(a, struct folder_files);
    struct folder_source source = folder_source_of_files(files, "the store");
    struct span fault = {0};
    enum rc rc;

    folder_join(a, &plan->merge.pieces, files);
    rc = compile_source(a, &source, now, true, &plan->compiled, &fault);
    if (rc != RC_OK || plan->compiled.diags.errors)
        return RC_INVALID;
    /* Photos and documents come from the campaign, as when a folder is split. */
    for (size_t i = files->list.count; i > 0; i--)
        if (span_starts(files->list.items[i - 1].path, S("photos/")) ||
            span_starts(files->list.items[i - 1].path, S("documents/")))
            files->list.items[i - 1] = files->list.items[--files->list.count];
    folder_files_sort(files);
    folder_split(a, plan->compiled.campaign, files, &plan->pieces);
    keep_leaflets(a, store, &plan->pieces);
    return RC_OK;
}

enum rc load_look(struct db *db, struct arena *a, const struct load_order *order, struct instant now,
                  struct load_plan *plan_out)
{
    struct pieces store = {0};
    enum rc rc;

    *plan_out = (struct load_plan){.pieces = order->pieces};
    rc = content_find(db, a, order->host, &plan_out->campaign);
    if (rc == RC_OK) /* with bytes only where some may be kept */
        rc = order->take_count ? content_pieces(db, a, plan_out->campaign.campaign_id, &plan_out->campaign, &store)
                               : content_hashes(db, a, plan_out->campaign.campaign_id, &plan_out->campaign, &store);
    else if (rc == RC_NOT_FOUND)
        rc = RC_OK;
    if (rc != RC_OK)
        return rc;
    if (plan_out->campaign.campaign_id && order->base) {
        const struct pieces theirs = pieces_of_folder(a, &store);
        const struct pieces ours = pieces_of_folder(a, &order->pieces);

        pieces_merge(a, &order->base->pieces, &theirs, &ours, order->takes, order->take_count, &plan_out->merge);
        if (is_settled(plan_out) && plan_out->merge.kept)
            rc = settle(a, now, &store, plan_out);
    }
    pieces_compare(a, &store, &plan_out->pieces, &plan_out->changes);
    return rc;
}

enum rc load_write(struct db *db, struct arena *a, const struct load_order *order, struct load_plan *plan,
                   struct instant now)
{
    const struct compiled *compiled = plan->compiled.campaign ? &plan->compiled : order->compiled;
    struct search_docs docs = {0};

    struct published_news own;
    const struct published_news *news = order->published;
    enum rc rc;

    CHECK(is_settled(plan));
    if (compiled) {
        published_look(a, compiled, &own);
        news = &own;
    }
    if (compiled)
        search_docs_make(a, &compiled->site, &compiled->library, &docs);
    rc = content_replace(db, a, order->host, plan->campaign.revision, &plan->pieces, compiled ? &docs : NULL, now,
                         &plan->campaign);
    /* Behind it, and no part of it: where this fails, the server that opens the store next does it. */
    if (rc == RC_OK && news)
        (void)!published_record(db, a, plan->campaign.campaign_id, plan->campaign.revision, &news->rows, &news->all);
    return rc;
}

/* ---- dump ---- */

struct span dump_base(struct arena *a, struct span host, const struct pieces *pieces)
{
    return folder_base_write(a, &(struct folder_base){host, *pieces});
}

enum rc dump_files(struct db *db, struct arena *a, int64_t campaign_id, struct instant now,
                   struct folder_files *files_out)
{
    struct content_campaign campaign = {0};
    struct pieces pieces = {0};
    struct compiled compiled;
    struct folder_source source = folder_source_of_files(files_out, "the store");
    struct pieces written;
    struct span fault = {0};
    struct published_rows recorded = {0};
    enum rc rc = content_pieces(db, a, campaign_id, &campaign, &pieces);

    if (rc == RC_OK)
        rc = published_list(db, a, campaign_id, &recorded);
    if (rc != RC_OK)
        return rc;
    written = pieces_of_folder(a, &pieces);
    folder_join(a, &written, files_out);
    source.is_checked = true; /* by the load; here only addresses and figures are looked at */
    rc = compile_source(a, &source, now, true, &compiled, &fault);
    if (rc == RC_OK) /* what is there must come out even where this machine cannot read it */
        *LIST_ADD(a, &files_out->list) =
            (struct folder_file){S("published.csv"), published_csv_of(a, &compiled, &recorded)};
    *LIST_ADD(a, &files_out->list) = (struct folder_file){S(FOLDER_BASE_NAME), dump_base(a, campaign.host, &pieces)};
    return RC_OK;
}

enum rc dump_published(struct db *db, struct arena *a, const struct content_campaign *campaign, struct instant now,
                       struct folder_files *files_out)
{
    static const struct span names[] = {SPAN_INIT("campaign.ini"), SPAN_INIT("published.csv")};
    struct published_rows recorded = {0};
    struct folder_files all = {0};
    struct span ini;
    enum rc rc = published_check(db, campaign->campaign_id, campaign->revision, now);

    *files_out = (struct folder_files){0};
    if (rc == RC_NOT_FOUND) { /* its minute came and nobody looked, or it was recorded by no program yet */
        rc = dump_files(db, a, campaign->campaign_id, now, &all);
        for (size_t i = 0; i < all.list.count && rc == RC_OK; i++)
            if (span_eq(all.list.items[i].path, names[0]) || span_eq(all.list.items[i].path, names[1]))
                *LIST_ADD(a, &files_out->list) = all.list.items[i];
        return rc;
    }
    if (rc == RC_OK)
        rc = published_list(db, a, campaign->campaign_id, &recorded);
    if (rc == RC_OK)
        rc = content_piece(db, a, campaign->campaign_id, names[0], &ini);
    if (rc != RC_OK)
        return rc;
    *LIST_ADD(a, &files_out->list) = (struct folder_file){names[0], ini};
    *LIST_ADD(a, &files_out->list) = (struct folder_file){names[1], published_csv_recorded(a, &recorded, now)};
    return RC_OK;
}
