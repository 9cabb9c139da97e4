/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * DKIM (RFC 6376, RFC 8301): a signature with RSA-2048 and SHA-256, relaxed/relaxed, no `l=`, good for fourteen days.
 *
 * The key is parsed once; a signer has one key and belongs to one thread. From, To, Subject, Date and what says how the
 * body is to be read are signed once more than they are there, so that nobody can add another. The body is hashed as it
 * is: it has to be its own relaxed canonical form already, as mail_qp_text() makes it.
 */
#ifndef MAIL_DKIM_H
#define MAIL_DKIM_H

#include "base/buf.h"
#include "base/time.h"

struct dkim;

enum { DKIM_KEY_MOST = 16 * 1024, DKIM_DAYS = 14, DKIM_HEAD_MOST = 64 * 1024 };

/* `pem` is an RSA key of 2048 to 4096 bits without a passphrase; domain and selector are host names in lower case.
 * RC_INVALID for anything else. */
MUST_USE enum rc dkim_open(struct span pem, struct span domain, struct span selector, struct dkim **dkim_out);
void dkim_close(struct dkim **dkim); /* accepts null; wipes the key */

/* One message: begin, its body in pieces, its head. `head` is every header field with its line end, without the empty
 * line behind them. Writes the field "DKIM-Signature: …" with its line end; it goes before the others. RC_INVALID: the
 * head is none; RC_IO: the library failed. The same message and `now` give the same bytes. */
void dkim_body_begin(struct dkim *dkim);
void dkim_body_add(struct dkim *dkim, struct span canonical);
MUST_USE enum rc dkim_sign(struct dkim *dkim, struct span head, struct instant now, struct buf *out);

/* ---- keys ---- */

/* A new RSA-2048 key as PKCS #8 PEM. RC_IO: the library failed. Lives in `a`; the caller wipes it. */
MUST_USE enum rc dkim_key_new(struct arena *a, struct span *pem_out);
/* What stands in the DNS for it: "v=DKIM1; k=rsa; p=…". RC_INVALID: not a key that dkim_open() takes. */
MUST_USE enum rc dkim_record(struct arena *a, struct span pem, struct span *record_out);

/* ---- for tests ---- */

/* One header field in its relaxed form, RFC 6376 §3.4.2, without a line end. */
void dkim_relax(struct buf *out, struct span field);

#endif
