/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * /leave/LINK: a look shows a button, the button leaves at once, and for thirty days another brings back. Mail programs
 * leave for their reader with one request of their own (RFC 8058): from anywhere, without cookie, answered without going
 * elsewhere. The link is the permission, it never ends, and doing it again does it once.
 */
#include "subscribe/subscribe_impl.h"

#include "http/log.h"
#include "store/keys.h"

/* ---- whose link it is ---- */

static enum rc find(struct db *db, struct person *p)
{
    struct arena *a = p->visit.rq->arena;
    struct seal_campaign campaign;
    enum rc rc = keys_campaign(db, a, p->visit.rq->campaign, &campaign);

    if (rc == RC_NOT_FOUND)
        return RC_INVALID; /* a campaign without keys has written to nobody */
    if (rc == RC_OK)
        rc = link_read(subscribe_key(), &campaign, p->link, &p->object);
    return rc == RC_OK ? subscribers_find(db, a, p->visit.rq->campaign, &p->object, &p->row) : rc;
}

bool person_open(struct req *rq, struct person *p)
{
    struct db *db = NULL;
    enum rc rc;

    *p = (struct person){.link = http_param(rq, S("link"))};
    if (!visit_open(rq, &p->visit))
        return false;
    rc = db_borrow(p->visit.desk.store, &db);
    if (rc == RC_OK) {
        rc = find(db, p);
        db_give_back(&db);
    }
    p->rc = rc;
    if (rc == RC_OK && p->visit.prefix.n == 0 && campaign_speaks(p->visit.desk.site->campaign, p->row.lang))
        p->visit.lang = p->row.lang;
    if (rc == RC_OK || rc == RC_NOT_FOUND || rc == RC_INVALID)
        return true;
    http_error(rq, 503);
    visit_close(&p->visit);
    return false;
}

/* ---- who is not on the list ---- */

static struct say_link again(const struct visit *v)
{
    if (!v->desk.site->takes_subscribers)
        return (struct say_link){0};
    return (struct say_link){visit_link(v, S("/subscribe")), visit_words(v, MSG_LEAVE_SUBSCRIBE)};
}

static struct say_link to_delete(const struct person *p)
{
    const struct visit *v = &p->visit;
    struct span path =
        visit_path(v, S("/preferences/"), arena_join(v->rq->arena, (struct span[]){p->link, S("/delete")}, 2));

    return (struct say_link){url_path(path), visit_words(v, MSG_WISHES_DELETE)};
}

static void say_left(const struct person *p)
{
    const struct visit *v = &p->visit;
    struct say say = {
        .title = MSG_LEAVE_LEFT_TITLE,
        .words = {visit_date(v, MSG_LEAVE_LEFT, p->row.state_day)},
        .links = {to_delete(p)},
        .other = visit_other_path(v, S("/leave/"), p->link),
    };

    if (subscribe_can_undo(p->row.state_day, visit_today(v))) {
        say.words[1] = visit_date(v, MSG_LEAVE_UNDO_UNTIL, p->row.state_day + SUBSCRIBE_UNDO_DAYS);
        say.buttons[0] = (struct say_button){
            .action = visit_path(v, S("/leave/"), arena_join(v->rq->arena, (struct span[]){p->link, S("/undo")}, 2)),
            .label = MSG_LEAVE_UNDO,
        };
    } else if (v->desk.site->takes_subscribers) {
        say.words[1] = visit_words(v, MSG_LEAVE_AGAIN);
        say.links[1] = again(v);
    }
    visit_say(v, &say);
}

static void say_bounced(const struct person *p)
{
    const struct visit *v = &p->visit;
    const struct say say = {
        .title = MSG_LEAVE_BOUNCED_TITLE,
        .words = {visit_date(v, MSG_LEAVE_BOUNCED, p->row.state_day)},
        .links = {again(v), to_delete(p)},
        .other = visit_other_path(v, S("/leave/"), p->link),
    };

    visit_say(v, &say);
}

void person_say_state(const struct person *p)
{
    const struct visit *v = &p->visit;
    struct say say = {
        .title = MSG_LEAVE_GONE_TITLE,
        .words = {visit_words(v, MSG_LEAVE_GONE)},
        .links = {again(v)},
        .other = visit_other_path(v, S("/leave/"), p->link),
    };

    if (p->rc == RC_OK && p->row.state == SUBSCRIBER_LEFT) {
        say_left(p);
        return;
    }
    if (p->rc == RC_OK) {
        say_bounced(p);
        return;
    }
    if (p->rc == RC_INVALID) {
        say.status = 404;
        say.title = MSG_LEAVE_UNKNOWN_TITLE;
        say.words[0] = visit_words(v, MSG_LEAVE_UNKNOWN);
    }
    visit_say(v, &say);
}

/* ---- the page ---- */

static void say_ask(const struct person *p)
{
    const struct visit *v = &p->visit;
    const struct say say = {
        .title = MSG_LEAVE_TITLE,
        .words = {visit_words(v, MSG_LEAVE_ASK)},
        .buttons = {{visit_path(v, S("/leave/"), p->link), S("leave"), S("yes"), MSG_LEAVE_BUTTON}},
        .links = {{url_path(visit_path(v, S("/preferences/"), p->link)), visit_words(v, MSG_LEAVE_CHANGE)}},
        .other = visit_other_path(v, S("/leave/"), p->link),
    };

    visit_say(v, &say);
}

static void show(struct req *rq)
{
    struct person *p = ARENA_NEW(rq->arena, struct person);

    if (!person_open(rq, p))
        return;
    if (p->rc == RC_OK && p->row.state == SUBSCRIBER_ACTIVE)
        say_ask(p);
    else
        person_say_state(p);
    visit_close(&p->visit);
}

void subscribe_on_leave(struct req *rq)
{
    visit_hand(rq, show);
}

/* ---- leaving ---- */

struct leaving {
    struct span one_click;
    struct span leave;
};

/* "List-Unsubscribe=One-Click" of a mail program, or our own button. False: answered. */
static bool read_wish(struct req *rq, bool *is_one_click_out)
{
    const struct form_field fields[] = {
        {.kind = FORM_KIND_TEXT, .name = SPAN_INIT("List-Unsubscribe"), .offset = offsetof(struct leaving, one_click)},
        FORM_TEXT(struct leaving, leave, .max = 8),
    };
    struct leaving leaving = {0};
    struct form_errors errors;
    enum rc rc = form_parse(rq, fields, COUNT(fields), &leaving, &errors);

    *is_one_click_out = span_eq_nocase(leaving.one_click, S("One-Click"));
    if (rc == RC_OK && (*is_one_click_out || span_eq(leaving.leave, S("yes"))))
        return true;
    http_error(rq, rc == RC_DENIED ? form_refusal(rq) : 400);
    return false;
}

static enum rc set_state(struct person *p, enum subscriber_state state)
{
    const struct visit *v = &p->visit;
    struct db *db = NULL;
    enum rc rc = db_borrow(v->desk.store, &db);

    if (rc != RC_OK)
        return rc;
    rc = subscribers_set_state(db, v->rq->campaign, &p->object, state, visit_today(v));
    if (rc == RC_OK || rc == RC_DENIED) { /* as it is now: bounced stays bounced */
        enum rc found = subscribers_find(db, v->rq->arena, v->rq->campaign, &p->object, &p->row);

        rc = found == RC_NOT_FOUND || found == RC_OK ? rc : found;
    }
    db_give_back(&db);
    return rc;
}

void subscribe_on_left(struct req *rq)
{
    struct person *p = ARENA_NEW(rq->arena, struct person);
    bool is_one_click;
    enum rc rc;

    if (!read_wish(rq, &is_one_click) || !person_open(rq, p))
        return;
    rc = p->rc == RC_OK ? set_state(p, SUBSCRIBER_LEFT) : p->rc;
    if (rc == RC_OK && !is_one_click)
        http_see_other(rq, visit_path(&p->visit, S("/leave/"), p->link));
    else if (rc == RC_OK || rc == RC_DENIED || rc == RC_NOT_FOUND || rc == RC_INVALID)
        person_say_state(p);
    else {
        LOG_OURS(rq, "subscribe.not_left", KV_INT("campaign", rq->campaign), KV_RC(rc));
        http_error(rq, 503);
    }
    visit_close(&p->visit);
}

void subscribe_on_undo(struct req *rq)
{
    struct person *p = ARENA_NEW(rq->arena, struct person);
    struct form_errors errors;
    enum rc rc;

    if (form_parse(rq, NULL, 0, NULL, &errors) != RC_OK) {
        http_error(rq, form_refusal(rq));
        return;
    }
    if (!person_open(rq, p))
        return;
    rc = p->rc;
    if (rc == RC_OK && p->row.state == SUBSCRIBER_LEFT && subscribe_can_undo(p->row.state_day, visit_today(&p->visit)))
        rc = set_state(p, SUBSCRIBER_ACTIVE);
    if (rc != RC_OK && rc != RC_DENIED && rc != RC_NOT_FOUND && rc != RC_INVALID)
        http_error(rq, 503);
    else if (rc == RC_OK && p->row.state == SUBSCRIBER_ACTIVE)
        http_see_other(rq, visit_path(&p->visit, S("/preferences/"),
                                      arena_join(rq->arena, (struct span[]){p->link, S("?done=back")}, 2)));
    else
        person_say_state(p);
    visit_close(&p->visit);
}
