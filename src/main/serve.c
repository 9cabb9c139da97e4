/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom serve` and `breakroom demo`: from the command line and server.ini to a parent with its sockets.
 */
#include "db/db.h"
#include "main/command.h"
#include "main/control.h"
#include "main/demo.h"
#include "main/roles.h"
#include "main/server_ini.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef BREAKROOM_DATADIR
#define BREAKROOM_DATADIR "/usr/share/breakroom"
#endif

static const char serve_usage[] =
    "Usage: breakroom serve --data D [--db URL] [--config FILE] [--listen ADDR:PORT]… [--preview HOST] [--at TIME]\n"
    "\n"
    "Serves every campaign of the store in the data folder D, told apart by host name, until SIGTERM or SIGINT; what\n"
    "was begun is answered first. Put a proxy that speaks TLS in front of it.\n"
    "\n"
    "  --data D            the data folder: store, control socket, lock, server.ini\n"
    "  --db URL            the store is PostgreSQL, postgres://…; D then holds the rest\n"
    "  --config FILE       read FILE, not D/server.ini\n"
    "  --listen ADDR:PORT  where to listen (127.0.0.1:8080); up to four times; port 0 takes a free one\n"
    "  --preview HOST      the campaign HOST answers to 127.0.0.1, localhost and [::1] too; loopback only\n"
    "  --at TIME           as if it were TIME now, say 2026-04-24T07:30:00Z; the clock goes on; loopback only\n"
    "  --help              print this and leave\n"
    "\n"
    "Exit: 0 stopped as asked, 1 a campaign has errors, 2 it cannot start.\n";

static const char demo_usage[] =
    "Usage: breakroom demo [DIR] [--listen ADDR:PORT]… [--at TIME]\n"
    "\n"
    "Serves the campaign folder DIR (demo) for this machine alone, at 127.0.0.1, localhost and [::1]: to look at it, or\n"
    "at yours before it is public. What it stores is removed when it stops.\n"
    "\n"
    "  --listen ADDR:PORT  where to listen (127.0.0.1:8080 and [::1]:8080); port 0 takes a free one\n"
    "  --at TIME           as if it were TIME now, say 2026-04-24T07:30:00Z; the clock goes on\n"
    "  --help              print this and leave\n"
    "\n"
    "Exit: 0 stopped as asked, 1 the folder has errors, 2 it cannot start.\n";

enum { START_MEMORY = 1024 * 1024, HELLO_MAX = 4096 };

struct start {
    struct arena *arena;
    bool is_demo;
    const char *data;
    const char *db;
    const char *config;
    const char *preview;
    const char *folder;
    struct span listen[HTTP_LISTEN_MAX];
    size_t listen_count;
    int64_t ahead_us;
    struct buf *hello;
    struct parent_plan plan;
    int exit_code;
};

/* ---- the command line ---- */

static bool end(struct start *s, int code)
{
    s->exit_code = code;
    return false;
}

static bool take_at(struct start *s, const char *text)
{
    struct instant at;

    if (!instant_parse(span_of(text), &at)) {
        say_fault("--at: “%s” is not a time; write 2026-04-24 or 2026-04-24T07:30:00Z", text);
        return end(s, EXIT_TROUBLE);
    }
    s->ahead_us = at.us - clock_now().us;
    return true;
}

static bool take_listen(struct start *s, const char *text)
{
    struct span address;
    uint16_t port;

    if (s->listen_count == HTTP_LISTEN_MAX || !server_listen_parse(span_of(text), &address, &port)) {
        say_fault("--listen: “%s” is not an address and a port; write 127.0.0.1:8080, at most four times", text);
        return end(s, EXIT_TROUBLE);
    }
    s->listen[s->listen_count++] = span_of(text);
    return true;
}

static bool take_option(struct start *s, int option, char **argv)
{
    switch (option) {
    case 'd':
        s->data = optarg;
        return true;
    case 'b':
        s->db = optarg;
        return true;
    case 'c':
        s->config = optarg;
        return true;
    case 'p':
        s->preview = optarg;
        return true;
    case 'l':
        return take_listen(s, optarg);
    case 'a':
        return take_at(s, optarg);
    case 'h':
        fputs(s->is_demo ? demo_usage : serve_usage, stdout);
        return end(s, flush_stdout() ? EXIT_FINE : EXIT_TROUBLE);
    case ':':
        say_fault("“%s” wants a value; try “breakroom %s --help”", argv[optind - 1], argv[0]);
        return end(s, EXIT_TROUBLE);
    default:
        say_fault("there is no option “%s”; try “breakroom %s --help”", argv[optind - 1], argv[0]);
        return end(s, EXIT_TROUBLE);
    }
}

static bool read_command_line(struct start *s, int argc, char **argv)
{
    static const struct option serve_options[] = {
        {"data", required_argument, NULL, 'd'},   {"db", required_argument, NULL, 'b'},
        {"config", required_argument, NULL, 'c'}, {"preview", required_argument, NULL, 'p'},
        {"listen", required_argument, NULL, 'l'}, {"at", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    static const struct option demo_options[] = {
        {"listen", required_argument, NULL, 'l'},
        {"at", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;

    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", s->is_demo ? demo_options : serve_options, NULL)) != -1)
        if (!take_option(s, option, argv))
            return false;
    if (argc - optind > (s->is_demo ? 1 : 0)) {
        say_fault("one thing too many; try “breakroom %s --help”", argv[0]);
        return end(s, EXIT_TROUBLE);
    }
    if (!s->is_demo && s->data == NULL) {
        say_fault("which store? --data D names its folder");
        return end(s, EXIT_TROUBLE);
    }
    if (s->is_demo)
        s->folder = optind < argc                            ? argv[optind]
                    : access("demo/campaign.ini", R_OK) == 0 ? "demo"
                                                             : BREAKROOM_DATADIR "/demo";
    return true;
}

/* ---- server.ini ---- */

/* Absolute: a child may one day stand elsewhere. */
static struct span whole_path(struct start *s, const char *path)
{
    char *whole = path ? realpath(path, NULL) : NULL;
    struct span copy = whole ? arena_dup(s->arena, span_of(whole)) : span_of(path);

    free(whole);
    return copy;
}

/* A path in server.ini begins where server.ini is. */
static struct span beside(struct start *s, const char *ini, struct span path)
{
    size_t slash = span_find_last_char(span_of(ini), '/');

    if (path.n == 0)
        return path;
    if (slash != SPAN_NONE && !span_starts(path, S("/")))
        path = arena_join(s->arena, (struct span[]){span_sub(span_of(ini), 0, slash + 1), path}, 2);
    return whole_path(s, arena_cstr(s->arena, path));
}

static void take_mail(struct start *s, const char *path, const struct server_ini *ini)
{
    s->plan.mailer = (struct mailer_orders){
        .host = ini->smart_host,
        .port = ini->smart_port,
        .tls = ini->smtp_tls,
        .user = ini->smtp_user,
        .password_file = beside(s, path, ini->smtp_password_file),
        .ca_file = beside(s, path, ini->smtp_ca),
        .connections = ini->smtp_connections,
        .hello = ini->hello_name,
    };
}

/* Core looks up the database's name in /etc, and could read whatever is there. */
static bool keeps_from_core(struct start *s, const char *name, struct span path)
{
    if (s->plan.orders.url.n == 0 || !span_starts(path, S("/etc/")))
        return true;
    say_fault("%s: core could read %.*s, since it looks up the database’s name in /etc; put the file into the data "
              "folder",
              name, SPAN_ARGS(path));
    return end(s, EXIT_TROUBLE);
}

/* handover = server: the mailer reads the server's key, which then opens more than links; so core must not. */
static bool take_handover(struct start *s, const struct server_ini *ini)
{
    struct span path = ini->server_key;

    s->plan.orders.keeps_keys = ini->hands_over && ini->smart_host.n > 0;
    if (path.n)
        path = whole_path(s, arena_cstr(s->arena, path));
    return !ini->hands_over || keeps_from_core(s, "server_key, with handover = server", path);
}

static bool read_config(struct start *s)
{
    struct orders *orders = &s->plan.orders;
    struct server_ini ini;
    struct span fault = {0};
    const char *path = s->config;
    enum rc rc = RC_NOT_FOUND;

    if (path == NULL && s->data)
        path = arena_cstr(s->arena, arena_printf(s->arena, "%s/server.ini", s->data));
    if (path)
        rc = server_ini_read(s->arena, path, &ini, &fault);
    else
        (void)server_ini_parse(s->arena, S(""), &ini, &fault);
    if (rc == RC_NOT_FOUND && s->config)
        fault = arena_printf(s->arena, "%s is not there", s->config);
    if (fault.n) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return end(s, EXIT_TROUBLE);
    }
    take_mail(s, path, &ini);
    orders->url = s->db ? span_of(s->db) : ini.db;
    orders->proxy = ini.proxy;
    orders->server_key = ini.server_key;
    orders->is_https = ini.is_https;
    orders->keep_most = ini.keep_most;
    orders->site_rate = ini.site_rate;
    orders->site_burst = ini.site_burst;
    orders->confirmations_a_person = ini.confirmations_a_person;
    orders->confirmations_a_campaign = ini.confirmations_a_campaign;
    orders->has_smart_host = ini.smart_host.n > 0;
    orders->skips_landlock = ini.skips_landlock;
    orders->needs_landlock = !s->is_demo && !ini.skips_landlock;
    s->plan.mailer.skips_landlock = orders->skips_landlock;
    s->plan.mailer.needs_landlock = orders->needs_landlock;
    if (!take_handover(s, &ini) || !keeps_from_core(s, "smtp_password_file", s->plan.mailer.password_file))
        return false;
    if (orders->url.n && !span_starts(orders->url, S("postgres"))) {
        say_fault("--db: only postgres://… is a database; without it, the store is SQLite in the data folder");
        return end(s, EXIT_TROUBLE);
    }
    for (size_t i = 0; s->listen_count == 0 && i < ini.listen_count; i++)
        s->listen[i] = ini.listen[i];
    s->listen_count = s->listen_count ? s->listen_count : ini.listen_count;
    return true;
}

/* ---- sockets ---- */

static bool is_loopback(struct span address)
{
    return span_starts(address, S("127.")) || span_eq(address, S("::1"));
}

/* "http://127.0.0.1:8080" for the hello. */
static void put_address(struct start *s, struct span address, uint16_t port)
{
    bool is_v6 = span_find_char(address, ':') != SPAN_NONE;

    buf_printf(s->hello, "listening on http://%s%.*s%s:%u\n", is_v6 ? "[" : "", SPAN_ARGS(address), is_v6 ? "]" : "",
               port);
}

static bool listen_fault(struct start *s, struct span at, uint16_t port, enum rc rc)
{
    if (rc == RC_CONFLICT)
        say_fault("port %u is in use by another program; stop that one, or choose another port with --listen", port);
    else if (rc == RC_DENIED)
        say_fault("port %u is not for this user to take; choose one above 1023 with --listen", port);
    else if (rc == RC_INVALID)
        say_fault("--listen: “%.*s” is no address of this machine", SPAN_ARGS(at));
    else
        say_fault("cannot listen on %.*s: %s", SPAN_ARGS(at), strerror(errno));
    return end(s, EXIT_TROUBLE);
}

static bool listen_on(struct start *s, struct span at, uint16_t *port_out, bool may_lack)
{
    struct span address;
    uint16_t port = 0;
    enum rc rc;
    int fd;

    (void)server_listen_parse(at, &address, &port);
    if ((s->is_demo || s->preview || s->ahead_us) && !is_loopback(address)) {
        say_fault("“%.*s” can be reached from elsewhere; a preview, and --at, are for this machine alone: listen on "
                  "127.0.0.1 or [::1]",
                  SPAN_ARGS(at));
        return end(s, EXIT_TROUBLE);
    }
    rc = http_listen(address, port, &fd, port_out);
    if (rc == RC_OK) {
        s->plan.listen[s->plan.orders.listeners++] = fd;
        put_address(s, address, *port_out);
        return true;
    }
    return may_lack && rc != RC_CONFLICT ? true : listen_fault(s, at, port, rc);
}

static bool listen_everywhere(struct start *s)
{
    uint16_t port = 0;

    for (size_t i = 0; i < s->listen_count; i++)
        if (!listen_on(s, s->listen[i], &port, false))
            return false;
    if (s->listen_count)
        return true;
    if (!listen_on(s, S("127.0.0.1:8080"), &port, false))
        return false;
    return !s->is_demo || listen_on(s, S("[::1]:8080"), &port, true); /* a machine may be without IPv6 */
}

/* ---- the data folder ---- */

static const char *in_data(struct start *s, const char *name)
{
    return arena_cstr(s->arena, arena_printf(s->arena, "%s/%s", s->data, name));
}

/* What core and mailer are let into, each into its own: a sandbox names what is there. */
static bool prepare_folders(struct start *s)
{
    const char *journal = in_data(s, ORDERS_JOURNAL);

    (void)mkdir(in_data(s, DB_FOLDER), 0700);
    (void)mkdir(in_data(s, ORDERS_DKIM), 0700);
    s->plan.journal = open(journal, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (s->plan.journal >= 0)
        return true;
    say_fault("%s cannot be opened: %s", journal, strerror(errno));
    return end(s, EXIT_TROUBLE);
}

/* Made here, because the parent's sandbox has to name it; whose it is and who has it core says, with the lock. */
static bool prepare_data(struct start *s)
{
    struct stat st;

    (void)mkdir(s->data, 0700);
    if (stat(s->data, &st) != 0) {
        say_fault("the data folder %s cannot be used: %s", s->data, strerror(errno));
        return end(s, EXIT_TROUBLE);
    }
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        return true;
    if (control_listen(s->data, &s->plan.control) != RC_OK) {
        say_fault("no control socket can be made in the data folder %s: %s", s->data, strerror(errno));
        return end(s, EXIT_TROUBLE);
    }
    s->plan.orders.has_control = true;
    return prepare_folders(s);
}

/* A demo brings its own. */
static bool prepare_demo(struct start *s)
{
    struct demo_store demo = {0};
    int code;

    if (!s->is_demo)
        return true;
    code = demo_store_make(s->arena, s->folder, (struct instant){clock_now().us + s->ahead_us}, &demo);
    if (code != EXIT_FINE)
        return end(s, code);
    s->data = demo.data;
    s->preview = arena_cstr(s->arena, demo.host);
    return true;
}

static int run(struct start *s, int argc, char **argv)
{
    struct orders *orders = &s->plan.orders;

    if (!read_command_line(s, argc, argv) || !read_config(s) || !listen_everywhere(s) || !prepare_demo(s) ||
        !prepare_data(s))
        return s->exit_code;
    orders->data = whole_path(s, s->data);
    orders->preview = span_of(s->preview);
    orders->ahead_us = s->ahead_us;
    s->plan.mailer.data = orders->data;
    s->plan.mailer.ahead_us = s->ahead_us;
    if (orders->keeps_keys)
        s->plan.mailer.server_key = orders->server_key.n
                                        ? orders->server_key
                                        : arena_printf(s->arena, "%.*s/" ORDERS_SERVER_KEY, SPAN_ARGS(orders->data));
    orders->since = clock_now();
    if (s->is_demo)
        buf_printf(s->hello, "%s is served for this machine alone; stop with Ctrl-C\n", s->folder);
    s->plan.hello = arena_cstr(s->arena, buf_span(s->hello));
    s->exit_code = parent_run(s->arena, &s->plan);
    control_forget(s->data, &s->plan.control);
    return s->exit_code;
}

static int start(bool is_demo, int argc, char **argv)
{
    struct start s = {.arena = arena_open(START_MEMORY), .is_demo = is_demo, .plan = {.control.fd = -1, .journal = -1}};
    int code;

    s.hello = buf_new(s.arena, HELLO_MAX);
    code = run(&s, argc, argv);
    arena_close(&s.arena);
    return code;
}

int command_serve(int argc, char **argv)
{
    return start(false, argc, argv);
}

int command_demo(int argc, char **argv)
{
    return start(true, argc, argv);
}
