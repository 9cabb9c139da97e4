/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Links and images: what they point at exists, may be shown, and is called by words that say where it leads.
 *
 * After the check a node's `address` is a path on our site, an address elsewhere, or unused (LINK_WORDS). Nothing else
 * reaches a page: no other scheme, no picture from elsewhere, for that would tell a stranger who reads.
 */
#include "base/utf8.h"
#include "prose/prose_impl.h"
#include "prose/scan.h"

#include <string.h>

static const struct span schemes[PROSE_SCHEME_COUNT] = {
    [PROSE_FIG] = SPAN_INIT("fig"),     [PROSE_FAQ] = SPAN_INIT("faq"),     [PROSE_RIGHT] = SPAN_INIT("right"),
    [PROSE_BLOCK] = SPAN_INIT("block"), [PROSE_PRESS] = SPAN_INIT("press"), [PROSE_FILE] = SPAN_INIT("file"),
    [PROSE_DOC] = SPAN_INIT("doc"),     [PROSE_CASE] = SPAN_INIT("case"),   [PROSE_CLAIM] = SPAN_INIT("claim"),
    [PROSE_SIGN] = SPAN_INIT("sign"),   [PROSE_WHO] = SPAN_INIT("who"),
};

struct span scheme_name(enum prose_scheme scheme)
{
    return schemes[scheme];
}

bool reference_parse(struct span address, struct reference *reference_out, bool *is_ours_out)
{
    struct reference r = {0};
    struct span scheme;
    struct span rest;
    struct span keys;
    struct span key;
    bool is_ours = false;

    *is_ours_out = false;
    if (!span_cut(address, ':', &scheme, &rest))
        return false;
    for (int i = 0; i < PROSE_SCHEME_COUNT; i++) {
        if (span_eq(scheme, schemes[i])) {
            r.scheme = (enum prose_scheme)i;
            is_ours = true;
        }
    }
    if (!is_ours)
        return false;
    *is_ours_out = true;
    span_cut(rest, '#', &keys, &r.fragment);
    while (span_next(&keys, ',', &key)) {
        if (r.key_count == KEYS_MAX || span_trim(key).n == 0)
            return false;
        r.keys[r.key_count++] = span_trim(key);
        if (r.scheme != PROSE_FIG && keys.n)
            return false;
    }
    *reference_out = r;
    return r.key_count > 0;
}

/* At the address where it was found in the source, else at the words. */
static void report(struct compile *c, const struct node *n, enum diag_code code, struct span message, struct span note)
{
    if (n->address_at != SPAN_NONE)
        place_report(c, code, n->address_at, n->address.n, message, note);
    else
        place_report(c, code, n->at, n->width, message, note);
}

static struct span did_you_mean(struct compile *c, struct span nearest)
{
    return nearest.n ? arena_printf(c->arena, "did you mean “%.*s”?", SPAN_ARGS(nearest)) : nearest;
}

/* Notes what the document leans on. So many are there only as there are documents, allegations and claims. */
static void note_lean(struct compile *c, enum prose_scheme scheme, struct span key, const struct prose_target *t)
{
    struct prose_lean lean = {scheme, key, t->allegation, t->title, t->detail, t->address, t->lang};

    if (scheme != PROSE_DOC && scheme != PROSE_CASE && scheme != PROSE_CLAIM)
        return;
    for (size_t i = 0; i < c->doc->leans.count; i++)
        if (c->doc->leans.items[i].scheme == scheme && span_eq(c->doc->leans.items[i].key, key))
            return;
    *LIST_ADD(c->arena, &c->doc->leans) = lean;
}

/* Looks a reference up into `target`. False when nothing may be shown for it; what is wrong is then reported. */
static bool find_target(struct compile *c, struct node *n)
{
    struct arena *a = c->arena;
    const struct reference *r = n->reference;
    struct span name = schemes[r->scheme];
    struct span key = r->scheme == PROSE_CASE
                          ? arena_printf(a, "%.*s#%.*s", SPAN_ARGS(r->keys[0]), SPAN_ARGS(r->fragment))
                          : r->keys[0];
    struct prose_target t = c->registers->find(c->registers->ctx, a, r->scheme, key, c->entry->lang, c->request->day);

    n->target = ARENA_NEW(a, struct prose_target);
    *n->target = t;
    switch (t.state) {
    case PROSE_UNKNOWN:
        report(c, n, DIAG_UNKNOWN_REFERENCE,
               arena_printf(a, "there is no %.*s “%.*s”", SPAN_ARGS(name), SPAN_ARGS(key)), did_you_mean(c, t.nearest));
        return false;
    case PROSE_NOT_YET:
        report(c, n, DIAG_UNKNOWN_REFERENCE,
               arena_printf(a, "nothing had become of “%.*s” by the day of this text", SPAN_ARGS(key)),
               (struct span){0});
        return false;
    case PROSE_UNREVIEWED:
        report(
            c, n, DIAG_NOT_REVIEWED,
            arena_printf(a, "%.*s:%.*s had no valid review on the day of this text", SPAN_ARGS(name), SPAN_ARGS(key)),
            S("somebody who knows has to check it: `reviewed:`, `review_by:`"));
        return false;
    case PROSE_SUPERSEDED:
        report(c, n, DIAG_SUPERSEDED_SOURCE,
               arena_printf(a, "%.*s:%.*s was superseded by “%.*s”", SPAN_ARGS(name), SPAN_ARGS(key),
                            SPAN_ARGS(t.replaced_by)),
               (struct span){0});
        break;
    case PROSE_FOUND:
        break;
    }
    note_lean(c, r->scheme, key, &t);
    return true;
}

static void check_reference_link(struct compile *c, struct node *n)
{
    n->link = LINK_WORDS;
    switch (n->reference->scheme) {
    case PROSE_FIG:
        check_figure_link(c, n);
        return;
    case PROSE_FAQ:
    case PROSE_RIGHT:
    case PROSE_BLOCK:
    case PROSE_PRESS:
    case PROSE_FILE:
    case PROSE_CASE:
    case PROSE_CLAIM:
        if (find_target(c, n) && n->target->address.n) {
            n->link = LINK_ADDRESS;
            n->address = n->target->address;
        }
        return;
    case PROSE_DOC:
        if (find_target(c, n) && cite_check(c, n))
            n->link = LINK_ADDRESS;
        return;
    case PROSE_SIGN:
    case PROSE_WHO:
        report(c, n, DIAG_NOT_CHECKED,
               arena_printf(c->arena, "%.*s: is not checked by this version; its words stand without a link",
                            SPAN_ARGS(schemes[n->reference->scheme])),
               (struct span){0});
        return;
    }
}

/* "../faq/x.md" seen from "news/y.md" → "faq/x.md". False when it leads out of the folder. */
static bool resolve_path(struct arena *a, struct span from, struct span path, struct span *path_out)
{
    size_t slash = span_find_last_char(from, '/');
    struct span parts[32] = {{0}};
    struct span joined[64];
    struct span rest = span_sub(from, 0, slash == SPAN_NONE ? 0 : slash);
    struct span part;
    size_t count = 0;
    size_t pieces = 0;

    for (int pass = 0; pass < 2; pass++) {
        while (span_next(&rest, '/', &part)) {
            if (span_eq(part, S("..")) && count == 0)
                return false;
            if (span_eq(part, S("..")))
                count--;
            else if (part.n && !span_eq(part, S(".")) && count < COUNT(parts))
                parts[count++] = part;
        }
        rest = path;
    }
    for (size_t i = 0; i < count; i++) {
        if (i)
            joined[pieces++] = S("/");
        joined[pieces++] = parts[i];
    }
    *path_out = arena_join(a, joined, pieces);
    return true;
}

static void add_pending(struct compile *c, const struct node *n, struct span address, struct span fragment)
{
    size_t at = n->address_at != SPAN_NONE ? n->address_at : n->at;
    size_t width = n->address_at != SPAN_NONE ? n->address.n : n->width;
    uint32_t line = place_line(c, at);

    *LIST_ADD(c->arena, &c->doc->pending) = (struct prose_pending){
        .at = {c->entry->file, line, place_column(c, at)},
        .width = place_width(c, at, width),
        .address = address,
        .fragment = fragment,
        .text = place_shown_text(c, line),
    };
}

/* A page or file of ours, by site path or by path in the folder. */
static void check_own_page(struct compile *c, struct node *n, struct span path, bool is_file, struct span fragment)
{
    struct arena *a = c->arena;
    struct span written = path;
    struct span address;

    n->link = LINK_WORDS;
    if (is_file && !resolve_path(a, c->entry->file, path, &path)) {
        report(c, n, DIAG_BROKEN_LINK, arena_printf(a, "“%.*s” leads out of the campaign folder", SPAN_ARGS(written)),
               (struct span){0});
        return;
    }
    if (!c->registers->page(c->registers->ctx, a, path, is_file, c->entry->lang, &address)) {
        report(c, n, DIAG_BROKEN_LINK,
               is_file ? arena_printf(a, "“%.*s” is not in the campaign folder", SPAN_ARGS(path))
                       : arena_printf(a, "“%.*s” is not an address of this site", SPAN_ARGS(path)),
               (struct span){0});
        return;
    }
    if (fragment.n)
        add_pending(c, n, address, fragment);
    n->link = LINK_ADDRESS;
    n->address = fragment.n && span_find_char(address, '#') == SPAN_NONE
                     ? arena_printf(a, "%.*s#%.*s", SPAN_ARGS(address), SPAN_ARGS(fragment))
                     : address;
}

/* Does it begin like "javascript:"? Letters, digits, + - . before a colon, and no slash. */
static bool has_scheme(struct span address)
{
    size_t colon = span_find_char(address, ':');
    size_t slash = span_find_char(address, '/');

    return colon != SPAN_NONE && (slash == SPAN_NONE || colon < slash);
}

static void check_address(struct compile *c, struct node *n)
{
    struct arena *a = c->arena;
    struct span address = n->address;
    struct span own = arena_printf(a, "https://%.*s/", SPAN_ARGS(c->request->campaign->host));
    struct span path;
    struct span fragment;
    struct url url;

    n->link = LINK_WORDS;
    if (span_starts(address, own))
        address = span_from(address, own.n - 1);
    span_cut(address, '#', &path, &fragment);
    if (address.n == 0) {
        report(c, n, DIAG_BROKEN_LINK, S("this link leads nowhere"), (struct span){0});
    } else if (span_starts(address, S("//"))) {
        report(c, n, DIAG_BROKEN_LINK, S("an address elsewhere begins with https://"), (struct span){0});
    } else if (address.p[0] == '/') {
        check_own_page(c, n, path, false, fragment);
    } else if (address.p[0] == '#') {
        add_pending(c, n, (struct span){0}, fragment);
        n->link = LINK_ADDRESS;
    } else if (!has_scheme(address)) {
        check_own_page(c, n, path, true, fragment);
    } else if (url_external(address, &url)) {
        n->link = LINK_ADDRESS;
        if (span_starts(address, S("http")))
            add_pending(c, n, address, (struct span){0});
    } else {
        report(c, n, DIAG_BROKEN_LINK,
               S("only https, http, mailto and tel addresses may stand in a link, without spaces"), (struct span){0});
    }
}

static void check_link_text(struct compile *c, const struct node *n)
{
    struct flat flat;
    struct scan s;
    bool has_picture = false;

    if (c->request->is_checked)
        return;
    flat = flat_of(c->scratch, n);
    s = scan_text(c->scratch, span_trim((struct span){flat.text, flat.n}), c->entry->lang);
    for (size_t i = 0; i < flat.n; i++)
        has_picture = has_picture || (flat.marks[i] & FLAT_BREAK);
    if (s.count == 0 && !has_picture)
        place_report(c, DIAG_LINK_TEXT, n->at, n->width, S("a link without words: nobody can tell where it leads"),
                     (struct span){0});
    else if (s.count && scan_list_at(&s, 0, &s.words->link_texts) == s.count)
        place_report(c, DIAG_LINK_TEXT, n->at, n->width, S("the words of a link say where it leads"),
                     S("who hears only the links hears only this"));
}

static void keep_reference(struct compile *c, struct node *n, const struct reference *reference)
{
    size_t size = offsetof(struct reference, keys) + reference->key_count * sizeof *reference->keys;

    n->reference = arena_alloc(c->arena, size);
    memcpy(n->reference, reference, size);
}

void check_link(struct compile *c, struct node *n)
{
    struct reference reference;
    bool is_ours;

    check_link_text(c, n);
    if (reference_parse(n->address, &reference, &is_ours)) {
        keep_reference(c, n, &reference);
        check_reference_link(c, n);
    } else if (is_ours) {
        report(c, n, DIAG_UNKNOWN_REFERENCE,
               S("a reference is SCHEME:KEY; only fig: takes several keys, parted by commas"), (struct span){0});
    } else {
        check_address(c, n);
    }
}

static void check_photo(struct compile *c, struct node *n, struct span path)
{
    struct span file = path;
    struct span name;
    struct span address = {0};

    n->link = LINK_WORDS;
    if (has_scheme(path) || span_starts(path, S("//"))) {
        report(c, n, DIAG_BROKEN_LINK, S("a picture from another site would tell it who reads: put it into photos/"),
               (struct span){0});
        return;
    }
    if (span_starts(path, S("/")) || resolve_path(c->arena, c->entry->file, path, &file))
        name = span_starts(file, S("/photos/"))  ? span_from(file, 8)
               : span_starts(file, S("photos/")) ? span_from(file, 7)
                                                 : file;
    else
        name = (struct span){0};
    n->photo = name.n && name.n != file.n ? c->registers->photo(c->registers->ctx, name) : NULL;
    if (n->photo == NULL) {
        report(c, n, DIAG_BROKEN_LINK, arena_printf(c->arena, "there is no photo “%.*s”", SPAN_ARGS(file)),
               (struct span){0});
        return;
    }
    if (!c->registers->page(c->registers->ctx, c->arena, arena_printf(c->arena, "photos/%.*s", SPAN_ARGS(name)), true,
                            c->entry->lang, &address))
        return;
    n->link = LINK_ADDRESS;
    n->address = address;
}

static void check_embed(struct compile *c, struct node *n)
{
    enum prose_scheme scheme = n->reference->scheme;
    bool has_body = scheme == PROSE_FAQ || scheme == PROSE_RIGHT || scheme == PROSE_BLOCK || scheme == PROSE_CLAIM;

    n->link = LINK_WORDS;
    if (has_body && c->request->is_embedded_kind) {
        report(c, n, DIAG_BROKEN_LINK,
               S("what is itself shown in newsletters cannot show a question, right, block or claim in turn"),
               S("link to it instead"));
        return;
    }
    if (scheme == PROSE_FIG && (n->figure = check_figure_row(c, n, n->reference->keys[0])) == NULL)
        return;
    if (scheme > PROSE_CLAIM) {
        report(c, n, DIAG_NOT_CHECKED,
               arena_printf(c->arena, "%.*s: is not checked by this version; its words stand alone",
                            SPAN_ARGS(schemes[scheme])),
               (struct span){0});
        return;
    }
    if (scheme == PROSE_BLOCK && n->kind == NODE_EMBED) /* in a heading or a link only its words would stand */
        *LIST_ADD(c->arena, &c->placed) = n->reference->keys[0];
    if (!find_target(c, n)) {
        n->target = NULL;
        return;
    }
    if (has_body && n->target->lang != c->entry->lang)
        report(c, n, DIAG_TRANSLATION_MISSING,
               arena_printf(c->arena, "%.*s:%.*s is not written in this language yet", SPAN_ARGS(schemes[scheme]),
                            SPAN_ARGS(n->reference->keys[0])),
               (struct span){0});
    if (scheme == PROSE_DOC && !cite_check_embed(c, n)) {
        n->target = NULL;
        return;
    }
    n->link = LINK_ADDRESS;
    if (scheme != PROSE_DOC)
        n->address = n->target->address;
}

void check_image(struct compile *c, struct node *n)
{
    struct flat flat = flat_of(c->scratch, n);
    bool has_words = span_trim((struct span){flat.text, flat.n}).n > 0;
    struct reference reference;
    bool is_ours;

    if (reference_parse(n->address, &reference, &is_ours)) {
        keep_reference(c, n, &reference);
    } else if (is_ours) {
        report(c, n, DIAG_UNKNOWN_REFERENCE, S("what is shown is SCHEME:KEY, with one key"), (struct span){0});
        return;
    }
    if (!has_words && !(n->reference && n->reference->scheme == PROSE_BLOCK))
        place_report(c, DIAG_IMAGE_NO_ALT, n->at, n->address.n ? n->width : 0,
                     n->reference ? S("what is shown needs words: ![what it is](…)")
                                  : S("a picture needs words for who cannot see it: ![what it shows](…)"),
                     (struct span){0});
    if (n->reference && n->reference->scheme == PROSE_FILE)
        check_photo(c, n, arena_printf(c->arena, "/%.*s", SPAN_ARGS(n->reference->keys[0])));
    else if (n->reference)
        check_embed(c, n);
    else
        check_photo(c, n, n->address);
    legal_check_shown(c, n, &flat);
}
