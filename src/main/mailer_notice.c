/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Notices: letters to one person who just did something. In memory only, before all else; three tries within an hour
 * where the host says "later". They have a few kilobytes each, and no more than so many wait.
 */
#include "main/mailer_impl.h"

#include "http/log.h"
#include "mail/letter_wire.h"
#include "seal/secret.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAITING_MOST = 1000,
    BYTES_MOST = 256 * 1024, /* of one */
    TRIES_MOST = 3,
    KEPT_MS = 24 * 60 * 60 * 1000, /* while the host is away */
    MAKE_MEMORY = 64 * 1024 * 1024,
};
/* After the first try, and after the second. */
static const int64_t pauses_ms[TRIES_MOST - 1] = {(int64_t)5 * 60 * 1000, (int64_t)50 * 60 * 1000};

struct notice {
    struct notice *next;
    int tries;
    int64_t came_ms;
    int64_t due_ms;
    struct span domain;
    struct span address;
    struct span letter;
    size_t n;
    char bytes[]; /* what these lie in */
};

static void notice_free(struct notice *n)
{
    secret_wipe(n->bytes, n->n);
    free(n);
}

static void add(struct mailer *m, struct notice *n)
{
    n->next = NULL;
    *m->notices_end = n;
    m->notices_end = &n->next;
    m->notice_count++;
}

static struct span keep(struct notice *n, struct span bytes)
{
    struct span kept = {n->bytes + n->n, bytes.n};

    if (bytes.n)
        memcpy(n->bytes + n->n, bytes.p, bytes.n);
    n->n += bytes.n;
    return kept;
}

void on_notice(struct mailer *m, const struct mailer_notice *said)
{
    size_t size = said->domain.n + said->address.n + said->letter.n;
    struct notice *n;

    if (m->smtp == NULL || m->is_stopping || size > BYTES_MOST || m->notice_count >= WAITING_MOST) {
        LOG_HOUSE_FAULT("mailer.notice_dropped", KV_INT("waiting", m->notice_count), KV_INT("bytes", size));
        return;
    }
    n = calloc(1, sizeof *n + size);
    CHECK(n != NULL);
    n->domain = keep(n, said->domain);
    n->address = keep(n, said->address);
    n->letter = keep(n, said->letter);
    n->came_ms = n->due_ms = mailer_now_ms();
    add(m, n);
}

struct notice *notice_next(struct mailer *m)
{
    int64_t now = mailer_now_ms();

    for (struct notice **at = &m->notices; *at; at = &(*at)->next) {
        struct notice *n = *at;

        if (n->due_ms > now)
            continue;
        *at = n->next;
        if (m->notices_end == &n->next)
            m->notices_end = at;
        m->notice_count--;
        return n;
    }
    return NULL;
}

struct span notice_domain(const struct notice *n)
{
    return n->domain;
}

/* A name for the Message-ID that says nothing: nobody else's, and not this person's next time. */
static struct span make_id(struct arena *a)
{
    struct seal_object random = seal_object_make();
    struct buf *id = buf_new(a, 2 * sizeof random.bytes + 1);

    key_hex_put(id, (struct span){(const char *)random.bytes, sizeof random.bytes});
    return buf_span(id);
}

static enum rc write_with(struct arena *a, struct letter *l, struct worker *w)
{
    const struct notice *n = l->notice;
    const struct mail_message *message;
    struct mail_letter letter;
    struct mail_person person = {.address = n->address, .id = make_id(a), .when = l->when};
    enum rc rc = l->signing->rc;

    person.token = person.id; /* a notice has no place for one */
    if (rc == RC_OK && (!mail_letter_read(a, n->letter, &letter) || n->address.n > sizeof l->to))
        rc = RC_INVALID;
    if (rc == RC_OK)
        rc = mail_compile(a, &letter, &message);
    if (rc != RC_OK)
        return rc;
    memcpy(l->from, letter.from.p, letter.from.n); /* plain, or it would not compile */
    l->from_len = letter.from.n;
    memcpy(l->to, n->address.p, n->address.n);
    l->to_len = n->address.n;
    return letter_write(l, message, &person, l->signing->keys[w->number], w->scratch);
}

void notice_make(struct letter *l, struct worker *w)
{
    struct arena *a = arena_open(MAKE_MEMORY);

    l->rc = write_with(a, l, w);
    arena_wipe(a);
    arena_close(&a);
}

void notice_done(struct mailer *m, struct notice *n, enum mail_outcome outcome)
{
    int64_t now = mailer_now_ms();
    bool is_over = outcome != MAIL_UNSENT && (outcome != MAIL_DEFERRED || n->tries + 1 >= TRIES_MOST);

    if (m->is_stopping || is_over || now - n->came_ms > KEPT_MS) {
        if (outcome != MAIL_SENT)
            LOG_HOUSE("mailer.notice_over", KV_INT("outcome", outcome), KV_INT("tries", n->tries + 1));
        notice_free(n);
        return;
    }
    if (outcome == MAIL_DEFERRED)
        n->due_ms = now + pauses_ms[n->tries++];
    add(m, n);
}

int64_t notices_due_ms(const struct mailer *m)
{
    int64_t due = 0;

    for (const struct notice *n = m->notices; n; n = n->next)
        if (due == 0 || n->due_ms < due)
            due = n->due_ms;
    return due;
}

void notices_close(struct mailer *m)
{
    while (m->notices) {
        struct notice *n = m->notices;

        m->notices = n->next;
        notice_free(n);
    }
    m->notices_end = &m->notices;
    m->notice_count = 0;
}
