/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See published.h. A figure counts with the value that it had on the newsletter's day, an allegation with what it had come to
 * by then: so a record that is made late is what it would have been.
 */
#include "main/published.h"

#include "base/csv.h"
#include "seal/sha256.h"

/* "launch-signers=67; signers=146": what a reader saw. */
static struct span values_shown(struct arena *a, const struct campaign *c, const struct prose_doc *doc, struct date day)
{
    struct buf *b = buf_new(a, PUBLISHED_MOST);

    for (size_t i = 0; i < prose_figure_count(doc); i++) {
        const struct figure *f = prose_figure(doc, i);

        buf_put(b, i ? S("; ") : S(""));
        buf_put(b, f->key);
        buf_char(b, '=');
        buf_put(b, campaign_figure_then(c, f, day));
    }
    return buf_span(b);
}

/* "p2, p6-7": the pages of `d` that are quoted, as they are numbered, each once. */
static void put_excerpts(struct arena *a, struct buf *b, const struct prose_doc *doc, struct span key)
{
    bool is_first = true;

    for (size_t i = 0; i < prose_quote_count(doc); i++) {
        const struct prose_quote *q = prose_quote(doc, i);
        bool is_known = !span_eq(q->document->key, key);

        for (size_t k = 0; k < i && !is_known; k++) {
            const struct prose_quote *before = prose_quote(doc, k);

            is_known = before->document == q->document && before->first == q->first && before->last == q->last;
        }
        if (is_known)
            continue;
        buf_put(b, is_first ? S("=p") : S(", p"));
        buf_put(b, document_label(a, q->document, q->first));
        if (q->last != q->first) {
            buf_char(b, '-');
            buf_put(b, document_label(a, q->document, q->last));
        }
        is_first = false;
    }
}

/* "doc:counsel-memo=p2, p6-7; case:access#mail=charged": what else it leaned on, the pages that it quotes, and what an
 * allegation had come to by its day. */
static struct span leans_shown(struct arena *a, const struct prose_doc *doc, struct date day)
{
    struct buf *b = buf_new(a, PUBLISHED_MOST);

    for (size_t i = 0; i < prose_lean_count(doc); i++) {
        const struct prose_lean *lean = prose_lean(doc, i);
        const struct case_step *step = lean->allegation ? allegation_outcome(lean->allegation, day) : NULL;

        buf_put(b, i ? S("; ") : S(""));
        buf_put(b, prose_lean_name(a, lean));
        if (lean->scheme == PROSE_DOC)
            put_excerpts(a, b, doc, lean->key);
        if (step) {
            buf_char(b, '=');
            buf_put(b, case_state_name(step->state));
        }
    }
    return buf_span(b);
}

void published_look(struct arena *a, const struct compiled *compiled, struct published_news *news_out)
{
    size_t count = 0;
    const struct entry *news = campaign_entries(compiled->campaign, ENTRY_NEWS, &count);

    *news_out = (struct published_news){.rows = {.next_at = {INT64_MAX}}};
    for (size_t i = 0; i < count; i++) {
        const struct entry *e = &news[i];
        const struct prose_doc *doc = prose_of(&compiled->library, e);
        struct published_row row = {.key = arena_dup(a, e->key), .lang = (int)e->lang, .public_at = e->published};

        *LIST_ADD(a, &news_out->all.list) = row;
        if (entry_is_public(e, compiled->site.now)) {
            row.hash = sha256_of(a, e->source);
            row.shown = values_shown(a, compiled->campaign, doc, e->date);
            row.leans = leans_shown(a, doc, e->date);
            *LIST_ADD(a, &news_out->rows.list) = row;
        } else if (!e->is_draft && e->published.us < news_out->rows.next_at.us) {
            news_out->rows.next_at = e->published;
        }
    }
}

/* ---- published.csv ---- */

static void put_heading(struct buf *b)
{
    buf_put(b, S("key,language,time,hash,values,leans\n"));
}

static void put_row(struct buf *b, const struct published_row *row)
{
    csv_put(b, row->key);
    buf_char(b, ',');
    csv_put(b, lang_code((enum lang)row->lang));
    buf_char(b, ',');
    instant_put(b, row->public_at);
    buf_char(b, ',');
    sha256_put(b, row->hash);
    buf_char(b, ',');
    csv_put(b, row->shown);
    buf_char(b, ',');
    csv_put(b, row->leans);
    buf_char(b, '\n');
}

struct span published_csv_of(struct arena *a, const struct compiled *compiled, const struct published_rows *recorded)
{
    struct buf *b = buf_new(a, PUBLISHED_MOST);
    struct published_news news;

    published_look(a, compiled, &news);
    put_heading(b);
    for (size_t i = 0; i < news.rows.list.count; i++) {
        const struct published_row *row = &news.rows.list.items[i];
        const struct published_row *known = published_find(recorded, row->key, row->lang);

        put_row(b, known && span_eq(known->hash, row->hash) ? known : row);
    }
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}

struct span published_csv_recorded(struct arena *a, const struct published_rows *recorded, struct instant now)
{
    struct buf *b = buf_new(a, PUBLISHED_MOST);

    put_heading(b);
    for (size_t i = 0; i < recorded->list.count; i++)
        if (recorded->list.items[i].public_at.us <= now.us)
            put_row(b, &recorded->list.items[i]);
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}
