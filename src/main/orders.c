/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Orders as text: a table of the members of each struct, for both ways.
 */
#include "main/orders.h"

#include <inttypes.h>

enum kind { KIND_TEXT, KIND_YES, KIND_NUMBER, KIND_SIGNED };

struct member {
    const char *name;
    enum kind kind;
    size_t offset;
};
static const struct member core_members[] = {
    {"data", KIND_TEXT, offsetof(struct orders, data)},
    {"url", KIND_TEXT, offsetof(struct orders, url)},
    {"preview", KIND_TEXT, offsetof(struct orders, preview)},
    {"proxy", KIND_TEXT, offsetof(struct orders, proxy)},
    {"server_key", KIND_TEXT, offsetof(struct orders, server_key)},
    {"is_https", KIND_YES, offsetof(struct orders, is_https)},
    {"needs_landlock", KIND_YES, offsetof(struct orders, needs_landlock)},
    {"skips_landlock", KIND_YES, offsetof(struct orders, skips_landlock)},
    {"has_control", KIND_YES, offsetof(struct orders, has_control)},
    {"listeners", KIND_NUMBER, offsetof(struct orders, listeners)},
    {"keep_most", KIND_NUMBER, offsetof(struct orders, keep_most)},
    {"site_rate", KIND_NUMBER, offsetof(struct orders, site_rate)},
    {"site_burst", KIND_NUMBER, offsetof(struct orders, site_burst)},
    {"confirmations_a_person", KIND_NUMBER, offsetof(struct orders, confirmations_a_person)},
    {"confirmations_a_campaign", KIND_NUMBER, offsetof(struct orders, confirmations_a_campaign)},
    {"has_smart_host", KIND_YES, offsetof(struct orders, has_smart_host)},
    {"keeps_keys", KIND_YES, offsetof(struct orders, keeps_keys)},
    {"ahead_us", KIND_SIGNED, offsetof(struct orders, ahead_us)},
    {"since", KIND_SIGNED, offsetof(struct orders, since.us)},
    {"restarts", KIND_NUMBER, offsetof(struct orders, restarts)},
};
static const struct member mailer_members[] = {
    {"data", KIND_TEXT, offsetof(struct mailer_orders, data)},
    {"host", KIND_TEXT, offsetof(struct mailer_orders, host)},
    {"user", KIND_TEXT, offsetof(struct mailer_orders, user)},
    {"password_file", KIND_TEXT, offsetof(struct mailer_orders, password_file)},
    {"ca_file", KIND_TEXT, offsetof(struct mailer_orders, ca_file)},
    {"hello", KIND_TEXT, offsetof(struct mailer_orders, hello)},
    {"server_key", KIND_TEXT, offsetof(struct mailer_orders, server_key)},
    {"port", KIND_NUMBER, offsetof(struct mailer_orders, port)},
    {"tls", KIND_NUMBER, offsetof(struct mailer_orders, tls)},
    {"connections", KIND_NUMBER, offsetof(struct mailer_orders, connections)},
    {"needs_landlock", KIND_YES, offsetof(struct mailer_orders, needs_landlock)},
    {"skips_landlock", KIND_YES, offsetof(struct mailer_orders, skips_landlock)},
    {"ahead_us", KIND_SIGNED, offsetof(struct mailer_orders, ahead_us)},
    {"restarts", KIND_NUMBER, offsetof(struct mailer_orders, restarts)},
};

static bool put_all(struct buf *out, const void *orders, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct member *m = &members[i];
        const void *at = (const char *)orders + m->offset;

        buf_printf(out, "%s=", m->name);
        switch (m->kind) {
        case KIND_TEXT:
            if (span_find_char(*(const struct span *)at, '\n') != SPAN_NONE)
                return false;
            buf_put(out, *(const struct span *)at);
            break;
        case KIND_YES:
            buf_char(out, *(const bool *)at ? '1' : '0');
            break;
        case KIND_NUMBER:
            buf_u64(out, *(const uint64_t *)at);
            break;
        case KIND_SIGNED:
            buf_printf(out, "%" PRId64, *(const int64_t *)at);
            break;
        }
        buf_char(out, '\n');
    }
    return !buf_overflowed(out);
}

static bool read_signed(struct span s, int64_t *value_out)
{
    bool is_negative = span_starts(s, S("-"));
    uint64_t number;

    if (!span_to_u64(span_from(s, is_negative), INT64_MAX, &number))
        return false;
    *value_out = is_negative ? -(int64_t)number : (int64_t)number;
    return true;
}

static bool read_value(const struct member *m, struct span value, void *at)
{
    switch (m->kind) {
    case KIND_TEXT:
        *(struct span *)at = value;
        return true;
    case KIND_YES:
        *(bool *)at = span_eq(value, S("1"));
        return value.n == 1;
    case KIND_NUMBER:
        return span_to_u64(value, UINT64_MAX, at);
    case KIND_SIGNED:
        return read_signed(value, at);
    }
    return false;
}

static bool read_all(struct span lines, void *orders, const struct member *members, size_t count)
{
    struct span line;
    struct span name;
    struct span value;

    for (size_t i = 0; i < count; i++) {
        const struct member *m = &members[i];

        if (!span_next(&lines, '\n', &line) || !span_cut(line, '=', &name, &value) ||
            !span_eq(name, span_of(m->name)) || !read_value(m, value, (char *)orders + m->offset))
            return false;
    }
    return true;
}

bool orders_put(struct buf *out, const struct orders *orders)
{
    return put_all(out, orders, core_members, COUNT(core_members));
}

bool mailer_orders_put(struct buf *out, const struct mailer_orders *orders)
{
    return put_all(out, orders, mailer_members, COUNT(mailer_members));
}

bool orders_read(struct span lines, struct orders *orders_out)
{
    *orders_out = (struct orders){0};
    return read_all(lines, orders_out, core_members, COUNT(core_members));
}

bool mailer_orders_read(struct span lines, struct mailer_orders *orders_out)
{
    *orders_out = (struct mailer_orders){0};
    return read_all(lines, orders_out, mailer_members, COUNT(mailer_members));
}
