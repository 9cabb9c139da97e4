/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See import_door.h.
 */
#include "main/import_door.h"

#include "main/command.h"
#include "main/control.h"
#include "main/store_door.h"

static const char *end_of(const struct import_call *call)
{
    return call->work == IMPORT_WRITE ? "; nothing was stored" : "";
}

static bool is_told(const struct import_call *call, const struct import_told *told)
{
    if (told->outcome != IMPORT_TROUBLE)
        return true;
    say_fault("%.*s%s", SPAN_ARGS(told->sentence), end_of(call));
    return false;
}

static bool do_here(struct arena *a, const struct options *options, const struct import_call *call,
                    struct import_told *told_out)
{
    struct store_door door = {0};
    bool is_open = store_door_open(options->data, options->db, options->at, &door);

    if (is_open)
        import_step(door.db, a, call, options->at, told_out);
    store_door_close(&door);
    return is_open && is_told(call, told_out);
}

bool import_ask(struct arena *a, const struct options *options, const struct import_call *call,
                struct import_told *told_out)
{
    struct span *parts = ARENA_ARRAY(a, struct span, call->pack_count + 1);
    struct span said;
    enum rc rc;

    parts[0] = import_call_put(a, call);
    for (size_t i = 0; i < call->pack_count; i++)
        parts[i + 1] = call->packs[i];
    rc = control_ask(a, options->data, S(IMPORT_VERB), parts, call->pack_count + 1, NULL, NULL, &said);
    if (rc == RC_NOT_FOUND)
        return do_here(a, options, call, told_out);
    if (rc == RC_OK && import_told_read(a, said, told_out))
        return is_told(call, told_out);
    *told_out = (struct import_told){.outcome = IMPORT_UNKNOWN};
    if ((call->work == IMPORT_WRITE || call->work == IMPORT_UNDO) && rc != RC_DENIED && rc != RC_CONFLICT)
        return true;
    store_door_no_answer(options->data, rc, said, end_of(call));
    return false;
}
