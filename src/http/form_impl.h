/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Between the two encodings of a form and its table of fields: a list of pairs.
 */
#ifndef HTTP_FORM_IMPL_H
#define HTTP_FORM_IMPL_H

#include "http/form.h"

struct form_pair {
    struct span name;
    struct span value;
    struct span type; /* of a file */
    struct span file_name;
    bool is_file;
};

struct form_pairs {
    size_t count;
    struct form_pair items[FORM_FIELDS_MAX];
};

/* RC_INVALID: the body is not what its type says. RC_LIMIT: more pairs than any form has. */
MUST_USE enum rc form_read_urlencoded(struct arena *a, struct span body, struct form_pairs *pairs_out);
MUST_USE enum rc form_read_multipart(struct span body, struct span boundary, struct form_pairs *pairs_out);

/* `name=value` or `name="value"` among the parameters of a header; false when it is not there. */
bool form_header_param(struct span params, struct span name, struct span *value_out);

#endif
