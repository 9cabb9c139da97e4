/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See exchange_wire.h. Numbers are eight bytes, the least first; text is its length and its bytes.
 */
#include "main/exchange_wire.h"

#include "folder/folder.h"
#include "seal/sha256.h"

enum {
    HEAD_MOST = 128 * 1024 * 1024,
    HOST_MOST = 255,
    URL_MOST = 4096,
    PATH_MOST = 512,
    LINES_MOST = 2 * 1024 * 1024,
    PIECES_MOST = 100000,
    PIECE_MOST = FOLDER_COPY_MAX,  /* the largest file that a folder may have and a store takes */
    PATHS_MOST = 16 * 1024 * 1024, /* of all pieces: they make a .breakroom-base, and a list of changes */
    CHANGES_MOST = 2 * PIECES_MOST + 16,
    REGISTER_MOST = 2 * FOLDER_TEXT_MAX, /* of its rows' pieces */
};
/* The years 1 to 9999. */
static const int64_t at_least_us = INT64_C(-62135596800) * 1000000;
static const int64_t at_most_us = INT64_C(253402300799) * 1000000;
static const struct span call_heading = SPAN_INIT("breakroom call 1\n");
static const struct span told_heading = SPAN_INIT("breakroom told 1\n");

/* ---- writing ---- */

static void put_number(struct buf *b, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        buf_char(b, (char)(value >> (8 * i)));
}

static void put_text(struct buf *b, struct span s)
{
    put_number(b, s.n);
    buf_put(b, s);
}

/* ---- reading ---- */

struct reader {
    struct span rest;
    bool is_bad; /* stays */
};

static uint64_t read_number(struct reader *r, uint64_t most)
{
    uint64_t value = 0;

    if (r->is_bad || r->rest.n < 8) {
        r->is_bad = true;
        return 0;
    }
    for (size_t i = 8; i > 0; i--)
        value = value << 8 | (unsigned char)r->rest.p[i - 1];
    r->rest = span_from(r->rest, 8);
    r->is_bad = value > most;
    return r->is_bad ? 0 : value;
}

static struct span read_bytes(struct reader *r, uint64_t n)
{
    struct span s = {0};

    if (r->is_bad || n > r->rest.n) {
        r->is_bad = true;
        return s;
    }
    s = span_sub(r->rest, 0, (size_t)n);
    r->rest = span_from(r->rest, (size_t)n);
    return s;
}

static struct span read_text(struct reader *r, uint64_t most)
{
    return read_bytes(r, read_number(r, most));
}

/* How many follow, each of `least` bytes or more: no more than can be there. */
static size_t read_count(struct reader *r, uint64_t most, size_t least)
{
    uint64_t count = read_number(r, most);

    if (count > r->rest.n / least)
        r->is_bad = true;
    return r->is_bad ? 0 : (size_t)count;
}

static bool read_heading(struct reader *r, struct span heading)
{
    if (!span_eq(read_bytes(r, heading.n), heading))
        r->is_bad = true;
    return !r->is_bad;
}

static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
            return false;
    return true;
}

/* Below a folder, and nowhere else. */
static bool is_path(struct span path)
{
    struct span rest = path;
    struct span part;

    if (path.n == 0 || path.n > PATH_MOST || !is_plain(path))
        return false;
    while (span_next(&rest, '/', &part))
        if (part.n == 0 || span_eq(part, S(".")) || span_eq(part, S("..")))
            return false;
    return true;
}

static struct span read_path(struct reader *r)
{
    struct span path = read_text(r, PATH_MOST);

    if (!is_path(path))
        r->is_bad = true;
    return path;
}

/* ---- calls ---- */

static void put_call_head(struct buf *b, const struct exchange_call *call)
{
    const struct load_order *order = &call->order;

    buf_put(b, call_heading);
    put_number(b, (uint64_t)(call->at.us - at_least_us));
    put_number(b, (uint64_t)call->revision);
    put_text(b, order->host);
    put_text(b, call->url);
    put_text(b, call->base);
    put_number(b, order->take_count);
    for (size_t i = 0; i < order->take_count; i++) {
        put_number(b, order->takes[i].is_folder);
        put_text(b, order->takes[i].key);
    }
    put_number(b, call->with_bytes);
    put_number(b, order->pieces.list.count);
    for (size_t i = 0; i < order->pieces.list.count; i++) {
        const struct piece *p = &order->pieces.list.items[i];

        put_text(b, p->path);
        put_number(b, (uint64_t)p->position);
        if (call->with_bytes)
            put_number(b, p->bytes.n);
        else
            buf_put(b, p->hash);
    }
}

bool exchange_call_put(struct arena *a, const struct exchange_call *call, const struct span **parts_out,
                       size_t *count_out)
{
    const struct pieces *pieces = &call->order.pieces;
    struct span *parts = ARENA_ARRAY(a, struct span, pieces->list.count + 1);
    struct buf *head = buf_new(a, HEAD_MOST);
    uint64_t n;

    put_call_head(head, call);
    parts[0] = buf_span(head);
    n = parts[0].n;
    *parts_out = parts;
    *count_out = 1;
    for (size_t i = 0; i < pieces->list.count && call->with_bytes; i++) {
        parts[i + 1] = pieces->list.items[i].bytes;
        n += parts[i + 1].n;
        *count_out = i + 2;
    }
    return !buf_overflowed(head) && n <= EXCHANGE_BODY_MOST && pieces->list.count <= PIECES_MOST;
}

static void read_takes(struct reader *r, struct arena *a, struct load_order *order)
{
    size_t count = read_count(r, TAKES_MAX, 16);

    order->takes = ARENA_ARRAY(a, struct piece_take, count + 1);
    for (size_t i = 0; i < count && !r->is_bad; i++) {
        struct piece_take *take = &order->takes[order->take_count++];

        take->is_folder = read_number(r, 1);
        take->key = read_text(r, PATH_MOST);
        if (take->key.n == 0)
            r->is_bad = true;
    }
}

static void read_pieces(struct reader *r, struct arena *a, struct exchange_call *call)
{
    struct pieces *pieces = &call->order.pieces;
    size_t count = read_count(r, PIECES_MOST, 8 + 1 + 8 + 8);
    struct piece *items = ARENA_ARRAY(a, struct piece, count + 1);
    size_t paths = 0;

    pieces->list.items = items;
    pieces->list.room = count + 1;
    for (size_t i = 0; i < count && !r->is_bad; i++) {
        items[i].path = read_path(r);
        items[i].position = (int64_t)read_number(r, FOLDER_ROWS_MAX);
        if (call->with_bytes)
            items[i].bytes.n = (size_t)read_number(r, PIECE_MOST);
        else
            items[i].hash = read_bytes(r, SHA256_LEN);
        paths += items[i].path.n;
        if (paths > PATHS_MOST || (i > 0 && span_cmp(items[i - 1].path, items[i].path) >= 0))
            r->is_bad = true;
        pieces->list.count++;
    }
}

/* The rows of a register stand together. Joined they are one file, which has its limits too. */
static bool registers_fit(const struct pieces *pieces)
{
    struct span last = {0};
    size_t rows = 0;
    size_t bytes = 0;

    for (size_t i = 0; i < pieces->list.count; i++) {
        const struct piece *p = &pieces->list.items[i];
        struct span own;

        if (!piece_is_row(p->path, &own))
            continue;
        if (!span_eq(own, last))
            rows = bytes = 0;
        last = own;
        bytes += p->bytes.n;
        if (++rows > FOLDER_ROWS_MAX || bytes > REGISTER_MOST)
            return false;
    }
    return true;
}

bool exchange_call_read(struct arena *a, struct span bytes, struct exchange_call *call_out)
{
    struct reader r = {.rest = bytes};
    struct load_order *order = &call_out->order;
    struct folder_base *base = ARENA_NEW(a, struct folder_base);

    *call_out = (struct exchange_call){0};
    if (!read_heading(&r, call_heading))
        return false;
    call_out->at.us = (int64_t)read_number(&r, (uint64_t)(at_most_us - at_least_us)) + at_least_us;
    call_out->revision = (int64_t)read_number(&r, INT64_MAX);
    order->host = read_text(&r, HOST_MOST);
    call_out->url = read_text(&r, URL_MOST);
    call_out->base = read_text(&r, FOLDER_BASE_MOST);
    read_takes(&r, a, order);
    call_out->with_bytes = read_number(&r, 1);
    read_pieces(&r, a, call_out);
    if (r.is_bad || !is_plain(order->host) || !registers_fit(&order->pieces))
        return false;
    for (size_t i = 0; i < order->pieces.list.count && call_out->with_bytes; i++) {
        struct piece *p = &order->pieces.list.items[i];

        p->bytes = read_bytes(&r, p->bytes.n);
        if (r.is_bad)
            return false;
        p->hash = sha256_of(a, p->bytes);
    }
    if (call_out->base.n && !folder_base_parse(a, call_out->base, base))
        return false;
    order->base = call_out->base.n ? base : NULL;
    return r.rest.n == 0;
}

/* ---- answers ---- */

struct span exchange_told_put(struct arena *a, const struct exchange_told *told)
{
    struct buf *b = buf_new(a, HEAD_MOST);

    buf_put(b, told_heading);
    put_number(b, told->outcome);
    put_number(b, (uint64_t)told->campaign_id);
    put_number(b, (uint64_t)told->revision);
    put_number(b, told->files);
    put_text(b, told->sentence);
    put_text(b, told->lines);
    put_text(b, told->base);
    put_text(b, told->used);
    put_number(b, told->conflicts.count);
    for (size_t i = 0; i < told->conflicts.count; i++) {
        const struct piece_conflict *c = &told->conflicts.items[i];

        put_text(b, c->path);
        put_number(b, (uint64_t)c->is_gone | (uint64_t)c->is_folders_also << 1);
    }
    put_number(b, told->changes.list.count);
    for (size_t i = 0; i < told->changes.list.count; i++) {
        put_text(b, told->changes.list.items[i].path);
        put_number(b, told->changes.list.items[i].kind);
    }
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}

static void read_conflicts(struct reader *r, struct arena *a, struct exchange_told *told)
{
    size_t count = read_count(r, CHANGES_MOST, 17);

    for (size_t i = 0; i < count && !r->is_bad; i++) {
        struct span path = read_path(r);
        uint64_t how = read_number(r, 3);

        *LIST_ADD(a, &told->conflicts) = (struct piece_conflict){path, how & 1, how & 2};
    }
}

static void read_changes(struct reader *r, struct arena *a, struct exchange_told *told)
{
    size_t count = read_count(r, CHANGES_MOST, 17);

    for (size_t i = 0; i < count && !r->is_bad; i++) {
        struct span path = read_path(r);
        uint64_t kind = read_number(r, PIECE_CHANGE_KIND_COUNT - 1);

        *LIST_ADD(a, &told->changes.list) = (struct piece_change){(enum piece_change_kind)kind, path, NULL};
        told->changes.counts[kind]++;
    }
}

bool exchange_told_read(struct arena *a, struct span bytes, struct exchange_told *told_out)
{
    struct reader r = {.rest = bytes};

    *told_out = (struct exchange_told){0};
    if (!read_heading(&r, told_heading))
        return false;
    told_out->outcome = (enum exchange_outcome)read_number(&r, EXCHANGE_OUTCOME_COUNT - 1);
    told_out->campaign_id = (int64_t)read_number(&r, INT64_MAX);
    told_out->revision = (int64_t)read_number(&r, INT64_MAX);
    told_out->files = read_number(&r, INT64_MAX);
    told_out->sentence = read_text(&r, LINES_MOST);
    told_out->lines = read_text(&r, LINES_MOST);
    told_out->base = read_text(&r, FOLDER_BASE_MOST);
    told_out->used = read_text(&r, TAKES_MAX);
    read_conflicts(&r, a, told_out);
    read_changes(&r, a, told_out);
    return !r.is_bad && r.rest.n == 0 && is_plain(told_out->sentence);
}

/* ---- notes ---- */

void exchange_note_line(struct span line, struct span parts_out[EXCHANGE_NOTE_PARTS])
{
    parts_out[0] = S("L");
    parts_out[1] = line;
    parts_out[2] = (struct span){0};
}

void exchange_note_file(struct arena *a, const struct folder_file *file, struct span parts_out[EXCHANGE_NOTE_PARTS])
{
    struct buf *head = buf_new(a, 64);

    buf_char(head, 'F');
    put_number(head, file->path.n);
    parts_out[0] = buf_span(head);
    parts_out[1] = file->path;
    parts_out[2] = file->bytes;
}

bool exchange_note_read(struct span note, struct folder_file *file_out)
{
    struct reader r = {.rest = note};
    struct span kind = read_bytes(&r, 1);

    *file_out = (struct folder_file){0};
    if (span_eq(kind, S("L")) && is_plain(r.rest)) {
        file_out->bytes = r.rest;
        return true;
    }
    if (!span_eq(kind, S("F")))
        return false;
    file_out->path = read_path(&r);
    file_out->bytes = r.rest;
    return !r.is_bad;
}
