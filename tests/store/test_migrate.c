/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The schema's way to the newest, on both engines: from nothing, twice, half-way, from the future; and that both
 * engines end with the same shape.
 */
#include "house.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <sqlite3.h>

static void from_nothing_to_the_newest_twice(void **state)
{
    struct house *h = *state;
    struct db_status s;

    HOUSE_NEED(h);
    db_status(h->store, &s);
    assert_int_equal(s.schema, 2);
    assert_int_equal(house_put(h->db, 1, "kept"), RC_OK);
    for (int i = 0; i < 2; i++) {
        house_close(h);
        assert_int_equal(house_open(h), RC_OK);
        assert_true(house_rows(h, h->db) == 1);
    }
}

static const struct db_migration more[] = {
    {1, "things", SPAN_INIT("CREATE TABLE a (id {i64} NOT NULL PRIMARY KEY) {strict};")},
    {2, "words",
     SPAN_INIT("CREATE TABLE b (id {i64} NOT NULL PRIMARY KEY) {strict};\n"
               "INSERT INTO b (id) SELECT id FROM a;")},
    {3, "late", SPAN_INIT("CREATE TABLE c (id {i64} NOT NULL PRIMARY KEY) {strict};")},
};

static enum rc open_with(struct house *h, const struct db_migration *migrations, size_t count)
{
    house_close(h);
    h->options.stmt_count = 0;
    h->options.migrations = migrations;
    h->options.migration_count = count;
    return house_open(h);
}

/* A house whose store is empty again. */
static void begin_anew(struct house *h)
{
    house_close(h);
    if (h->engine == HOUSE_POSTGRES) {
        house_psql(h->url, "DROP SCHEMA public CASCADE");
        house_psql(h->url, "CREATE SCHEMA public");
    } else {
        char path[128];

        (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", h->folder);
        assert_int_equal(remove(path), 0);
    }
}

static void an_older_store_is_brought_up_to_date(void **state)
{
    struct house *h = *state;
    struct db_status s;

    HOUSE_NEED(h);
    begin_anew(h);
    for (size_t n = 0; n <= COUNT(more); n++) {
        assert_int_equal(open_with(h, more, n), RC_OK);
        db_status(h->store, &s);
        assert_int_equal(s.schema, n);
    }
}

static void a_newer_store_is_refused(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    begin_anew(h);
    assert_int_equal(open_with(h, more, 3), RC_OK);
    assert_int_equal(open_with(h, more, 2), RC_CONFLICT);
    assert_string_equal(
        h->fault.text,
        "This store was written by a newer Breakroom: its schema is number 3, this program knows up to 2. "
        "Install the newer program, or restore a backup made before it.");
    assert_int_equal(open_with(h, more, 3), RC_OK);
}

static void an_edited_migration_is_refused(void **state)
{
    struct db_migration edited[COUNT(more)];
    struct house *h = *state;

    HOUSE_NEED(h);
    begin_anew(h);
    assert_int_equal(open_with(h, more, 2), RC_OK);
    memcpy(edited, more, sizeof more);
    edited[1].sql = S("CREATE TABLE b (id {i64} NOT NULL PRIMARY KEY) {strict};\n");
    assert_int_equal(open_with(h, edited, 3), RC_CONFLICT);
    assert_non_null(strstr(h->fault.text, "migration 2 (“words”)"));
    assert_int_equal(open_with(h, more, 3), RC_OK);
}

static void a_migration_that_fails_leaves_nothing(void **state)
{
    static const char *const bad[] = {"CREATE TABLE x (id {i64});\nCREATE TABLE x (id {i64});",
                                      "CREATE TABLE d (id {i46});", "CREATE TABLE d (id {i64"};
    struct db_migration list[COUNT(more)];
    struct house *h = *state;
    struct db_status s;

    HOUSE_NEED(h);
    begin_anew(h);
    assert_int_equal(open_with(h, more, 1), RC_OK);
    memcpy(list, more, sizeof more);
    for (size_t i = 0; i < COUNT(bad); i++) {
        list[2].sql = span_of(bad[i]);
        assert_int_not_equal(open_with(h, list, 3), RC_OK);
        assert_non_null(strstr(h->fault.text, "“late”"));
    }
    assert_int_equal(open_with(h, more, 1), RC_OK); /* the second did not stay either */
    db_status(h->store, &s);
    assert_int_equal(s.schema, 1);
    assert_int_equal(open_with(h, more, 3), RC_OK);
}

struct opening {
    struct db_options options;
    struct db_store *store;
    enum rc rc;
    struct db_fault fault;
};

static void *open_main(void *arg)
{
    struct opening *o = arg;

    o->rc = db_open(&o->options, &o->store, &o->fault);
    return NULL;
}

/* Eight copies start at once on an empty database: each migration runs once. */
static void copies_that_start_together_agree(void **state)
{
    struct house *h = *state;
    static struct opening copies[8];
    pthread_t threads[8];

    HOUSE_NEED(h);
    begin_anew(h);
    for (size_t i = 0; i < 8; i++) {
        copies[i] =
            (struct opening){.options = {.url = h->url, .migrations = more, .migration_count = 3, .writers = 1}};
        assert_int_equal(pthread_create(&threads[i], NULL, open_main, &copies[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_string_equal(copies[i].fault.text, "");
        assert_int_equal(copies[i].rc, RC_OK);
        db_close(&copies[i].store);
    }
}

/* ---- both engines end with the same shape ---- */

struct shape {
    char text[64 * 1024];
    size_t n;
};

static void shape_add(struct shape *s, const char *table, const char *column, const char *type, bool not_null, int key)
{
    s->n += (size_t)snprintf(s->text + s->n, sizeof s->text - s->n, "%s.%s %s%s key=%d\n", table, column, type,
                             not_null ? " NOT NULL" : "", key);
    assert_true(s->n < sizeof s->text);
}

/* SQLite says INTEGER for three of our types: what they have in common is compared. */
static const char *common_type(const char *type)
{
    if (strcmp(type, "bigint") == 0 || strcmp(type, "integer") == 0 || strcmp(type, "boolean") == 0 ||
        strcmp(type, "INTEGER") == 0)
        return "number";
    return strcmp(type, "bytea") == 0 || strcmp(type, "BLOB") == 0 ? "bytes" : "text";
}

static void shape_of_sqlite(const struct house *h, struct shape *s)
{
    char path[128];
    sqlite3 *raw = NULL;
    sqlite3_stmt *q = NULL;

    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", h->folder);
    assert_int_equal(sqlite3_open_v2(path, &raw, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw,
                                        "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk"
                                        " FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c"
                                        " WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%'"
                                        " ORDER BY t.name, c.name",
                                        -1, &q, NULL),
                     SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW)
        shape_add(s, (const char *)sqlite3_column_text(q, 0), (const char *)sqlite3_column_text(q, 1),
                  common_type((const char *)sqlite3_column_text(q, 2)), sqlite3_column_int(q, 3) != 0,
                  sqlite3_column_int(q, 4));
    (void)sqlite3_finalize(q);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void shape_of_postgres(const struct house *h, struct shape *s)
{
    PGconn *c = PQconnectdb(h->url);
    PGresult *r = PQexec(c, "SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attnotnull,"
                            " COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0)"
                            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                            " LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary"
                            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
                            " AND c.relname NOT LIKE '%\\_index'" /* a virtual table on SQLite, of its engine's shape */
                            " ORDER BY c.relname COLLATE \"C\", a.attname COLLATE \"C\"");

    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(r); i++)
        shape_add(s, PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), common_type(PQgetvalue(r, i, 2)),
                  strcmp(PQgetvalue(r, i, 3), "t") == 0, atoi(PQgetvalue(r, i, 4)));
    PQclear(r);
    PQfinish(c);
}

static struct span read_whole(struct arena *a, const char *path)
{
    struct buf *b = buf_new(a, 1 << 20);
    FILE *f = fopen(path, "rb");
    char part[4096];
    size_t n;

    assert_non_null(f);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        buf_put(b, (struct span){part, n});
    (void)fclose(f);
    return buf_span(b);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_sql(const struct dirent *e)
{
    return strlen(e->d_name) > 9 && strcmp(e->d_name + strlen(e->d_name) - 4, ".sql") == 0;
}

/* The product's own schema, from its files. */
static size_t schema_read(struct arena *a, struct db_migration *list, size_t most)
{
    char dir[256];
    struct dirent **found = NULL;
    int count;

    (void)snprintf(dir, sizeof dir, "%s/schema", getenv("SOURCE_ROOT"));
    count = scandir(dir, &found, is_sql, by_name);
    assert_true(count > 0 && (size_t)count <= most);
    for (int i = 0; i < count; i++) {
        const char *name = found[i]->d_name;
        struct span path = arena_printf(a, "%s/%s", dir, name);

        list[i] = (struct db_migration){atoi(name), arena_cstr(a, span_sub(span_of(name), 5, strlen(name) - 9)),
                                        read_whole(a, path.p)};
        free(found[i]);
    }
    free(found);
    return (size_t)count;
}

static void both_engines_have_one_shape(void **state)
{
    static struct shape lite, post;
    struct house *h = *state; /* PostgreSQL's */
    struct db_migration list[100];
    struct house other;
    size_t count;

    HOUSE_NEED(h);
    count = schema_read(h->a, list, COUNT(list));
    begin_anew(h);
    assert_int_equal(open_with(h, list, count), RC_OK);
    assert_true(house_make(&other, HOUSE_SQLITE));
    assert_int_equal(open_with(&other, list, count), RC_OK);
    shape_of_postgres(h, &post);
    shape_of_sqlite(&other, &lite);
    house_remove_all(&other);
    assert_string_equal(post.text, lite.text);
    assert_non_null(strstr(lite.text, "schema_version.number number NOT NULL key=1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(from_nothing_to_the_newest_twice),
        HOUSE_TEST(an_older_store_is_brought_up_to_date),
        HOUSE_TEST(a_newer_store_is_refused),
        HOUSE_TEST(an_edited_migration_is_refused),
        HOUSE_TEST(a_migration_that_fails_leaves_nothing),
        HOUSE_TEST_POSTGRES(copies_that_start_together_agree),
        HOUSE_TEST_POSTGRES(both_engines_have_one_shape),
    };

    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
