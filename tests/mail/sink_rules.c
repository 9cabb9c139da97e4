/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rules of the sink: parsed, and found for a point and an address. The same seed and the same addresses give the same.
 */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

const char *const point_names[POINT_COUNT] = {"connect", "ehlo", "starttls", "auth", "mail", "rcpt",
                                              "data",    "354",  "body",     "dot",  "done"};

static struct rule rules[RULES_MOST];
static size_t rule_count;
static unsigned hash_seed = 1;
static uint64_t dice = 88172645463325252U;

void rules_seed(unsigned seed)
{
    hash_seed = seed;
    dice = seed * 2654435761U + 88172645463325252U;
}

void rules_clear(void)
{
    rule_count = 0;
}

static double next_random(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (double)(dice >> 11) / (double)(UINT64_C(1) << 53);
}

static double hash_share(struct span who)
{
    uint64_t hash = 14695981039346656037U ^ hash_seed;

    for (size_t i = 0; i < who.n; i++)
        hash = (hash ^ (unsigned char)who.p[i]) * 1099511628211U;
    hash ^= hash >> 32;
    return (double)(hash % 1000000) / 1e6;
}

static bool fits(const char *pattern, struct span who)
{
    if (*pattern == 0)
        return who.n == 0;
    if (*pattern == '*') {
        for (size_t i = 0; i <= who.n; i++)
            if (fits(pattern + 1, span_from(who, i)))
                return true;
        return false;
    }
    return who.n && who.p[0] == *pattern && fits(pattern + 1, span_from(who, 1));
}

const struct rule *rule_find(enum point point, struct span who)
{
    for (size_t i = 0; i < rule_count; i++) {
        struct rule *r = &rules[i];

        if (r->point != point || !fits(r->pattern, who) || (r->share < 1 && hash_share(who) >= r->share) ||
            (r->chance < 1 && next_random() >= r->chance))
            continue;
        r->seen++;
        if (r->from && (r->seen < r->from || r->seen > r->to))
            continue;
        return r;
    }
    return NULL;
}

/* ---- parsing ---- */

static bool take_word(const char **at, char *room, size_t size)
{
    size_t n = 0;

    while (**at == ' ')
        (*at)++;
    while (**at && **at != ' ' && n + 1 < size)
        room[n++] = *(*at)++;
    room[n] = 0;
    while (**at == ' ')
        (*at)++;
    return n > 0;
}

static bool take_who(struct rule *r, const char *who)
{
    char *rest;

    (void)snprintf(r->pattern, sizeof r->pattern, "%s", "*");
    r->share = 1;
    r->chance = 1;
    if (who[0] == '#') { /* "#3", "#1-4" */
        r->from = (unsigned)strtoul(who + 1, &rest, 10);
        r->to = *rest == '-' ? (unsigned)strtoul(rest + 1, &rest, 10) : r->from;
        return r->from > 0 && *rest == 0;
    }
    if (who[strlen(who) - 1] == '%') { /* "10%", "?10%" */
        double percent = strtod(who + (who[0] == '?'), &rest) / 100;

        *(who[0] == '?' ? &r->chance : &r->share) = percent < 1 ? percent : 1;
        return strcmp(rest, "%") == 0;
    }
    (void)snprintf(r->pattern, sizeof r->pattern, "%s", who);
    return true;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* \r \n \\ \0 and \xNN */
static void unescape(struct rule *r, const char *text)
{
    for (; *text && r->text_n + 1 < sizeof r->text; text++) {
        char c = *text;

        if (c == '\\' && text[1]) {
            c = *++text;
            if (c == 'x' && text[1] && text[2]) {
                c = (char)(hex(text[1]) * 16 + hex(text[2]));
                text += 2;
            } else {
                c = c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
            }
        }
        r->text[r->text_n++] = c;
    }
    r->text[r->text_n] = 0;
}

static bool take_action(struct rule *r, const char *text)
{
    static const struct {
        const char *name;
        enum action action;
    } actions[] = {{"silence", DO_SILENCE}, {"cut", DO_CUT},   {"endless", DO_ENDLESS}, {"long", DO_LONG},
                   {"raw", DO_RAW},         {"slow", DO_SLOW}, {"hold", DO_HOLD}};
    const char *rest = text;
    char name[32];

    if (text[0] >= '2' && text[0] <= '5') {
        r->action = DO_REPLY;
        unescape(r, text);
        return true;
    }
    if (!take_word(&rest, name, sizeof name))
        return false;
    for (size_t i = 0; i < COUNT(actions); i++) {
        if (strcmp(name, actions[i].name) == 0) {
            r->action = actions[i].action;
            r->number = (unsigned)strtoul(rest, NULL, 10);
            if (r->action == DO_RAW)
                unescape(r, rest);
            return true;
        }
    }
    return false;
}

bool rule_add(const char *line)
{
    struct rule *r = &rules[rule_count];
    char word[RULE_TEXT];

    if (rule_count == RULES_MOST || !take_word(&line, word, sizeof word))
        return false;
    memset(r, 0, sizeof *r);
    for (r->point = 0; r->point < POINT_COUNT && strcmp(word, point_names[r->point]) != 0; r->point++)
        ;
    if (r->point == POINT_COUNT || !take_word(&line, word, sizeof word) || !take_who(r, word) || !take_action(r, line))
        return false;
    rule_count++;
    return true;
}
