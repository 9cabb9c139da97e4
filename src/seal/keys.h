/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Key pairs that things are sealed to (X25519), and the numbers that say which is which.
 *
 * One type for each kind of key, public and secret, so that what belongs to one cannot be given to another. A secret half
 * is only ever in memory of secret.h; outside a process it exists wrapped (wrap.h), or not at all.
 */
#ifndef SEAL_KEYS_H
#define SEAL_KEYS_H

#include "base/buf.h"

enum { KEY_LEN = 32, KEY_ID_LEN = 8, SEAL_ID_LEN = 16 };

/* As it stands in headers and in the store. */
enum key_kind { KEY_MAILING = 1, KEY_COMMITTEE = 2 };
enum { KEY_KIND_COUNT = 2 };

/* What a campaign is called inside of what is sealed: random, made with its first keys, not its number in a store. */
struct seal_campaign {
    unsigned char bytes[SEAL_ID_LEN];
};
/* The first bytes of a hash of kind and public half. */
struct key_id {
    unsigned char bytes[KEY_ID_LEN];
};

struct seal_campaign seal_campaign_make(void);
/* False for anything but SEAL_ID_LEN bytes. */
bool seal_campaign_read(struct span bytes, struct seal_campaign *campaign_out);
struct span seal_campaign_span(const struct seal_campaign *campaign); /* borrows */

struct span key_kind_name(enum key_kind kind); /* "mailing" */
bool key_kind_read(struct span name, enum key_kind *kind_out);

/* What addresses are sealed to: subscribers, contacts, the key of a run. */
struct mailing_public {
    unsigned char bytes[KEY_LEN];
};
struct mailing_secret; /* both halves */

/* What organizers alone read: notices, reports. */
struct committee_public {
    unsigned char bytes[KEY_LEN];
};
struct committee_secret;

void mailing_key_make(struct mailing_secret **secret_out, struct mailing_public *public_out);
void committee_key_make(struct committee_secret **secret_out, struct committee_public *public_out);
struct mailing_public mailing_public_of(const struct mailing_secret *secret);
void mailing_key_close(struct mailing_secret **secret); /* wipes; accepts null */
void committee_key_close(struct committee_secret **secret);
bool mailing_key_eq(const struct mailing_secret *a, const struct mailing_secret *b);
bool committee_key_eq(const struct committee_secret *a, const struct committee_secret *b);

struct key_id mailing_key_id(const struct mailing_public *key);
struct key_id committee_key_id(const struct committee_public *key);
/* From the store. False for anything but KEY_LEN bytes. */
bool mailing_public_read(struct span bytes, struct mailing_public *key_out);
bool committee_public_read(struct span bytes, struct committee_public *key_out);

/* The same of a key whose kind is a number in a row: to compare and to show, not to seal to. */
struct key_id key_id_of(enum key_kind kind, const unsigned char public_half[KEY_LEN]);
void key_hex_put(struct buf *b, struct span bytes); /* lower-case digits; of what is public */
/* False for anything but 2 * n lower-case digits. */
bool key_hex_read(struct span digits, unsigned char *bytes_out, size_t n);

#endif
