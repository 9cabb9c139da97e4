/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a claim of the employer's owes: their words, from their paper where we have it; our answer; and a source for it.
 *
 * Their words are the block quote that a claim may begin with, and all else is our answer.
 */
#include "prose/prose_impl.h"

const struct node *claim_said(const struct prose_doc *doc)
{
    const struct node *first = doc->root ? doc->root->first : NULL;

    return doc->entry->kind == ENTRY_CLAIM && first && first->kind == NODE_QUOTE ? first : NULL;
}

/* Can others look it up? Not a block, a letter or another claim, which are all ours. */
static bool is_source(const struct node *n)
{
    if (n->kind != NODE_LINK && n->kind != NODE_IMAGE && n->kind != NODE_EMBED)
        return false;
    if (n->reference == NULL)
        return n->kind == NODE_LINK &&
               (span_starts(n->address, S("https://")) || span_starts(n->address, S("http://")));
    switch (n->reference->scheme) {
    case PROSE_FIG:
    case PROSE_FAQ:
    case PROSE_RIGHT:
    case PROSE_PRESS:
    case PROSE_FILE:
    case PROSE_DOC:
    case PROSE_CASE:
        return true;
    case PROSE_BLOCK:
    case PROSE_CLAIM:
    case PROSE_SIGN:
    case PROSE_WHO:
        break;
    }
    return false;
}

/* A node of that kind in `n` or below it; of `document`, where that is not empty. */
static bool has_source(const struct node *n, struct span document)
{
    if (n->kind == NODE_TEXT || n->kind == NODE_SOFT_BREAK || n->kind == NODE_HARD_BREAK)
        return false;
    if ((n->kind == NODE_LINK || n->kind == NODE_IMAGE || n->kind == NODE_EMBED) && is_source(n) &&
        (document.n == 0 ||
         (n->reference && n->reference->scheme == PROSE_DOC && span_eq(n->reference->keys[0], document))))
        return true;
    for (const struct node *child = n->first; child; child = child->next)
        if (has_source(child, document))
            return true;
    return false;
}

/* At the claim's own words in its heading. */
static void report(struct compile *c, enum diag_code code, struct span message)
{
    struct span title = c->entry->title;

    place_report(c, code, (size_t)(title.p - c->entry->source.p), title.n, message, (struct span){0});
}

void claim_check(struct compile *c)
{
    const struct entry *e = c->entry;
    const struct node *said = claim_said(c->doc);
    const struct node *answer = said ? said->next : c->doc->root->first;
    const struct quote_index *index;
    bool has_paper = e->document.n && c->registers->document(c->registers->ctx, e->document, &index);
    bool is_sourced = false;

    if (has_paper && (said == NULL || !has_source(said, e->document)))
        report(c, DIAG_CLAIM_NO_SOURCE,
               arena_printf(c->arena,
                            "nothing shows that they said it: begin with their words, > “…” and — [page 1]"
                            "(doc:%.*s#p1)",
                            SPAN_ARGS(e->document)));
    if (answer == NULL) {
        report(c, DIAG_BAD_CLAIM, S("this claim has no answer"));
        return;
    }
    for (; answer && !is_sourced; answer = answer->next)
        is_sourced = has_source(answer, (struct span){0});
    if (!is_sourced)
        report(c, DIAG_CLAIM_NO_SOURCE,
               S("this answer has no source: link to a fig: doc: case: press: file: faq: right: or https://"));
}
