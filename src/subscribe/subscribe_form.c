/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * /subscribe: the form, and what becomes of it. The address is sealed to the campaign's mailing key where it arrives, and
 * goes out once more, to the letter; nothing is stored.
 *
 * Nobody can learn here who is on the list, for nothing here looks at it. Nor is anybody told that their letter was one too
 * many: whoever asks for somebody else's address would learn that others did.
 */
#include "subscribe/subscribe_impl.h"

#include "base/bytes.h"
#include "http/log.h"
#include "mail/address.h"
#include "mail/employer.h"
#include "mail/notice.h"
#include "store/keys.h"

#include "templates.h"

enum {
    FIELD_ADDRESS,
    FIELD_AUDIENCE,
    FIELD_WORKPLACE,
    FIELD_LANG,
    FIELDS,
    WORKPLACE_MOST = 80,
    TOKEN_FITS = 1900, /* letters of a link that mail programs and we take whole */
    TYPED_MOST = 400,  /* an address may be far too long: it is still shown again */
};

struct wish {
    struct span address;
    int audience;
    struct span workplace;
    int lang;
};

/* A request with its form. */
struct asking {
    struct visit v;
    struct form_field fields[FIELDS];
    struct page_field words[FIELDS];
    size_t field_count;
    size_t at[FIELDS]; /* where each stands; FIELDS: not asked for */
    struct wish wish;
    struct form_errors errors;
    struct span own[FIELDS];
    struct span address;             /* as mail_address() made it */
    const struct audience *audience; /* null: none was chosen */
    enum lang lang;
};

/* ---- what is asked ---- */

void subscribe_audience_field(struct arena *a, const struct site *site, enum lang lang, struct form_field *field,
                              struct page_field *words)
{
    const struct campaign *c = site->campaign;
    struct span *keys = ARENA_ARRAY(a, struct span, c->audiences.count + 1);
    struct span *names = ARENA_ARRAY(a, struct span, c->audiences.count + 1);
    struct span *purposes = ARENA_ARRAY(a, struct span, c->audiences.count + 1);

    for (size_t i = 0; i < c->audiences.count; i++) {
        keys[i] = c->audiences.items[i].key;
        names[i] = words_in(c, &c->audiences.items[i].name, lang, NULL);
        purposes[i] = words_in(c, &c->audiences.items[i].purpose, lang, NULL);
    }
    field->choices = keys;
    field->choice_count = c->audiences.count;
    *words = (struct page_field){
        .label = msg_plain(lang, MSG_SUBSCRIBE_AUDIENCE), .choices = names, .choice_hints = purposes};
}

void subscribe_lang_field(struct arena *a, const struct site *site, enum lang lang, struct form_field *field,
                          struct page_field *words)
{
    const struct campaign *c = site->campaign;
    struct span *codes = ARENA_ARRAY(a, struct span, LANG_COUNT);
    struct span *names = ARENA_ARRAY(a, struct span, LANG_COUNT);

    for (size_t i = 0; i < c->language_count; i++) {
        codes[i] = lang_code(c->languages[i]);
        names[i] = msg_plain(lang, c->languages[i] == LANG_ES ? MSG_LANG_ES : MSG_LANG_EN);
    }
    field->choices = codes;
    field->choice_count = c->language_count;
    *words = (struct page_field){.label = msg_plain(lang, MSG_SUBSCRIBE_LANG), .choices = names};
}

static bool asks_workplace(const struct campaign *c)
{
    for (size_t i = 0; i < c->audiences.count; i++)
        if (c->audiences.items[i].asks_workplace)
            return true;
    return false;
}

/* One more, and where its words go. */
static size_t add_field(struct asking *q, size_t which, const struct form_field *field)
{
    q->at[which] = q->field_count;
    q->fields[q->field_count] = *field;
    return q->field_count++;
}

static void make_fields(struct asking *q)
{
    static const struct span none[] = {SPAN_INIT("")};
    const struct form_field table[FIELDS] = {
        [FIELD_ADDRESS] = FORM_TEXT(struct wish, address, .required = true, .max = TYPED_MOST),
        [FIELD_AUDIENCE] = FORM_ENUM(struct wish, audience, none, .required = true),
        [FIELD_WORKPLACE] = FORM_TEXT(struct wish, workplace, .max = WORKPLACE_MOST),
        [FIELD_LANG] = FORM_ENUM(struct wish, lang, none, .required = true),
    };
    const struct site *site = q->v.desk.site;
    struct arena *a = q->v.rq->arena;
    enum lang lang = q->v.lang;
    size_t at;

    for (size_t i = 0; i < FIELDS; i++)
        q->at[i] = FIELDS;
    at = add_field(q, FIELD_ADDRESS, &table[FIELD_ADDRESS]);
    q->words[at] = (struct page_field){
        .label = msg_plain(lang, MSG_SUBSCRIBE_ADDRESS),
        .hint = msg_plain(lang, MSG_SUBSCRIBE_ADDRESS_HINT),
        .autocomplete = S("email"),
        .inputmode = S("email"),
    };
    at = add_field(q, FIELD_AUDIENCE, &table[FIELD_AUDIENCE]);
    subscribe_audience_field(a, site, lang, &q->fields[at], &q->words[at]);
    if (asks_workplace(site->campaign)) {
        at = add_field(q, FIELD_WORKPLACE, &table[FIELD_WORKPLACE]);
        q->words[at] = (struct page_field){
            .label = msg_plain(lang, MSG_SUBSCRIBE_WORKPLACE),
            .hint = msg_plain(lang, MSG_SUBSCRIBE_WORKPLACE_HINT),
            .autocomplete = S("off"),
        };
    }
    if (site->campaign->language_count > 1) {
        at = add_field(q, FIELD_LANG, &table[FIELD_LANG]);
        subscribe_lang_field(a, site, lang, &q->fields[at], &q->words[at]);
    }
}

/* ---- pages ---- */

static struct markup privacy_words(const struct visit *v)
{
    struct tpl_subscribe_privacy t = {
        .privacy = visit_link(v, S("/privacy")),
        .keeps_keys = v->desk.site->keeps_keys,
    };
    struct buf *out = frame_buf(v->rq->arena);

    tpl_subscribe_privacy(out, v->lang, &t);
    return markup_of(out);
}

static void show_form(struct asking *q, unsigned status)
{
    const struct page_form form = {
        .path = S("/subscribe"),
        .title = msg_plain(q->v.lang, MSG_SUBSCRIBE_TITLE),
        .intro = msg_plain(q->v.lang, MSG_SUBSCRIBE_INTRO),
        .send = msg_plain(q->v.lang, MSG_SUBSCRIBE_SEND),
        .fields = q->fields,
        .words = q->words,
        .field_count = q->field_count,
        .errors = &q->errors,
        .own_faults = q->own,
        .below = privacy_words(&q->v),
    };

    page_form_send(q->v.rq, q->v.desk.site, status, &form);
}

static void say_closed(const struct visit *v, unsigned status)
{
    const struct campaign *c = v->desk.site->campaign;
    struct say say = {
        .status = status,
        .title = MSG_SUBSCRIBE_CLOSED_TITLE,
        .words = {visit_words(v, MSG_SUBSCRIBE_CLOSED)},
        .links = {{visit_link(v, S("/news/")), visit_words(v, MSG_HOME_ALL_NEWS)}},
        .path = S("/subscribe"),
    };
    enum lang other;

    if (url_external(arena_join(v->rq->arena, (struct span[]){S("mailto:"), c->contact}, 2), &say.links[1].link))
        say.links[1].words = visit_words(v, MSG_SUBSCRIBE_WRITE);
    if (site_other_lang(v->desk.site, v->lang, &other))
        say.other = site_path(v->desk.site, v->rq->arena, other, S("/subscribe"));
    visit_say(v, &say);
}

/* The page at `path`, in a language of its address; false: answered, there is none. */
static bool open_at(struct req *rq, struct span path, struct visit *v)
{
    enum lang lang;

    if (!visit_open(rq, v))
        return false;
    if (page_desk_language(&v->desk, rq, path, &lang))
        return true;
    http_error(rq, 404);
    visit_close(v);
    return false;
}

void subscribe_on_form(struct req *rq)
{
    struct asking *q = ARENA_NEW(rq->arena, struct asking);

    if (!open_at(rq, S("/subscribe"), &q->v))
        return;
    make_fields(q);
    if (q->at[FIELD_LANG] < FIELDS)
        q->errors.typed[q->at[FIELD_LANG]] = lang_code(q->v.lang);
    if (q->v.desk.site->takes_subscribers)
        show_form(q, 200);
    else
        say_closed(&q->v, 200);
    visit_close(&q->v);
}

void subscribe_on_sent(struct req *rq)
{
    struct visit v;
    struct say say;
    enum lang other;

    if (!open_at(rq, S("/subscribe/sent"), &v))
        return;
    say = (struct say){
        .title = MSG_SUBSCRIBE_SENT_TITLE,
        .words = {visit_words(&v, MSG_SUBSCRIBE_SENT), visit_words(&v, MSG_SUBSCRIBE_SENT_NONE)},
        .links = {{visit_link(&v, S("/subscribe")), visit_words(&v, MSG_SUBSCRIBE_AGAIN)},
                  {visit_link(&v, S("/news/")), visit_words(&v, MSG_HOME_ALL_NEWS)}},
        .path = S("/subscribe/sent"),
    };
    if (site_other_lang(v.desk.site, v.lang, &other))
        say.other = site_path(v.desk.site, rq->arena, other, S("/subscribe/sent"));
    visit_say(&v, &say);
    visit_close(&v);
}

/* ---- what was typed ---- */

static void refuse(struct asking *q, size_t which, struct span sentence)
{
    size_t at = q->at[which];

    q->errors.count += q->errors.faults[at] == FORM_FINE;
    q->errors.faults[at] = FORM_OWN;
    q->own[at] = sentence;
}

static void refuse_domain(struct asking *q, enum msg msg)
{
    struct arena *a = q->v.rq->arena;
    const struct msg_arg args[] = {
        {S("domain"), mail_domain_shown(a, mail_address_domain(q->address))},
        {S("contact"), q->v.desk.site->campaign->contact},
    };

    refuse(q, FIELD_ADDRESS, msg_text(a, q->v.lang, msg, 0, args, COUNT(args)));
}

/* Before any letter goes there, and before it is counted. */
static void check_address(struct asking *q)
{
    const struct campaign *c = q->v.desk.site->campaign;
    struct arena *a = q->v.rq->arena;
    enum rc rc;

    if (q->errors.faults[q->at[FIELD_ADDRESS]] == FORM_MISSING)
        return;
    rc = q->errors.faults[q->at[FIELD_ADDRESS]] ? RC_INVALID : mail_address(a, q->wish.address, &q->address);
    if (rc != RC_OK) {
        refuse(q, FIELD_ADDRESS,
               visit_words(&q->v, rc == RC_DENIED ? MSG_SUBSCRIBE_FOREIGN_LETTERS : MSG_SUBSCRIBE_NO_ADDRESS));
        return;
    }
    if (q->audience && q->audience->takes_work_mail)
        return;
    switch (mail_owner_of(a, c->mail_domains, q->address)) {
    case MAIL_OWNER_ANYBODY:
        return;
    case MAIL_OWNER_EMPLOYER:
        refuse_domain(q, MSG_SUBSCRIBE_WORK_ADDRESS);
        return;
    case MAIL_OWNER_LOOKALIKE:
        refuse_domain(q, MSG_SUBSCRIBE_LOOKALIKE);
        return;
    }
}

/* False: answered, it is no form of ours. */
static bool read_form(struct asking *q)
{
    const struct campaign *c = q->v.desk.site->campaign;

    make_fields(q);
    if (form_parse(q->v.rq, q->fields, q->field_count, &q->wish, &q->errors) == RC_DENIED) {
        http_error(q->v.rq, form_refusal(q->v.rq));
        return false;
    }
    if (q->errors.faults[q->at[FIELD_AUDIENCE]] == FORM_FINE)
        q->audience = &c->audiences.items[q->wish.audience];
    q->lang = q->at[FIELD_LANG] < FIELDS ? c->languages[q->wish.lang] : q->v.lang;
    if (q->audience == NULL || !q->audience->asks_workplace)
        q->wish.workplace = S(""); /* nothing but what is needed */
    check_address(q);
    return true;
}

/* ---- sealing ---- */

/* The record, sealed for the campaign's mailing key, and what stands beside it in the store, as a token. */
static enum rc make_token(struct asking *q, const struct keys *keys, const struct keys_row *key, struct instant until,
                          struct span *token_out)
{
    struct arena *a = q->v.rq->arena;
    const struct subscriber person = {
        .address = q->address,
        .audience = q->audience->key,
        .workplace = q->wish.workplace,
        .lang = q->lang,
        .asked_at = q->v.rq->now,
        .source = arena_printf(a, "form 1 %.*s", SPAN_ARGS(lang_code(q->v.lang))),
    };
    const struct seal_head head = {SEAL_SUBSCRIBER, keys->campaign, seal_object_make(), visit_today(&q->v)};
    struct buf *record = buf_new(a, SUBSCRIBER_RECORD_MOST);
    struct buf *payload = buf_new(a, TOKEN_PAYLOAD_MOST);
    struct mailing_public mailing;
    struct seal_reader reader;
    struct span sealed;
    enum rc rc;

    if (!mailing_public_read((struct span){(const char *)key->public_half, KEY_LEN}, &mailing) ||
        !subscriber_put(record, &person))
        return RC_INVALID;
    reader = mailing_reader(&mailing);
    rc = seal_put(a, &head, &reader, 1, buf_span(record), &sealed);
    if (rc != RC_OK)
        return rc;
    bytes_put_u8(payload, SUBSCRIBE_TOKEN_VERSION);
    buf_put(payload, (struct span){(const char *)head.object.bytes, sizeof head.object.bytes});
    bytes_put_i32(payload, head.day);
    bytes_put_text(payload, lang_code(q->lang));
    bytes_put_text(payload, q->audience->key);
    bytes_put_text(payload, sealed);
    if (buf_overflowed(payload))
        return RC_LIMIT;
    rc = token_put(a, subscribe_key(), TOKEN_CONFIRM, &keys->campaign, until, buf_span(payload), token_out);
    return rc == RC_OK && token_out->n > TOKEN_FITS ? RC_LIMIT : rc;
}

/* ---- the letter ---- */

static enum rc post_letter(struct asking *q, struct span token, struct instant until)
{
    const struct site *site = q->v.desk.site;
    struct req *rq = q->v.rq;
    const struct subscribe_asked asked = {
        .campaign_id = rq->campaign,
        .host = site->campaign->host,
        .mailbox = subscribe_mailbox(rq->arena, q->address),
        .now_s = subscribe_clock_s(),
        .now = rq->now,
    };
    bool is_alarm;
    enum rc rc;

    switch (subscribe_limit_take(subscribe_limits(), &asked, &is_alarm)) {
    case SUBSCRIBE_MAY_NOT_PERSON:
        LOG_PEER(rq, "subscribe.too_often", KV_INT("campaign", rq->campaign));
        return RC_OK; /* the same page as for everybody */
    case SUBSCRIBE_MAY_NOT_CAMPAIGN:
        if (is_alarm)
            LOG_OURS(rq, "subscribe.limit_reached", KV_INT("campaign", rq->campaign));
        return RC_OK;
    case SUBSCRIBE_MAY:
        break;
    }
    rc = subscribe_letter_post(rq->arena, site, rq->campaign, q->lang, q->address, token, until);
    if (rc != RC_OK) {
        subscribe_limit_give_back(subscribe_limits(), &asked);
        LOG_OURS(rq, "subscribe.not_posted", KV_INT("campaign", rq->campaign), KV_RC(rc));
    }
    return rc;
}

/* The keys of the campaign. RC_NOT_FOUND: there is none to seal to. */
static enum rc read_keys(const struct visit *v, struct keys *keys_out, const struct keys_row **key_out)
{
    struct db *db = NULL;
    enum rc rc = db_borrow(v->desk.store, &db);

    if (rc != RC_OK)
        return rc;
    rc = keys_list(db, v->rq->arena, v->rq->campaign, keys_out);
    db_give_back(&db);
    if (rc != RC_OK)
        return rc;
    *key_out = keys_in_use(keys_out, KEY_MAILING);
    return *key_out ? RC_OK : RC_NOT_FOUND;
}

static void finish(struct asking *q, const struct keys *keys, const struct keys_row *key)
{
    struct instant until = {q->v.rq->now.us + (int64_t)SUBSCRIBE_CONFIRM_DAYS * 24 * 3600 * 1000000};
    struct span token;
    enum rc rc = make_token(q, keys, key, until, &token);

    if (rc == RC_LIMIT && q->wish.workplace.n) {
        refuse(q, FIELD_WORKPLACE, visit_words(&q->v, MSG_SUBSCRIBE_LONG));
        show_form(q, 422);
        return;
    }
    if (rc == RC_OK)
        rc = post_letter(q, token, until);
    else
        LOG_OURS(q->v.rq, "subscribe.not_sealed", KV_INT("campaign", q->v.rq->campaign), KV_RC(rc));
    if (rc == RC_OK)
        http_see_other(q->v.rq, visit_path(&q->v, S("/subscribe/sent"), S("")));
    else
        show_form(q, 503);
}

static void work(struct req *rq)
{
    struct asking *q = ARENA_NEW(rq->arena, struct asking);
    const struct keys_row *key = NULL;
    struct keys keys = {0};
    enum rc rc;

    if (!open_at(rq, S("/subscribe"), &q->v))
        return;
    if (read_form(q)) {
        rc = mail_has_postbox() ? read_keys(&q->v, &keys, &key) : RC_NOT_FOUND;
        if (rc == RC_NOT_FOUND)
            say_closed(&q->v, 503);
        else if (q->errors.count)
            show_form(q, 422);
        else if (rc == RC_OK)
            finish(q, &keys, key);
        else
            show_form(q, 503);
    }
    visit_close(&q->v);
}

void subscribe_on_send(struct req *rq)
{
    visit_hand(rq, work);
}

/* Too many from one connection: nothing was done, and what was typed is shown again. */
void subscribe_on_often(struct req *rq)
{
    struct asking *q = ARENA_NEW(rq->arena, struct asking);

    if (!open_at(rq, S("/subscribe"), &q->v))
        return;
    make_fields(q);
    if (form_parse(rq, q->fields, q->field_count, &q->wish, &q->errors) == RC_DENIED)
        http_error(rq, 429);
    else
        show_form(q, 429);
    visit_close(&q->v);
}
