/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See send_door.h.
 */
#include "main/send_door.h"

#include "main/command.h"
#include "main/control.h"
#include "main/store_door.h"

#include <inttypes.h>

bool send_ask(struct arena *a, const struct options *options, struct send_call *call, struct send_told *told_out)
{
    struct span body;
    struct span said;
    enum rc rc;

    call->url = span_of(options->db);
    call->host = span_of(options->campaign);
    body = send_call_put(a, call);
    rc = control_ask(a, options->data, S(SEND_VERB), &body, 1, NULL, NULL, &said);
    if (rc == RC_NOT_FOUND) {
        say_fault("no server runs on %s, and letters are sent by a server alone: start it with “breakroom serve --data "
                  "%s”",
                  options->data, options->data);
        return false;
    }
    if (rc != RC_OK || !send_told_read(a, said, told_out)) {
        store_door_no_answer(options->data, rc == RC_OK ? RC_IO : rc, said, "");
        return false;
    }
    if (told_out->outcome != SEND_TROUBLE)
        return true;
    say_fault("%.*s", SPAN_ARGS(told_out->sentence));
    return false;
}

struct span send_number(struct arena *a, int64_t number)
{
    struct span digits = arena_printf(a, "%" PRId64, number);
    struct buf *out = buf_new(a, 64);

    for (size_t i = 0; i < digits.n; i++) {
        if (i && (digits.n - i) % 3 == 0)
            buf_char(out, ',');
        buf_char(out, digits.p[i]);
    }
    return buf_span(out);
}

static struct span state_words(struct arena *a, const struct send_run *run)
{
    switch (run->state) {
    case RUN_FREEZING:
        return S("the list is being opened");
    case RUN_ACTIVE:
        if (run->is_foreign)
            return S("waits for an unlock, since its key was kept under another server.key: “breakroom send --unlock”");
        return run->needs_unlock ? S("waits for an unlock: “breakroom send --unlock”") : S("under way");
    case RUN_PAUSED:
        return run->refused == 0 ? S("paused")
                                 : arena_printf(a,
                                                "paused by itself, for the smart host refused %" PRId64
                                                " in a row (it answers %" PRId64
                                                "): ask whoever runs it, then “breakroom send --resume”",
                                                run->refused, run->refused_code);
    case RUN_STOPPED:
        return S("stopped");
    case RUN_DONE:
        return S("done");
    }
    return S("");
}

static void put_count(struct arena *a, struct buf *out, int64_t number, const char *words)
{
    if (number)
        buf_printf(out, ", %.*s %s", SPAN_ARGS(send_number(a, number)), words);
}

struct span send_run_words(struct arena *a, const struct send_run *run)
{
    struct buf *out = buf_new(a, 1024);

    buf_put(out, state_words(a, run));
    if (run->state == RUN_FREEZING) {
        put_count(a, out, run->people, "so far");
        return buf_span(out);
    }
    buf_printf(out, ": %.*s of %.*s sent", SPAN_ARGS(send_number(a, run->sent)),
               SPAN_ARGS(send_number(a, run->people)));
    put_count(a, out, run->waiting + run->claimed, run->state == RUN_STOPPED ? "let alone" : "waiting");
    put_count(a, out, run->deferred, "put off");
    put_count(a, out, run->failed, "failed");
    put_count(a, out, run->in_doubt, "in doubt");
    put_count(a, out, run->withdrawn, "left before it was sent");
    return buf_span(out);
}

struct span send_host_words(struct arena *a, const struct send_told *told)
{
    static const char *const troubles[] = {
        [SMTP_NO_NAME] = "its name leads nowhere",
        [SMTP_NO_CONNECTION] = "nothing answers there",
        [SMTP_SILENT] = "it says nothing",
        [SMTP_HUNG_UP] = "it hangs up",
        [SMTP_NONSENSE] = "what it says is not SMTP",
        [SMTP_NO_TLS] = "it does not offer TLS",
        [SMTP_CERTIFICATE] = "its certificate is not good",
        [SMTP_NO_AUTH] = "it does not take a password the way we may give one",
    };
    struct span why;

    if (!told->has_mailer)
        return S("the mailer is being started anew");
    if (told->host_state != SMTP_AWAY && told->host_state != SMTP_REFUSED)
        return (struct span){0};
    why = told->host_code > 0 && (size_t)told->host_code < COUNT(troubles) && troubles[told->host_code]
              ? span_of(troubles[told->host_code])
              : arena_printf(a, "it answers %" PRId32, told->host_code);
    if (told->host_state == SMTP_AWAY)
        return arena_printf(a, "the smart host is away (%.*s); letters wait, and it is tried again", SPAN_ARGS(why));
    return arena_printf(a, "the smart host turns us away (%.*s): see the smtp_ lines of server.ini", SPAN_ARGS(why));
}
