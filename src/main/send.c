/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom send`: starts a mailing, and looks after those that are under way.
 *
 * The passphrase is typed here, and here it opens the mailing secret, which leaves this process sealed to the mailer that
 * runs now. Nothing goes out before the person typed how many people it goes to.
 */
#include "main/command.h"
#include "main/dkim_keys.h"
#include "main/mailer_key.h"
#include "main/send_door.h"
#include "main/terminal.h"
#include "model/campaign.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "Usage: breakroom send KEY --data D [--audience A,B] [--at TIME] [--hours 08:00-20:00]\n"
    "                           [--important] [--again] [--yes N]\n"
    "       breakroom send --list|--unlock|--pause|--resume|--stop|--resend|--leave [RUN] --data D\n"
    "\n"
    "Sends the newsletter KEY to everybody who asked for it, from the server that runs on D. Shows what will go out and to\n"
    "how many, asks you to type that number and then the six words, and shows how it goes. The sending goes on when this\n"
    "command ends; “breakroom report KEY” says what became of it.\n"
    "\n"
    "  --audience A,B    only to these audiences of campaign.ini\n"
    "  --at TIME         begin at TIME, 2026-04-24T07:30:00Z; the list is opened now\n"
    "  --hours FROM-TO   letters go out between these hours of the campaign's day\n"
    "  --important       also to those who want only the most important letters\n"
    "  --again           after an earlier mailing of KEY: to those whom it did not reach\n"
    "  --yes N           do not ask: it goes to N people\n"
    "\n"
    "  --list            the mailings there were\n"
    "  --unlock          go on after a restart, with the six words\n"
    "  --pause, --resume, --stop\n"
    "                    hold over restarts; what has reached its last dot arrives\n"
    "  --resend          those in doubt get it again …\n"
    "  --leave           … or keep what they have\n"
    "\n"
    "  --data D                 the data folder\n"
    "  --db URL                 the store is PostgreSQL, postgres://…\n"
    "  --campaign HOST          which campaign, where the store has more than one\n"
    "  --passphrase-from FD     for programs: read the six words from this descriptor\n"
    "  --help                   print this and leave\n"
    "\n"
    "Exit: 0 done or going on by itself, 1 nothing was done for you did not agree or the words were not right, 2 any other\n"
    "trouble.\n";

enum { SEND_MEMORY = 64 * 1024 * 1024, TRIES = 3, LOOK_MS = 500, HOUR_MINUTES = 60, DAY_MINUTES = 24 * HOUR_MINUTES };

struct sending {
    struct arena *arena;
    struct arena *round; /* of one look at how it goes */
    struct options options;
    struct send_call call;
    struct send_told told;
    uint64_t yes; /* --yes; 0: ask */
};

/* ---- the command line ---- */

enum { ASK_FIRST = 1000 };
static const struct option known[] = {
    {"data", required_argument, NULL, 'd'},
    {"db", required_argument, NULL, 'u'},
    {"campaign", required_argument, NULL, 'c'},
    {"audience", required_argument, NULL, 'a'},
    {"at", required_argument, NULL, 't'},
    {"hours", required_argument, NULL, 'r'},
    {"important", no_argument, NULL, 'i'},
    {"again", no_argument, NULL, 'g'},
    {"yes", required_argument, NULL, 'y'},
    {"passphrase-from", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {"list", no_argument, NULL, ASK_FIRST + SEND_LIST},
    {"unlock", no_argument, NULL, ASK_FIRST + SEND_UNLOCK},
    {"pause", no_argument, NULL, ASK_FIRST + SEND_PAUSE},
    {"resume", no_argument, NULL, ASK_FIRST + SEND_RESUME},
    {"stop", no_argument, NULL, ASK_FIRST + SEND_STOP},
    {"resend", no_argument, NULL, ASK_FIRST + SEND_RESEND},
    {"leave", no_argument, NULL, ASK_FIRST + SEND_LEAVE},
    {0},
};

static bool read_minutes(struct span text, int32_t *minutes_out)
{
    struct span hour;
    struct span minute;
    uint64_t h;
    uint64_t m;

    if (!span_cut(text, ':', &hour, &minute) || minute.n != 2 || !span_to_u64(hour, 24, &h) ||
        !span_to_u64(minute, HOUR_MINUTES - 1, &m) || h * HOUR_MINUTES + m > DAY_MINUTES)
        return false;
    *minutes_out = (int32_t)(h * HOUR_MINUTES + m);
    return true;
}

static bool read_hours(struct span text, struct send_call *call)
{
    struct span from;
    struct span to;

    if (span_cut(text, '-', &from, &to) && read_minutes(from, &call->hours_from) && read_minutes(to, &call->hours_to) &&
        call->hours_from < call->hours_to)
        return true;
    say_fault("--hours: “%.*s” are no hours of a day; write 08:00-20:00", SPAN_ARGS(text));
    return false;
}

static bool read_number(const char *name, uint64_t most, uint64_t *number_out)
{
    if (span_to_u64(span_of(optarg), most, number_out))
        return true;
    say_fault("--%s: “%s” is not a number", name, optarg);
    return false;
}

static bool read_value(struct sending *s, int option)
{
    uint64_t number = 0;

    switch (option) {
    case 'd':
        s->options.data = optarg;
        return true;
    case 'u':
        s->options.db = optarg;
        return true;
    case 'c':
        s->options.campaign = optarg;
        return true;
    case 'a':
        s->call.audiences = span_of(optarg);
        return true;
    case 't':
        if (instant_parse(span_of(optarg), &s->call.starts_at))
            return true;
        say_fault("--at: “%s” is not a time; write 2026-04-24T07:30:00Z", optarg);
        return false;
    case 'r':
        return read_hours(span_of(optarg), &s->call);
    case 'i':
        s->call.is_important = true;
        return true;
    case 'g':
        s->call.is_again = true;
        return true;
    case 'y':
        return read_number("yes", INT64_MAX, &s->yes);
    case 'p':
        if (!read_number("passphrase-from", INT16_MAX, &number))
            return false;
        s->options.words_from = (int)number;
        return true;
    default:
        if (s->call.ask != SEND_LOOK) {
            say_fault("one thing at a time; try “breakroom send --help”");
            return false;
        }
        s->call.ask = (enum send_ask)(option - ASK_FIRST);
        return true;
    }
}

static bool read_operand(struct sending *s, int count, char *const *operand)
{
    bool is_start = s->call.ask == SEND_LOOK;
    uint64_t run = 0;

    if (s->options.data == NULL) {
        say_fault("which server? --data D names its folder");
        return false;
    }
    if (count > 1 || (is_start && count == 0)) {
        say_fault(count ? "one thing too many; try “breakroom send --help”"
                        : "send what? the KEY of a newsletter; try “breakroom send --help”");
        return false;
    }
    if (is_start)
        s->call.news = span_of(operand[0]);
    else if (count && !span_to_u64(span_of(operand[0]), INT64_MAX, &run)) {
        say_fault("“%s” is not the number of a mailing; “breakroom send --list” has them", operand[0]);
        return false;
    }
    s->call.run_no = (int64_t)run;
    return true;
}

/* -1: go on; else what to exit with. */
static int read_line(struct sending *s, int argc, char **argv)
{
    int option;

    s->options.words_from = -1;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
        }
        if (option == ':' || option == '?') {
            say_fault(option == ':' ? "“%s” wants a value; try “breakroom send --help”"
                                    : "there is no option “%s”; try “breakroom send --help”",
                      argv[optind - 1]);
            return EXIT_TROUBLE;
        }
        if (!read_value(s, option))
            return EXIT_TROUBLE;
    }
    return read_operand(s, argc - optind, argv + optind) ? -1 : EXIT_TROUBLE;
}

/* ---- the secret ---- */

/* Asks for the words until they open it or the person gives up; then it is in `call`, sealed to the mailer itself: whom core
 * would name is not asked. */
static int hand_over(struct sending *s)
{
    int from = s->options.words_from;
    struct terminal *terminal = terminal_open(from, from < 0 ? -1 : STDERR_FILENO);
    struct mailing_secret *secret = NULL;
    struct mailer_public mailer;
    struct span fault;
    enum rc rc = terminal ? RC_INVALID : RC_IO;

    for (int i = 0; i < TRIES && rc == RC_INVALID; i++) {
        struct typed_line *line = terminal_ask(terminal, S("The six words, please (nothing is shown meanwhile): "));
        struct passphrase *words = NULL;
        unsigned wrong = 0;

        if (line == NULL)
            break;
        rc = passphrase_read(typed_line_text(line), &words, &wrong);
        typed_line_close(&line);
        if (rc == RC_OK)
            rc = unwrap_mailing(&s->told.wrapped, &s->told.campaign, words, &secret);
        passphrase_close(&words);
        if (rc == RC_INVALID && wrong)
            fprintf(stderr, "Word %u is none of ours: a slip of the pen or of a finger.\n", wrong);
        else if (rc == RC_INVALID)
            fprintf(stderr, "These words do not open this campaign's list.\n");
    }
    if (terminal && rc != RC_OK)
        say_fault("%s; nothing was sent", rc == RC_IO ? "there is not enough memory to open the key: it takes 64 MB"
                                                      : "the list was not opened");
    if (rc == RC_OK && mailer_key_hear(s->arena, s->options.data, &mailer, &fault) != RC_OK) {
        say_fault("%.*s; nothing was sent", SPAN_ARGS(fault));
        rc = RC_IO;
    }
    s->call.has_handover = rc == RC_OK;
    if (s->call.has_handover)
        handover_put(secret, &s->told.campaign, &mailer, &s->call.handover);
    mailing_key_close(&secret);
    terminal_close(&terminal);
    return rc == RC_OK ? -1 : rc == RC_INVALID ? EXIT_ERRORS : EXIT_TROUBLE;
}

/* ---- how it goes ---- */

static bool is_watched(const struct send_run *run)
{
    if (run->state == RUN_FREEZING)
        return true;
    return run->state == RUN_ACTIVE && !run->needs_unlock && run->waiting + run->claimed > 0;
}

static void put_pace(struct arena *a, struct buf *out, const struct send_run *run, int64_t sent_before, double seconds)
{
    double pace = seconds > 1 ? (double)(run->sent - sent_before) / seconds : 0;
    int64_t left = pace > 0 ? (int64_t)((double)(run->waiting + run->claimed) / pace) : 0;

    if (run->state != RUN_ACTIVE || pace <= 0)
        return;
    buf_printf(out, "; %.*s a second, %" PRId64 ":%02" PRId64 " left", SPAN_ARGS(send_number(a, (int64_t)(pace + 0.5))),
               left / HOUR_MINUTES, left % HOUR_MINUTES);
}

static double seconds_now(void)
{
    struct timespec t;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void show(struct sending *s, const struct send_told *told, int64_t sent_before, double since)
{
    const struct send_run *run = &told->runs.items[0];
    struct buf *out = buf_new(s->round, 2048);
    struct span host = send_host_words(s->round, told);

    buf_put(out, send_run_words(s->round, run));
    if (host.n && run->state == RUN_ACTIVE)
        buf_printf(out, "; %.*s", SPAN_ARGS(host));
    else
        put_pace(s->round, out, run, sent_before, seconds_now() - since);
    fprintf(stderr, "\r\033[K%.*s", SPAN_ARGS(buf_span(out)));
}

/* Until there is nothing more to see, or the person leaves. What goes on, goes on. */
static int watch(struct sending *s, int64_t run_no)
{
    struct send_call look = {.ask = SEND_LIST, .run_no = run_no};
    struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    bool is_person = isatty(STDERR_FILENO);
    double since = seconds_now();
    int64_t sent_before = -1;
    struct send_told told;

    for (;;) {
        arena_reset(s->round);
        if (!send_ask(s->round, &s->options, &look, &told))
            return EXIT_TROUBLE;
        if (told.runs.count == 0) {
            say_fault("the list could not be opened to its end, and nothing was sent: try again");
            return EXIT_TROUBLE;
        }
        if (told.runs.items[0].state == RUN_ACTIVE && sent_before < 0) {
            sent_before = told.runs.items[0].sent;
            since = seconds_now();
        }
        if (is_person)
            show(s, &told, sent_before, since);
        if (!is_watched(&told.runs.items[0]))
            break;
        (void)nanosleep(&pause, NULL);
    }
    if (is_person)
        fputc('\n', stderr);
    printf("mailing %" PRId64 ": %.*s\n", run_no, SPAN_ARGS(send_run_words(s->round, &told.runs.items[0])));
    return flush_stdout() && (told.runs.items[0].state != RUN_PAUSED || told.runs.items[0].refused == 0) ? EXIT_FINE
                                                                                                         : EXIT_TROUBLE;
}

/* ---- starting ---- */

static void show_letter(struct sending *s)
{
    struct span rest = s->told.sample;
    struct span line;

    printf("%.*s\n\n  %.*s\n\n", SPAN_ARGS(s->told.host), SPAN_ARGS(s->told.subject));
    while (span_next(&rest, '\n', &line))
        printf("  | %.*s\n", SPAN_ARGS(line));
    printf("\nTo %.*s people%s%.*s. Who is on the list twice gets it once.\n",
           SPAN_ARGS(send_number(s->arena, s->told.people)), s->call.audiences.n ? " of " : "",
           SPAN_ARGS(s->call.audiences));
}

/* The number that the person types has to be the one that was shown. */
static bool is_agreed(struct sending *s)
{
    char answer[64];
    struct buf *digits = buf_new(s->arena, sizeof answer);
    uint64_t typed = 0;

    if (s->yes == 0) {
        printf("To send it, type that number: ");
        if (!flush_stdout() || fgets(answer, sizeof answer, stdin) == NULL)
            answer[0] = 0;
        for (const char *c = answer; *c; c++) /* "2,000" and "2 000" are as good */
            if (*c >= '0' && *c <= '9')
                buf_char(digits, *c);
        (void)span_to_u64(buf_span(digits), INT64_MAX, &typed);
    }
    if ((int64_t)(s->yes ? s->yes : typed) == s->told.people && s->told.people > 0)
        return true;
    if (s->yes)
        say_fault("--yes says %" PRIu64 ", and there are %" PRId64 "; nothing was sent", s->yes, s->told.people);
    else
        say_fault("nothing was sent");
    return false;
}

/* Letters that nobody signed are turned away, or taken for forged ones. */
static bool is_signed(struct sending *s)
{
    struct span domain = campaign_mail_domain(s->told.host);
    struct dkim_keys keys;
    struct span fault = {0};

    if (dkim_keys_read(s->arena, s->options.data, domain, &keys, &fault) != RC_OK) {
        say_fault("%.*s; nothing was sent", SPAN_ARGS(fault.n ? fault : S("the key to sign with cannot be read")));
        return false;
    }
    if (keys.current >= 0)
        return true;
    say_fault(
        "letters from %.*s are not signed yet, and would be taken for forged ones: “breakroom dkim new %.*s --data "
        "%s” makes the key; nothing was sent",
        SPAN_ARGS(domain), SPAN_ARGS(domain), s->options.data);
    return false;
}

static int start(struct sending *s)
{
    int64_t people;
    int code;

    if (!send_ask(s->arena, &s->options, &s->call, &s->told) || !is_signed(s))
        return EXIT_TROUBLE;
    if (s->told.people == 0) {
        say_fault("there is nobody to send it to: %s%s",
                  s->call.is_again ? "whoever asked for letters has it" : "nobody asked for letters",
                  s->call.audiences.n ? ", of these audiences" : "");
        return EXIT_ERRORS;
    }
    show_letter(s);
    people = s->told.people;
    if (!flush_stdout() || !is_agreed(s))
        return EXIT_ERRORS;
    code = hand_over(s);
    if (code != -1)
        return code;
    s->call.ask = SEND_START;
    s->call.people = people;
    if (!send_ask(s->arena, &s->options, &s->call, &s->told))
        return EXIT_TROUBLE;
    if (s->told.outcome == SEND_CHANGED) {
        say_fault("somebody came or left meanwhile, it is not that number any more; nothing was sent: begin again");
        return EXIT_ERRORS;
    }
    if (s->told.outcome == SEND_LOCKED || s->told.runs.count == 0) {
        say_fault(
            "the mailer could not open the list, it may have been started anew meanwhile; nothing was sent: try again");
        return EXIT_TROUBLE;
    }
    if (s->call.starts_at.us > clock_now().us)
        fprintf(stderr,
                "It begins by itself at the time you gave; the server has to run then. Ctrl-C leaves it to that.\n");
    return watch(s, s->told.runs.items[0].run_no);
}

/* ---- what is under way ---- */

static int list(struct sending *s)
{
    struct buf *out = buf_new(s->arena, SEND_TOLD_MOST);
    struct span host;

    if (!send_ask(s->arena, &s->options, &s->call, &s->told))
        return EXIT_TROUBLE;
    for (size_t i = 0; i < s->told.runs.count; i++) {
        const struct send_run *run = &s->told.runs.items[i];

        buf_printf(out, "%4" PRId64 "  ", run->run_no);
        instant_put(out, run->made_at);
        buf_printf(out, "  %.*s  %.*s\n", SPAN_ARGS(run->news), SPAN_ARGS(send_run_words(s->arena, run)));
    }
    if (s->told.runs.count == 0)
        buf_put(out, S("nothing was sent yet\n"));
    host = send_host_words(s->arena, &s->told);
    if (host.n)
        buf_printf(out, "%.*s\n", SPAN_ARGS(host));
    (void)fwrite(out->p, 1, out->n, stdout);
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}

static int unlock(struct sending *s)
{
    int code;

    s->call.ask = SEND_KEYS;
    if (!send_ask(s->arena, &s->options, &s->call, &s->told))
        return EXIT_TROUBLE;
    code = hand_over(s);
    if (code != -1)
        return code;
    s->call.ask = SEND_UNLOCK;
    if (!send_ask(s->arena, &s->options, &s->call, &s->told))
        return EXIT_TROUBLE;
    if (s->told.outcome != SEND_DONE || s->told.runs.count == 0) {
        say_fault("the mailer could not open it, it may have been started anew meanwhile: try again");
        return EXIT_TROUBLE;
    }
    return watch(s, s->told.runs.items[0].run_no);
}

static int change(struct sending *s)
{
    if (!send_ask(s->arena, &s->options, &s->call, &s->told))
        return EXIT_TROUBLE;
    for (size_t i = 0; i < s->told.runs.count; i++)
        printf("mailing %" PRId64 ": %.*s\n", s->told.runs.items[i].run_no,
               SPAN_ARGS(send_run_words(s->arena, &s->told.runs.items[i])));
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}

int command_send(int argc, char **argv)
{
    struct sending s = {.arena = arena_open(SEND_MEMORY), .round = arena_open(SEND_MEMORY)};
    int code;

    code = read_line(&s, argc, argv);
    if (code == -1) {
        if (s.call.ask == SEND_LOOK || s.call.ask == SEND_UNLOCK)
            terminal_guard_process();
        code = s.call.ask == SEND_LOOK     ? start(&s)
               : s.call.ask == SEND_UNLOCK ? unlock(&s)
               : s.call.ask == SEND_LIST   ? list(&s)
                                           : change(&s);
    }
    arena_close(&s.round);
    arena_close(&s.arena);
    return code;
}
