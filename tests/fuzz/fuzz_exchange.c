/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a call, an answer and a note of load and dump. What is taken borrows, holds to its limits, and what is
 * written again is the same bytes. The pieces of a call are joined as the server does before it compiles them.
 */
#include "main/exchange_wire.h"

enum { SOURCE_MAX = 64 * 1024, MEMORY = 512 * 1024 * 1024 };

static bool lies_in(struct span outer, struct span inner)
{
    uintptr_t from = (uintptr_t)outer.p;
    uintptr_t at = (uintptr_t)inner.p;

    return inner.n == 0 || (at >= from && at + inner.n <= from + outer.n);
}

static bool leads_out(struct span path)
{
    return path.n == 0 || path.p[0] == '/' || span_starts(path, S("../")) || span_ends(path, S("/..")) ||
           span_find(path, S("/../")) != SPAN_NONE || span_eq(path, S("..")) || span_find_char(path, '\n') != SPAN_NONE;
}

static void check_call(struct arena *a, struct span bytes)
{
    struct exchange_call call;
    const struct span *parts;
    struct folder_files files;
    size_t count;

    if (!exchange_call_read(a, bytes, &call))
        return;
    CHECK(call.order.take_count <= TAKES_MAX && lies_in(bytes, call.order.host) && lies_in(bytes, call.url));
    CHECK((call.base.n > 0) == (call.order.base != NULL));
    for (size_t i = 0; i < call.order.pieces.list.count; i++) {
        const struct piece *p = &call.order.pieces.list.items[i];

        CHECK(lies_in(bytes, p->path) && lies_in(bytes, p->bytes) && p->hash.n == 32 && p->position >= 0);
        CHECK(!leads_out(p->path) && pieces_find(&call.order.pieces, p->path) == p);
    }
    CHECK(exchange_call_put(a, &call, &parts, &count));
    CHECK(span_eq(arena_join(a, parts, count), bytes));
    folder_join(a, &call.order.pieces, &files);
}

static void check_told(struct arena *a, struct span bytes)
{
    struct exchange_told told;

    if (!exchange_told_read(a, bytes, &told))
        return;
    CHECK(told.outcome < EXCHANGE_OUTCOME_COUNT && lies_in(bytes, told.lines) && lies_in(bytes, told.base));
    CHECK(span_eq(exchange_told_put(a, &told), bytes));
}

static void check_note(struct arena *a, struct span bytes)
{
    struct folder_file file;
    struct span parts[EXCHANGE_NOTE_PARTS];

    if (!exchange_note_read(bytes, &file))
        return;
    CHECK(lies_in(bytes, file.bytes) && (file.path.n == 0 || !leads_out(file.path)));
    if (file.path.n)
        exchange_note_file(a, &file, parts);
    else
        exchange_note_line(file.bytes, parts);
    CHECK(span_eq(arena_join(a, parts, COUNT(parts)), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);

    if (size <= SOURCE_MAX) {
        check_call(a, bytes);
        check_told(a, bytes);
        check_note(a, bytes);
    }
    arena_close(&a);
    return 0;
}
