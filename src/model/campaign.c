/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Finding rows in a campaign, and what makes a value valid. Everything here is a search in sorted arrays or a pure check.
 */
#include "model/campaign.h"

#include <math.h>
#include <stdlib.h>

struct span campaign_mail_domain(struct span host)
{
    return span_starts(host, S("www.")) ? span_from(host, 4) : host;
}

const struct audience *campaign_audience(const struct campaign *c, struct span key)
{
    for (size_t i = 0; i < c->audiences.count; i++)
        if (span_eq(c->audiences.items[i].key, key))
            return &c->audiences.items[i];
    return NULL;
}

bool campaign_speaks(const struct campaign *c, enum lang lang)
{
    for (size_t i = 0; i < c->language_count; i++)
        if (c->languages[i] == lang)
            return true;
    return false;
}

enum lang campaign_main_lang(const struct campaign *c)
{
    return c->languages[0];
}

static int compare_key(enum entry_kind kind, struct span key, enum lang lang, const struct entry *e)
{
    int order = (int)kind - (int)e->kind;

    if (order == 0)
        order = span_cmp(key, e->key);
    if (order == 0)
        order = (int)lang - (int)e->lang;
    return order;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    int order = compare_key(a->kind, a->key, a->lang, b);

    return order ? order : span_cmp(a->file, b->file);
}

static int compare_figures(const void *left, const void *right)
{
    const struct figure *a = left;
    const struct figure *b = right;
    int order = span_cmp(a->key, b->key);

    if (order == 0)
        order = date_cmp(a->as_of, b->as_of);
    if (order == 0)
        order = date_cmp(a->corrected, b->corrected);
    if (order == 0)
        order = (a->at.line > b->at.line) - (a->at.line < b->at.line);
    return order;
}

void campaign_sort(struct campaign *c)
{
    if (c->entries.count)
        qsort(c->entries.items, c->entries.count, sizeof *c->entries.items, compare_entries);
    if (c->figures.count)
        qsort(c->figures.items, c->figures.count, sizeof *c->figures.items, compare_figures);
}

/* Index of the first entry not before (kind, key, lang). */
static size_t entry_lower_bound(const struct campaign *c, enum entry_kind kind, struct span key, enum lang lang)
{
    size_t low = 0;
    size_t high = c->entries.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_key(kind, key, lang, &c->entries.items[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct entry *campaign_entry(const struct campaign *c, enum entry_kind kind, struct span key, enum lang lang)
{
    size_t at = entry_lower_bound(c, kind, key, lang);

    if (at < c->entries.count && compare_key(kind, key, lang, &c->entries.items[at]) == 0)
        return &c->entries.items[at];
    return NULL;
}

const struct entry *campaign_entry_any(const struct campaign *c, enum entry_kind kind, struct span key, enum lang lang)
{
    const struct entry *e = campaign_entry(c, kind, key, lang);

    for (size_t i = 0; e == NULL && i < c->language_count; i++)
        e = campaign_entry(c, kind, key, c->languages[i]);
    return e;
}

const struct entry *campaign_entry_named(const struct campaign *c, enum entry_kind kind, struct span name)
{
    size_t dot = span_find_last_char(name, '.');
    enum lang lang;

    if (dot != SPAN_NONE && lang_from_code(span_from(name, dot + 1), &lang))
        return campaign_entry(c, kind, span_sub(name, 0, dot), lang);
    return campaign_entry_any(c, kind, name, campaign_main_lang(c));
}

const struct entry *campaign_entries(const struct campaign *c, enum entry_kind kind, size_t *count_out)
{
    size_t first = entry_lower_bound(c, kind, (struct span){0}, (enum lang)0);
    size_t after = first;

    while (after < c->entries.count && c->entries.items[after].kind == kind)
        after++;
    *count_out = after - first;
    return *count_out ? &c->entries.items[first] : NULL;
}

struct span campaign_entry_nearest(struct arena *a, const struct campaign *c, enum entry_kind kind, struct span key)
{
    size_t count = 0;
    const struct entry *entries = campaign_entries(c, kind, &count);
    struct span *known = ARENA_ARRAY(a, struct span, count + 1);

    for (size_t i = 0; i < count; i++)
        known[i] = entries[i].key;
    return model_nearest(key, known, count);
}

enum { SLUG_KEY_AT = sizeof "2026-04-24-" - 1 };

const struct entry *campaign_news_by_slug(const struct campaign *c, struct span slug, enum lang lang)
{
    const struct entry *e = campaign_entry(c, ENTRY_NEWS, span_from(slug, SLUG_KEY_AT), lang);

    return e && span_eq(e->slug, slug) ? e : NULL;
}

/* Index of the first figure row with that key, or the number of rows. */
static size_t figure_first(const struct campaign *c, struct span key)
{
    size_t low = 0;
    size_t high = c->figures.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (span_cmp(c->figures.items[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct span campaign_leaflet_stem(const struct entry *e)
{
    return span_sub(span_from(e->file, S("news/").n), 0, e->file.n - S("news/.md").n);
}

struct span campaign_leaflet_path(struct arena *a, struct span stem, struct date from)
{
    if (!date_is_set(from))
        return arena_printf(a, LEAFLET_FOLDER "%.*s.pdf", SPAN_ARGS(stem));
    return arena_printf(a, LEAFLET_FOLDER "%.*s.%04d-%02d-%02d.pdf", SPAN_ARGS(stem), from.year, from.month, from.day);
}

/* Of one stem's the one from the latest day on: by path they stand in that order, but for the first, which is
 * the last of them. */
const struct leaflet_copy *campaign_leaflet(const struct campaign *c, struct span stem, struct date today)
{
    const struct leaflet_copy *latest = NULL;
    const struct leaflet_copy *first = NULL;

    for (size_t i = 0; i < c->leaflets.count; i++) {
        const struct leaflet_copy *copy = &c->leaflets.items[i];
        struct span rest = span_from(copy->path, S(LEAFLET_FOLDER).n);
        struct date from;

        if (!span_starts(rest, stem))
            continue;
        rest = span_from(rest, stem.n);
        if (span_eq(rest, S(".pdf")))
            first = copy;
        else if (span_starts(rest, S(".")) && date_parse(span_sub(rest, 1, rest.n - S("..pdf").n), &from) &&
                 date_cmp(from, today) <= 0)
            latest = copy;
    }
    latest = latest ? latest : first;
    return latest && latest->size ? latest : NULL;
}

const struct figure *campaign_figure(const struct campaign *c, struct span key, struct date day)
{
    const struct figure *in_force = NULL;

    for (size_t i = figure_first(c, key); i < c->figures.count; i++) {
        const struct figure *f = &c->figures.items[i];

        if (!span_eq(f->key, key) || date_cmp(f->as_of, day) > 0)
            break;
        in_force = f;
    }
    return in_force;
}

const struct figure *campaign_figure_change(const struct campaign *c, const struct figure *f, struct date day, size_t n)
{
    const struct figure *first = f;

    while (first > c->figures.items && span_eq(first[-1].key, f->key) && date_cmp(first[-1].as_of, f->as_of) == 0)
        first--;
    for (; first <= f; first++)
        if (date_is_set(first->corrected) && date_cmp(day, first->corrected) < 0 && n-- == 0)
            return first;
    return NULL;
}

struct span campaign_figure_then(const struct campaign *c, const struct figure *f, struct date day)
{
    const struct figure *change = campaign_figure_change(c, f, day, 0);

    return change ? change->was : f->value_text;
}

bool campaign_has_figure(const struct campaign *c, struct span key)
{
    size_t at = figure_first(c, key);

    return at < c->figures.count && span_eq(c->figures.items[at].key, key);
}

const struct press_item *campaign_press(const struct campaign *c, struct span key)
{
    for (size_t i = 0; i < c->press.count; i++)
        if (span_eq(c->press.items[i].key, key))
            return &c->press.items[i];
    return NULL;
}

struct document *campaign_document(const struct campaign *c, struct span key)
{
    for (size_t i = 0; i < c->documents.count; i++)
        if (span_eq(c->documents.items[i].key, key))
            return &c->documents.items[i];
    return NULL;
}

const struct legal_case *campaign_case(const struct campaign *c, struct span key)
{
    for (size_t i = 0; i < c->cases.count; i++)
        if (span_eq(c->cases.items[i].key, key))
            return &c->cases.items[i];
    return NULL;
}

const struct photo_file *campaign_photo(const struct campaign *c, struct span name)
{
    for (size_t i = 0; i < c->photos.count; i++)
        if (span_eq(c->photos.items[i].name, name))
            return &c->photos.items[i];
    return NULL;
}

const struct plain_file *campaign_file(const struct campaign *c, struct span name)
{
    for (size_t i = 0; i < c->files.count; i++)
        if (span_eq(c->files.items[i].name, name))
            return &c->files.items[i];
    return NULL;
}

bool entry_is_public(const struct entry *e, struct instant now)
{
    return e->kind != ENTRY_NEWS || (!e->is_draft && e->published.us <= now.us);
}

struct span words_in(const struct campaign *c, const struct words *w, enum lang lang, bool *is_fallback_out)
{
    bool is_fallback = w->in[lang].n == 0;

    if (is_fallback_out)
        *is_fallback_out = is_fallback && w->in[campaign_main_lang(c)].n > 0;
    return is_fallback ? w->in[campaign_main_lang(c)] : w->in[lang];
}

bool decimal_parse(struct span s, struct decimal *decimal_out)
{
    bool is_negative = span_starts(s, S("-"));
    struct span whole;
    struct span part;
    uint64_t units;
    uint64_t millionths = 0;
    bool has_part;

    if (is_negative)
        s = span_from(s, 1);
    has_part = span_cut(s, '.', &whole, &part);
    if (!span_to_u64(whole, 999999999999, &units) || (has_part && (part.n == 0 || part.n > 6)))
        return false;
    if (has_part && !span_to_u64(part, 999999, &millionths))
        return false;
    for (size_t i = part.n; has_part && i < 6; i++)
        millionths *= 10;
    decimal_out->millionths = (int64_t)(units * 1000000 + millionths) * (is_negative ? -1 : 1);
    return true;
}

bool model_is_key(struct span s)
{
    if (s.n == 0 || s.n > 64 || s.p[0] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-'))
            return false;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Relative luminance, WCAG 2.2; negative when `s` is not a colour. */
static double luminance(struct span s)
{
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    if (s.n != 7 || s.p[0] != '#')
        return -1;
    for (size_t i = 0; i < 3; i++) {
        int high = hex_digit(s.p[1 + 2 * i]);
        int low = hex_digit(s.p[2 + 2 * i]);
        double v;

        if (high < 0 || low < 0)
            return -1;
        v = (high * 16 + low) / 255.0;
        sum += weights[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

int model_contrast(struct span a, struct span b)
{
    double la = luminance(a);
    double lb = luminance(b);

    if (la < 0 || lb < 0)
        return 0;
    return (int)(100 * ((la > lb ? la : lb) + 0.05) / ((la > lb ? lb : la) + 0.05));
}
