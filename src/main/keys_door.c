/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See keys_door.h.
 */
#include "main/keys_door.h"

#include "main/command.h"
#include "main/control.h"
#include "main/store_door.h"

static bool is_told(const struct keys_told *told)
{
    if (told->outcome != KEYS_TROUBLE)
        return true;
    say_fault("%.*s", SPAN_ARGS(told->sentence));
    return false;
}

static bool do_here(struct arena *a, const struct options *options, const struct keys_call *call,
                    struct keys_told *told_out)
{
    struct store_door door = {0};
    bool is_open = store_door_open(options->data, options->db, options->at, &door);

    if (is_open)
        keys_step(door.db, a, call, options->at, told_out);
    store_door_close(&door);
    return is_open && is_told(told_out);
}

bool keys_ask(struct arena *a, const struct options *options, const struct keys_call *call, struct keys_told *told_out)
{
    struct span body = keys_call_put(a, call);
    struct span said;
    enum rc rc = control_ask(a, options->data, S(KEYS_VERB), &body, 1, NULL, NULL, &said);

    *told_out = (struct keys_told){.outcome = KEYS_UNKNOWN};
    if (rc == RC_NOT_FOUND)
        return do_here(a, options, call, told_out);
    if (rc == RC_OK && keys_told_read(a, said, told_out))
        return is_told(told_out);
    *told_out = (struct keys_told){.outcome = KEYS_UNKNOWN};
    if (call->writes && rc != RC_DENIED && rc != RC_CONFLICT)
        return true;
    store_door_no_answer(options->data, rc, said, "");
    return false;
}
