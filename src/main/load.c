/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom load`: a campaign folder into the store, all or nothing.
 *
 * What is stored is what was checked: the bytes are read once, compiled, and those same bytes are loaded. First comes a
 * look, then the person's yes, then the writing; nothing is held in between, so what was agreed to is compared with what
 * the store would do by then.
 */
#define _GNU_SOURCE
#include "folder/folder.h"
#include "main/command.h"
#include "main/exchange_door.h"
#include "main/leaflets.h"
#include "main/options.h"
#include "main/papers.h"
#include "main/print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: breakroom load DIR --data D [--db URL] [--yes] [--take folder|store KEY]… [--at TIME]\n"
    "\n"
    "Checks the campaign folder DIR and puts it into the store of the data folder D, which is made when it is not there.\n"
    "`host` in campaign.ini says which campaign it is. What will change is listed first; before an existing campaign\n"
    "changes it asks. All of it is loaded or nothing: a folder with an error is refused. While a server runs on D, it\n"
    "does the work, and shows the new pages at once.\n"
    "\n"
    "  --data D               the data folder\n"
    "  --db URL               the store is PostgreSQL, postgres://…; without it, SQLite in D, or\n"
    "                         what the server that runs on D has\n"
    "  --yes                  do not ask\n"
    "  --take folder KEY      of an entry that changed in the store since DIR was dumped, take the folder's …\n"
    "  --take store KEY       … or leave the store's; KEY is a key or a path from the list. May be given often\n"
    "  --at TIME              check as if it were TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help                 print this and leave\n"
    "\n"
    "Exit: 0 loaded or nothing to change, 1 the folder has errors or the store changed meanwhile, 2 any other trouble.\n";

enum { ROUNDS = 3 }; /* how often the store may change under us */

struct load {
    struct arena *arena;
    const struct options *options;
    const char *dir;
    struct folder_source disk;
    struct folder_files files; /* as they were checked */
    struct compiled compiled;
    struct folder_base base;
    struct exchange_call call;
    struct exchange_told told;
};

/* ---- the folder ---- */

static int read_base(struct load *l)
{
    struct span bytes;

    switch (l->disk.read(l->disk.ctx, l->arena, S(FOLDER_BASE_NAME), FOLDER_BASE_MOST, &bytes)) {
    case FOLDER_FINE:
        break;
    case FOLDER_UNREADABLE:
        if (errno == ENOENT)
            return EXIT_FINE;
        say_fault("cannot read %s/" FOLDER_BASE_NAME ": %s", l->dir, strerror(errno));
        return EXIT_TROUBLE;
    case FOLDER_OUTSIDE:
    case FOLDER_NOT_PLAIN:
    case FOLDER_TOO_LARGE:
        bytes = (struct span){0};
        break;
    }
    if (!folder_base_parse(l->arena, bytes, &l->base)) {
        say_fault("%s/" FOLDER_BASE_NAME " is damaged: dump the campaign again, or remove that file to load without "
                  "knowing what changed in the store since",
                  l->dir);
        return EXIT_TROUBLE;
    }
    if (span_eq(l->base.host, l->compiled.campaign->host)) {
        l->call.order.base = &l->base;
        l->call.base = bytes;
    }
    return EXIT_FINE;
}

static int read_folder(struct load *l)
{
    struct folder_source keeping = folder_source_keeping(l->arena, &l->disk, &l->files);
    struct papers *papers = papers_open(l->arena, l->dir, PAPERS_SEALS_KEPT);
    struct span fault = {0};
    enum rc rc = compile_source_reading(l->arena, &keeping, papers_publisher(papers), l->options->at, true,
                                        &l->compiled, &fault);

    if (rc == RC_OK && l->compiled.diags.errors == 0)
        leaflets_make(l->arena, papers, &l->compiled);
    papers_close(&papers);
    print_diags(l->arena, stderr, &l->compiled.diags);
    if (rc != RC_OK && rc != RC_INVALID) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return EXIT_TROUBLE;
    }
    if (rc == RC_INVALID || l->compiled.diags.errors) {
        say_fault("%s has %zu error%s; nothing was loaded", l->dir, l->compiled.diags.errors,
                  l->compiled.diags.errors == 1 ? "" : "s");
        return EXIT_ERRORS;
    }
    l->call.order.host = l->compiled.campaign->host;
    l->call.order.compiled = &l->compiled;
    folder_split(l->arena, l->compiled.campaign, &l->files, &l->call.order.pieces);
    if (papers_are_in(l->compiled.campaign))
        fprintf(stderr,
                "note: %s has originals of documents. Only their public copies go into the store, but originals do not "
                "belong on a server: where this is one, “breakroom pack” on your own computer leaves them there\n",
                l->dir);
    return read_base(l);
}

/* What was dumped and is now loaded is as good as dumped again. Should the process die before this, the same load does
 * it. */
static void write_base(struct load *l)
{
    static const char fresh[] = FOLDER_BASE_NAME ".new";
    struct span text = l->told.base;
    int dir = open(l->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = dir == -1 ? -1 : openat(dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    bool fine = fd != -1;

    while (fine && text.n) {
        ssize_t n = write(fd, text.p, text.n);

        fine = n > 0 || (n == -1 && errno == EINTR);
        text = span_from(text, n > 0 ? (size_t)n : 0);
    }
    fine = fine && fsync(fd) == 0 && renameat(dir, fresh, dir, FOLDER_BASE_NAME) == 0;
    if (!fine)
        fprintf(stderr, "warning: loaded, but %s/" FOLDER_BASE_NAME " could not be written anew: %s\n", l->dir,
                strerror(errno));
    if (fd != -1)
        (void)close(fd);
    if (dir != -1)
        (void)close(dir);
}

/* ---- what will change ---- */

static void list_changes(const struct load *l)
{
    static const char *const words[] = {
        [PIECE_NEW] = "new", [PIECE_CHANGED] = "changed", [PIECE_GONE] = "gone", [PIECE_ORDER] = "order"};
    const struct piece_changes *changes = &l->told.changes;
    size_t counts[PIECE_CHANGE_KIND_COUNT] = {0};
    size_t leaflets[PIECE_CHANGE_KIND_COUNT] = {0};
    bool has_leaflets = false;

    for (size_t i = 0; i < changes->list.count; i++) {
        const struct piece_change *change = &changes->list.items[i];

        if (piece_is_derived(change->path)) {
            leaflets[change->kind]++;
            has_leaflets = true;
            continue;
        }
        counts[change->kind]++;
        printf("%-8s %.*s\n", words[change->kind], SPAN_ARGS(change->path));
    }
    if (has_leaflets)
        printf("leaflets: %zu new, %zu changed, %zu gone\n", leaflets[PIECE_NEW], leaflets[PIECE_CHANGED],
               leaflets[PIECE_GONE]);
    printf("%.*s: %zu new, %zu changed, %zu gone\n", SPAN_ARGS(l->call.order.host), counts[PIECE_NEW],
           counts[PIECE_CHANGED], counts[PIECE_GONE]);
}

static int say_conflicts(const struct load *l)
{
    size_t count = l->told.conflicts.count;

    for (size_t i = 0; i < count; i++) {
        const struct piece_conflict *c = &l->told.conflicts.items[i];

        fprintf(stderr, "%.*s: %s the store since this folder was dumped%s\n", SPAN_ARGS(c->path),
                c->is_gone ? "removed from" : "changed in", c->is_folders_also ? ", and in the folder too" : "");
    }
    say_fault(
        "%zu entr%s changed in the store since %s was dumped; nothing was loaded. Say for each “--take folder KEY” "
        "or “--take store KEY”, or dump again and carry your changes over",
        count, count == 1 ? "y" : "ies", l->dir);
    return EXIT_ERRORS;
}

static bool takes_are_used(const struct load *l)
{
    for (size_t i = 0; i < l->told.used.n; i++) {
        if (l->told.used.p[i] == '1')
            continue;
        say_fault("--take: no “%.*s” changed in the store since %s was dumped; nothing was loaded",
                  SPAN_ARGS(l->options->choices[i].key), l->dir);
        return false;
    }
    return true;
}

static bool is_agreed(const struct load *l)
{
    char answer[64];

    if (l->options->is_yes || l->told.campaign_id == 0)
        return true;
    fprintf(stderr, "Replace what the store has of %.*s by this? [y/N] ", SPAN_ARGS(l->call.order.host));
    if (fgets(answer, sizeof answer, stdin) == NULL)
        answer[0] = '\0';
    if (!isatty(STDIN_FILENO)) /* nobody's Enter ended the line */
        fputc('\n', stderr);
    answer[strcspn(answer, "\r\n")] = '\0';
    if (strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0)
        return true;
    say_fault("nothing was loaded: answer “y”, or say --yes, to replace a campaign");
    return false;
}

static bool is_same(const struct piece_changes *left, const struct piece_changes *right)
{
    if (left->list.count != right->list.count)
        return false;
    for (size_t i = 0; i < left->list.count; i++)
        if (left->list.items[i].kind != right->list.items[i].kind ||
            !span_eq(left->list.items[i].path, right->list.items[i].path))
            return false;
    return true;
}

/* ---- the store ---- */

/* What a step told that ends the load: an exit code. -1: it goes on. */
static int end_of_step(const struct load *l)
{
    struct span said;

    switch (l->told.outcome) {
    case EXCHANGE_CONFLICTS:
        return say_conflicts(l);
    case EXCHANGE_REFUSED:
        fprintf(stderr, "%.*s", SPAN_ARGS(l->told.lines));
        say_fault("%.*s; nothing was loaded", SPAN_ARGS(l->told.sentence));
        return EXIT_ERRORS;
    case EXCHANGE_UNKNOWN:
        said = l->told.sentence.n ? l->told.sentence : S("the server went away while it was writing");
        say_fault(
            "%.*s; it is not known whether %s was loaded. “breakroom status --data %s” shows what the server has; "
            "loading again changes nothing if it was",
            SPAN_ARGS(said), l->dir, l->options->data);
        return EXIT_TROUBLE;
    case EXCHANGE_DONE:
    case EXCHANGE_BUSY:
    case EXCHANGE_CHANGED:
    case EXCHANGE_TROUBLE:
        break;
    }
    return -1;
}

static bool ask(struct load *l, enum exchange_step step)
{
    return exchange_ask(l->arena, l->options, step, &l->call, NULL, &l->told);
}

/* Shows what would change, and asks, unless that was agreed to before. -1: it may be written. */
static int look(struct load *l, struct piece_changes *agreed)
{
    int code;

    l->call.with_bytes = l->options->choice_count > 0; /* without, what the store has is compared and not kept */
    if (!ask(l, EXCHANGE_STEP_LOOK))
        return EXIT_TROUBLE;
    code = end_of_step(l);
    if (code != -1)
        return code;
    if (!takes_are_used(l))
        return EXIT_TROUBLE;
    if (l->told.changes.list.count == 0) {
        fprintf(stderr, "%.*s: nothing to change, revision %lld\n", SPAN_ARGS(l->call.order.host),
                (long long)l->told.revision);
        return EXIT_FINE;
    }
    if (agreed->list.count && is_same(agreed, &l->told.changes))
        return -1;
    list_changes(l);
    if (!flush_stdout() || !is_agreed(l))
        return EXIT_TROUBLE;
    *agreed = l->told.changes;
    return -1;
}

/* Somebody may change the store while a person reads: then it is looked at once more, and what differs is asked again. */
static int load(struct load *l)
{
    struct piece_changes agreed = {0};

    for (int round = 0; round < ROUNDS; round++) {
        int code = look(l, &agreed);

        if (code != -1)
            return code;
        l->call.revision = l->told.revision;
        l->call.with_bytes = true;
        if (!ask(l, EXCHANGE_STEP_WRITE))
            return EXIT_TROUBLE;
        code = end_of_step(l);
        if (code != -1)
            return code;
        if (l->told.outcome == EXCHANGE_DONE) {
            fprintf(stderr, "%.*s: loaded, revision %lld\n", SPAN_ARGS(l->call.order.host),
                    (long long)l->told.revision);
            return EXIT_FINE;
        }
        fprintf(stderr, "the store changed in the meantime: looking again\n");
    }
    say_fault("the store changes faster than it can be loaded into: somebody else is loading too; nothing was loaded");
    return EXIT_ERRORS;
}

int command_load(int argc, char **argv)
{
    struct options options = {
        .usage = usage, .takes = OPTION_STORE | OPTION_YES | OPTION_TAKE | OPTION_AT, .operands = 1};
    struct load l = {.options = &options};
    struct span fault = {0};
    int code = EXIT_TROUBLE;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    l.arena = arena_open(COMPILE_MEMORY);
    l.dir = options.operand[0];
    if (folder_source_open(l.arena, l.dir, &l.disk, &fault) != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        goto out;
    }
    code = read_folder(&l);
    if (code != EXIT_FINE)
        goto out;
    l.call.order.takes = options.choices;
    l.call.order.take_count = options.choice_count;
    l.call.at = options.at;
    l.call.url = span_of(options.db);
    code = load(&l);
    if (code == EXIT_FINE && l.told.base.n)
        write_base(&l);
out:
    folder_source_close(&l.disk);
    arena_close(&l.arena);
    return code;
}
