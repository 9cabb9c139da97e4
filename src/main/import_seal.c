/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See import_seal.h. A thousand at a time: what a record was before it was sealed is overwritten with the next ones.
 */
#include "main/import_seal.h"

#include "seal/secret.h"

enum { AT_A_TIME = 1000, HEAD_ROOM = 16 * 1024, SCRATCH_MEMORY = 32 * 1024 * 1024, PACK_MOST = 8 * 1024 * 1024 };

static enum rc seal_one(struct arena *scratch, const struct subscriber *s, const struct seal_reader *reader,
                        const struct import_call *call, struct buf *pack)
{
    struct seal_head head = {
        .kind = SEAL_SUBSCRIBER, .campaign = call->campaign, .object = seal_object_make(), .day = call->day};
    struct buf *record = buf_new(scratch, SUBSCRIBER_RECORD_MOST);
    struct span sealed;
    enum rc rc;

    CHECK(subscriber_put(record, s)); /* import_list_read() saw that it can be */
    rc = seal_put(scratch, &head, reader, 1, buf_span(record), &sealed);
    secret_wipe(record->p, record->n);
    if (rc == RC_OK)
        import_row_put(pack, &head.object, s->lang, s->audience, sealed);
    return rc;
}

enum rc import_seal(struct arena *a, const struct import_list *list, const struct mailing_public *key,
                    struct import_call *call, void (*progress)(size_t done, size_t count))
{
    const struct seal_reader reader = mailing_reader(key);
    struct span *packs = ARENA_ARRAY(a, struct span, list->people.count / AT_A_TIME + 1);
    struct arena *scratch = arena_open(SCRATCH_MEMORY);
    size_t room = IMPORT_BODY_MOST - HEAD_ROOM;
    enum rc rc = RC_OK;
    size_t count = 0;

    for (size_t i = 0; i < list->people.count && rc == RC_OK; count++) {
        struct buf *pack = buf_new(scratch, PACK_MOST);
        size_t end = i + AT_A_TIME < list->people.count ? i + AT_A_TIME : list->people.count;

        for (; i < end && rc == RC_OK; i++)
            rc = seal_one(scratch, &list->people.items[i].subscriber, &reader, call, pack);
        if (rc == RC_OK && pack->n > room)
            rc = RC_LIMIT;
        room -= rc == RC_OK ? pack->n : 0;
        packs[count] = arena_dup(a, buf_span(pack));
        arena_reset(scratch);
        if (progress)
            progress(i, list->people.count);
    }
    arena_close(&scratch);
    call->people = list->people.count;
    call->packs = packs;
    call->pack_count = count;
    return rc;
}
