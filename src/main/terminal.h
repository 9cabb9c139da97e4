/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Secret words between a person and a command: shown once, typed without an echo.
 *
 * On the terminal itself (/dev/tty), whatever stdin and stdout are; or, for programs, over two descriptors that the
 * command line names by number. Words go in and out by read() and write() from locked memory: never through stdio, which
 * would keep a copy, never on a command line.
 */
#ifndef MAIN_TERMINAL_H
#define MAIN_TERMINAL_H

#include "base/span.h"

struct terminal;

/* `from` and `to` both -1: the terminal. Null, with a sentence on stderr, when there is none. */
struct terminal *terminal_open(int from, int to);
void terminal_close(struct terminal **terminal); /* accepts null */

/* Shows `words` below `why` on a screen of its own, which is gone when the person presses Enter. False: he went away. */
bool terminal_show(struct terminal *terminal, struct span why, struct span words);

/* A line as it was typed, cut off at what six words can have. */
struct typed_line;
/* Asks for one, without an echo. Null: the person went away (Ctrl-C, Ctrl-D, the end). */
struct typed_line *terminal_ask(struct terminal *terminal, struct span why);
struct span typed_line_text(const struct typed_line *line); /* borrows */
void typed_line_close(struct typed_line **line);            /* wipes; accepts null */

/* From here on no core file, and nobody else of this user may look into this process. For commands that hold secrets;
 * before the first of them. */
void terminal_guard_process(void);

#endif
