/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Tokens: what a link carries so that the server need not remember it. Sealed with a key of the server, for one purpose in
 * one campaign, until one moment. The bytes are doc/formats/sealed.md, "BRT1".
 *
 * A token is not used up by being used; whoever acts on one makes sure that twice is once. Nothing in a log is a token.
 */
#ifndef SEAL_TOKEN_H
#define SEAL_TOKEN_H

#include "base/time.h"
#include "seal/seal.h"

/* Kept in a credential file, so that links outlive a restart. */
struct server_key;

void server_key_make(struct server_key **key_out);
void server_key_close(struct server_key **key); /* wipes; accepts null */
/* What stands in the file: one line. Its reader takes the line with or without its end, and nothing else. */
enum { SERVER_KEY_LINE_LEN = 88 };
struct server_key_line {
    char text[SERVER_KEY_LINE_LEN];
};
struct server_key_line *server_key_line_make(const struct server_key *key);
void server_key_line_close(struct server_key_line **line); /* wipes; accepts null */
MUST_USE enum rc server_key_read(struct span line, struct server_key **key_out);
/* From here on it makes tokens and links, and nothing else: the process that answers strangers cannot open with it what
 * another process keeps under it (seal/run_kept.h). Nor can it be written down. */
void server_key_narrow(struct server_key *key);

/* As they stand in tokens: never renumbered. */
enum token_purpose {
    TOKEN_CONFIRM = 1, /* "yes, it was I who subscribed": carries the whole record. 2 and 3 were, see link.h */
};

enum { TOKEN_PAYLOAD_MOST = 2048, TOKEN_MOST = 4096 };

/* As letters of a link: A–Z a–z 0–9 - _. RC_LIMIT: more payload than its purpose takes. The payload is filled up by
 * purpose, so that a token's length does not tell it. No end is a CHECK: what never ends is a link. */
MUST_USE enum rc token_put(struct arena *a, const struct server_key *key, enum token_purpose purpose,
                           const struct seal_campaign *campaign, struct instant until, struct span payload,
                           struct span *token_out);
/* RC_INVALID: no token of this key, purpose and campaign. RC_DENIED: it is one, and has ended. The payload lives in `a`:
 * whoever acts on it has it there in any case, and wipes it with the rest of the request. */
MUST_USE enum rc token_open(const struct server_key *key, enum token_purpose purpose,
                            const struct seal_campaign *campaign, struct instant now, struct span token,
                            struct arena *a, struct span *payload_out);

#endif
