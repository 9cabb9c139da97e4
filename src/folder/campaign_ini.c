/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * campaign.ini: who we are, in which languages, where, and who pays for it.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

struct setting {
    struct span section;
    struct span key;
    bool is_words; /* one more key a further language: run_by_es */
    bool is_needed;
    struct span *text;   /* where a text goes */
    struct words *words; /* or words */
};

enum { SETTINGS = 17 };

struct reader {
    struct campaign *c;
    struct span file;
    struct span source;
    struct diags *diags;
    struct setting settings[SETTINGS];
    struct ini_entry found[SETTINGS][LANG_COUNT]; /* line 0: not there */
    struct words tagline;
    struct span languages;
    struct span paper;
    struct audiences_reader audiences;
};

static void report(struct reader *r, const struct ini_entry *e, struct span message, struct span note)
{
    at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, e->line, e->value_column, (uint32_t)utf8_count(e->value),
              message, note);
}

static void prepare(struct reader *r)
{
    struct campaign *c = r->c;
    const struct setting all[SETTINGS] = {
        {S("campaign"), S("languages"), false, true, &r->languages, NULL},
        {S("campaign"), S("name"), false, true, &c->name, NULL},
        {S("campaign"), S("tagline"), true, true, NULL, &r->tagline},
        {S("campaign"), S("time_zone"), false, true, &c->zone_name, NULL},
        {S("campaign"), S("host"), false, true, &c->host, NULL},
        {S("campaign"), S("accent"), false, false, &c->accent, NULL},
        {S("campaign"), S("accent_dark"), false, false, &c->accent_dark, NULL},
        {S("campaign"), S("paper"), false, false, &r->paper, NULL},
        {S("employer"), S("name"), false, true, &c->employer, NULL},
        {S("employer"), S("mail_domains"), false, true, &c->mail_domains, NULL},
        {S("union"), S("name"), false, false, &c->union_name, NULL},
        {S("imprint"), S("run_by"), true, true, NULL, &c->run_by},
        {S("imprint"), S("paid_by"), true, true, NULL, &c->paid_by},
        {S("imprint"), S("address"), false, true, &c->address, NULL},
        {S("imprint"), S("contact"), false, true, &c->contact, NULL},
        {S("mail"), S("from"), false, false, &c->mail_from, NULL},
        {S(""), S(""), false, false, NULL, NULL},
    };

    for (size_t i = 0; i < SETTINGS; i++)
        r->settings[i] = all[i];
}

/* The languages come first: they say which further keys there are. */
static bool read_languages(struct reader *r)
{
    struct ini_reader ini;
    struct ini_entry e;
    struct span rest;
    struct span code;

    ini_begin(&ini, r->source);
    while (ini_next(&ini, &e)) {
        if (e.fault != INI_FINE || !span_eq(e.section, S("campaign")) || !span_eq(e.key, S("languages")))
            continue;
        rest = e.value;
        while (span_next(&rest, ',', &code)) {
            enum lang lang;

            code = span_trim(code);
            if (!lang_from_code(code, &lang) || campaign_speaks(r->c, lang)) {
                report(r, &e, arena_printf(r->c->arena, "“%.*s”: languages are en and es, each once", SPAN_ARGS(code)),
                       (struct span){0});
                return false;
            }
            r->c->languages[r->c->language_count++] = lang;
        }
        break;
    }
    if (r->c->language_count)
        return true;
    at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, 0, 0, 0, S("[campaign] languages = … is missing"),
              (struct span){0});
    return false;
}

static struct span key_name(struct reader *r, const struct setting *s, enum lang lang)
{
    if (lang == campaign_main_lang(r->c))
        return s->key;
    return arena_printf(r->c->arena, "%.*s_%.*s", SPAN_ARGS(s->key), SPAN_ARGS(lang_code(lang)));
}

static bool find_setting(struct reader *r, const struct ini_entry *e, size_t *index_out, enum lang *lang_out)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &r->settings[i];

        for (size_t k = 0; s->key.n && k < r->c->language_count; k++) {
            enum lang lang = r->c->languages[k];

            if ((k == 0 || s->is_words) && span_eq(e->section, s->section) && span_eq(e->key, key_name(r, s, lang))) {
                *index_out = i;
                *lang_out = lang;
                return true;
            }
        }
    }
    return false;
}

static void take(struct reader *r, const struct ini_entry *e)
{
    struct span known[SETTINGS];
    enum lang lang = LANG_EN;
    size_t i = 0;

    if (e->fault != INI_FINE) {
        at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, e->line, 0, 0,
                  e->fault == INI_BAD_SECTION ? S("a section is [name], alone on its line")
                                              : S("a line is `key = value`, [section] or a comment that begins with ;"),
                  (struct span){0});
        return;
    }
    if (audiences_take(&r->audiences, e))
        return;
    if (!find_setting(r, e, &i, &lang)) {
        for (size_t k = 0; k < SETTINGS; k++)
            known[k] = r->settings[k].key;
        at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, e->line, e->key_column, (uint32_t)utf8_count(e->key),
                  arena_printf(r->c->arena, "[%.*s] has no “%.*s”", SPAN_ARGS(e->section), SPAN_ARGS(e->key)),
                  at_did_you_mean(r->c->arena, e->key, known, SETTINGS));
        return;
    }
    if (r->found[i][lang].line) {
        report(r, e,
               arena_printf(r->c->arena, "“%.*s” stands in line %u already", SPAN_ARGS(e->key), r->found[i][lang].line),
               (struct span){0});
        return;
    }
    if (e->value.n == 0)
        return;
    r->found[i][lang] = *e;
    if (r->settings[i].text)
        *r->settings[i].text = e->value;
    else
        r->settings[i].words->in[lang] = e->value;
}

static void check_missing(struct reader *r)
{
    enum lang main_lang = campaign_main_lang(r->c);

    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &r->settings[i];

        if (s->is_needed && r->found[i][main_lang].line == 0)
            at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, 0, 0, 0,
                      arena_printf(r->c->arena, "[%.*s] %.*s = … is missing", SPAN_ARGS(s->section), SPAN_ARGS(s->key)),
                      (struct span){0});
        for (size_t k = 1; s->is_words && k < r->c->language_count; k++)
            if (r->found[i][main_lang].line && r->found[i][r->c->languages[k]].line == 0)
                at_report(r->diags, DIAG_TRANSLATION_MISSING, r->file, r->source, r->found[i][main_lang].line, 0, 0,
                          arena_printf(r->c->arena, "“%.*s” is missing", SPAN_ARGS(key_name(r, s, r->c->languages[k]))),
                          (struct span){0});
    }
}

static const struct ini_entry *entry_of(const struct reader *r, const void *member)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (r->settings[i].text == member || (const void *)r->settings[i].words == member)
            return &r->found[i][campaign_main_lang(r->c)];
    return &r->found[SETTINGS - 1][0];
}

/* Three lines, parted by "|". */
static void read_tagline(struct reader *r)
{
    for (size_t k = 0; k < r->c->language_count; k++) {
        enum lang lang = r->c->languages[k];
        struct span rest = r->tagline.in[lang];
        struct span line;
        size_t lines = 0;

        if (rest.n == 0)
            continue;
        while (span_next(&rest, '|', &line)) {
            if (lines < COUNT(r->c->tagline))
                r->c->tagline[lines].in[lang] = span_trim(line);
            lines++;
        }
        if (lines != COUNT(r->c->tagline))
            report(r, &r->found[2][lang], S("a tagline has three lines, parted by |"), (struct span){0});
    }
}

static bool is_host(struct span s)
{
    struct span label;
    size_t labels = 0;

    if (s.n > 253)
        return false;
    while (span_next(&s, '.', &label)) {
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!((label.p[i] >= 'a' && label.p[i] <= 'z') || (label.p[i] >= '0' && label.p[i] <= '9') ||
                  label.p[i] == '-'))
                return false;
        labels++;
    }
    return labels >= 2;
}

/* The paper and wash of the light and the dark page: a colour of text has to show on both (WCAG 2.2, 1.4.3). */
static void check_accent(struct reader *r, const struct span *accent, struct span paper, struct span wash)
{
    int on_paper = model_contrast(*accent, paper);
    int on_wash = model_contrast(*accent, wash);
    int least = on_paper < on_wash ? on_paper : on_wash;

    if (accent->n == 0)
        return;
    if (least == 0)
        report(r, entry_of(r, accent), S("a colour is # and six digits: #a32a1c"), (struct span){0});
    else if (least < 450)
        report(r, entry_of(r, accent),
               arena_printf(r->c->arena, "text in this colour would have a contrast of %d.%d : 1; it needs 4.5 : 1",
                            least / 100, least / 10 % 10),
               (struct span){0});
}

/* What stands before an @, and reads the same to every mail program. */
static bool is_mailbox(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              (i > 0 && i + 1 < s.n && s.p[i] != s.p[i - 1] && span_find_char(S(".-_"), s.p[i]) != SPAN_NONE)))
            return false;
    return s.n <= 64;
}

/* Offices print on what their part of the world sells. */
static enum leaflet_paper paper_of_zone(struct span zone)
{
    static const struct span a4[] = {SPAN_INIT("Europe/"), SPAN_INIT("Africa/"), SPAN_INIT("Asia/"),
                                     SPAN_INIT("Australia/")};

    for (size_t i = 0; i < COUNT(a4); i++)
        if (span_starts(zone, a4[i]))
            return LEAFLET_A4;
    return LEAFLET_LETTER;
}

static void read_paper(struct reader *r)
{
    static const struct span known[] = {SPAN_INIT("letter"), SPAN_INIT("a4"), SPAN_INIT("none")};
    struct campaign *c = r->c;

    c->has_leaflets = !span_eq(r->paper, S("none"));
    c->paper = paper_of_zone(c->zone_name);
    if (r->paper.n == 0 || !c->has_leaflets)
        return;
    c->paper = span_eq(r->paper, S("a4")) ? LEAFLET_A4 : LEAFLET_LETTER;
    if (!span_eq(r->paper, known[c->paper]))
        report(r, entry_of(r, &r->paper),
               arena_printf(c->arena, "“%.*s”: leaflets are printed on letter or a4; none: there are none",
                            SPAN_ARGS(r->paper)),
               at_did_you_mean(c->arena, r->paper, known, COUNT(known)));
}

static bool check_values(struct reader *r)
{
    struct campaign *c = r->c;
    struct span rest = c->mail_domains;
    struct span domain;
    struct span zone;

    if (c->host.n && !is_host(c->host))
        report(r, entry_of(r, &c->host), S("a host name is like baysideeducators.org, in lower case, without https://"),
               (struct span){0});
    while (span_next(&rest, ',', &domain)) {
        if (is_host(span_trim(domain)))
            continue;
        report(r, entry_of(r, &c->mail_domains),
               arena_printf(c->arena, "“%.*s” is not a mail domain: commas part them", SPAN_ARGS(span_trim(domain))),
               (struct span){0});
        break; /* the first: one line may hold a million of them */
    }
    if (c->contact.n && (span_find_char(c->contact, '@') == SPAN_NONE || span_find_char(c->contact, ' ') != SPAN_NONE))
        report(r, entry_of(r, &c->contact), S("a mail address"), (struct span){0});
    if (!is_mailbox(c->mail_from))
        report(r, entry_of(r, &c->mail_from),
               S("what stands before the @ of your letters' sender: lower-case letters and digits, as in “news”"),
               (struct span){0});
    if (c->mail_from.n == 0)
        c->mail_from = S("news");
    check_accent(r, &c->accent, S("#fffdf8"), S("#f6f1e7"));
    check_accent(r, &c->accent_dark, S("#161412"), S("#201d19"));
    read_paper(r);
    if (c->zone_name.n == 0)
        return false;
    if (sys_read_zone(c->arena, c->zone_name, &zone) != RC_OK || zone_parse(c->arena, zone, &c->zone) != RC_OK) {
        report(r, entry_of(r, &c->zone_name), S("this machine knows no such time zone: America/Los_Angeles is one"),
               (struct span){0});
        return false;
    }
    return true;
}

bool folder_campaign_ini(struct campaign *c, struct span file, struct span bytes, struct diags *diags)
{
    struct reader r = {.c = c, .file = file, .source = bytes, .diags = diags};
    struct ini_reader ini;
    struct ini_entry e;

    if (!at_check_text(diags, file, bytes) || !read_languages(&r))
        return false;
    prepare(&r);
    audiences_begin(&r.audiences, c, file, bytes, diags);
    ini_begin(&ini, bytes);
    while (ini_next(&ini, &e))
        take(&r, &e);
    check_missing(&r);
    audiences_complete(&r.audiences);
    read_tagline(&r);
    return check_values(&r);
}
