/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the files of the sink share: sink.c (options, loop, bytes), sink_talk.c (commands and letters), sink_rules.c (what
 * goes wrong, when, for whom).
 */
#ifndef TESTS_MAIL_SINK_H
#define TESTS_MAIL_SINK_H

#include "base/buf.h"

#include <openssl/ssl.h>
#include <stdio.h>

/* ---- rules ---- */

enum point {
    ON_CONNECT,
    ON_EHLO,
    ON_STARTTLS,
    ON_AUTH,
    ON_MAIL,
    ON_RCPT,
    ON_DATA,
    ON_354,
    ON_BODY,
    ON_DOT,
    ON_DONE,
    POINT_COUNT
};
enum action { DO_NOTHING, DO_REPLY, DO_SILENCE, DO_CUT, DO_ENDLESS, DO_LONG, DO_RAW, DO_SLOW, DO_HOLD };

enum { RULES_MOST = 64, RULE_TEXT = 512 };

struct rule {
    enum point point;
    /* who: all of these have to hold */
    char pattern[RULE_TEXT]; /* of the address, with "*" */
    double share;            /* of addresses, by their hash; 1: all */
    double chance;           /* of each time; 1: always */
    unsigned from;           /* times that it would come to this rule, from 1; 0: any */
    unsigned to;
    unsigned seen;
    enum action action;
    unsigned number;
    char text[RULE_TEXT];
    size_t text_n;
};

/* "POINT WHO ACTION", see sink.c. False: it is none. */
bool rule_add(const char *line);
void rules_clear(void);
void rules_seed(unsigned seed);
/* The first rule for it, or null. */
const struct rule *rule_find(enum point point, struct span who);
extern const char *const point_names[POINT_COUNT];

/* ---- connections ---- */

enum { COMMAND_MOST = 16 * 1024, IN_FIRST = 256 * 1024, IN_MOST = 64 * 1024 * 1024, ADDRESS_ROOM = 512 };

struct conn {
    int fd;
    unsigned number;
    SSL *tls;
    bool is_shaking;
    bool wants_write;
    char *in;
    size_t in_n;
    size_t in_room;
    size_t looked; /* of a body: no end begins before */
    char out[8192];
    size_t out_n;
    int64_t held_until; /* nothing is written or read before; 0: no matter; INT64_MAX: until `release` */
    bool is_silent;     /* for ever */
    bool is_endless;
    bool is_closing; /* once `out` is written */
    bool is_changed; /* has something to be seen to before the next wait */
    unsigned long_left;
    /* the session */
    bool is_extended;
    bool is_known; /* AUTH */
    int auth_step;
    char user[ADDRESS_ROOM];
    bool has_mail;
    bool has_rcpt;
    bool in_body;
    char from[ADDRESS_ROOM];
    char to[ADDRESS_ROOM];
    struct conn *next;
};

struct sink {
    int record;
    bool records_all;
    const char *dump; /* folder */
    const char *auth; /* USER:PASSWORD */
    const char *mechanisms;
    const char *tls; /* "start", "now" or null */
    bool has_pipelining;
    bool has_ehlo;
    bool data_always;
    unsigned long size;
    unsigned most; /* connections at a time; 0: any number */
    unsigned open; /* that there are */
    SSL_CTX *context;
    unsigned long letters;
    /* what is to be recorded before anything is answered */
    char lines[1 << 20];
    size_t lines_n;
};
extern struct sink sink;

/* sink.c */
void say(struct conn *c, const char *text); /* with its line end added */
void say_bytes(struct conn *c, const char *bytes, size_t n);
void record(const struct conn *c, const char *event, struct span id, struct span who, int code, size_t bytes);
int64_t now_ms(void);
void begin_tls(struct conn *c);

/* sink_talk.c */
void greet(struct conn *c);
/* All that can be made of what was read. */
void process(struct conn *c);

#endif
