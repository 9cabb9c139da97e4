/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * bench_leaflet DIR KEY TIMES: sets that newsletter as a leaflet so often, each time as a command does, with a helper of
 * its own, from the compiled text to the bytes of the PDF. Prints the median of the milliseconds that passed, the mean of
 * those that were computed, and how many pages there are.
 */
#include "main/compile.h"
#include "main/options.h"
#include "news/news_leaflet.h"
#include "paper/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { TIMES_MOST = 1000 };

static double now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double in_ms(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static double computed_ms(void)
{
    struct rusage own;
    struct rusage helpers;

    (void)getrusage(RUSAGE_SELF, &own);
    (void)getrusage(RUSAGE_CHILDREN, &helpers);
    return in_ms(own.ru_utime) + in_ms(own.ru_stime) + in_ms(helpers.ru_utime) + in_ms(helpers.ru_stime);
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

static size_t count_pages(struct span pdf)
{
    size_t count = 0;
    size_t at;

    while ((at = span_find(pdf, S("/Type/Page/"))) != SPAN_NONE) {
        pdf = span_from(pdf, at + 1);
        count++;
    }
    return count;
}

static bool set_once(const struct compiled *compiled, const struct entry *e, size_t *pages_out)
{
    const struct paper_job job = {.limits = paper_limits_default()};
    struct arena *a = arena_open((size_t)256 * 1024 * 1024);
    struct paper_problem problem;
    struct leaflet leaflet;
    struct span pdf;
    bool is_set = news_leaflet(a, &compiled->site, &compiled->library, e, LEAFLET_LETTER, &leaflet) == RC_OK &&
                  paper_leaflet(a, &job, &leaflet, &pdf, &problem) == RC_OK;

    if (is_set)
        *pages_out = count_pages(pdf);
    arena_close(&a);
    return is_set;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open(COMPILE_MEMORY);
    size_t times = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    struct instant at = {0};
    struct compiled compiled;
    struct span fault;
    const struct entry *e;
    double took[TIMES_MOST];
    double computed;
    size_t pages = 0;

    if (times == 0 || times > TIMES_MOST || !instant_parse(S("2026-12-01T12:00:00Z"), &at) ||
        compile_folder(a, argv[1], NULL, at, false, &compiled, &fault) != RC_OK)
        return 1;
    e = campaign_entry_named(compiled.campaign, ENTRY_NEWS, span_of(argv[2]));
    if (e == NULL || !set_once(&compiled, e, &pages))
        return 1;
    computed = computed_ms();
    for (size_t i = 0; i < times; i++) {
        double start = now_ms();

        if (!set_once(&compiled, e, &pages))
            return 1;
        took[i] = now_ms() - start;
    }
    qsort(took, times, sizeof *took, by_size);
    printf("%.1f %.1f %zu\n", took[times / 2], (computed_ms() - computed) / (double)times, pages);
    arena_close(&a);
    return 0;
}
