/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The keys that letters are signed with: read from D/dkim when a run's letters come, so that a change of the current one
 * counts from the next run on; a key for each thread, since a signer belongs to one.
 */
#include "main/mailer_impl.h"

#include "http/log.h"
#include "main/dkim_keys.h"
#include "seal/secret.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MEMORY = 256 * 1024 };

static enum rc open_keys(struct mailer *m, struct arena *a, struct signing *s)
{
    struct dkim_keys keys;
    struct span fault = {0};
    enum rc rc = dkim_keys_read(a, m->data, s->domain, &keys, &fault);

    if (rc == RC_OK && keys.current < 0)
        return RC_NOT_FOUND;
    for (int i = 0; rc == RC_OK && i < pool_threads(m->pool); i++)
        rc = dkim_open(keys.pem[keys.current], s->domain, keys.selector[keys.current], &s->keys[i]);
    return rc;
}

static void free_signing(struct signing *s)
{
    for (int i = 0; i < MAILER_THREADS_MOST; i++)
        dkim_close(&s->keys[i]);
    free(s);
}

static struct signing *open_signing(struct mailer *m, struct span domain)
{
    struct arena *a = arena_open(KEYS_MEMORY);
    struct signing *s = calloc(1, sizeof *s);

    CHECK(s != NULL);
    s->read_ms = mailer_now_ms();
    s->rc = RC_INVALID;
    if (domain.n < sizeof s->domain_room) {
        memcpy(s->domain_room, domain.p, domain.n);
        s->domain = (struct span){s->domain_room, domain.n};
        s->rc = open_keys(m, a, s);
    }
    if (s->rc != RC_OK) /* and nothing goes out */
        LOG_HOUSE_FAULT("mailer.no_dkim_key", KV_RC(s->rc));
    arena_wipe(a);
    arena_close(&a);
    return s;
}

struct signing *signing_take(struct mailer *m, struct span domain, int64_t age_ms)
{
    size_t place = 0;
    struct signing *s;

    for (size_t i = 0; i < COUNT(m->signings); i++) {
        s = m->signings[i];
        if (s && span_eq(s->domain, domain)) {
            place = i;
            break;
        }
        if (s == NULL || (m->signings[place] && s->read_ms < m->signings[place]->read_ms))
            place = i;
    }
    s = m->signings[place];
    if (s == NULL || !span_eq(s->domain, domain) || mailer_now_ms() - s->read_ms > age_ms) {
        signing_drop(&m->signings[place]);
        s = m->signings[place] = open_signing(m, domain);
        s->refs = 1; /* of the place */
    }
    s->refs++;
    return s;
}

void signings_close(struct mailer *m)
{
    for (size_t i = 0; i < COUNT(m->signings); i++)
        signing_drop(&m->signings[i]);
}

void signing_drop(struct signing **signing)
{
    struct signing *s = *signing;

    *signing = NULL;
    if (s && --s->refs == 0)
        free_signing(s);
}
