/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a subscriber's record, which only a key keeps from being somebody else's, and as a line that a mail server
 * answers. A record that is read is exactly what would be written; of a reply a few numbers come out, and no more.
 */
#include "mail/outcome.h"
#include "model/subscriber.h"

enum { SOURCE_MAX = 16 * 1024, MEMORY = 4 * 1024 * 1024 };

static bool is_value(struct span record, struct span value)
{
    uintptr_t from = (uintptr_t)record.p;
    uintptr_t at = (uintptr_t)value.p;

    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < 0x20)
            return false;
    return value.n == 0 || (at >= from && at + value.n <= from + record.n);
}

static void check_record(struct arena *a, struct span bytes)
{
    struct subscriber s;
    struct buf *written = buf_new(a, SUBSCRIBER_RECORD_MOST);

    if (!subscriber_read(bytes, &s))
        return;
    CHECK(s.address.n > 0 && s.audience.n > 0 && s.source.n > 0);
    CHECK(is_value(bytes, s.address) && is_value(bytes, s.audience) && is_value(bytes, s.workplace) &&
          is_value(bytes, s.source));
    CHECK(subscriber_put(written, &s) && !buf_overflowed(written) && span_eq(buf_span(written), bytes));
}

static void check_reply(struct arena *a, struct span bytes)
{
    struct mail_reply reply;
    struct mail_reply again;
    enum mail_class class;
    enum mail_outcome outcome;

    if (!mail_reply_read(bytes, &reply)) {
        CHECK(reply.code == 0 && reply.enhanced[0] == 0);
        return;
    }
    CHECK(reply.code >= 200 && reply.code <= 599);
    CHECK(reply.enhanced[0] == 0 || reply.enhanced[0] == reply.code / 100);
    for (int i = 0; i < 3; i++)
        CHECK(reply.enhanced[i] >= 0 && reply.enhanced[i] <= 999);
    outcome = mail_outcome_of(&reply, &class);
    CHECK(class < MAIL_CLASS_COUNT && (outcome == MAIL_SENT) == (reply.code < 300));
    CHECK(outcome == MAIL_FAILED || class != MAIL_CLASS_NO_SUCH_PERSON);
    if (!span_ends(bytes, S("\n")) && !span_ends(bytes, S("\r"))) {
        CHECK(mail_reply_read(arena_join(a, (struct span[]){bytes, S("\r\n")}, 2), &again));
        CHECK(again.code == reply.code && again.enhanced[2] == reply.enhanced[2]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);

    if (size <= SOURCE_MAX) {
        check_record(a, bytes);
        check_reply(a, bytes);
    }
    arena_close(&a);
    return 0;
}
