/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The core: takes its orders, closes itself in, opens store and pages, answers until it is told to stop.
 *
 * Order matters. The lock, the server's key and the control socket's name come before the sandbox, which forbids making
 * them; everything that reads content or hears a stranger comes after it. Threads start after it too: Landlock holds for the thread that
 * enters it and those it starts.
 */
#define _GNU_SOURCE
#include "main/roles.h"

#include "http/log.h"
#include "mail/journal.h"
#include "main/channel.h"
#include "main/command.h"
#include "main/control.h"
#include "main/core_exchange.h"
#include "main/core_import.h"
#include "main/core_keys.h"
#include "main/core_mail.h"
#include "main/core_preview.h"
#include "main/core_store.h"
#include "main/exchange_wire.h"
#include "main/holder.h"
#include "main/import_step.h"
#include "main/keys_step.h"
#include "main/preview_step.h"
#include "rights/rights_web.h"
#include "main/server_key.h"
#include "sandbox/sandbox.h"
#include "search/search_web.h"
#include "subscribe/subscribe_web.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CORE_MEMORY = 4 * 1024 * 1024,
    MAILING_MEMORY = 256 * 1024 * 1024,
    REQUEST_MEMORY = 64 * 1024 * 1024,
    SAID_MAX = 1024 * 1024,
    LARGE_BLOCK = 512 * 1024
};

struct core {
    struct arena *arena;
    const struct core_more *more; /* may be null */
    struct orders orders;
    struct sandbox sandbox;
    struct instant since;
    struct db_lock *lock;
    struct server_key *key;
    struct core_store *store;
    struct core_exchange *exchange;
    struct live *live;
    struct mailing_holder holder;
    struct core_mail *mail;
    struct control *control;
    struct http_server *http;
};

/* For handlers, which get a request and nothing else. Set before the first of them runs, never after. */
static struct {
    struct live *live;
    int64_t ahead_us;
} shared;

static struct instant clock_ours(void)
{
    return (struct instant){clock_now().us + shared.ahead_us};
}

/* ---- pages ---- */

static void on_page(struct req *rq)
{
    live_send(shared.live, rq);
}

/* Every public address: which there are, live.h knows. */
static const struct route page_rows[] = {
    ROUTE_GET("/", HTTP_WHO_EVERYONE, on_page, HTTP_CACHEABLE),
    ROUTE_GET("/+path", HTTP_WHO_EVERYONE, on_page, HTTP_CACHEABLE),
};
static const struct route_table tables[] = {
    {rights_routes, COUNT(rights_routes)},
    {search_routes, SEARCH_ROUTE_COUNT},
    {subscribe_routes, SUBSCRIBE_LANGUAGES *SUBSCRIBE_ROUTES_EACH},
    {page_rows, COUNT(page_rows)},
};

const struct route_table *core_route_tables(size_t *count_out)
{
    *count_out = COUNT(tables);
    return tables;
}

/* ---- the control socket ---- */

static void put_sandbox(const struct core *c, struct buf *out)
{
    buf_printf(out, "sandbox: seccomp %s, ", c->sandbox.has_seccomp ? "on" : "off (a build for tests)");
    if (c->sandbox.landlock)
        buf_printf(out, "Landlock on (version %d of the kernel's)\n", c->sandbox.landlock);
    else
        buf_printf(out, "Landlock OFF (%s)\n",
                   c->orders.skips_landlock ? "landlock = no in server.ini" : "this kernel has none");
}

static void on_status(void *ctx, struct control_call *call)
{
    struct core *c = ctx;
    struct buf *out = buf_new(call->arena, SAID_MAX);
    size_t before;

    buf_put(out, S("breakroom " BREAKROOM_VERSION ", running since "));
    instant_put(out, c->orders.since);
    buf_printf(out, "\ncore: process %d since ", getpid());
    instant_put(out, c->since);
    buf_printf(out, ", started again %llu times\n", (unsigned long long)c->orders.restarts);
    put_sandbox(c, out);
    core_store_status_put(c->store, out);
    live_status_put(c->live, out);
    core_exchange_status_put(c->exchange, out);
    core_mail_status_put(c->mail, out);
    subscribe_status_put(out);
    buf_put(out, S("last faults:"));
    before = out->n;
    buf_char(out, '\n');
    log_faults_put(out);
    if (out->n == before + 1)
        buf_put(out, S("  none\n"));
    control_ok(call, buf_span(out));
}

static void on_counters(void *ctx, struct control_call *call)
{
    struct core *c = ctx;
    struct buf *out = buf_new(call->arena, SAID_MAX);

    http_server_counters(c->http, out);
    live_counters_put(c->live, out);
    core_store_counters_put(c->store, out);
    control_ok(call, buf_span(out));
}

static void on_look(void *ctx, struct control_call *call)
{
    core_exchange_look(((struct core *)ctx)->exchange, call);
}

static void on_write(void *ctx, struct control_call *call)
{
    core_exchange_write(((struct core *)ctx)->exchange, call);
}

static void on_dump(void *ctx, struct control_call *call)
{
    core_exchange_dump(((struct core *)ctx)->exchange, call);
}

static void on_published(void *ctx, struct control_call *call)
{
    core_exchange_published(((struct core *)ctx)->exchange, call);
}

static void on_keys(void *ctx, struct control_call *call)
{
    struct core *c = ctx;

    core_keys(core_store_db(c->store), c->orders.url, clock_ours(), call);
}

static void on_import(void *ctx, struct control_call *call)
{
    struct core *c = ctx;

    core_import(core_store_db(c->store), c->orders.url, clock_ours(), call);
}

static void on_mailing(void *ctx, struct control_call *call)
{
    core_mailing(core_mail_mailing(((struct core *)ctx)->mail), call);
}

static void on_preview(void *ctx, struct control_call *call)
{
    struct core *c = ctx;

    core_preview(core_store_db(c->store), c->orders.url, clock_ours(), call);
}

static const struct control_verb verbs[] = {
    {SPAN_INIT("status"), 0, 0, on_status},
    {SPAN_INIT("counters"), 0, 0, on_counters},
    {SPAN_INIT(EXCHANGE_LOOK), EXCHANGE_BODY_MOST, COMPILE_MEMORY, on_look},
    {SPAN_INIT(EXCHANGE_WRITE), EXCHANGE_BODY_MOST, COMPILE_MEMORY, on_write},
    {SPAN_INIT(EXCHANGE_DUMP), EXCHANGE_BODY_MOST, COMPILE_MEMORY, on_dump},
    {SPAN_INIT(EXCHANGE_PUBLISHED), EXCHANGE_BODY_MOST, COMPILE_MEMORY, on_published},
    {SPAN_INIT(KEYS_VERB), KEYS_BODY_MOST, 0, on_keys},
    {SPAN_INIT(SEND_VERB), SEND_CALL_MOST, MAILING_MEMORY, on_mailing},
    {SPAN_INIT(PREVIEW_VERB), PREVIEW_CALL_MOST, MAILING_MEMORY, on_preview},
    {SPAN_INIT(IMPORT_VERB), IMPORT_BODY_MOST, IMPORT_CALL_MEMORY, on_import},
};

/* ---- starting ---- */

static bool take_orders(struct core *c)
{
    struct span said;

    if (channel_orders(arena_alloc(c->arena, ORDERS_MESSAGE_MAX), &said) && orders_read(said, &c->orders) &&
        c->orders.listeners <= HTTP_LISTEN_MAX)
        return true;
    say_fault(ROLE_CORE " is started by “breakroom serve” alone");
    return false;
}

static bool take_data_folder(struct core *c, const char *data)
{
    struct db_fault why = {0};

    if (db_lock(data, &c->lock, &why) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "%s", why.text);
    if (c->orders.has_control && control_name(data) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "the control socket %s/control cannot be made: %s", data, strerror(errno));
    return true;
}

/* Before the sandbox, which does not know where it is. */
static bool take_key(struct core *c, const char *data)
{
    struct span why = {0};
    bool is_new = false;

    if (server_key_take(c->arena, data, c->orders.server_key, &c->key, &is_new, &why) != RC_OK ||
        holder_take(c->arena, data, &c->holder, &why) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "%.*s", SPAN_ARGS(why));
    server_key_narrow(c->key); /* here strangers are answered */
    if (is_new)
        LOG_HOUSE("core.server_key_made", KV_INT("pid", getpid()));
    return true;
}

void core_sandbox(struct arena *a, const struct orders *orders, struct sandbox_plan *plan_out)
{
    static const char *const places[] = {"/etc",
                                         "/usr/lib",
                                         "/lib",
                                         "/run/systemd/resolve",
                                         "/run/postgresql",
                                         "/var/run/postgresql",
                                         "/usr/share/ca-certificates",
                                         "/proc/sys"};
    size_t n = 0;

    *plan_out = (struct sandbox_plan){
        .role = SANDBOX_CORE,
        .connects = orders->url.n > 0,
        .needs_landlock = orders->needs_landlock,
        .skips_landlock = orders->skips_landlock,
    };
    plan_out->read[n++] = "/usr/share/zoneinfo";
    plan_out->read[n++] = arena_cstr(a, arena_printf(a, "%.*s/" ORDERS_JOURNAL, SPAN_ARGS(orders->data)));
    for (size_t i = 0; plan_out->connects && i < COUNT(places); i++) /* the look-up of a name, and TLS */
        plan_out->read[n++] = places[i];
    /* not the whole data folder: the keys that letters are signed with are there */
    plan_out->write[0] = arena_cstr(a, arena_printf(a, "%.*s/" DB_FOLDER, SPAN_ARGS(orders->data)));
}

static bool close_in(struct core *c)
{
    struct sandbox_plan plan;
    struct span why;

    if (journal_prepare() != RC_OK)
        return channel_fault(EXIT_TROUBLE, "the kernel does not say which boot of the machine this is");
    core_sandbox(c->arena, &c->orders, &plan);
    if (sandbox_enter(c->arena, &plan, &c->sandbox, &why) == RC_OK) {
        if (c->sandbox.landlock == 0)
            LOG_HOUSE("core.without_landlock", KV_INT("as_asked", c->orders.skips_landlock));
        return true;
    }
    return channel_fault(EXIT_TROUBLE, "%.*s", SPAN_ARGS(why));
}

static bool open_content(struct core *c)
{
    struct live_options options = {
        .clock = clock_ours,
        .preview = c->orders.preview,
        .keep_most = (size_t)c->orders.keep_most,
        .keeps_keys = c->orders.keeps_keys,
    };
    struct span why = {0};
    enum rc rc;

    if (core_store_open(c->arena, c->lock, c->orders.url, clock_ours(), c->more, &c->store, &why) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "%.*s", SPAN_ARGS(why));
    core_store_has_mail(c->store, c->orders.has_smart_host || (c->more && c->more->postbox));
    options.source = core_store_source(c->store);
    options.store = core_store_db(c->store);
    c->exchange = core_exchange_open(core_store_db(c->store), c->orders.url, clock_ours);
    rc = live_open(c->arena, &options, &c->live, &why);
    if (rc != RC_OK)
        return channel_fault(EXIT_TROUBLE, "%.*s", SPAN_ARGS(why));
    shared.live = c->live;
    page_desk_from(&(struct page_desk_source){c->live, live_desk_open, live_desk_close});
    core_store_tells(c->store, c->live);
    return true;
}

/* Letters go out through the mailer, as soon as the parent brings us together. */
static bool open_mail(struct core *c)
{
    const struct core_mail_options options = {
        .store = core_store_db(c->store),
        .url = c->orders.url,
        .data = c->orders.data,
        .key = c->key,
        .holder = c->holder,
        .clock = clock_ours,
        .live = c->live,
        .site_rate = c->orders.site_rate,
        .site_burst = c->orders.site_burst,
        .keeps_keys = c->orders.keeps_keys,
        .has_smart_host = c->orders.has_smart_host,
    };

    if (core_mail_open(&options, &c->mail) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "the system gives no more threads or memory");
    if (c->more && c->more->postbox)
        mail_postbox_is(c->more->postbox);
    return true;
}

static bool open_doors(struct core *c)
{
    int next = ORDERS_CHANNEL + 1;
    struct route_table *all = ARENA_ARRAY(c->arena, struct route_table, COUNT(tables) + 1);
    struct http_options options = {
        .tables = all,
        .table_count = COUNT(tables),
        .context = c->live,
        .host = live_host,
        .error_page = live_error_page,
        .clock = clock_ours,
        .scheme = c->orders.is_https ? "https" : "http",
        .proxy = c->orders.proxy,
        .arena_max = REQUEST_MEMORY,
    };
    enum rc rc;
    int control = c->orders.has_control ? next++ : -1;

    const struct subscribe_options subscribe = {
        .key = c->key,
        .letters_a_person = (unsigned)c->orders.confirmations_a_person,
        .letters_a_campaign = (unsigned)c->orders.confirmations_a_campaign,
    };

    memcpy(all, tables, sizeof tables);
    if (c->more)
        all[options.table_count++] = c->more->routes;
    while (options.listen_count < c->orders.listeners)
        options.listen[options.listen_count++] = next++;
    rc = subscribe_open(&subscribe);
    if (rc == RC_OK)
        rc = http_server_open(&options, &c->http);
    if (rc == RC_OK && control >= 0)
        rc = control_open(control, verbs, COUNT(verbs), c, &c->control);
    return rc == RC_OK || channel_fault(EXIT_TROUBLE, "the system gives no more threads or memory");
}

/* What a compile gave back is to go back to the system. By itself malloc learns from the first large block that is
 * freed to keep all of that size, each thread its own; four loads later a campaign had four times the memory. */
static void settle_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    (void)mallopt(M_TRIM_THRESHOLD, 4 * LARGE_BLOCK); /* a page's own blocks stay for the next page */
}

/* ---- living, and stopping ---- */

/* Says that it lives, after passing through the locks that every request passes through: threads that wait for each
 * other say nothing. */
static void answer_beat(struct core *c, struct arena *a)
{
    int64_t campaign;

    arena_reset(a);
    (void)live_host(c->live, S(""), &campaign);
    http_server_counters(c->http, buf_new(a, SAID_MAX));
    channel_alive();
}

/* Until the parent says so, or is no more. */
static void wait_for_stop(struct core *c)
{
    struct pollfd channel = {.fd = ORDERS_CHANNEL, .events = POLLIN};
    struct arena *a = arena_open(2 * (size_t)SAID_MAX);
    enum channel_word word = CHANNEL_NOTHING;
    struct channel_peer peer;

    while (word != CHANNEL_STOP) {
        (void)poll(&channel, 1, -1);
        word = channel_hear(&peer);
        if (word == CHANNEL_BEAT)
            answer_beat(c, a);
        else if (word == CHANNEL_PEER)
            mailer_link_take(core_mail_link(c->mail), peer.fd,
                             &(struct mailer_process){.pid = peer.pid, .since = peer.since, .restarts = peer.restarts});
    }
    arena_close(&a);
}

static void close_all(struct core *c)
{
    http_server_close(&c->http, ORDERS_STOP_SECONDS * 1000);
    core_mail_stop(c->mail); /* who waits for it at the control socket is waited for next */
    control_close(&c->control);
    subscribe_close();
    core_mail_close(&c->mail);
    core_exchange_close(&c->exchange);
    if (c->store)
        core_store_tells(c->store, NULL);
    live_close(&c->live);
    core_store_close(&c->store);
    server_key_close(&c->key);
    if (c->lock)
        db_unlock(&c->lock);
    arena_close(&c->arena);
}

int core_run(const struct core_more *more)
{
    struct core c = {.arena = arena_open(CORE_MEMORY), .more = more, .since = clock_now()};
    const char *data = NULL;
    bool is_open;

    (void)prctl(PR_SET_NAME, "breakroom-core");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* the terminal tells the whole group; the parent decides */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)umask(0077);
    settle_memory();
    if (!take_orders(&c)) {
        arena_close(&c.arena);
        return EXIT_TROUBLE;
    }
    shared.ahead_us = c.orders.ahead_us;
    data = arena_cstr(c.arena, c.orders.data);
    is_open = take_data_folder(&c, data) && take_key(&c, data) && close_in(&c) && open_content(&c) && open_mail(&c) &&
              open_doors(&c);
    if (is_open) {
        channel_ready();
        LOG_HOUSE("core.ready", KV_INT("pid", getpid()), KV_INT("restarts", c.orders.restarts));
        wait_for_stop(&c);
    }
    close_all(&c);
    if (is_open)
        LOG_HOUSE("core.stopped", KV_INT("pid", getpid()));
    return is_open ? EXIT_FINE : EXIT_TROUBLE;
}
