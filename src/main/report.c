/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom report`: what became of a newsletter's letters, by receiving domain and never by person.
 */
#include "main/command.h"
#include "main/send_door.h"

#include <inttypes.h>
#include <stdio.h>

static const char usage[] =
    "Usage: breakroom report KEY --data D [--db URL] [--campaign HOST] [--json]\n"
    "\n"
    "What became of the letters of the newsletter KEY: how many were sent, failed, are waiting or in doubt, by the domain\n"
    "that receives them. Domains with fewer than five people stand together as “other”, so that no line is about one\n"
    "person. Asks the server of the data folder.\n"
    "\n"
    "  --data D          the data folder\n"
    "  --db URL          the store is PostgreSQL, postgres://…\n"
    "  --campaign HOST   which campaign, where the store has more than one\n"
    "  --json            numbers for a program\n"
    "  --help            print this and leave\n"
    "\n"
    "Exit: 0 printed, 1 it was never sent, 2 any other trouble.\n";

enum { REPORT_MEMORY = 64 * 1024 * 1024, OUT_MOST = 16 * 1024 * 1024 };

/* ---- for a program: every name is one of ours, so nothing needs an escape ---- */

static void put_run_json(struct buf *out, const struct send_run *run)
{
    buf_printf(out,
               "{\"run\": %" PRId64 ", \"state\": %d, \"people\": %" PRId64 ", \"sent\": %" PRId64
               ", \"waiting\": %" PRId64 ", \"claimed\": %" PRId64 ", \"deferred\": %" PRId64 ", \"failed\": %" PRId64
               ", \"in_doubt\": %" PRId64 ", \"undecided\": %" PRId64 ", \"withdrawn\": %" PRId64
               ", \"damaged\": %" PRId64 ", \"no_way\": %" PRId64 ", \"refused\": %" PRId64 ", \"needs_unlock\": %s",
               run->run_no, (int)run->state, run->people, run->sent, run->waiting, run->claimed, run->deferred,
               run->failed, run->in_doubt, run->undecided, run->withdrawn, run->damaged, run->no_way, run->refused,
               run->needs_unlock ? "true" : "false");
}

static void put_json(struct buf *out, const struct send_told *told)
{
    put_run_json(out, &told->runs.items[0]);
    buf_put(out, S(", \"sites\": ["));
    for (size_t i = 0; i < told->sites.count; i++) {
        const struct mailing_site_count *site = &told->sites.items[i];

        buf_printf(
            out, "%s\n  {\"name\": \"%.*s\", \"people\": %" PRId64 ", \"sent\": %" PRId64 ", \"failed\": %" PRId64 "}",
            i ? "," : "", SPAN_ARGS(site->name), site->people, site->by_state[DELIVERY_SENT],
            site->by_state[DELIVERY_FAILED]);
    }
    buf_put(out, S("]}\n"));
}

/* ---- for a person ---- */

static void put_table(struct arena *a, struct buf *out, const struct send_told *told)
{
    int64_t sum[DELIVERY_STATES] = {0};
    int64_t people = 0;

    buf_put(out, S("\n  people     sent  waiting   failed  in doubt     left  receiving domain\n"));
    for (size_t i = 0; i <= told->sites.count; i++) {
        bool is_sum = i == told->sites.count;
        const struct mailing_site_count *site = is_sum ? NULL : &told->sites.items[i];
        const int64_t *n = is_sum ? sum : site->by_state;
        int64_t waiting = n[DELIVERY_PENDING] + n[DELIVERY_CLAIMED] + n[DELIVERY_DEFERRED];
        struct span name = is_sum ? S("all") : site->name.n ? site->name : S("other");

        for (int k = 0; !is_sum && k < DELIVERY_STATES; k++)
            sum[k] += n[k];
        people += is_sum ? 0 : site->people;
        buf_printf(out, "%8.*s %8.*s %8.*s %8.*s  %8.*s %8.*s  %.*s\n",
                   SPAN_ARGS(send_number(a, is_sum ? people : site->people)),
                   SPAN_ARGS(send_number(a, n[DELIVERY_SENT])), SPAN_ARGS(send_number(a, waiting)),
                   SPAN_ARGS(send_number(a, n[DELIVERY_FAILED])), SPAN_ARGS(send_number(a, n[DELIVERY_IN_DOUBT])),
                   SPAN_ARGS(send_number(a, n[DELIVERY_WITHDRAWN])), SPAN_ARGS(name));
    }
}

static void put_words(struct arena *a, struct buf *out, const struct send_told *told)
{
    const struct send_run *run = &told->runs.items[0];
    struct span host = send_host_words(a, told);

    buf_printf(out, "%.*s, mailing %" PRId64 " of ", SPAN_ARGS(run->news), run->run_no);
    instant_put(out, run->made_at);
    buf_printf(out, "\n%.*s\n", SPAN_ARGS(send_run_words(a, run)));
    if (host.n && run->state == RUN_ACTIVE)
        buf_printf(out, "%.*s\n", SPAN_ARGS(host));
    if (run->damaged)
        buf_printf(out, "%.*s records did not open and got nothing\n", SPAN_ARGS(send_number(a, run->damaged)));
    if (run->no_way)
        buf_printf(out, "%.*s addresses are of a kind that no mail server carries for us\n",
                   SPAN_ARGS(send_number(a, run->no_way)));
    if (run->undecided)
        buf_printf(out,
                   "%.*s may or may not have it: “breakroom send --resend %" PRId64 "” or “--leave %" PRId64
                   "” settles that\n",
                   SPAN_ARGS(send_number(a, run->undecided)), run->run_no, run->run_no);
    put_table(a, out, told);
    for (size_t i = 1; i < told->runs.count; i++)
        buf_printf(out, "%searlier mailing %" PRId64 ": %.*s\n", i == 1 ? "\n" : "", told->runs.items[i].run_no,
                   SPAN_ARGS(send_run_words(a, &told->runs.items[i])));
}

int command_report(int argc, char **argv)
{
    struct options options = {.usage = usage, .takes = OPTION_STORE | OPTION_CAMPAIGN | OPTION_JSON, .operands = 1};
    struct send_call call = {.ask = SEND_REPORT};
    struct send_told told;
    struct arena *a;
    struct buf *out;
    int code = EXIT_TROUBLE;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    a = arena_open(REPORT_MEMORY);
    out = buf_new(a, OUT_MOST);
    call.news = span_of(options.operand[0]);
    if (!send_ask(a, &options, &call, &told))
        goto out;
    if (told.runs.count == 0) {
        say_fault("“%s” was never sent", options.operand[0]);
        code = EXIT_ERRORS;
        goto out;
    }
    if (options.is_json)
        put_json(out, &told);
    else
        put_words(a, out, &told);
    (void)fwrite(out->p, 1, out->n, stdout);
    code = flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
out:
    arena_close(&a);
    return code;
}
