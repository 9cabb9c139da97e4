/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See mailer_wire.h. A frame is four bytes that say how many follow, one that says its kind, and its members: flags, kinds
 * and outcomes one byte each, counts four, numbers as wide as they are, keys and objects as they are.
 *
 * Of each list the writer and the reader stand next to each other, so that what one does and the other does not is seen.
 * The reader looks at form alone: a count or an enumerator that cannot be. Whether a number makes sense, its user asks.
 */
#include "main/mailer_wire.h"

#include "base/bytes.h"

#include <string.h>

enum { HEAD_LEN = 4, FRAME_LEAST = HEAD_LEN + 1 };

/* Bytes that an item of a list has at least: so many of them can be there, and no more. */
enum {
    RECORD_LEAST = SEAL_ID_LEN + 8 + 4 + 1 + 1 + 1 + 4,
    FROZEN_LEAST = 1 + 8 + 4 + 4,
    SITE_LEAST = 4 + 8 + 4,
    PERSON_LEAST = 8 + 4 + 4 + LINK_LEN + 8 + 4,
    RESULT_LEAST = 8 + 4 + 1 + 4 + 1,
    TEXT_LEAST = 4,
};

static void put_bytes(struct buf *b, const void *p, size_t n)
{
    buf_put(b, (struct span){p, n});
}

static void put_count(struct buf *b, size_t count, size_t most)
{
    CHECK(count <= most);
    bytes_put_u32(b, (uint32_t)count);
}

static bool take_flag(struct bytes_in *in)
{
    return bytes_take_choice(in, 0, 1);
}

static void put_run(struct buf *b, const struct mailer_run *run)
{
    bytes_put_i64(b, run->campaign_id);
    bytes_put_i64(b, run->run_no);
}

static void take_run(struct bytes_in *in, struct mailer_run *run)
{
    run->campaign_id = bytes_take_i64(in);
    run->run_no = bytes_take_i64(in);
}

/* ---- greeting and keys ---- */

static void put_hello(struct buf *b, const struct mailer_hello *hello)
{
    bytes_put_u8(b, hello->can_send);
    put_count(b, hello->run_count, MAILER_RUNS_MOST);
    for (size_t i = 0; i < hello->run_count; i++)
        put_run(b, &hello->runs[i]);
}

static void take_hello(struct bytes_in *in, struct mailer_hello *hello)
{
    hello->can_send = take_flag(in);
    hello->run_count = bytes_take_count(in, MAILER_RUNS_MOST, 16);
    for (size_t i = 0; i < hello->run_count; i++)
        take_run(in, &hello->runs[i]);
}

static void put_unlock(struct buf *b, const struct mailer_unlock *unlock)
{
    put_run(b, &unlock->run);
    put_bytes(b, unlock->campaign.bytes, sizeof unlock->campaign.bytes);
    put_bytes(b, unlock->reader.bytes, sizeof unlock->reader.bytes);
    put_bytes(b, unlock->key_object.bytes, sizeof unlock->key_object.bytes);
    bytes_put_i32(b, unlock->key_day);
    bytes_put_text(b, unlock->key_sealed);
    bytes_put_text(b, unlock->key_kept);
    bytes_put_text(b, unlock->domain);
    bytes_put_text(b, unlock->handover);
}

static void take_unlock(struct bytes_in *in, struct mailer_unlock *unlock)
{
    take_run(in, &unlock->run);
    bytes_take_into(in, unlock->campaign.bytes, sizeof unlock->campaign.bytes);
    bytes_take_into(in, unlock->reader.bytes, sizeof unlock->reader.bytes);
    bytes_take_into(in, unlock->key_object.bytes, sizeof unlock->key_object.bytes);
    unlock->key_day = bytes_take_i32(in);
    unlock->key_sealed = bytes_take_text(in);
    unlock->key_kept = bytes_take_text(in);
    unlock->domain = bytes_take_text(in);
    unlock->handover = bytes_take_text(in);
}

static void put_unlocked(struct buf *b, const struct mailer_unlocked *unlocked)
{
    put_run(b, &unlocked->run);
    bytes_put_u8(b, (uint8_t)unlocked->rc);
    bytes_put_text(b, unlocked->key_sealed);
    bytes_put_text(b, unlocked->key_kept);
}

static void take_unlocked(struct bytes_in *in, struct mailer_unlocked *unlocked)
{
    take_run(in, &unlocked->run);
    unlocked->rc = (enum rc)bytes_take_choice(in, RC_OK, RC_IO);
    unlocked->key_sealed = bytes_take_text(in);
    unlocked->key_kept = bytes_take_text(in);
}

/* ---- the freeze ---- */

static void put_record(struct buf *b, const struct mailer_record *record)
{
    put_bytes(b, record->object.bytes, sizeof record->object.bytes);
    bytes_put_i64(b, record->wish);
    bytes_put_i32(b, record->day);
    bytes_put_u8(b, record->is_active);
    bytes_put_u8(b, record->is_wanted);
    bytes_put_u8(b, record->is_had);
    bytes_put_text(b, record->sealed);
}

static void take_record(struct bytes_in *in, struct mailer_record *record)
{
    bytes_take_into(in, record->object.bytes, sizeof record->object.bytes);
    record->wish = bytes_take_i64(in);
    record->day = bytes_take_i32(in);
    record->is_active = take_flag(in);
    record->is_wanted = take_flag(in);
    record->is_had = take_flag(in);
    record->sealed = bytes_take_text(in);
}

static void put_frozen(struct buf *b, const struct mailer_frozen *frozen)
{
    bytes_put_u8(b, (uint8_t)frozen->verdict);
    bytes_put_i64(b, frozen->person_no);
    bytes_put_i32(b, frozen->site_no);
    bytes_put_text(b, frozen->address);
}

static void take_frozen(struct bytes_in *in, struct mailer_frozen *frozen)
{
    frozen->verdict = (enum mailer_verdict)bytes_take_choice(in, MAILER_TAKEN, MAILER_UNDELIVERABLE);
    frozen->person_no = bytes_take_i64(in);
    frozen->site_no = bytes_take_i32(in);
    frozen->address = bytes_take_text(in);
}

static void put_site(struct buf *b, const struct mailer_site *site)
{
    bytes_put_i32(b, site->site_no);
    bytes_put_i64(b, site->people);
    bytes_put_text(b, site->name);
}

static void take_site(struct bytes_in *in, struct mailer_site *site)
{
    site->site_no = bytes_take_i32(in);
    site->people = bytes_take_i64(in);
    site->name = bytes_take_text(in);
}

static void put_frozen_end(struct buf *b, const struct mailer_frozen_end *end)
{
    put_run(b, &end->run);
    put_count(b, end->double_count, UINT32_MAX);
    for (size_t i = 0; i < end->double_count; i++)
        bytes_put_i64(b, end->doubles[i]);
    put_count(b, end->site_count, UINT32_MAX);
    for (size_t i = 0; i < end->site_count; i++)
        put_site(b, &end->sites[i]);
}

static void take_frozen_end(struct bytes_in *in, struct arena *a, struct mailer_frozen_end *end)
{
    int64_t *doubles;
    struct mailer_site *sites;

    take_run(in, &end->run);
    end->double_count = bytes_take_count(in, SIZE_MAX, 8);
    doubles = ARENA_ARRAY(a, int64_t, end->double_count);
    for (size_t i = 0; i < end->double_count; i++)
        doubles[i] = bytes_take_i64(in);
    end->doubles = doubles;
    end->site_count = bytes_take_count(in, SIZE_MAX, SITE_LEAST);
    sites = ARENA_ARRAY(a, struct mailer_site, end->site_count);
    for (size_t i = 0; i < end->site_count; i++)
        take_site(in, &sites[i]);
    end->sites = sites;
}

/* ---- sending ---- */

static void put_letters(struct buf *b, const struct mailer_letters *letters)
{
    put_run(b, &letters->run);
    bytes_put_text(b, letters->domain);
    put_count(b, letters->count, MAILER_BATCH_MOST);
    for (size_t i = 0; i < letters->count; i++)
        bytes_put_text(b, letters->letters[i]);
}

static void take_letters(struct bytes_in *in, struct arena *a, struct mailer_letters *letters)
{
    struct span *items;

    take_run(in, &letters->run);
    letters->domain = bytes_take_text(in);
    letters->count = bytes_take_count(in, MAILER_BATCH_MOST, TEXT_LEAST);
    items = ARENA_ARRAY(a, struct span, letters->count);
    for (size_t i = 0; i < letters->count; i++)
        items[i] = bytes_take_text(in);
    letters->letters = items;
}

static void put_person(struct buf *b, const struct mailer_person *person)
{
    bytes_put_i64(b, person->person_no);
    bytes_put_i32(b, person->attempt);
    bytes_put_i32(b, person->letter_no);
    put_bytes(b, person->link.text, sizeof person->link.text);
    bytes_put_i64(b, person->first_at.us);
    bytes_put_text(b, person->address);
}

static void take_person(struct bytes_in *in, struct mailer_person *person)
{
    person->person_no = bytes_take_i64(in);
    person->attempt = bytes_take_i32(in);
    person->letter_no = bytes_take_i32(in);
    bytes_take_into(in, person->link.text, sizeof person->link.text);
    person->first_at.us = bytes_take_i64(in);
    person->address = bytes_take_text(in);
}

static void put_send(struct buf *b, const struct mailer_send *send)
{
    put_run(b, &send->run);
    bytes_put_i64(b, send->fence);
    bytes_put_i64(b, send->until_ms);
    put_count(b, send->count, MAILER_BATCH_MOST);
    for (size_t i = 0; i < send->count; i++)
        put_person(b, &send->people[i]);
}

static void take_send(struct bytes_in *in, struct arena *a, struct mailer_send *send)
{
    struct mailer_person *people;

    take_run(in, &send->run);
    send->fence = bytes_take_i64(in);
    send->until_ms = bytes_take_i64(in);
    send->count = bytes_take_count(in, MAILER_BATCH_MOST, PERSON_LEAST);
    people = ARENA_ARRAY(a, struct mailer_person, send->count);
    for (size_t i = 0; i < send->count; i++)
        take_person(in, &people[i]);
    send->people = people;
}

static void put_result(struct buf *b, const struct mailer_result *result)
{
    bytes_put_i64(b, result->person_no);
    bytes_put_i32(b, result->attempt);
    bytes_put_u8(b, (uint8_t)result->outcome);
    bytes_put_i32(b, result->code);
    bytes_put_u8(b, (uint8_t)result->why);
}

static void take_result(struct bytes_in *in, struct mailer_result *result)
{
    result->person_no = bytes_take_i64(in);
    result->attempt = bytes_take_i32(in);
    result->outcome = (enum mail_outcome)bytes_take_choice(in, MAIL_SENT, MAIL_UNSENT);
    result->code = bytes_take_i32(in);
    result->why = (enum mail_class)bytes_take_choice(in, 0, MAIL_CLASS_COUNT - 1);
}

static void put_results(struct buf *b, const struct mailer_results *results)
{
    put_run(b, &results->run);
    bytes_put_i64(b, results->fence);
    put_count(b, results->count, MAILER_BATCH_MOST);
    for (size_t i = 0; i < results->count; i++)
        put_result(b, &results->results[i]);
}

static void take_results(struct bytes_in *in, struct arena *a, struct mailer_results *results)
{
    struct mailer_result *items;

    take_run(in, &results->run);
    results->fence = bytes_take_i64(in);
    results->count = bytes_take_count(in, MAILER_BATCH_MOST, RESULT_LEAST);
    items = ARENA_ARRAY(a, struct mailer_result, results->count);
    for (size_t i = 0; i < results->count; i++)
        take_result(in, &items[i]);
    results->results = items;
}

static void put_notice(struct buf *b, const struct mailer_notice *notice)
{
    bytes_put_i64(b, notice->campaign_id);
    bytes_put_text(b, notice->domain);
    bytes_put_text(b, notice->address);
    bytes_put_text(b, notice->letter);
}

static void take_notice(struct bytes_in *in, struct mailer_notice *notice)
{
    notice->campaign_id = bytes_take_i64(in);
    notice->domain = bytes_take_text(in);
    notice->address = bytes_take_text(in);
    notice->letter = bytes_take_text(in);
}

/* ---- frames ---- */

static void put_members(struct buf *b, const struct mailer_frame *frame)
{
    switch (frame->kind) {
    case MAILER_HELLO:
        put_hello(b, &frame->hello);
        break;
    case MAILER_UNLOCKED:
        put_unlocked(b, &frame->unlocked);
        break;
    case MAILER_FROZEN:
        put_count(b, frame->frozen.count, MAILER_BATCH_MOST);
        for (size_t i = 0; i < frame->frozen.count; i++)
            put_frozen(b, &frame->frozen.items[i]);
        break;
    case MAILER_FROZEN_END:
        put_frozen_end(b, &frame->frozen_end);
        break;
    case MAILER_RESULTS:
        put_results(b, &frame->results);
        break;
    case MAILER_HOST:
        bytes_put_u8(b, (uint8_t)frame->host.state);
        bytes_put_i32(b, frame->host.code);
        break;
    case MAILER_UNLOCK:
        put_unlock(b, &frame->unlock);
        break;
    case MAILER_PEOPLE:
        put_count(b, frame->people.count, MAILER_BATCH_MOST);
        for (size_t i = 0; i < frame->people.count; i++)
            put_record(b, &frame->people.items[i]);
        break;
    case MAILER_LETTERS:
        put_letters(b, &frame->letters);
        break;
    case MAILER_SEND:
        put_send(b, &frame->send);
        break;
    case MAILER_NOTICE:
        put_notice(b, &frame->notice);
        break;
    case MAILER_PEOPLE_END:
    case MAILER_BREAK:
    case MAILER_FORGET:
        put_run(b, &frame->run);
        break;
    case MAILER_RESET:
        break;
    }
}

void mailer_frame_put(struct buf *out, const struct mailer_frame *frame)
{
    size_t start = out->n;
    size_t len;

    bytes_put_u32(out, 0);
    bytes_put_u8(out, (uint8_t)frame->kind);
    put_members(out, frame);
    len = out->n - start;
    if (len > MAILER_FRAME_MOST)
        out->overflowed = true;
    if (buf_overflowed(out)) {
        out->n = start; /* half a frame would be read together with the next */
        return;
    }
    for (int i = 0; i < HEAD_LEN; i++)
        out->p[start + (size_t)i] = (char)((len - HEAD_LEN) >> (8 * i) & 0xFF);
}

static void take_people(struct bytes_in *in, struct arena *a, struct mailer_frame *frame)
{
    struct mailer_record *items;

    frame->people.count = bytes_take_count(in, MAILER_BATCH_MOST, RECORD_LEAST);
    items = ARENA_ARRAY(a, struct mailer_record, frame->people.count);
    for (size_t i = 0; i < frame->people.count; i++)
        take_record(in, &items[i]);
    frame->people.items = items;
}

static void take_all_frozen(struct bytes_in *in, struct arena *a, struct mailer_frame *frame)
{
    struct mailer_frozen *items;

    frame->frozen.count = bytes_take_count(in, MAILER_BATCH_MOST, FROZEN_LEAST);
    items = ARENA_ARRAY(a, struct mailer_frozen, frame->frozen.count);
    for (size_t i = 0; i < frame->frozen.count; i++)
        take_frozen(in, &items[i]);
    frame->frozen.items = items;
}

static void take_members(struct bytes_in *in, struct arena *a, struct mailer_frame *frame)
{
    switch (frame->kind) {
    case MAILER_HELLO:
        take_hello(in, &frame->hello);
        break;
    case MAILER_UNLOCKED:
        take_unlocked(in, &frame->unlocked);
        break;
    case MAILER_FROZEN:
        take_all_frozen(in, a, frame);
        break;
    case MAILER_FROZEN_END:
        take_frozen_end(in, a, &frame->frozen_end);
        break;
    case MAILER_RESULTS:
        take_results(in, a, &frame->results);
        break;
    case MAILER_HOST:
        frame->host.state = (enum smtp_state)bytes_take_choice(in, SMTP_IDLE, SMTP_REFUSED);
        frame->host.code = bytes_take_i32(in);
        break;
    case MAILER_UNLOCK:
        take_unlock(in, &frame->unlock);
        break;
    case MAILER_PEOPLE:
        take_people(in, a, frame);
        break;
    case MAILER_LETTERS:
        take_letters(in, a, &frame->letters);
        break;
    case MAILER_SEND:
        take_send(in, a, &frame->send);
        break;
    case MAILER_NOTICE:
        take_notice(in, &frame->notice);
        break;
    case MAILER_PEOPLE_END:
    case MAILER_BREAK:
    case MAILER_FORGET:
        take_run(in, &frame->run);
        break;
    case MAILER_RESET:
        break;
    default:
        in->is_bad = true; /* no kind of ours */
        break;
    }
}

enum rc mailer_frame_read(struct arena *a, struct span bytes, struct mailer_frame *frame_out, size_t *len_out)
{
    struct bytes_in head = {.rest = bytes};
    struct bytes_in members;
    size_t len = (size_t)bytes_take_u32(&head) + HEAD_LEN;

    memset(frame_out, 0, sizeof *frame_out);
    if (head.is_bad)
        return RC_RETRY;
    if (len < FRAME_LEAST || len > MAILER_FRAME_MOST)
        return RC_INVALID; /* now: nobody waits for what may never come */
    if (bytes.n < len)
        return RC_RETRY;
    members.rest = span_sub(bytes, HEAD_LEN, len - HEAD_LEN);
    members.is_bad = false;
    frame_out->kind = (enum mailer_frame_kind)bytes_take_u8(&members);
    take_members(&members, a, frame_out);
    if (!bytes_are_taken(&members))
        return RC_INVALID;
    *len_out = len;
    return RC_OK;
}
