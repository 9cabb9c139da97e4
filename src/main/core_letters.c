/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_letters.h. The campaign is compiled anew, with all its checks: what is sent cannot be called back.
 */
#include "main/core_letters.h"

#include "folder/dump.h"
#include "html/msg.h"
#include "mail/letter_wire.h"
#include "main/compile.h"
#include "main/options.h"
#include "news/news_mail.h"
#include "store/content.h"

enum { SAMPLE_LINES = 14, SAMPLE_MOST = 1200 };

struct preparing {
    struct arena *a;   /* of what comes out */
    struct arena *own; /* of the compile */
    struct compiled compiled;
    struct span news;
    struct instant now;
    struct core_letters *out;
    struct span *why;
};

static enum rc no(const struct preparing *p, struct span why)
{
    *p->why = why;
    return RC_INVALID;
}

static enum rc compile(struct preparing *p, struct db *db, int64_t campaign_id)
{
    struct content_campaign campaign = {0};
    struct pieces pieces = {0};
    struct folder_files *files = ARENA_NEW(p->own, struct folder_files);
    struct folder_source source;
    struct span fault = {0};
    enum rc rc = content_pieces(db, p->own, campaign_id, &campaign, &pieces);

    if (rc != RC_OK)
        return rc;
    pieces = pieces_of_folder(p->own, &pieces);
    folder_join(p->own, &pieces, files);
    source = folder_source_of_files(files, "the store");
    rc = compile_source(p->own, &source, p->now, false, &p->compiled, &fault);
    return rc == RC_OK ? rc
                       : no(p, S("the campaign in the store has errors: dump it and let “breakroom check” list them"));
}

/* ---- the newsletter ---- */

static enum rc no_such(const struct preparing *p)
{
    struct span near = campaign_entry_nearest(p->own, p->compiled.campaign, ENTRY_NEWS, p->news);

    return no(p, near.n ? arena_printf(p->a, "there is no newsletter “%.*s”; did you mean “%.*s”?", SPAN_ARGS(p->news),
                                       SPAN_ARGS(near))
                        : arena_printf(p->a, "there is no newsletter “%.*s”", SPAN_ARGS(p->news)));
}

static enum rc check_faults(const struct preparing *p, const struct entry *e)
{
    const struct diags *diags = &p->compiled.diags;

    for (size_t i = 0; i < diags->list.count; i++)
        if (diag_stops(&diags->list.items[i]) && span_eq(diags->list.items[i].at.file, e->file))
            return no(p, arena_printf(p->a, "it has an error in line %u: %.*s", diags->list.items[i].at.line,
                                      SPAN_ARGS(diags->list.items[i].message)));
    return RC_OK;
}

static enum rc check_entry(const struct preparing *p, const struct entry *e)
{
    if (e->is_draft)
        return no(p, S("it is a draft: take “draft: yes” out of it and load it"));
    if (!entry_is_public(e, p->now))
        return no(p, S("it is not public yet: letters go out when it is"));
    return check_faults(p, e);
}

static enum rc check_news(const struct preparing *p)
{
    enum rc rc = RC_OK;
    bool is_found = false;

    for (int lang = 0; lang < LANG_COUNT && rc == RC_OK; lang++) {
        const struct entry *e = campaign_entry(p->compiled.campaign, ENTRY_NEWS, p->news, (enum lang)lang);

        if (e) {
            is_found = true;
            rc = check_entry(p, e);
        }
    }
    return rc != RC_OK || is_found ? rc : no_such(p);
}

/* ---- whom it goes to ---- */

static enum rc read_audiences(struct preparing *p, struct span wanted)
{
    const struct campaign *c = p->compiled.campaign;
    struct core_letters *out = p->out;
    struct span *known = ARENA_ARRAY(p->own, struct span, c->audiences.count + 1);
    struct span key;

    out->audience_count = c->audiences.count;
    out->audiences = ARENA_ARRAY(p->a, struct sending_audience, out->audience_count + 1);
    out->is_wanted = ARENA_ARRAY(p->a, bool, out->audience_count + 1);
    for (size_t i = 0; i < out->audience_count; i++) {
        known[i] = c->audiences.items[i].key;
        out->audiences[i] = (struct sending_audience){arena_dup(p->a, known[i]), c->audiences.items[i].shows_paid_by};
        out->is_wanted[i] = wanted.n == 0;
    }
    while (wanted.n && span_next(&wanted, ',', &key)) {
        size_t i = 0;

        key = span_trim(key);
        while (i < out->audience_count && !span_eq(out->audiences[i].key, key))
            i++;
        if (i == out->audience_count) {
            struct span near = model_nearest(key, known, out->audience_count);

            return no(p, near.n ? arena_printf(p->a, "there is no audience “%.*s”; did you mean “%.*s”?",
                                               SPAN_ARGS(key), SPAN_ARGS(near))
                                : arena_printf(p->a, "there is no audience “%.*s”", SPAN_ARGS(key)));
        }
        out->is_wanted[i] = true;
    }
    return RC_OK;
}

/* ---- letters ---- */

static void take_sample(struct preparing *p, const struct mail_letter *letter)
{
    struct span text = arena_join(p->own, letter->text.pieces, letter->text.count);
    size_t at = 0;

    for (int lines = 0; lines < SAMPLE_LINES && at < text.n && at < SAMPLE_MOST; lines++) {
        size_t end = span_find_char(span_from(text, at), '\n');

        at = end == SPAN_NONE ? text.n : at + end + 1;
    }
    p->out->sample = arena_dup(p->a, span_sub(text, 0, at));
    p->out->subject = arena_dup(p->a, letter->subject);
}

static enum rc too_large(const struct preparing *p)
{
    return no(p, S("it is too large as a letter: “breakroom explain mail-too-large” says what to do"));
}

/* In the compile's memory, looked at as it will be when it is sent. */
static enum rc compose(struct preparing *p, const struct entry *e, bool shows_paid_by, struct mail_letter *letter_out)
{
    const struct mail_message *message;
    enum rc rc = news_mail_letter(p->own, &p->compiled.site, &p->compiled.library, e, shows_paid_by, letter_out);

    if (rc == RC_OK)
        rc = mail_compile(p->own, letter_out, &message);
    if (rc == RC_INVALID)
        return no(p, S("nobody could answer it: [imprint] contact in campaign.ini is no address"));
    if (rc != RC_OK || mail_html_size(message) > NEWS_MAIL_MOST)
        return too_large(p);
    return RC_OK;
}

/* As bytes that outlive the compile. */
static enum rc keep(struct preparing *p, const struct mail_letter *letter, struct span *bytes_out)
{
    *bytes_out = mail_letter_put(p->a, letter);
    return bytes_out->n ? RC_OK : too_large(p);
}

static enum rc make_letter(struct preparing *p, const struct entry *e, bool shows_paid_by, bool is_main)
{
    struct mail_letter letter;
    struct span bytes;
    enum rc rc = compose(p, e, shows_paid_by, &letter);

    if (rc == RC_OK)
        rc = keep(p, &letter, &bytes);
    if (rc != RC_OK)
        return rc;
    if (is_main)
        take_sample(p, &letter);
    p->out->letters[p->out->letter_count++] = bytes;
    return RC_OK;
}

/* Two of each language that it has; who reads another language gets the main one, or what there is. */
static enum rc make_letters(struct preparing *p)
{
    const struct campaign *c = p->compiled.campaign;
    const struct entry *main = campaign_entry_any(c, ENTRY_NEWS, p->news, campaign_main_lang(c));
    struct core_letters *out = p->out;
    int32_t first[LANG_COUNT];
    enum rc rc = RC_OK;

    out->letters = ARENA_ARRAY(p->a, struct span, 2 * LANG_COUNT);
    for (int lang = 0; lang < LANG_COUNT && rc == RC_OK; lang++) {
        const struct entry *e = campaign_entry(c, ENTRY_NEWS, p->news, (enum lang)lang);

        first[lang] = e ? (int32_t)out->letter_count : -1;
        if (e)
            rc = make_letter(p, e, false, e == main);
        if (e && rc == RC_OK)
            rc = make_letter(p, e, true, false);
    }
    for (int lang = 0; lang < LANG_COUNT && rc == RC_OK; lang++)
        for (int shows = 0; shows < 2; shows++)
            out->letter_of[lang][shows] = (first[lang] >= 0 ? first[lang] : first[main->lang]) + shows;
    return rc;
}

enum rc core_letters_make(struct db *db, struct arena *a, int64_t campaign_id, struct span news, struct span audiences,
                          struct instant now, struct core_letters *letters_out, struct span *why_out)
{
    struct preparing p = {
        .a = a, .own = arena_open(COMPILE_MEMORY), .news = news, .now = now, .out = letters_out, .why = why_out};
    enum rc rc;

    *letters_out = (struct core_letters){0};
    rc = compile(&p, db, campaign_id);
    if (rc == RC_OK)
        rc = check_news(&p);
    if (rc == RC_OK)
        rc = read_audiences(&p, audiences);
    if (rc == RC_OK)
        rc = make_letters(&p);
    if (rc == RC_OK)
        letters_out->domain = arena_dup(a, campaign_mail_domain(p.compiled.campaign->host));
    arena_close(&p.own);
    return rc;
}

/* ---- a preview ---- */

static enum rc make_preview(struct preparing *p, struct mail_letter *letter_out)
{
    const struct entry *e = campaign_entry_named(p->compiled.campaign, ENTRY_NEWS, p->news);
    struct mail_letter letter;
    struct span bytes;
    enum rc rc = e ? check_faults(p, e) : no_such(p);

    if (rc == RC_OK)
        rc = compose(p, e, true, &letter);
    if (rc != RC_OK)
        return rc;
    letter.subject =
        msg_text(p->own, e->lang, MSG_MAIL_PREVIEW_SUBJECT, 0, (struct msg_arg[]){{S("subject"), letter.subject}}, 1);
    rc = keep(p, &letter, &bytes);
    return rc != RC_OK || mail_letter_read(p->a, bytes, letter_out) ? rc : RC_IO;
}

enum rc core_letters_preview(struct db *db, struct arena *a, int64_t campaign_id, struct span name, struct instant now,
                             struct mail_letter *letter_out, struct span *why_out)
{
    struct preparing p = {.a = a, .own = arena_open(COMPILE_MEMORY), .news = name, .now = now, .why = why_out};
    enum rc rc = compile(&p, db, campaign_id);

    if (rc == RC_OK)
        rc = make_preview(&p, letter_out);
    arena_close(&p.own);
    return rc;
}
