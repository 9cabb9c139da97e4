/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * claims/: a file an item of the employer's, a section a claim of it with our answer (F7).
 *
 * A claim is an entry of its own: it has an address, is found by search and shown in newsletters. Its number is written and
 * never counted, because the address holds for ever: a claim that comes between two others takes no other's.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

enum { CLAIMS_MOST = 100, NUMBER_MOST = 999 };

static const struct span mark = SPAN_INIT("##");

/* Code between fences, in which no line is a heading. */
struct fence {
    size_t count; /* of its marks; 0: none is open */
    char mark;
    uint32_t line;
};

struct splitter {
    struct campaign *c;
    const struct entry *item;
    struct diags *diags;
    uint64_t last; /* number of the claim before */
    size_t count;
};

static void report(const struct splitter *s, uint32_t line, struct span text, struct span message, struct span note)
{
    at_report(s->diags, DIAG_BAD_CLAIM, s->item->file, s->item->source, line, text.n ? 1 : 0,
              (uint32_t)utf8_count(text), message, note);
}

/* How far in a line begins; more than three spaces, or a tab, make it neither a heading nor a fence. */
static size_t indent_of(struct span text)
{
    size_t n = 0;

    while (n < text.n && text.p[n] == ' ')
        n++;
    return n;
}

enum { INDENT_MOST = 3, FENCE_LEAST = 3 };

static bool is_heading(struct span text)
{
    struct span rest = span_from(text, indent_of(text));
    char next = rest.n > mark.n ? rest.p[mark.n] : ' ';

    return indent_of(text) <= INDENT_MOST && span_starts(rest, mark) && (next == ' ' || next == '\t' || next == '\r');
}

/* Is the line code, or a fence of it? */
static bool take_fence(struct fence *fence, struct span text, uint32_t line)
{
    struct span rest = span_from(text, indent_of(text));
    struct span tail;
    size_t marks = 0;

    while (marks < rest.n && rest.p[marks] == rest.p[0] && (rest.p[0] == '`' || rest.p[0] == '~'))
        marks++;
    if (indent_of(text) > INDENT_MOST || marks < FENCE_LEAST)
        return fence->count > 0;
    tail = span_trim(span_from(rest, marks));
    if (fence->count == 0) {
        if (rest.p[0] == '`' && span_find_char(tail, '`') != SPAN_NONE)
            return false; /* code in a line */
        *fence = (struct fence){marks, rest.p[0], line};
    } else if (rest.p[0] == fence->mark && marks >= fence->count && tail.n == 0) {
        fence->count = 0;
    }
    return true;
}

/* "## 3. Dues cost money ##" → 3 and "Dues cost money". */
static bool parse_heading(const struct splitter *s, uint32_t line, struct span text, uint64_t *number_out,
                          struct span *title_out)
{
    struct span rest = span_trim(span_from(text, indent_of(text) + mark.n));
    struct span number;
    bool has_dot = span_cut(rest, '.', &number, &rest);
    size_t bare;

    if (!has_dot || !span_to_u64(number, NUMBER_MOST, number_out) || *number_out == 0) {
        report(s, line, text, S("a claim begins with its number and what they say: ## 3. Dues cost money"),
               S("a heading inside an answer has three: ###"));
        return false;
    }
    *title_out = span_trim(rest);
    bare = title_out->n;
    while (bare && title_out->p[bare - 1] == '#') /* the marks that may close a heading */
        bare--;
    if (bare == 0 || title_out->p[bare - 1] == ' ')
        *title_out = span_trim(span_sub(*title_out, 0, bare));
    if (title_out->n == 0) {
        report(s, line, text, S("a claim without words: ## 3. Dues cost money"), (struct span){0});
        return false;
    }
    if (*number_out <= s->last) {
        report(s, line, text,
               arena_printf(s->c->arena, "number %u stands behind number %u: each once, in their order",
                            (unsigned)*number_out, (unsigned)s->last),
               S("a number is an address for ever: a new claim takes a new one"));
        return false;
    }
    return true;
}

/* The claim whose heading is `text`, in `line`; its body is set once it is known where it ends. Null when it is none. */
static struct entry *begin_claim(struct splitter *s, uint32_t line, struct span text)
{
    const struct entry *item = s->item;
    struct entry claim = *item;
    uint64_t number;

    if (s->count == CLAIMS_MOST) {
        report(s, line, text, S("more than 100 claims: this one and what follows is not read"), (struct span){0});
        return NULL;
    }
    if (!parse_heading(s, line, text, &number, &claim.title))
        return NULL;
    s->last = number;
    s->count++;
    claim.kind = ENTRY_CLAIM;
    claim.key = arena_printf(s->c->arena, "%.*s-%u", SPAN_ARGS(item->key), (unsigned)number);
    claim.item = item->key;
    claim.order = (int64_t)number;
    claim.title_line = line;
    claim.body_line = line + 1;
    claim.summary = (struct span){0};
    *LIST_ADD(s->c->arena, &s->c->entries) = claim;
    return &s->c->entries.items[s->c->entries.count - 1];
}

/* Ends what was begun before `at`: a claim, or the item's own words. What belongs to a heading that is wrong is nobody's. */
static void end_part(struct entry *part, const char *at)
{
    if (part)
        part->body.n = (size_t)(at - part->body.p);
}

void claims_split(struct campaign *c, struct diags *diags)
{
    struct entry item = c->entries.items[c->entries.count - 1];
    struct splitter s = {.c = c, .item = &item, .diags = diags};
    struct entry *part = &c->entries.items[c->entries.count - 1];
    struct span rest = item.body;
    struct span text;
    uint32_t line = item.body_line;
    struct fence fence = {0};
    bool has_heading = false;

    for (; span_next(&rest, '\n', &text) && s.count <= CLAIMS_MOST; line++) {
        const char *after = rest.p ? rest.p : item.body.p + item.body.n;

        if (take_fence(&fence, text, line) || !is_heading(text))
            continue;
        end_part(part, text.p);
        part = begin_claim(&s, line, span_ends(text, S("\r")) ? span_sub(text, 0, text.n - 1) : text);
        has_heading = true;
        if (part)
            part->body = (struct span){after, (size_t)(item.body.p + item.body.n - after)};
        else if (s.count == CLAIMS_MOST)
            return;
    }
    if (fence.count)
        report(&s, fence.line, (struct span){0}, S("code begins here and does not end: no claim below is one"),
               S("close it with a line of the same marks"));
    if (!has_heading)
        report(&s, 0, (struct span){0}, S("no claim stands here: each begins with a line like ## 3. Dues cost money"),
               (struct span){0});
}

static void check_document(const struct campaign *c, const struct entry *e, struct diags *diags)
{
    const struct document *d = campaign_document(c, e->document);

    if (d == NULL) {
        struct span *known = ARENA_ARRAY(c->arena, struct span, c->documents.count + 1);

        for (size_t i = 0; i < c->documents.count; i++)
            known[i] = c->documents.items[i].key;
        at_report_field(diags, DIAG_UNKNOWN_REFERENCE, e, e->document,
                        arena_printf(c->arena, "there is no doc “%.*s”", SPAN_ARGS(e->document)),
                        at_did_you_mean(c->arena, e->document, known, c->documents.count));
    } else if (!document_is_cleared(d)) {
        at_report_field(diags, DIAG_DOCUMENT_NOT_CLEARED, e, e->document,
                        arena_printf(c->arena, "“%.*s” is %.*s: nobody cleared it for publication", SPAN_ARGS(d->key),
                                     SPAN_ARGS(clearance_name(d->clearance))),
                        S("clearance = cleared, once somebody who may decide it has"));
    }
}

void claims_complete(struct campaign *c, bool is_checked, struct diags *diags)
{
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct entry *e = &c->entries.items[i];
        const struct entry *claim = campaign_entry_any(c, ENTRY_CLAIM, e->key, e->lang);

        if (e->kind != ENTRY_ITEM || e->lang != campaign_main_lang(c))
            continue;
        if (claim)
            at_report(diags, DIAG_BAD_FILE, e->file, e->source, 0, 0, 0,
                      arena_printf(c->arena, "claim:%.*s is line %u of %.*s already", SPAN_ARGS(e->key),
                                   claim->title_line, SPAN_ARGS(claim->file)),
                      S("call this file something else"));
        if (e->document.n && !is_checked)
            check_document(c, e, diags);
    }
}
