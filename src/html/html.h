/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Escapes by context, and the two types that keep trusted things apart from text.
 *
 * A `struct span` is text and is escaped wherever it goes. A `struct url` is an address that was checked: only the
 * url_* functions below make one. A `struct markup` is HTML that may stand as it is: only what a template or the
 * renderer of checked documents wrote into a buffer becomes one, through markup_of(). Whoever writes `.s =` into
 * either of them by hand breaks the promise that no page can carry a stranger's script.
 *
 * What comes out is good for HTML and for XML 1.0: five named or numeric escapes, no byte that is not UTF-8 and no
 * character that either of them refuses; U+FFFD stands in its place.
 */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include "base/buf.h"

struct url {
    struct span s; /* as it was given; html_url() encodes it. Empty only in a field that was never set */
};

struct markup {
    struct span s;
};

/* Between tags, and in <title> and <textarea>. */
void html_text(struct buf *out, struct span text);
/* Inside a quoted attribute value, either kind of quote. Line ends and tabs survive. */
void html_attr(struct buf *out, struct span text);
/* As the whole value of a quoted attribute that holds an address; also as text in XML. Percent-encodes what no URI may
 * hold. An address that was never set breaks an invariant: test it first. */
void html_url(struct buf *out, struct url url);
void html_int(struct buf *out, int64_t value); /* plain digits, a hyphen before a negative one */
void html_markup(struct buf *out, struct markup markup);

/* An address inside this site, as a person or a file gave it: "/about", "./", "../news/x.html", "#p2", "?year=2026"
 * or a relative name. False for a scheme, "//host", a backslash, a control byte, white space at an end, bytes that
 * are not UTF-8, or nothing at all. A space inside is fine. `url_out` borrows. */
bool url_relative(struct span path, struct url *url_out);

/* The same for a path the program built itself: one that is refused breaks an invariant. */
struct url url_path(struct span path);

/* An address elsewhere: http or https with a host and no user name, mailto, or tel. False for every other scheme, and
 * for white space, backslashes, control bytes or bytes that are not UTF-8 anywhere. `url_out` borrows. */
bool url_external(struct span address, struct url *url_out);

/* The one door from bytes to trusted HTML. For templates' output and the renderer of checked documents, nobody else:
 * every byte in `b` must have come from the functions above or from literals. Borrows from `b`. Empty when `b`
 * overflowed, for half a tag is not markup. */
struct markup markup_of(const struct buf *b);

#endif
