/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Sealed objects: what people told us, readable by those who hold a key's secret half and by nobody else. The bytes are
 * doc/formats/sealed.md, "BRS1".
 *
 * A head says what an object is and where it belongs. It stands before the ciphertext in clear and is bound to it; who
 * opens says from its own row which head it expects, and gets nothing when another comes. There is no way to open without.
 */
#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

#include "seal/keys.h"

/* As they stand in headers: never renumbered. */
enum seal_kind {
    SEAL_SUBSCRIBER = 1, /* to mailing keys, as the next two */
    SEAL_CONTACT = 2,    /* of who signed a petition */
    SEAL_RUN = 3,        /* the key of a mailing that is under way */
    SEAL_NOTICE = 4,     /* "X signed"; to committee keys, as the next */
    SEAL_REPORT = 5,     /* tips, incidents, raw bounces */
};

struct seal_object {
    unsigned char bytes[SEAL_ID_LEN];
};
struct seal_object seal_object_make(void); /* random */

struct seal_head {
    enum seal_kind kind;
    struct seal_campaign campaign;
    struct seal_object object;
    int32_t day; /* since 1970 */
};

/* Somebody to seal to. */
struct seal_reader {
    enum key_kind kind;
    struct key_id id;
    unsigned char key[KEY_LEN];
};
struct seal_reader mailing_reader(const struct mailing_public *key);
struct seal_reader committee_reader(const struct committee_public *key);

enum { SEAL_READERS_MOST = 8, SEAL_PAYLOAD_MOST = 64 * 1024 };

/* RC_LIMIT: larger than its kind may be. RC_INVALID: no reader, too many, one twice, one whose kind of key does not read
 * this kind, or one whose bytes are no key. The sealed bytes are in `a`; the payload is nowhere but where it was. */
MUST_USE enum rc seal_put(struct arena *a, const struct seal_head *head, const struct seal_reader *readers,
                          size_t reader_count, struct span payload, struct span *sealed_out);
/* What seal_put() would write. 0: larger than the kind may be. */
size_t seal_len(enum seal_kind kind, size_t reader_count, size_t payload_len);

/* Without a key: has it this head, of a length that such an object can have, and is it sealed to this reader and to nobody
 * else? For who keeps it and cannot open it: whether it opens, only the reader sees. */
bool seal_is_for(const struct seal_head *head, const struct key_id *reader, struct span sealed);

/* Where payloads come out: memory of secret.h for the largest, wiped before each next one and at the end. One thread's. */
struct seal_room;
struct seal_room *seal_room_open(void);
void seal_room_close(struct seal_room **room); /* accepts null */

/* RC_INVALID: damaged, sealed to others, or with another head than `expected`; which, nobody is told. What comes out
 * lives in `room` until that is used again or closed. */
MUST_USE enum rc seal_open_mailing(const struct mailing_secret *secret, const struct seal_head *expected,
                                   struct span sealed, struct seal_room *room, struct span *payload_out);
MUST_USE enum rc seal_open_committee(const struct committee_secret *secret, const struct seal_head *expected,
                                     struct span sealed, struct seal_room *room, struct span *payload_out);

#endif
