/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A table of names, each with the function that reads its value.
 */
#include "main/server_ini.h"

#include "base/ini.h"
#include "model/diag.h"
#include "subscribe/subscribe_limit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MOST = 64 * 1024,
    KEEP_DEFAULT_MB = 256,
    KEEP_MOST_MB = 1024 * 1024,
    SITE_RATE_DEFAULT = 600,
    SITE_RATE_MOST = 60000,
    SITE_BURST_DEFAULT = 100,
    SITE_BURST_MOST = 100000,
    NAME_MOST = 253,
    USER_MOST = 256,
    CONNECTIONS_MOST = 64,
    PORT_PLAIN = 25,
    PORT_TLS = 465,
    PORT_STARTTLS = 587,
    PERSON_DEFAULT = 3,
    CAMPAIGN_DEFAULT = 300,
};

static bool read_listen(struct span value, struct server_ini *ini)
{
    struct span address;
    uint16_t port;

    if (ini->listen_count == HTTP_LISTEN_MAX || !server_listen_parse(value, &address, &port))
        return false;
    ini->listen[ini->listen_count++] = value;
    return true;
}

static bool read_db(struct span value, struct server_ini *ini)
{
    ini->db = span_eq(value, S("sqlite")) ? S("") : value;
    return ini->db.n == 0 || span_starts(value, S("postgres://")) || span_starts(value, S("postgresql://"));
}

static bool read_proxy(struct span value, struct server_ini *ini)
{
    struct http_peer peer;

    ini->proxy = span_eq(value, S("none")) ? S("") : value;
    return ini->proxy.n == 0 || peer_parse(value, &peer);
}

static bool read_server_key(struct span value, struct server_ini *ini)
{
    ini->server_key = value;
    return span_starts(value, S("/"));
}

static bool read_handover(struct span value, struct server_ini *ini)
{
    ini->hands_over = span_eq(value, S("server"));
    return ini->hands_over || span_eq(value, S("no"));
}

static bool read_scheme(struct span value, struct server_ini *ini)
{
    ini->is_https = span_eq(value, S("https"));
    return ini->is_https || span_eq(value, S("http"));
}

static bool read_landlock(struct span value, struct server_ini *ini)
{
    ini->skips_landlock = span_eq(value, S("no"));
    return ini->skips_landlock || span_eq(value, S("yes"));
}

static bool read_keep(struct span value, struct server_ini *ini)
{
    uint64_t mb = 0;
    bool is_fine = span_to_u64(value, KEEP_MOST_MB, &mb);

    ini->keep_most = mb * 1000000;
    return is_fine;
}

/* What may stand where a host's name does: no byte that could be anything else. */
static bool is_host(struct span s)
{
    if (s.n == 0 || s.n > NAME_MOST)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
              c == ':'))
            return false;
    }
    return true;
}

static bool read_smart_host(struct span value, struct server_ini *ini)
{
    bool has_port = span_find_char(value, ':') != SPAN_NONE && !span_ends(value, S("]"));

    if (has_port)
        return server_listen_parse(value, &ini->smart_host, &ini->smart_port) && ini->smart_port &&
               is_host(ini->smart_host);
    ini->smart_host = span_starts(value, S("[")) ? span_sub(value, 1, value.n - 2) : value;
    return is_host(ini->smart_host);
}

static bool read_tls(struct span value, struct server_ini *ini)
{
    ini->smtp_tls = span_eq(value, S("starttls")) ? SMTP_TLS_START
                    : span_eq(value, S("tls"))    ? SMTP_TLS_FROM_START
                                                  : SMTP_TLS_NONE;
    return ini->smtp_tls != SMTP_TLS_NONE || span_eq(value, S("none"));
}

static bool read_user(struct span value, struct server_ini *ini)
{
    ini->smtp_user = value;
    return value.n > 0 && value.n <= USER_MOST;
}

static bool read_password_file(struct span value, struct server_ini *ini)
{
    ini->smtp_password_file = value;
    return value.n > 0;
}

static bool read_ca(struct span value, struct server_ini *ini)
{
    ini->smtp_ca = value;
    return value.n > 0;
}

static bool read_connections(struct span value, struct server_ini *ini)
{
    return span_to_u64(value, CONNECTIONS_MOST, &ini->smtp_connections) && ini->smtp_connections > 0;
}

static bool read_hello(struct span value, struct server_ini *ini)
{
    ini->hello_name = value;
    return is_host(value) && span_find_char(value, ':') == SPAN_NONE;
}

static bool read_site_rate(struct span value, struct server_ini *ini)
{
    return span_to_u64(value, SITE_RATE_MOST, &ini->site_rate);
}

static bool read_site_burst(struct span value, struct server_ini *ini)
{
    return span_to_u64(value, SITE_BURST_MOST, &ini->site_burst) && ini->site_burst > 0;
}

static bool read_confirmations_a_person(struct span value, struct server_ini *ini)
{
    return span_to_u64(value, SUBSCRIBE_LIMIT_PERSON_MOST, &ini->confirmations_a_person) &&
           ini->confirmations_a_person > 0;
}

static bool read_confirmations_a_campaign(struct span value, struct server_ini *ini)
{
    return span_to_u64(value, SUBSCRIBE_LIMIT_CAMPAIGN_MOST, &ini->confirmations_a_campaign) &&
           ini->confirmations_a_campaign > 0;
}

static const struct {
    struct span name;
    const char *wants;
    bool (*read)(struct span value, struct server_ini *ini);
} names[] = {
    {SPAN_INIT("listen"), "an address and a port, as 127.0.0.1:8080, at most four times", read_listen},
    {SPAN_INIT("db"), "sqlite, or an address as postgres://user@host/name", read_db},
    {SPAN_INIT("proxy"), "none, or the address of the proxy in front", read_proxy},
    {SPAN_INIT("server_key"), "a file by its whole path, as /etc/breakroom/server.key", read_server_key},
    {SPAN_INIT("handover"), "server, for mailings that go on alone after a restart, or no", read_handover},
    {SPAN_INIT("scheme"), "http or https", read_scheme},
    {SPAN_INIT("landlock"), "yes or no", read_landlock},
    {SPAN_INIT("page_memory"), "a number of megabytes", read_keep},
    {SPAN_INIT("smart_host"), "a host, as mail.example.org or mail.example.org:587", read_smart_host},
    {SPAN_INIT("smtp_tls"), "starttls, tls or none", read_tls},
    {SPAN_INIT("smtp_user"), "the name to log in with", read_user},
    {SPAN_INIT("smtp_password_file"), "the path of a file that holds the password and nothing else",
     read_password_file},
    {SPAN_INIT("smtp_ca"), "the path of a file of certificates", read_ca},
    {SPAN_INIT("site_rate"), "letters a minute to one receiving site, at most 60000; 0 is as fast as it goes",
     read_site_rate},
    {SPAN_INIT("site_burst"), "letters at once to one receiving site, from 1 to 100000", read_site_burst},
    {SPAN_INIT("smtp_connections"), "a number from 1 to 64", read_connections},
    {SPAN_INIT("hello_name"), "this machine’s name in the DNS", read_hello},
    {SPAN_INIT("confirmations_a_person"), "how many letters an hour may go to one address, 1 to 12",
     read_confirmations_a_person},
    {SPAN_INIT("confirmations_a_campaign"), "how many letters an hour may ask for a confirmation, 1 to 50000",
     read_confirmations_a_campaign},
};

static struct span unknown(struct arena *a, struct span key, uint32_t line)
{
    struct span known[COUNT(names)];
    struct span nearest;

    for (size_t i = 0; i < COUNT(names); i++)
        known[i] = names[i].name;
    nearest = model_nearest(key, known, COUNT(known));
    if (nearest.n == 0)
        return arena_printf(a, "line %u: there is no “%.*s”", line, SPAN_ARGS(key));
    return arena_printf(a, "line %u: there is no “%.*s”; did you mean “%.*s”?", line, SPAN_ARGS(key),
                        SPAN_ARGS(nearest));
}

/* A host on this machine needs no TLS; elsewhere nothing goes without. */
static bool is_this_machine(struct span host)
{
    struct http_peer address;

    if (span_eq_nocase(host, S("localhost")) || span_eq(host, S("::1")))
        return true;
    return span_starts(host, S("127.")) && peer_parse(host, &address); /* the number, not a name that begins with it */
}

/* What follows from what was said, and what contradicts itself. */
static bool settle_mail(struct server_ini *ini, struct span *fault_out)
{
    static const uint16_t ports[] = {
        [SMTP_TLS_START] = PORT_STARTTLS, [SMTP_TLS_FROM_START] = PORT_TLS, [SMTP_TLS_NONE] = PORT_PLAIN};

    if (ini->smtp_tls == 0)
        ini->smtp_tls = ini->smart_port == PORT_TLS        ? SMTP_TLS_FROM_START
                        : is_this_machine(ini->smart_host) ? SMTP_TLS_NONE
                                                           : SMTP_TLS_START;
    if (ini->smart_port == 0)
        ini->smart_port = ports[ini->smtp_tls];
    if ((ini->smtp_user.n == 0) == (ini->smtp_password_file.n == 0))
        return true;
    *fault_out = ini->smtp_user.n ? S("“smtp_user” wants “smtp_password_file” beside it")
                                  : S("“smtp_password_file” wants “smtp_user” beside it");
    return false;
}

bool server_ini_parse(struct arena *a, struct span bytes, struct server_ini *ini_out, struct span *fault_out)
{
    struct ini_reader reader;
    struct ini_entry e;
    uint64_t seen = 0;

    *ini_out = (struct server_ini){
        .keep_most = (uint64_t)KEEP_DEFAULT_MB * 1000000,
        .site_rate = SITE_RATE_DEFAULT,
        .site_burst = SITE_BURST_DEFAULT,
        .confirmations_a_person = PERSON_DEFAULT,
        .confirmations_a_campaign = CAMPAIGN_DEFAULT,
    };
    ini_begin(&reader, bytes);
    while (ini_next(&reader, &e)) {
        size_t i = 0;

        if (e.fault != INI_FINE || e.section.n) {
            *fault_out = arena_printf(a, "line %u: a line here is “name = value”, without sections", e.line);
            return false;
        }
        while (i < COUNT(names) && !span_eq(names[i].name, e.key))
            i++;
        if (i == COUNT(names)) {
            *fault_out = unknown(a, e.key, e.line);
            return false;
        }
        if ((i > 0 && (seen & 1U << i)) || !names[i].read(e.value, ini_out)) {
            *fault_out = arena_printf(a, "line %u: “%.*s” wants %s", e.line, SPAN_ARGS(e.key),
                                      seen & 1U << i && i > 0 ? "to be said once" : names[i].wants);
            return false;
        }
        seen |= 1U << i;
    }
    return settle_mail(ini_out, fault_out);
}

enum rc server_ini_read(struct arena *a, const char *path, struct server_ini *ini_out, struct span *fault_out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char *room;
    ssize_t n;

    if (fd < 0 && errno == ENOENT) {
        (void)server_ini_parse(a, S(""), ini_out, fault_out);
        return RC_NOT_FOUND;
    }
    room = arena_alloc(a, FILE_MOST + 1);
    n = fd < 0 ? -1 : read(fd, room, FILE_MOST + 1);
    if (n < 0 || n > FILE_MOST) {
        *fault_out = arena_printf(a, "%s: %s", path, n < 0 ? strerror(errno) : "too large");
        if (fd >= 0)
            (void)close(fd);
        return RC_IO;
    }
    (void)close(fd);
    if (server_ini_parse(a, (struct span){room, (size_t)n}, ini_out, fault_out))
        return RC_OK;
    *fault_out = arena_printf(a, "%s: %.*s", path, SPAN_ARGS(*fault_out));
    return RC_INVALID;
}

bool server_listen_parse(struct span text, struct span *address_out, uint16_t *port_out)
{
    size_t colon = span_find_last_char(text, ':');
    uint64_t port;

    if (colon == SPAN_NONE || !span_to_u64(span_from(text, colon + 1), UINT16_MAX, &port))
        return false;
    *address_out = span_sub(text, 0, colon);
    if (span_starts(*address_out, S("[")) && span_ends(*address_out, S("]")))
        *address_out = span_sub(*address_out, 1, colon - 2);
    else if (span_find_char(*address_out, ':') != SPAN_NONE)
        return false;
    *port_out = (uint16_t)port;
    return address_out->n > 0;
}
