/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The index of search on both engines: the same hits in the same order, nothing before its minute, nothing of another
 * campaign, and every statement of src/store/search.c.
 */
#include "house.h"

#include "store/content.h"
#include "store/search.h"

enum { MEMORY = 256 * 1024 * 1024 };

static const struct instant noon = {1777636800000000}; /* 2026-05-01T12:00:00Z */
static struct arena *world;

static int search_setup(void **state)
{

    world = arena_open(MEMORY);
    return house_setup_store(state, NULL, 0);
}

static int search_teardown(void **state)
{
    arena_close(&world);
    return house_teardown(state);
}

/* ---- campaigns as a test writes them ---- */

static void add(struct search_docs *docs, enum entry_kind kind, enum lang lang, const char *key, const char *title,
                const char *body, const char *day)
{
    struct search_doc *doc = LIST_ADD(world, &docs->list);

    *doc = (struct search_doc){
        .kind = (int)kind, .lang = lang, .key = span_of(key), .title = span_of(title), .body = span_of(body)};
    if (day)
        assert_true(date_parse(span_of(day), &doc->day));
}

static struct search_docs some(void)
{
    struct search_docs docs = {.day = {2026, 5, 1}};

    add(&docs, ENTRY_NEWS, LANG_EN, "memo", "The memo", "Teachers read it.\nSmaller classes, it says.\n", "2026-04-24");
    add(&docs, ENTRY_NEWS, LANG_ES, "memo", "El memorando", "La sindicalización.\n", "2026-04-24");
    add(&docs, ENTRY_NEWS, LANG_EN, "later", "Teachers meet", "A secret carrot.\n", "2026-05-02");
    docs.list.items[2].public_at.us = noon.us + 1;
    add(&docs, ENTRY_NEWS, LANG_EN, "older", "Pay", "A teacher's memo.\n", "2025-01-01");
    add(&docs, ENTRY_FAQ, LANG_EN, "law", "What law?", "Gov. Code § 3543.1(b), memo.\n", "2026-03-01");
    add(&docs, ENTRY_PAGE, LANG_EN, "about", "About us", "Teachers, classes smaller.\n", NULL);
    return docs;
}

static void load(struct house *h, struct span host, int64_t expected, const char *mark, const struct search_docs *docs,
                 struct content_campaign *campaign_out)
{
    struct pieces p = {0};

    *LIST_ADD(world, &p.list) = (struct piece){S("campaign.ini"), span_of(mark), span_of(mark), 0, 0};
    assert_int_equal(content_replace(h->db, world, host, expected, &p, docs, noon, campaign_out), RC_OK);
}

/* "news/memo.en faq/law.en": what is found, in order; titles with a star. */
static const char *found(struct house *h, int64_t campaign_id, const char *typed)
{
    static const char *const kinds[] = {"news", "page", "faq", "right", "platform", "block"};
    struct terms *terms = terms_open();
    struct buf *b = buf_new(world, 1 << 20);
    struct search_hits hits;
    struct query query;

    assert_int_equal(query_parse(terms, world, LANG_EN, span_of(typed), &query), QUERY_FINE);
    assert_int_equal(search_find(h->store, h->db, world, campaign_id, &query, noon, &hits), RC_OK);
    for (size_t i = 0; i < hits.list.count; i++) {
        const struct search_hit *hit = &hits.list.items[i];

        buf_printf(b, "%s%s%s/%.*s.%.*s", i ? " " : "", hit->is_title ? "*" : "", kinds[hit->kind], SPAN_ARGS(hit->key),
                   SPAN_ARGS(lang_code(hit->lang)));
    }
    terms_close(&terms);
    return arena_cstr(world, buf_span(b));
}

/* ---- tests ---- */

static void both_engines_find_the_same(void **state)
{
    static const struct {
        const char *typed;
        const char *wanted;
    } rows[] = {
        {"memo", "*news/memo.en faq/law.en news/older.en"},
        {"teacher", "news/memo.en news/older.en page/about.en"},
        {"\"smaller classes\"", "news/memo.en"},
        {"smaller classes", "news/memo.en page/about.en"},
        {"\"smaller class\"", ""},
        {"\"memo teachers\"", ""}, /* a title's end is no place for a phrase */
        {"sindicalizacion", "news/memo.es"},
        {"3543.1", "faq/law.en"},
        {"memorando", "*news/memo.es"},
        {"pay", "*news/older.en"},
        {"nowhere", ""},
        {"carrot", ""},
        {"memo OR carrot", ""}, /* "or" says nothing, "carrot" is still to come */
        {"memo* NOT ' \\ : & | !", "*news/memo.en faq/law.en news/older.en"}, /* no operators: signs are signs */
        {"memo' \\ : & | ! * (\"", "*news/memo.en faq/law.en news/older.en"},
        {"NEAR", ""},
    };
    struct house *h = *state;
    struct search_docs docs = some();
    struct content_campaign campaign;

    HOUSE_NEED(h);
    load(h, S("one.example"), 0, "1", &docs, &campaign);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(found(h, campaign.campaign_id, rows[i].typed), rows[i].wanted) != 0)
            fail_msg("“%s” found %s", rows[i].typed, found(h, campaign.campaign_id, rows[i].typed));
}

static void what_is_to_come_is_not_read(void **state)
{
    struct house *h = *state;
    struct search_docs docs = some();
    struct content_campaign campaign;
    struct search_hit hit = {.kind = ENTRY_NEWS, .lang = LANG_EN, .key = S("later")};
    struct span title;
    struct span body;

    HOUSE_NEED(h);
    load(h, S("one.example"), 0, "1", &docs, &campaign);
    assert_int_equal(search_text(h->db, world, campaign.campaign_id, &hit, noon, &title, &body), RC_NOT_FOUND);
    assert_int_equal(
        search_text(h->db, world, campaign.campaign_id, &hit, (struct instant){noon.us + 1}, &title, &body), RC_OK);
    assert_true(span_eq(title, S("Teachers meet")));
    assert_true(span_eq(body, S("A secret carrot.\n")));
}

static void campaigns_keep_apart(void **state)
{
    struct house *h = *state;
    struct search_docs docs = some();
    struct search_docs none = {.day = {2026, 5, 1}};
    struct content_campaign one;
    struct content_campaign two;

    HOUSE_NEED(h);
    load(h, S("one.example"), 0, "1", &docs, &one);
    load(h, S("two.example"), 0, "1", &docs, &two);
    load(h, S("one.example"), one.revision, "2", &none, &one);
    assert_string_equal(found(h, one.campaign_id, "memo"), "");
    assert_string_equal(found(h, two.campaign_id, "pay"), "*news/older.en");
}

static void what_changes_is_found_and_the_old_is_not(void **state)
{
    struct house *h = *state;
    struct search_docs docs = some();
    struct content_campaign campaign;

    HOUSE_NEED(h);
    load(h, S("one.example"), 0, "1", &docs, &campaign);
    docs.list.items[0].body = S("Nurses read it.\n");
    docs.list.items[3] = docs.list.items[--docs.list.count]; /* "older" goes */
    load(h, S("one.example"), 1, "2", &docs, &campaign);
    assert_string_equal(found(h, campaign.campaign_id, "teacher"), "page/about.en");
    assert_string_equal(found(h, campaign.campaign_id, "nurse"), "news/memo.en");
    assert_string_equal(found(h, campaign.campaign_id, "pay"), "");
    add(&docs, ENTRY_NEWS, LANG_EN, "new", "Pay again", "Pay.\n", "2026-04-30");
    load(h, S("one.example"), 2, "3", &docs, &campaign);
    assert_string_equal(found(h, campaign.campaign_id, "pay"), "*news/new.en");
}

static void it_says_when_it_has_to_be_made_anew(void **state)
{
    struct house *h = *state;
    struct search_docs docs = some();
    struct content_campaign campaign;
    struct terms *terms = terms_open();
    struct search_hits hits;
    struct query query;
    const struct date day = {2026, 5, 1};

    if (h->store) {
        load(h, S("one.example"), 0, "1", NULL, &campaign); /* as by a program without search */
        assert_int_equal(search_check(h->db, campaign.campaign_id, 1, day), RC_NOT_FOUND);
        assert_int_equal(query_parse(terms, world, LANG_EN, S("memo"), &query), QUERY_FINE);
        assert_int_equal(search_find(h->store, h->db, world, campaign.campaign_id, &query, noon, &hits), RC_RETRY);
        assert_int_equal(search_renew(h->db, world, campaign.campaign_id, 1, &docs), RC_OK);
        assert_int_equal(search_check(h->db, campaign.campaign_id, 1, day), RC_OK);
        assert_int_equal(search_check(h->db, campaign.campaign_id, 1, (struct date){2026, 5, 2}), RC_NOT_FOUND);
        assert_int_equal(search_check(h->db, campaign.campaign_id, 2, day), RC_NOT_FOUND);
        assert_string_equal(found(h, campaign.campaign_id, "pay"), "*news/older.en");
        assert_int_equal(search_renew(h->db, world, campaign.campaign_id, 1, &docs), RC_OK); /* again: nothing */
        assert_int_equal(search_renew(h->db, world, campaign.campaign_id, 0, &docs), RC_CONFLICT);
        load(h, S("one.example"), 1, "2", &docs, &campaign);
        assert_int_equal(search_renew(h->db, world, campaign.campaign_id, 1, &docs), RC_CONFLICT);
        assert_int_equal(search_check(h->db, campaign.campaign_id, 2, day), RC_OK);
    }
    terms_close(&terms);
    HOUSE_NEED(h);
}

#define SEARCH_TEST(f)                                                                                                 \
    {#f " on SQLite", f, search_setup, search_teardown, (void *)(uintptr_t)HOUSE_SQLITE},                              \
    {                                                                                                                  \
#f " on PostgreSQL", f, search_setup, search_teardown, (void *)(uintptr_t)HOUSE_POSTGRES                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEARCH_TEST(both_engines_find_the_same),
        SEARCH_TEST(what_is_to_come_is_not_read),
        SEARCH_TEST(campaigns_keep_apart),
        SEARCH_TEST(what_changes_is_found_and_the_old_is_not),
        SEARCH_TEST(it_says_when_it_has_to_be_made_anew),
    };

    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
