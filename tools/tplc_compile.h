/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Templates in, C out: one struct and one function a template. No files and no processes here, so that a fuzzer can
 * drive it. What a template may say stands at the top of tplc_read.c.
 */
#ifndef TOOLS_TPLC_COMPILE_H
#define TOOLS_TPLC_COMPILE_H

#include "base/buf.h"

enum { TPLC_SOURCE_MOST = 1024 * 1024 };

struct tplc_source {
    struct span path; /* "templates/news_page.html": its name becomes tpl_news_page, its suffix picks the rules */
    struct span text;
};

/* RC_INVALID when a template is refused: then `faults_out` has one line "file:line:column: error: what" for the first
 * fault of each, and the other outputs are not to be used. `header` is the name that the C file includes. */
MUST_USE enum rc tplc_compile(struct arena *a, const struct tplc_source *sources, size_t count, struct span header,
                              struct buf *c_out, struct buf *h_out, struct buf *faults_out);

#endif
