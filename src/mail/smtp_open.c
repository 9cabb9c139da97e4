/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Opening: options are looked at, copied and filled up; what has to be read from files is read.
 *
 * Everything that a later line of the protocol is made of is looked at here, byte by byte: a host, a name or a password
 * from a configuration cannot become a second command.
 */
#define _GNU_SOURCE
#include "mail/smtp_impl.h"

#include "seal/secret.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

enum { CONNECTIONS = 8, LETTERS = 500, REPLY_SECONDS = 300, REPLY_SECONDS_MOST = 3600, HOST_MOST = 253 };

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

/* ---- names and addresses ---- */

static bool is_host_name(struct span s)
{
    if (s.n == 0 || s.n > HOST_MOST || s.p[0] == '.' || s.p[0] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
              c == '_'))
            return false;
    }
    return true;
}

/* False: it is a name. `host` ends with a NUL. */
static bool read_address(const char *host, uint16_t port, struct smtp_address *address_out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(&address_out->where, &v4, sizeof v4);
        address_out->length = sizeof v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(&address_out->where, &v6, sizeof v6);
        address_out->length = sizeof v6;
        return true;
    }
    return false;
}

bool smtp_address_is_here(const struct smtp_address *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->where.ss_family == AF_INET) {
        memcpy(&v4, &address->where, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    memcpy(&v6, &address->where, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static bool is_hello(struct span s)
{
    struct smtp_address address;
    char inside[INET6_ADDRSTRLEN] = {0};
    struct span literal;

    if (!span_starts(s, S("[")) || !span_ends(s, S("]")))
        return is_host_name(s);
    literal = span_sub(s, 1, s.n - 2);
    if (span_starts(literal, S("IPv6:")))
        literal = span_from(literal, S("IPv6:").n);
    if (literal.n == 0 || literal.n >= sizeof inside)
        return false;
    memcpy(inside, literal.p, literal.n);
    return read_address(inside, 0, &address);
}

/* RFC 6761 §6.3: this name is asked of nobody. */
static bool is_localhost(struct span host)
{
    return span_eq_nocase(host, S("localhost"));
}

/* ---- options ---- */

static bool has_nul(struct span s)
{
    return s.n && memchr(s.p, 0, s.n) != NULL;
}

/* The sentence that says what is wrong, or an empty one. `o` has its defaults and NULs. */
static struct span fault_of(const struct smtp_options *o)
{
    struct smtp_address address;
    bool is_address = o->host.n && read_address(o->host.p, o->port, &address);
    bool is_here = is_address ? smtp_address_is_here(&address) : is_localhost(o->host);

    if (!is_address && !is_host_name(o->host))
        return S("the smart host is neither a name nor an address");
    if (o->port == 0)
        return S("the smart host has no port");
    if (o->tls < SMTP_TLS_START || o->tls > SMTP_TLS_NONE)
        return S("it is not said whether TLS is used");
    if (!is_hello(o->hello))
        return S("our own name is no host name");
    if ((o->user.n == 0) != (o->password.n == 0))
        return S("of user and password, one is missing");
    if (o->user.n > SMTP_SECRET_MOST || o->password.n > SMTP_SECRET_MOST || has_nul(o->user) || has_nul(o->password))
        return S("user or password cannot be sent");
    if (o->user.n && o->tls == SMTP_TLS_NONE && !is_here)
        return S("a password is sent without TLS to this machine alone");
    if (o->connections > SMTP_CONNECTIONS_MOST || o->reply_seconds > REPLY_SECONDS_MOST)
        return S("more connections or seconds than there is use for");
    if (o->before_dot == NULL || o->done == NULL)
        return S("nobody hears what becomes of a letter");
    return (struct span){0};
}

static int64_t kernel_clock_ms(void)
{
    struct timespec t;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct span keep(struct arena *a, struct span s)
{
    return (struct span){arena_cstr(a, s), s.n};
}

/* The password is borrowed still: it goes elsewhere. */
static struct smtp_options fill_up(struct arena *a, const struct smtp_options *options)
{
    struct smtp_options o = *options;

    o.host = keep(a, o.host);
    o.hello = keep(a, o.hello);
    o.ca_file = keep(a, o.ca_file.n ? o.ca_file : S(SYSTEM_CA));
    o.name_servers = keep(a, o.name_servers);
    o.connections = o.connections ? o.connections : CONNECTIONS;
    o.letters_a_connection = o.letters_a_connection ? o.letters_a_connection : LETTERS;
    o.reply_seconds = o.reply_seconds ? o.reply_seconds : REPLY_SECONDS;
    o.clock_ms = o.clock_ms ? o.clock_ms : kernel_clock_ms;
    return o;
}

/* ---- the house ---- */

static size_t base64(char *out, const unsigned char *bytes, size_t n)
{
    return (size_t)EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

static void keep_secrets(struct smtp *s)
{
    struct smtp_secrets *k = secret_alloc(sizeof *k);
    struct span user = s->options.user;
    struct span password = s->options.password;
    unsigned char both[2 * SMTP_SECRET_MOST + 2] = {0}; /* NUL user NUL password: RFC 4616 */

    memcpy(both + 1, user.p, user.n);
    memcpy(both + 2 + user.n, password.p, password.n);
    k->plain_n = base64(k->plain, both, user.n + password.n + 2);
    k->user_n = base64(k->user, both + 1, user.n);
    k->password_n = base64(k->password, both + 2 + user.n, password.n);
    secret_wipe(both, sizeof both);
    s->secrets = k;
}

static void make_rooms(struct smtp *s, struct arena *a)
{
    size_t count = SMTP_JOBS_EACH * (size_t)s->options.connections;
    struct smtp_work *works = ARENA_ARRAY(a, struct smtp_work, count);

    s->conns = ARENA_ARRAY(a, struct smtp_conn, s->options.connections);
    for (unsigned i = 0; i < s->options.connections; i++)
        s->conns[i] = (struct smtp_conn){.smtp = s, .fd = -1};
    for (size_t i = 0; i < count; i++) {
        works[i].next = s->free;
        s->free = &works[i];
    }
    s->queue_end = &s->queue;
    s->state = SMTP_IDLE;
    s->due = INT64_MAX;
    s->now = s->options.clock_ms();
}

/* The library reads its configuration when it is first used, which without TLS would be in a sandbox. */
static void wake_library(void)
{
    unsigned char dice;

    (void)RAND_bytes(&dice, sizeof dice);
}

static enum rc find_host(struct smtp *s, struct arena *a, struct span *fault_out)
{
    uint16_t port = s->options.port;

    if (read_address(s->options.host.p, port, &s->addresses[0])) {
        s->address_count = 1;
    } else if (is_localhost(s->options.host)) {
        CHECK(read_address("127.0.0.1", port, &s->addresses[0]) && read_address("::1", port, &s->addresses[1]));
        s->address_count = 2;
    } else {
        *fault_out = S("names of hosts cannot be looked up");
        return smtp_names_open(s, a);
    }
    s->address_left = s->address_count;
    return RC_OK;
}

enum rc smtp_open(struct arena *a, const struct smtp_options *options, struct smtp **smtp_out, struct span *fault_out)
{
    struct smtp *s = ARENA_NEW(a, struct smtp);
    enum rc rc = RC_OK;

    *smtp_out = NULL;
    s->epoll = -1;
    s->options = fill_up(a, options);
    *fault_out = fault_of(&s->options);
    if (fault_out->n)
        return RC_INVALID;
    make_rooms(s, a);
    wake_library();
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0) {
        *fault_out = S("the system gives no more descriptors");
        rc = RC_IO;
    }
    if (rc == RC_OK)
        rc = find_host(s, a, fault_out);
    if (rc == RC_OK && s->options.tls != SMTP_TLS_NONE)
        rc = smtp_tls_open(s, s->options.ca_file.p, fault_out);
    if (rc != RC_OK) {
        smtp_close(&s);
        return rc;
    }
    if (s->options.user.n)
        keep_secrets(s);
    s->options.user = (struct span){0};
    s->options.password = (struct span){0};
    *fault_out = (struct span){0};
    *smtp_out = s;
    return RC_OK;
}
