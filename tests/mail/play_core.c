/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * play_core PROGRAM DATA HOST PORT [NAME=VALUE…]: parent and core for one mailer, the real one. Reads commands, a line
 * each, answers what they print and then "ok"; what the mailer says comes in between, a line each.
 *
 *   start · kill · stop · wait      the process: "ready", "fault …", "ended STATUS" (128 + a signal)
 *   pair · unpair                   a new pair of sockets: "hello CAN_SEND RUN…"; "gone" when the mailer closes it
 *   person WISH FLAGS ADDRESS       a record: a active, w wanted, d damaged (- none); people COUNT DOMAINS makes many
 *   open RUN [wrong]                what the server keeps of its key, and no secret: "unlocked RUN RC"; "kept RUN" when it does
 *   freeze RUN [other] · half RUN · unlock RUN [wrong]   "unlocked RUN RC", "verdict RECORD NUMBER PERSON SITE", "site
 *                                   NUMBER PEOPLE NAME", "frozen RUN PEOPLE DOUBLES"; half says no end; other: the key
 *                                   is to be sealed to another than whose secret it is
 *   letters RUN SIZE [DOMAIN]       two letters
 *   send RUN FENCE MS ATTEMPT FROM COUNT   "result RUN FENCE PERSON ATTEMPT OUTCOME CODE WHY"
 *   hand RUN FENCE MS ATTEMPT PERSON…      the same for these
 *   break · forget RUN · reset · notice ADDRESS [DOMAIN] · raw HEX · beat
 *   journal                         "journal OF_THIS_BOOT COUNT", "entry RUN PERSON FENCE ATTEMPT OUTCOME CODE"
 *
 * Keys are made from fixed bytes: another start of this program opens what the last one sealed.
 */
#define _GNU_SOURCE
#include "http/log.h"
#include "mail/journal.h"
#include "mail/letter_wire.h"
#include "main/channel.h"
#include "main/mailer_key.h"
#include "main/mailer_wire.h"
#include "main/roles.h"
#include "model/subscriber.h"
#include "seal/keys_impl.h"
#include "seal/run_kept.h"
#include "seal/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DOMAIN "bayside.example"
enum {
    CAMPAIGN = 1,
    RUNS = 20,
    LINE = 4096,
    MEMORY = 1 << 30,
    AHEAD = 1024 * 1024,
    JOURNAL_FD = ORDERS_CHANNEL + 1,
};

struct person {
    unsigned char address[RUN_SEALED_MOST];
    size_t len;
    bool is_double;
};

struct play_run {
    bool is_freezing;
    bool is_endless;
    struct seal_object object;
    char key[1024];
    size_t key_len;
    struct run_kept kept; /* of its key, by the mailer's server.key */
    size_t kept_len;
    size_t next; /* record to stream */
    size_t seen; /* record whose verdict is next */
    struct person *people;
    size_t count;
};

static struct {
    const char *program;
    const char *data;
    struct mailer_orders orders;
    pid_t pid;
    int journal;
    int channel;
    int peer;
    struct arena *arena; /* records */
    LIST(struct mailer_record) records;
    struct mailing_secret *secret;
    struct mailing_public public;
    struct seal_campaign campaign;
    struct server_key *server_key;
    struct play_run runs[RUNS];
    struct play_run *freezing;
    char *in;
    size_t in_len;
    size_t in_room;
    char *out;
    size_t out_at;
    size_t out_len;
    size_t out_room;
} play = {.channel = -1, .peer = -1};

PRINTF_LIKE(1, 2) static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)putchar('\n');
}

static struct play_run *run_of(int64_t no)
{
    CHECK(no >= 0 && no < RUNS);
    return &play.runs[no];
}

/* ---- frames ---- */

static void queue(struct span bytes)
{
    if (play.out_len + bytes.n > play.out_room) {
        if (play.out_at)
            memmove(play.out, play.out + play.out_at, play.out_len - play.out_at);
        play.out_len -= play.out_at;
        play.out_at = 0;
        while (play.out_len + bytes.n > play.out_room)
            play.out_room = play.out_room ? play.out_room * 2 : AHEAD;
        play.out = realloc(play.out, play.out_room);
        CHECK(play.out != NULL);
    }
    memcpy(play.out + play.out_len, bytes.p, bytes.n);
    play.out_len += bytes.n;
}

static void put(const struct mailer_frame *frame)
{
    struct arena *a = arena_open(MEMORY);
    struct buf *out = buf_new(a, MAILER_FRAME_MOST + 1);

    mailer_frame_put(out, frame);
    CHECK(!buf_overflowed(out));
    queue(buf_span(out));
    arena_close(&a);
}

static void put_run(enum mailer_frame_kind kind, int64_t no)
{
    put(&(struct mailer_frame){.kind = kind, .run = {CAMPAIGN, no}});
}

/* As much of everybody as fits ahead. */
static void stream(void)
{
    struct play_run *r = play.freezing;

    while (r && play.out_len - play.out_at < AHEAD) {
        size_t left = play.records.count - r->next;
        size_t count = left < MAILER_BATCH_MOST ? left : MAILER_BATCH_MOST;

        if (left == 0) {
            if (!r->is_endless)
                put_run(MAILER_PEOPLE_END, r - play.runs);
            play.freezing = NULL;
            return;
        }
        put(&(struct mailer_frame){.kind = MAILER_PEOPLE,
                                   .people = {.count = count, .items = play.records.items + r->next}});
        r->next += count;
    }
}

static void hear_frozen(const struct mailer_frame *f)
{
    struct play_run *r = NULL;

    for (size_t i = 0; i < RUNS; i++)
        if (play.runs[i].is_freezing)
            r = &play.runs[i];
    CHECK(r != NULL);
    for (size_t i = 0; i < f->frozen.count; i++, r->seen++) {
        const struct mailer_frozen *z = &f->frozen.items[i];

        if (play.records.count <= 1000)
            say("verdict %zu %d %lld %d", r->seen, (int)z->verdict, (long long)z->person_no, (int)z->site_no);
        if (z->verdict != MAILER_TAKEN)
            continue;
        CHECK((size_t)z->person_no == r->count && z->address.n <= RUN_SEALED_MOST);
        if (r->count % 1024 == 0) {
            r->people = realloc(r->people, (r->count + 1024) * sizeof *r->people);
            CHECK(r->people != NULL);
        }
        r->people[r->count] = (struct person){.len = z->address.n};
        memcpy(r->people[r->count].address, z->address.p, z->address.n);
        r->count++;
    }
}

static void hear(const struct mailer_frame *f)
{
    switch (f->kind) {
    case MAILER_HELLO:
        (void)printf("hello %d", f->hello.can_send);
        for (size_t i = 0; i < f->hello.run_count; i++)
            (void)printf(" %lld", (long long)f->hello.runs[i].run_no);
        (void)putchar('\n');
        return;
    case MAILER_UNLOCKED: {
        struct play_run *r = run_of(f->unlocked.run.run_no);

        say("unlocked %lld %d", (long long)f->unlocked.run.run_no, (int)f->unlocked.rc);
        CHECK(f->unlocked.key_sealed.n <= sizeof r->key);
        if (f->unlocked.key_sealed.n) {
            memcpy(r->key, f->unlocked.key_sealed.p, f->unlocked.key_sealed.n);
            r->key_len = f->unlocked.key_sealed.n;
        }
        if (f->unlocked.key_kept.n) {
            CHECK(f->unlocked.key_kept.n == sizeof r->kept);
            memcpy(r->kept.bytes, f->unlocked.key_kept.p, sizeof r->kept);
            r->kept_len = sizeof r->kept;
            say("kept %lld", (long long)f->unlocked.run.run_no);
        }
        if (r->is_freezing && f->unlocked.rc == RC_OK)
            play.freezing = r;
        return;
    }
    case MAILER_FROZEN:
        hear_frozen(f);
        return;
    case MAILER_FROZEN_END: {
        struct play_run *r = run_of(f->frozen_end.run.run_no);

        r->is_freezing = false;
        for (size_t i = 0; i < f->frozen_end.double_count; i++)
            r->people[f->frozen_end.doubles[i]].is_double = true;
        for (size_t i = 0; i < f->frozen_end.site_count && i < 1000; i++)
            say("site %d %lld %.*s", (int)f->frozen_end.sites[i].site_no, (long long)f->frozen_end.sites[i].people,
                SPAN_ARGS(f->frozen_end.sites[i].name));
        say("frozen %lld %zu %zu", (long long)f->frozen_end.run.run_no, r->count, f->frozen_end.double_count);
        return;
    }
    case MAILER_RESULTS:
        for (size_t i = 0; i < f->results.count; i++) {
            const struct mailer_result *t = &f->results.results[i];

            say("result %lld %lld %lld %d %d %d %d", (long long)f->results.run.run_no, (long long)f->results.fence,
                (long long)t->person_no, (int)t->attempt, (int)t->outcome, (int)t->code, (int)t->why);
        }
        return;
    case MAILER_HOST:
        say("host %d %d", (int)f->host.state, (int)f->host.code);
        return;
    case MAILER_UNLOCK:
    case MAILER_PEOPLE:
    case MAILER_PEOPLE_END:
    case MAILER_LETTERS:
    case MAILER_SEND:
    case MAILER_BREAK:
    case MAILER_FORGET:
    case MAILER_NOTICE:
    case MAILER_RESET:
        say("nonsense %d", (int)f->kind);
        return;
    }
}

static void unpair(void)
{
    if (play.peer >= 0)
        (void)close(play.peer);
    play.peer = -1;
    play.in_len = play.out_at = play.out_len = 0;
    play.freezing = NULL;
    for (size_t i = 0; i < RUNS; i++)
        play.runs[i].is_freezing = false;
}

static void hear_peer(void)
{
    struct arena *a;
    size_t at = 0;
    ssize_t n;
    enum rc rc = RC_OK;

    if (play.in_room - play.in_len < 65536) {
        play.in_room = play.in_room ? play.in_room * 2 : AHEAD;
        play.in = realloc(play.in, play.in_room);
        CHECK(play.in != NULL);
    }
    n = recv(play.peer, play.in + play.in_len, play.in_room - play.in_len, MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            unpair();
            say("gone");
        }
        return;
    }
    play.in_len += (size_t)n;
    a = arena_open(MEMORY);
    while (rc == RC_OK && at < play.in_len) {
        struct mailer_frame frame;
        size_t len;

        arena_reset(a);
        rc = mailer_frame_read(a, (struct span){play.in + at, play.in_len - at}, &frame, &len);
        if (rc == RC_OK) {
            hear(&frame);
            at += len;
        }
    }
    CHECK(rc == RC_OK || rc == RC_RETRY);
    memmove(play.in, play.in + at, play.in_len - at);
    play.in_len -= at;
    arena_close(&a);
}

static void write_peer(void)
{
    stream();
    while (play.peer >= 0 && play.out_at < play.out_len) {
        ssize_t n = send(play.peer, play.out + play.out_at, play.out_len - play.out_at, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n <= 0)
            return;
        play.out_at += (size_t)n;
        stream();
    }
}

/* ---- the process ---- */

static void start(void)
{
    struct arena *a = arena_open(MEMORY);
    struct buf *text = buf_new(a, ORDERS_MESSAGE_MAX);
    int pair[2];

    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    CHECK(mailer_orders_put(text, &play.orders));
    CHECK(send(pair[0], buf_span(text).p, buf_span(text).n, MSG_NOSIGNAL) > 0);
    arena_close(&a);
    (void)fflush(stdout);
    play.pid = fork();
    CHECK(play.pid >= 0);
    if (play.pid == 0) {
        int channel = fcntl(pair[1], F_DUPFD, 64);
        int journal = fcntl(play.journal, F_DUPFD, 64);

        if (dup2(channel, ORDERS_CHANNEL) < 0 || dup2(journal, JOURNAL_FD) < 0 ||
            close_range((unsigned)JOURNAL_FD + 1, ~0U, 0) != 0)
            _exit(98);
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
        (void)execl(play.program, "breakroom", ROLE_MAILER, (char *)NULL);
        _exit(97);
    }
    (void)close(pair[1]);
    play.channel = pair[0];
    say("started %d", (int)play.pid);
}

static void ended(void)
{
    int status;

    CHECK(waitpid(play.pid, &status, 0) == play.pid);
    (void)close(play.channel);
    play.channel = -1;
    play.pid = 0;
    say("ended %d", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void hear_channel(void)
{
    char room[ORDERS_MESSAGE_MAX];
    ssize_t n = recv(play.channel, room, sizeof room, MSG_DONTWAIT);

    if (n > 0)
        say("%.*s", (int)n, room);
    else if (n == 0 || errno != EAGAIN)
        ended();
}

static void new_pair(void)
{
    struct channel_peer peer = {.pid = getpid()};
    int pair[2];

    unpair();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    peer.fd = pair[1];
    CHECK(channel_give(play.channel, &peer));
    (void)close(pair[1]);
    play.peer = pair[0];
}

/* ---- what core does ---- */

static void add_record(int64_t wish, const char *flags, const char *address)
{
    struct mailer_record *r = LIST_ADD(play.arena, &play.records);
    struct buf *record = buf_new(play.arena, SUBSCRIBER_RECORD_MOST);
    struct subscriber s = {
        .address = span_of(address),
        .audience = S("parents"),
        .lang = LANG_EN,
        .asked_at = {1770000000000000},
        .source = S("form 1 en"),
    };
    struct seal_head head = {.kind = SEAL_SUBSCRIBER, .campaign = play.campaign, .day = 20000};
    struct seal_reader reader = mailing_reader(&play.public);

    CHECK(subscriber_put(record, &s) && !buf_overflowed(record));
    r->object = head.object = seal_object_make();
    r->wish = wish;
    r->day = head.day;
    r->is_active = strchr(flags, 'a') != NULL;
    r->is_wanted = strchr(flags, 'w') != NULL;
    r->is_had = strchr(flags, 'h') != NULL;
    CHECK(seal_put(play.arena, &head, &reader, 1, buf_span(record), &r->sealed) == RC_OK);
    if (strchr(flags, 'd'))
        *(char *)(uintptr_t)(r->sealed.p + r->sealed.n / 2) ^= 1;
}

static void add_people(size_t count, size_t domains)
{
    for (size_t i = 0; i < count; i++) {
        char address[128];

        (void)snprintf(address, sizeof address, "person%zu.unusual@site%zu.example", i, i % domains);
        add_record((int64_t)play.records.count + 1, "aw", address);
    }
}

static void unlock(int64_t no, bool is_new, bool is_wrong, bool is_for_other)
{
    struct play_run *r = run_of(no);
    struct handover handover;
    struct mailer_public mailer;
    struct span fault;
    struct mailer_frame f = {
        .kind = MAILER_UNLOCK,
        .unlock = {.run = {CAMPAIGN, no}, .campaign = play.campaign, .key_day = 20000, .domain = span_of(DOMAIN)},
    };

    if (is_new) {
        free(r->people);
        *r = (struct play_run){.is_freezing = true, .object = seal_object_make()};
    }
    CHECK(mailer_key_hear(play.arena, play.data, &mailer, &fault) == RC_OK);
    handover_put(play.secret, &play.campaign, &mailer, &handover);
    if (is_wrong)
        handover.bytes[sizeof handover.bytes - 1] ^= 1;
    if (is_new) { /* as core says it: for a run of before the sealed key names its reader */
        f.unlock.reader = play.public;
        f.unlock.reader.bytes[0] ^= is_for_other;
    }
    f.unlock.key_object = r->object;
    f.unlock.key_sealed = (struct span){r->key, is_new ? 0 : r->key_len};
    f.unlock.handover = (struct span){(const char *)handover.bytes, sizeof handover.bytes};
    put(&f);
}

/* Without a word of anybody: what is kept of the key. */
static void open_kept(int64_t no, bool is_wrong)
{
    struct play_run *r = run_of(no);
    struct run_kept kept = r->kept;

    kept.bytes[sizeof kept.bytes - 1] ^= is_wrong;
    put(&(struct mailer_frame){.kind = MAILER_UNLOCK,
                               .unlock = {.run = {CAMPAIGN, no},
                                          .campaign = play.campaign,
                                          .key_object = r->object,
                                          .key_day = 20000,
                                          .key_kept = {(const char *)kept.bytes, r->kept_len}}});
}

static struct span text_of(struct arena *a, size_t size)
{
    char *p = arena_alloc(a, size + 1);

    for (size_t i = 0; i < size; i++)
        p[i] = "Colleagues across the county stood together this spring, and more will. \n"[i % 74];
    return (struct span){p, size};
}

static struct mail_letter letter_of(struct arena *a, enum mail_kind kind, const char *subject, size_t size,
                                    const char *domain)
{
    struct span *pieces = ARENA_ARRAY(a, struct span, 2);

    pieces[0] = text_of(a, size / 2);
    pieces[1] = text_of(a, size / 2);
    return (struct mail_letter){
        .kind = kind,
        .lang = LANG_EN,
        .from_name = S("Bayside Educators"),
        .from = arena_printf(a, "news@%s", domain),
        .subject = span_of(subject),
        .text = {pieces, kind == MAIL_NEWS ? 2 : 1},
        .list_name = S("News"),
        .list_id = arena_printf(a, "news.%s", domain),
        .leave = arena_printf(a, "https://%s/leave/", domain),
        .archive = arena_printf(a, "https://%s/news/", domain),
        .feedback = S("memo:news"),
    };
}

static void letters(int64_t no, size_t size, const char *domain)
{
    struct arena *a = arena_open(MEMORY);
    struct mail_letter one = letter_of(a, MAIL_NEWS, "The memo", size, domain);
    struct mail_letter two = letter_of(a, MAIL_NEWS, "El memo", size, domain);
    struct span both[] = {mail_letter_put(a, &one), mail_letter_put(a, &two)};

    put(&(struct mailer_frame){
        .kind = MAILER_LETTERS,
        .letters = {.run = {CAMPAIGN, no}, .domain = span_of(domain), .count = COUNT(both), .letters = both}});
    arena_close(&a);
}

static int64_t boot_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void hand(int64_t no, int64_t fence, int64_t ms, int attempt, const int64_t *numbers, size_t count)
{
    struct play_run *r = run_of(no);
    struct mailer_person people[MAILER_BATCH_MOST];

    for (size_t at = 0; at < count;) {
        size_t n = 0;

        for (; at < count && n < MAILER_BATCH_MOST; at++) {
            const struct person *p;
            struct seal_object object = {{0}};

            CHECK(numbers[at] >= 0 && (size_t)numbers[at] < r->count);
            p = &r->people[numbers[at]];
            if (p->is_double)
                continue;
            memcpy(object.bytes, &numbers[at], sizeof numbers[at]);
            people[n++] = (struct mailer_person){
                .person_no = numbers[at],
                .attempt = attempt,
                .letter_no = (int32_t)(numbers[at] % 2),
                .link = link_make(play.server_key, &play.campaign, &object),
                .first_at = {1775000000000000},
                .address = {(const char *)p->address, p->len},
            };
        }
        put(&(struct mailer_frame){
            .kind = MAILER_SEND,
            .send = {.run = {CAMPAIGN, no}, .fence = fence, .until_ms = boot_ms() + ms, .count = n, .people = people}});
    }
}

static void notice(const char *address, const char *domain)
{
    struct arena *a = arena_open(MEMORY);
    struct mail_letter letter = letter_of(a, MAIL_NOTICE, "Please confirm", 1000, domain);

    put(&(struct mailer_frame){.kind = MAILER_NOTICE,
                               .notice = {.campaign_id = CAMPAIGN,
                                          .domain = span_of(domain),
                                          .address = span_of(address),
                                          .letter = mail_letter_put(a, &letter)}});
    arena_close(&a);
}

static void show_journal(void)
{
    struct arena *a = arena_open(MEMORY);
    struct journal_entries entries = {0};
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/" ORDERS_JOURNAL, play.data);
    CHECK(journal_read(a, path, &entries) == RC_OK);
    say("journal %d %zu", entries.is_of_this_boot, entries.list.count);
    for (size_t i = 0; i < entries.list.count; i++) {
        const struct journal_entry *e = &entries.list.items[i];

        say("entry %lld %lld %lld %d %d %d", (long long)e->letter.run_no, (long long)e->letter.person_no,
            (long long)e->letter.fence, (int)e->letter.attempt, (int)e->outcome, e->code);
    }
    arena_close(&a);
}

/* ---- commands ---- */

static int64_t number(char **rest)
{
    char *end;
    int64_t n = strtoll(*rest, &end, 10);

    CHECK(end != *rest);
    *rest = end;
    return n;
}

/* The next word; `otherwise` when there is none. */
static const char *word(char **rest, const char *otherwise)
{
    char *found = strtok(*rest, " ");

    *rest = strtok(NULL, "");
    return found ? found : otherwise;
}

static void do_start(char **rest)
{
    (void)rest;
    start();
}

static void do_kill(char **rest)
{
    (void)rest;
    (void)kill(play.pid, SIGKILL);
}

static void do_stop(char **rest)
{
    (void)rest;
    (void)send(play.channel, "stop", 4, MSG_NOSIGNAL);
}

static void do_beat(char **rest)
{
    (void)rest;
    (void)send(play.channel, "beat", 4, MSG_NOSIGNAL);
}

static void do_pair(char **rest)
{
    (void)rest;
    new_pair();
}

static void do_unpair(char **rest)
{
    (void)rest;
    unpair();
}

static void do_person(char **rest)
{
    int64_t wish = number(rest);
    const char *flags = word(rest, "");

    CHECK(*rest != NULL);
    add_record(wish, flags, *rest); /* to the end of the line: an address may have a space */
}

static void do_people(char **rest)
{
    size_t count = (size_t)number(rest);

    add_people(count, (size_t)number(rest));
}

static void do_freeze(char **rest)
{
    int64_t no = number(rest);

    unlock(no, true, false, strstr(*rest, "other") != NULL);
}

static void do_half(char **rest)
{
    int64_t no = number(rest);

    unlock(no, true, false, false);
    run_of(no)->is_endless = true;
}

static void do_unlock(char **rest)
{
    int64_t no = number(rest);

    unlock(no, false, strstr(*rest, "wrong") != NULL, false);
}

static void do_open(char **rest)
{
    int64_t no = number(rest);

    open_kept(no, strstr(*rest, "wrong") != NULL);
}

static void do_letters(char **rest)
{
    int64_t no = number(rest);
    size_t size = (size_t)number(rest);

    letters(no, size, word(rest, DOMAIN));
}

static int64_t numbers[1 << 20];

static void hand_all(char **rest, bool is_range)
{
    int64_t no = number(rest);
    int64_t fence = number(rest);
    int64_t ms = number(rest);
    int attempt = (int)number(rest);
    size_t count = 0;

    if (is_range) {
        int64_t from = number(rest);

        count = (size_t)number(rest);
        CHECK(count <= COUNT(numbers));
        for (size_t i = 0; i < count; i++)
            numbers[i] = from + (int64_t)i;
    }
    while (!is_range && **rest && count < COUNT(numbers))
        numbers[count++] = number(rest);
    hand(no, fence, ms, attempt, numbers, count);
}

static void do_send(char **rest)
{
    hand_all(rest, true);
}

static void do_hand(char **rest)
{
    hand_all(rest, false);
}

static void do_break(char **rest)
{
    put_run(MAILER_BREAK, number(rest));
}

static void do_forget(char **rest)
{
    put_run(MAILER_FORGET, number(rest));
}

static void do_reset(char **rest)
{
    (void)rest;
    put(&(struct mailer_frame){.kind = MAILER_RESET});
}

static void do_notice(char **rest)
{
    const char *address = word(rest, "");

    notice(address, word(rest, "bayside.example"));
}

static void do_raw(char **rest)
{
    const char *at = *rest + strspn(*rest, " ");
    char byte[3] = {0};

    for (; at[0] && at[1]; at += 2) {
        memcpy(byte, at, 2);
        queue((struct span){(const char[]){(char)strtoul(byte, NULL, 16)}, 1});
    }
}

static void do_journal(char **rest)
{
    (void)rest;
    show_journal();
}

static const struct {
    const char *verb;
    void (*run)(char **rest);
} commands[] = {
    {"start", do_start},     {"kill", do_kill},     {"stop", do_stop},       {"beat", do_beat},     {"pair", do_pair},
    {"unpair", do_unpair},   {"person", do_person}, {"people", do_people},   {"freeze", do_freeze}, {"half", do_half},
    {"unlock", do_unlock},   {"open", do_open},     {"letters", do_letters}, {"send", do_send},     {"hand", do_hand},
    {"break", do_break},     {"forget", do_forget}, {"reset", do_reset},     {"notice", do_notice}, {"raw", do_raw},
    {"journal", do_journal},
};

static void command(char *line)
{
    size_t n = strcspn(line, " ");
    char *rest = line + n + (line[n] == ' ');

    line[n] = 0;
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcmp(commands[i].verb, line) == 0) {
            commands[i].run(&rest);
            say("ok");
            return;
        }
    }
    check_failed(line, __FILE__, __LINE__);
}

static bool hear_commands(void)
{
    static char room[8 * 1024 * 1024];
    static size_t len;
    ssize_t n = read(STDIN_FILENO, room + len, sizeof room - len - 1);
    char *end;

    if (n <= 0)
        return false;
    len += (size_t)n;
    room[len] = 0;
    while ((end = memchr(room, '\n', len))) {
        size_t used = (size_t)(end - room) + 1;

        *end = 0;
        command(room);
        memmove(room, room + used, len - used);
        len -= used;
        room[len] = 0;
    }
    return true;
}

static void loop(void)
{
    bool is_over = false;

    while (!is_over) {
        struct pollfd fds[] = {
            {.fd = STDIN_FILENO, .events = POLLIN},
            {.fd = play.channel, .events = POLLIN},
            {.fd = play.peer, .events = (short)(POLLIN | (play.out_at < play.out_len || play.freezing ? POLLOUT : 0))},
        };

        (void)fflush(stdout);
        (void)poll(fds, COUNT(fds), -1);
        if (fds[2].revents && play.peer >= 0)
            hear_peer();
        if (fds[1].revents && play.channel >= 0)
            hear_channel();
        if (fds[0].revents)
            is_over = !hear_commands();
        if (play.peer >= 0)
            write_peer();
    }
}

static void take_option(const char *text)
{
    struct span name;
    struct span value;

    (void)span_cut(span_of(text), '=', &name, &value);
    if (span_eq(name, S("connections")))
        CHECK(span_to_u64(value, 64, &play.orders.connections));
    else if (span_eq(name, S("tls")))
        CHECK(span_to_u64(value, 3, &play.orders.tls));
    else if (span_eq(name, S("user")))
        play.orders.user = value;
    else if (span_eq(name, S("password_file")))
        play.orders.password_file = value;
    else if (span_eq(name, S("ca_file")))
        play.orders.ca_file = value;
    else if (span_eq(name, S("server_key")))
        play.orders.server_key = value;
    else
        check_failed("an option of ours", __FILE__, __LINE__);
}

int main(int argc, char **argv)
{
    char path[4096];

    if (argc < 5)
        return 2;
    play.program = argv[1];
    play.data = argv[2];
    play.orders = (struct mailer_orders){.data = span_of(argv[2]),
                                         .host = span_of(argv[3]),
                                         .port = strtoull(argv[4], NULL, 10),
                                         .tls = SMTP_TLS_NONE,
                                         .hello = S("bayside.example")};
    for (int i = 5; i < argc; i++)
        take_option(argv[i]);
    (void)snprintf(path, sizeof path, "%s/" ORDERS_JOURNAL, play.data);
    play.journal = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    CHECK(play.journal >= 0 && journal_prepare() == RC_OK);
    play.arena = arena_open((size_t)4 * MEMORY);
    play.secret = secret_alloc(sizeof *play.secret);
    memset(play.secret->pair.seed, 7, sizeof play.secret->pair.seed);
    key_pair_grow(&play.secret->pair);
    play.public = mailing_public_of(play.secret);
    memset(play.campaign.bytes, 9, sizeof play.campaign.bytes);
    server_key_make(&play.server_key);
    loop();
    if (play.pid)
        (void)kill(play.pid, SIGKILL);
    return 0;
}
