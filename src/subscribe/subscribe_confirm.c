/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * /subscribe/confirm/TOKEN: a look shows a button, the button stores. Programs that look at every link in a letter change
 * nothing.
 *
 * A token can be used as often as its bearer likes; the object inside it makes twice once. Who left in between stays away.
 */
#include "subscribe/subscribe_impl.h"

#include "base/bytes.h"
#include "http/log.h"
#include "store/keys.h"

struct confirming {
    struct visit v;
    struct seal_campaign campaign;
    struct subscriber_row row; /* in the request's arena */
    struct db_job job;
    enum rc rc; /* of reading the token: RC_OK, RC_INVALID, RC_DENIED (ended), or the store's */
    bool is_known;
};

/* ---- the token ---- */

/* Borrows. */
static bool take_payload(struct span payload, struct subscriber_row *row_out)
{
    struct bytes_in in = {.rest = payload};
    uint8_t version = bytes_take_u8(&in);
    struct subscriber_row row = {.state = SUBSCRIBER_ACTIVE, .often = SUBSCRIBER_EVERY};
    struct span lang;

    bytes_take_into(&in, row.object.bytes, sizeof row.object.bytes);
    row.day = bytes_take_i32(&in);
    lang = bytes_take_text(&in);
    row.audience = bytes_take_text(&in);
    row.sealed = bytes_take_text(&in);
    if (!bytes_are_taken(&in) || version != SUBSCRIBE_TOKEN_VERSION || !lang_from_code(lang, &row.lang))
        return false;
    *row_out = row;
    return true;
}

static enum rc read_token(struct confirming *c, struct span token)
{
    struct span payload;
    enum rc rc =
        token_open(subscribe_key(), TOKEN_CONFIRM, &c->campaign, c->v.rq->now, token, c->v.rq->arena, &payload);

    return rc == RC_OK && !take_payload(payload, &c->row) ? RC_INVALID : rc;
}

/* Reads the token, and looks whether its record is there. Only a fault of the store's is none of the token's. */
static enum rc look(struct confirming *c)
{
    struct subscriber_row known;
    struct db *db = NULL;
    enum rc rc = db_borrow(c->v.desk.store, &db);

    if (rc != RC_OK)
        return rc;
    rc = keys_campaign(db, c->v.rq->arena, c->v.rq->campaign, &c->campaign);
    c->rc = rc == RC_OK ? read_token(c, http_param(c->v.rq, S("token"))) : RC_INVALID;
    if (c->rc == RC_OK) {
        rc = subscribers_find(db, c->v.rq->arena, c->v.rq->campaign, &c->row.object, &known);
        c->is_known = rc == RC_OK;
    }
    db_give_back(&db);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* ---- pages ---- */

static void say_unreadable(const struct confirming *c)
{
    bool has_ended = c->rc == RC_DENIED;
    const struct visit *v = &c->v;
    const struct say say = {
        .status = has_ended ? 410 : 404,
        .title = has_ended ? MSG_CONFIRM_ENDED_TITLE : MSG_CONFIRM_UNKNOWN_TITLE,
        .words = {visit_words(v, has_ended ? MSG_CONFIRM_ENDED : MSG_CONFIRM_UNKNOWN)},
        .links = {{visit_link(v, S("/subscribe")), visit_words(v, MSG_SUBSCRIBE_AGAIN)}},
    };

    visit_say(v, &say);
}

static void say_ask(const struct confirming *c)
{
    const struct visit *v = &c->v;
    struct span token = http_param(v->rq, S("token"));
    struct say say = {
        .title = MSG_CONFIRM_TITLE,
        .words = {visit_words(v, MSG_CONFIRM_ASK), visit_words(v, MSG_CONFIRM_NOT_YOU)},
        .buttons = {{.action = visit_path(v, S("/subscribe/confirm/"), token), .label = MSG_CONFIRM_YES}},
    };
    enum lang other;

    if (site_other_lang(v->desk.site, v->lang, &other))
        say.other = arena_join(
            v->rq->arena,
            (struct span[]){site_path(v->desk.site, v->rq->arena, other, S("/subscribe/confirm/")), token}, 2);
    visit_say(v, &say);
}

/* On to the page of their own, whose link is in every letter from now on. */
static void go_on(const struct confirming *c)
{
    struct link link = link_make(subscribe_key(), &c->campaign, &c->row.object);
    struct span path =
        visit_path(&c->v, S("/preferences/"), arena_dup(c->v.rq->arena, (struct span){link.text, LINK_LEN}));

    http_see_other(c->v.rq, arena_join(c->v.rq->arena, (struct span[]){path, S("?done=confirmed")}, 2));
}

/* The house's rule for languages: the main one has no prefix. */
static bool open_here(struct req *rq, struct confirming *c)
{
    if (!visit_open(rq, &c->v))
        return false;
    if (c->v.prefix.n == 0 || c->v.lang != campaign_main_lang(c->v.desk.site->campaign))
        return true;
    http_error(rq, 404);
    visit_close(&c->v);
    return false;
}

static void show(struct req *rq)
{
    struct confirming *c = ARENA_NEW(rq->arena, struct confirming);

    if (!open_here(rq, c))
        return;
    if (look(c) != RC_OK)
        http_error(rq, 503);
    else if (c->rc != RC_OK)
        say_unreadable(c);
    else if (c->is_known)
        go_on(c);
    else
        say_ask(c);
    visit_close(&c->v);
}

void subscribe_on_confirm(struct req *rq)
{
    visit_hand(rq, show);
}

/* ---- the button ---- */

static enum rc store_tx(struct db *db, void *arg)
{
    const struct confirming *c = arg;

    return subscribers_add_in(db, c->v.rq->campaign, &c->row);
}

static void answer(struct confirming *c, enum rc rc)
{
    if (rc == RC_OK || rc == RC_CONFLICT) {
        go_on(c);
    } else {
        LOG_OURS(c->v.rq, "subscribe.not_stored", KV_INT("campaign", c->v.rq->campaign), KV_RC(rc));
        http_error(c->v.rq, 503);
    }
    visit_close(&c->v);
}

static void stored(struct db_job *job, enum rc rc)
{
    struct confirming *c = job->arg;
    struct req *rq = c->v.rq;

    answer(c, rc);
    http_unpark(rq);
}

static void store(struct confirming *c)
{
    struct req *rq = c->v.rq;

    c->job = (struct db_job){.name = "subscribe.confirm", .fn = store_tx, .arg = c, .done = stored};
    http_park(rq);
    if (db_post(c->v.desk.store, &c->job) != RC_OK) {
        answer(c, RC_RETRY);
        http_unpark(rq);
    }
}

static bool is_button(struct req *rq)
{
    struct form_errors errors;

    if (form_parse(rq, NULL, 0, NULL, &errors) == RC_OK)
        return true;
    http_error(rq, form_refusal(rq));
    return false;
}

static void confirm(struct req *rq)
{
    struct confirming *c = ARENA_NEW(rq->arena, struct confirming);

    if (!open_here(rq, c))
        return;
    if (!is_button(rq)) {
        visit_close(&c->v);
        return;
    }
    if (look(c) != RC_OK)
        http_error(rq, 503);
    else if (c->rc != RC_OK)
        say_unreadable(c);
    else if (c->is_known)
        go_on(c);
    else {
        store(c);
        return;
    }
    visit_close(&c->v);
}

void subscribe_on_confirmed(struct req *rq)
{
    visit_hand(rq, confirm);
}
