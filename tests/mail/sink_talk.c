/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The sink's side of the dialogue. Strict where a real server is: commands end with CR LF, a letter with CR LF . CR LF and
 * nothing else, MAIL does not nest, DATA wants a recipient.
 */
#define _GNU_SOURCE
#include "sink.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum turn { GOES_ON, REFUSED, HALTED };

static struct span recipient(const struct conn *c)
{
    return span_of(c->to);
}

static void incident(const struct conn *c, const char *what, enum point point, struct span who)
{
    char event[64];

    (void)snprintf(event, sizeof event, "%s %s", what, point_names[point]);
    record(c, event, S(""), who, 0, 0);
}

static void cut(struct conn *c, enum point point, struct span who)
{
    incident(c, "cut", point, who);
    c->is_closing = true;
}

/* Says `usual`, or what a rule has instead. REFUSED: the rule said no. HALTED: nothing more is heard here. */
static enum turn act(struct conn *c, const struct rule *r, enum point point, struct span who, const char *usual)
{
    switch (r ? r->action : DO_NOTHING) {
    case DO_NOTHING:
        say(c, usual);
        return GOES_ON;
    case DO_SLOW:
        say(c, usual);
        c->held_until = now_ms() + r->number;
        return GOES_ON;
    case DO_HOLD:
        say(c, usual);
        c->held_until = INT64_MAX;
        incident(c, "held back", point, who);
        return GOES_ON;
    case DO_REPLY:
        say(c, r->text);
        if (strncmp(r->text, "421", 3) == 0)
            c->is_closing = true;
        if (r->text[0] < '4')
            return GOES_ON;
        incident(c, "said", point, who);
        return REFUSED;
    case DO_CUT:
        cut(c, point, who);
        return HALTED;
    case DO_SILENCE:
        c->is_silent = true;
        break;
    case DO_ENDLESS:
        c->is_endless = true;
        break;
    case DO_LONG:
        say_bytes(c, "250 ", 4);
        c->long_left = r->number;
        break;
    case DO_RAW:
        say_bytes(c, r->text, r->text_n);
        break;
    }
    incident(c, r->action == DO_SILENCE ? "silent" : "hostile", point, who);
    return r->action == DO_RAW || r->action == DO_LONG ? GOES_ON : HALTED;
}

static enum turn answer(struct conn *c, enum point point, struct span who, const char *usual)
{
    return act(c, rule_find(point, who), point, who, usual);
}

void greet(struct conn *c)
{
    if (sink.records_all)
        record(c, "connect", S(""), S(""), 0, 0);
    if (sink.most && sink.open > sink.most) {
        say(c, "421 4.7.0 too many connections");
        c->is_closing = true;
    } else if (answer(c, ON_CONNECT, S(""), "220 sink.example ESMTP") == REFUSED) {
        c->is_closing = true;
    }
}

/* ---- commands ---- */

static void hello(struct conn *c, bool is_extended)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "250-sink.example greets you\r\n");

    if (!is_extended) {
        (void)answer(c, ON_EHLO, S("helo"), "250 sink.example");
        return;
    }
    if (sink.has_pipelining)
        n += snprintf(text + n, sizeof text - (size_t)n, "250-PIPELINING\r\n");
    if (sink.tls && strcmp(sink.tls, "start") == 0 && c->tls == NULL)
        n += snprintf(text + n, sizeof text - (size_t)n, "250-STARTTLS\r\n");
    if (sink.auth && sink.mechanisms[0])
        n += snprintf(text + n, sizeof text - (size_t)n, "250-AUTH %s\r\n", sink.mechanisms);
    n += snprintf(text + n, sizeof text - (size_t)n, "250-SIZE %lu\r\n", sink.size);
    (void)snprintf(text + n, sizeof text - (size_t)n, "250 8BITMIME");
    (void)answer(c, ON_EHLO, S("ehlo"), text);
}

static bool decode(struct span coded, char *room, size_t size, size_t *n_out)
{
    unsigned char plain[COMMAND_MOST];
    int n;

    if (coded.n == 0 || coded.n % 4 || coded.n / 4 * 3 >= size || coded.n / 4 * 3 >= sizeof plain)
        return false;
    n = EVP_DecodeBlock(plain, (const unsigned char *)coded.p, (int)coded.n);
    if (n < 0)
        return false;
    *n_out = (size_t)n - span_ends(coded, S("=")) - span_ends(coded, S("=="));
    memcpy(room, plain, *n_out);
    room[*n_out] = 0;
    return true;
}

static void auth_ends(struct conn *c, const char *user, const char *password)
{
    char both[2 * ADDRESS_ROOM];
    bool is_right;

    (void)snprintf(both, sizeof both, "%s:%s", user, password);
    is_right = sink.auth && strcmp(both, sink.auth) == 0;
    c->auth_step = 0;
    record(c, is_right ? "auth" : "auth refused", S(""), span_of(user), is_right ? 235 : 535, 0);
    if (!is_right)
        say(c, "535 5.7.8 no");
    else
        c->is_known = answer(c, ON_AUTH, span_of(user), "235 2.7.0 welcome") == GOES_ON;
}

static void plain(struct conn *c, struct span coded)
{
    char room[COMMAND_MOST];
    size_t n = 0;
    size_t user;

    if (!decode(coded, room, sizeof room, &n) || (user = strlen(room) + 1) >= n) {
        say(c, "501 5.5.2 no");
        return;
    }
    auth_ends(c, room + user, room + user + strlen(room + user) + 1);
}

/* A line that is no command: what was asked for by 334. */
static void auth_goes_on(struct conn *c, struct span line)
{
    char room[ADDRESS_ROOM] = "";
    size_t n;

    if (c->auth_step == 1) {
        plain(c, line);
        c->auth_step = 0;
        return;
    }
    (void)decode(line, room, sizeof room, &n);
    if (c->auth_step == 2) {
        memcpy(c->user, room, sizeof room);
        c->auth_step = 3;
        say(c, "334 UGFzc3dvcmQ6");
        return;
    }
    auth_ends(c, c->user, room);
}

static void auth(struct conn *c, struct span rest)
{
    struct span mechanism;
    struct span initial;

    (void)span_cut(rest, ' ', &mechanism, &initial);
    if (span_eq_nocase(mechanism, S("PLAIN")) && initial.n) {
        plain(c, initial);
    } else if (span_eq_nocase(mechanism, S("PLAIN"))) {
        c->auth_step = 1;
        say(c, "334 ");
    } else {
        c->auth_step = 2;
        say(c, "334 VXNlcm5hbWU6");
    }
}

static void take_address(char *room, struct span rest)
{
    size_t begin = span_find_char(rest, '<');
    size_t end = span_find_char(rest, '>');
    struct span address = begin == SPAN_NONE || end == SPAN_NONE ? rest : span_sub(rest, begin + 1, end - begin - 1);

    (void)snprintf(room, ADDRESS_ROOM, "%.*s", SPAN_ARGS(address));
}

static void mail(struct conn *c, struct span rest)
{
    if (sink.auth && !c->is_known) {
        say(c, "530 5.7.0 who are you");
        return;
    }
    if (c->has_mail) {
        say(c, "503 5.5.1 nested MAIL command");
        return;
    }
    take_address(c->from, rest);
    c->to[0] = 0;
    c->has_rcpt = false;
    c->has_mail = answer(c, ON_MAIL, span_of(c->from), "250 2.1.0 Ok") == GOES_ON;
}

static void rcpt(struct conn *c, struct span rest)
{
    enum turn turn;

    take_address(c->to, rest);
    if (!c->has_mail) {
        say(c, "503 5.5.1 need MAIL command");
        return;
    }
    turn = answer(c, ON_RCPT, recipient(c), "250 2.1.5 Ok");
    c->has_rcpt |= turn == GOES_ON;
    if (sink.records_all)
        record(c, "rcpt", S(""), recipient(c), turn == GOES_ON ? 250 : 550, 0);
}

static void data(struct conn *c)
{
    const struct rule *r;

    if (!c->has_rcpt && !(c->has_mail && sink.data_always)) {
        say(c, c->has_mail ? "554 5.5.1 no valid recipients" : "503 5.5.1 need RCPT command");
        return;
    }
    c->in_body = answer(c, ON_DATA, recipient(c), "354 go on") == GOES_ON;
    c->looked = 0;
    r = c->in_body ? rule_find(ON_354, recipient(c)) : NULL;
    if (r && r->action == DO_CUT)
        cut(c, ON_354, recipient(c));
}

static void starttls(struct conn *c)
{
    if (answer(c, ON_STARTTLS, S(""), "220 2.0.0 go ahead") == GOES_ON)
        begin_tls(c); /* `out` is written first */
}

static void rset(struct conn *c)
{
    c->has_mail = false;
    c->has_rcpt = false;
    say(c, "250 2.0.0 Ok");
}

static bool is_verb(struct span line, struct span verb)
{
    return line.n >= verb.n && strncasecmp(line.p, verb.p, verb.n) == 0;
}

static void command(struct conn *c, struct span line)
{
    if (sink.records_all)
        record(c, "command", S(""), span_sub(line, 0, 500), 0, line.n);
    if (c->auth_step)
        auth_goes_on(c, line);
    else if (is_verb(line, S("EHLO ")) && !sink.has_ehlo)
        say(c, "502 5.5.1 what");
    else if (is_verb(line, S("EHLO ")) || is_verb(line, S("HELO ")))
        hello(c, is_verb(line, S("EHLO ")));
    else if (is_verb(line, S("STARTTLS")) && sink.context && c->tls == NULL)
        starttls(c);
    else if (is_verb(line, S("AUTH ")))
        auth(c, span_from(line, 5));
    else if (is_verb(line, S("MAIL FROM:")))
        mail(c, span_from(line, 10));
    else if (is_verb(line, S("RCPT TO:")))
        rcpt(c, span_from(line, 8));
    else if (is_verb(line, S("DATA")))
        data(c);
    else if (is_verb(line, S("RSET")))
        rset(c);
    else if (is_verb(line, S("QUIT"))) {
        say(c, "221 2.0.0 Bye");
        c->is_closing = true;
    } else
        say(c, "502 5.5.2 what");
}

/* ---- letters ---- */

static struct span message_id(struct span letter)
{
    struct span head = span_sub(letter, 0, 16 * 1024);
    size_t at = 0;
    size_t found;

    while ((found = span_find(span_from(head, at), S("\nMessage-"))) != SPAN_NONE) {
        struct span line = span_from(head, at + found + 1);

        at += found + 1;
        if (is_verb(line, S("Message-ID:")))
            return span_trim(span_sub(line, 11, span_find(line, S("\r\n")) - 11));
    }
    return S("");
}

static void dump(struct span letter)
{
    char path[4096];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%lu", sink.dump, sink.letters);
    out = fopen(path, "w");
    if (out == NULL || fwrite(letter.p, 1, letter.n, out) != letter.n || fclose(out) != 0)
        exit(3);
}

static void letter_ends(struct conn *c, struct span letter)
{
    struct span id = message_id(letter);
    enum turn turn = GOES_ON;
    const struct rule *r;

    sink.letters++;
    if (sink.dump)
        dump(letter);
    c->in_body = false;
    c->has_mail = false;
    if (!c->has_rcpt) { /* --data-always */
        record(c, "nobody", id, recipient(c), 554, letter.n);
        say(c, "554 5.5.1 no valid recipients");
        return;
    }
    c->has_rcpt = false;
    turn = answer(c, ON_DOT, recipient(c), "250 2.0.0 Ok: queued");
    r = turn == GOES_ON ? rule_find(ON_DONE, recipient(c)) : NULL;
    record(c,
           turn == GOES_ON   ? "taken"
           : turn == REFUSED ? "refused"
                             : "held",
           id, recipient(c), turn == GOES_ON ? 250 : 0, letter.n);
    if (r && r->action == DO_CUT)
        cut(c, ON_DONE, recipient(c));
}

/* True: the letter ended, and there may be more behind it. */
static bool body(struct conn *c)
{
    struct span all = {c->in, c->in_n};
    const struct rule *r = c->looked == 0 && all.n ? rule_find(ON_BODY, recipient(c)) : NULL;
    size_t end;
    size_t after;

    if (r) {
        (void)act(c, r, ON_BODY, recipient(c), "");
        c->is_silent |= !c->is_closing; /* and reads no more of it */
        return false;
    }
    if (span_starts(all, S(".\r\n"))) {
        end = 0;
        after = 3;
    } else {
        const char *found = memmem(all.p + c->looked, all.n - c->looked, "\r\n.\r\n", 5);

        c->looked = all.n > 4 ? all.n - 4 : 0;
        if (found == NULL) {
            c->looked += c->looked == 0 && all.n; /* not twice to the rules */
            return false;
        }
        end = (size_t)(found - all.p) + 2;
        after = end + 3;
    }
    letter_ends(c, span_sub(all, 0, end));
    c->in_n -= after;
    memmove(c->in, c->in + after, c->in_n);
    return true;
}

static bool line(struct conn *c)
{
    struct span all = {c->in, c->in_n};
    char copy[COMMAND_MOST];
    size_t end = span_find(span_sub(all, 0, sizeof copy), S("\r\n"));

    if (end == SPAN_NONE) {
        if (all.n >= sizeof copy)
            c->is_closing = true;
        return false;
    }
    memcpy(copy, all.p, end);
    c->in_n -= end + 2;
    memmove(c->in, c->in + end + 2, c->in_n);
    command(c, (struct span){copy, end});
    return true;
}

void process(struct conn *c)
{
    while (!c->is_silent && !c->is_endless && !c->is_closing && !c->is_shaking && !c->long_left && !c->held_until &&
           c->in_n && (c->in_body ? body(c) : line(c)))
        ;
}
