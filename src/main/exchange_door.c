/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See exchange_door.h. What a step done here tells goes through the same bytes as a server's answer: the step's memory can
 * be given back, and both ways are one.
 */
#include "main/exchange_door.h"

#include "main/command.h"
#include "main/control.h"
#include "main/exchange_wire.h"
#include "main/store_door.h"

#include <stdio.h>
#include <time.h>

enum { WAIT_MS = 250, WAIT_ROUNDS = 10 * 60 * 1000 / WAIT_MS };

static bool gives_files(enum exchange_step step)
{
    return step == EXCHANGE_STEP_DUMP || step == EXCHANGE_STEP_PUBLISHED;
}

static const char *end_of(enum exchange_step step)
{
    return gives_files(step) ? "" : "; nothing was loaded";
}

/* What neither way can go on from. */
static bool is_told(enum exchange_step step, const struct exchange_told *told)
{
    if (told->outcome != EXCHANGE_TROUBLE)
        return true;
    say_fault("%.*s%s", SPAN_ARGS(told->sentence), end_of(step));
    fprintf(stderr, "%.*s", SPAN_ARGS(told->lines));
    return false;
}

/* ---- through the server ---- */

struct hearing {
    struct arena *arena;
    struct folder_files *files; /* null: none are awaited */
    bool is_bad;
};

static void hear_note(void *ctx, struct span note)
{
    struct hearing *h = ctx;
    struct folder_file file;

    if (!exchange_note_read(note, &file) || (file.path.n && h->files == NULL))
        h->is_bad = true;
    else if (file.path.n == 0)
        fprintf(stderr, "%.*s\n", SPAN_ARGS(file.bytes));
    else
        *LIST_ADD(h->arena, &h->files->list) =
            (struct folder_file){arena_dup(h->arena, file.path), arena_dup(h->arena, file.bytes)};
}

static struct span line_of(enum exchange_step step)
{
    switch (step) {
    case EXCHANGE_STEP_LOOK:
        return S(EXCHANGE_LOOK " " BREAKROOM_VERSION);
    case EXCHANGE_STEP_WRITE:
        return S(EXCHANGE_WRITE " " BREAKROOM_VERSION);
    case EXCHANGE_STEP_PUBLISHED:
        return S(EXCHANGE_PUBLISHED " " BREAKROOM_VERSION);
    case EXCHANGE_STEP_DUMP:
        break;
    }
    return S(EXCHANGE_DUMP " " BREAKROOM_VERSION);
}

/* RC_NOT_FOUND: no server. Else as exchange_ask() in `is_fine_out`. */
static enum rc ask_once(struct arena *a, const struct options *options, enum exchange_step step,
                        const struct exchange_call *call, struct folder_files *files_out,
                        struct exchange_told *told_out, bool *is_fine_out)
{
    struct hearing hearing = {.arena = a, .files = gives_files(step) ? files_out : NULL};
    const struct span *parts;
    struct span said;
    size_t count;
    bool fits = exchange_call_put(a, call, &parts, &count);
    enum rc rc =
        control_ask(a, options->data, line_of(step), fits ? parts : NULL, fits ? count : 0, hear_note, &hearing, &said);

    *is_fine_out = false;
    *told_out = (struct exchange_told){.outcome = EXCHANGE_UNKNOWN};
    if (rc == RC_NOT_FOUND)
        return rc;
    if (!fits) {
        say_fault("this folder is larger than the %d MB that a running server takes: stop the server, and load it then",
                  (int)(EXCHANGE_BODY_MOST >> 20));
        return RC_OK;
    }
    if (rc == RC_OK && (hearing.is_bad || !exchange_told_read(a, said, told_out)))
        rc = RC_IO;
    if (rc == RC_OK && gives_files(step) && told_out->outcome == EXCHANGE_DONE &&
        (files_out == NULL || told_out->files != files_out->list.count))
        rc = RC_IO;
    if (rc == RC_IO && step == EXCHANGE_STEP_WRITE)
        *told_out = (struct exchange_told){.outcome = EXCHANGE_UNKNOWN};
    if (rc == RC_OK || (rc == RC_IO && step == EXCHANGE_STEP_WRITE))
        *is_fine_out = is_told(step, told_out);
    else
        store_door_no_answer(options->data, rc, said, end_of(step));
    return RC_OK;
}

/* ---- with the lock ---- */

static bool do_here(struct arena *a, const struct options *options, enum exchange_step step,
                    const struct exchange_call *call, struct folder_files *files_out, struct exchange_told *told_out)
{
    struct arena *own = gives_files(step) ? NULL : arena_open(COMPILE_MEMORY);
    struct store_door door = {0};
    struct exchange_told told = {0};
    bool is_open = store_door_open(options->data, options->db, options->at, &door);

    if (is_open) {
        if (step == EXCHANGE_STEP_DUMP)
            exchange_dump(door.db, a, call, files_out, &told);
        else if (step == EXCHANGE_STEP_PUBLISHED)
            exchange_published(door.db, a, call, files_out, &told);
        else if (step == EXCHANGE_STEP_LOOK)
            exchange_look(door.db, own, call, &told);
        else
            exchange_write(door.db, own, call, &told);
        CHECK(exchange_told_read(a, exchange_told_put(a, &told), told_out));
    }
    store_door_close(&door);
    arena_close(&own);
    return is_open && is_told(step, told_out);
}

bool exchange_ask(struct arena *a, const struct options *options, enum exchange_step step,
                  const struct exchange_call *call, struct folder_files *files_out, struct exchange_told *told_out)
{
    const struct timespec wait = {.tv_nsec = (long)WAIT_MS * 1000000};

    for (int round = 0; round < WAIT_ROUNDS; round++) {
        bool is_fine = false;

        if (files_out)
            *files_out = (struct folder_files){0};
        if (ask_once(a, options, step, call, files_out, told_out, &is_fine) == RC_NOT_FOUND)
            return do_here(a, options, step, call, files_out, told_out);
        if (!is_fine || told_out->outcome != EXCHANGE_BUSY)
            return is_fine;
        if (round == 0)
            fprintf(stderr, "the server is busy with another load or dump: waiting for it\n");
        (void)nanosleep(&wait, NULL);
    }
    say_fault("the server has been busy with another load or dump for too long%s", end_of(step));
    return false;
}
