/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom explain`: what a diagnostic means, with an example and how to mend it.
 *
 * The words are the files of doc/codes, one a code, put into the program when it is built. Every code has one:
 * a code without its file breaks an invariant, and a test asks for each.
 */
#include "main/command.h"

#include "codes.h" /* generated: codes_files */
#include "model/diag.h"

#include <getopt.h>
#include <stdio.h>

static const char usage[] =
    "Usage: breakroom explain [CODE]\n"
    "\n"
    "Says what a diagnostic means, shows an example and how to mend it. CODE is the word in brackets at its end:\n"
    "figure-differs. Without CODE all of them are listed, one a line.\n"
    "\n"
    "  --help    print this and leave\n";

/* Takes the next line off `rest`, without its end. */
static struct span next_line(struct span *rest)
{
    struct span line;

    span_next(rest, '\n', &line);
    return line;
}

/* The manual entry of a code: its title line cut off, and the licence line at its end. */
static struct span entry_of(enum diag_code code)
{
    struct span name = diag_code_name(code);
    struct span text = {0};
    size_t licence;

    for (size_t i = 0; i < codes_files_count; i++) {
        struct span file = codes_files[i].path;

        if (file.n == name.n + 3 && span_starts(file, name) && span_ends(file, S(".md")))
            text = codes_files[i].bytes;
    }
    CHECK(span_starts(text, S("# ")));
    (void)next_line(&text);
    licence = span_find(text, S("<!-- SPDX"));
    return span_trim(licence == SPAN_NONE ? text : span_sub(text, 0, licence));
}

static void list_codes(void)
{
    for (size_t i = 0; i < DIAG_CODE_COUNT; i++) {
        enum diag_code code = (enum diag_code)i;
        struct span text = entry_of(code);
        struct span summary = next_line(&text);

        printf("%-20.*s %-8s %.*s\n", SPAN_ARGS(diag_code_name(code)), diag_is_error(code) ? "error" : "warning",
               SPAN_ARGS(summary));
    }
}

/* People copy the word as it stands, brackets and all. */
static struct span without_brackets(struct span word)
{
    if (span_starts(word, S("[")) && span_ends(word, S("]")))
        return span_sub(word, 1, word.n - 2);
    return word;
}

static int unknown_code(struct span word)
{
    struct span known[DIAG_CODE_COUNT];
    struct span nearest;

    for (size_t i = 0; i < DIAG_CODE_COUNT; i++)
        known[i] = diag_code_name((enum diag_code)i);
    nearest = model_nearest(word, known, DIAG_CODE_COUNT);
    if (nearest.n)
        say_fault("there is no code “%.*s”; the nearest is “%.*s”", SPAN_ARGS(word), SPAN_ARGS(nearest));
    else
        say_fault("there is no code “%.*s”; “breakroom explain” lists them all", SPAN_ARGS(word));
    return EXIT_TROUBLE;
}

int command_explain(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    enum diag_code code;
    struct span word;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option != 'h') {
            say_fault("there is no option “%s”; try “breakroom explain --help”", argv[optind - 1]);
            return EXIT_TROUBLE;
        }
        fputs(usage, stdout);
        return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
    }
    if (argc - optind > 1) {
        say_fault("one code at a time; try “breakroom explain --help”");
        return EXIT_TROUBLE;
    }
    if (optind == argc) {
        list_codes();
        return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
    }
    word = without_brackets(span_of(argv[optind]));
    if (!diag_code_from_name(word, &code))
        return unknown_code(word);
    printf("%.*s: %s\n%.*s\n", SPAN_ARGS(word),
           diag_is_error(code) ? "an error, nothing is published before it is mended"
                               : "a warning, for a second person to look at",
           SPAN_ARGS(entry_of(code)));
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}
