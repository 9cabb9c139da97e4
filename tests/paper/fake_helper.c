/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A helper that has been taken over, or is broken. The folder that it is started from says how; the client's side of it is
 * read to the end first where that makes it worse. No part of the program.
 */
#include "paper/wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *arena;

static void say(const void *p, size_t n)
{
    if (write(STDOUT_FILENO, p, n) != (ssize_t)n)
        _exit(1);
}

/* With a length of its own choosing. */
static void head(uint32_t kind, uint32_t n)
{
    struct buf *b = buf_new(arena, 16);

    wire_u32(b, kind);
    wire_u32(b, n);
    say(b->p, b->n);
}

static void frame_u32(uint32_t kind, uint32_t value)
{
    struct buf *b = buf_new(arena, 16);

    wire_u32(b, value);
    head(kind, 4);
    say(b->p, b->n);
}

/* The two frames of the request. */
static void listen_to_the_end(void)
{
    static char bytes[65536];

    for (int i = 0; i < 2; i++) {
        char h[WIRE_HEAD];
        struct wire_in in = {{h, sizeof h}, false};
        size_t left;

        if (read(STDIN_FILENO, h, sizeof h) != sizeof h)
            _exit(1);
        (void)wire_take_u32(&in);
        for (left = wire_take_u32(&in); left;) {
            ssize_t n = read(STDIN_FILENO, bytes, left < sizeof bytes ? left : sizeof bytes);

            if (n <= 0)
                _exit(1);
            left -= (size_t)n;
        }
    }
}

static void page(uint32_t number, int32_t width, uint32_t line, uint32_t confidence, struct span word)
{
    struct buf *b = buf_new(arena, 4096);

    wire_u32(b, number);
    wire_i32(b, width);
    wire_i32(b, 7920);
    wire_u32(b, 0);
    wire_u32(b, 1);
    for (int i = 0; i < 4; i++)
        wire_i32(b, 100 + 100 * (i / 2));
    wire_u32(b, line);
    wire_u16(b, confidence);
    wire_text(b, word);
    head(WIRE_PAGE, (uint32_t)b->n);
    say(b->p, b->n);
}

static void sleep_for_ever(void)
{
    for (;;)
        (void)pause();
}

/* After the count of one page. */
static void misbehave(const char *how)
{
    if (strcmp(how, "hang") == 0)
        sleep_for_ever();
    if (strcmp(how, "burn") == 0)
        for (volatile unsigned i = 0;; i++)
            continue;
    if (strcmp(how, "killed") == 0)
        (void)raise(SIGKILL);
    if (strcmp(how, "crash") == 0)
        abort();
    if (strcmp(how, "huge") == 0)
        head(WIRE_PAGE, 0xFFFFFFFF);
    if (strcmp(how, "short") == 0)
        head(WIRE_PAGE, 100);
    if (strcmp(how, "other-kind") == 0)
        head(WIRE_PICTURE, 12);
    if (strcmp(how, "other-page") == 0)
        page(2, 6120, 0, 100, S("word"));
    if (strcmp(how, "wide") == 0)
        page(1, INT32_MAX, 0, 100, S("word"));
    if (strcmp(how, "line") == 0)
        page(1, 6120, 7, 100, S("word"));
    if (strcmp(how, "sure") == 0)
        page(1, 6120, 0, 101, S("word"));
    if (strcmp(how, "space") == 0)
        page(1, 6120, 0, 100, S("two words"));
    if (strcmp(how, "not-utf8") == 0)
        page(1, 6120, 0, 100, S("w\xC0\x80rd"));
    if (strcmp(how, "many-words") == 0) {
        struct buf *b = buf_new(arena, 64);

        wire_u32(b, 1);
        wire_i32(b, 6120);
        wire_i32(b, 7920);
        wire_u32(b, 0);
        wire_u32(b, 0xFFFFFFFF);
        head(WIRE_PAGE, (uint32_t)b->n);
        say(b->p, b->n);
    }
    if (strcmp(how, "unknown-fault") == 0 || strcmp(how, "our-fault") == 0) {
        struct buf *b = buf_new(arena, 8);

        wire_u32(b, strcmp(how, "our-fault") == 0 ? PAPER_STOPPED : 4711);
        wire_u32(b, 0);
        head(WIRE_FAULT, 8);
        say(b->p, b->n);
    }
    if (strcmp(how, "more-pages") == 0)
        for (uint32_t i = 1;; i++)
            page(1, 6120, 0, 100, S("word"));
}

int main(int argc, char **argv)
{
    const char *how;
    char *slash = argc ? strrchr(argv[0], '/') : NULL;

    arena = arena_open((size_t)64 * 1024 * 1024);
    if (slash == NULL)
        return 1;
    *slash = '\0';
    how = strrchr(argv[0], '/') + 1;
    if (strcmp(how, "deaf") == 0)
        sleep_for_ever();
    if (strcmp(how, "gone") == 0)
        return 0;
    if (strcmp(how, "nonsense") == 0) {
        say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", 44);
        sleep_for_ever();
    }
    frame_u32(WIRE_HELLO, strcmp(how, "other-release") == 0 ? WIRE_VERSION + 1 : WIRE_VERSION);
    if (strcmp(how, "no-listener") == 0)
        sleep_for_ever();
    listen_to_the_end();
    frame_u32(WIRE_COUNT, strcmp(how, "pages") == 0 ? 0xFFFFFFFF : 1);
    misbehave(how);
    (void)fflush(stdout);
    return 0;
}
