/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One line an event on stderr: `event key=value key=value`.
 *
 * A value is a number, an id, an `enum rc` or a literal of the source; there is no way to log a name, an address, a
 * body or a token, and none may be added. Whose fault it was is part of the line: `fault=peer` is ordinary life and is
 * limited to a few lines a second, `fault=ours` is always written and the newest are kept for `breakroom status`.
 */
#ifndef HTTP_LOG_H
#define HTTP_LOG_H

#include "base/buf.h"
#include "base/rc.h"
#include "base/time.h"

enum log_kind { LOG_NUMBER, LOG_ID, LOG_RC, LOG_LITERAL };

struct log_value {
    const char *key;
    enum log_kind kind;
    int64_t number;
    const char *literal;
};

#define KV_INT(key_literal, value)                                                                                     \
    ((struct log_value){.key = "" key_literal, .kind = LOG_NUMBER, .number = (int64_t)(value)})
#define KV_ID(key_literal, value)                                                                                      \
    ((struct log_value){.key = "" key_literal, .kind = LOG_ID, .number = (int64_t)(value)})
#define KV_RC(value) ((struct log_value){.key = "rc", .kind = LOG_RC, .number = (int64_t)(value)})
#define KV_LITERAL(key_literal, value_literal)                                                                         \
    ((struct log_value){.key = "" key_literal, .kind = LOG_LITERAL, .literal = "" value_literal})

enum log_fault { LOG_NOTE = 0, LOG_FAULT_PEER, LOG_FAULT_OURS };

/* `event` is "area.what". Safe from any thread; one write(2) a line, a full pipe loses the line and not the caller. */
void log_event(enum log_fault fault, const char *event, uint64_t request, const struct log_value *values, size_t count);

#define LOG_VALUES(...) ((const struct log_value[]){__VA_ARGS__}), COUNT(((const struct log_value[]){__VA_ARGS__}))
/* Within a request; `rq` is a struct req. */
#define LOG_PEER(rq, event, ...) log_event(LOG_FAULT_PEER, "" event, (rq)->id, LOG_VALUES(__VA_ARGS__))
#define LOG_OURS(rq, event, ...) log_event(LOG_FAULT_OURS, "" event, (rq)->id, LOG_VALUES(__VA_ARGS__))
/* Outside one. */
#define LOG_HOUSE(event, ...)       log_event(LOG_NOTE, "" event, 0, LOG_VALUES(__VA_ARGS__))
#define LOG_HOUSE_FAULT(event, ...) log_event(LOG_FAULT_OURS, "" event, 0, LOG_VALUES(__VA_ARGS__))

/* Where lines go; 2 at first, -1 is nowhere. */
void log_to(int fd);
/* The newest faults of ours, oldest first, each `TIME event key=value`. */
void log_faults_put(struct buf *out);

#endif
