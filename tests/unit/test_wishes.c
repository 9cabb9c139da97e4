/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a freeze remembers of everybody: the newest wish of an address, people of a domain, names of large ones alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/rc.h"
#include "main/mailer_wishes.h"
#include "seal/short_hash.h"

static void the_newest_wish_wins_in_whatever_order_they_come(void **state)
{
    struct wishes *w = wishes_open();
    struct wish *place;

    (void)state;
    place = wishes_note(w, 7, 10);
    assert_non_null(place);
    assert_int_equal(place->person, WISHES_NOBODY);
    place->person = 3;
    assert_null(wishes_note(w, 7, 9));
    place = wishes_note(w, 7, 11);
    assert_non_null(place);
    assert_int_equal(place->person, 3); /* whom it takes the place of */
    place->person = WISHES_NOBODY;
    place = wishes_note(w, 7, 11); /* as new: the later one */
    assert_non_null(place);
    assert_int_equal(place->person, WISHES_NOBODY);
    assert_int_equal(wishes_note(w, 8, 1)->person, WISHES_NOBODY);
    wishes_close(&w);
    assert_null(w);
    wishes_close(&w);
}

static void an_address_that_ended_has_no_wish_any_more(void **state)
{
    struct wishes *w = wishes_open();

    (void)state;
    wishes_note(w, 7, 10)->person = 3;
    assert_int_equal(wishes_end(w, 7)->person, 3); /* whom the caller takes out */
    assert_null(wishes_note(w, 7, 11));
    assert_null(wishes_note(w, 7, INT64_MAX));
    assert_non_null(wishes_end(w, 7)); /* by another record */
    assert_int_equal(wishes_end(w, 8)->person, WISHES_NOBODY);
    assert_null(wishes_note(w, 8, -1));
    assert_non_null(wishes_note(w, 9, 1));
    wishes_close(&w);
}

static void hashes_that_begin_alike_are_told_apart(void **state)
{
    struct wishes *w = wishes_open();

    (void)state;
    for (uint64_t i = 0; i < 500; i++)
        wishes_note(w, i << 32 | 5, 1)->person = (int32_t)i;
    for (uint64_t i = 0; i < 500; i++)
        assert_int_equal(wishes_note(w, i << 32 | 5, 2)->person, (int32_t)i);
    wishes_close(&w);
}

static void a_hash_of_zero_is_one_like_others(void **state)
{
    struct wishes *w = wishes_open();
    struct sites *s = sites_open();

    (void)state;
    wishes_note(w, 0, 5)->person = 1;
    assert_null(wishes_note(w, 0, 4));
    assert_int_equal(wishes_note(w, 0, 6)->person, 1);
    assert_int_equal(sites_number(s, 0), sites_number(s, 0));
    wishes_close(&w);
    sites_close(&s);
}

static void orders_that_do_not_fit_are_told_apart_by_which_comes_later(void **state)
{
    struct wishes *w = wishes_open();

    (void)state;
    wishes_note(w, 1, (int64_t)UINT32_MAX + 5)->person = 1;
    assert_non_null(wishes_note(w, 1, (int64_t)UINT32_MAX + 6));
    assert_null(wishes_note(w, 1, 3));
    assert_null(wishes_note(w, 1, -1));
    assert_non_null(wishes_note(w, 2, -1));
    wishes_close(&w);
}

/* Spread over all bits, and never the same twice: odd numbers have an inverse. */
static uint64_t spread(uint64_t i)
{
    return (i + 1) * 0x9E3779B97F4A7C15U;
}

static void it_grows_and_forgets_nobody(void **state)
{
    struct wishes *w = wishes_open();

    (void)state;
    for (uint64_t i = 0; i < 200000; i++)
        wishes_note(w, spread(i), 1)->person = (int32_t)i;
    for (uint64_t i = 0; i < 200000; i++)
        assert_int_equal(wishes_note(w, spread(i), 2)->person, (int32_t)i);
    wishes_close(&w);
}

static void a_domain_has_a_name_while_five_people_share_it(void **state)
{
    struct sites *s = sites_open();
    int32_t school = sites_number(s, 11);
    int32_t other = sites_number(s, 12);

    (void)state;
    assert_int_equal(school, 1);
    assert_int_equal(other, 2);
    assert_int_equal(sites_number(s, 11), school);
    for (int i = 0; i < 4; i++)
        sites_add(s, school, S("school.example"));
    assert_int_equal(sites_name(s, school).n, 0);
    sites_add(s, school, S("school.example"));
    sites_add(s, other, S("other.example"));
    assert_true(span_eq(sites_name(s, school), S("school.example")));
    assert_int_equal(sites_people(s, school), 5);
    sites_take(s, school);
    assert_int_equal(sites_name(s, school).n, 0);
    sites_add(s, school, S("school.example"));
    assert_true(span_eq(sites_name(s, school), S("school.example")));
    assert_int_equal(sites_count(s), 2);
    sites_close(&s);
}

static void names_stay_what_they_are_as_there_are_more(void **state)
{
    struct sites *s = sites_open();
    char name[32];

    (void)state;
    for (int i = 0; i < 3000; i++) {
        int n = snprintf(name, sizeof name, "site%d.example", i);
        int32_t number = sites_number(s, spread((uint64_t)i));

        for (int k = 0; k < SITES_NAMED_FROM; k++)
            sites_add(s, number, (struct span){name, (size_t)n});
    }
    for (int i = 0; i < 3000; i++) {
        int n = snprintf(name, sizeof name, "site%d.example", i);

        assert_true(span_eq(sites_name(s, sites_number(s, spread((uint64_t)i))), (struct span){name, (size_t)n}));
    }
    sites_close(&s);
}

static void more_domains_than_anybody_has_share_one_number_without_a_name(void **state)
{
    struct sites *s = sites_open();

    (void)state;
    for (uint64_t i = 0; i < SITES_MOST + 10; i++)
        sites_add(s, sites_number(s, spread(i)), S("site.example"));
    assert_int_equal(sites_count(s), SITES_MOST);
    assert_int_equal(sites_people(s, SITES_MOST), 11);
    assert_int_equal(sites_name(s, SITES_MOST).n, 0);
    sites_close(&s);
}

static void a_short_hash_is_its_keys(void **state)
{
    struct short_hash_key *one;
    struct short_hash_key *other;

    (void)state;
    short_hash_key_make(&one);
    short_hash_key_make(&other);
    assert_int_equal(short_hash(one, S("ana@site.example")), short_hash(one, S("ana@site.example")));
    assert_int_not_equal(short_hash(one, S("ana@site.example")), short_hash(other, S("ana@site.example")));
    assert_int_not_equal(short_hash(one, S("ana@site.example")), short_hash(one, S("ana@site.exampl")));
    assert_int_equal(short_hash(one, (struct span){0}), short_hash(one, S("")));
    short_hash_key_close(&one);
    short_hash_key_close(&other);
    assert_null(one);
    short_hash_key_close(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_wish_wins_in_whatever_order_they_come),
        cmocka_unit_test(an_address_that_ended_has_no_wish_any_more),
        cmocka_unit_test(hashes_that_begin_alike_are_told_apart),
        cmocka_unit_test(a_hash_of_zero_is_one_like_others),
        cmocka_unit_test(orders_that_do_not_fit_are_told_apart_by_which_comes_later),
        cmocka_unit_test(it_grows_and_forgets_nobody),
        cmocka_unit_test(a_domain_has_a_name_while_five_people_share_it),
        cmocka_unit_test(names_stay_what_they_are_as_there_are_more),
        cmocka_unit_test(more_domains_than_anybody_has_share_one_number_without_a_name),
        cmocka_unit_test(a_short_hash_is_its_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
