/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of send_step.h as lines at the control socket: a word, and what belongs to it.
 */
#include "main/lines.h"
#include "main/send_step.h"

#include <inttypes.h>

enum { RUNS_MOST = 10000, SITES_MOST = 200000, SAMPLE_LINES_MOST = 200 };

/* The numbers of a run and of a site, in the order in which they are written. */
#define RUN(member)  offsetof(struct send_run, member)
#define SITE(member) offsetof(struct mailing_site_count, member)
static const size_t run_numbers[] = {
    RUN(run_no),   RUN(made_at.us), RUN(starts_at.us), RUN(ended_at.us), RUN(people),       RUN(damaged),
    RUN(no_way),   RUN(sent),       RUN(waiting),      RUN(claimed),     RUN(deferred),     RUN(failed),
    RUN(in_doubt), RUN(undecided),  RUN(withdrawn),    RUN(refused),     RUN(refused_code),
};
static const size_t site_numbers[] = {
    SITE(people),      SITE(by_state[0]), SITE(by_state[1]), SITE(by_state[2]),
    SITE(by_state[3]), SITE(by_state[4]), SITE(by_state[5]), SITE(by_state[6]),
};

/* ---- numbers ---- */

static void put_numbers(struct buf *b, const void *row, const size_t *offsets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(b, " %" PRId64, *(const int64_t *)(const void *)((const char *)row + offsets[i]));
}

static bool read_numbers(struct span *value, void *row, const size_t *offsets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t number;

        if (!lines_number(value, INT64_MAX, &number))
            return false;
        *(int64_t *)(void *)((char *)row + offsets[i]) = (int64_t)number;
    }
    return true;
}

static bool take_number(struct span *bytes, struct span word, uint64_t most, uint64_t *number_out)
{
    struct span value;

    return lines_take(bytes, word, &value) && lines_number(&value, most, number_out) && value.n == 0;
}

static bool take_hex(struct span *bytes, struct span word, unsigned char *bytes_out, size_t n)
{
    struct span value;

    return lines_take(bytes, word, &value) && lines_hex(&value, bytes_out, n) && value.n == 0;
}

/* ---- a call ---- */

struct span send_call_put(struct arena *a, const struct send_call *call)
{
    struct buf *b = buf_new(a, SEND_CALL_MOST);

    buf_printf(b, "breakroom mailing call 1\nask %d\nurl %.*s\nhost %.*s\nnews %.*s\naudiences %.*s\n", (int)call->ask,
               SPAN_ARGS(call->url), SPAN_ARGS(call->host), SPAN_ARGS(call->news), SPAN_ARGS(call->audiences));
    buf_printf(b,
               "run %" PRId64 "\nagain %d\nimportant %d\nstarts %" PRId64 "\nfrom %" PRId32 "\nto %" PRId32
               "\npeople %" PRId64 "\n",
               call->run_no, call->is_again, call->is_important, call->starts_at.us, call->hours_from, call->hours_to,
               call->people);
    if (call->has_handover) {
        buf_put(b, S("secret "));
        lines_put_hex(b, call->handover.bytes, sizeof call->handover.bytes);
        buf_char(b, '\n');
    }
    return buf_span(b);
}

bool send_call_read(struct span bytes, struct send_call *call_out)
{
    enum { DAY_MINUTES = 24 * 60 };
    struct span version;
    uint64_t ask;
    uint64_t run;
    uint64_t again;
    uint64_t important;
    uint64_t starts;
    uint64_t from;
    uint64_t to;
    uint64_t people;

    *call_out = (struct send_call){0};
    if (!lines_take(&bytes, S("breakroom"), &version) || !span_eq(version, S("mailing call 1")) ||
        !take_number(&bytes, S("ask"), SEND_ASK_COUNT - 1, &ask) || !lines_take(&bytes, S("url"), &call_out->url) ||
        !lines_take(&bytes, S("host"), &call_out->host) || !lines_take(&bytes, S("news"), &call_out->news) ||
        !lines_take(&bytes, S("audiences"), &call_out->audiences) || !take_number(&bytes, S("run"), INT64_MAX, &run) ||
        !take_number(&bytes, S("again"), 1, &again) || !take_number(&bytes, S("important"), 1, &important) ||
        !take_number(&bytes, S("starts"), INT64_MAX, &starts) || !take_number(&bytes, S("from"), DAY_MINUTES, &from) ||
        !take_number(&bytes, S("to"), DAY_MINUTES, &to) || !take_number(&bytes, S("people"), INT64_MAX, &people))
        return false;
    call_out->ask = (enum send_ask)ask;
    call_out->run_no = (int64_t)run;
    call_out->is_again = again;
    call_out->is_important = important;
    call_out->starts_at.us = (int64_t)starts;
    call_out->hours_from = (int32_t)from;
    call_out->hours_to = (int32_t)to;
    call_out->people = (int64_t)people;
    call_out->has_handover = bytes.n > 0;
    return bytes.n == 0 ||
           (take_hex(&bytes, S("secret"), call_out->handover.bytes, sizeof call_out->handover.bytes) && bytes.n == 0);
}

/* ---- what is told ---- */

static void put_sample(struct buf *b, struct span sample)
{
    struct span line;

    if (span_ends(sample, S("\n"))) /* it ends the last line, it begins none */
        sample.n--;
    for (int i = 0; i < SAMPLE_LINES_MOST && span_next(&sample, '\n', &line); i++)
        buf_printf(b, "sample %.*s\n", SPAN_ARGS(line));
}

struct span send_told_put(struct arena *a, const struct send_told *told)
{
    struct buf *b = buf_new(a, SEND_TOLD_MOST);

    buf_printf(b, "breakroom mailing told 1\noutcome %d\nsentence %.*s\nhost %.*s\npeople %" PRId64 "\nsubject %.*s\n",
               (int)told->outcome, SPAN_ARGS(told->sentence), SPAN_ARGS(told->host), told->people,
               SPAN_ARGS(told->subject));
    buf_put(b, S("campaign "));
    lines_put_hex(b, told->campaign.bytes, sizeof told->campaign.bytes);
    buf_put(b, S("\nwrapped "));
    lines_put_hex(b, told->wrapped.bytes, sizeof told->wrapped.bytes);
    buf_printf(b, "\nmailer-is %d %d %" PRId32 "\n", told->has_mailer, (int)told->host_state, told->host_code);
    put_sample(b, told->sample);
    for (size_t i = 0; i < told->runs.count && i < RUNS_MOST; i++) {
        const struct send_run *run = &told->runs.items[i];

        buf_printf(b, "run %.*s %d %d", SPAN_ARGS(run->news), (int)run->state, run->needs_unlock + run->is_foreign);
        put_numbers(b, run, run_numbers, COUNT(run_numbers));
        buf_char(b, '\n');
    }
    for (size_t i = 0; i < told->sites.count && i < SITES_MOST; i++) {
        const struct mailing_site_count *site = &told->sites.items[i];

        buf_printf(b, "site %.*s", site->name.n ? (int)site->name.n : 1, site->name.n ? site->name.p : "-");
        put_numbers(b, site, site_numbers, COUNT(site_numbers));
        buf_char(b, '\n');
    }
    return buf_span(b);
}

static bool read_run(struct span value, struct send_run *run_out)
{
    uint64_t state;
    uint64_t locked;

    if (!lines_word(&value, &run_out->news) || !lines_number(&value, RUN_DONE, &state) || state < RUN_FREEZING ||
        !lines_number(&value, 2, &locked) || !read_numbers(&value, run_out, run_numbers, COUNT(run_numbers)))
        return false;
    run_out->state = (enum run_state)state;
    run_out->needs_unlock = locked > 0;
    run_out->is_foreign = locked > 1;
    return value.n == 0;
}

static bool read_site(struct span value, struct mailing_site_count *site_out)
{
    if (!lines_word(&value, &site_out->name))
        return false;
    if (span_eq(site_out->name, S("-")))
        site_out->name = (struct span){0};
    return read_numbers(&value, site_out, site_numbers, COUNT(site_numbers)) && value.n == 0;
}

static bool read_mailer(struct span value, struct send_told *told_out)
{
    uint64_t is_there;
    uint64_t state;
    uint64_t code;

    if (!lines_number(&value, 1, &is_there) || !lines_number(&value, SMTP_REFUSED, &state) ||
        !lines_number(&value, 999, &code))
        return false;
    told_out->has_mailer = is_there;
    told_out->host_state = (enum smtp_state)state;
    told_out->host_code = (int32_t)code;
    return value.n == 0;
}

/* The lines that there may be many of. */
static bool read_lists(struct arena *a, struct span bytes, struct send_told *told_out)
{
    struct buf *sample = buf_new(a, SEND_TOLD_MOST);
    struct span value;
    struct span before = bytes;

    for (; lines_take(&bytes, S("sample"), &value); before = bytes) {
        buf_put(sample, value);
        buf_char(sample, '\n');
    }
    told_out->sample = buf_span(sample);
    for (bytes = before; lines_take(&bytes, S("run"), &value); before = bytes)
        if (told_out->runs.count == RUNS_MOST || !read_run(value, LIST_ADD(a, &told_out->runs)))
            return false;
    for (bytes = before; lines_take(&bytes, S("site"), &value); before = bytes)
        if (told_out->sites.count == SITES_MOST || !read_site(value, LIST_ADD(a, &told_out->sites)))
            return false;
    return before.n == 0;
}

bool send_told_read(struct arena *a, struct span bytes, struct send_told *told_out)
{
    struct span value;
    uint64_t outcome;
    uint64_t people;

    *told_out = (struct send_told){0};
    if (!lines_take(&bytes, S("breakroom"), &value) || !span_eq(value, S("mailing told 1")) ||
        !take_number(&bytes, S("outcome"), SEND_OUTCOME_COUNT - 1, &outcome) ||
        !lines_take(&bytes, S("sentence"), &told_out->sentence) || !lines_take(&bytes, S("host"), &told_out->host) ||
        !take_number(&bytes, S("people"), INT64_MAX, &people) ||
        !lines_take(&bytes, S("subject"), &told_out->subject) ||
        !take_hex(&bytes, S("campaign"), told_out->campaign.bytes, sizeof told_out->campaign.bytes) ||
        !take_hex(&bytes, S("wrapped"), told_out->wrapped.bytes, sizeof told_out->wrapped.bytes) ||
        !lines_take(&bytes, S("mailer-is"), &value) || !read_mailer(value, told_out))
        return false;
    told_out->outcome = (enum send_outcome)outcome;
    told_out->people = (int64_t)people;
    return read_lists(a, bytes, told_out);
}
