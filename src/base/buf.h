/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Text being built: it grows in an arena up to a cap, and remembers when it did not fit.
 *
 * Appending past the cap drops the bytes and sets a flag that stays. Check buf_overflowed() once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"

struct buf {
    struct arena *arena;
    char *p;
    size_t n;
    size_t room;
    size_t cap;
    bool overflowed;
};

struct buf *buf_new(struct arena *a, size_t cap); /* lives in `a` */
void buf_init(struct buf *b, struct arena *a, size_t cap);

void buf_put(struct buf *b, struct span s);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t value);
void buf_utf8(struct buf *b, uint32_t code_point); /* U+FFFD for what is not a character */
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

struct span buf_span(const struct buf *b); /* valid until the next append */
bool buf_overflowed(const struct buf *b);

#endif
