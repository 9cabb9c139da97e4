/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The port, the same on both engines: values, faults, transactions, notes, threads.
 */
#include "house.h"

#include <sys/wait.h>

#define PUT(id, kind, open, title, seal, parent)                                                                       \
    DB_ARGS(db_i64(id), db_i64(kind), db_bool(open), (title), (seal), (parent))

/* Runs a list of one to three statements in one transaction and gives the code of each. */
struct step {
    const struct db_stmt *stmt;
    struct db_args args;
    enum rc want;
};
struct steps {
    const struct step *list;
    size_t count;
    enum rc result; /* what the function itself returns */
};

static enum rc steps_tx(struct db *db, void *arg)
{
    const struct steps *s = arg;

    for (size_t i = 0; i < s->count; i++)
        EXPECT(db_exec(db, s->list[i].stmt, s->list[i].args) == s->list[i].want);
    return s->result;
}

#define WRITE(h, result, ...)                                                                                          \
    db_write((h)->db, "test", steps_tx,                                                                                \
             &(struct steps){(const struct step[]){__VA_ARGS__},                                                       \
                             sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step), (result)})

static void values_come_back(void **state)
{
    struct house *h = *state;
    const struct span seal = {"\0\377'$1\n", 6};
    const struct span title = S("“año” ' ; -- $2");
    struct house_row row = {0};

    HOUSE_NEED(h);
    assert_int_equal(
        WRITE(h, RC_OK,
              {&house_insert, PUT(INT64_MAX, INT32_MAX, true, db_text(title), db_bytes(seal), db_null()), RC_OK},
              {&house_insert,
               PUT(INT64_MIN, 0, false, db_text((struct span){NULL, 0}), db_bytes((struct span){NULL, 0}),
                   db_i64(INT64_MAX)),
               RC_OK},
              {&house_insert, PUT(1, 5, false, db_null(), db_null(), db_null()), RC_OK}),
        RC_OK);
    assert_int_equal(db_one(h->db, h->a, &house_find, DB_ARGS(db_i64(INT64_MAX)), &row), RC_OK);
    assert_true(row.id == INT64_MAX && row.kind == INT32_MAX && row.open && row.parent == 0);
    assert_true(span_eq(row.title, title) && span_eq(row.seal, seal));

    assert_int_equal(db_one(h->db, h->a, &house_find, DB_ARGS(db_i64(INT64_MIN)), &row), RC_OK);
    assert_true(row.id == INT64_MIN && row.kind == 0 && !row.open && row.parent == INT64_MAX);
    assert_true(row.title.p != NULL && row.title.n == 0 && row.seal.p != NULL && row.seal.n == 0);

    assert_int_equal(db_one(h->db, h->a, &house_find, DB_ARGS(db_i64(1)), &row), RC_OK);
    assert_true(row.title.p == NULL && row.seal.p == NULL && row.parent == 0);

    row.id = 99;
    assert_int_equal(db_one(h->db, h->a, &house_find, DB_ARGS(db_i64(2)), &row), RC_NOT_FOUND);
    assert_true(row.id == 99);
}

/* ---- one statement many times ---- */

enum { MANY = 700, MANY_COLS = 6 }; /* more than go out at once */

struct many {
    struct db_value values[MANY * MANY_COLS];
    size_t changed[MANY];
    enum rc after; /* of a statement behind it */
};

static void many_row(struct many *m, size_t i, int64_t id, int64_t kind)
{
    const struct db_value row[MANY_COLS] = {db_i64(id), db_i64(kind), db_bool(i % 2), db_null(), db_null(), db_null()};

    memcpy(m->values + i * MANY_COLS, row, sizeof row);
}

static enum rc many_tx(struct db *db, void *arg)
{
    struct many *m = arg;
    enum rc rc = db_exec_many(db, &house_insert, m->values, MANY, m->changed);
    struct house_count count = {0};

    m->after = db_one(db, NULL, &house_count, DB_NO_ARGS, &count);
    return rc;
}

static enum rc bump_many_tx(struct db *db, void *arg)
{
    struct many *m = arg;

    return db_exec_many(db, &house_bump, m->values, 3, m->changed);
}

static void a_statement_runs_many_times(void **state)
{
    static struct many m;
    struct house *h = *state;
    struct house_row row = {0};

    HOUSE_NEED(h);
    for (size_t i = 0; i < MANY; i++)
        many_row(&m, i, (int64_t)i, (int64_t)i + 1);
    assert_int_equal(db_write(h->db, "many", many_tx, &m), RC_OK);
    assert_int_equal(house_rows(h, h->db), MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(m.changed[i], 1);
    assert_int_equal(db_one(h->db, h->a, &house_find, DB_ARGS(db_i64(MANY - 1)), &row), RC_OK);
    assert_true(row.kind == MANY && row.open);
    for (size_t i = 0; i < 3; i++) { /* of an id that is there, of one that is not, of one that is there */
        m.values[2 * i] = db_i64(i == 1 ? MANY + 9 : (int64_t)i);
        m.values[2 * i + 1] = db_i64(77);
    }
    assert_int_equal(db_write(h->db, "many", bump_many_tx, &m), RC_OK);
    assert_true(m.changed[0] == 1 && m.changed[1] == 0 && m.changed[2] == 1);
}

static void one_fault_among_many_undoes_all(void **state)
{
    static struct many m;
    struct house *h = *state;

    HOUSE_NEED(h);
    for (size_t i = 0; i < MANY; i++)
        many_row(&m, i, (int64_t)i, 1);
    many_row(&m, 300, 300, -1); /* its CHECK forbids it */
    assert_int_equal(db_write(h->db, "many", many_tx, &m), RC_INVALID);
    assert_int_equal(m.after, RC_INVALID);
    many_row(&m, 300, 299, 1); /* is there twice */
    assert_int_equal(db_write(h->db, "many", many_tx, &m), RC_CONFLICT);
    assert_int_equal(house_rows(h, h->db), 0);
    many_row(&m, 300, 300, 1);
    assert_int_equal(db_write(h->db, "many", many_tx, &m), RC_OK); /* the connection is none the worse */
    assert_int_equal(house_rows(h, h->db), MANY);
}

static void parameters_are_bound_by_number(void **state)
{
    struct house *h = *state;
    struct house_row row = {0};

    HOUSE_NEED(h);
    assert_int_equal(WRITE(h, RC_OK, {&house_insert, PUT(3, 9, true, db_text(S("a")), db_null(), db_null()), RC_OK},
                           {&house_insert, PUT(7, 9, true, db_text(S("b")), db_null(), db_null()), RC_OK}),
                     RC_OK);
    assert_int_equal(db_one(h->db, h->a, &house_first, DB_ARGS(db_i64(2), db_i64(5)), &row), RC_OK);
    assert_true(row.id == 3);
    assert_int_equal(db_one(h->db, h->a, &house_first, DB_ARGS(db_i64(5), db_i64(9)), &row), RC_OK);
    assert_true(row.id == 7);
    assert_int_equal(db_one(h->db, h->a, &house_first, DB_ARGS(db_i64(2), db_i64(9)), &row), RC_CONFLICT); /* two */
}

static void rows_come_in_the_order_of_bytes(void **state)
{
    static const char *const titles[] = {"b", "A", "é", "a", "Z", "B"};
    static const char *const sorted[] = {"A", "B", "Z", "a", "b", "é"};
    struct house *h = *state;
    struct db_rows rows;

    HOUSE_NEED(h);
    assert_int_equal(db_all(h->db, h->a, &house_list, DB_NO_ARGS, &rows), RC_OK);
    assert_true(rows.count == 0);
    for (size_t i = 0; i < COUNT(titles); i++)
        assert_int_equal(house_put(h->db, (int64_t)i, titles[i]), RC_OK);
    assert_int_equal(db_all(h->db, h->a, &house_list, DB_NO_ARGS, &rows), RC_OK);
    assert_true(rows.count == COUNT(sorted));
    for (size_t i = 0; i < rows.count; i++)
        assert_true(span_eq(((const struct house_row *)rows.items)[i].title, span_of(sorted[i])));
}

struct walk {
    struct db *db;
    int seen;
    int stop_at;
};

static enum rc walk_row(void *arg, const void *row)
{
    const struct house_row *thing = row;
    struct house_count count = {0};
    struct walk *w = arg;

    EXPECT(thing->title.n == 1);
    EXPECT(db_one(w->db, NULL, &house_count, DB_NO_ARGS, &count) == RC_OK); /* another statement */
    return ++w->seen == w->stop_at ? RC_LIMIT : RC_OK;
}

static enum rc walk_tx(struct db *db, void *arg)
{
    struct walk *w = arg;

    w->db = db;
    EXPECT(db_each(db, &house_list, DB_NO_ARGS, walk_row, w) == RC_LIMIT);
    return db_exec(db, &house_retitle, DB_ARGS(db_text(S("y")), db_i64(1))); /* the stop broke nothing */
}

static void a_walk_goes_row_by_row_and_can_stop(void **state)
{
    struct house *h = *state;
    struct walk w = {h->db, 0, -1};

    HOUSE_NEED(h);
    assert_int_equal(house_put(h->db, 1, "a"), RC_OK);
    assert_int_equal(house_put(h->db, 2, "b"), RC_OK);
    assert_int_equal(house_put(h->db, 3, "c"), RC_OK);
    assert_int_equal(db_each(h->db, &house_list, DB_NO_ARGS, walk_row, &w), RC_OK);
    assert_int_equal(w.seen, 3);
    w = (struct walk){h->db, 0, 2};
    assert_int_equal(db_each(h->db, &house_list, DB_NO_ARGS, walk_row, &w), RC_LIMIT);
    assert_int_equal(w.seen, 2);
    w = (struct walk){NULL, 0, 1};
    assert_int_equal(db_write(h->db, "walk", walk_tx, &w), RC_OK);
}

static void faults_have_their_names(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    assert_int_equal(house_put(h->db, 1, "one"), RC_OK);
    assert_int_equal(house_put(h->db, 1, "two"), RC_CONFLICT);
    assert_int_equal(house_put(h->db, 2, "one"), RC_CONFLICT);
    assert_int_equal(house_put(h->db, 2, "bad \xff"), RC_INVALID);
    assert_int_equal(
        WRITE(h, RC_OK,
              {&house_insert, PUT(3, 1, true, db_text((struct span){"a\0b", 3}), db_null(), db_null()), RC_INVALID}),
        RC_INVALID);
    assert_int_equal(WRITE(h, RC_OK, {&house_insert, PUT(3, -1, true, db_null(), db_null(), db_null()), RC_INVALID}),
                     RC_INVALID);
    assert_int_equal(WRITE(h, RC_OK, {&house_insert, PUT(3, 1, true, db_null(), db_null(), db_i64(77)), RC_CONFLICT}),
                     RC_CONFLICT);
    assert_int_equal(WRITE(h, RC_OK,
                           {&house_insert,
                            DB_ARGS(db_i64(3), db_null(), db_bool(true), db_null(), db_null(), db_null()), RC_INVALID}),
                     RC_INVALID);
    assert_true(house_rows(h, h->db) == 1);
    assert_int_equal(atomic_load(&h->events[DB_EVENT_STATEMENT]), 0); /* people's faults, not ours */
}

/* After a fault nothing of the transaction counts, even when its function looks away. */
static void a_fault_undoes_all_of_it(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    assert_int_equal(WRITE(h, RC_OK, {&house_insert, PUT(1, 1, true, db_null(), db_null(), db_null()), RC_OK},
                           {&house_insert, PUT(1, 1, true, db_null(), db_null(), db_null()), RC_CONFLICT},
                           {&house_insert, PUT(2, 1, true, db_null(), db_null(), db_null()), RC_CONFLICT}),
                     RC_CONFLICT);
    assert_true(house_rows(h, h->db) == 0);
    assert_int_equal(WRITE(h, RC_DENIED, {&house_insert, PUT(1, 1, true, db_null(), db_null(), db_null()), RC_OK}),
                     RC_DENIED);
    assert_true(house_rows(h, h->db) == 0);
    assert_int_equal(WRITE(h, RC_OK, {&house_insert, PUT(1, 1, true, db_null(), db_null(), db_null()), RC_OK}), RC_OK);
    assert_true(house_rows(h, h->db) == 1);
}

static enum rc count_tx(struct db *db, void *arg)
{
    size_t *n = arg;
    enum rc rc = db_exec_count(db, &house_insert_once, DB_ARGS(db_i64(1)), &n[0]);

    if (rc == RC_OK)
        rc = db_exec_count(db, &house_insert_once, DB_ARGS(db_i64(1)), &n[1]);
    if (rc == RC_OK)
        rc = db_exec_count(db, &house_insert_once, DB_ARGS(db_i64(2)), &n[2]);
    if (rc == RC_OK)
        rc = db_exec_count(db, &house_remove, DB_ARGS(db_i64(1)), &n[3]);
    if (rc == RC_OK)
        rc = db_exec_count(db, &house_remove, DB_ARGS(db_i64(1)), &n[4]);
    return rc;
}

static void changed_rows_are_counted(void **state)
{
    struct house *h = *state;
    size_t n[5] = {9, 9, 9, 9, 9};

    HOUSE_NEED(h);
    assert_int_equal(db_write(h->db, "count", count_tx, n), RC_OK);
    assert_true(n[0] == 1 && n[1] == 0 && n[2] == 1 && n[3] == 2 && n[4] == 0);
}

static enum rc returning_tx(struct db *db, void *arg)
{
    struct house *h = arg;
    struct house_row row = {0};
    enum rc rc = db_one(db, h->a, &house_insert_back, DB_ARGS(db_text(S("new"))), &row);

    EXPECT(row.id == 1 && row.kind == 7 && !row.open && span_eq(row.title, S("new")));
    EXPECT(house_rows(h, db) == 1);    /* sees its own writing */
    EXPECT(house_rows(h, h->db) == 0); /* which nobody else does */
    return rc;
}

static void a_row_comes_back_from_writing(void **state)
{
    struct house *h = *state;
    struct db_rows rows;

    HOUSE_NEED(h);
    assert_int_equal(db_write(h->db, "returning", returning_tx, h), RC_OK);
    assert_true(house_rows(h, h->db) == 1);
    assert_int_equal(db_all(h->db, h->a, &house_truth, DB_ARGS(db_bool(false), db_null()), &rows), RC_OK);
    assert_true(rows.count == 1);
    assert_int_equal(db_all(h->db, h->a, &house_truth, DB_ARGS(db_bool(true), db_null()), &rows), RC_OK);
    assert_true(rows.count == 0);
}

static void a_reader_cannot_write(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    assert_int_equal(db_exec(h->db, &house_insert_once, DB_ARGS(db_i64(1))), RC_DENIED);
    assert_true(house_rows(h, h->db) == 0);
}

static enum rc snapshot_fn(struct db *db, void *arg)
{
    struct house *h = arg;
    struct db *other = NULL;
    int64_t before = house_rows(h, db);
    struct house_count count;

    /* Another thread's writing, from a thread of its own. */
    EXPECT(db_reader_open(h->store, &other) == RC_OK);
    EXPECT(house_put(other, 100 + before, NULL) == RC_OK);
    EXPECT(house_rows(h, other) == before + 1);
    db_reader_close(&other);
    EXPECT(house_rows(h, db) == before);
    return db_one(db, NULL, &house_count, DB_NO_ARGS, &count);
}

static void a_read_sees_one_moment(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    assert_int_equal(db_read(h->db, snapshot_fn, h), RC_OK);
    assert_true(house_rows(h, h->db) == 1);
    assert_int_equal(db_read(h->db, snapshot_fn, h), RC_OK);
    assert_true(house_rows(h, h->db) == 2);
}

struct tries {
    int left;
    int runs;
};

static enum rc retry_tx(struct db *db, void *arg)
{
    struct tries *t = arg;
    enum rc rc = db_exec(db, &house_insert_once, DB_ARGS(db_i64(++t->runs)));

    if (rc == RC_OK)
        rc = db_note(db, S("again"));
    return rc == RC_OK && t->left-- > 0 ? RC_RETRY : rc;
}

static void what_lost_is_run_again(void **state)
{
    struct house *h = *state;
    struct tries t = {3, 0};
    struct tries never = {1000, 0};
    struct db_status s;

    HOUSE_NEED(h);
    assert_int_equal(db_write(h->db, "retry", retry_tx, &t), RC_OK);
    assert_int_equal(t.runs, 4);
    assert_true(house_rows(h, h->db) == 1); /* the three before left nothing */
    assert_int_equal(db_write(h->db, "retry", retry_tx, &never), RC_RETRY);
    assert_int_equal(never.runs, 10);
    assert_true(house_rows(h, h->db) == 1);
    assert_int_equal(atomic_load(&h->events[DB_EVENT_GAVE_UP]), 1);
    db_status(h->store, &s);
    assert_true(s.written == 1 && s.undone == 1 && s.retried == 12 && s.waiting == 0 && s.schema == 2);
}

struct noted {
    struct span note;
    enum rc want;
    enum rc result;
};

static enum rc note_tx(struct db *db, void *arg)
{
    struct noted *n = arg;

    EXPECT(db_note(db, n->note) == n->want);
    return n->result;
}

static void notes_are_heard_after_the_commit(void **state)
{
    static char longest[DB_NOTE_MOST + 1];
    struct house *h = *state;
    struct noted said = {S("campaign 7 revision 31"), RC_OK, RC_OK};
    struct noted undone = {S("never"), RC_OK, RC_DENIED};
    struct noted empty = {S(""), RC_INVALID, RC_OK};
    struct noted too_long = {{longest, sizeof longest}, RC_LIMIT, RC_OK};

    HOUSE_NEED(h);
    memset(longest, 'x', sizeof longest);
    assert_int_equal(db_write(h->db, "note", note_tx, &undone), RC_DENIED);
    assert_int_equal(atomic_load(&h->heard), 0);
    assert_int_equal(db_write(h->db, "note", note_tx, &said), RC_OK);
    assert_true(atomic_load(&h->heard) >= 1); /* before its writer is told */
    assert_true(house_heard_last(h, "campaign 7 revision 31"));
    assert_int_equal(db_write(h->db, "note", note_tx, &empty), RC_INVALID);
    assert_int_equal(db_write(h->db, "note", note_tx, &too_long), RC_LIMIT);
    too_long = (struct noted){{longest, DB_NOTE_MOST}, RC_OK, RC_OK};
    assert_int_equal(db_write(h->db, "note", note_tx, &too_long), RC_OK);
    assert_int_equal(atomic_load(&h->heard_empty), 0);
}

/* ---- our own mistakes end the process ---- */

static enum rc nested_tx(struct db *db, void *arg)
{
    (void)db;
    return house_put(((struct house *)arg)->db, 1, NULL);
}

static enum rc nested_on_writer_tx(struct db *db, void *arg)
{
    (void)arg;
    return house_put(db, 1, NULL);
}

static enum rc write_in_read(struct db *db, void *arg)
{
    (void)arg;
    return house_put(db, 1, NULL);
}

static void nested(struct house *h)
{
    (void)!db_write(h->db, "outer", nested_tx, h);
}

static void nested_on_writer(struct house *h)
{
    (void)!db_write(h->db, "outer", nested_on_writer_tx, h);
}

static void in_read(struct house *h)
{
    (void)!db_read(h->db, write_in_read, h);
}

static void unlisted(struct house *h)
{
    static const struct db_stmt stranger = {.name = "stranger", .sql = "DELETE FROM thing"};

    (void)!db_exec(h->db, &stranger, DB_NO_ARGS);
}

static void too_few(struct house *h)
{
    struct house_row row;

    (void)!db_one(h->db, h->a, &house_find, DB_NO_ARGS, &row);
}

/* Each in a child that opens its own store: threads do not survive a fork. */
static void our_mistakes_end_the_process(void **state)
{
    static void (*const mistakes[])(struct house *) = {nested, nested_on_writer, in_read, unlisted, too_few};
    struct house *h = *state;

    HOUSE_NEED(h);
    house_close(h);
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
            (void)!freopen("/dev/null", "w", stderr);
            if (house_open(h) != RC_OK)
                _exit(1);
            mistakes[i](h);
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

/* ---- wrong statements are found when the store opens ---- */

static void wrong_statements_are_refused(void **state)
{
    static const struct db_stmt wrong[] = {
        {.name = "no_table", .sql = "SELECT id FROM nowhere", .cols = {DB_I64(struct house_row, id)}},
        {.name = "no_struct", .sql = "SELECT id FROM thing"},
        {.name = "too_wide", .sql = "SELECT id, kind FROM thing", .cols = {DB_I64(struct house_row, id)}},
        {.name = "gap", .sql = "DELETE FROM thing WHERE id = $2"},
        {.name = "named", .sql = "DELETE FROM thing WHERE id = $id"},
        {.name = "quotes", .sql = "DELETE FROM thing WHERE title = \"one\""},
        {.name = "", .sql = "DELETE FROM thing"},
        {.name = "thing.find", .sql = "DELETE FROM thing"}, /* the name is taken */
    };
    struct house *h = *state;
    const struct db_stmt *list[COUNT(wrong) + 1] = {&house_find};

    HOUSE_NEED(h);
    house_close(h);
    h->options.stmts = list;
    h->options.stmt_count = 2;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        list[1] = &wrong[i];
        assert_int_equal(house_open(h), RC_INVALID);
        assert_non_null(strstr(h->fault.text, wrong[i].name));
    }
    list[1] = &house_count;
    assert_int_equal(house_open(h), RC_OK);
}

/* ---- every statement runs ---- */

static enum rc run_one_tx(struct db *db, void *arg)
{
    const struct db_stmt *stmt = *(const struct db_stmt *const *)arg;
    struct db_value values[DB_ARGS_MOST] = {0};
    struct arena *a = arena_open(1 << 20);
    struct db_args args = {values, db_stmt_params(stmt)};
    struct db_rows rows;
    enum rc rc;

    /* NULL for everything: it need not be taken, only be no fault of the statement. */
    for (size_t i = 0; i < DB_ARGS_MOST; i++)
        values[i] = db_null();
    if (stmt->cols[0].type == DB_TYPE_NONE)
        rc = db_exec(db, stmt, args);
    else
        rc = db_all(db, a, stmt, args, &rows);
    EXPECT(rc == RC_OK || rc == RC_INVALID);
    arena_close(&a);
    return RC_DENIED; /* undo it */
}

static void every_statement_runs(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    for (size_t i = 0; i < house_stmt_count; i++)
        assert_int_equal(db_write(h->db, "run", run_one_tx, (void *)(uintptr_t)&house_stmts[i]), RC_DENIED);
    assert_int_equal(atomic_load(&h->events[DB_EVENT_STATEMENT]), 0);
}

/* ---- many threads ---- */

enum { THREADS = 8, EACH = 50 };

struct crowd {
    struct house *h;
    int number;
    int done;
};

static enum rc bump_tx(struct db *db, void *arg)
{
    struct crowd *c = arg;
    struct house_row row = {0};
    struct arena *a = arena_open(1 << 20);
    enum rc rc = db_one(db, a, &house_find, DB_ARGS(db_i64(1)), &row);

    if (rc == RC_OK)
        rc = db_exec(db, &house_bump, DB_ARGS(db_i64(1), db_i64(row.kind + 1)));
    if (rc == RC_OK)
        rc = db_exec(db, &house_insert_once, DB_ARGS(db_i64(1000 + c->number * EACH + c->done)));
    arena_close(&a);
    return rc;
}

static void *crowd_main(void *arg)
{
    struct crowd *c = arg;
    struct db *db = NULL;

    if (db_reader_open(c->h->store, &db) != RC_OK)
        return NULL;
    while (c->done < EACH) {
        enum rc rc = db_write(db, "bump", bump_tx, c);

        if (rc == RC_OK)
            c->done++;
        else if (rc != RC_RETRY)
            break;
        (void)house_rows(c->h, db);
    }
    db_reader_close(&db);
    return NULL;
}

/* Each reads a number and writes the next: lost updates would show. */
static void writers_do_not_lose_each_others_work(void **state)
{
    struct house *h = *state;
    struct crowd crowd[THREADS];
    pthread_t threads[THREADS];
    struct house_row row;
    struct db_status s;

    HOUSE_NEED(h);
    assert_int_equal(house_put(h->db, 1, NULL), RC_OK);
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){h, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(crowd[i].done, EACH);
    }
    assert_int_equal(db_one(h->db, h->a, &house_find, DB_ARGS(db_i64(1)), &row), RC_OK);
    assert_int_equal(row.kind, 1 + THREADS * EACH);
    assert_true(house_rows(h, h->db) == 1 + THREADS * EACH);
    db_status(h->store, &s);
    assert_true(s.written == 1 + THREADS * EACH && s.readers == 1);
}

struct posted {
    struct db_job job; /* first */
    struct crowd crowd;
    atomic_int *done;
    enum rc rc;
};

static void posted_done(struct db_job *job, enum rc rc)
{
    struct posted *p = (struct posted *)job;

    p->rc = rc;
    atomic_fetch_add(p->done, 1);
}

static void posting_does_not_wait_and_closing_loses_nothing(void **state)
{
    struct house *h = *state;
    static struct posted posted[200];
    atomic_int done = 0;

    HOUSE_NEED(h);
    assert_int_equal(house_put(h->db, 1, NULL), RC_OK);
    for (int i = 0; i < 200; i++) {
        posted[i] = (struct posted){.crowd = {h, i, 0}, .done = &done};
        posted[i].job = (struct db_job){.name = "post", .fn = bump_tx, .arg = &posted[i].crowd, .done = posted_done};
        assert_int_equal(db_post(h->store, &posted[i].job), RC_OK);
    }
    house_close(h);
    assert_int_equal(atomic_load(&done), 200);
    assert_int_equal(house_open(h), RC_OK);
    for (int i = 0; i < 200; i++)
        assert_true(posted[i].rc == RC_OK || (h->engine == HOUSE_POSTGRES && posted[i].rc == RC_RETRY));
    if (h->engine == HOUSE_SQLITE)
        assert_true(house_rows(h, h->db) == 201);
}

static void readers_are_lent_and_come_back(void **state)
{
    struct house *h = *state;
    struct db *first = NULL;
    struct db *second = NULL;
    struct db *again = NULL;
    struct db_status status;

    HOUSE_NEED(h);
    assert_int_equal(house_put(h->db, 1, NULL), RC_OK);
    assert_int_equal(db_borrow(h->store, &first), RC_OK);
    assert_int_equal(db_borrow(h->store, &second), RC_OK);
    assert_true(first != second);
    assert_true(house_rows(h, first) == 1 && house_rows(h, second) == 1);
    again = second;
    db_give_back(&second);
    assert_null(second);
    assert_int_equal(db_borrow(h->store, &second), RC_OK);
    assert_ptr_equal(second, again);
    db_give_back(&second);
    db_give_back(&first);
    db_give_back(&first); /* nothing to give back */
    db_status(h->store, &status);
    assert_true(status.readers == 3); /* two that lie idle, and the house's own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(values_come_back),
        HOUSE_TEST(a_statement_runs_many_times),
        HOUSE_TEST(one_fault_among_many_undoes_all),
        HOUSE_TEST(parameters_are_bound_by_number),
        HOUSE_TEST(rows_come_in_the_order_of_bytes),
        HOUSE_TEST(a_walk_goes_row_by_row_and_can_stop),
        HOUSE_TEST(faults_have_their_names),
        HOUSE_TEST(a_fault_undoes_all_of_it),
        HOUSE_TEST(changed_rows_are_counted),
        HOUSE_TEST(a_row_comes_back_from_writing),
        HOUSE_TEST(a_reader_cannot_write),
        HOUSE_TEST(a_read_sees_one_moment),
        HOUSE_TEST(what_lost_is_run_again),
        HOUSE_TEST(notes_are_heard_after_the_commit),
        HOUSE_TEST(our_mistakes_end_the_process),
        HOUSE_TEST(wrong_statements_are_refused),
        HOUSE_TEST(every_statement_runs),
        HOUSE_TEST(writers_do_not_lose_each_others_work),
        HOUSE_TEST(posting_does_not_wait_and_closing_loses_nothing),
        HOUSE_TEST(readers_are_lent_and_come_back),
    };

    return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
