/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See exchange.h. What is written was compiled: the folder's own pieces before they came here, and what folder and store
 * make together here.
 */
#include "main/exchange.h"

#include "base/csv.h"
#include "seal/sha256.h"
#include "search/search_docs.h"

/* ---- load ---- */

static bool is_settled(const struct load_plan *plan)
{
    return plan->merge.conflicts.count == 0;
}

/* Pieces of both sides: put together to files, compiled, and split anew, so that rows have their places. */
static enum rc settle(struct arena *a, struct instant now, struct load_plan *plan)
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
        pieces_merge(a, &order->base->pieces, &store, &order->pieces, order->takes, order->take_count,
                     &plan_out->merge);
        if (is_settled(plan_out) && plan_out->merge.kept)
            rc = settle(a, now, plan_out);
    }
    pieces_compare(a, &store, &plan_out->pieces, &plan_out->changes);
    return rc;
}

enum rc load_write(struct db *db, struct arena *a, const struct load_order *order, struct load_plan *plan,
                   struct instant now)
{
    const struct compiled *compiled = plan->compiled.campaign ? &plan->compiled : order->compiled;
    struct search_docs docs = {0};

    CHECK(is_settled(plan));
    if (compiled)
        search_docs_make(a, &compiled->site, &compiled->library, &docs);
    return content_replace(db, a, order->host, plan->campaign.revision, &plan->pieces, compiled ? &docs : NULL, now,
                           &plan->campaign);
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
    struct span fault = {0};
    struct span published;
    enum rc rc = content_pieces(db, a, campaign_id, &campaign, &pieces);

    if (rc != RC_OK)
        return rc;
    folder_join(a, &pieces, files_out);
    source.is_checked = true; /* by the load; here only addresses and figures are looked at */
    rc = compile_source(a, &source, now, true, &compiled, &fault);
    if (rc != RC_OK) /* what is there must come out even where this machine cannot read it */
        compiled.rows = NULL;
    published = compiled.rows ? published_csv(a, &compiled, files_out) : (struct span){0};
    if (published.n)
        *LIST_ADD(a, &files_out->list) = (struct folder_file){S("published.csv"), published};
    *LIST_ADD(a, &files_out->list) = (struct folder_file){S(FOLDER_BASE_NAME), dump_base(a, campaign.host, &pieces)};
    return RC_OK;
}

/* ---- published.csv ---- */

enum { PUBLISHED_MOST = 16 * 1024 * 1024 };

/* "launch-signers=67; signers=146": what a reader saw, as long as nobody corrects it. */
static struct span values_shown(struct arena *a, const struct prose_doc *doc)
{
    struct buf *b = buf_new(a, PUBLISHED_MOST);

    for (size_t i = 0; i < prose_figure_count(doc); i++) {
        const struct figure *f = prose_figure(doc, i);

        buf_put(b, i ? S("; ") : S(""));
        buf_put(b, f->key);
        buf_char(b, '=');
        buf_put(b, f->value_text);
    }
    return buf_span(b);
}

/* "doc:counsel-memo; case:access#mail=charged": what else it leaned on, and what an allegation had come to by its day. */
static struct span leans_shown(struct arena *a, const struct prose_doc *doc, struct date day)
{
    struct buf *b = buf_new(a, PUBLISHED_MOST);

    for (size_t i = 0; i < prose_lean_count(doc); i++) {
        const struct prose_lean *lean = prose_lean(doc, i);
        const struct case_step *step = lean->allegation ? allegation_outcome(lean->allegation, day) : NULL;

        buf_put(b, i ? S("; ") : S(""));
        buf_put(b, prose_lean_name(a, lean));
        if (step) {
            buf_char(b, '=');
            buf_put(b, case_state_name(step->state));
        }
    }
    return buf_span(b);
}

struct span published_csv(struct arena *a, const struct compiled *compiled, const struct folder_files *files)
{
    struct buf *b = buf_new(a, PUBLISHED_MOST);
    size_t count = 0;
    const struct entry *news = campaign_entries(compiled->campaign, ENTRY_NEWS, &count);

    buf_put(b, S("key,language,time,hash,values,leans\n"));
    for (size_t i = 0; i < count; i++) {
        const struct entry *e = &news[i];
        const struct folder_file *file = folder_files_find(files, e->file);

        if (!entry_is_public(e, compiled->site.now) || file == NULL)
            continue;
        csv_put(b, e->key);
        buf_char(b, ',');
        csv_put(b, lang_code(e->lang));
        buf_char(b, ',');
        instant_put(b, e->published);
        buf_char(b, ',');
        sha256_put(b, sha256_of(a, file->bytes));
        buf_char(b, ',');
        csv_put(b, values_shown(a, prose_of(&compiled->library, e)));
        buf_char(b, ',');
        csv_put(b, leans_shown(a, prose_of(&compiled->library, e), e->date));
        buf_char(b, '\n');
    }
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}
