/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See lines.h.
 */
#include "main/lines.h"

#include "seal/keys.h"

void lines_put_hex(struct buf *b, const unsigned char *bytes, size_t n)
{
    key_hex_put(b, (struct span){(const char *)bytes, n});
}

static bool is_plain(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((unsigned char)line.p[i] < 0x20)
            return false;
    return true;
}

bool lines_take(struct span *rest, struct span word, struct span *value_out)
{
    struct span line;
    struct span first;

    if (!span_cut(*rest, '\n', &line, rest) || !is_plain(line))
        return false;
    return span_cut(line, ' ', &first, value_out) && span_eq(first, word);
}

bool lines_word(struct span *value, struct span *word_out)
{
    return span_next(value, ' ', word_out) && word_out->n > 0;
}

bool lines_hex(struct span *value, unsigned char *bytes_out, size_t n)
{
    struct span word;

    return lines_word(value, &word) && key_hex_read(word, bytes_out, n);
}

bool lines_number(struct span *value, uint64_t most, uint64_t *number_out)
{
    struct span word;

    return lines_word(value, &word) && span_to_u64(word, most, number_out);
}

bool lines_instant(struct span *value, struct instant *instant_out)
{
    uint64_t us;

    if (!lines_number(value, INT64_MAX, &us))
        return false;
    instant_out->us = (int64_t)us;
    return true;
}
