/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom new`: asks for what no program can guess, checks each answer, and has the folder written.
 *
 * Every question has an option, so that a script can answer it; what is not given is asked. Both go through the same
 * checks: an answer that comes out of here cannot end a line, begin Markdown or break a row. Nothing is written before
 * the last answer is in.
 */
#include "main/command.h"
#include "main/new_folder.h"

#include "base/utf8.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: breakroom new DIR [options]\n"
    "\n"
    "Writes the folder of a new campaign to DIR: texts that already compile, to be changed in any editor. DIR must not be\n"
    "there yet, or be empty. What no option says is asked; Enter takes what stands in brackets.\n"
    "\n"
    "  --name NAME            the campaign's name, the same in every language\n"
    "  --employer NAME        the employer\n"
    "  --domains LIST         the employer's mail domains, parted by commas\n"
    "  --languages LIST       en, es, or both, parted by a comma; the main one first\n"
    "  --zone ZONE            time zone: America/Los_Angeles\n"
    "  --host HOST            host name of the site, without https://\n"
    "  --contact ADDRESS      a mail address that somebody reads, not the employer's\n"
    "  --date DAY             the first newsletter's day, 2026-04-24 (today)\n"
    "  --help                 print this and leave\n";

enum { ANSWER_MAX = 1000, NAME_MAX_CHARACTERS = 80, ZONE_FILE_MAX = 64 * 1024, TRIES = 3, TRIES_OF_A_PERSON = 100 };

enum item { NAME, EMPLOYER, DOMAINS, LANGUAGES, ZONE, HOST, CONTACT, ITEM_COUNT };

/* What is known so far; an answer that was not given yet is a null span. */
struct asking {
    struct arena *arena;
    const char *dir;
    struct span answers[ITEM_COUNT];
    const struct zone *zone;
    struct date today;
};

struct question {
    const char *option;
    const char *words;
    /* The answer that Enter takes; empty when there is none. */
    struct span (*suggest)(const struct asking *asking);
    /* False, with a sentence, when `typed` cannot be the answer; else what is kept. */
    bool (*take)(struct asking *asking, struct span typed, struct span *answer_out, const char **fault_out);
};

/* ---- what an answer may be ---- */

/* Names stand in the middle of Markdown, front matter and .ini lines: nothing in them may mean something there. */
static bool take_name(struct asking *asking, struct span typed, struct span *answer_out, const char **fault_out)
{
    struct span rest = typed;
    uint32_t c;

    (void)asking;
    *fault_out = "a name has 1 to 80 characters, none of them < > [ ] { } \\ ` * _ ~ | or a control character";
    if (typed.n == 0 || utf8_first_fault(typed) != SPAN_NONE || utf8_count(typed) > NAME_MAX_CHARACTERS)
        return false;
    while (utf8_next(&rest, &c)) {
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF)
            return false;
        if (c < 0x80 && strchr("<>[]{}\\`*_~|", (int)c))
            return false;
    }
    *answer_out = typed;
    return true;
}

static struct span lower(struct arena *a, struct span s)
{
    char *copy = arena_cstr(a, s);

    for (size_t i = 0; i < s.n; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] - 'A' + 'a');
    }
    return (struct span){copy, s.n};
}

static bool is_label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* A host name as RFC 1123 has it, in lower case and with a dot in it. */
static bool is_host(struct span host)
{
    struct span label;
    size_t count = 0;

    if (host.n == 0 || host.n > 253)
        return false;
    while (span_next(&host, '.', &label)) {
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++) {
            if (!is_label_char(label.p[i]))
                return false;
        }
        count++;
    }
    return count >= 2;
}

static bool take_host(struct asking *asking, struct span typed, struct span *answer_out, const char **fault_out)
{
    struct span host = lower(asking->arena, typed);

    if (span_starts(host, S("https://")))
        host = span_from(host, 8);
    else if (span_starts(host, S("http://")))
        host = span_from(host, 7);
    if (span_ends(host, S("/")))
        host.n--;
    *fault_out = "a host name is letters, digits and hyphens, parted by dots: ourunion.example";
    *answer_out = host;
    return is_host(host);
}

static bool take_domains(struct asking *asking, struct span typed, struct span *answer_out, const char **fault_out)
{
    struct buf *out = buf_new(asking->arena, ANSWER_MAX * 2);
    struct span rest = lower(asking->arena, typed);
    struct span domain;

    *fault_out = "mail domains are what stands behind the @, parted by commas: school.example, district.example";
    while (span_next(&rest, ',', &domain)) {
        domain = span_trim(domain);
        if (span_starts(domain, S("@")))
            domain = span_from(domain, 1);
        if (!is_host(domain))
            return false;
        if (out->n)
            buf_put(out, S(", "));
        buf_put(out, domain);
    }
    *answer_out = buf_span(out);
    return out->n > 0;
}

/* Is `host` the employer's, or below one of its domains? */
static bool is_employers(const struct asking *asking, struct span host)
{
    struct span rest = asking->answers[DOMAINS];
    struct span domain;

    while (span_next(&rest, ',', &domain)) {
        domain = span_trim(domain);
        if (span_eq(host, domain))
            return true;
        if (host.n > domain.n && span_ends(host, domain) && host.p[host.n - domain.n - 1] == '.')
            return true;
    }
    return false;
}

static bool take_contact(struct asking *asking, struct span typed, struct span *answer_out, const char **fault_out)
{
    struct span local;
    struct span host;

    *fault_out = "a mail address looks like hello@ourunion.example";
    if (!span_cut(typed, '@', &local, &host) || local.n == 0 || local.n > 64)
        return false;
    for (size_t i = 0; i < local.n; i++) {
        char c = local.p[i];

        if (!is_label_char(c) && !(c >= 'A' && c <= 'Z') && c != '.' && c != '_' && c != '+')
            return false;
    }
    host = lower(asking->arena, host);
    if (!is_host(host))
        return false;
    if (is_employers(asking, host)) {
        *fault_out = "that is the employer's mail, and the employer may read it; give another address";
        return false;
    }
    *answer_out = arena_printf(asking->arena, "%.*s@%.*s", SPAN_ARGS(local), SPAN_ARGS(host));
    return true;
}

static bool take_languages(struct asking *asking, struct span typed, struct span *answer_out, const char **fault_out)
{
    struct buf *out = buf_new(asking->arena, 64);
    struct span rest = lower(asking->arena, typed);
    bool seen[LANG_COUNT] = {false};
    struct span code;
    enum lang lang;

    *fault_out = "languages are en, es, or both, parted by a comma, the main one first: en, es";
    while (span_next(&rest, ',', &code)) {
        if (!lang_from_code(span_trim(code), &lang) || seen[lang])
            return false;
        seen[lang] = true;
        if (out->n)
            buf_char(out, ',');
        buf_put(out, span_trim(code));
    }
    *answer_out = buf_span(out);
    return out->n > 0;
}

/* Letters, digits, "-", "_", "+" and "/" inside: no dot, so no way out of the folder of zones. */
static bool is_zone_name(struct span name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!is_label_char(c) && !(c >= 'A' && c <= 'Z') && c != '/' && c != '_' && c != '+')
            return false;
    }
    return name.n > 0 && name.n <= 64 && name.p[0] != '/';
}

/* The machine's zone file of that name; null when there is none. */
static const struct zone *zone_open(struct arena *a, struct span name)
{
    const struct zone *zone = NULL;
    char bytes[ZONE_FILE_MAX];
    ssize_t n;
    int fd;

    if (!is_zone_name(name))
        return NULL;
    fd = open(arena_cstr(a, arena_printf(a, "/usr/share/zoneinfo/%.*s", SPAN_ARGS(name))), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    n = read(fd, bytes, sizeof bytes);
    close(fd);
    if (n <= 0 || zone_parse(a, (struct span){bytes, (size_t)n}, &zone) != RC_OK)
        return NULL;
    return zone;
}

static bool take_zone(struct asking *asking, struct span typed, struct span *answer_out, const char **fault_out)
{
    *fault_out = "this machine knows no such time zone; they are named like America/Los_Angeles or America/Chicago";
    asking->zone = zone_open(asking->arena, typed);
    *answer_out = typed;
    return asking->zone != NULL;
}

/* ---- what an answer probably is ---- */

/* "bayside-educators" → "Bayside Educators"; nothing when the folder's name would be no good. */
static struct span suggest_name(const struct asking *asking)
{
    struct span dir = span_of(asking->dir);
    const char *fault;
    size_t slash;
    char *name;

    while (span_ends(dir, S("/")))
        dir.n--;
    slash = span_find_last_char(dir, '/');
    if (slash != SPAN_NONE)
        dir = span_from(dir, slash + 1);
    name = arena_cstr(asking->arena, dir);
    for (size_t i = 0; i < dir.n; i++) {
        if (name[i] == '-' || name[i] == '_')
            name[i] = ' ';
        else if (name[i] >= 'a' && name[i] <= 'z' && (i == 0 || name[i - 1] == ' '))
            name[i] = (char)(name[i] - 'a' + 'A');
    }
    dir = span_trim((struct span){name, dir.n});
    if (dir.n == 0 || dir.p[0] == '.' || !take_name(NULL, dir, &dir, &fault))
        return S("");
    return dir;
}

/* "Bayside Educators United" → "baysideeducatorsunited.example": a name that nobody can own, to be replaced. */
static struct span example_host(struct arena *a, struct span name)
{
    struct buf *out = buf_new(a, 256);
    uint32_t c;

    while (out->n < 40 && utf8_next(&name, &c)) {
        c = utf8_lower(utf8_without_accent(c));
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_char(out, (char)c);
    }
    if (out->n == 0)
        buf_put(out, S("ourunion"));
    buf_put(out, S(".example"));
    return buf_span(out);
}

static struct span suggest_host(const struct asking *asking)
{
    return example_host(asking->arena, asking->answers[NAME]);
}

static struct span suggest_domains(const struct asking *asking)
{
    return example_host(asking->arena, asking->answers[EMPLOYER]);
}

static struct span suggest_contact(const struct asking *asking)
{
    return arena_printf(asking->arena, "hello@%.*s", SPAN_ARGS(asking->answers[HOST]));
}

static struct span suggest_languages(const struct asking *asking)
{
    (void)asking;
    return S("en,es");
}

/* The machine's own zone, when it is a place; many servers run on UTC, where nobody works. */
static struct span suggest_zone(const struct asking *asking)
{
    struct span mark = S("zoneinfo/");
    char link[PATH_MAX];
    ssize_t n = readlink("/etc/localtime", link, sizeof link);
    struct span zone = {link, n > 0 ? (size_t)n : 0};
    size_t at = span_find(zone, mark);

    if (at != SPAN_NONE) {
        zone = arena_dup(asking->arena, span_from(zone, at + mark.n));
        if (span_find_char(zone, '/') != SPAN_NONE && !span_starts(zone, S("Etc/")) && zone_open(asking->arena, zone))
            return zone;
    }
    return S("America/Los_Angeles");
}

static struct span suggest_nothing(const struct asking *asking)
{
    (void)asking;
    return S("");
}

static const struct question questions[ITEM_COUNT] = {
    [NAME] = {"name", "The campaign's name", suggest_name, take_name},
    [EMPLOYER] = {"employer", "The employer", suggest_nothing, take_name},
    [DOMAINS] = {"domains", "The employer's mail domains, parted by commas", suggest_domains, take_domains},
    [LANGUAGES] = {"languages", "Languages, the main one first (en, es, or both)", suggest_languages, take_languages},
    [ZONE] = {"zone", "Time zone", suggest_zone, take_zone},
    [HOST] = {"host", "Host name of the site", suggest_host, take_host},
    [CONTACT] = {"contact", "A mail address that somebody reads, not the employer's", suggest_contact, take_contact},
};

/* ---- asking ---- */

/* Reads one line into the arena. False at the end of the input. A line that is too long comes out as empty. */
static bool read_line(struct arena *a, struct span *line_out)
{
    char *line = arena_alloc(a, ANSWER_MAX);
    size_t n = 0;
    int c;

    while ((c = getchar()) != EOF && c != '\n') {
        if (n < ANSWER_MAX)
            line[n] = (char)c;
        n++;
    }
    if (c == EOF && n == 0)
        return false;
    *line_out = n <= ANSWER_MAX ? span_trim((struct span){line, n}) : (struct span){"\n", 1};
    return true;
}

/* Asks until the answer is good; three times when nobody sits there to read what was wrong. */
static bool ask(struct asking *asking, enum item item)
{
    const struct question *question = &questions[item];
    struct span suggested = question->suggest(asking);
    int tries = isatty(STDIN_FILENO) ? TRIES_OF_A_PERSON : TRIES;
    const char *fault;
    struct span typed;

    for (int i = 0; i < tries; i++) {
        if (suggested.n)
            printf("%s [%.*s]: ", question->words, SPAN_ARGS(suggested));
        else
            printf("%s: ", question->words);
        if (!flush_stdout())
            return false;
        if (!read_line(asking->arena, &typed)) {
            putchar('\n');
            fflush(stdout);
            say_fault("not every question was answered; nothing was written");
            return false;
        }
        if (typed.n == 0)
            typed = suggested;
        if (question->take(asking, typed, &asking->answers[item], &fault))
            return true;
        asking->answers[item] = (struct span){0};
        printf("  Please again: %s.\n", fault);
    }
    putchar('\n');
    fflush(stdout);
    say_fault("no usable answer for --%s; nothing was written", question->option);
    return false;
}

static bool ask_all(struct asking *asking)
{
    bool is_greeted = false;
    const char *fault;

    for (size_t i = 0; i < ITEM_COUNT; i++) {
        if (asking->answers[i].p)
            continue;
        if (!is_greeted)
            puts("A new campaign. Enter takes what stands in [brackets]; Ctrl-C leaves, and nothing is written.\n");
        is_greeted = true;
        if (!ask(asking, (enum item)i))
            return false;
    }
    /* Once more, for --contact was looked at before the domains were known when those had to be asked. */
    if (questions[CONTACT].take(asking, asking->answers[CONTACT], &asking->answers[CONTACT], &fault))
        return true;
    say_fault("--contact: %s; nothing was written", fault);
    return false;
}

/* ---- options ---- */

static bool take_date(struct asking *asking, struct span typed)
{
    if (date_parse(typed, &asking->today))
        return true;
    say_fault("--date: “%.*s” is no day; write it like 2026-04-24", SPAN_ARGS(span_sub(typed, 0, 40)));
    return false;
}

/* Options may stand in any order, but a check may need an earlier answer: so they are checked in the questions' order. */
static bool take_options(struct asking *asking, const char *const *given)
{
    const char *fault;

    for (size_t i = 0; i < ITEM_COUNT; i++) {
        if (given[i] == NULL)
            continue;
        if (strlen(given[i]) > ANSWER_MAX ||
            !questions[i].take(asking, span_trim(span_of(given[i])), &asking->answers[i], &fault)) {
            say_fault("--%s: %s", questions[i].option, strlen(given[i]) > ANSWER_MAX ? "that is too long" : fault);
            return false;
        }
    }
    return true;
}

/* Exit code, or -1 when the command goes on. */
static int read_options(int argc, char **argv, struct asking *asking)
{
    const char *given[ITEM_COUNT] = {NULL};
    struct option options[ITEM_COUNT + 3] = {{0}};
    int option;

    for (int i = 0; i < ITEM_COUNT; i++)
        options[i] = (struct option){questions[i].option, required_argument, NULL, 256 + i};
    options[ITEM_COUNT] = (struct option){"date", required_argument, NULL, 'd'};
    options[ITEM_COUNT + 1] = (struct option){"help", no_argument, NULL, 'h'};
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
        }
        if (option == 'd' && !take_date(asking, span_of(optarg)))
            return EXIT_TROUBLE;
        if (option >= 256)
            given[option - 256] = optarg;
        if (option == '?' || option == ':') {
            say_fault(option == ':' ? "“%s” wants a value; try “breakroom new --help”"
                                    : "there is no option “%s”; try “breakroom new --help”",
                      argv[optind - 1]);
            return EXIT_TROUBLE;
        }
    }
    if (argc - optind != 1) {
        say_fault("give one name for the new folder; try “breakroom new --help”");
        return EXIT_TROUBLE;
    }
    asking->dir = argv[optind];
    return take_options(asking, given) ? -1 : EXIT_TROUBLE;
}

/* ---- the command ---- */

static void fill_answers(const struct asking *asking, struct new_answers *answers_out)
{
    struct span rest = asking->answers[LANGUAGES];
    struct date today = asking->today;
    struct span code;

    *answers_out = (struct new_answers){
        .name = asking->answers[NAME],
        .employer = asking->answers[EMPLOYER],
        .mail_domains = asking->answers[DOMAINS],
        .zone_name = asking->answers[ZONE],
        .host = asking->answers[HOST],
        .contact = asking->answers[CONTACT],
    };
    while (span_next(&rest, ',', &code))
        CHECK(lang_from_code(code, &answers_out->languages[answers_out->language_count++]));
    if (!date_is_set(today))
        today = zone_date(asking->zone, clock_now());
    answers_out->today = today;
}

static int write_folder(struct asking *asking)
{
    struct new_answers answers;
    struct span fault;
    size_t count;

    fill_answers(asking, &answers);
    if (new_folder_write(asking->arena, asking->dir, &answers, &count, &fault) != RC_OK) {
        say_fault("%.*s; nothing was written", SPAN_ARGS(fault));
        return EXIT_TROUBLE;
    }
    printf("%s has %zu files. What to do with them is in %s/README.md; next:\n"
           "  breakroom check %s\n"
           "  breakroom build %s OUT\n",
           asking->dir, count, asking->dir, asking->dir, asking->dir);
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}

int command_new(int argc, char **argv)
{
    struct arena *arena = arena_open(64 * 1024 * 1024);
    struct asking asking = {.arena = arena};
    struct span fault;
    int code = read_options(argc, argv, &asking);

    if (code >= 0)
        goto out;
    code = EXIT_TROUBLE;
    if (new_folder_can_write(arena, asking.dir, &fault) != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        goto out;
    }
    if (ask_all(&asking))
        code = write_folder(&asking);
out:
    arena_close(&arena);
    return code;
}
