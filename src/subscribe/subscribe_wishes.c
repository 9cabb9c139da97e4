/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * /preferences/LINK: what a person gets, in which language, how often; and deleting all about them, which asks once more
 * and says what it means. What is changed here stands beside the sealed record; the record itself stays as it was asked
 * for, or goes.
 */
#include "subscribe/subscribe_impl.h"

#include "http/log.h"

#include "templates.h"

enum { FIELD_AUDIENCE, FIELD_OFTEN, FIELD_LANG, FIELDS };

struct wishes {
    int audience;
    int often;
    int lang;
};

static const struct span often_keys[] = {SPAN_INIT("every"), SPAN_INIT("important")};
static const enum subscriber_often often_values[] = {SUBSCRIBER_EVERY, SUBSCRIBER_IMPORTANT};

struct wishing {
    struct person p;
    struct form_field fields[FIELDS];
    struct page_field words[FIELDS];
    size_t field_count; /* without the language in a campaign of one */
    struct wishes wishes;
    struct form_errors errors;
};

/* ---- the form ---- */

static void make_fields(struct wishing *w)
{
    static const struct span none[] = {SPAN_INIT("")};
    const struct form_field table[FIELDS] = {
        [FIELD_AUDIENCE] = FORM_ENUM(struct wishes, audience, none, .required = true),
        [FIELD_OFTEN] = FORM_ENUM(struct wishes, often, often_keys, .required = true),
        [FIELD_LANG] = FORM_ENUM(struct wishes, lang, none, .required = true),
    };
    const struct visit *v = &w->p.visit;
    struct arena *a = v->rq->arena;
    struct span *often = ARENA_ARRAY(a, struct span, COUNT(often_keys));

    often[0] = msg_plain(v->lang, MSG_SUBSCRIBE_EVERY);
    often[1] = msg_plain(v->lang, MSG_SUBSCRIBE_IMPORTANT);
    for (size_t i = 0; i < FIELDS; i++)
        w->fields[i] = table[i];
    w->field_count = v->desk.site->campaign->language_count > 1 ? FIELDS : FIELD_LANG;
    subscribe_audience_field(a, v->desk.site, v->lang, &w->fields[FIELD_AUDIENCE], &w->words[FIELD_AUDIENCE]);
    w->words[FIELD_OFTEN] = (struct page_field){.label = msg_plain(v->lang, MSG_SUBSCRIBE_OFTEN), .choices = often};
    subscribe_lang_field(a, v->desk.site, v->lang, &w->fields[FIELD_LANG], &w->words[FIELD_LANG]);
}

static struct markup ways_out(const struct visit *v, struct span link)
{
    struct span remove = arena_join(v->rq->arena, (struct span[]){link, S("/delete")}, 2);
    struct tpl_subscribe_links t = {
        .leave = url_path(visit_path(v, S("/leave/"), link)),
        .remove = url_path(visit_path(v, S("/preferences/"), remove)),
    };
    struct buf *out = frame_buf(v->rq->arena);

    tpl_subscribe_links(out, v->lang, &t);
    return markup_of(out);
}

/* What the page before did; only what we know, for anybody can write an address. */
static struct span done_words(const struct visit *v)
{
    struct span done = {0};

    if (!http_query(v->rq, S("done"), &done))
        return S("");
    if (span_eq(done, S("confirmed")))
        return visit_words(v, MSG_CONFIRM_DONE);
    if (span_eq(done, S("back")))
        return visit_words(v, MSG_WISHES_BACK);
    return span_eq(done, S("saved")) ? visit_words(v, MSG_WISHES_SAVED) : S("");
}

static void show_form(const struct wishing *w, unsigned status)
{
    const struct visit *v = &w->p.visit;
    const struct page_form form = {
        .path = S("/preferences"),
        .action = visit_path(v, S("/preferences/"), w->p.link),
        .other = visit_other_path(v, S("/preferences/"), w->p.link),
        .title = msg_plain(v->lang, MSG_WISHES_TITLE),
        .intro = msg_plain(v->lang, MSG_WISHES_INTRO),
        .done = status < 400 ? done_words(v) : S(""),
        .send = msg_plain(v->lang, MSG_WISHES_SAVE),
        .fields = w->fields,
        .words = w->words,
        .field_count = w->field_count,
        .errors = &w->errors,
        .below = ways_out(v, w->p.link),
        .is_private = true,
    };
    const struct http_answer answer = {
        .status = status, .type = "text/html; charset=utf-8", .language = lang_code(v->lang).p, /* a literal */
    };

    http_send(v->rq, &answer, page_form_render(v->rq->arena, v->desk.site, v->lang, status, &form));
}

static bool is_on_the_list(const struct person *p)
{
    return p->rc == RC_OK && p->row.state == SUBSCRIBER_ACTIVE;
}

static void show(struct req *rq)
{
    struct wishing *w = ARENA_NEW(rq->arena, struct wishing);

    if (!person_open(rq, &w->p))
        return;
    if (is_on_the_list(&w->p)) {
        make_fields(w);
        w->errors.typed[FIELD_AUDIENCE] = w->p.row.audience;
        w->errors.typed[FIELD_OFTEN] = often_keys[w->p.row.often == SUBSCRIBER_IMPORTANT ? 1 : 0];
        w->errors.typed[FIELD_LANG] = lang_code(w->p.row.lang);
        show_form(w, 200);
    } else {
        person_say_state(&w->p);
    }
    visit_close(&w->p.visit);
}

void subscribe_on_wishes(struct req *rq)
{
    visit_hand(rq, show);
}

/* ---- saving ---- */

static enum rc save(const struct wishing *w)
{
    const struct visit *v = &w->p.visit;
    const struct campaign *c = v->desk.site->campaign;
    enum lang lang = w->field_count == FIELDS ? c->languages[w->wishes.lang] : w->p.row.lang;
    struct db *db = NULL;
    enum rc rc = db_borrow(v->desk.store, &db);

    if (rc != RC_OK)
        return rc;
    rc = subscribers_set_wishes(db, v->rq->campaign, &w->p.object, lang, c->audiences.items[w->wishes.audience].key,
                                often_values[w->wishes.often]);
    db_give_back(&db);
    return rc;
}

/* Without the language of the address that it came from: the page speaks the one that was chosen now. */
static void go_back(const struct wishing *w)
{
    http_see_other(w->p.visit.rq, arena_join(w->p.visit.rq->arena,
                                             (struct span[]){S("/preferences/"), w->p.link, S("?done=saved")}, 3));
}

void subscribe_on_wished(struct req *rq)
{
    struct wishing *w = ARENA_NEW(rq->arena, struct wishing);
    enum rc rc;

    if (!person_open(rq, &w->p))
        return;
    if (!is_on_the_list(&w->p)) {
        person_say_state(&w->p);
        visit_close(&w->p.visit);
        return;
    }
    make_fields(w);
    rc = form_parse(rq, w->fields, w->field_count, &w->wishes, &w->errors);
    if (rc == RC_OK)
        rc = save(w);
    else if (rc == RC_DENIED)
        http_error(rq, form_refusal(rq));
    else
        show_form(w, 422);
    if (!http_answered(rq)) {
        if (rc == RC_OK || rc == RC_NOT_FOUND)
            go_back(w);
        else
            show_form(w, 503);
    }
    visit_close(&w->p.visit);
}

/* ---- deleting ---- */

static void ask(struct req *rq)
{
    struct person *p = ARENA_NEW(rq->arena, struct person);
    const struct visit *v = &p->visit;
    struct span remove;
    struct say say;

    if (!person_open(rq, p))
        return;
    remove = arena_join(rq->arena, (struct span[]){p->link, S("/delete")}, 2);
    say = (struct say){
        .title = MSG_DELETE_TITLE,
        .words = {visit_words(v, MSG_DELETE_WHAT), visit_words(v, MSG_DELETE_MEANS)},
        .buttons = {{.action = visit_path(v, S("/preferences/"), remove), .label = MSG_DELETE_YES}},
        .other = visit_other_path(v, S("/preferences/"), remove),
    };
    if (p->rc == RC_OK && p->row.state == SUBSCRIBER_ACTIVE)
        say.links[0] =
            (struct say_link){url_path(visit_path(v, S("/leave/"), p->link)), visit_words(v, MSG_DELETE_LEAVE)};
    if (p->rc == RC_OK)
        visit_say(v, &say);
    else
        person_say_state(p);
    visit_close(&p->visit);
}

void subscribe_on_delete(struct req *rq)
{
    visit_hand(rq, ask);
}

static enum rc remove_all(const struct person *p)
{
    const struct visit *v = &p->visit;
    struct db *db = NULL;
    enum rc rc = db_borrow(v->desk.store, &db);

    if (rc != RC_OK)
        return rc;
    rc = subscribers_delete(db, v->rq->campaign, &p->object);
    db_give_back(&db);
    return rc;
}

/* To the page that says that there is nothing: in the language of this one, for no record can say it any more. */
static void say_gone(const struct person *p)
{
    const struct visit *v = &p->visit;

    http_see_other(v->rq,
                   arena_join(v->rq->arena, (struct span[]){S("/"), lang_code(v->lang), S("/leave/"), p->link}, 4));
}

void subscribe_on_deleted(struct req *rq)
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
    rc = p->rc == RC_INVALID ? RC_INVALID : remove_all(p);
    if (rc == RC_OK)
        say_gone(p);
    else if (rc == RC_INVALID)
        person_say_state(p);
    else {
        LOG_OURS(rq, "subscribe.not_deleted", KV_INT("campaign", rq->campaign), KV_RC(rc));
        http_error(rq, 503);
    }
    visit_close(&p->visit);
}
