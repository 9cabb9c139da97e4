/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What tools/msgc writes and msg.c reads. Nobody else includes it.
 */
#ifndef HTML_MSG_IMPL_H
#define HTML_MSG_IMPL_H

#include "html/msg.h"

struct msg_entry {
    struct span one;  /* the text, or the singular */
    struct span many; /* the plural; a null pointer when the message has none */
};

extern const struct span msg_keys[MSG_COUNT];
extern const struct msg_entry msg_table[LANG_COUNT][MSG_COUNT];

#endif
