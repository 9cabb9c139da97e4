/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See newsletter.h.
 */
#include "main/newsletter.h"

#include "main/exchange_door.h"
#include "main/papers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int compile_store(struct arena *a, const struct options *o, struct compiled *compiled_out)
{
    struct exchange_call call = {0};
    struct exchange_told told;
    struct folder_files *files = ARENA_NEW(a, struct folder_files);
    struct folder_source source;
    struct span fault = {0};

    call.order.host = span_of(o->campaign);
    call.at = o->at;
    call.url = span_of(o->db);
    if (!exchange_ask(a, o, EXCHANGE_STEP_DUMP, &call, files, &told))
        return EXIT_TROUBLE;
    folder_files_sort(files);
    source = folder_source_of_files(files, o->data);
    source.is_checked = true;
    if (compile_source(a, &source, o->at, false, compiled_out, &fault) == RC_OK)
        return EXIT_FINE;
    say_fault("%.*s", SPAN_ARGS(fault.n ? fault : S("the campaign in the store cannot be read")));
    return EXIT_TROUBLE;
}

int newsletter_compile(struct arena *a, const struct options *o, struct compiled *compiled_out)
{
    struct span fault = {0};
    struct papers *papers;
    enum rc rc;

    if (o->data)
        return compile_store(a, o, compiled_out);
    papers = papers_open(a, o->operand[0], PAPERS_SEALS_ASIDE);
    rc = compile_folder(a, o->operand[0], papers_publisher(papers), o->at, false, compiled_out, &fault);
    papers_close(&papers);
    if (rc != RC_OK && rc != RC_INVALID) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return EXIT_TROUBLE;
    }
    if (rc == RC_OK && compiled_out->diags.errors == 0)
        return EXIT_FINE;
    say_fault("%s has %zu error%s, which “breakroom check” lists; nothing was written", o->operand[0],
              compiled_out->diags.errors, compiled_out->diags.errors == 1 ? "" : "s");
    return EXIT_ERRORS;
}

const struct entry *newsletter_find(const struct campaign *c, struct span key)
{
    const struct entry *found = campaign_entry_named(c, ENTRY_NEWS, key);
    struct span nearest;

    if (found)
        return found;
    nearest = campaign_entry_nearest(c->arena, c, ENTRY_NEWS, key);
    if (nearest.n)
        say_fault("there is no newsletter “%.*s”; did you mean “%.*s”?", SPAN_ARGS(key), SPAN_ARGS(nearest));
    else
        say_fault("there is no newsletter “%.*s”", SPAN_ARGS(key));
    return NULL;
}

bool newsletter_write(const char *path, struct span bytes)
{
    bool is_stdout = strcmp(path, "-") == 0;
    FILE *out = is_stdout ? stdout : fopen(path, "wb");
    bool is_fine;

    if (out == NULL) {
        say_fault("%s: %s", path, strerror(errno));
        return false;
    }
    is_fine = fwrite(bytes.p, 1, bytes.n, out) == bytes.n;
    if (is_stdout)
        return flush_stdout() && is_fine;
    if (fclose(out) == 0 && is_fine)
        return true;
    say_fault("%s could not be written", path);
    return false;
}
