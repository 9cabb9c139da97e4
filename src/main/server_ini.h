/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's configuration, D/server.ini: `name = value` lines, no sections. What is not there has its default;
 * what is unknown is refused, with the nearest name.
 */
#ifndef MAIN_SERVER_INI_H
#define MAIN_SERVER_INI_H

#include "base/arena.h"
#include "http/http.h"
#include "mail/smtp.h"

struct server_ini {
    struct span listen[HTTP_LISTEN_MAX]; /* "127.0.0.1:8080", "[::1]:8080" */
    size_t listen_count;
    struct span db;         /* postgres://… */
    struct span proxy;      /* an address; empty: none */
    struct span server_key; /* a file; empty: the one in the data folder */
    bool hands_over;        /* handover = server: mailings go on alone, with keys that the server keeps */
    bool is_https;
    bool skips_landlock;
    uint64_t keep_most;     /* bytes of pages */
    struct span smart_host; /* name or address; empty: letters do not go out */
    uint16_t smart_port;
    enum smtp_tls smtp_tls;
    struct span smtp_user;          /* empty: nobody asks for one; else there is a password file */
    struct span smtp_password_file; /* path, as it stands there */
    struct span smtp_ca;            /* path; empty: the system's */
    uint64_t smtp_connections;
    uint64_t site_rate;              /* letters a minute to one receiving site; 0: as fast as it goes */
    uint64_t site_burst;             /* of them at once */
    struct span hello_name;          /* empty: the machine's */
    uint64_t confirmations_a_person; /* letters in an hour, and the next: subscribe_limit.h */
    uint64_t confirmations_a_campaign;
};

/* Fills in the defaults, then what `bytes` say. False with a sentence (no full stop) that names the line. Borrows. */
bool server_ini_parse(struct arena *a, struct span bytes, struct server_ini *ini_out, struct span *fault_out);
/* The same from the file at `path`. RC_NOT_FOUND: none there, only defaults. RC_INVALID, RC_IO: a sentence. */
MUST_USE enum rc server_ini_read(struct arena *a, const char *path, struct server_ini *ini_out, struct span *fault_out);

/* "127.0.0.1:8080", "[::1]:0" → its two halves. False for anything else; whether it is an address http_listen()
 * says. */
bool server_listen_parse(struct span text, struct span *address_out, uint16_t *port_out);

#endif
