/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See helper.h.
 */
#define _GNU_SOURCE
#include "paper/helper.h"

#include "sandbox/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { FAILED = 3 };

static void write_all(struct span s)
{
    while (s.n) {
        ssize_t n = write(STDOUT_FILENO, s.p, s.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(FAILED); /* nobody listens any more */
        s = span_from(s, (size_t)n);
    }
}

/* False at the end of input before the first byte. */
static bool read_all(char *p, size_t n)
{
    size_t at = 0;

    while (at < n) {
        ssize_t got = read(STDIN_FILENO, p + at, n - at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 && at == 0)
            return false;
        if (got <= 0)
            _exit(FAILED);
        at += (size_t)got;
    }
    return true;
}

void helper_write_two(enum wire_kind kind, struct span first, struct span second)
{
    char head[WIRE_HEAD];

    wire_head(head, kind, first.n + second.n);
    write_all((struct span){head, sizeof head});
    write_all(first);
    write_all(second);
}

void helper_write(enum wire_kind kind, struct span bytes)
{
    helper_write_two(kind, bytes, (struct span){0});
}

char *helper_read(enum wire_kind kind, size_t *n_out)
{
    char head[WIRE_HEAD];
    struct wire_in in = {{head, sizeof head}, false};
    uint32_t n;
    char *p;

    *n_out = 0;
    if (!read_all(head, sizeof head))
        return NULL;
    if (wire_take_u32(&in) != (uint32_t)kind)
        _exit(FAILED);
    n = wire_take_u32(&in);
    if (n == 0 || n > wire_most(kind))
        _exit(FAILED);
    p = malloc(n);
    if (p == NULL)
        helper_fault(PAPER_MEMORY, 0);
    if (!read_all(p, n))
        _exit(FAILED);
    *n_out = n;
    return p;
}

void helper_fault(enum paper_fault fault, uint32_t page)
{
    char bytes[8] = {(char)fault};

    for (unsigned i = 0; i < 4; i++)
        bytes[4 + i] = (char)(page >> (8 * i) & 0xFF);
    helper_write(WIRE_FAULT, (struct span){bytes, sizeof bytes});
    _exit(FAILED);
}

void helper_end(void)
{
    helper_write(WIRE_END, (struct span){0});
    _exit(0); /* what others registered for the end has no say */
}

void helper_close_in(uint64_t memory)
{
    const char version[4] = {WIRE_VERSION};
    struct arena *a = arena_open(64 * 1024);
    struct sandbox_plan plan = {.role = SANDBOX_HELPER, .memory = memory};
    struct sandbox sandbox;
    struct span why = {0};

    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0 || sandbox_enter(a, &plan, &sandbox, &why) != RC_OK)
        _exit(FAILED);
    arena_close(&a);
    helper_write(WIRE_HELLO, (struct span){version, sizeof version});
}

void helper_put_word(struct buf *b, const struct doc_word *word)
{
    wire_i32(b, word->box.x0);
    wire_i32(b, word->box.y0);
    wire_i32(b, word->box.x1);
    wire_i32(b, word->box.y1);
    wire_u32(b, word->line);
    wire_u16(b, word->confidence);
    wire_text(b, word->text);
}
