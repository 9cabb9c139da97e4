/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A helper process: started, spoken to within its limits, ended. Nothing is left of it after child_end().
 */
#ifndef PAPER_CHILD_H
#define PAPER_CHILD_H

#include "paper/paper.h"

#include <sys/types.h>
#include <time.h>

/* Times are milliseconds of the monotonic clock. */
struct child {
    pid_t pid; /* 0: none */
    int fd;
    clockid_t clock; /* of the helper's own computing */
    struct paper_limits limits;
    int64_t document_ends;
    int64_t page_ends;
    int64_t page_cpu; /* what it had computed when the page began */
    bool has_said;    /* it said something: its program is there */
};

int64_t child_now(void);

/* The folder that the helper programs lie in: that of the running program. Null when nobody can say. A test program
 * brings its own function of this name; nothing else can change it. */
const char *paper_helper_folder(struct arena *a);

/* `argument` may be null. `document_ends`: when all of the document's time is over. */
enum paper_fault child_start(struct arena *a, struct child *child, const struct paper_limits *limits,
                             int64_t document_ends, const char *program, const char *argument);
void child_page_begins(struct child *child); /* its time for a page starts anew */
enum paper_fault child_write(struct child *child, struct span bytes);
enum paper_fault child_read(void *arg, char *p, size_t n); /* an answer_read_fn; `arg` is the child */
void child_end(struct child *child);                       /* kills what still runs; may be called twice */

#endif
