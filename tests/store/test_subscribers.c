/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who asked for letters, in the store, on both engines: stored once, in the order of wishes however many ask at once;
 * leaving and coming back; deleting, which leaves no word of whose a letter was; imports, whole and undone.
 */
#include "house.h"

#include "store/content.h"
#include "store/mailing.h"
#include "store/subscribers.h"

enum { MEMORY = 64 * 1024 * 1024, TODAY = 20600, THREADS = 6, EACH = 20 };

static const struct instant noon = {1777636800000000}; /* 2026-05-01T12:00:00Z */
static struct arena *world;

/* ---- statements that only tests have ---- */

static const struct db_stmt put_run = {
    .name = "test.put_run",
    .sql = "INSERT INTO run (campaign_id, run_no, news, state, audiences, made_at, starts_at, ended_at, hours_from,"
           " hours_to, people, damaged, no_way, domain, holder, lease_until, fence, key_object, key_day, key_sealed)"
           " VALUES ($1, $2, 'memo', $3, '', 1, 1, 0, 0, 0, 7, 0, 0, '', $4, 0, 0, $4, 0, $4)",
};
static const struct db_stmt put_delivery = {
    .name = "test.put_delivery",
    .sql = "INSERT INTO delivery (campaign_id, run_no, person_no, object, site_no, letter_no, state, attempts, fence,"
           " next_at, first_at, code, class, address)"
           " VALUES ($1, $2, $3, $4, 0, 0, $5, 0, 0, 0, 0, 0, 0, $4)",
};
struct delivery_row {
    int64_t run_no;
    int64_t person_no;
    int32_t state;
    struct span object;
    struct span address;
};
static const struct db_stmt list_deliveries = {
    .name = "test.list_deliveries",
    .sql = "SELECT run_no, person_no, state, object, address"
           " FROM delivery"
           " WHERE campaign_id = $1"
           " ORDER BY run_no, person_no",
    .cols = {DB_I64(struct delivery_row, run_no), DB_I64(struct delivery_row, person_no),
             DB_I32(struct delivery_row, state), DB_BYTES(struct delivery_row, object),
             DB_BYTES(struct delivery_row, address)},
};

static int setup(void **state)
{
    static const struct db_stmt *const more[] = {&put_run, &put_delivery, &list_deliveries};

    world = arena_open(MEMORY);
    return house_setup_store(state, more, COUNT(more));
}

static int teardown(void **state)
{
    arena_close(&world);
    return house_teardown(state);
}

static int64_t campaign_of(struct house *h, struct span host)
{
    struct pieces p = {0};
    struct content_campaign campaign;

    *LIST_ADD(world, &p.list) = (struct piece){S("campaign.ini"), S("x"), S("x"), 0, 0};
    assert_int_equal(content_replace(h->db, world, host, 0, &p, NULL, noon, &campaign), RC_OK);
    return campaign.campaign_id;
}

static struct seal_object object(unsigned n)
{
    struct seal_object o = {{0}};

    o.bytes[0] = 0xA0;
    memcpy(o.bytes + 8, &n, sizeof n);
    return o;
}

static struct subscriber_row row(unsigned n)
{
    return (struct subscriber_row){
        .object = object(n),
        .lang = n % 2 ? LANG_ES : LANG_EN,
        .often = SUBSCRIBER_EVERY,
        .audience = n % 3 ? S("parents") : S("educators"),
        .day = TODAY,
        .sealed = arena_printf(world, "sealed %u", n),
    };
}

static void add(struct house *h, int64_t id, unsigned n)
{
    struct subscriber_row r = row(n);

    assert_int_equal(subscribers_add(h->db, id, &r), RC_OK);
}

static struct subscriber_row found(struct house *h, int64_t id, unsigned n)
{
    struct seal_object o = object(n);
    struct subscriber_row r = {0};

    assert_int_equal(subscribers_find(h->db, world, id, &o, &r), RC_OK);
    return r;
}

static enum rc look(struct house *h, int64_t id, unsigned n)
{
    struct seal_object o = object(n);
    struct subscriber_row r;

    return subscribers_find(h->db, world, id, &o, &r);
}

static enum rc set(struct house *h, int64_t id, unsigned n, enum subscriber_state state, int32_t day)
{
    struct seal_object o = object(n);

    return subscribers_set_state(h->db, id, &o, state, day);
}

static void all_of(struct house *h, int64_t id, struct subscriber_row **rows, size_t *count)
{
    assert_int_equal(subscribers_after(h->db, world, id, 0, 1000, rows, count), RC_OK);
}

/* ---- one at a time ---- */

static void one_comes_back_as_it_went_in(void **state)
{
    struct house *h = *state;
    struct subscriber_row *rows;
    struct subscriber_row r;
    size_t count;
    int64_t ours, theirs;

    HOUSE_NEED(h);
    ours = campaign_of(h, S("one.example"));
    theirs = campaign_of(h, S("two.example"));
    add(h, ours, 7);
    r = found(h, ours, 7);
    assert_int_equal(r.wish, 1);
    assert_int_equal(r.state, SUBSCRIBER_ACTIVE);
    assert_int_equal(r.state_day, TODAY);
    assert_int_equal(r.day, TODAY);
    assert_int_equal(r.lang, LANG_ES);
    assert_int_equal(r.often, SUBSCRIBER_EVERY);
    assert_int_equal(r.import_no, 0);
    assert_true(span_eq(r.audience, S("parents")));
    assert_int_equal(r.sealed.n, 0);
    all_of(h, ours, &rows, &count);
    assert_int_equal(count, 1);
    assert_true(span_eq(rows[0].sealed, S("sealed 7")));
    assert_memory_equal(rows[0].object.bytes, r.object.bytes, SEAL_ID_LEN);
    assert_int_equal(look(h, theirs, 7), RC_NOT_FOUND);
    all_of(h, theirs, &rows, &count);
    assert_int_equal(count, 0);
    assert_null(rows);
}

static void twice_is_once(void **state)
{
    struct house *h = *state;
    struct subscriber_row again = row(1);
    struct subscriber_row *rows;
    size_t count;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    add(h, id, 1);
    again.sealed = S("another");
    again.audience = S("press");
    assert_int_equal(subscribers_add(h->db, id, &again), RC_CONFLICT);
    assert_int_equal(set(h, id, 1, SUBSCRIBER_LEFT, TODAY + 1), RC_OK);
    assert_int_equal(subscribers_add(h->db, id, &again), RC_CONFLICT); /* and it does not bring back who left */
    all_of(h, id, &rows, &count);
    assert_int_equal(count, 1);
    assert_true(span_eq(rows[0].sealed, S("sealed 1")));
    assert_true(span_eq(rows[0].audience, S("parents")));
    assert_int_equal(rows[0].state, SUBSCRIBER_LEFT);
}

static void leaving_and_coming_back(void **state)
{
    struct house *h = *state;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    add(h, id, 1);
    add(h, id, 2);
    assert_int_equal(set(h, id, 1, SUBSCRIBER_LEFT, TODAY + 3), RC_OK);
    assert_int_equal(found(h, id, 1).state, SUBSCRIBER_LEFT);
    assert_int_equal(found(h, id, 1).state_day, TODAY + 3);
    assert_int_equal(found(h, id, 1).wish, 3);
    assert_int_equal(found(h, id, 2).state, SUBSCRIBER_ACTIVE);
    add(h, id, 3); /* perhaps the same person: then it is what is asked last that holds */
    assert_int_equal(set(h, id, 1, SUBSCRIBER_LEFT, TODAY + 9), RC_OK);
    assert_int_equal(found(h, id, 1).state_day, TODAY + 3);
    assert_int_equal(found(h, id, 1).wish, 5);
    assert_int_equal(set(h, id, 1, SUBSCRIBER_ACTIVE, TODAY + 10), RC_OK);
    assert_int_equal(found(h, id, 1).state, SUBSCRIBER_ACTIVE);
    assert_int_equal(found(h, id, 1).state_day, TODAY + 10);
    assert_int_equal(found(h, id, 1).wish, 6);
    assert_int_equal(set(h, id, 9, SUBSCRIBER_LEFT, TODAY), RC_NOT_FOUND);
    assert_int_equal(set(h, id, 2, SUBSCRIBER_BOUNCED, TODAY), RC_OK);
    assert_int_equal(set(h, id, 2, SUBSCRIBER_ACTIVE, TODAY), RC_DENIED);
    assert_int_equal(set(h, id, 2, SUBSCRIBER_LEFT, TODAY), RC_DENIED);
    assert_int_equal(found(h, id, 2).state, SUBSCRIBER_BOUNCED);
}

static void wishes_change_and_the_record_stays(void **state)
{
    struct house *h = *state;
    struct seal_object one = object(1), nobody = object(9);
    struct subscriber_row *rows;
    size_t count;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    add(h, id, 1);
    assert_int_equal(subscribers_set_wishes(h->db, id, &one, LANG_EN, S("press"), SUBSCRIBER_IMPORTANT), RC_OK);
    all_of(h, id, &rows, &count);
    assert_int_equal(rows[0].lang, LANG_EN);
    assert_int_equal(rows[0].often, SUBSCRIBER_IMPORTANT);
    assert_int_equal(rows[0].wish, 2);
    assert_int_equal(rows[0].state_day, TODAY);
    assert_true(span_eq(rows[0].audience, S("press")));
    assert_true(span_eq(rows[0].sealed, S("sealed 1")));
    assert_int_equal(subscribers_set_wishes(h->db, id, &nobody, LANG_EN, S("press"), SUBSCRIBER_EVERY), RC_NOT_FOUND);
}

/* ---- many ---- */

static void the_list_is_walked_by_wishes(void **state)
{
    struct house *h = *state;
    struct subscriber_row *rows;
    size_t count, seen = 0;
    int64_t id, last = 0;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    for (unsigned n = 1; n <= 25; n++)
        add(h, id, n);
    assert_int_equal(set(h, id, 4, SUBSCRIBER_LEFT, TODAY), RC_OK); /* every state is there, and it is the newest now */
    do {
        assert_int_equal(subscribers_after(h->db, world, id, last, 10, &rows, &count), RC_OK);
        for (size_t i = 0; i < count; i++) {
            assert_true(rows[i].wish > last);
            last = rows[i].wish;
        }
        seen += count;
    } while (count == 10);
    assert_int_equal(seen, 25);
    assert_int_equal(last, 26);
    assert_int_equal(rows[count - 1].state, SUBSCRIBER_LEFT);
}

struct asking {
    struct house *h;
    int64_t id;
    unsigned from;
};

static void *ask(void *arg)
{
    const struct asking *w = arg;
    struct db *db;

    EXPECT(db_reader_open(w->h->store, &db) == RC_OK);
    for (unsigned n = w->from; n < w->from + EACH; n++) {
        struct subscriber_row r = {.object = object(n),
                                   .lang = LANG_EN,
                                   .often = SUBSCRIBER_EVERY,
                                   .audience = S("parents"),
                                   .day = TODAY,
                                   .sealed = S("sealed")};
        enum rc rc;

        do
            rc = subscribers_add(db, w->id, &r);
        while (rc == RC_RETRY);
        EXPECT(rc == RC_OK);
    }
    db_reader_close(&db);
    return NULL;
}

static void many_at_once_take_turns(void **state)
{
    struct house *h = *state;
    struct asking all[THREADS];
    pthread_t threads[THREADS];
    struct subscriber_row *rows;
    size_t count;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    for (unsigned i = 0; i < THREADS; i++) {
        all[i] = (struct asking){h, id, i * EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &all[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    all_of(h, id, &rows, &count);
    assert_int_equal(count, THREADS * EACH);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rows[i].wish, i + 1);
}

static void they_are_counted(void **state)
{
    struct house *h = *state;
    struct subscriber_counts counts;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    for (unsigned n = 0; n < 12; n++)
        add(h, id, n);
    assert_int_equal(set(h, id, 0, SUBSCRIBER_LEFT, TODAY), RC_OK); /* educators, en: 0 6; es: 3 9 */
    assert_int_equal(set(h, id, 6, SUBSCRIBER_BOUNCED, TODAY), RC_OK);
    assert_int_equal(subscribers_count(h->db, world, id, &counts), RC_OK);
    assert_int_equal(counts.list.count, 4);
    assert_true(span_eq(counts.list.items[0].audience, S("educators")));
    assert_int_equal(counts.list.items[0].lang, LANG_EN);
    assert_int_equal(counts.list.items[0].active, 0);
    assert_int_equal(counts.list.items[0].left, 1);
    assert_int_equal(counts.list.items[0].bounced, 1);
    assert_int_equal(counts.list.items[1].active, 2);
    assert_int_equal(counts.list.items[3].active, 4);
}

/* ---- deleting ---- */

static enum rc letters_tx(struct db *db, void *arg)
{
    struct db_value id = db_i64(*(int64_t *)arg);
    struct seal_object one = object(1), two = object(2);
    struct db_value none = db_bytes(S(""));
    enum rc rc = RC_OK;

    for (int64_t run = 1; run <= 2 && rc == RC_OK; run++) { /* the first is under way, the second done */
        rc = db_exec(db, &put_run, DB_ARGS(id, db_i64(run), db_i64(run == 1 ? 2 : 5), none));
        for (int64_t k = 0; k <= 6 && rc == RC_OK; k++) /* a letter in each state */
            rc = db_exec(
                db, &put_delivery,
                DB_ARGS(id, db_i64(run), db_i64(k), db_bytes((struct span){(const char *)one.bytes, 16}), db_i64(k)));
    }
    if (rc == RC_OK)
        rc = db_exec(db, &put_run, DB_ARGS(id, db_i64(3), db_i64(2), none));
    if (rc == RC_OK)
        rc =
            db_exec(db, &put_delivery,
                    DB_ARGS(id, db_i64(3), db_i64(0), db_bytes((struct span){(const char *)two.bytes, 16}), db_i64(0)));
    return rc;
}

static void deleted_is_deleted_everywhere(void **state)
{
    struct house *h = *state;
    struct seal_object one = object(1), nobody = object(9);
    struct db_rows rows;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    add(h, id, 1);
    add(h, id, 2);
    assert_int_equal(db_write(h->db, "test.letters", letters_tx, &id), RC_OK);
    assert_int_equal(subscribers_delete(h->db, id, &one), RC_OK);
    assert_int_equal(subscribers_delete(h->db, id, &one), RC_OK);
    assert_int_equal(subscribers_delete(h->db, id, &nobody), RC_OK);
    assert_int_equal(look(h, id, 1), RC_NOT_FOUND);
    assert_int_equal(look(h, id, 2), RC_OK);
    (void)house_forget_all(h);
    assert_int_equal(db_all(h->db, world, &list_deliveries, DB_ARGS(db_i64(id)), &rows), RC_OK);
    assert_int_equal(rows.count, 15);
    for (size_t i = 0; i < rows.count; i++) {
        const struct delivery_row *d = (const struct delivery_row *)rows.items + i;
        bool waited = d->person_no == 0 || d->person_no == 3;

        if (d->run_no == 3) {
            assert_int_equal(d->object.n, 16); /* somebody else's */
            assert_int_equal(d->state, 0);
            continue;
        }
        assert_int_equal(d->object.n, 0);
        assert_int_equal(d->state, waited ? 6 : d->person_no);
        assert_int_equal(d->address.n, waited ? 0 : 16);
    }
}

/* ---- imports ---- */

static void an_import_comes_whole_and_goes_whole(void **state)
{
    struct house *h = *state;
    struct subscriber_row people[4] = {row(11), row(12), row(13), row(11)};
    struct subscriber_imports imports;
    struct subscriber_row *rows;
    int64_t id, first = 0, second = 0, gone = 0;
    size_t count;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    add(h, id, 1);
    assert_int_equal(subscribers_import(h->db, id, S("on paper"), noon, people, 4, &first), RC_CONFLICT);
    assert_int_equal(subscribers_imports(h->db, world, id, &imports), RC_OK);
    assert_int_equal(imports.list.count, 0);
    assert_int_equal(look(h, id, 12), RC_NOT_FOUND);
    assert_int_equal(subscribers_import(h->db, id, S("on paper"), noon, people, 3, &first), RC_OK);
    assert_int_equal(subscribers_import(h->db, id, S("elsewhere"), noon, NULL, 0, &second), RC_OK);
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    all_of(h, id, &rows, &count);
    assert_int_equal(count, 4);
    assert_int_equal(rows[3].wish, 1);
    assert_int_equal(rows[0].import_no, 1);
    assert_int_equal(set(h, id, 12, SUBSCRIBER_LEFT, TODAY), RC_OK);
    assert_int_equal(subscribers_import_undo(h->db, id, 9, noon, &gone), RC_NOT_FOUND);
    assert_int_equal(subscribers_import_undo(h->db, id, 1, (struct instant){noon.us + 5}, &gone), RC_OK);
    assert_int_equal(gone, 2);
    assert_int_equal(look(h, id, 1), RC_OK); /* came by themselves */
    assert_int_equal(look(h, id, 11), RC_NOT_FOUND);
    assert_int_equal(found(h, id, 12).state, SUBSCRIBER_LEFT); /* stays: nobody writes to them again by mistake */
    assert_int_equal(subscribers_import_undo(h->db, id, 1, noon, &gone), RC_CONFLICT);
    assert_int_equal(subscribers_imports(h->db, world, id, &imports), RC_OK);
    assert_int_equal(imports.list.count, 2);
    assert_int_equal(imports.list.items[0].import_no, 2);
    assert_int_equal(imports.list.items[1].undone_at.us, noon.us + 5);
    assert_int_equal(imports.list.items[1].people, 3);
    assert_true(span_eq(imports.list.items[1].source, S("on paper")));
}

/* Of two records of one person the higher wish holds, and a list of paper knows nothing of who left since. */
static void an_import_is_older_than_every_wish(void **state)
{
    struct house *h = *state;
    struct subscriber_row people[2] = {row(11), row(12)};
    struct subscriber_row again[1] = {row(13)};
    struct subscriber_row *rows;
    int64_t id, no = 0;
    int64_t last = 0;
    size_t count;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    assert_int_equal(subscribers_import(h->db, id, S("on paper"), noon, people, 2, &no), RC_OK);
    add(h, id, 1);
    assert_int_equal(found(h, id, 11).wish, -1);
    assert_int_equal(found(h, id, 12).wish, -2);
    assert_int_equal(found(h, id, 1).wish, 1);
    assert_int_equal(set(h, id, 11, SUBSCRIBER_LEFT, TODAY), RC_OK); /* what they do then is theirs */
    assert_int_equal(found(h, id, 11).wish, 2);
    assert_int_equal(subscribers_import(h->db, id, S("the same paper"), noon, again, 1, &no), RC_OK);
    assert_int_equal(found(h, id, 13).wish, -3);
    for (size_t i = 0; i < 4; i++) { /* walked from the start, one at a time: nobody is passed over */
        static const int64_t wishes[] = {-3, -2, 1, 2};

        assert_int_equal(subscribers_after(h->db, world, id, last, 1, &rows, &count), RC_OK);
        assert_int_equal(count, 1);
        assert_int_equal(rows[0].wish, wishes[i]);
        last = rows[0].wish;
    }
    assert_int_equal(subscribers_after(h->db, world, id, last, 1, &rows, &count), RC_OK);
    assert_int_equal(count, 0);
}

static void the_first_wish_is_never_zero(void **state)
{
    struct house *h = *state;
    struct subscriber_row people[1] = {row(11)};
    struct seal_object o = object(11);
    int64_t id, no = 0;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    assert_int_equal(subscribers_import(h->db, id, S("on paper"), noon, people, 1, &no), RC_OK);
    assert_int_equal(subscribers_set_wishes(h->db, id, &o, LANG_EN, S("press"), SUBSCRIBER_EVERY), RC_OK);
    assert_int_equal(found(h, id, 11).wish, 1);
}

static void an_undone_import_gets_no_letter(void **state)
{
    struct house *h = *state;
    struct subscriber_row people[1] = {row(1)};
    struct db_rows rows;
    int64_t id, no = 0, gone = 0;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    assert_int_equal(subscribers_import(h->db, id, S("on paper"), noon, people, 1, &no), RC_OK);
    add(h, id, 2);
    assert_int_equal(db_write(h->db, "test.letters", letters_tx, &id), RC_OK);
    assert_int_equal(subscribers_import_undo(h->db, id, no, noon, &gone), RC_OK);
    assert_int_equal(gone, 1);
    assert_int_equal(db_all(h->db, world, &list_deliveries, DB_ARGS(db_i64(id)), &rows), RC_OK);
    for (size_t i = 0; i < rows.count; i++) { /* a million of them would hold up everybody who writes */
        const struct delivery_row *d = (const struct delivery_row *)rows.items + i;

        assert_int_equal(d->state, d->run_no == 3 ? 0 : d->person_no);
        assert_int_equal(d->object.n, 16);
    }
    (void)house_forget_all(h);
    assert_int_equal(db_all(h->db, world, &list_deliveries, DB_ARGS(db_i64(id)), &rows), RC_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct delivery_row *d = (const struct delivery_row *)rows.items + i;
        bool waited = d->run_no != 3 && (d->person_no == 0 || d->person_no == 3);

        assert_int_equal(d->state, waited ? 6 : d->run_no == 3 ? 0 : d->person_no);
        assert_int_equal(d->object.n, d->run_no == 3 ? 16 : 0);
        assert_int_equal(d->address.n, waited ? 0 : 16);
    }
}

/* More than one step takes off the list. */
static void many_who_were_imported_are_forgotten(void **state)
{
    enum { MANY = 4500 };
    struct house *h = *state;
    struct subscriber_row *people = ARENA_ARRAY(world, struct subscriber_row, MANY);
    struct seal_object later = object(MANY + 1);
    int64_t id, no = 0, gone = 0;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    for (unsigned n = 0; n < MANY; n++)
        people[n] = row(n);
    assert_int_equal(subscribers_import(h->db, id, S("on paper"), noon, people, MANY, &no), RC_OK);
    assert_int_equal(subscribers_import_undo(h->db, id, no, noon, &gone), RC_OK);
    assert_int_equal(gone, MANY);
    assert_int_equal(house_forget_all(h), 4); /* 2000, 2000, 500, nobody */
    assert_int_equal(house_forget_all(h), 1);
    assert_int_equal(subscribers_delete(h->db, id, &later), RC_OK);
    assert_int_equal(house_forget_all(h), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BOTH(f)                                                                                                        \
    {#f " on SQLite", f, setup, teardown, (void *)(uintptr_t)HOUSE_SQLITE},                                            \
        {#f " on PostgreSQL", f, setup, teardown, (void *)(uintptr_t)HOUSE_POSTGRES}
        BOTH(one_comes_back_as_it_went_in),
        BOTH(twice_is_once),
        BOTH(leaving_and_coming_back),
        BOTH(wishes_change_and_the_record_stays),
        BOTH(the_list_is_walked_by_wishes),
        BOTH(many_at_once_take_turns),
        BOTH(they_are_counted),
        BOTH(deleted_is_deleted_everywhere),
        BOTH(an_import_comes_whole_and_goes_whole),
        BOTH(an_import_is_older_than_every_wish),
        BOTH(the_first_wish_is_never_zero),
        BOTH(an_undone_import_gets_no_letter),
        BOTH(many_who_were_imported_are_forgotten),
    };

    return cmocka_run_group_tests_name("subscribers in the store", tests, NULL, NULL);
}
