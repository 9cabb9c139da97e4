/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See employer.h. Two domains look alike when their skeletons do: letters of other scripts, digits and pairs of
 * letters in the place of the one they are taken for, without hyphens and accents; then a letter or two may still differ
 * in a name that is long enough. It is better to ask one person too many for another address than to write to the
 * employer's server once.
 */
#include "mail/employer.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "terms/terms.h"

enum {
    LABELS_MOST = 32,
    LABEL_MOST = 80,    /* letters of a skeleton that are compared; more look like nothing else */
    DOMAINS_MOST = 500, /* of the employer's, that others are compared with */
    TELLING_LEN = 8,    /* a name of so many letters is somebody's, whatever stands behind its dot */
    SKELETON_MOST = 2048,
};

/* What is left after taking apart, in pairs: what it is, and which letters it is taken for. */
static const struct {
    uint32_t is;
    const char *looks;
} confusables[] = {
    {0x30, "o"},  {0x31, "l"},  {0x33, "e"},  {0x34, "a"},   {0x35, "s"},   {0x38, "b"},  {0x69, "l"},   {0xE6, "ae"},
    {0xF0, "d"},  {0xF8, "o"},  {0x111, "d"}, {0x127, "h"},  {0x131, "l"},  {0x142, "l"}, {0x153, "oe"}, {0x167, "t"},
    {0x180, "b"}, {0x19A, "l"}, {0x1DD, "e"}, {0x251, "a"},  {0x261, "g"},  {0x269, "l"}, {0x26A, "l"},  {0x28B, "u"},
    {0x28F, "y"}, {0x299, "b"}, {0x29F, "l"}, {0x3B1, "a"},  {0x3B2, "b"},  {0x3B3, "y"}, {0x3B5, "e"},  {0x3B7, "n"},
    {0x3B9, "l"}, {0x3BA, "k"}, {0x3BC, "u"}, {0x3BD, "v"},  {0x3BF, "o"},  {0x3C1, "p"}, {0x3C3, "o"},  {0x3C4, "t"},
    {0x3C5, "u"}, {0x3C7, "x"}, {0x3C9, "w"}, {0x430, "a"},  {0x432, "b"},  {0x433, "r"}, {0x435, "e"},  {0x437, "e"},
    {0x438, "u"}, {0x43A, "k"}, {0x43C, "m"}, {0x43D, "h"},  {0x43E, "o"},  {0x43F, "n"}, {0x440, "p"},  {0x441, "c"},
    {0x442, "t"}, {0x443, "y"}, {0x445, "x"}, {0x448, "w"},  {0x44C, "b"},  {0x454, "e"}, {0x455, "s"},  {0x456, "l"},
    {0x458, "j"}, {0x475, "v"}, {0x4BB, "h"}, {0x4CF, "l"},  {0x501, "d"},  {0x51B, "q"}, {0x51D, "w"},  {0x561, "w"},
    {0x563, "q"}, {0x566, "q"}, {0x570, "h"}, {0x575, "j"},  {0x578, "n"},  {0x57C, "n"}, {0x57D, "u"},  {0x581, "g"},
    {0x585, "o"}, {0x5D5, "l"}, {0x5E1, "o"}, {0x10E7, "y"}, {0x10FF, "o"},
};

static const struct {
    struct span pair;
    struct span looks;
} pairs[] = {
    {SPAN_INIT("rn"), SPAN_INIT("m")},
    {SPAN_INIT("vv"), SPAN_INIT("w")},
    {SPAN_INIT("cl"), SPAN_INIT("d")},
};

/* ---- skeletons ---- */

static void put_letter(struct buf *out, uint32_t c)
{
    if (c == '-')
        return;
    for (size_t i = 0; i < COUNT(confusables); i++)
        if (confusables[i].is == c) {
            buf_put(out, span_of(confusables[i].looks));
            return;
        }
    buf_utf8(out, c);
}

static void put_character(struct buf *out, uint32_t c)
{
    uint32_t bare[TERM_BARE];
    size_t n = terms_bare(c, bare); /* what it knows need not stand in our table */

    for (size_t i = 0; i < n; i++)
        put_letter(out, bare[i]);
}

static struct span without_pairs(struct arena *a, struct span s)
{
    struct buf *out = buf_new(a, SKELETON_MOST);

    while (s.n) {
        size_t i = 0;

        while (i < COUNT(pairs) && !span_starts(s, pairs[i].pair))
            i++;
        if (i < COUNT(pairs))
            buf_put(out, pairs[i].looks);
        else
            buf_char(out, s.p[0]);
        s = span_from(s, i < COUNT(pairs) ? pairs[i].pair.n : 1);
    }
    return buf_span(out);
}

/* "Bаyside-Charter.example" with a Cyrillic а → "bayslaecharter.example" is how both of them come out: only to compare. */
static struct span skeleton(struct arena *a, struct span domain)
{
    struct span shown = mail_domain_shown(a, domain);
    struct buf *out = buf_new(a, SKELETON_MOST);
    uint32_t c;

    while (utf8_next(&shown, &c))
        put_character(out, c);
    return without_pairs(a, buf_span(out));
}

/* ---- how far apart ---- */

struct letters {
    uint32_t c[LABEL_MOST];
    size_t n;
};

static bool read_letters(struct span label, struct letters *out)
{
    uint32_t c;

    out->n = 0;
    while (utf8_next(&label, &c)) {
        if (out->n == LABEL_MOST)
            return false;
        out->c[out->n++] = c;
    }
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be put in, taken out, changed or swapped with their neighbour to make one of the other. */
static size_t slips(const struct letters *x, const struct letters *y)
{
    size_t rows[3][LABEL_MOST + 1];
    size_t *older = rows[0];
    size_t *old = rows[1];
    size_t *now = rows[2];

    for (size_t k = 0; k <= y->n; k++)
        old[k] = k;
    for (size_t i = 1; i <= x->n; i++) {
        size_t *free_row = older;

        now[0] = i;
        for (size_t k = 1; k <= y->n; k++) {
            bool is_same = x->c[i - 1] == y->c[k - 1];

            now[k] = least(least(old[k], now[k - 1]) + 1, old[k - 1] + (is_same ? 0 : 1));
            if (i > 1 && k > 1 && x->c[i - 1] == y->c[k - 2] && x->c[i - 2] == y->c[k - 1])
                now[k] = least(now[k], older[k - 2] + 1);
        }
        older = old;
        old = now;
        now = free_row;
    }
    return old[y->n];
}

/* At most `most` slips apart? The lengths say no to nearly everything. */
static bool is_near(struct span x, struct span y, size_t most)
{
    struct letters a;
    struct letters b;

    if (span_eq(x, y))
        return true;
    if (most == 0 || x.n > y.n + 4 * most || y.n > x.n + 4 * most || !read_letters(x, &a) || !read_letters(y, &b))
        return false;
    return slips(&a, &b) <= most;
}

/* Short names are near each other by chance. */
static size_t slips_allowed(size_t len)
{
    return len < 6 ? 0 : len < 10 ? 1 : 2;
}

/* ---- domains ---- */

struct labels {
    struct span at[LABELS_MOST];
    size_t n;
};

static bool split(struct span skeleton_of, struct labels *out)
{
    struct span label;

    out->n = 0;
    while (span_next(&skeleton_of, '.', &label)) {
        if (out->n == LABELS_MOST)
            return false;
        out->at[out->n++] = label;
    }
    return out->n > 0;
}

/* As many labels at the end, the first of which may have slips. */
static bool ends_nearly(const struct labels *theirs, const struct labels *work)
{
    size_t from = theirs->n - work->n;

    if (theirs->n < work->n)
        return false;
    for (size_t i = 1; i < work->n; i++)
        if (!span_eq(theirs->at[from + i], work->at[i]))
            return false;
    return is_near(theirs->at[from], work->at[0], slips_allowed(utf8_count(work->at[0])));
}

/* The employer's name in front of another ending: baysidecharter.org, mail.baysidecharter.example.net. */
static bool has_name(const struct labels *theirs, const struct labels *work)
{
    for (size_t i = 0; i + 1 < work->n; i++) {
        size_t len = utf8_count(work->at[i]);

        for (size_t k = 0; len >= TELLING_LEN && k + 1 < theirs->n; k++)
            if (is_near(theirs->at[k], work->at[i], len >= TELLING_LEN + 2 ? 1 : 0))
                return true;
    }
    return false;
}

static bool is_below(struct span domain, struct span work)
{
    return span_eq(domain, work) ||
           (domain.n > work.n && span_ends(domain, work) && domain.p[domain.n - work.n - 1] == '.');
}

static enum mail_owner judge(struct arena *a, struct span domains, struct span domain)
{
    struct span rest = domains;
    struct labels theirs;
    struct span work;
    size_t compared = 0;

    while (span_next(&rest, ',', &work))
        if (span_trim(work).n && is_below(domain, span_trim(work)))
            return MAIL_OWNER_EMPLOYER;
    if (!split(skeleton(a, domain), &theirs))
        return MAIL_OWNER_LOOKALIKE; /* of a form that no mail provider has */
    rest = domains;
    while (span_next(&rest, ',', &work) && compared++ < DOMAINS_MOST) {
        struct labels ours;

        if (split(skeleton(a, span_trim(work)), &ours) && (ends_nearly(&theirs, &ours) || has_name(&theirs, &ours)))
            return MAIL_OWNER_LOOKALIKE;
    }
    return MAIL_OWNER_ANYBODY;
}

/* A server may read more than one address into one: "rosa%school.example@relay.example", "school.example!rosa@…". */
static struct span hidden_domain(struct span local)
{
    size_t percent = span_find_last_char(local, '%');
    size_t bang = span_find_char(local, '!');

    if (percent != SPAN_NONE)
        return span_from(local, percent + 1);
    return bang == SPAN_NONE ? S("") : span_sub(local, 0, bang);
}

enum mail_owner mail_owner_of(struct arena *a, struct span domains, struct span address)
{
    struct span domain = mail_address_domain(address);
    struct span hidden = hidden_domain(span_sub(address, 0, address.n - domain.n - 1));
    enum mail_owner owner = judge(a, domains, domain);

    if (owner == MAIL_OWNER_ANYBODY && hidden.n)
        owner = judge(a, domains, hidden);
    return owner;
}
