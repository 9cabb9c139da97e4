/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * smtp_try [OPTION]…: the SMTP client alone, handing made-up letters to a host; says all that it hears, a line each:
 *
 *   dot ID · done ID OUTCOME CLASS CODE · state STATE CODE · end, once all are done and nothing is asked any more
 *
 *   --host H  --port N  --tls none|start|now  --user U  --password P  --ca FILE  --hello NAME  --name-servers LIST
 *   --connections N  --letters N (a connection)  --reply SECONDS
 *   --count N  --size BYTES (of a letter)  --eml FILE (instead)  --again (what comes back as unsent is added again)
 *   --fake-clock  --commands: standard input, each answered "ok" after the turn it leads to:
 *     forward MS · add N · withdraw · try · block · unblock (what before_dot says) · wait (says "wait MS") · close
 *
 * Letters are numbered from 1; number N goes to pN@example.test (--named N=NAME: to NAME@example.test), its Message-ID is
 * <N@try.example>. Breaks off if a letter
 * is given back that is not under way.
 */
#define _GNU_SOURCE
#include "mail/smtp.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LETTERS_MOST = 1000000, FAKE_WAIT_MS = 20 };

struct letter {
    char *message;
    bool is_under_way;
    bool is_due; /* to be added */
    bool has_dot;
    const char *name;
};

static struct letter *letters;
static size_t count;     /* that there are */
static size_t first_due; /* none before it is due */
static size_t under_way;
static size_t size = 1000;
static struct span eml;
static bool again;
static bool is_blocked;
static bool is_fake;
static int64_t fake_now = 1000000;

static int64_t clock_ms(void)
{
    struct timespec t;

    if (is_fake)
        return fake_now;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool before_dot(void *ctx, uint64_t id)
{
    (void)ctx;
    CHECK(id >= 1 && id <= count && letters[id - 1].is_under_way && !letters[id - 1].has_dot);
    letters[id - 1].has_dot = true;
    printf("dot %llu\n", (unsigned long long)id);
    return !is_blocked;
}

static void done(void *ctx, const struct smtp_done *d)
{
    static const char *const outcomes[] = {"?", "sent", "deferred", "failed", "in-doubt", "unsent"};
    struct letter *letter;

    (void)ctx;
    CHECK(d->id >= 1 && d->id <= count && letters[d->id - 1].is_under_way);
    letter = &letters[d->id - 1];
    CHECK(letter->has_dot || (d->outcome != MAIL_SENT && d->outcome != MAIL_IN_DOUBT));
    letter->is_under_way = false;
    letter->has_dot = false;
    under_way--;
    if (eml.n == 0)
        free(letter->message); /* nobody may read it any more */
    letter->message = NULL;
    if (again && d->outcome == MAIL_UNSENT) {
        letter->is_due = true;
        first_due = first_due < d->id - 1 ? first_due : d->id - 1;
    }
    printf("done %llu %s %d %d\n", (unsigned long long)d->id, outcomes[d->outcome], d->why, d->code);
}

static void state(void *ctx, enum smtp_state s, int code)
{
    static const char *const states[] = {"idle", "working", "away", "refused"};

    (void)ctx;
    printf("state %s %d\n", states[s], code);
}

static struct span make_message(struct letter *letter, size_t id)
{
    size_t room = size + 300;
    size_t n;

    letter->message = malloc(room);
    CHECK(letter->message != NULL);
    n = (size_t)snprintf(letter->message, room,
                         "From: <news@try.example>\r\nTo: <p%zu@example.test>\r\nSubject: A letter\r\n"
                         "Message-ID: <%zu@try.example>\r\n\r\n",
                         id, id);
    while (n < size) {
        size_t line = size - n < 78 ? size - n : 78;

        memset(letter->message + n, 'a' + (char)(id % 26), line);
        memcpy(letter->message + n + (line < 2 ? 0 : line - 2), "\r\n", 2);
        n += line < 2 ? 2 : line;
    }
    return (struct span){letter->message, n};
}

static size_t add_some(struct smtp *smtp)
{
    size_t added = 0;

    for (; first_due < count && smtp_room(smtp) > 0; first_due++) {
        struct letter *letter = &letters[first_due];
        char to[64];
        struct smtp_job job = {.id = first_due + 1, .from = S("b+token@try.example")};

        if (!letter->is_due)
            continue;
        letter->is_due = false;
        letter->is_under_way = true;
        under_way++;
        added++;
        job.to = (struct span){to, letter->name ? (size_t)snprintf(to, sizeof to, "%s@example.test", letter->name)
                                                : (size_t)snprintf(to, sizeof to, "p%zu@example.test", first_due + 1)};
        job.message = eml.n ? eml : make_message(letter, first_due + 1);
        smtp_add(smtp, &job);
        memset(to, 'X', sizeof to); /* it has its own copy */
    }
    return added;
}

static void want(size_t more)
{
    CHECK(count + more <= LETTERS_MOST);
    for (; more; more--)
        letters[count++].is_due = true;
}

/* False at `close`, and at the end of standard input. */
static bool obey(struct smtp *smtp)
{
    static char room[4096];
    static size_t n;
    ssize_t got = read(STDIN_FILENO, room + n, sizeof room - n - 1);
    char *end;

    if (got <= 0)
        return false;
    n += (size_t)got;
    room[n] = 0;
    while ((end = strchr(room, '\n')) != NULL) {
        *end = 0;
        if (strncmp(room, "forward ", 8) == 0)
            fake_now += strtoll(room + 8, NULL, 10);
        else if (strncmp(room, "add ", 4) == 0)
            want(strtoul(room + 4, NULL, 10));
        else if (strcmp(room, "withdraw") == 0)
            smtp_withdraw(smtp);
        else if (strcmp(room, "try") == 0)
            smtp_try_now(smtp);
        else if (strcmp(room, "block") == 0 || strcmp(room, "unblock") == 0)
            is_blocked = room[0] == 'b';
        else if (strcmp(room, "close") == 0)
            return false;
        else if (strcmp(room, "wait") == 0)
            printf("wait %d\n", smtp_wait_ms(smtp));
        n -= (size_t)(end + 1 - room);
        memmove(room, end + 1, n + 1);
        (void)add_some(smtp);
        smtp_turn(smtp);
        puts("ok");
    }
    return true;
}

static void run(struct smtp *smtp, bool has_commands)
{
    bool was_said = false;
    bool goes_on = true;

    (void)add_some(smtp);
    while (goes_on) {
        struct pollfd fds[2] = {{.fd = smtp_fd(smtp), .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
        int wait = smtp_wait_ms(smtp);

        if (is_fake && wait != 0)
            wait = FAKE_WAIT_MS; /* the clock is moved by commands alone */
        (void)poll(fds, has_commands ? 2 : 1, wait);
        smtp_turn(smtp);
        was_said &= add_some(smtp) == 0 && under_way == 0;
        if (under_way == 0 && first_due >= count && !was_said) {
            was_said = true;
            puts("end");
            goes_on = has_commands;
        }
        if (has_commands && fds[1].revents)
            goes_on = obey(smtp);
    }
}

static struct span read_file(struct arena *a, const char *path)
{
    FILE *in = fopen(path, "r");
    char *room = ARENA_ARRAY(a, char, 16 * 1024 * 1024);
    struct span s = {room, in ? fread(room, 1, 16 * 1024 * 1024, in) : 0};

    if (in == NULL || fclose(in) != 0)
        exit(2);
    return s;
}

static const struct option names[] = {{"host", 1, NULL, 'h'},
                                      {"port", 1, NULL, 'p'},
                                      {"tls", 1, NULL, 't'},
                                      {"user", 1, NULL, 'u'},
                                      {"password", 1, NULL, 'w'},
                                      {"ca", 1, NULL, 'c'},
                                      {"hello", 1, NULL, 'e'},
                                      {"name-servers", 1, NULL, 'n'},
                                      {"connections", 1, NULL, 'C'},
                                      {"letters", 1, NULL, 'l'},
                                      {"reply", 1, NULL, 'r'},
                                      {"count", 1, NULL, 'N'},
                                      {"size", 1, NULL, 's'},
                                      {"eml", 1, NULL, 'm'},
                                      {"again", 0, NULL, 'a'},
                                      {"named", 1, NULL, 'd'},
                                      {"fake-clock", 0, NULL, 'f'},
                                      {"commands", 0, NULL, 'o'},
                                      {0}};

static bool has_commands;

/* False: it is none of ours. */
static bool take_option(struct arena *a, int o, struct smtp_options *options)
{
    struct span value = span_of(optarg);
    unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;

    switch (o) {
    case 'h':
        options->host = value;
        break;
    case 'p':
        options->port = (uint16_t)number;
        break;
    case 't':
        options->tls = span_eq(value, S("start")) ? SMTP_TLS_START
                       : span_eq(value, S("now")) ? SMTP_TLS_FROM_START
                                                  : SMTP_TLS_NONE;
        break;
    case 'u':
        options->user = value;
        break;
    case 'w':
        options->password = value;
        break;
    case 'c':
        options->ca_file = value;
        break;
    case 'e':
        options->hello = value;
        break;
    case 'n':
        options->name_servers = value;
        break;
    case 'C':
        options->connections = number;
        break;
    case 'l':
        options->letters_a_connection = number;
        break;
    case 'r':
        options->reply_seconds = number;
        break;
    case 'N':
        want(number);
        break;
    case 's':
        size = number;
        break;
    case 'm':
        eml = read_file(a, optarg);
        break;
    case 'd':
        CHECK(number >= 1 && number <= LETTERS_MOST && strchr(optarg, '=') != NULL);
        letters[number - 1].name = strchr(optarg, '=') + 1;
        break;
    case 'a':
        again = true;
        break;
    case 'f':
        is_fake = true;
        break;
    case 'o':
        has_commands = true;
        break;
    default:
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open(64 * 1024 * 1024);
    struct smtp_options options = {.host = S("127.0.0.1"),
                                   .tls = SMTP_TLS_NONE,
                                   .hello = S("try.example"),
                                   .before_dot = before_dot,
                                   .done = done,
                                   .state = state,
                                   .clock_ms = clock_ms};
    struct smtp *smtp;
    struct span fault;
    int o;

    letters = calloc(LETTERS_MOST, sizeof *letters);
    CHECK(letters != NULL);
    while ((o = getopt_long(argc, argv, "", names, NULL)) != -1)
        if (!take_option(a, o, &options))
            return 2;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (smtp_open(a, &options, &smtp, &fault) != RC_OK) {
        printf("fault %.*s\n", SPAN_ARGS(fault));
    } else {
        run(smtp, has_commands);
        smtp_close(&smtp);
        CHECK(under_way == 0);
        puts("closed");
    }
    free(letters);
    arena_close(&a);
    return fault.n ? 1 : 0;
}
