/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside the part: one request and whose campaign it is for, a page that says one thing, and who handles what.
 */
#ifndef SUBSCRIBE_SUBSCRIBE_IMPL_H
#define SUBSCRIBE_SUBSCRIBE_IMPL_H

#include "html/msg.h"
#include "page/desk.h"
#include "page/form.h"
#include "page/frame.h"
#include "seal/link.h"
#include "store/subscribers.h"
#include "subscribe/subscribe_limit.h"
#include "subscribe/subscribe_rules.h"
#include "subscribe/subscribe_web.h"

/* ---- what the process has: set before the first request ---- */

const struct server_key *subscribe_key(void);
struct subscribe_limit *subscribe_limits(void);
uint64_t subscribe_clock_s(void); /* goes forward only */

/* ---- a request ---- */

struct visit {
    struct req *rq;
    struct page_desk desk;
    enum lang lang;
    struct span prefix; /* of the address as it was asked for: "", "/en", "/es" */
};

/* False: answered. The page speaks the language of its address. */
bool visit_open(struct req *rq, struct visit *v);
void visit_close(struct visit *v);
/* Runs `work` here where the store answers at once (SQLite), or on a worker's thread. `work` answers. */
void visit_hand(struct req *rq, void (*work)(struct req *rq));
/* "/leave/" and a link, in the same language as the request's own address. In its arena. */
struct span visit_path(const struct visit *v, struct span path, struct span link);
/* The same page in the campaign's other language, said by its address; empty when there is none. */
struct span visit_other_path(const struct visit *v, struct span path, struct span link);
int32_t visit_today(const struct visit *v); /* days since 1970, in the campaign's zone */
/* A link to one of the campaign's pages ("/news/"), in the page's language. */
struct url visit_link(const struct visit *v, struct span path);

/* ---- a page that says one thing ---- */

enum { SAY_WORDS = 4, SAY_BUTTONS = 2, SAY_LINKS = 4 };
struct say_button {
    struct span action; /* path; empty: no button */
    struct span name;   /* of a hidden field; empty: none */
    struct span value;
    enum msg label;
};
struct say_link {
    struct url link; /* not set: no link */
    struct span words;
};
struct say {
    unsigned status; /* 0 is 200 */
    enum msg title;
    struct span words[SAY_WORDS]; /* a paragraph each; empty ones are left out */
    struct say_button buttons[SAY_BUTTONS];
    struct say_link links[SAY_LINKS];
    struct span path;  /* of a public page in the main language; empty: its address is somebody's own */
    struct span other; /* the same page in the other language; may be empty */
};
void visit_say(const struct visit *v, const struct say *say);
struct span visit_words(const struct visit *v, enum msg msg);
struct span visit_date(const struct visit *v, enum msg msg, int32_t day); /* a message with {date} */

/* ---- a person of the list ---- */

/* What a link leads to, with the language of the record where the address names none. */
struct person {
    struct visit visit;
    struct span link;
    struct seal_object object;
    struct subscriber_row row;
    enum rc rc; /* RC_OK; RC_NOT_FOUND: deleted; RC_INVALID: no link of ours */
};
/* Looks up the link of the request's `:link`. False: answered. Waits for the store. */
bool person_open(struct req *rq, struct person *p);
/* The page for who is not on the list: left, bounced, deleted, or no link of ours. */
void person_say_state(const struct person *p);

/* ---- handlers ---- */

void subscribe_on_form(struct req *rq);
void subscribe_on_send(struct req *rq);
void subscribe_on_often(struct req *rq);
void subscribe_on_sent(struct req *rq);
void subscribe_on_confirm(struct req *rq);
void subscribe_on_confirmed(struct req *rq);
void subscribe_on_leave(struct req *rq);
void subscribe_on_left(struct req *rq);
void subscribe_on_undo(struct req *rq);
void subscribe_on_wishes(struct req *rq);
void subscribe_on_wished(struct req *rq);
void subscribe_on_delete(struct req *rq);
void subscribe_on_deleted(struct req *rq);

/* ---- the form's pieces, which the page of wishes shares ---- */

enum { SUBSCRIBE_TOKEN_VERSION = 1 }; /* of what a token of confirmation carries: doc/formats/sealed.md */
/* How audiences and languages are asked for; in `a`. */
void subscribe_audience_field(struct arena *a, const struct site *site, enum lang lang, struct form_field *field,
                              struct page_field *words);
void subscribe_lang_field(struct arena *a, const struct site *site, enum lang lang, struct form_field *field,
                          struct page_field *words);

/* ---- the letter ---- */

/* Codes of mail_post(), which it calls; RC_INVALID: the campaign's own address or the person's is none. */
MUST_USE enum rc subscribe_letter_post(struct arena *a, const struct site *site, int64_t campaign_id, enum lang lang,
                                       struct span address, struct span token, struct instant until);

#endif
