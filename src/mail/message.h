/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A letter compiled once, and written for one person after another.
 *
 * All that is the same for everybody is encoded once, into segments with holes between them; a person costs the copying
 * of the segments and a signature. What fills a hole is looked at byte by byte first: no address and no token can add a
 * header, end one, or reach the body. A compiled message is const and may be shared between threads.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include "mail/dkim.h"
#include "model/lang.h"

/* As they stand in letters that are kept: never renumbered. */
enum mail_kind {
    MAIL_NEWS,   /* to a list: says so, and how to leave it */
    MAIL_NOTICE, /* to one who just did something: a receipt, a confirmation (RFC 3834 auto-generated) */
};

/* A body comes in pieces: the text, then the person's token, then the next text … The last piece has no token after it. */
struct mail_body {
    const struct span *pieces;
    size_t count; /* 0: there is no such body */
};

enum { MAIL_PIECES_MOST = 8, MAIL_BODY_MOST = 4 * 1024 * 1024, MAIL_TOKEN_MOST = 64 };

struct mail_letter {
    enum mail_kind kind;
    enum lang lang;
    struct span from_name;
    struct span from;     /* address; its domain also ends the Message-ID */
    struct span reply_to; /* address that somebody reads; empty: none */
    struct span subject;
    struct mail_body text; /* UTF-8 */
    struct mail_body html; /* may be none */
    /* NEWS, and the next three */
    struct span list_name;
    struct span list_id;  /* "news.baysideeducators.example" */
    struct span leave;    /* "https://…/leave/": the token follows */
    struct span archive;  /* https address of past letters */
    struct span feedback; /* "KEY:LIST": what complaints are counted by, with `from`'s domain behind it */
};

struct mail_message;

/* RC_INVALID: an address that mail_address_is_plain() does not know, or one of ours that is no https address. RC_LIMIT: larger than
 * we send. The message lives in `a` and borrows nothing. */
MUST_USE enum rc mail_compile(struct arena *a, const struct mail_letter *letter,
                              const struct mail_message **message_out);

size_t mail_html_size(const struct mail_message *message); /* of the HTML, as encoded */

struct mail_person {
    struct span address; /* as mail_address() made it */
    struct span token;   /* letters, digits, "-" and "_": whose link to leave this is */
    struct span id;      /* the same letters: what stands before the @ of the Message-ID, the same at each attempt */
    struct instant when; /* of the first attempt */
};

/* Appends the whole message for one person. `dkim` may be null: then it is not signed. RC_INVALID: an address, token or
 * id that is none; RC_LIMIT: `out` is full; RC_IO: it could not be signed. What is in `out` then is what was there
 * before. The same person gives the same bytes. `scratch` is the caller's to reset; a message takes a few KB of it. */
MUST_USE enum rc mail_write(const struct mail_message *message, const struct mail_person *person, struct dkim *dkim,
                            struct arena *scratch, struct buf *out);

#endif
