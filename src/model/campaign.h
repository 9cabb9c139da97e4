/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A campaign as plain rows: what the folder reads, the store keeps and the pages show. No I/O here.
 *
 * The rows are filled in by a reader (folder, later the store) and then never change. Spans live in `arena`.
 * Entries are sorted by kind, key and language; figures by key and day; the registers in their file's order.
 */
#ifndef MODEL_CAMPAIGN_H
#define MODEL_CAMPAIGN_H

#include "base/time.h"
#include "model/case.h"
#include "model/diag.h"
#include "model/document.h"
#include "model/lang.h"
#include "model/leaflet.h"

/* The store keeps them as numbers: new ones come last. An ITEM is something that the employer sent out or said, a CLAIM one
 * point of it with our answer. */
enum entry_kind {
    ENTRY_NEWS,
    ENTRY_PAGE,
    ENTRY_FAQ,
    ENTRY_RIGHT,
    ENTRY_PLATFORM,
    ENTRY_BLOCK,
    ENTRY_ITEM,
    ENTRY_CLAIM,
};
enum { ENTRY_KIND_COUNT = ENTRY_CLAIM + 1 };

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_DEPENDS };

/* One Markdown file, or of an item the part before its claims, and then each claim. Fields that its kind does not have stay
 * empty. */
struct entry {
    enum entry_kind kind;
    enum lang lang;
    struct span key;
    struct span file;      /* path inside the folder */
    struct span source;    /* the whole file, BOM cut off, line ends as they were */
    struct span body;      /* the Markdown: what follows the front matter, inside `source` */
    uint32_t body_line;    /* the line of the file on which the body begins */
    uint32_t title_line;   /* the line of `title:`, or of `subject:` where there is one; of a claim its heading's */
    uint32_t without_line; /* the line of `without:` */

    struct span title; /* every kind but blocks */
    struct span summary;
    struct span subject;      /* news */
    struct span audience;     /* news, faq: as written, parted by commas */
    struct span without;      /* news: block keys, parted by commas */
    struct span was;          /* news: earlier addresses, parted by commas */
    struct span slug;         /* news: "2026-04-24-memo" */
    struct date date;         /* news: of publication; item, claim: of the item */
    int minutes;              /* news: of publication, since midnight */
    struct instant published; /* news: the same in UTC */
    struct date event_from;   /* news; not set when it is the day of publication */
    struct date event_to;
    bool is_draft; /* news */

    int64_t order;        /* faq, right; claim: its number */
    struct span law;      /* faq, right */
    struct date reviewed; /* faq, right, item, claim, and the next */
    struct date review_by;
    struct span superseded; /* faq, right, item: the key that takes its place; claim: that of its item */
    struct span channel;    /* item, claim: how it reached people, "by work mail, to all staff" */
    struct span document;   /* item, claim: the key of the paper itself; empty where there is none */
    struct span item;       /* claim: the key of what it stands in */
    struct span holder;     /* right, and the next four */
    struct span activity;
    struct span place;
    struct span time;
    struct span breaks;
    enum answer answer;  /* right, and the next two */
    bool is_everywhere;  /* holds at every place, not only where `place` says */
    bool is_always;      /* holds at every time */
    struct date version; /* platform */
    bool is_standing;    /* block */
};

/* "Harbor Times <press:times-launch>": words, and where they lead. */
struct source {
    struct words words;
    struct span address; /* empty, `https://…` or a reference of ours */
};

struct decimal {
    int64_t millionths; /* the number times 1,000,000 */
};

struct figure {
    struct place at;
    struct span key;
    bool is_withdrawn; /* no value: corrected away */
    struct decimal value;
    struct span value_text; /* as written: "1700" */
    struct words unit;
    struct date as_of;
    struct source source;
    struct date review_by; /* may be unset */
    struct span was;       /* as written; empty unless corrected or withdrawn */
    struct words why;
    struct date
        corrected; /* on which day; set where `was` is, but in what was taken in before there was such a column */
};

enum certainty { CERTAINTY_CERTAIN, CERTAINTY_ABOUT, CERTAINTY_REPORTED };

struct happening {
    struct place at;
    struct span key;
    struct date from;
    struct date to; /* equal to `from` for a single day */
    bool is_month;  /* only the month is known: from its first day to its last */
    enum certainty certainty;
    struct words text;
    struct source source;
    bool is_public;
};

enum stance { STANCE_REPORT, STANCE_FOR, STANCE_AGAINST };

struct press_item {
    struct place at;
    struct span key;
    struct span outlet;
    struct span title;
    struct date date;
    struct span address;
    enum stance stance;
    struct span language; /* two letters */
};

enum correction_kind { CORRECTION_TYPO, CORRECTION_CORRECTION, CORRECTION_WITHDRAWN };

struct correction {
    struct place at;
    struct span key; /* of the newsletter */
    struct date date;
    enum correction_kind kind;
    struct words what;
};

/* A photo as it goes out: metadata cut away. */
struct photo_file {
    struct span name;  /* "gate.jpg" */
    struct span bytes; /* none where the store keeps them until they are asked for */
    uint32_t width;    /* as shown */
    uint32_t height;
};

struct plain_file {
    struct span name; /* "meeting.ics" */
    struct span bytes;
};

/* Whom letters are for: a section [audience KEY] of campaign.ini, or one of the four that a campaign without any has. */
struct audience {
    struct span key;      /* "educators" */
    struct words name;    /* "Educators of these schools" */
    struct words purpose; /* what their address is used for, as they are told when they give it */
    bool asks_workplace;  /* those who are at work there */
    bool shows_paid_by;   /* the line of who pays stands in their letters (LAW-…, doc/guide/mail.md) */
    bool takes_work_mail; /* an address of the employer's is not turned down; never for those who work there */
};

/* A cell of a register that holds our own words, for who checks them. */
struct cell_words {
    struct place at;    /* of its first letter */
    struct span source; /* the whole register */
    struct span text;
    enum lang lang;
    bool is_doubled; /* each quotation mark in it is two in the source */
};

struct campaign {
    struct arena *arena;

    struct span name;
    struct words tagline[3];
    enum lang languages[LANG_COUNT]; /* the main one first */
    size_t language_count;
    struct span zone_name;
    const struct zone *zone;
    struct span host;
    struct span accent; /* "#rrggbb" or empty */
    struct span accent_dark;
    struct span employer;
    struct span mail_domains; /* parted by commas */
    struct span union_name;
    struct words run_by;
    struct words paid_by;
    struct span address;
    struct span contact;
    struct span mail_from; /* what stands before the @ of the sender's address; "news" where nothing is said */
    LIST(struct audience) audiences; /* in their order; never empty once read */

    LIST(struct entry) entries;
    LIST(struct figure) figures;
    LIST(struct happening) chronology;
    LIST(struct press_item) press;
    LIST(struct correction) corrections;
    LIST(struct cell_words) cells;   /* of those four, but for rows that are not public */
    LIST(struct document) documents; /* by key */
    LIST(struct legal_case) cases;   /* by key */
    LIST(struct photo_file) photos;
    LIST(struct plain_file) files;

    bool has_leaflets; /* newsletters are offered to print */
    enum leaflet_paper paper;
    LIST(struct leaflet_copy) leaflets; /* by path; of those that were made, whether they are public or not */
};

/* What stands behind the @ of the addresses that letters come from, and signs them: the host without "www.". Borrows. */
struct span campaign_mail_domain(struct span host);
/* Null when there is none of that key. */
const struct audience *campaign_audience(const struct campaign *c, struct span key);
bool campaign_speaks(const struct campaign *c, enum lang lang);
enum lang campaign_main_lang(const struct campaign *c);

/* Puts entries and figures in their order; call once, after reading. */
void campaign_sort(struct campaign *c);

/* The entry of that kind, key and language; null when there is none. */
const struct entry *campaign_entry(const struct campaign *c, enum entry_kind kind, struct span key, enum lang lang);
/* The same, or the one in the main language, or the one in another: for pages that must show something. */
const struct entry *campaign_entry_any(const struct campaign *c, enum entry_kind kind, struct span key, enum lang lang);
/* The one that a person named: "memo", in the main language or else in another; "memo.es". */
const struct entry *campaign_entry_named(const struct campaign *c, enum entry_kind kind, struct span name);
/* The key of this kind that looks most like `key`, for "did you mean"; empty when none is near. `a` is for the search. */
struct span campaign_entry_nearest(struct arena *a, const struct campaign *c, enum entry_kind kind, struct span key);
/* All entries of a kind: they stand together. */
const struct entry *campaign_entries(const struct campaign *c, enum entry_kind kind, size_t *count_out);
/* The newsletter with that slug; null when there is none. */
const struct entry *campaign_news_by_slug(const struct campaign *c, struct span slug, enum lang lang);

/* What a newsletter's leaflets begin with: "2026-04-24-memo.es". Borrows. */
struct span campaign_leaflet_stem(const struct entry *e);
/* What the leaflet of a stem is called that holds from `from` on; not set: from the beginning. In `a`. */
struct span campaign_leaflet_path(struct arena *a, struct span stem, struct date from);
/* The leaflet of a stem as it is on `today`; null when there is none. */
const struct leaflet_copy *campaign_leaflet(const struct campaign *c, struct span stem, struct date today);

/* The row of a figure in force on `day`: the latest `as_of` not after it. Null when there is none yet. */
const struct figure *campaign_figure(const struct campaign *c, struct span key, struct date day);
/* What was corrected in row `f` after `day`, one after the other and the earliest first: null after the last. Somebody who
 * was right on that day, or wrote on it, has none. `f` is of `c`, as campaign_figure() gives it. */
const struct figure *campaign_figure_change(const struct campaign *c, const struct figure *f, struct date day,
                                            size_t n);
/* The value that row `f` had on `day`, as written: what a text of that day could show. */
struct span campaign_figure_then(const struct campaign *c, const struct figure *f, struct date day);
bool campaign_has_figure(const struct campaign *c, struct span key); /* on any day */
const struct press_item *campaign_press(const struct campaign *c, struct span key);
const struct photo_file *campaign_photo(const struct campaign *c, struct span name);
struct document *campaign_document(const struct campaign *c, struct span key);     /* or null */
const struct legal_case *campaign_case(const struct campaign *c, struct span key); /* or null */
const struct plain_file *campaign_file(const struct campaign *c, struct span name);

/* Is it public at `now`? Only newsletters can be not yet or not at all; all else is public. */
bool entry_is_public(const struct entry *e, struct instant now);

/* The words in `lang`, or else in the main language; `is_fallback_out` (may be null) says which. */
struct span words_in(const struct campaign *c, const struct words *w, enum lang lang, bool *is_fallback_out);

/* "146", "0.92", "-3" with at most six decimals and twelve digits before them. */
bool decimal_parse(struct span s, struct decimal *decimal_out);

/* 1 to 64 lower-case letters, digits and hyphens, beginning with a letter or digit. */
bool model_is_key(struct span s);

/* Contrast of two colours "#rrggbb" as WCAG 2.2 defines it, times 100 (21:1 is 2100); 0 when one is not a colour. */
int model_contrast(struct span a, struct span b);

#endif
