/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See journal.h; the bytes are in journal_impl.h.
 *
 * Every doubt is decided against knowing. What is cut off at the end was never written whole, so no last dot followed it;
 * anything else that is not as it was written makes all of the journal unknown, for an intent may have stood there. And a
 * journal that says nothing of this boot is never made into one that does but by journal_reset().
 */
#include "mail/journal_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    MAGIC_LEN = 4,
    SUMMED = JOURNAL_CELL - 4,
    AT_ATTEMPT = 32,
    AT_CODE = AT_ATTEMPT + 4,
    AT_OUTCOME = AT_CODE + 2,
    AT_CLASS = AT_OUTCOME + 1,
    CODE_MOST = 999,
    CELLS_AT_ONCE = 64,
};
static const char magic[MAGIC_LEN] = {'B', 'R', 'J', '1'};
_Static_assert(MAGIC_LEN + JOURNAL_BOOT_LEN == SUMMED && AT_CLASS + 1 == SUMMED, "a cell is full");

/* ---- which boot this is ---- */

static struct journal_boot this_boot;
static enum rc this_boot_rc = RC_IO;

static void read_boot(void)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (read(fd, this_boot.text, JOURNAL_BOOT_LEN) == JOURNAL_BOOT_LEN)
        this_boot_rc = RC_OK;
    (void)close(fd);
}

enum rc journal_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    CHECK(pthread_once(&once, read_boot) == 0);
    return this_boot_rc;
}

enum rc journal_boot(struct journal_boot *boot_out)
{
    enum rc rc = journal_prepare();

    if (rc == RC_OK)
        *boot_out = this_boot;
    return rc;
}

/* ---- cells ---- */

static void number_put(unsigned char *at, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        at[i] = (unsigned char)(value >> (8 * i) & 0xFF);
}

static uint64_t number_read(const unsigned char *at, size_t width)
{
    uint64_t value = 0;

    for (size_t i = width; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

static uint32_t sum_of(const unsigned char *cell)
{
    return (uint32_t)crc32(0, cell, SUMMED);
}

static bool is_whole(const unsigned char *cell)
{
    return number_read(cell + SUMMED, 4) == sum_of(cell);
}

void journal_head_put(unsigned char cell_out[JOURNAL_CELL], const struct journal_boot *boot)
{
    memcpy(cell_out, magic, MAGIC_LEN);
    memcpy(cell_out + MAGIC_LEN, boot->text, JOURNAL_BOOT_LEN);
    number_put(cell_out + SUMMED, sum_of(cell_out), 4);
}

static bool is_head(const unsigned char *cell, const struct journal_boot *boot)
{
    return is_whole(cell) && memcmp(cell, magic, MAGIC_LEN) == 0 &&
           memcmp(cell + MAGIC_LEN, boot->text, JOURNAL_BOOT_LEN) == 0;
}

void journal_record_put(unsigned char cell_out[JOURNAL_CELL], const struct journal_entry *entry)
{
    const struct journal_letter *letter = &entry->letter;

    CHECK(entry->code >= 0 && entry->code <= CODE_MOST);
    number_put(cell_out, (uint64_t)letter->campaign_id, 8);
    number_put(cell_out + 8, (uint64_t)letter->run_no, 8);
    number_put(cell_out + 16, (uint64_t)letter->person_no, 8);
    number_put(cell_out + 24, (uint64_t)letter->fence, 8);
    number_put(cell_out + AT_ATTEMPT, (uint32_t)letter->attempt, 4);
    number_put(cell_out + AT_CODE, (uint64_t)entry->code, 2);
    cell_out[AT_OUTCOME] = (unsigned char)entry->outcome;
    cell_out[AT_CLASS] = (unsigned char)entry->why;
    number_put(cell_out + SUMMED, sum_of(cell_out), 4);
}

static bool record_read(const unsigned char *cell, struct journal_entry *entry_out)
{
    int outcome = cell[AT_OUTCOME];
    int class = cell[AT_CLASS];

    *entry_out = (struct journal_entry){
        .letter = {.campaign_id = (int64_t)number_read(cell, 8),
                   .run_no = (int64_t)number_read(cell + 8, 8),
                   .person_no = (int64_t)number_read(cell + 16, 8),
                   .fence = (int64_t)number_read(cell + 24, 8),
                   .attempt = (int32_t)number_read(cell + AT_ATTEMPT, 4)},
        .outcome = (enum mail_outcome)outcome,
        .code = (int)number_read(cell + AT_CODE, 2),
        .why = (enum mail_class) class,
    };
    return is_whole(cell) && outcome >= MAIL_SENT && outcome <= MAIL_UNSENT && class < MAIL_CLASS_COUNT &&
           entry_out->code <= CODE_MOST;
}

/* ---- who writes ---- */

struct journal {
    int fd;
    bool is_open;   /* of this boot and whole: records may follow */
    size_t records; /* that follow its head, while it is open */
    struct journal_boot boot;
};

/* Exactly `n` bytes. */
static bool read_at(int fd, unsigned char *bytes_out, size_t n, size_t at)
{
    while (n > 0) {
        ssize_t got = pread(fd, bytes_out, n, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes_out += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return true;
}

static bool write_at(int fd, const unsigned char *bytes, size_t n, size_t at)
{
    while (n > 0) {
        ssize_t put = pwrite(fd, bytes, n, (off_t)at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        at += (size_t)put;
        n -= (size_t)put;
    }
    return true;
}

/* The head, and every record behind it. RC_INVALID: not of this boot, or damaged. */
static enum rc look_through(const struct journal *journal, size_t cells)
{
    unsigned char some[CELLS_AT_ONCE * JOURNAL_CELL];
    struct journal_entry entry;

    for (size_t at = 0; at < cells; at += CELLS_AT_ONCE) {
        size_t count = cells - at < CELLS_AT_ONCE ? cells - at : CELLS_AT_ONCE;

        if (!read_at(journal->fd, some, count * JOURNAL_CELL, at * JOURNAL_CELL))
            return RC_IO;
        for (size_t i = 0; i < count; i++) {
            const unsigned char *cell = some + i * JOURNAL_CELL;

            if (at + i == 0 ? !is_head(cell, &journal->boot) : !record_read(cell, &entry))
                return RC_INVALID;
        }
    }
    return cells > 0 ? RC_OK : RC_INVALID;
}

static enum rc take_up(struct journal *journal)
{
    struct stat st;
    size_t cells;
    enum rc rc = journal_boot(&journal->boot);

    if (rc != RC_OK)
        return rc;
    if (fstat(journal->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return RC_IO;
    if (st.st_size > JOURNAL_BYTES_MOST)
        return RC_OK; /* none of ours */
    cells = (size_t)st.st_size / JOURNAL_CELL;
    rc = look_through(journal, cells);
    if (rc != RC_OK)
        return rc == RC_INVALID ? RC_OK : rc;
    if (ftruncate(journal->fd, (off_t)(cells * JOURNAL_CELL)) != 0)
        return RC_IO;
    journal->is_open = true;
    journal->records = cells - 1;
    return RC_OK;
}

enum rc journal_open(int fd, struct journal **journal_out)
{
    struct journal *journal = calloc(1, sizeof *journal);
    enum rc rc;

    CHECK(journal != NULL);
    journal->fd = fd;
    rc = take_up(journal);
    if (rc == RC_OK)
        *journal_out = journal;
    else
        journal_close(&journal);
    return rc;
}

void journal_close(struct journal **journal)
{
    free(*journal);
    *journal = NULL;
}

static enum rc append(struct journal *journal, const struct journal_entry *entry)
{
    unsigned char cell[JOURNAL_CELL];
    size_t end = (1 + journal->records) * JOURNAL_CELL;

    if (!journal->is_open)
        return RC_CONFLICT;
    journal_record_put(cell, entry);
    if (write_at(journal->fd, cell, sizeof cell, end)) {
        journal->records++;
        return RC_OK;
    }
    /* What there is of it must not stand before the next one. */
    journal->is_open = ftruncate(journal->fd, (off_t)end) == 0;
    return RC_IO;
}

enum rc journal_intend(struct journal *journal, const struct journal_letter *letter)
{
    struct journal_entry entry = {.letter = *letter, .outcome = MAIL_IN_DOUBT};

    if (journal->is_open && journal->records >= JOURNAL_RECORDS_MOST)
        return RC_LIMIT;
    return append(journal, &entry);
}

enum rc journal_outcome(struct journal *journal, const struct journal_letter *letter, enum mail_outcome outcome,
                        int code, enum mail_class why)
{
    struct journal_entry entry = {*letter, outcome, code, why};

    return append(journal, &entry);
}

enum rc journal_reset(struct journal *journal)
{
    unsigned char head[JOURNAL_CELL];
    bool has_head = journal->is_open;

    journal->is_open = false;
    journal->records = 0;
    /* A head of this boot stays where it is: killed in between, there still is a journal. */
    if (ftruncate(journal->fd, has_head ? JOURNAL_CELL : 0) != 0)
        return RC_IO;
    journal_head_put(head, &journal->boot);
    if (!has_head && !write_at(journal->fd, head, sizeof head, 0))
        return RC_IO;
    journal->is_open = true;
    return RC_OK;
}

/* ---- who reads ---- */

/* Entries by letter: open addressing, twice as many places as records. */
struct places {
    uint32_t *at; /* 1 + index of an entry; 0: free */
    size_t mask;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static bool is_same(const struct journal_letter *a, const struct journal_letter *b)
{
    return a->person_no == b->person_no && a->attempt == b->attempt && a->fence == b->fence && a->run_no == b->run_no &&
           a->campaign_id == b->campaign_id;
}

/* Where the letter's entry is, or where it goes. */
static uint32_t *place_of(const struct places *places, const struct journal_entries *entries,
                          const struct journal_letter *letter)
{
    uint64_t hash = mix(mix(mix(0, (uint64_t)letter->campaign_id), (uint64_t)letter->run_no), (uint64_t)letter->fence);
    size_t i;

    hash = mix(mix(hash, (uint64_t)letter->person_no), (uint32_t)letter->attempt);
    for (i = (size_t)(hash >> 20) & places->mask; places->at[i] != 0; i = (i + 1) & places->mask)
        if (is_same(&entries->list.items[places->at[i] - 1].letter, letter))
            break;
    return &places->at[i];
}

/* False: a record that is none. */
static bool collect(struct arena *a, const unsigned char *cells, size_t count, struct journal_entries *entries)
{
    size_t room = 16;
    struct places places;

    while (room < 2 * count)
        room *= 2;
    places = (struct places){ARENA_ARRAY(a, uint32_t, room), room - 1};
    entries->list.items = ARENA_ARRAY(a, struct journal_entry, count);
    entries->list.room = count;
    for (size_t i = 0; i < count; i++) {
        struct journal_entry entry;
        uint32_t *place;

        if (!record_read(cells + i * JOURNAL_CELL, &entry))
            return false;
        place = place_of(&places, entries, &entry.letter);
        if (*place == 0)
            *place = (uint32_t)++entries->list.count;
        entries->list.items[*place - 1] = entry;
    }
    return true;
}

void journal_parse(struct arena *a, struct span bytes, const struct journal_boot *boot,
                   struct journal_entries *entries_out)
{
    static const struct journal_entries nothing;
    const unsigned char *cells = (const unsigned char *)bytes.p;
    size_t count = bytes.n / JOURNAL_CELL; /* and a torn one behind them */

    *entries_out = nothing;
    if (count == 0 || !is_head(cells, boot))
        return;
    if (collect(a, cells + JOURNAL_CELL, count - 1, entries_out))
        entries_out->is_of_this_boot = true;
    else
        *entries_out = nothing;
}

enum rc journal_read(struct arena *a, const char *path, struct journal_entries *entries_out)
{
    struct journal_boot boot;
    unsigned char *bytes;
    struct stat st;
    int fd;
    enum rc rc = journal_boot(&boot);

    memset(entries_out, 0, sizeof *entries_out);
    if (rc != RC_OK)
        return rc;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? RC_OK : RC_IO;
    rc = RC_IO;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        goto out;
    rc = RC_OK;
    if (st.st_size > JOURNAL_BYTES_MOST)
        goto out; /* none of ours: nothing is known */
    bytes = arena_alloc(a, (size_t)st.st_size);
    if (read_at(fd, bytes, (size_t)st.st_size, 0))
        journal_parse(a, (struct span){(const char *)bytes, (size_t)st.st_size}, &boot, entries_out);
    else
        rc = RC_IO;
out:
    (void)close(fd);
    return rc;
}
