/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An address as a square that a phone reads, for paper (ISO/IEC 18004, error correction M). The only file here that
 * includes libqrencode.
 */
#ifndef PAGE_QR_H
#define PAGE_QR_H

#include "html/html.h"

/* The bare squares, `*width_out` a side, bit by bit from the lowest, row by row; 0 and nothing for a text too long for a code. */
struct span qr_bits(struct arena *a, struct span text, uint32_t *width_out);

/* Inline SVG, hidden from screen readers: the address stands beside it in words. Empty for a text too long for a code.
 * Any thread; the newest codes are remembered by the process. */
struct markup qr_svg(struct arena *a, struct span text);

#endif
