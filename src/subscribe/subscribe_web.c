/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The part's routes, what it shares between threads (set before the first request), and the pages that say one thing.
 *
 * Nothing here and nothing beside it logs or stores an address. What a person types lives in their request's arena, which
 * is zeroed behind the answer.
 */
#include "subscribe/subscribe_impl.h"

#include "page/dates.h"

#include "templates.h"

#include <time.h>

static struct {
    const struct server_key *key;
    struct subscribe_limit *limit;
} shared;

enum rc subscribe_open(const struct subscribe_options *options)
{
    shared.key = options->key;
    return subscribe_limit_open(options->letters_a_person, options->letters_a_campaign, &shared.limit);
}

void subscribe_close(void)
{
    subscribe_limit_close(&shared.limit);
    shared.key = NULL;
}

void subscribe_status_put(struct buf *out)
{
    subscribe_limit_status_put(shared.limit, subscribe_clock_s(), out);
}

const struct server_key *subscribe_key(void)
{
    return shared.key;
}

struct subscribe_limit *subscribe_limits(void)
{
    return shared.limit;
}

uint64_t subscribe_clock_s(void)
{
    struct timespec t;

    CHECK(clock_gettime(CLOCK_BOOTTIME, &t) == 0);
    return (uint64_t)t.tv_sec;
}

/* ---- a request ---- */

static struct span prefix_of(struct span path)
{
    if (span_starts(path, S("/en/")))
        return S("/en");
    return span_starts(path, S("/es/")) ? S("/es") : S("");
}

bool visit_open(struct req *rq, struct visit *v)
{
    const struct campaign *c;

    *v = (struct visit){.rq = rq, .prefix = prefix_of(rq->path)};
    if (!page_desk_open(rq, &v->desk))
        return false;
    c = v->desk.site->campaign;
    v->lang = campaign_main_lang(c);
    if (v->desk.store &&
        (v->prefix.n == 0 || (lang_from_code(span_from(v->prefix, 1), &v->lang) && campaign_speaks(c, v->lang))))
        return true;
    http_error(rq, 404);
    page_desk_close(&v->desk);
    return false;
}

void visit_close(struct visit *v)
{
    page_desk_close(&v->desk);
}

void visit_hand(struct req *rq, void (*work)(struct req *rq))
{
    struct page_desk desk;
    bool must_wait;

    if (!page_desk_open(rq, &desk))
        return;
    must_wait = desk.store && db_is_postgres(desk.store);
    page_desk_close(&desk);
    if (must_wait)
        http_hand_over(rq, work);
    else
        work(rq);
}

struct span visit_path(const struct visit *v, struct span path, struct span link)
{
    return arena_join(v->rq->arena, (struct span[]){v->prefix, path, link}, 3);
}

struct span visit_other_path(const struct visit *v, struct span path, struct span link)
{
    enum lang other;

    if (!site_other_lang(v->desk.site, v->lang, &other))
        return S("");
    return arena_join(v->rq->arena, (struct span[]){S("/"), lang_code(other), path, link}, 4);
}

int32_t visit_today(const struct visit *v)
{
    return (int32_t)date_to_days(zone_date(v->desk.site->campaign->zone, v->rq->now));
}

struct url visit_link(const struct visit *v, struct span path)
{
    return url_path(site_path(v->desk.site, v->rq->arena, v->lang, path));
}

/* ---- a page that says one thing ---- */

struct span visit_words(const struct visit *v, enum msg msg)
{
    const struct msg_arg args[] = {{S("contact"), v->desk.site->campaign->contact}};

    return msg_text(v->rq->arena, v->lang, msg, 0, args, COUNT(args));
}

struct span visit_date(const struct visit *v, enum msg msg, int32_t day)
{
    const struct msg_arg args[] = {{S("date"), date_words(v->rq->arena, v->lang, date_from_days(day))}};

    return msg_text(v->rq->arena, v->lang, msg, 0, args, COUNT(args));
}

static void fill_say(struct arena *a, const struct say *say, enum lang lang, struct tpl_subscribe_say *t)
{
    struct tpl_subscribe_say_words *words = ARENA_ARRAY(a, struct tpl_subscribe_say_words, SAY_WORDS);
    struct tpl_subscribe_say_buttons *buttons = ARENA_ARRAY(a, struct tpl_subscribe_say_buttons, SAY_BUTTONS);
    struct tpl_subscribe_say_links *links = ARENA_ARRAY(a, struct tpl_subscribe_say_links, SAY_LINKS);

    t->words = words;
    t->buttons = buttons;
    t->links = links;
    for (size_t i = 0; i < SAY_WORDS; i++)
        if (say->words[i].n)
            words[t->words_count++].sentence = say->words[i];
    for (size_t i = 0; i < SAY_BUTTONS; i++)
        if (say->buttons[i].action.n)
            buttons[t->buttons_count++] = (struct tpl_subscribe_say_buttons){
                .action = url_path(say->buttons[i].action),
                .name = say->buttons[i].name,
                .value = say->buttons[i].value,
                .label = msg_plain(lang, say->buttons[i].label),
            };
    for (size_t i = 0; i < SAY_LINKS; i++)
        if (say->links[i].link.s.n)
            links[t->links_count++] =
                (struct tpl_subscribe_say_links){.link = say->links[i].link, .words = say->links[i].words};
}

void visit_say(const struct visit *v, const struct say *say)
{
    struct arena *a = v->rq->arena;
    const struct site *site = v->desk.site;
    struct page_row row = {
        .path = site_path(site, a, v->lang, say->path.n ? say->path : S("/")), .lang = v->lang, .other = say->other};
    struct tpl_subscribe_say t = {.title = msg_plain(v->lang, say->title)};
    struct frame frame = {
        .site = site,
        .row = &row,
        .title = t.title,
        .is_hidden = true,
        .is_private = say->path.n == 0,
        .has_tools = true,
    };
    struct http_answer answer = {
        .status = say->status, .type = "text/html; charset=utf-8", .language = lang_code(v->lang).p, /* a literal */
    };
    struct buf *out = frame_buf(a);

    fill_say(a, say, v->lang, &t);
    tpl_subscribe_say(out, v->lang, &t);
    frame.body = markup_of(out);
    http_send(v->rq, &answer, frame_render(a, &frame));
}

/* ---- routes ---- */

enum { FORM_BODY = 16 * 1024, BUTTON_BODY = 4 * 1024 };

/* Which language stands in the address, the campaign says. Leaving and one's wishes can be asked for in each by name; all
 * else follows the house: the main language has no name. Who may leave is who has the link: from wherever they come. */
#define PAGES(prefix)                                                                                                  \
    ROUTE_GET(prefix "/subscribe", HTTP_WHO_EVERYONE, subscribe_on_form, HTTP_IN_PLACE),                               \
        ROUTE_FORM(prefix "/subscribe", HTTP_WHO_EVERYONE, subscribe_on_send, subscribe_on_often, HTTP_RATE_FORM,      \
                   FORM_BODY, HTTP_IN_PLACE),                                                                          \
        ROUTE_GET(prefix "/subscribe/sent", HTTP_WHO_EVERYONE, subscribe_on_sent, HTTP_IN_PLACE),                      \
        ROUTE_GET(prefix "/subscribe/confirm/:token", HTTP_WHO_EVERYONE, subscribe_on_confirm, HTTP_IN_PLACE),         \
        ROUTE_POST(prefix "/subscribe/confirm/:token", HTTP_WHO_EVERYONE, subscribe_on_confirmed,                      \
                   HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_SIGN, BUTTON_BODY, HTTP_IN_PLACE),                                 \
        ROUTE_GET(prefix "/leave/:link", HTTP_WHO_EVERYONE, subscribe_on_leave, HTTP_IN_PLACE),                        \
        ROUTE_POST(prefix "/leave/:link", HTTP_WHO_EVERYONE, subscribe_on_left, HTTP_CSRF_ANY_ORIGIN, HTTP_RATE_LEAVE, \
                   BUTTON_BODY, HTTP_WORKER),                                                                          \
        ROUTE_POST(prefix "/leave/:link/undo", HTTP_WHO_EVERYONE, subscribe_on_undo, HTTP_CSRF_SAME_ORIGIN,            \
                   HTTP_RATE_FORM, BUTTON_BODY, HTTP_WORKER),                                                          \
        ROUTE_GET(prefix "/preferences/:link", HTTP_WHO_EVERYONE, subscribe_on_wishes, HTTP_IN_PLACE),                 \
        ROUTE_POST(prefix "/preferences/:link", HTTP_WHO_EVERYONE, subscribe_on_wished, HTTP_CSRF_SAME_ORIGIN,         \
                   HTTP_RATE_FORM, BUTTON_BODY, HTTP_WORKER),                                                          \
        ROUTE_GET(prefix "/preferences/:link/delete", HTTP_WHO_EVERYONE, subscribe_on_delete, HTTP_IN_PLACE),          \
        ROUTE_POST(prefix "/preferences/:link/delete", HTTP_WHO_EVERYONE, subscribe_on_deleted, HTTP_CSRF_SAME_ORIGIN, \
                   HTTP_RATE_FORM, BUTTON_BODY, HTTP_WORKER)

const struct route subscribe_routes[] = {PAGES(""), PAGES("/en"), PAGES("/es")};
_Static_assert(COUNT(subscribe_routes) == (size_t)SUBSCRIBE_LANGUAGES * SUBSCRIBE_ROUTES_EACH, "as the header says");
