/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * tplc OUT.c OUT.h TEMPLATE… compiles templates to C. Exit 1 and a line for each refused template on stderr; then
 * nothing is written.
 */
#include "cgen.h"
#include "tplc_compile.h"

#include <stdio.h>

enum { MEMORY_MOST = 1024 * 1024 * 1024, OUTPUT_MOST = 64 * 1024 * 1024 };

int main(int argc, char **argv)
{
    struct arena *a = arena_open(MEMORY_MOST);
    struct tplc_source *sources;
    struct buf c;
    struct buf h;
    struct buf faults;
    size_t count;
    int status = 1;

    if (argc < 4) {
        fprintf(stderr, "usage: tplc OUT.c OUT.h TEMPLATE...\n");
        arena_close(&a);
        return 2;
    }
    count = (size_t)argc - 3;
    sources = ARENA_ARRAY(a, struct tplc_source, count);
    for (size_t i = 0; i < count; i++)
        sources[i] = (struct tplc_source){span_of(argv[i + 3]), cgen_read(a, argv[i + 3])};
    buf_init(&c, a, OUTPUT_MOST);
    buf_init(&h, a, OUTPUT_MOST);
    buf_init(&faults, a, OUTPUT_MOST);
    if (tplc_compile(a, sources, count, span_of(argv[2]), &c, &h, &faults) != RC_OK) {
        fprintf(stderr, "%.*s", SPAN_ARGS(buf_span(&faults)));
        goto out;
    }
    if (buf_overflowed(&c) || buf_overflowed(&h)) {
        fprintf(stderr, "tplc: over %d bytes of C\n", (int)OUTPUT_MOST);
        goto out;
    }
    cgen_write(argv[1], buf_span(&c));
    cgen_write(argv[2], buf_span(&h));
    status = 0;
out:
    arena_close(&a);
    return status;
}
