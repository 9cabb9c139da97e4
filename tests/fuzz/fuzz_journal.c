/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as the intent journal. What is known of a letter is what its last record says, found here by looking at all of
 * them; and a journal says all or nothing.
 *
 * An odd last byte has the sums mended and a head put in front: a fuzzer does not find sums.
 */
#include <string.h>

#include "mail/journal_impl.h"

enum { SOURCE_MAX = 16 * 1024, MEMORY = 16 * 1024 * 1024 };

static struct journal_boot boot;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    memcpy(boot.text, "01234567-89ab-cdef-0123-456789abcdef", JOURNAL_BOOT_LEN);
    return 0;
}

/* Each cell with a right sum: the end of a head is where the end of a record is. */
static struct span mended(struct arena *a, struct span bytes)
{
    unsigned char *out = arena_alloc(a, JOURNAL_CELL + bytes.n);

    journal_head_put(out, &boot);
    memcpy(out + JOURNAL_CELL, bytes.p, bytes.n);
    for (size_t at = JOURNAL_CELL; at + JOURNAL_CELL <= JOURNAL_CELL + bytes.n; at += JOURNAL_CELL) {
        struct journal_boot rest;
        unsigned char head[JOURNAL_CELL];

        memcpy(out + at, "BRJ1", 4); /* what a head begins with is in the sum */
        memcpy(rest.text, out + at + 4, JOURNAL_BOOT_LEN);
        journal_head_put(head, &rest);
        memcpy(out + at, head, JOURNAL_CELL);
    }
    return (struct span){(const char *)out, JOURNAL_CELL + bytes.n};
}

static bool is_same(const struct journal_letter *a, const struct journal_letter *b)
{
    return a->campaign_id == b->campaign_id && a->run_no == b->run_no && a->person_no == b->person_no &&
           a->fence == b->fence && a->attempt == b->attempt;
}

/* Written again one by one, the last of each letter is what is known. */
static void check_entries(struct span bytes, const struct journal_entries *e)
{
    size_t records = bytes.n / JOURNAL_CELL - 1;
    size_t seen = 0;

    CHECK(e->list.count <= records);
    for (size_t i = 0; i < e->list.count; i++) {
        const struct journal_entry *entry = &e->list.items[i];
        unsigned char cell[JOURNAL_CELL];
        size_t last = 0;

        CHECK(entry->outcome >= MAIL_SENT && entry->outcome <= MAIL_UNSENT && entry->why < MAIL_CLASS_COUNT);
        for (size_t k = 0; k < i; k++)
            CHECK(!is_same(&e->list.items[k].letter, &entry->letter));
        journal_record_put(cell, entry);
        for (size_t r = 1; r <= records; r++)
            if (memcmp(bytes.p + r * JOURNAL_CELL, cell, 36) == 0) { /* the five numbers */
                last = r;
                seen++;
            }
        CHECK(last > 0 && memcmp(bytes.p + last * JOURNAL_CELL, cell, JOURNAL_CELL) == 0);
    }
    CHECK(seen == records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size ? size - 1 : 0};
    struct arena *a = arena_open(MEMORY);
    struct journal_entries all;
    struct journal_entries whole;

    if (size > 0 && size <= SOURCE_MAX) {
        bytes = data[size - 1] & 1 ? mended(a, bytes) : bytes;
        journal_parse(a, bytes, &boot, &all);
        CHECK(all.is_of_this_boot || all.list.count == 0);
        if (all.is_of_this_boot)
            check_entries(bytes, &all);
        journal_parse(a, span_sub(bytes, 0, bytes.n - bytes.n % JOURNAL_CELL), &boot, &whole);
        CHECK(all.is_of_this_boot == whole.is_of_this_boot && all.list.count == whole.list.count);
    }
    arena_close(&a);
    return 0;
}
