/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Words as mail may carry them: seven bits, short lines, CRLF, and nothing that could end a header or a message early.
 *
 * Whatever goes in, hostile or not, comes out as: no byte above 126, CR and LF only as CRLF, no line over 76 characters
 * of a body or 78 of a header that can be folded. What comes out reads as what went in, less its control characters.
 */
#ifndef MAIL_ENCODE_H
#define MAIL_ENCODE_H

#include "base/buf.h"
#include "base/time.h"

/* ---- bodies: quoted-printable (RFC 2045 §6.7) ---- */

struct mail_qp {
    struct buf *out;
    size_t column;
    char last; /* byte written; a space is never followed by another */
};
/* Adds text. What comes out is its own relaxed canonical form (RFC 6376 §3.4.4), so it is hashed as it is; no line begins
 * with a dot or with "From ". */
void mail_qp_text(struct mail_qp *qp, struct span text);
/* A place for up to MAIL_HOLE_MOST characters that need no encoding: on a line of its own, which reads as none. */
void mail_qp_hole_before(struct mail_qp *qp);
void mail_qp_hole_after(struct mail_qp *qp);
void mail_qp_end(struct mail_qp *qp); /* the last line ends */

enum { MAIL_HOLE_MOST = 72 };

/* ---- headers (RFC 5322 §2.2, RFC 2047) ---- */

/* "Subject: …" with its line end. `name` is a literal. */
void mail_header_text(struct buf *out, struct span name, struct span text);
/* "From: "Name" <address>": the address is one that mail_address() made. An empty name leaves the address alone. */
void mail_header_mailbox(struct buf *out, struct span name, struct span display, struct span address);
/* "List-Id: "Name" <news.example.org>". */
void mail_header_list(struct buf *out, struct span name, struct span display, struct span id);
/* "Fri, 24 Apr 2026 14:30:00 +0000" */
void mail_put_date(struct buf *out, struct instant t);

#endif
