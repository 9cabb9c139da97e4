/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Writes a large campaign: `generate DIR NEWSLETTERS REFERENCES` puts so many newsletters into DIR/news, with so many
 * references among them, and the figures, the case and the claims they refer to. DIR is a copy of demo/; everything
 * that it holds stays. The same arguments give the same bytes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With the demo's ten there are 45 allegations. */
enum { FIGURES = 200, ALLEGATIONS = 35, CLAIMS = 30, PARAGRAPHS = 10, FIRST_YEAR = 2015 };

static const char *const words[] = {
    "teachers", "at",        "the",     "harbor",  "school", "met",     "after",    "work",    "and",
    "asked",    "for",       "smaller", "classes", "a",      "nurse",   "in",       "every",   "building",
    "time",     "to",        "plan",    "lessons", "the",    "board",   "listened", "parents", "brought",
    "coffee",   "neighbors", "wrote",   "letters", "of",     "support",
};

static FILE *open_file(const char *mode, const char *format, ...) __attribute__((format(printf, 2, 3)));

static FILE *open_file(const char *mode, const char *format, ...)
{
    char path[4096];
    FILE *f;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(path, sizeof path, format, args);
    va_end(args);
    f = fopen(path, mode);
    if (!f) {
        fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    return f;
}

static void close_file(FILE *f)
{
    if (ferror(f) || fclose(f) != 0) {
        fprintf(stderr, "generate: cannot write: %s\n", strerror(errno));
        exit(1);
    }
}

/* A small generator of numbers: the same on every machine. */
static unsigned next_number(unsigned *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 16;
}

static void write_sentence(FILE *f, unsigned *state)
{
    size_t count = sizeof words / sizeof words[0];

    fputs("That day", f);
    for (unsigned i = 0; i < 16; i++)
        fprintf(f, " %s", words[next_number(state) % count]);
    fputs(".\n", f);
}

static void write_figures(const char *dir)
{
    FILE *f = open_file("a", "%s/figures.csv", dir);

    for (unsigned i = 0; i < FIGURES; i++)
        fprintf(f, "bench-%u,%u,educators,educadores,2014-01-01,Count by the committee,Recuento del comité,,,,,\n", i,
                1000 + i);
    close_file(f);
}

static void write_case(const char *dir)
{
    FILE *f = open_file("w", "%s/cases/bench.ini", dir);

    fputs("title = The large case\ntitle_es = El caso grande\nforum = The Board\nforum_es = La Junta\nnumber = LA-45\n"
          "filed_by = union\nagainst = employer\nsummary = What was said in many places.\n"
          "summary_es = Lo que se dijo en muchos lugares.\n",
          f);
    for (unsigned i = 0; i < ALLEGATIONS; i++)
        fprintf(f,
                "\n[allegation talk-%u]\ntext = At school %u a paper was taken from a table in the break room.\n"
                "text_es = En la escuela %u se llevaron un papel de una mesa de la sala de descanso.\n"
                "2014-02-03 = charged\n2014-04-08 = complaint-issued\n2014-09-10 = sustained\n"
                "2014-09-10 by = a judge\n2014-09-10 by_es = una jueza\n2014-10-01 = on-appeal\n",
                i, i, i);
    close_file(f);
}

static void write_claims(const char *dir)
{
    static const struct {
        const char *name;
        const char *head;
        const char *claim;
    } languages[] = {
        {"bench.md", "---\ntitle: A long paper\nchannel: by mail\ndate: 2014-03-01\nreviewed: 2014-03-09\n---\n",
         "\n## %u. Point %u of the paper\n> They say that it is so.\n\nIt is [not so](faq:is-it-legal).\n"},
        {"bench.es.md", "---\ntitle: Un papel largo\nchannel: por correo\n---\n",
         "\n## %u. Punto %u del papel\n> Dicen que es así.\n\n[No es así](faq:is-it-legal).\n"},
    };

    for (size_t k = 0; k < sizeof languages / sizeof languages[0]; k++) {
        FILE *f = open_file("w", "%s/claims/%s", dir, languages[k].name);

        fputs(languages[k].head, f);
        for (unsigned i = 1; i <= CLAIMS; i++)
            fprintf(f, languages[k].claim, i, i);
        close_file(f);
    }
}

/* One of ten refers to an allegation and one to a claim. */
static void write_reference(FILE *f, unsigned number, unsigned chance)
{
    unsigned key = chance % FIGURES;

    if (number % 10 == 3)
        fprintf(f, "A judge [found it](case:bench#talk-%u) so.\n", chance % ALLEGATIONS);
    else if (number % 10 == 6)
        fprintf(f, "We [answered that](claim:bench-%u) in May.\n", chance % CLAIMS + 1);
    else
        fprintf(f, "Signed by [%u educators](fig:bench-%u) so far.\n", 1000 + key, key);
}

static void write_newsletter(const char *dir, unsigned index, unsigned references)
{
    unsigned state = index + 1;
    unsigned day = index % 28 + 1;
    unsigned month = index / 28 % 12 + 1;
    unsigned year = FIRST_YEAR + index / 336;
    unsigned left = references;
    FILE *f = open_file("w", "%s/news/%04u-%02u-%02u-bench-%u.md", dir, year, month, day, index);

    fprintf(f, "---\ntitle: Newsletter of the large campaign, number %u\nsummary: What happened in week %u.\n", index,
            index);
    fputs("without: lead, ask, signature, archive, paid-for\n---\n", f);
    for (unsigned i = 0; i < PARAGRAPHS; i++) {
        if (i % 4 == 0)
            fputs("## What we saw\n\n", f);
        for (unsigned j = 0; j < 3; j++)
            write_sentence(f, &state);
        for (unsigned j = left / (PARAGRAPHS - i); j > 0; j--, left--)
            write_reference(f, left, next_number(&state));
        fputs("\n", f);
    }
    close_file(f);
}

int main(int argc, char **argv)
{
    unsigned newsletters;
    unsigned references;

    if (argc != 4) {
        fputs("usage: generate DIR NEWSLETTERS REFERENCES\n", stderr);
        return 2;
    }
    newsletters = (unsigned)strtoul(argv[2], NULL, 10);
    references = (unsigned)strtoul(argv[3], NULL, 10);
    write_figures(argv[1]);
    write_case(argv[1]);
    write_claims(argv[1]);
    for (unsigned i = 0; i < newsletters; i++)
        write_newsletter(argv[1], i, references / newsletters + (i < references % newsletters ? 1 : 0));
    return 0;
}
