/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a line at the control socket, as server.ini and as a child's orders. What is taken borrows, holds to its
 * limits, and what is written again is read as the same.
 */
#include "main/control.h"
#include "main/orders.h"
#include "main/server_ini.h"

enum { SOURCE_MAX = 16 * 1024, MEMORY = 16 * 1024 * 1024 };

static bool lies_in(struct span outer, struct span inner)
{
    uintptr_t from = (uintptr_t)outer.p;
    uintptr_t at = (uintptr_t)inner.p;

    return inner.n == 0 || (at >= from && at + inner.n <= from + outer.n);
}

static void check_request(struct arena *a, struct span line)
{
    struct control_request r;
    struct control_request again;
    struct buf *written = buf_new(a, MEMORY / 4);

    if (!control_parse(line, &r))
        return;
    CHECK(line.n <= CONTROL_LINE_MAX && r.verb.n > 0 && lies_in(line, r.verb) && r.word_count <= CONTROL_WORDS_MAX);
    buf_put(written, r.verb);
    for (size_t i = 0; i < r.word_count; i++) {
        CHECK(r.words[i].n > 0 && lies_in(line, r.words[i]) && span_find_char(r.words[i], ' ') == SPAN_NONE);
        buf_char(written, ' ');
        buf_put(written, r.words[i]);
    }
    if (r.body_len) {
        buf_put(written, S(" +"));
        buf_u64(written, r.body_len);
    }
    if (written->n > CONTROL_LINE_MAX)
        return; /* it left out nothing but zeros */
    CHECK(control_parse(buf_span(written), &again));
    CHECK(span_eq(again.verb, r.verb) && again.word_count == r.word_count && again.body_len == r.body_len);
}

static void check_ini(struct arena *a, struct span bytes)
{
    struct server_ini ini;
    struct span fault = {0};

    if (!server_ini_parse(a, bytes, &ini, &fault)) {
        CHECK(span_starts(fault, S("line ")) || span_starts(fault, S("“smtp_")));
        return;
    }
    CHECK(ini.listen_count <= HTTP_LISTEN_MAX);
    for (size_t i = 0; i < ini.listen_count; i++) {
        struct span address;
        uint16_t port;

        CHECK(lies_in(bytes, ini.listen[i]) && server_listen_parse(ini.listen[i], &address, &port) && address.n > 0);
    }
    CHECK(lies_in(bytes, ini.db) && lies_in(bytes, ini.proxy) && lies_in(bytes, ini.smart_host));
    CHECK(ini.smart_port > 0 && ini.smtp_tls >= SMTP_TLS_START && ini.smtp_tls <= SMTP_TLS_NONE);
    CHECK((ini.smtp_user.n == 0) == (ini.smtp_password_file.n == 0));
}

static void check_orders(struct arena *a, struct span bytes)
{
    struct orders orders;
    struct orders again;
    struct buf *written = buf_new(a, MEMORY / 4);

    if (!orders_read(bytes, &orders))
        return;
    CHECK(orders_put(written, &orders) && orders_read(buf_span(written), &again));
    CHECK(span_eq(orders.data, again.data) && span_eq(orders.url, again.url) && orders.since.us == again.since.us &&
          orders.listeners == again.listeners && orders.needs_landlock == again.needs_landlock);
}

static void check_mailer_orders(struct arena *a, struct span bytes)
{
    struct mailer_orders orders;
    struct mailer_orders again;
    struct buf *written = buf_new(a, MEMORY / 4);

    if (!mailer_orders_read(bytes, &orders))
        return;
    CHECK(mailer_orders_put(written, &orders) && mailer_orders_read(buf_span(written), &again));
    CHECK(span_eq(orders.data, again.data) && span_eq(orders.host, again.host) && span_eq(orders.user, again.user) &&
          orders.port == again.port && orders.tls == again.tls && orders.skips_landlock == again.skips_landlock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);

    if (size <= SOURCE_MAX) {
        check_request(a, bytes);
        check_ini(a, bytes);
        check_orders(a, bytes);
        check_mailer_orders(a, bytes);
    }
    arena_close(&a);
    return 0;
}
