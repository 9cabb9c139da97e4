/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pages of a campaign that a test put together: which there are, what they are rendered to, what stands in that.
 */
#ifndef TESTS_FIXTURE_PAGES_H
#define TESTS_FIXTURE_PAGES_H

#include "fixture_folder.h"
#include "main/compile.h"

#include "fixture_reader.h"

struct shop {
    struct arena *arena;
    struct compiled out;
};

static inline void close_shop(struct shop *s)
{
    arena_close(&s->arena);
}

/* Null: there is no such page. */
static inline const struct page_row *row_at(struct shop *s, const char *path)
{
    for (size_t i = 0; i < s->out.rows->list.count; i++)
        if (span_eq(s->out.rows->list.items[i].path, span_of(path)))
            return &s->out.rows->list.items[i];
    return NULL;
}

static inline struct span render(struct shop *s, const char *path)
{
    const struct page_row *row = row_at(s, path);

    assert_non_null(row);
    return row->render(s->arena, &s->out.site, &s->out.library, row);
}

/* How often they stand there. */
static inline size_t times(struct span page, const char *words)
{
    size_t n = 0;

    for (size_t at; (at = span_find(page, span_of(words))) != SPAN_NONE; n++)
        page = span_from(page, at + 1);
    return n;
}

/* Says what the page is, where they are missing. */
static inline bool has(struct span page, const char *words)
{
    bool found = times(page, words) > 0;

    if (!found)
        print_message("no “%s” in:\n%.*s\n", words, SPAN_ARGS(page));
    return found;
}

#endif
