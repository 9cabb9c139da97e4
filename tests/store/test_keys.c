/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A campaign's keys in the store, on both engines: a set comes whole or not at all, two people who make keys at once do
 * not both succeed, what is replaced stays, and what another program put there is not believed.
 */
#include "house.h"

#include "store/content.h"
#include "store/keys.h"

enum { MEMORY = 64 * 1024 * 1024 };

static const struct instant noon = {1777636800000000}; /* 2026-05-01T12:00:00Z */
static struct arena *world;
static struct passphrase *words;

static int keys_setup(void **state)
{

    world = arena_open(MEMORY);
    return house_setup_store(state, NULL, 0);
}

static int keys_teardown(void **state)
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

/* A set of one's own. */
static struct keys_new fresh_keys(struct seal_campaign campaign)
{
    struct keys_new fresh = {.campaign = campaign};
    struct mailing_secret *mailing;
    struct committee_secret *committee;
    struct mailing_public m;
    struct committee_public c;

    if (words == NULL)
        passphrase_make(&words);
    mailing_key_make(&mailing, &m);
    committee_key_make(&committee, &c);
    fresh.rows[0].kind = KEY_MAILING;
    fresh.rows[0].id = mailing_key_id(&m);
    memcpy(fresh.rows[0].public_half, m.bytes, KEY_LEN);
    assert_int_equal(wrap_mailing(mailing, &campaign, words, &fresh.rows[0].wrapped), RC_OK);
    fresh.rows[1].kind = KEY_COMMITTEE;
    fresh.rows[1].id = committee_key_id(&c);
    memcpy(fresh.rows[1].public_half, c.bytes, KEY_LEN);
    assert_int_equal(wrap_committee(committee, &campaign, words, &fresh.rows[1].wrapped), RC_OK);
    mailing_key_close(&mailing);
    committee_key_close(&committee);
    return fresh;
}

static struct keys_new replacing(const struct keys_new *old)
{
    struct keys_new fresh = fresh_keys(old->campaign);

    fresh.replaced_count = 2;
    fresh.replaced[0] = old->rows[1].id;
    fresh.replaced[1] = old->rows[0].id;
    return fresh;
}

static struct keys listed(struct house *h, int64_t id)
{
    struct keys keys;

    assert_int_equal(keys_list(h->db, world, id, &keys), RC_OK);
    return keys;
}

static void a_set_comes_back(void **state)
{
    struct house *h = *state;
    struct keys_holders holders;
    struct seal_campaign name;
    struct keys_new fresh;
    struct keys keys;
    int64_t ours, theirs;

    HOUSE_NEED(h);
    ours = campaign_of(h, S("one.example"));
    theirs = campaign_of(h, S("two.example"));
    assert_false(listed(h, ours).has_campaign);
    fresh = fresh_keys(seal_campaign_make());
    assert_int_equal(keys_put(h->db, ours, &fresh, noon), RC_OK);
    keys = listed(h, ours);
    assert_true(keys.has_campaign);
    assert_memory_equal(keys.campaign.bytes, fresh.campaign.bytes, SEAL_ID_LEN);
    memset(&name, 0, sizeof name);
    assert_int_equal(keys_campaign(h->db, world, ours, &name), RC_OK);
    assert_memory_equal(name.bytes, fresh.campaign.bytes, SEAL_ID_LEN);
    assert_int_equal(keys_campaign(h->db, world, theirs, &name), RC_NOT_FOUND);
    assert_int_equal(keys_holders(h->db, world, KEY_MAILING, &holders), RC_OK);
    assert_int_equal(holders.count, 1);
    assert_true(keys_is_holder(&holders, ours) && !keys_is_holder(&holders, theirs));
    assert_int_equal(keys.list.count, 2);
    for (int kind = KEY_MAILING; kind <= KEY_COMMITTEE; kind++) {
        const struct keys_row *row = keys_in_use(&keys, (enum key_kind)kind);

        assert_non_null(row);
        assert_memory_equal(row->public_half, fresh.rows[kind - 1].public_half, KEY_LEN);
        assert_memory_equal(row->wrapped.bytes, fresh.rows[kind - 1].wrapped.bytes, WRAPPED_LEN);
        assert_int_equal(row->made_at.us, noon.us);
    }
    assert_int_equal(listed(h, theirs).list.count, 0);
    assert_true(house_heard_last(h, "keys 1"));
}

static void nothing_in_use_is_overwritten(void **state)
{
    struct house *h = *state;
    struct keys_new first, second, third;
    struct keys keys;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    first = fresh_keys(seal_campaign_make());
    assert_int_equal(keys_put(h->db, id, &first, noon), RC_OK);
    second = fresh_keys(first.campaign);
    assert_int_equal(keys_put(h->db, id, &second, noon), RC_CONFLICT); /* nobody was told of the first */
    second = replacing(&first);
    third = replacing(&first);
    assert_int_equal(keys_put(h->db, id, &second, (struct instant){noon.us + 1}), RC_OK);
    assert_int_equal(keys_put(h->db, id, &third, noon), RC_CONFLICT); /* somebody was told of others */
    keys = listed(h, id);
    assert_int_equal(keys.list.count, 4);
    assert_memory_equal(keys_in_use(&keys, KEY_MAILING)->id.bytes, second.rows[0].id.bytes, KEY_ID_LEN);
    assert_int_equal(keys.list.items[0].replaced_at.us, 0);
    assert_int_equal(keys.list.items[3].replaced_at.us, noon.us + 1);
    assert_memory_equal(keys.list.items[2].wrapped.bytes, first.rows[0].wrapped.bytes, WRAPPED_LEN);
}

static void half_a_replacement_is_none(void **state)
{
    struct house *h = *state;
    struct keys_new first, second;
    struct keys keys;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    first = fresh_keys(seal_campaign_make());
    assert_int_equal(keys_put(h->db, id, &first, noon), RC_OK);
    second = replacing(&first);
    second.replaced_count = 1;
    assert_int_equal(keys_put(h->db, id, &second, noon), RC_CONFLICT);
    keys = listed(h, id);
    assert_int_equal(keys.list.count, 2);
    assert_memory_equal(keys_in_use(&keys, KEY_COMMITTEE)->id.bytes, first.rows[1].id.bytes, KEY_ID_LEN);
}

static void a_campaign_has_one_name(void **state)
{
    struct house *h = *state;
    struct keys_new first, other;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    first = fresh_keys(seal_campaign_make());
    assert_int_equal(keys_put(h->db, id, &first, noon), RC_OK);
    other = fresh_keys(seal_campaign_make());
    other.replaced_count = 2;
    other.replaced[0] = first.rows[0].id;
    other.replaced[1] = first.rows[1].id;
    assert_int_equal(keys_put(h->db, id, &other, noon), RC_CONFLICT);
    assert_int_equal(keys_put(h->db, campaign_of(h, S("two.example")), &first, noon), RC_CONFLICT); /* it is taken */
}

static void only_what_is_in_form_is_stored(void **state)
{
    struct house *h = *state;
    struct keys_new good;
    struct keys_new bad;
    int64_t id;

    HOUSE_NEED(h);
    id = campaign_of(h, S("one.example"));
    good = fresh_keys(seal_campaign_make());
    bad = good;
    bad.rows[0].wrapped.bytes[0] ^= 1;
    assert_int_equal(keys_put(h->db, id, &bad, noon), RC_INVALID);
    bad = good;
    bad.rows[1].public_half[7] ^= 1;
    assert_int_equal(keys_put(h->db, id, &bad, noon), RC_INVALID);
    bad = good;
    bad.rows[1].id.bytes[0] ^= 1;
    assert_int_equal(keys_put(h->db, id, &bad, noon), RC_INVALID);
    bad = good;
    bad.rows[1] = good.rows[0];
    assert_int_equal(keys_put(h->db, id, &bad, noon), RC_INVALID);
    bad = good;
    bad.campaign.bytes[0] ^= 1;
    assert_int_equal(keys_put(h->db, id, &bad, noon), RC_INVALID);
    assert_false(listed(h, id).has_campaign);
}

static const struct db_stmt spoil = {
    .name = "test.spoil",
    .sql = "UPDATE sealing_key SET public_half = $1 WHERE kind = 1",
};

static enum rc spoil_tx(struct db *db, void *arg)
{
    return db_exec(db, &spoil, DB_ARGS(db_bytes(*(struct span *)arg)));
}

/* Somebody who can write to the store puts his own key there: then nothing is sealed to it. */
static void a_swapped_key_is_not_believed(void **state)
{
    struct house *h = *state;
    const struct db_stmt **all;
    struct keys_new fresh, other;
    struct keys keys;
    struct span theirs;
    int64_t id;

    HOUSE_NEED(h);
    house_close(h);
    all = ARENA_ARRAY(world, const struct db_stmt *, h->options.stmt_count + 1);
    memcpy(all, h->options.stmts, h->options.stmt_count * sizeof *all);
    all[h->options.stmt_count++] = &spoil;
    h->options.stmts = all;
    assert_int_equal(house_open(h), RC_OK);
    id = campaign_of(h, S("one.example"));
    fresh = fresh_keys(seal_campaign_make());
    assert_int_equal(keys_put(h->db, id, &fresh, noon), RC_OK);
    other = fresh_keys(fresh.campaign);
    theirs = (struct span){(const char *)other.rows[0].public_half, KEY_LEN};
    assert_int_equal(db_write(h->db, "spoil", spoil_tx, &theirs), RC_OK);
    assert_int_equal(keys_list(h->db, world, id, &keys), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BOTH(f)                                                                                                        \
    {#f " on SQLite", f, keys_setup, keys_teardown, (void *)(uintptr_t)HOUSE_SQLITE},                                  \
        {#f " on PostgreSQL", f, keys_setup, keys_teardown, (void *)(uintptr_t)HOUSE_POSTGRES}
        BOTH(a_set_comes_back),        BOTH(nothing_in_use_is_overwritten),  BOTH(half_a_replacement_is_none),
        BOTH(a_campaign_has_one_name), BOTH(only_what_is_in_form_is_stored), BOTH(a_swapped_key_is_not_believed),
    };

    return cmocka_run_group_tests_name("keys in the store", tests, NULL, NULL);
}
