/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Numbers and texts as bytes, for pipes and files: a number has its width and its least significant byte first, a text
 * its length in four bytes before it.
 *
 * What is read may be hostile. What is not there, or over its bound, reads as 0 or as nothing and sets `is_bad`, which
 * stays: a reader takes everything in order and looks once, at the end. Nothing is looked at before its length was
 * compared with what is there, and nothing is allocated.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/buf.h"

void bytes_put_u8(struct buf *b, uint8_t value);
void bytes_put_u16(struct buf *b, uint16_t value);
void bytes_put_u32(struct buf *b, uint32_t value);
void bytes_put_i32(struct buf *b, int32_t value);
void bytes_put_u64(struct buf *b, uint64_t value);
void bytes_put_i64(struct buf *b, int64_t value);
void bytes_put_text(struct buf *b, struct span text); /* at most UINT32_MAX bytes */

struct bytes_in {
    struct span rest;
    bool is_bad;
};
uint8_t bytes_take_u8(struct bytes_in *in);
uint16_t bytes_take_u16(struct bytes_in *in);
uint32_t bytes_take_u32(struct bytes_in *in);
int32_t bytes_take_i32(struct bytes_in *in);
uint64_t bytes_take_u64(struct bytes_in *in);
int64_t bytes_take_i64(struct bytes_in *in);
struct span bytes_take(struct bytes_in *in, size_t n); /* borrows */
struct span bytes_take_text(struct bytes_in *in);      /* borrows */

/* One byte that says one of a few things; anything else is bad, and `least`. */
uint8_t bytes_take_choice(struct bytes_in *in, uint8_t least, uint8_t most);
/* How many things follow (u32), each of `size` bytes or more: at most `most`, and no more than can be there. */
size_t bytes_take_count(struct bytes_in *in, size_t most, size_t size);
/* Copies exactly `n` bytes; zeros when they are not there. */
void bytes_take_into(struct bytes_in *in, void *out, size_t n);

/* All of it was there, and nothing is behind it. */
bool bytes_are_taken(const struct bytes_in *in);

#endif
