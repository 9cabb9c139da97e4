/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A server to be tormented: every kind of route and answer that src/http has, and nothing of Breakroom's pages.
 *
 * house [KEY=VALUE…] prints "port N", then obeys lines on its standard input: "routes" and "counters" print, "stop"
 * (or the end of input) closes the server, prints "stopped" and ends.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http/form.h"
#include "http/http.h"
#include "http/log.h"

enum { PAGE_LEN = 14 * 1024, FILE_LEN = 1000 * 1000, HOME_CAMPAIGN = 7 };

static struct http_ready *home;
static struct http_ready *plain;
static int file_fd;

static void home_get(struct req *rq)
{
    http_send_ready(rq, home);
}

static void plain_get(struct req *rq)
{
    http_send_ready(rq, plain);
}

static void echo_get(struct req *rq)
{
    struct buf *b = buf_new(rq->arena, 64 * 1024);
    struct span q = {0};

    buf_printf(b, "%lld [%.*s] [%.*s]", (long long)rq->campaign, SPAN_ARGS(http_param(rq, S("a"))),
               SPAN_ARGS(http_param(rq, S("b"))));
    if (http_query(rq, S("q"), &q))
        buf_printf(b, " q=%.*s", SPAN_ARGS(q));
    http_send(rq, &(struct http_answer){.type = "text/plain; charset=utf-8"}, buf_span(b));
}

static void literal_get(struct req *rq)
{
    http_send_html(rq, 200, S("literal"));
}

static void rest_get(struct req *rq)
{
    http_send(rq, &(struct http_answer){.type = "text/plain", .attachment = http_param(rq, S("name"))},
              arena_dup(rq->arena, http_param(rq, S("name"))));
}

static void file_get(struct req *rq)
{
    http_send_file(
        rq, &(struct http_answer){.type = "application/octet-stream", .etag = S("file1"), .cache = HTTP_IMMUTABLE},
        fcntl(file_fd, F_DUPFD_CLOEXEC, 0), FILE_LEN);
}

static void memory_get(struct req *rq)
{
    http_send(rq, &(struct http_answer){.type = "text/plain", .etag = S("mem-1"), .cache = HTTP_REVALIDATE},
              S("0123456789"));
}

static long query_ms(struct req *rq)
{
    struct span ms;
    uint64_t value = 300;

    if (http_query(rq, S("ms"), &ms))
        (void)span_to_u64(ms, 60000, &value);
    return (long)value;
}

static void sleep_ms(long ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void slow_get(struct req *rq)
{
    sleep_ms(query_ms(rq));
    http_send_html(rq, 200, S("slow but sure"));
}

static void *answer_later(void *arg)
{
    struct req *rq = arg;

    sleep_ms(query_ms(rq));
    http_send_html(rq, 200, S("from elsewhere"));
    http_unpark(rq);
    return NULL;
}

static void parked_get(struct req *rq)
{
    pthread_t thread;

    http_park(rq);
    CHECK(pthread_create(&thread, NULL, answer_later, rq) == 0);
    (void)pthread_detach(thread);
}

static void handed_on(struct req *rq) /* worker → another thread */
{
    parked_get(rq);
}

static void handed_get(struct req *rq)
{
    http_hand_over(rq, handed_on);
}

static void silent_get(struct req *rq)
{
    (void)rq;
}

static void twice_get(struct req *rq)
{
    http_send_html(rq, 200, S("first"));
    http_send_html(rq, 200, S("second"));
}

static void away_get(struct req *rq)
{
    struct span to = S("/");

    (void)http_query(rq, S("to"), &to);
    http_see_other(rq, to);
}

struct join {
    struct span name;
    struct span note;
    int language;
    bool agree;
    int64_t years;
};

static const struct span languages[] = {SPAN_INIT(""), SPAN_INIT("en"), SPAN_INIT("es")};

static const struct form_field join_fields[] = {
    FORM_TEXT(struct join, name, .required = true, .max = 20),
    FORM_TEXT(struct join, note, .lines = true, .max = 1000),
    FORM_ENUM(struct join, language, languages, .required = true),
    FORM_BOOL(struct join, agree, .required = true),
    FORM_INT(struct join, years, .least = 1, .most = 60),
};

static void join_post(struct req *rq)
{
    struct join form = {0};
    struct form_errors errors;
    struct buf *b;
    enum rc rc = form_parse(rq, join_fields, COUNT(join_fields), &form, &errors);

    if (rc == RC_OK) {
        http_see_other(rq, S("/literal"));
        return;
    }
    if (rc == RC_DENIED) {
        http_error(rq, 400);
        return;
    }
    b = buf_new(rq->arena, 64 * 1024);
    for (size_t i = 0; i < COUNT(join_fields); i++)
        buf_printf(b, "%.*s=%d [%.*s]\n", SPAN_ARGS(join_fields[i].name), (int)errors.faults[i],
                   SPAN_ARGS(errors.typed[i]));
    http_send(rq, &(struct http_answer){.status = 422, .type = "text/plain; charset=utf-8"}, buf_span(b));
}

static void length_post(struct req *rq)
{
    struct buf *b = buf_new(rq->arena, 64);

    buf_u64(b, rq->body.n);
    http_send_html(rq, 200, buf_span(b));
}

static void office_get(struct req *rq)
{
    http_send_html(rq, 200, S("office"));
}

static const struct route rows[] = {
    ROUTE_GET("/", HTTP_WHO_EVERYONE, home_get, HTTP_CACHEABLE),
    ROUTE_GET("/plain", HTTP_WHO_EVERYONE, plain_get, HTTP_CACHEABLE),
    ROUTE_GET("/literal", HTTP_WHO_EVERYONE, literal_get, HTTP_IN_PLACE),
    ROUTE_GET("/echo/:a/:b", HTTP_WHO_EVERYONE, echo_get, HTTP_IN_PLACE),
    ROUTE_GET("/echo/:a/fixed", HTTP_WHO_EVERYONE, literal_get, HTTP_IN_PLACE),
    ROUTE_GET("/rest/+name", HTTP_WHO_EVERYONE, rest_get, HTTP_IN_PLACE),
    ROUTE_GET("/file", HTTP_WHO_EVERYONE, file_get, HTTP_IN_PLACE),
    ROUTE_GET("/memory", HTTP_WHO_EVERYONE, memory_get, HTTP_IN_PLACE),
    ROUTE_GET("/slow", HTTP_WHO_EVERYONE, slow_get, HTTP_WORKER),
    ROUTE_GET("/parked", HTTP_WHO_EVERYONE, parked_get, HTTP_IN_PLACE),
    ROUTE_GET("/handed", HTTP_WHO_EVERYONE, handed_get, HTTP_IN_PLACE),
    ROUTE_GET("/silent", HTTP_WHO_EVERYONE, silent_get, HTTP_IN_PLACE),
    ROUTE_GET("/silent-worker", HTTP_WHO_EVERYONE, silent_get, HTTP_WORKER),
    ROUTE_GET("/twice", HTTP_WHO_EVERYONE, twice_get, HTTP_IN_PLACE),
    ROUTE_GET("/away", HTTP_WHO_EVERYONE, away_get, HTTP_IN_PLACE),
    ROUTE_POST("/join", HTTP_WHO_EVERYONE, join_post, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_FORM, 4096, HTTP_WORKER),
    ROUTE_POST("/literal", HTTP_WHO_EVERYONE, length_post, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_SIGN, 1000, HTTP_IN_PLACE),
    ROUTE_POST("/leave", HTTP_WHO_EVERYONE, length_post, HTTP_CSRF_ANY_ORIGIN, HTTP_RATE_FORM, 100, HTTP_IN_PLACE),
    ROUTE_POST("/upload", HTTP_WHO_EVERYONE, length_post, HTTP_CSRF_ANY_ORIGIN, HTTP_RATE_FORM, 300000, HTTP_WORKER),
};

static const struct route office_rows[] = {
    ROUTE_GET("/office", HTTP_WHO_WRITER, office_get, HTTP_IN_PLACE),
    ROUTE_GET("/office/list", HTTP_WHO_ORGANIZER, office_get, HTTP_WORKER),
    ROUTE_POST("/office/send", HTTP_WHO_LEAD, length_post, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_LOGIN, 1000, HTTP_WORKER),
    ROUTE_POST("/office/packet", HTTP_WHO_ATTORNEY, length_post, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_FORM, 1000,
               HTTP_IN_PLACE),
};

static const struct route_table tables[] = {{rows, COUNT(rows)}, {office_rows, COUNT(office_rows)}};

/* ---- callbacks ---- */

static bool host_is(void *context, struct span host, int64_t *campaign_out)
{
    (void)context;
    *campaign_out = HOME_CAMPAIGN;
    return span_eq(host, S("127.0.0.1")) || span_eq(host, S("localhost")) || span_eq(host, S("[::1]")) ||
           span_eq(host, S("bayside.example"));
}

static const struct span roles[HTTP_WHO_COUNT] = {
    [HTTP_WHO_WRITER] = SPAN_INIT("writer"),
    [HTTP_WHO_ORGANIZER] = SPAN_INIT("organizer"),
    [HTTP_WHO_LEAD] = SPAN_INIT("lead"),
    [HTTP_WHO_ATTORNEY] = SPAN_INIT("attorney"),
};

static bool may(void *context, struct req *rq, enum http_who who)
{
    struct span role;

    (void)context;
    return http_header(rq, S("X-Role"), &role) && span_eq(role, roles[who]);
}

static void error_page(void *context, struct req *rq, unsigned status)
{
    struct buf *b = buf_new(rq->arena, 256);

    (void)context;
    buf_printf(b, "page of error %u in campaign %lld", status, (long long)rq->campaign);
    http_send_html(rq, status, buf_span(b));
}

/* ---- fixtures ---- */

static struct http_ready *make_home(struct arena *a)
{
    struct span bodies[HTTP_ENCODINGS];
    char *page = arena_alloc(a, PAGE_LEN);

    for (size_t i = 0; i < PAGE_LEN; i++)
        page[i] = "the quick brown fox\n"[(i * i + i / 7) % 20];
    bodies[HTTP_IDENTITY] = (struct span){page, PAGE_LEN};
    CHECK(http_encode(a, HTTP_GZIP, bodies[HTTP_IDENTITY], &bodies[HTTP_GZIP]) == RC_OK);
    CHECK(http_encode(a, HTTP_BROTLI, bodies[HTTP_IDENTITY], &bodies[HTTP_BROTLI]) == RC_OK);
    return http_ready_new(
        &(struct http_answer){
            .type = "text/html; charset=utf-8", .etag = S("home1"), .cache = HTTP_MINUTE, .language = "en"},
        bodies);
}

static struct http_ready *make_plain(void)
{
    struct span bodies[HTTP_ENCODINGS] = {[HTTP_IDENTITY] = S("plain")};

    return http_ready_new(&(struct http_answer){.type = "text/plain"}, bodies);
}

static int make_file(void)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    char block[1000];

    CHECK(fd >= 0);
    for (int i = 0; i < FILE_LEN / 1000; i++) {
        (void)memset(block, 'a' + i % 26, sizeof block);
        CHECK(write(fd, block, sizeof block) == (ssize_t)sizeof block);
    }
    return fd;
}

/* KEY=N into the options. */
static void set(struct http_options *o, const char *arg)
{
    const char *eq = strchr(arg, '=');
    struct span key;
    unsigned n;

    CHECK(eq != NULL);
    key = (struct span){arg, (size_t)(eq - arg)};
    n = (unsigned)strtoul(eq + 1, NULL, 10);
    if (span_eq(key, S("threads")))
        o->threads = n;
    else if (span_eq(key, S("workers")))
        o->workers = n;
    else if (span_eq(key, S("connections")))
        o->connections_max = n;
    else if (span_eq(key, S("a_peer")))
        o->connections_a_peer = n;
    else if (span_eq(key, S("head")))
        o->head_seconds = n;
    else if (span_eq(key, S("idle")))
        o->idle_seconds = n;
    else if (span_eq(key, S("proxy")))
        o->proxy = span_of(eq + 1);
    else if (span_eq(key, S("rate")))
        for (size_t i = 0; i < HTTP_RATE_COUNT; i++)
            o->rates[i] = (struct http_rate_limit){n, n};
    else
        abort();
}

static void print_routes(void)
{
    for (size_t t = 0; t < COUNT(tables); t++)
        for (size_t i = 0; i < tables[t].count; i++) {
            const struct route *r = &tables[t].rows[i];

            printf("route %s %s %s %s %zu\n", r->method == HTTP_GET ? "GET" : "POST", r->path.p,
                   r->who == HTTP_WHO_EVERYONE ? "everyone" : roles[r->who].p,
                   r->csrf == HTTP_CSRF_SAME_ORIGIN ? "same-origin" : "any", r->body_max);
        }
    printf("end\n");
    (void)fflush(stdout);
}

static void print_counters(struct http_server *server)
{
    struct arena *a = arena_open(1024 * 1024);
    struct buf *b = buf_new(a, 256 * 1024);

    http_server_counters(server, b);
    printf("%.*send\n", SPAN_ARGS(buf_span(b)));
    (void)fflush(stdout);
    arena_close(&a);
}

static void obey(struct http_server *server)
{
    char line[64];

    while (fgets(line, sizeof line, stdin) && strcmp(line, "stop\n") != 0) {
        if (strcmp(line, "routes\n") == 0)
            print_routes();
        else if (strcmp(line, "counters\n") == 0)
            print_counters(server);
    }
}

int main(int argc, char **argv)
{
    struct http_options o = {
        .tables = tables, .table_count = COUNT(tables), .host = host_is, .authorize = may, .error_page = error_page};
    struct rlimit files;
    struct http_server *server;
    struct arena *a = arena_open(1024 * 1024);
    uint16_t port;
    uint16_t other;

    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 1; i < argc; i++)
        set(&o, argv[i]);
    home = make_home(a);
    plain = make_plain();
    file_fd = make_file();
    CHECK(http_listen(S("127.0.0.1"), 0, &o.listen[0], &port) == RC_OK);
    o.listen_count = 1;
    if (http_listen(S("::1"), port, &o.listen[1], &other) == RC_OK)
        o.listen_count = 2;
    CHECK(http_server_open(&o, &server) == RC_OK);
    printf("port %u\n", port);
    (void)fflush(stdout);
    obey(server);
    http_server_close(&server, 5000);
    http_ready_drop(&home);
    http_ready_drop(&plain);
    (void)close(file_fd);
    arena_close(&a);
    printf("stopped\n");
    return 0;
}
