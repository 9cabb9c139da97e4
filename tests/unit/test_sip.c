/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SipHash-2-4 against the vectors of its authors: the key 00 01 … 0f, the text 00 01 … of each length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sip.h"

static void vectors_of_the_authors(void **state)
{
    static const struct {
        size_t n;
        uint64_t hash;
    } vectors[] = {
        {0, 0x726fdb47dd0e0e31},
        {1, 0x74f839c593dc67fd},
        {8, 0x93f5f5799a932462},
        {15, 0xa129ca6149be45e5},
    };
    const struct sip_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
    char text[15];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)i;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        assert_true(sip_hash(&key, (struct span){text, vectors[i].n}) == vectors[i].hash);
}

static void every_byte_counts_and_the_key_too(void **state)
{
    const struct sip_key key = {{1, 2}};
    const struct sip_key other = {{1, 3}};
    uint64_t whole = sip_hash(&key, S("rosa@home.example"));

    (void)state;
    assert_true(sip_hash(&key, S("rosa@home.example")) == whole);
    assert_true(sip_hash(&other, S("rosa@home.example")) != whole);
    assert_true(sip_hash(&key, S("rosa@home.exampl")) != whole);
    assert_true(sip_hash(&key, S("rosb@home.example")) != whole);
    assert_true(sip_hash(&key, S("\xFFosa@home.example")) != whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_authors),
        cmocka_unit_test(every_byte_counts_and_the_key_too),
    };

    return cmocka_run_group_tests_name("sip", tests, NULL, NULL);
}
