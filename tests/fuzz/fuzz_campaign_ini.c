/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as campaign.ini. What is taken without an error has everything a campaign needs, every text is a piece of
 * the file, and every diagnostic stands inside it.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

enum { SOURCE_MAX = 32 * 1024, MEMORY = 64 * 1024 * 1024 };

static struct span line_of(struct span source, uint32_t line)
{
    struct span text = {0};

    if (span_starts(source, S("\xEF\xBB\xBF")))
        source = span_from(source, 3);
    for (uint32_t i = 0; i < line; i++)
        CHECK(span_next(&source, '\n', &text));
    return span_ends(text, S("\r")) ? span_sub(text, 0, text.n - 1) : text;
}

static void check_diag(struct span source, const struct diag *d)
{
    struct span line = line_of(source, d->at.line); /* line 0: the whole file */

    CHECK(d->message.n > 0 && (d->at.line > 0 || d->at.column == 0));
    if (d->code == DIAG_BAD_FILE)
        return;
    CHECK(utf8_first_fault(d->message) == SPAN_NONE && utf8_first_fault(d->note) == SPAN_NONE);
    CHECK(span_eq(line, d->text));
    CHECK(d->at.column <= utf8_count(line) + 1);
    CHECK(d->width == 0 || d->at.column == 0 || d->at.column - 1 + d->width <= utf8_count(line));
}

static void check_piece(struct span source, struct span text)
{
    if (text.n == 0)
        return;
    CHECK(text.p >= source.p && text.p + text.n <= source.p + source.n);
    CHECK(span_find_char(text, '\n') == SPAN_NONE && span_trim(text).n == text.n);
}

static void check_pieces(const struct campaign *c, struct span source)
{
    const struct span texts[] = {c->name,     c->zone_name,    c->host,       c->accent,  c->accent_dark,
                                 c->employer, c->mail_domains, c->union_name, c->address, c->contact};

    for (size_t i = 0; i < COUNT(texts); i++)
        check_piece(source, texts[i]);
    for (size_t lang = 0; lang < LANG_COUNT; lang++) {
        check_piece(source, c->run_by.in[lang]);
        check_piece(source, c->paid_by.in[lang]);
        for (size_t i = 0; i < COUNT(c->tagline); i++)
            check_piece(source, c->tagline[i].in[lang]);
    }
}

/* There is always somebody to write to; without an error all of it has words. */
static void check_audiences(const struct campaign *c, bool is_fine)
{
    enum lang lang = campaign_main_lang(c);

    CHECK(c->audiences.count >= 1 && c->audiences.count <= AUDIENCES_MOST && c->mail_from.n > 0);
    for (size_t i = 0; i < c->audiences.count; i++) {
        const struct audience *one = &c->audiences.items[i];

        CHECK(model_is_key(one->key) && campaign_audience(c, one->key) == one);
        CHECK(!is_fine || (one->name.in[lang].n > 0 && one->purpose.in[lang].n > 0));
        CHECK(!is_fine || !one->takes_work_mail || !one->asks_workplace);
    }
}

static void check_accent(struct span accent, struct span paper)
{
    CHECK(accent.n == 0 || (accent.n == 7 && accent.p[0] == '#' && model_contrast(accent, paper) >= 450));
}

/* Without an error nothing that a page shows or a link is made of is missing. */
static void check_campaign(const struct campaign *c)
{
    enum lang lang = campaign_main_lang(c);
    const struct span needed[] = {c->name,     c->zone_name,       c->host,
                                  c->employer, c->mail_domains,    c->address,
                                  c->contact,  c->run_by.in[lang], c->paid_by.in[lang]};

    for (size_t i = 0; i < COUNT(needed); i++)
        CHECK(needed[i].n > 0);
    for (size_t i = 0; i < c->host.n; i++)
        CHECK((c->host.p[i] >= 'a' && c->host.p[i] <= 'z') || (c->host.p[i] >= '0' && c->host.p[i] <= '9') ||
              c->host.p[i] == '.' || c->host.p[i] == '-');
    check_accent(c->accent, S("#fffdf8"));
    check_accent(c->accent_dark, S("#161412"));
}

static void check_zone(const struct campaign *c)
{
    struct instant noon = {(int64_t)1777032000 * 1000000};
    struct date day = zone_date(c->zone, noon);

    CHECK(date_is_set(day) && date_cmp(zone_date(c->zone, zone_instant(c->zone, day, 720)), day) == 0);
    CHECK(c->language_count >= 1 && c->language_count <= LANG_COUNT);
    CHECK(c->language_count == 1 || c->languages[0] != c->languages[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span source = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);
    struct campaign c = {.arena = a};
    struct diags d;

    diags_init(&d, a);
    if (size <= SOURCE_MAX) {
        bool can_go_on = folder_campaign_ini(&c, S("campaign.ini"), source, &d);

        CHECK(can_go_on || d.errors > 0);
        if (can_go_on)
            check_zone(&c);
        if (can_go_on)
            check_audiences(&c, d.errors == 0);
        if (d.errors == 0)
            check_campaign(&c);
        check_pieces(&c, source);
        for (size_t i = 0; i < d.list.count; i++)
            check_diag(source, &d.list.items[i]);
    }
    arena_close(&a);
    return 0;
}
