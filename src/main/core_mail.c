/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_mail.h. The engine is there before the link, which speaks to it, and after it.
 */
#include "main/core_mail.h"

#include "mail/notice.h"

#include <stdlib.h>

#define MINUTE_US INT64_C(60000000)
enum { PATH_MEMORY = 64 * 1024 };

struct core_mail {
    struct arena *arena;
    struct mailer_link *link; /* null while the engine is alone: then there is no pair, and it says nothing */
    struct sending *sending;
    struct core_mailing *mailing;
};

static enum rc to_mailer(void *ctx, uint64_t pair, const struct mailer_frame *frame)
{
    const struct core_mail *m = ctx;

    return m->link ? mailer_link_send(m->link, pair, frame) : RC_IO;
}

enum rc core_mail_open(const struct core_mail_options *options, struct core_mail **mail_out)
{
    struct core_mail *m = calloc(1, sizeof *m);
    struct sending_options sending = {
        .store = options->store,
        .key = options->key,
        .pace = {.step_us = options->site_rate ? MINUTE_US / (int64_t)options->site_rate : 0,
                 .burst = (int32_t)options->site_burst},
        .holder = options->holder,
        .clock = options->clock,
        .keeps_keys = options->keeps_keys,
        .link = m,
        .send = to_mailer,
        .zones = options->live,
        .minute = live_minute,
    };
    struct mail_postbox box;
    enum rc rc;

    CHECK(m != NULL);
    *mail_out = m;
    m->arena = arena_open(PATH_MEMORY);
    sending.journal = arena_cstr(m->arena, arena_printf(m->arena, "%.*s/mailer.journal", SPAN_ARGS(options->data)));
    rc = sending_open(&sending, &m->sending);
    if (rc == RC_OK) {
        m->mailing = core_mailing_open(options->store, options->url, options->clock, m->sending);
        rc = mailer_link_open(
            &(struct mailer_link_options){
                .ctx = m->sending, .up = sending_up, .frame = sending_frame, .down = sending_down},
            &m->link);
    }
    if (rc != RC_OK) {
        core_mail_close(mail_out);
        return rc;
    }
    box = mailer_link_postbox(m->link);
    if (options->has_smart_host)
        mail_postbox_is(&box);
    return RC_OK;
}

void core_mail_stop(struct core_mail *m)
{
    if (m)
        sending_stop(m->sending);
}

void core_mail_close(struct core_mail **mail)
{
    struct core_mail *m = *mail;

    *mail = NULL;
    if (m == NULL)
        return;
    sending_stop(m->sending);
    mail_postbox_is(NULL);
    mailer_link_close(&m->link);
    core_mailing_close(&m->mailing);
    sending_close(&m->sending);
    arena_close(&m->arena);
    free(m);
}

struct mailer_link *core_mail_link(struct core_mail *m)
{
    return m->link;
}

struct core_mailing *core_mail_mailing(struct core_mail *m)
{
    return m ? m->mailing : NULL;
}

void core_mail_status_put(struct core_mail *m, struct buf *out)
{
    if (m == NULL)
        return;
    mailer_link_status_put(m->link, out);
    core_mailing_status_put(m->mailing, out);
}
