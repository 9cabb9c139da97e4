/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Mail addresses as we send to them: what may stand between "<" and ">" of a header or an SMTP command, and nothing else.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/arena.h"

enum { MAIL_ADDRESS_MOST = 254 }; /* RFC 5321 §4.5.3.1.3 */

/* The same address with its domain in lower case and in letters, digits and hyphens (IDNA 2008: "bücher.example" →
 * "xn--bcher-kva.example"). RC_INVALID: it is none. RC_DENIED: what stands before the @ has other letters than ASCII's,
 * and no server we hand mail to promises to carry that. Quoted local parts and address literals are refused: nobody
 * whom a campaign writes to has one. Lives in `a`. */
MUST_USE enum rc mail_address(struct arena *a, struct span address, struct span *address_out);

/* Is it one that mail_address() could have made? Costs a look at each byte. */
bool mail_address_is_plain(struct span address);

struct span mail_address_domain(struct span address); /* behind the @; borrows */

/* A domain of mail_address()'s as people read it: "xn--bcher-kva.example" → "bücher.example". The same where it is none
 * that can be read. Lives in `a`. */
struct span mail_domain_shown(struct arena *a, struct span domain);

#endif
