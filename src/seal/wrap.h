/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Secret halves wrapped with a passphrase, as the store keeps them: doc/formats/sealed.md, "BRW1".
 *
 * Passphrase → Argon2id (64 MiB, 3 passes) → a wrapping key → XChaCha20-Poly1305 over the seed of the pair, bound to kind,
 * campaign and key id. What is cheaper than that floor is never opened: whoever changes the store could else have a
 * passphrase tried at a price of his own.
 */
#ifndef SEAL_WRAP_H
#define SEAL_WRAP_H

#include "seal/keys.h"
#include "seal/passphrase.h"

enum { WRAPPED_LEN = 125 };

struct wrapped {
    unsigned char bytes[WRAPPED_LEN];
};

/* Each derives a key, which takes a tenth of a second or more. RC_IO: not enough memory for it. */
MUST_USE enum rc wrap_mailing(const struct mailing_secret *secret, const struct seal_campaign *campaign,
                              const struct passphrase *passphrase, struct wrapped *wrapped_out);
MUST_USE enum rc wrap_committee(const struct committee_secret *secret, const struct seal_campaign *campaign,
                                const struct passphrase *passphrase, struct wrapped *wrapped_out);

/* RC_INVALID: another passphrase, another campaign, another kind of key, or damaged; which, nobody is told. */
MUST_USE enum rc unwrap_mailing(const struct wrapped *wrapped, const struct seal_campaign *campaign,
                                const struct passphrase *passphrase, struct mailing_secret **secret_out);
MUST_USE enum rc unwrap_committee(const struct wrapped *wrapped, const struct seal_campaign *campaign,
                                  const struct passphrase *passphrase, struct committee_secret **secret_out);

/* Without the passphrase: is it in form, of this kind and campaign, of the pair with this public half, and as dear as it
 * must be? For who keeps it and cannot open it. */
bool wrapped_read(struct span bytes, enum key_kind kind, const struct seal_campaign *campaign,
                  const unsigned char public_half[KEY_LEN], struct wrapped *wrapped_out);

#endif
