/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The intent journal: what was written is read, also after a kill in the middle of a record; what was damaged, or is of
 * another boot, says nothing at all, and stays so until somebody who knows begins it anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mail/journal_impl.h"

static struct arena *a;
static char folder[] = "/tmp/breakroom-journal-XXXXXX";
static char path[64];
static int fd = -1;

static int open_world(void **state)
{
    (void)state;
    a = arena_open(8 * (size_t)JOURNAL_ROOM);
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)rmdir(folder);
    arena_close(&a);
    return 0;
}

/* Each test has an empty file. */
static int open_file(void **state)
{
    (void)state;
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    return fd < 0 ? -1 : 0;
}

static int close_file(void **state)
{
    (void)state;
    (void)close(fd);
    return 0;
}

static struct journal_letter letter(int64_t person_no)
{
    return (struct journal_letter){.campaign_id = 7, .run_no = 3, .person_no = person_no, .fence = 5, .attempt = 1};
}

static struct journal *opened(void)
{
    struct journal *journal = NULL;

    assert_int_equal(journal_open(fd, &journal), RC_OK);
    return journal;
}

/* With nothing in it, ready to be written to. */
static struct journal *begun(void)
{
    struct journal *journal = opened();

    assert_int_equal(journal_reset(journal), RC_OK);
    return journal;
}

static void intend(struct journal *journal, int64_t person_no)
{
    struct journal_letter l = letter(person_no);

    assert_int_equal(journal_intend(journal, &l), RC_OK);
}

static void sent(struct journal *journal, int64_t person_no)
{
    struct journal_letter l = letter(person_no);

    assert_int_equal(journal_outcome(journal, &l, MAIL_SENT, 250, MAIL_CLASS_NONE), RC_OK);
}

static struct journal_entries entries(void)
{
    struct journal_entries e;

    assert_int_equal(journal_read(a, path, &e), RC_OK);
    assert_true(e.is_of_this_boot || e.list.count == 0);
    return e;
}

static void assert_nothing_known(void)
{
    assert_false(entries().is_of_this_boot);
}

static void assert_entry(const struct journal_entry *e, int64_t person_no, enum mail_outcome outcome, int code)
{
    assert_int_equal(e->letter.person_no, person_no);
    assert_int_equal(e->outcome, outcome);
    assert_int_equal(e->code, code);
}

static size_t size(void)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return (size_t)st.st_size;
}

/* ---- what is written is read ---- */

static void what_is_known_last(void **state)
{
    struct journal *journal = begun();
    struct journal_letter l = letter(3);
    struct journal_entries e;

    (void)state;
    assert_true(entries().is_of_this_boot);
    intend(journal, 1);
    intend(journal, 2);
    sent(journal, 1);
    intend(journal, 3);
    assert_int_equal(journal_outcome(journal, &l, MAIL_UNSENT, 0, MAIL_CLASS_NONE), RC_OK);
    intend(journal, 3); /* handed out again: no attempt was made */
    intend(journal, 4);
    l = letter(4);
    assert_int_equal(journal_outcome(journal, &l, MAIL_FAILED, 550, MAIL_CLASS_NO_SUCH_PERSON), RC_OK);
    e = entries();
    assert_int_equal(e.list.count, 4);
    assert_entry(&e.list.items[0], 1, MAIL_SENT, 250);
    assert_entry(&e.list.items[1], 2, MAIL_IN_DOUBT, 0);
    assert_entry(&e.list.items[2], 3, MAIL_IN_DOUBT, 0);
    assert_entry(&e.list.items[3], 4, MAIL_FAILED, 550);
    assert_int_equal(e.list.items[3].why, MAIL_CLASS_NO_SUCH_PERSON);
    journal_close(&journal);
    assert_null(journal);
    journal_close(&journal);
}

/* Five numbers say which letter; each of them alone makes another. */
static void letters_are_told_apart(void **state)
{
    static const struct journal_letter letters[] = {
        {7, 3, 1, 5, 1},         {8, 3, 1, 5, 1}, {7, 4, 1, 5, 1},         {7, 3, 2, 5, 1},
        {7, 3, 1, 6, 1},         {7, 3, 1, 5, 2}, {-1, -2, -3, -4, -5},    {INT64_MAX, 0, 0, 0, INT32_MAX},
        {0, INT64_MIN, 0, 0, 0}, {0, 0, 0, 0, 0}, {1, 0, 0, 0, 0},         {0, 1, 0, 0, 0},
        {0, 0, 1, 0, 0},         {0, 0, 0, 1, 0}, {0, 0, 0, 0, INT32_MIN},
    };
    struct journal *journal = begun();
    struct journal_entries e;

    (void)state;
    for (size_t i = 0; i < COUNT(letters); i++)
        assert_int_equal(journal_intend(journal, &letters[i]), RC_OK);
    for (size_t i = 0; i < COUNT(letters); i++)
        assert_int_equal(journal_outcome(journal, &letters[i], MAIL_DEFERRED, 400 + (int)i, MAIL_CLASS_BUSY), RC_OK);
    e = entries();
    assert_int_equal(e.list.count, COUNT(letters));
    for (size_t i = 0; i < COUNT(letters); i++) {
        assert_memory_equal(&e.list.items[i].letter.campaign_id, &letters[i].campaign_id, 4 * sizeof(int64_t));
        assert_int_equal(e.list.items[i].letter.attempt, letters[i].attempt);
        assert_int_equal(e.list.items[i].code, 400 + (int)i);
    }
    journal_close(&journal);
}

/* So many that places collide. */
static void many_letters_are_told_apart(void **state)
{
    struct journal *journal = begun();

    (void)state;
    for (int i = 0; i < 500; i++) {
        struct journal_letter letters[] = {letter(1), letter(1), letter(1), letter(1), letter(1)};

        letters[0].campaign_id += i;
        letters[1].run_no += i;
        letters[2].person_no += i;
        letters[3].fence += i;
        letters[4].attempt += i;
        for (size_t k = 0; k < COUNT(letters); k++)
            assert_int_equal(journal_intend(journal, &letters[k]), RC_OK);
    }
    assert_int_equal(entries().list.count, 1 + 5 * 499);
    journal_close(&journal);
}

static void the_next_process_goes_on(void **state)
{
    struct journal *journal = begun();
    struct journal_entries e;

    (void)state;
    intend(journal, 1);
    journal_close(&journal);
    journal = opened();
    sent(journal, 1);
    intend(journal, 2);
    e = entries();
    assert_int_equal(e.list.count, 2);
    assert_entry(&e.list.items[0], 1, MAIL_SENT, 250);
    assert_entry(&e.list.items[1], 2, MAIL_IN_DOUBT, 0);
    assert_int_equal(journal_reset(journal), RC_OK);
    assert_int_equal(size(), JOURNAL_CELL);
    assert_true(entries().is_of_this_boot);
    assert_int_equal(entries().list.count, 0);
    intend(journal, 3);
    assert_int_equal(entries().list.count, 1);
    journal_close(&journal);
}

/* ---- what nobody knows ---- */

static void none_is_nothing(void **state)
{
    struct journal_entries e;

    (void)state;
    assert_int_equal(unlink(path), 0);
    assert_nothing_known();
    assert_int_equal(journal_read(a, "/nowhere/at/all", &e), RC_OK);
    assert_false(e.is_of_this_boot);
    assert_int_equal(journal_read(a, folder, &e), RC_IO);
    assert_int_equal(journal_read(a, "/dev/null", &e), RC_IO);
}

/* A file that a machine without power left empty looks like a new one. Were it given a head at the start, whoever reads it
 * next would take everybody who is claimed for not written to. */
static void an_empty_one_stays_empty(void **state)
{
    struct journal *journal = opened();
    struct journal_letter l = letter(1);

    (void)state;
    assert_int_equal(size(), 0);
    assert_nothing_known();
    assert_int_equal(journal_intend(journal, &l), RC_CONFLICT);
    assert_int_equal(journal_outcome(journal, &l, MAIL_SENT, 250, MAIL_CLASS_NONE), RC_CONFLICT);
    assert_int_equal(size(), 0);
    assert_int_equal(journal_reset(journal), RC_OK);
    intend(journal, 1);
    assert_int_equal(entries().list.count, 1);
    journal_close(&journal);
}

static void overwrite(size_t at, const void *bytes, size_t n)
{
    int other = open(path, O_WRONLY | O_CLOEXEC); /* not for appending */

    assert_true(other >= 0);
    assert_int_equal(pwrite(other, bytes, n, (off_t)at), n);
    assert_int_equal(close(other), 0);
}

/* It stays as it is when it is opened, takes nothing, and begins anew when it is told to. */
static void assert_refused(void)
{
    size_t before = size();
    struct journal *journal = opened();
    struct journal_letter l = letter(9);

    assert_nothing_known();
    assert_int_equal(journal_intend(journal, &l), RC_CONFLICT);
    assert_int_equal(size(), before);
    assert_nothing_known();
    journal_close(&journal);
}

static void another_boot_says_nothing(void **state)
{
    struct journal *journal = begun();
    struct journal_boot boot;
    unsigned char head[JOURNAL_CELL];

    (void)state;
    intend(journal, 1);
    journal_close(&journal);
    assert_int_equal(journal_boot(&boot), RC_OK);
    boot.text[35] = boot.text[35] == '0' ? '1' : '0';
    journal_head_put(head, &boot);
    overwrite(0, head, sizeof head);
    assert_refused();
    journal = opened();
    assert_int_equal(journal_reset(journal), RC_OK);
    assert_int_equal(size(), JOURNAL_CELL);
    assert_true(entries().is_of_this_boot);
    intend(journal, 2);
    assert_int_equal(entries().list.count, 1);
    journal_close(&journal);
}

/* ---- damage: bytes that changed ---- */

enum { RECORDS = 4, BYTES = JOURNAL_CELL * (1 + RECORDS) };

static void write_some(unsigned char bytes_out[BYTES])
{
    struct journal *journal = begun();

    intend(journal, 1);
    intend(journal, 2);
    sent(journal, 1);
    intend(journal, 3);
    journal_close(&journal);
    assert_int_equal(size(), BYTES);
    assert_int_equal(pread(fd, bytes_out, BYTES, 0), BYTES);
}

static void every_byte_counts(void **state)
{
    unsigned char bytes[BYTES];
    struct journal_boot boot;
    struct journal_entries e;

    (void)state;
    write_some(bytes);
    assert_int_equal(journal_boot(&boot), RC_OK);
    for (size_t i = 0; i < BYTES; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            journal_parse(a, (struct span){(const char *)bytes, BYTES}, &boot, &e);
            assert_false(e.is_of_this_boot);
            assert_int_equal(e.list.count, 0);
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    for (size_t i = 0; i < BYTES; i += 11) {
        unsigned char other = bytes[i] ^ 0x40;

        overwrite(i, &other, 1);
        assert_refused();
        overwrite(i, &bytes[i], 1);
    }
    assert_int_equal(entries().list.count, 3);
}

/* Right sums over what nobody writes. */
static void records_that_cannot_be(void **state)
{
    static const struct {
        size_t at;
        unsigned char byte;
        bool is_sound;
    } changes[] = {{38, MAIL_UNSENT, true}, {39, MAIL_CLASS_LATE, true},   {38, 0, false},   {38, 6, false},
                   {38, 255, false},        {39, MAIL_CLASS_COUNT, false}, {39, 255, false}, {37, 4, false},
                   {37, 255, false}};
    struct journal_entry entry = {.letter = letter(1), .outcome = MAIL_SENT, .code = 250};
    unsigned char cells[2 * JOURNAL_CELL];
    struct journal_boot boot;
    struct journal_entries e;

    (void)state;
    assert_int_equal(journal_boot(&boot), RC_OK);
    journal_head_put(cells, &boot);
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct journal_boot disguise; /* a head's sum is over 40 bytes as well: let it be made */
        unsigned char made[JOURNAL_CELL];

        journal_record_put(cells + JOURNAL_CELL, &entry);
        journal_parse(a, (struct span){(const char *)cells, sizeof cells}, &boot, &e);
        assert_true(e.is_of_this_boot && e.list.count == 1);
        cells[JOURNAL_CELL + changes[i].at] = changes[i].byte;
        /* its first four bytes become a head's, which are a campaign's number here */
        memcpy(disguise.text, cells + JOURNAL_CELL + 4, JOURNAL_BOOT_LEN);
        journal_head_put(made, &disguise);
        memcpy(cells + JOURNAL_CELL, made, sizeof made);
        journal_parse(a, (struct span){(const char *)cells, sizeof cells}, &boot, &e);
        assert_int_equal(e.is_of_this_boot, changes[i].is_sound);
    }
}

/* ---- damage: bytes that are missing ---- */

static void a_torn_record_is_none(void **state)
{
    unsigned char bytes[BYTES];

    (void)state;
    write_some(bytes);
    for (size_t n = BYTES; n-- > 0;) {
        size_t whole = n / JOURNAL_CELL;
        struct journal_entries e;
        struct journal *journal;

        assert_int_equal(ftruncate(fd, (off_t)n), 0);
        e = entries();
        assert_int_equal(e.is_of_this_boot, whole > 0);
        assert_int_equal(e.list.count, whole > 3 ? 2 : whole > 0 ? whole - 1 : 0);
        if (whole == 0)
            continue;
        journal = opened(); /* the next process writes behind what is whole */
        assert_int_equal(size(), whole * JOURNAL_CELL);
        intend(journal, 77);
        assert_int_equal(entries().list.count, e.list.count + 1);
        journal_close(&journal);
        assert_int_equal(ftruncate(fd, (off_t)(whole * JOURNAL_CELL)), 0);
    }
}

static void a_full_disk_leaves_no_half(void **state)
{
    struct journal *journal = begun();
    struct journal_letter l = letter(2);
    struct rlimit before;
    struct rlimit less;

    (void)state;
    intend(journal, 1);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    less = before;
    less.rlim_cur = 2 * JOURNAL_CELL + 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
    assert_int_equal(journal_intend(journal, &l), RC_IO);
    assert_int_equal(journal_outcome(journal, &l, MAIL_SENT, 250, MAIL_CLASS_NONE), RC_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(size(), 2 * JOURNAL_CELL);
    intend(journal, 3);
    assert_int_equal(entries().list.count, 2);
    assert_entry(&entries().list.items[1], 3, MAIL_IN_DOUBT, 0);
    journal_close(&journal);
}

/* A process that says each letter only after it is in: whatever was said when it is killed is there. */
static void killed_it_has_what_it_said(void **state)
{
    struct journal *journal = begun();
    struct journal_entries e;
    int64_t said = -1;
    int ends[2];
    pid_t child;

    (void)state;
    journal_close(&journal);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool is_fine = journal_open(fd, &journal) == RC_OK;

        for (int64_t i = 0; is_fine && i < JOURNAL_RECORDS_MOST; i++) {
            struct journal_letter l = letter(i);

            is_fine = journal_intend(journal, &l) == RC_OK && write(ends[1], &i, sizeof i) == sizeof i;
        }
        _exit(1);
    }
    (void)close(ends[1]);
    while (said < 200 && read(ends[0], &said, sizeof said) == sizeof said)
        continue;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    while (read(ends[0], &said, sizeof said) == sizeof said)
        continue;
    (void)close(ends[0]);
    e = entries();
    assert_true(e.is_of_this_boot && said >= 200);
    assert_in_range(e.list.count, said + 1, said + 2);
}

/* ---- how much ---- */

static void a_full_one_still_takes_outcomes(void **state)
{
    struct journal *journal = begun();
    struct journal_letter l = letter(JOURNAL_RECORDS_MOST);
    struct arena *own = arena_open(JOURNAL_ROOM);
    struct journal_entries e;
    static unsigned char cells[1024][JOURNAL_CELL];

    (void)state;
    journal_close(&journal);
    for (int64_t i = 0; i < JOURNAL_RECORDS_MOST; i += 1024) {
        for (int64_t k = 0; k < 1024; k++) {
            struct journal_entry entry = {.letter = letter(i + k), .outcome = MAIL_IN_DOUBT};

            journal_record_put(cells[k], &entry);
        }
        assert_int_equal(write(fd, cells, sizeof cells), sizeof cells);
    }
    journal = opened();
    assert_int_equal(journal_intend(journal, &l), RC_LIMIT);
    sent(journal, 0);
    sent(journal, JOURNAL_RECORDS_MOST - 1);
    assert_int_equal(journal_read(own, path, &e), RC_OK);
    assert_int_equal(e.list.count, JOURNAL_RECORDS_MOST);
    assert_entry(&e.list.items[0], 0, MAIL_SENT, 250);
    assert_entry(&e.list.items[1], 1, MAIL_IN_DOUBT, 0);
    assert_entry(&e.list.items[JOURNAL_RECORDS_MOST - 1], JOURNAL_RECORDS_MOST - 1, MAIL_SENT, 250);
    assert_int_equal(journal_reset(journal), RC_OK);
    intend(journal, 5);
    journal_close(&journal);
    arena_close(&own);
}

/* The most that a reader takes fits into the room that it says; one byte more is none of ours. */
static void the_largest_fits_its_room(void **state)
{
    struct arena *own = arena_open(JOURNAL_ROOM);
    struct journal *journal = begun();
    struct journal_entries e;
    static unsigned char cells[1024][JOURNAL_CELL];
    char more = 0;

    (void)state;
    journal_close(&journal);
    for (int64_t i = 0; i < 2 * JOURNAL_RECORDS_MOST; i += 1024) {
        for (int64_t k = 0; k < 1024; k++) {
            struct journal_entry entry = {.letter = letter(i + k), .outcome = MAIL_IN_DOUBT};

            journal_record_put(cells[k], &entry);
        }
        assert_int_equal(write(fd, cells, sizeof cells), sizeof cells);
    }
    assert_int_equal(journal_read(own, path, &e), RC_OK);
    assert_int_equal(e.list.count, 2 * JOURNAL_RECORDS_MOST);
    assert_int_equal(write(fd, &more, 1), 1);
    assert_refused();
    arena_close(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_known_last, open_file, close_file),
        cmocka_unit_test_setup_teardown(letters_are_told_apart, open_file, close_file),
        cmocka_unit_test_setup_teardown(many_letters_are_told_apart, open_file, close_file),
        cmocka_unit_test_setup_teardown(the_next_process_goes_on, open_file, close_file),
        cmocka_unit_test_setup_teardown(none_is_nothing, open_file, close_file),
        cmocka_unit_test_setup_teardown(an_empty_one_stays_empty, open_file, close_file),
        cmocka_unit_test_setup_teardown(another_boot_says_nothing, open_file, close_file),
        cmocka_unit_test_setup_teardown(every_byte_counts, open_file, close_file),
        cmocka_unit_test_setup_teardown(records_that_cannot_be, open_file, close_file),
        cmocka_unit_test_setup_teardown(a_torn_record_is_none, open_file, close_file),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_no_half, open_file, close_file),
        cmocka_unit_test_setup_teardown(killed_it_has_what_it_said, open_file, close_file),
        cmocka_unit_test_setup_teardown(a_full_one_still_takes_outcomes, open_file, close_file),
        cmocka_unit_test_setup_teardown(the_largest_fits_its_room, open_file, close_file),
    };

    return cmocka_run_group_tests_name("journal", tests, open_world, close_world);
}
