/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of import_step.h at the control socket: lines, and behind those of a call that writes the records as bytes.
 * A reader takes its lines in the order in which its writer writes them, and none besides.
 */
#include "base/bytes.h"
#include "main/import_step.h"
#include "main/lines.h"

#include <inttypes.h>
#include <string.h>

#define CALL_LINE "breakroom import call 1"
#define TOLD_LINE "breakroom import told 1"

enum { HEAD_MOST = 16 * 1024, TOLD_MOST = 64 * 1024 * 1024, AUDIENCES_MOST = 1000, LONGEST_ROW = 64 };

static const struct span works[IMPORT_WORK_COUNT] = {[IMPORT_LOOK] = SPAN_INIT("look"),
                                                     [IMPORT_WRITE] = SPAN_INIT("write"),
                                                     [IMPORT_NAME] = SPAN_INIT("list"),
                                                     [IMPORT_UNDO] = SPAN_INIT("undo")};
static const struct span outcomes[IMPORT_OUTCOME_COUNT] = {[IMPORT_DONE] = SPAN_INIT("done"),
                                                           [IMPORT_CHANGED] = SPAN_INIT("changed"),
                                                           [IMPORT_UNKNOWN] = SPAN_INIT("unknown"),
                                                           [IMPORT_TROUBLE] = SPAN_INIT("trouble")};

static bool find_word(const struct span *words, size_t count, struct span word, size_t *at_out)
{
    for (*at_out = 0; *at_out < count; (*at_out)++)
        if (span_eq(word, words[*at_out]))
            return true;
    return false;
}

static bool take_number(struct span *rest, struct span word, uint64_t most, uint64_t *number_out)
{
    struct span value;

    return lines_take(rest, word, &value) && lines_number(&value, most, number_out) && value.n == 0;
}

/* ---- records ---- */

void import_row_put(struct buf *b, const struct seal_object *object, enum lang lang, struct span audience,
                    struct span sealed)
{
    buf_put(b, (struct span){(const char *)object->bytes, sizeof object->bytes});
    bytes_put_u8(b, (uint8_t)lang);
    bytes_put_text(b, audience);
    bytes_put_text(b, sealed);
}

bool import_rows_read(struct arena *a, const struct import_call *call, struct subscriber_row **rows_out)
{
    struct subscriber_row *rows = ARENA_ARRAY(a, struct subscriber_row, call->people);
    size_t count = 0;

    *rows_out = rows;
    for (size_t i = 0; i < call->pack_count; i++) {
        struct bytes_in in = {.rest = call->packs[i]};

        while (in.rest.n && !in.is_bad && count < call->people) {
            struct subscriber_row *row = &rows[count++];

            *row = (struct subscriber_row){
                .state = SUBSCRIBER_ACTIVE, .often = SUBSCRIBER_EVERY, .day = call->day, .state_day = call->day};
            bytes_take_into(&in, row->object.bytes, sizeof row->object.bytes);
            row->lang = (enum lang)bytes_take_choice(&in, LANG_EN, LANG_COUNT - 1);
            row->audience = bytes_take_text(&in);
            row->sealed = bytes_take_text(&in);
        }
        if (!bytes_are_taken(&in))
            return false;
    }
    return count == call->people;
}

/* ---- a call ---- */

struct span import_call_put(struct arena *a, const struct import_call *call)
{
    struct buf *b = buf_new(a, HEAD_MOST);

    buf_printf(b, CALL_LINE " \nwork %.*s\nurl %.*s\nhost %.*s\n", SPAN_ARGS(works[call->work]), SPAN_ARGS(call->url),
               SPAN_ARGS(call->host));
    if (call->work == IMPORT_UNDO)
        buf_printf(b, "no %" PRId64 "\n", call->import_no);
    if (call->work == IMPORT_WRITE) {
        buf_put(b, S("name "));
        lines_put_hex(b, call->campaign.bytes, sizeof call->campaign.bytes);
        buf_put(b, S("\nkey "));
        lines_put_hex(b, call->key.bytes, sizeof call->key.bytes);
        buf_printf(b, "\nday %" PRId32 "\nsource %.*s\npeople %zu\n", call->day, SPAN_ARGS(call->source), call->people);
    }
    return buf_span(b);
}

static bool read_writing(struct arena *a, struct span bytes, struct import_call *call)
{
    struct span *pack = ARENA_NEW(a, struct span);
    struct span value;
    uint64_t day;
    uint64_t people;

    if (!lines_take(&bytes, S("name"), &value) || !lines_hex(&value, call->campaign.bytes, SEAL_ID_LEN) || value.n ||
        !lines_take(&bytes, S("key"), &value) || !lines_hex(&value, call->key.bytes, KEY_ID_LEN) || value.n ||
        !take_number(&bytes, S("day"), INT32_MAX, &day) || !lines_take(&bytes, S("source"), &call->source) ||
        !take_number(&bytes, S("people"), IMPORT_ROWS_MOST, &people) || people > bytes.n / LONGEST_ROW)
        return false;
    *pack = bytes;
    call->day = (int32_t)day;
    call->people = (size_t)people;
    call->packs = pack;
    call->pack_count = 1;
    return true;
}

bool import_call_read(struct arena *a, struct span bytes, struct import_call *call_out)
{
    struct span value;
    uint64_t number;
    size_t work;

    *call_out = (struct import_call){0};
    if (!lines_take(&bytes, S("breakroom"), &value) || !span_eq(value, S("import call 1 ")) ||
        !lines_take(&bytes, S("work"), &value) || !find_word(works, COUNT(works), value, &work) ||
        !lines_take(&bytes, S("url"), &call_out->url) || !lines_take(&bytes, S("host"), &call_out->host))
        return false;
    call_out->work = (enum import_work)work;
    if (call_out->work == IMPORT_WRITE)
        return read_writing(a, bytes, call_out);
    if (call_out->work == IMPORT_UNDO) {
        if (!take_number(&bytes, S("no"), INT64_MAX, &number))
            return false;
        call_out->import_no = (int64_t)number;
    }
    return bytes.n == 0;
}

/* ---- what is told ---- */

static void put_audience(struct buf *b, const struct audience *audience)
{
    buf_printf(b, "audience %.*s %d %d\n", SPAN_ARGS(audience->key), audience->asks_workplace,
               audience->takes_work_mail);
    for (size_t i = 0; i < LANG_COUNT; i++)
        buf_printf(b, "called %.*s\n", SPAN_ARGS(audience->name.in[i]));
}

static void put_look(struct buf *b, const struct import_told *told)
{
    buf_put(b, S("name "));
    lines_put_hex(b, told->campaign.bytes, sizeof told->campaign.bytes);
    buf_put(b, S("\nkey "));
    if (told->has_key)
        lines_put_hex(b, told->key.bytes, sizeof told->key.bytes);
    buf_put(b, S("\nlangs "));
    for (size_t i = 0; i < told->lang_count; i++)
        buf_printf(b, "%s%.*s", i ? " " : "", SPAN_ARGS(lang_code(told->langs[i])));
    buf_printf(b, "\ndomains %.*s\naudiences %zu\n", SPAN_ARGS(told->mail_domains), told->audiences.count);
    for (size_t i = 0; i < told->audiences.count; i++)
        put_audience(b, &told->audiences.items[i]);
}

struct span import_told_put(struct arena *a, const struct import_told *told)
{
    struct buf *b = buf_new(a, TOLD_MOST);

    buf_printf(b, TOLD_LINE " \noutcome %.*s\nsentence %.*s\nhost %.*s\nno %" PRId64 "\npeople %" PRId64 "\n",
               SPAN_ARGS(outcomes[told->outcome]), SPAN_ARGS(told->sentence), SPAN_ARGS(told->host), told->import_no,
               told->people);
    put_look(b, told);
    for (size_t i = 0; i < told->imports.list.count && i < IMPORT_AT_ONCE; i++) {
        const struct subscriber_import *import = &told->imports.list.items[i];

        buf_printf(b, "import %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %.*s\n", import->import_no,
                   import->made_at.us, import->undone_at.us, import->people, SPAN_ARGS(import->source));
    }
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}

static bool read_audience(struct span *bytes, struct audience *audience_out)
{
    struct span value;
    uint64_t asks;
    uint64_t takes;

    *audience_out = (struct audience){0};
    if (!lines_take(bytes, S("audience"), &value) || !lines_word(&value, &audience_out->key) ||
        !lines_number(&value, 1, &asks) || !lines_number(&value, 1, &takes) || value.n)
        return false;
    audience_out->asks_workplace = asks > 0;
    audience_out->takes_work_mail = takes > 0;
    for (size_t i = 0; i < LANG_COUNT; i++)
        if (!lines_take(bytes, S("called"), &audience_out->name.in[i]))
            return false;
    return true;
}

static bool read_look(struct arena *a, struct span *bytes, struct import_told *told)
{
    struct span value;
    struct span word;
    uint64_t count;

    if (!lines_take(bytes, S("name"), &value) || !lines_hex(&value, told->campaign.bytes, SEAL_ID_LEN) || value.n ||
        !lines_take(bytes, S("key"), &value))
        return false;
    told->has_key = value.n > 0;
    if (told->has_key && (!lines_hex(&value, told->key.bytes, KEY_LEN) || value.n))
        return false;
    if (!lines_take(bytes, S("langs"), &value))
        return false;
    while (value.n && lines_word(&value, &word))
        if (told->lang_count == LANG_COUNT || !lang_from_code(word, &told->langs[told->lang_count++]))
            return false;
    if (value.n || !lines_take(bytes, S("domains"), &told->mail_domains) ||
        !take_number(bytes, S("audiences"), AUDIENCES_MOST, &count))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!read_audience(bytes, LIST_ADD(a, &told->audiences)))
            return false;
    return true;
}

static bool read_import(struct span *bytes, struct subscriber_import *import_out)
{
    struct span value;
    uint64_t no;
    uint64_t people;

    *import_out = (struct subscriber_import){0};
    if (!lines_take(bytes, S("import"), &value) || !lines_number(&value, INT64_MAX, &no) ||
        !lines_instant(&value, &import_out->made_at) || !lines_instant(&value, &import_out->undone_at) ||
        !lines_number(&value, INT64_MAX, &people))
        return false;
    import_out->import_no = (int64_t)no;
    import_out->people = (int64_t)people;
    import_out->source = value;
    return true;
}

bool import_told_read(struct arena *a, struct span bytes, struct import_told *told_out)
{
    struct span value;
    uint64_t no;
    uint64_t people;
    size_t outcome;

    *told_out = (struct import_told){0};
    if (!lines_take(&bytes, S("breakroom"), &value) || !span_eq(value, S("import told 1 ")) ||
        !lines_take(&bytes, S("outcome"), &value) || !find_word(outcomes, COUNT(outcomes), value, &outcome) ||
        !lines_take(&bytes, S("sentence"), &told_out->sentence) || !lines_take(&bytes, S("host"), &told_out->host) ||
        !take_number(&bytes, S("no"), INT64_MAX, &no) || !take_number(&bytes, S("people"), INT64_MAX, &people) ||
        !read_look(a, &bytes, told_out))
        return false;
    told_out->outcome = (enum import_outcome)outcome;
    told_out->import_no = (int64_t)no;
    told_out->people = (int64_t)people;
    while (bytes.n)
        if (told_out->imports.list.count == IMPORT_AT_ONCE ||
            !read_import(&bytes, LIST_ADD(a, &told_out->imports.list)))
            return false;
    return true;
}
