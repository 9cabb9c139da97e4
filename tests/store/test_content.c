/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Campaigns and their pieces in the store, on both engines: every statement of src/store/content.c and published.c is run here.
 */
#include "house.h"

#include "seal/sha256.h"
#include "store/content.h"
#include "store/published.h"

enum { MEMORY = 256 * 1024 * 1024 };

static const struct instant noon = {1777636800000000};
static struct arena *world; /* of the test that runs */
static const struct span host = SPAN_INIT("baysideeducators.example");

/* As house_setup(), with our own schema and statements. A BREAKROOM_TEST_PG names a server like TEST_POSTGRES does. */
static int content_setup(void **state)
{
    const char *url = getenv("BREAKROOM_TEST_PG");

    world = arena_open(MEMORY);
    if (url && setenv("TEST_POSTGRES", url, 1) != 0)
        return -1;
    return house_setup_store(state, NULL, 0);
}

static int content_teardown(void **state)
{
    arena_close(&world);
    return house_teardown(state);
}

/* ---- pieces as a test writes them ---- */

static void add(struct arena *a, struct pieces *pieces, const char *path, struct span bytes, int64_t position)
{
    *LIST_ADD(a, &pieces->list) = (struct piece){span_of(path), bytes, sha256_of(a, bytes), position, 0};
    pieces_sort(pieces);
}

static struct pieces some(struct arena *a)
{
    struct pieces p = {0};

    add(a, &p, "campaign.ini", S("[campaign]\n"), 0);
    add(a, &p, "news/2026-04-24-memo.md", S("---\ntitle: Ñandú\n---\n"), 0);
    add(a, &p, "figures.csv#signers/2026-04-20", S("key,signers\nvalue,146\n"), 1);
    add(a, &p, "figures.csv#schools/2026-04-20", S("key,schools\nvalue,21\n"), 2);
    return p;
}

static enum rc put(struct house *h, struct arena *a, int64_t expected, const struct pieces *pieces,
                   int64_t *revision_out)
{
    struct content_campaign campaign = {0};
    enum rc rc = content_replace(h->db, a, host, expected, pieces, NULL, noon, &campaign);

    if (rc == RC_OK)
        *revision_out = campaign.revision;
    return rc;
}

static void assert_holds(struct house *h, struct arena *a, const struct pieces *wanted, int64_t revision)
{
    struct content_campaign campaign = {0};
    struct content_campaign again = {0};
    struct pieces found;
    struct pieces hashes;
    int64_t now = 0;

    assert_int_equal(content_find(h->db, a, host, &campaign), RC_OK);
    assert_int_equal(campaign.revision, revision);
    assert_int_equal(content_revision(h->db, campaign.campaign_id, &now), RC_OK);
    assert_int_equal(now, revision);
    assert_int_equal(content_pieces(h->db, a, campaign.campaign_id, &again, &found), RC_OK);
    assert_true(span_eq(again.host, host));
    assert_int_equal(content_hashes(h->db, a, campaign.campaign_id, &again, &hashes), RC_OK);
    assert_int_equal(found.list.count, wanted->list.count);
    assert_int_equal(hashes.list.count, wanted->list.count);
    for (size_t i = 0; i < wanted->list.count; i++) {
        const struct piece *w = &wanted->list.items[i];
        const struct piece *f = &found.list.items[i];
        struct span alone;

        assert_int_equal(content_piece(h->db, a, campaign.campaign_id, w->path, &alone), RC_OK);
        assert_true(span_eq(alone, w->bytes));
        assert_true(span_eq(w->path, f->path));
        assert_true(span_eq(w->bytes, f->bytes));
        assert_non_null(f->bytes.p);
        assert_true(span_eq(w->hash, f->hash));
        assert_int_equal(w->position, f->position);
        assert_true(span_eq(hashes.list.items[i].path, f->path));
        assert_true(span_eq(hashes.list.items[i].hash, f->hash));
        assert_int_equal(hashes.list.items[i].position, f->position);
        assert_int_equal(hashes.list.items[i].revision, f->revision);
        assert_int_equal(hashes.list.items[i].bytes.n, 0);
    }
}

static int64_t revision_of(struct house *h, struct arena *a, const char *path)
{
    struct content_campaign campaign = {0};
    struct pieces found;
    const struct piece *p;

    assert_int_equal(content_find(h->db, a, host, &campaign), RC_OK);
    assert_int_equal(content_hashes(h->db, a, campaign.campaign_id, &campaign, &found), RC_OK);
    p = pieces_find(&found, span_of(path));
    assert_non_null(p);
    return p->revision;
}

/* ---- tests ---- */

static void same_again_changes_nothing(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    int64_t revision = 0;

    HOUSE_NEED(h);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    assert_int_equal(revision, 1);
    assert_holds(h, a, &p, 1);
    assert_true(house_wait(&h->heard, 1));
    assert_true(house_heard_last(h, "campaign 1 revision 1"));
    assert_int_equal(put(h, a, 1, &p, &revision), RC_OK);
    assert_int_equal(revision, 1);
    assert_holds(h, a, &p, 1);
    assert_true(house_heard_last(h, "campaign 1 revision 1")); /* PostgreSQL may say it twice */
}

static void what_differs_is_written(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    struct pieces next = {0};
    int64_t revision = 0;

    HOUSE_NEED(h);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    add(a, &next, "campaign.ini", S("[campaign]\n"), 0);
    add(a, &next, "news/2026-04-24-memo.md", S("---\ntitle: Other\n---\n"), 0);
    add(a, &next, "news/2026-05-01-new.md", S("---\ntitle: New\n---\n"), 0);
    add(a, &next, "figures.csv#signers/2026-04-20", S("key,signers\nvalue,146\n"), 1);
    assert_int_equal(put(h, a, 1, &next, &revision), RC_OK);
    assert_int_equal(revision, 2);
    assert_holds(h, a, &next, 2);
    assert_int_equal(revision_of(h, a, "campaign.ini"), 1);
    assert_int_equal(revision_of(h, a, "news/2026-04-24-memo.md"), 2);
    assert_int_equal(revision_of(h, a, "news/2026-05-01-new.md"), 2);
    assert_true(house_wait(&h->heard, 2));
    assert_true(house_heard_last(h, "campaign 1 revision 2"));
}

static void order_of_rows_is_content(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    int64_t revision = 0;

    HOUSE_NEED(h);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    for (size_t i = 0; i < p.list.count; i++)
        if (p.list.items[i].position)
            p.list.items[i].position = 3 - p.list.items[i].position;
    assert_int_equal(put(h, a, 1, &p, &revision), RC_OK);
    assert_int_equal(revision, 2);
    assert_holds(h, a, &p, 2);
    assert_int_equal(revision_of(h, a, "figures.csv#signers/2026-04-20"), 1);
}

static void who_comes_late_changes_nothing(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    struct pieces other = {0};
    int64_t revision = 0;

    HOUSE_NEED(h);
    add(a, &other, "campaign.ini", S("other\n"), 0);
    assert_int_equal(put(h, a, 7, &p, &revision), RC_CONFLICT); /* nobody is there to have revision 7 */
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    assert_int_equal(put(h, a, 0, &other, &revision), RC_CONFLICT);
    assert_int_equal(put(h, a, 2, &other, &revision), RC_CONFLICT);
    assert_holds(h, a, &p, 1);
}

static void all_or_nothing(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    struct pieces bad = {0};
    struct content_campaigns all;
    int64_t revision = 0;

    HOUSE_NEED(h);
    add(a, &bad, "campaign.ini", S("other\n"), 0);
    add(a, &bad, "x", S("fine"), 0);
    add(a, &bad, "z", S("no such place"), -1);
    assert_int_equal(put(h, a, 0, &bad, &revision), RC_INVALID);
    assert_int_equal(content_campaigns(h->db, a, &all), RC_OK);
    assert_int_equal(all.count, 0);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    assert_int_equal(put(h, a, 1, &bad, &revision), RC_INVALID);
    assert_holds(h, a, &p, 1);
}

static void campaigns_stay_apart(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    struct pieces one = {0};
    struct content_campaign campaign = {0};
    struct content_campaigns all = {0};
    int64_t revision = 0;

    HOUSE_NEED(h);
    add(a, &one, "campaign.ini", S("[campaign]\n"), 0);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    assert_int_equal(content_replace(h->db, a, S("another.example"), 0, &one, NULL, noon, &campaign), RC_OK);
    assert_int_equal(campaign.campaign_id, 2);
    assert_int_equal(campaign.revision, 1);
    assert_holds(h, a, &p, 1);
    assert_int_equal(content_campaigns(h->db, a, &all), RC_OK);
    assert_int_equal(all.count, 2);
    assert_true(span_eq(all.items[0].host, S("another.example")));
    assert_int_equal(all.items[0].changed_at.us, noon.us);
    assert_true(span_eq(all.items[1].host, host));
}

static void what_is_not_there(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct content_campaign campaign = {0};
    struct pieces p;
    struct span bytes;
    int64_t revision = 0;

    HOUSE_NEED(h);
    assert_int_equal(content_find(h->db, a, host, &campaign), RC_NOT_FOUND);
    assert_int_equal(content_revision(h->db, 1, &revision), RC_NOT_FOUND);
    assert_int_equal(content_pieces(h->db, a, 1, &campaign, &p), RC_NOT_FOUND);
    assert_int_equal(content_hashes(h->db, a, 1, &campaign, &p), RC_NOT_FOUND);
    assert_int_equal(content_piece(h->db, a, 1, S("campaign.ini"), &bytes), RC_NOT_FOUND);
}

/* Nothing, every byte, three megabytes, and more pieces than one statement reads. */
static void bytes_come_back_as_they_were(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = {0};
    char *every = arena_alloc(a, 256);
    char *large = arena_alloc(a, 3 << 20);
    int64_t revision = 0;

    HOUSE_NEED(h);
    for (int i = 0; i < 256; i++)
        every[i] = (char)i;
    memset(large, 0xFF, 3 << 20);
    add(a, &p, "files/empty.txt", S(""), 0);
    add(a, &p, "photos/every.png", (struct span){every, 256}, 0);
    add(a, &p, "photos/large.png", (struct span){large, 3 << 20}, 0);
    for (int i = 0; i < 250; i++)
        add(a, &p, arena_printf(a, "news/2026-01-01-k%03d.md", i).p, arena_printf(a, "%d", i), 0);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    assert_holds(h, a, &p, 1);
}

/* Of photos and copies there is a size and no byte; what only looks like one is a text. */
static void what_is_sent_as_it_is_stays(void **state)
{
    static const struct {
        const char *path;
        bool is_large;
    } more[] = {
        {"documents/memo.copy.pdf", true}, {"documents/memo.ini", false}, {"documents/memo.p1.webp", true},
        {"documents/memo.words", false},   {"files/a.pdf", false},        {"news/photos.md", false},
        {"photos/gate.jpg", true},         {"photos/nothing.png", true},
    };
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    struct content_campaign campaign = {0};
    struct pieces found = {0};
    struct content_larges larges = {0};
    int64_t revision = 0;
    size_t n = 0;

    HOUSE_NEED(h);
    for (size_t i = 0; i < COUNT(more); i++)
        add(a, &p, more[i].path, span_find(span_of(more[i].path), S("nothing")) == SPAN_NONE ? S("1234567") : S(""), 0);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    assert_int_equal(content_texts(h->db, a, 1, &campaign, &found, &larges), RC_OK);
    assert_int_equal(campaign.revision, 1);
    assert_int_equal(found.list.count, p.list.count);
    for (size_t i = 0; i < p.list.count; i++) {
        const struct piece *f = &found.list.items[i];
        bool is_large = false;

        for (size_t k = 0; k < COUNT(more); k++)
            is_large = is_large || (more[k].is_large && span_eq(f->path, span_of(more[k].path)));
        assert_true(span_eq(f->path, p.list.items[i].path));
        assert_true(span_eq(f->hash, p.list.items[i].hash));
        assert_int_equal(f->position, p.list.items[i].position);
        assert_true(span_eq(f->bytes, is_large ? S("") : p.list.items[i].bytes));
        if (!is_large)
            continue;
        assert_true(n < larges.list.count);
        assert_true(span_eq(larges.list.items[n].path, f->path));
        assert_int_equal(larges.list.items[n++].size, p.list.items[i].bytes.n);
    }
    assert_int_equal(n, larges.list.count);
    assert_int_equal(content_texts(h->db, a, 7, &campaign, &found, &larges), RC_NOT_FOUND);
}

#define CONTENT_TEST(f)                                                                                                \
    {#f " on SQLite", f, content_setup, content_teardown, (void *)(uintptr_t)HOUSE_SQLITE},                            \
    {                                                                                                                  \
#f " on PostgreSQL", f, content_setup, content_teardown, (void *)(uintptr_t)HOUSE_POSTGRES                     \
    }

/* ---- what was published ---- */

static struct published_row *shows(struct arena *a, struct published_rows *rows, const char *key, int lang,
                                   const char *text, const char *shown)
{
    struct published_row *row = LIST_ADD(a, &rows->list);

    *row = (struct published_row){span_of(key), lang, noon, sha256_of(a, span_of(text)), span_of(shown), S("doc:memo")};
    return row;
}

static void assert_shown(struct house *h, struct arena *a, const char *key, int lang, const char *shown)
{
    struct published_rows rows;
    const struct published_row *row;

    assert_int_equal(published_list(h->db, a, 1, &rows), RC_OK);
    row = published_find(&rows, span_of(key), lang);
    if (shown == NULL) {
        assert_null(row);
        return;
    }
    assert_non_null(row);
    assert_true(span_eq(row->shown, span_of(shown)) && span_eq(row->leans, S("doc:memo")));
    assert_int_equal(row->public_at.us, noon.us);
}

static void what_was_published_stays(void **state)
{
    struct house *h = *state;
    struct arena *a = world;
    struct pieces p = some(a);
    struct published_rows first = {.next_at = {noon.us + 10}};
    struct published_rows second = {.next_at = {INT64_MAX}};
    int64_t revision = 0;

    HOUSE_NEED(h);
    assert_int_equal(put(h, a, 0, &p, &revision), RC_OK);
    assert_int_equal(published_check(h->db, 1, revision, noon), RC_NOT_FOUND);
    shows(a, &first, "memo", 0, "text", "a=1");
    shows(a, &first, "memo", 1, "texto", "a=1");
    shows(a, &first, "gone", 0, "text", "a=1");
    assert_int_equal(published_record(h->db, a, 1, revision, &first, &first), RC_OK);
    assert_int_equal(published_check(h->db, 1, revision, noon), RC_OK);
    assert_int_equal(published_check(h->db, 1, revision, (struct instant){noon.us + 10}), RC_NOT_FOUND);
    assert_int_equal(published_check(h->db, 1, revision + 1, noon), RC_NOT_FOUND);

    shows(a, &second, "memo", 0, "text", "a=2");        /* the register is another: what it showed stays */
    shows(a, &second, "memo", 1, "texto nuevo", "a=2"); /* its text is another */
    shows(a, &second, "young", 0, "text", "a=2");
    assert_int_equal(published_record(h->db, a, 1, revision + 1, &second, &second), RC_CONFLICT);
    assert_shown(h, a, "gone", 0, "a=1");
    assert_int_equal(published_record(h->db, a, 1, revision, &second, &second), RC_OK);
    assert_shown(h, a, "memo", 0, "a=1");
    assert_shown(h, a, "memo", 1, "a=2");
    assert_shown(h, a, "young", 0, "a=2");
    assert_shown(h, a, "gone", 0, NULL);
    assert_int_equal(published_record(h->db, a, 1, revision, &(struct published_rows){.next_at = noon}, &second),
                     RC_OK);
    assert_shown(h, a, "memo", 0, "a=1"); /* not public at an earlier moment, and not removed */
    assert_int_equal(published_check(h->db, 1, revision, noon), RC_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTENT_TEST(same_again_changes_nothing),
        CONTENT_TEST(what_differs_is_written),
        CONTENT_TEST(order_of_rows_is_content),
        CONTENT_TEST(who_comes_late_changes_nothing),
        CONTENT_TEST(all_or_nothing),
        CONTENT_TEST(campaigns_stay_apart),
        CONTENT_TEST(what_is_not_there),
        CONTENT_TEST(bytes_come_back_as_they_were),
        CONTENT_TEST(what_is_sent_as_it_is_stays),
        CONTENT_TEST(what_was_published_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
