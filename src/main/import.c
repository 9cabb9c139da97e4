/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom import`: people who asked for letters on paper or elsewhere.
 *
 * Addresses are read here, sealed here, and die here: store and server get what they cannot open. First comes a look at
 * the campaign, then at the file, then the person's yes, who types how many they are; nothing is sealed before that.
 */
#define _GNU_SOURCE
#include "main/command.h"
#include "main/import_door.h"
#include "main/import_seal.h"
#include "main/import_show.h"
#include "main/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "Usage: breakroom import FILE.csv --data D --audience KEY --source WORDS [--map FIELD=COLUMN,…] [--lang en|es]\n"
    "                        [--take-work-mail] [--faults FILE] [--yes N] [--db URL] [--campaign HOST]\n"
    "       breakroom import --list --data D [--db URL] [--campaign HOST]\n"
    "       breakroom import --undo N --data D [--db URL] [--campaign HOST]\n"
    "\n"
    "Brings in people who asked for letters on paper or elsewhere. Lists of Action Network, Mailchimp and of your own are\n"
    "read; what will happen is shown first, and nothing is stored before you type how many people they are. Addresses are\n"
    "sealed before they leave this command. “--undo” takes an import out again, less those who have left since.\n"
    "\n"
    "  --data D               the data folder\n"
    "  --db URL               the store is PostgreSQL, postgres://…; without it, SQLite in D, or\n"
    "                         what the server that runs on D has\n"
    "  --campaign HOST        which campaign, where the store has more than one\n"
    "  --audience KEY         who they are, an audience of campaign.ini, unless a column of the file says so\n"
    "  --source WORDS         where and when they said yes, as in “sign-in sheet, meeting of April 24”; stands in clear\n"
    "  --map FIELD=COLUMN,…   which column is address, workplace, language, audience or date, by name or number\n"
    "  --lang en|es           the language of those whose row has none\n"
    "  --take-work-mail       also take addresses of the employer's, or like one, where the audience takes them\n"
    "  --faults FILE          write down everybody who is left out: line, kind, reason\n"
    "  --yes N                do not ask: there are N people\n"
    "  --list                 the imports so far\n"
    "  --undo N               take import N out again\n"
    "  --help                 print this and leave\n"
    "\n"
    "FILE.csv may be “-”, standard input: so a list need not lie on a server's disk.\n"
    "\n"
    "Exit: 0 done, 1 the file is at fault or the number was not typed, 2 any other trouble.\n";

static const size_t import_memory = (size_t)2 << 30;

struct importing {
    struct arena *arena;
    const struct options *options;
    bool is_stdin;
    const char *name; /* the file's */
    struct span bytes;
    struct import_call call;
    struct import_told told;
    struct import_rules rules;
    struct import_list list;
};

/* ---- what holds for all of them ---- */

static void say_audiences(const struct importing *m, const char *why)
{
    struct buf *keys = buf_new(m->arena, 64 * 1024);

    for (size_t i = 0; i < m->told.audiences.count; i++)
        buf_printf(keys, "%s%.*s", i ? ", " : "", SPAN_ARGS(m->told.audiences.items[i].key));
    say_fault("%s; %.*s has %.*s", why, SPAN_ARGS(m->told.host), SPAN_ARGS(buf_span(keys)));
}

static bool take_audience(struct importing *m)
{
    m->rules.audiences = m->told.audiences.items;
    m->rules.audience_count = m->told.audiences.count;
    if (m->options->audience == NULL)
        return true;
    for (size_t i = 0; i < m->told.audiences.count; i++)
        if (span_eq(m->told.audiences.items[i].key, span_of(m->options->audience)))
            m->rules.audience = &m->told.audiences.items[i];
    if (m->rules.audience == NULL) {
        say_audiences(m, "--audience: there is none of that key");
        return false;
    }
    if (m->options->takes_work_mail && !m->rules.audience->takes_work_mail) {
        say_fault(
            "--take-work-mail: “%s” does not take addresses of the employer's; [audience %s] takes_work_mail = yes "
            "in campaign.ini would say so",
            m->options->audience, m->options->audience);
        return false;
    }
    return true;
}

static bool take_lang(struct importing *m)
{
    enum lang lang;

    m->rules.langs = m->told.langs;
    m->rules.lang_count = m->told.lang_count;
    m->rules.lang = m->told.langs[0];
    if (m->options->lang == NULL)
        return true;
    if (lang_from_code(span_of(m->options->lang), &lang))
        for (size_t i = 0; i < m->told.lang_count; i++)
            if (m->told.langs[i] == lang) {
                m->rules.lang = lang;
                return true;
            }
    say_fault("--lang: “%s” is no language of %.*s", m->options->lang, SPAN_ARGS(m->told.host));
    return false;
}

static bool take_rules(struct importing *m)
{
    if (!m->told.has_key) {
        say_fault("%.*s has no key yet that addresses could be sealed to: “breakroom keys new --data %s” makes it",
                  SPAN_ARGS(m->told.host), m->options->data);
        return false;
    }
    if (m->told.lang_count == 0 || m->told.audiences.count == 0) {
        say_fault("the campaign in the store has no campaign.ini that can be read: load it again");
        return false;
    }
    m->rules.work_domains = m->told.mail_domains;
    m->rules.takes_work_mail = m->options->takes_work_mail;
    m->rules.source = span_trim(span_of(m->options->source));
    m->rules.now = m->options->at;
    return take_audience(m) && take_lang(m);
}

/* ---- the file ---- */

static int open_file(const struct importing *m)
{
    struct stat st;
    int fd;

    if (m->is_stdin)
        return dup(STDIN_FILENO);
    fd = open(m->options->operand[0], O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH)))
        fprintf(stderr, "note: %s may be read by other users of this machine: “chmod 600” it\n", m->name);
    return fd;
}

/* Whole, in pieces that are put together at the end: nobody says beforehand how long a pipe is. */
static bool read_file(struct importing *m)
{
    struct buf *b = buf_new(m->arena, IMPORT_FILE_MOST + 1);
    enum { PIECE = 1024 * 1024 };
    char *piece = arena_alloc(m->arena, PIECE);
    int fd = open_file(m);
    ssize_t got = fd == -1 ? -1 : 1;

    while (got > 0 && b->n <= IMPORT_FILE_MOST) {
        got = read(fd, piece, PIECE);
        if (got == -1 && errno == EINTR)
            got = 1;
        else if (got > 0)
            buf_put(b, (struct span){piece, (size_t)got});
        if (buf_overflowed(b))
            break;
    }
    if (got == -1)
        say_fault("cannot read %s: %s", m->name, strerror(errno));
    else if (buf_overflowed(b) || b->n > IMPORT_FILE_MOST)
        say_fault("%s is larger than %d MB: it is no list of people; nothing was stored", m->name,
                  IMPORT_FILE_MOST >> 20);
    if (fd != -1)
        (void)close(fd);
    m->bytes = buf_span(b);
    return got != -1 && !buf_overflowed(b) && b->n <= IMPORT_FILE_MOST;
}

static bool write_faults(const struct importing *m)
{
    struct span text = import_faults_csv(m->arena, &m->list);
    int fd = open(m->options->faults, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    bool is_fine = fd != -1;

    while (is_fine && text.n) {
        ssize_t n = write(fd, text.p, text.n);

        is_fine = n > 0 || (n == -1 && errno == EINTR);
        text = span_from(text, n > 0 ? (size_t)n : 0);
    }
    if (!is_fine)
        say_fault("cannot write %s: %s; nothing was stored", m->options->faults, strerror(errno));
    if (fd != -1)
        (void)close(fd);
    return is_fine;
}

/* EXIT_FINE: there is somebody to import, and all of it was shown. */
static int read_list(struct importing *m)
{
    struct span fault;

    if (!read_file(m))
        return EXIT_TROUBLE;
    if (import_list_read(m->arena, m->bytes, m->options->maps, m->options->map_count, &m->rules, &m->list, &fault) !=
        RC_OK) {
        say_fault("%s: %.*s; nothing was stored", m->name, SPAN_ARGS(fault));
        return EXIT_ERRORS;
    }
    import_show(m->arena, m->name, &m->list, &m->rules, &m->told);
    if (!flush_stdout() || (m->options->faults && !write_faults(m)))
        return EXIT_TROUBLE;
    if (m->list.people.count)
        return EXIT_FINE;
    if (m->rules.audience == NULL && m->list.columns.at[IMPORT_AUDIENCE] == SIZE_MAX)
        say_audiences(m, "which audience? --audience KEY says it for all");
    else
        say_fault("nobody is left to import; nothing was stored");
    return EXIT_ERRORS;
}

/* ---- the person's yes ---- */

static bool is_agreed(const struct importing *m)
{
    size_t count = m->list.people.count;
    char answer[64];
    uint64_t number = 0;

    if (m->options->yes_count) {
        if (m->options->yes_count == count)
            return true;
        say_fault("--yes says %" PRIu64 ", and there %s %zu; nothing was stored", m->options->yes_count,
                  count == 1 ? "is" : "are", count);
        return false;
    }
    fprintf(stderr,
            "Nothing is stored yet. Has each of them said yes to letters of this campaign? Type their number to "
            "import them: ");
    if (fgets(answer, sizeof answer, stdin) == NULL)
        answer[0] = '\0';
    if (!isatty(STDIN_FILENO)) /* nobody's Enter ended the line */
        fputc('\n', stderr);
    if (span_to_u64(span_trim(span_of(answer)), SIZE_MAX, &number) && number == count)
        return true;
    say_fault("that is not %zu; nothing was stored", count);
    return false;
}

/* ---- bringing in ---- */

static void show_progress(size_t done, size_t count)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rsealed %zu of %zu%s", done, count, done == count ? "\n" : "");
}

static int store(struct importing *m)
{
    enum rc rc;

    m->call.work = IMPORT_WRITE;
    m->call.host = m->told.host;
    m->call.campaign = m->told.campaign;
    m->call.key = mailing_key_id(&m->told.key);
    m->call.day = (int32_t)(m->options->at.us / (INT64_C(86400) * 1000000));
    m->call.source = m->rules.source;
    rc = import_seal(m->arena, &m->list, &m->told.key, &m->call, show_progress);
    if (rc != RC_OK) {
        say_fault("%s; nothing was stored",
                  rc == RC_LIMIT ? "so many cannot be imported at once: part the file" : "the campaign's key is none");
        return EXIT_TROUBLE;
    }
    if (!import_ask(m->arena, m->options, &m->call, &m->told))
        return EXIT_TROUBLE;
    switch (m->told.outcome) {
    case IMPORT_DONE:
        printf("import %" PRId64 ": %" PRId64 " %s\n", m->told.import_no, m->told.people,
               m->told.people == 1 ? "person" : "people");
        printf("“breakroom import --undo %" PRId64 " --data %s” takes them out again.\n", m->told.import_no,
               m->options->data);
        if (!m->is_stdin)
            printf("%s still has their addresses in clear: keep it where only organizers come, or destroy it.\n",
                   m->name);
        return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
    case IMPORT_CHANGED:
        say_fault("the campaign's key or its audiences changed meanwhile; nothing was stored: try again");
        return EXIT_ERRORS;
    case IMPORT_UNKNOWN:
    case IMPORT_TROUBLE:
        break;
    }
    say_fault("it is not known whether they were stored: “breakroom import --list --data %s” shows it",
              m->options->data);
    return EXIT_TROUBLE;
}

static int bring_in(const struct options *options, struct arena *a)
{
    struct importing m = {.arena = a, .options = options, .name = options->operand[0]};
    const char *fault = options->source ? import_source_fault(span_of(options->source)) : NULL;
    int code;

    if (options->source == NULL || fault) {
        say_fault("--source: %s", fault ? fault : "say where and when they said yes; without it nobody is imported");
        return EXIT_TROUBLE;
    }
    m.is_stdin = strcmp(m.name, "-") == 0;
    if (m.is_stdin)
        m.name = "standard input";
    terminal_guard_process();
    m.call = (struct import_call){.url = span_of(options->db), .host = span_of(options->campaign)};
    if (!import_ask(a, options, &m.call, &m.told) || !take_rules(&m))
        return EXIT_TROUBLE;
    code = read_list(&m);
    if (code != EXIT_FINE)
        return code;
    return is_agreed(&m) ? store(&m) : EXIT_ERRORS;
}

/* ---- those that were ---- */

static int list_all(const struct options *options, struct arena *a)
{
    struct import_call call = {.work = IMPORT_NAME, .url = span_of(options->db), .host = span_of(options->campaign)};
    struct import_told told;

    if (!import_ask(a, options, &call, &told))
        return EXIT_TROUBLE;
    import_show_all(a, &told);
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}

static int undo(const struct options *options, struct arena *a)
{
    struct import_call call = {.work = IMPORT_UNDO,
                               .url = span_of(options->db),
                               .host = span_of(options->campaign),
                               .import_no = (int64_t)options->undo};
    struct import_told told;

    if (!import_ask(a, options, &call, &told))
        return EXIT_TROUBLE;
    if (told.outcome != IMPORT_DONE) {
        say_fault("it is not known whether import %" PRIu64 " was undone: “breakroom import --list --data %s” shows it",
                  options->undo, options->data);
        return EXIT_TROUBLE;
    }
    printf("import %" PRIu64 " is undone: %" PRId64
           " %s taken out; who has left since stays on the list of those who are "
           "not written to\n",
           options->undo, told.people, told.people == 1 ? "person was" : "people were");
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}

int command_import(int argc, char **argv)
{
    struct options options = {.usage = usage,
                              .takes = OPTION_STORE | OPTION_CAMPAIGN | OPTION_YES_COUNT | OPTION_LIST | OPTION_UNDO |
                                       OPTION_AUDIENCE | OPTION_SOURCE | OPTION_MAP | OPTION_LANG | OPTION_FAULTS |
                                       OPTION_WORK_MAIL,
                              .operands = 1};
    struct arena *a;
    int code;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    if (options.is_list && options.undo) {
        say_fault("--list or --undo: one of the two");
        return EXIT_TROUBLE;
    }
    a = arena_open(import_memory);
    code = options.is_list ? list_all(&options, a) : options.undo ? undo(&options, a) : bring_in(&options, a);
    arena_close(&a);
    return code;
}
