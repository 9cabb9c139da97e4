/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The key of one mailing: addresses are under it from the unlock until each person's outcome. It lives in the mailer's
 * locked memory and, sealed to the mailing key, in the store.
 *
 * And how the mailing secret gets there: sealed by whoever has the passphrase to the one mailer that runs now.
 * doc/formats/sealed.md, "Runs" and "Handing over".
 */
#ifndef SEAL_RUN_H
#define SEAL_RUN_H

#include "seal/seal.h"

/* ---- the key of a run ---- */

struct run_key;
void run_key_make(struct run_key **key_out);
void run_key_close(struct run_key **key); /* wipes; accepts null */

/* The key as an object of kind SEAL_RUN. Codes of seal_put(). */
MUST_USE enum rc run_key_seal(struct arena *a, const struct run_key *key, const struct seal_head *head,
                              const struct mailing_public *reader, struct span *sealed_out);
/* Codes of seal_open_mailing(). */
MUST_USE enum rc run_key_open(const struct mailing_secret *secret, const struct seal_head *expected, struct span sealed,
                              struct seal_room *room, struct run_key **key_out);

enum { RUN_ADDRESS_MOST = 256, RUN_SEALED_MOST = RUN_ADDRESS_MOST + 64 + 16 };

/* One address, bound to the person's number: never two under one number, for the number is the nonce. Filled up to the
 * next 64 bytes. Returns how many bytes it wrote. `address` is at most RUN_ADDRESS_MOST bytes. */
size_t run_address_put(const struct run_key *key, int64_t person_no, struct span address,
                       unsigned char sealed_out[RUN_SEALED_MOST]);
/* RC_INVALID: another key, another person's, or damaged. The caller wipes. */
MUST_USE enum rc run_address_open(const struct run_key *key, int64_t person_no, struct span sealed,
                                  char address_out[RUN_SEALED_MOST], size_t *len_out);

/* What stands before the @ of a Message-ID: the same for this person at each attempt, and nothing that says who. */
enum { RUN_ID_LEN = 22 };
struct run_id {
    char text[RUN_ID_LEN]; /* A–Z a–z 0–9 - _ */
};
struct run_id run_id_make(const struct run_key *key, int64_t person_no);

/* ---- handing the mailing secret over ---- */

struct mailer_secret; /* a pair that lives as long as one process */
struct mailer_public {
    unsigned char bytes[KEY_LEN];
};
void mailer_key_make(struct mailer_secret **secret_out, struct mailer_public *public_out);
void mailer_key_close(struct mailer_secret **secret); /* wipes; accepts null */
/* False for anything but KEY_LEN bytes that can be sealed to. What another told us goes through here: handover_put() takes
 * no other. */
bool mailer_public_read(struct span bytes, struct mailer_public *key_out);

enum { HANDOVER_LEN = 4 + SEAL_ID_LEN + KEY_LEN + 48 };
struct handover {
    unsigned char bytes[HANDOVER_LEN];
};
/* The secret and the campaign it is of, for this mailer alone. */
void handover_put(const struct mailing_secret *secret, const struct seal_campaign *campaign,
                  const struct mailer_public *mailer, struct handover *handover_out);
/* RC_INVALID: for another mailer (it was started anew since), another campaign, or damaged. */
MUST_USE enum rc handover_open(const struct mailer_secret *mailer, const struct seal_campaign *campaign,
                               struct span bytes, struct mailing_secret **secret_out);

#endif
