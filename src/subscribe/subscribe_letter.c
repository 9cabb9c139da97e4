/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The letter that asks whether it was really them: in the person's language first, then in the campaign's other one, for
 * whoever the address belongs to. It says nothing of the campaign's cause, and its subject nothing of the campaign
 * (LAW-EM-13, LAW-EM-14).
 */
#include "subscribe/subscribe_impl.h"

#include "mail/address.h"
#include "mail/notice.h"
#include "page/dates.h"

#include "templates.h"

enum { LETTER_MOST = 64 * 1024 };

struct letter {
    struct arena *a;
    const struct site *site;
    struct span token;
    struct span until[LANG_COUNT]; /* as a date in words */
    enum lang langs[LANG_COUNT];
    size_t count;
};

static struct span say(const struct letter *l, enum lang lang, enum msg msg)
{
    const struct msg_arg args[] = {
        {S("name"), l->site->campaign->name},
        {S("date"), l->until[lang]},
    };

    return msg_text(l->a, lang, msg, 0, args, COUNT(args));
}

static struct url link_of(const struct letter *l, enum lang lang)
{
    struct span path = site_path(l->site, l->a, lang, S("/subscribe/confirm/"));

    return site_absolute(l->site, l->a, arena_join(l->a, (struct span[]){path, l->token}, 2));
}

static struct span text_of(const struct letter *l)
{
    struct buf *out = buf_new(l->a, LETTER_MOST);

    for (size_t i = 0; i < l->count; i++) {
        enum lang lang = l->langs[i];

        if (i)
            buf_put(out, S("-----\n\n"));
        buf_put(out, say(l, lang, MSG_LETTER_ASKED));
        buf_put(out, S("\n\n"));
        buf_put(out, say(l, lang, MSG_LETTER_YES));
        buf_put(out, S(":\n"));
        buf_put(out, link_of(l, lang).s);
        buf_put(out, S("\n\n"));
        buf_put(out, say(l, lang, MSG_LETTER_HOW));
        buf_put(out, S("\n\n"));
        buf_put(out, say(l, lang, MSG_LETTER_NOT_YOU));
        buf_put(out, S("\n\n"));
    }
    buf_put(out, S("-----\n\n"));
    buf_put(out, l->site->campaign->name);
    buf_put(out, S("\n"));
    buf_put(out, l->site->campaign->address);
    buf_put(out, S("\n"));
    CHECK(!buf_overflowed(out));
    return buf_span(out);
}

static struct span html_of(const struct letter *l)
{
    struct buf *out = buf_new(l->a, LETTER_MOST);
    struct tpl_subscribe_letter_parts parts[LANG_COUNT] = {0};
    struct tpl_subscribe_letter t = {
        .title = msg_plain(l->langs[0], MSG_LETTER_SUBJECT),
        .name = l->site->campaign->name,
        .address = l->site->campaign->address,
        .parts = parts,
        .parts_count = l->count,
    };

    for (size_t i = 0; i < l->count; i++) {
        enum lang lang = l->langs[i];

        parts[i] = (struct tpl_subscribe_letter_parts){
            .code = lang_code(lang),
            .asked = say(l, lang, MSG_LETTER_ASKED),
            .link = link_of(l, lang),
            .yes = say(l, lang, MSG_LETTER_YES),
            .how = say(l, lang, MSG_LETTER_HOW),
            .not_you = say(l, lang, MSG_LETTER_NOT_YOU),
        };
    }
    tpl_subscribe_letter(out, l->langs[0], &t);
    CHECK(!buf_overflowed(out));
    return buf_span(out);
}

enum rc subscribe_letter_post(struct arena *a, const struct site *site, int64_t campaign_id, enum lang lang,
                              struct span address, struct span token, struct instant until)
{
    const struct campaign *c = site->campaign;
    struct letter l = {.a = a, .site = site, .token = token, .langs = {lang}, .count = 1};
    struct mail_notice notice = {.campaign_id = campaign_id, .address = address};
    enum lang other;
    struct span text;
    struct span html;

    if (site_other_lang(site, lang, &other))
        l.langs[l.count++] = other;
    for (size_t i = 0; i < l.count; i++)
        l.until[l.langs[i]] = date_words(a, l.langs[i], zone_date(c->zone, until));
    text = text_of(&l);
    html = html_of(&l);
    notice.letter = (struct mail_letter){
        .kind = MAIL_NOTICE,
        .lang = lang,
        .from_name = c->name,
        .from = arena_join(a, (struct span[]){c->mail_from, S("@"), campaign_mail_domain(c->host)}, 3),
        .subject = msg_plain(lang, MSG_LETTER_SUBJECT),
        .text = {&text, 1},
        .html = {&html, 1},
    };
    if (mail_address(a, c->contact, &notice.letter.reply_to) != RC_OK)
        return RC_INVALID;
    return mail_post(&notice);
}
