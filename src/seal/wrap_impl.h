/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Wrapping without the derivation: for wrap.c, and for a fuzzer that has no tenth of a second a try.
 */
#ifndef SEAL_WRAP_IMPL_H
#define SEAL_WRAP_IMPL_H

#include "seal/keys_impl.h"
#include "seal/wrap.h"

struct wrapping_key {
    unsigned char bytes[KEY_LEN];
};

/* Tells the salt and the price that stand in it. False: not in form, or not of this kind and campaign. */
bool wrapped_is_sound(const struct wrapped *wrapped, enum key_kind kind, const struct seal_campaign *campaign);
MUST_USE enum rc wrapped_open_with(const struct wrapped *wrapped, enum key_kind kind, const struct wrapping_key *key,
                                   struct key_pair *pair_out);

#endif
