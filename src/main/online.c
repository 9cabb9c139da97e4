/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The only file that includes libcurl, and only the command uses it: no server process ever asks the network.
 *
 * A link is asked with HEAD; who does not know HEAD is asked for the first bytes of the page. Eight at a time.
 */
#include "main/online.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <time.h>

enum { AT_ONCE = 8, LINK_SECONDS = 10, ALL_SECONDS = 60, REDIRECTS_MAX = 5 };

struct link {
    struct span address;
    struct prose_pending where; /* the first place that has it */
    CURL *handle;
    bool is_get; /* HEAD was refused */
    char fault[CURL_ERROR_SIZE];
};

struct links {
    LIST(struct link) list;
};

static int by_address(const void *left, const void *right)
{
    return span_cmp(((const struct link *)left)->address, ((const struct link *)right)->address);
}

static void collect(struct arena *a, const struct compiled *compiled, struct links *links)
{
    const struct campaign *c = compiled->campaign;
    size_t kept = 0;

    for (size_t i = 0; i < c->entries.count; i++) {
        const struct prose_doc *doc = compiled->library.docs[i];

        for (size_t k = 0; k < prose_pending_count(doc); k++)
            if (span_starts(prose_pending(doc, k)->address, S("http")))
                *LIST_ADD(a, &links->list) =
                    (struct link){.address = prose_pending(doc, k)->address, .where = *prose_pending(doc, k)};
    }
    for (size_t i = 0; i < c->press.count; i++)
        *LIST_ADD(a, &links->list) =
            (struct link){.address = c->press.items[i].address, .where = {.at = c->press.items[i].at}};
    for (size_t i = 0; i < c->figures.count; i++)
        if (span_starts(c->figures.items[i].source.address, S("http")))
            *LIST_ADD(a, &links->list) =
                (struct link){.address = c->figures.items[i].source.address, .where = {.at = c->figures.items[i].at}};
    if (links->list.count)
        qsort(links->list.items, links->list.count, sizeof *links->list.items, by_address);
    for (size_t i = 0; i < links->list.count; i++)
        if (kept == 0 || !span_eq(links->list.items[i].address, links->list.items[kept - 1].address))
            links->list.items[kept++] = links->list.items[i];
    links->list.count = kept;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl says what it looks like */
static size_t drop(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static bool begin(struct arena *a, CURLM *multi, struct link *link)
{
    CURL *h = curl_easy_init();

    if (h == NULL)
        return false;
    link->handle = h;
    (void)curl_easy_setopt(h, CURLOPT_URL, arena_cstr(a, link->address));
    (void)curl_easy_setopt(h, CURLOPT_PRIVATE, link);
    (void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, link->fault);
    (void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(h, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    (void)curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)LINK_SECONDS);
    (void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, drop);
    (void)curl_easy_setopt(h, CURLOPT_USERAGENT, "breakroom/" BREAKROOM_VERSION " (link check)");
    if (link->is_get)
        (void)curl_easy_setopt(h, CURLOPT_RANGE, "0-1023");
    else
        (void)curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
    return curl_multi_add_handle(multi, h) == CURLM_OK;
}

static void report(struct arena *a, struct diags *d, const struct link *link, struct span what)
{
    diags_add(d, &(struct diag){
                     .code = DIAG_BROKEN_LINK,
                     .only_warns = true,
                     .at = link->where.at,
                     .width = link->where.width,
                     .text = link->where.text,
                     .message = arena_printf(a, "%.*s: %.*s", SPAN_ARGS(link->address), SPAN_ARGS(what)),
                 });
}

/* Takes one answer. True when the link has to be asked again, with GET. */
static bool finish(struct arena *a, CURLM *multi, struct link *link, CURLcode result, struct diags *d)
{
    long status = 0;
    bool again;

    (void)curl_easy_getinfo(link->handle, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_multi_remove_handle(multi, link->handle);
    curl_easy_cleanup(link->handle);
    link->handle = NULL;
    again = !link->is_get && (status == 403 || status == 405 || status == 501);
    if (again)
        link->is_get = true;
    else if (result != CURLE_OK)
        report(a, d, link, arena_printf(a, "%s", link->fault[0] ? link->fault : curl_easy_strerror(result)));
    else if (status >= 400)
        report(a, d, link, arena_printf(a, "answered %ld", status));
    return again;
}

static int64_t seconds(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec;
}

/* Asks all links, AT_ONCE at a time, until the minute is over. */
static void ask(struct arena *a, CURLM *multi, struct links *links, struct diags *d)
{
    int64_t end = seconds() + ALL_SECONDS;
    size_t next = 0;
    size_t open = 0;
    int running = 0;

    while ((next < links->list.count || open) && seconds() < end) {
        CURLMsg *message;
        int left;

        while (open < AT_ONCE && next < links->list.count)
            open += begin(a, multi, &links->list.items[next++]);
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            break;
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            char *owner = NULL;
            struct link *link;

            if (message->msg != CURLMSG_DONE)
                continue;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
            link = (struct link *)(void *)owner;
            if (!finish(a, multi, link, message->data.result, d) || !begin(a, multi, link))
                open--;
        }
        (void)curl_multi_poll(multi, NULL, 0, 200, NULL);
    }
    for (size_t i = 0; i < links->list.count; i++) {
        struct link *link = &links->list.items[i];

        if (link->handle || i >= next)
            report(a, d, link, S("not answered in the minute that all links have"));
        if (link->handle) {
            (void)curl_multi_remove_handle(multi, link->handle);
            curl_easy_cleanup(link->handle);
        }
    }
}

bool online_check(struct arena *a, struct compiled *compiled)
{
    struct links links = {0};
    CURLM *multi;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return false;
    multi = curl_multi_init();
    if (multi) {
        collect(a, compiled, &links);
        ask(a, multi, &links, &compiled->diags);
        (void)curl_multi_cleanup(multi);
        diags_sort(&compiled->diags);
    }
    curl_global_cleanup();
    return multi != NULL;
}
