/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A campaign folder for tests: the smallest that compiles without a word of complaint, in two languages, in a temporary
 * directory. A test replaces or adds files and looks at what changes.
 *
 * Its day is May 1, 2026; its one newsletter, `memo`, is of April 24. Figures have rows before, between and after.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "model/diag.h"

#define FIXTURE_NOW ((struct instant){1777636800000000}) /* 2026-05-01T12:00:00Z */

struct fixture_file {
    const char *path;
    const char *text; /* null: no such file */
    size_t n;         /* 0: up to the NUL */
};

/* Three pixels by two. */
#define FIXTURE_PNG                                                                                                    \
    "\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000\000\000\003\000\000\000\002\010\002\000\000" \
    "\000\022\026\361\115\000\000\000\016\111\104\101\124\170\332\143\350\200\001\006\070\013\000\137\264\011\221\306" \
    "\062\170\170\000\000\000\000\111\105\116\104\256\102\140\202"

#define FIXTURE_INI                                                                                                    \
    "[campaign]\nname = Bayside Educators United\n"                                                                    \
    "tagline = Our students. | Our schools. | Our profession.\n"                                                       \
    "tagline_es = Nuestros estudiantes. | Nuestras escuelas. | Nuestra profesión.\n"                                  \
    "languages = en, es\ntime_zone = America/Los_Angeles\nhost = baysideeducators.example\n"                           \
    "[employer]\nname = Bayside Charter Schools\nmail_domains = baysidecharter.example\n"                              \
    "[imprint]\nrun_by = Educators.\nrun_by_es = Educadores.\npaid_by = Their gifts.\npaid_by_es = Sus donativos.\n"   \
    "address = 12 Harbor Street, Bayside\ncontact = hello@baysideeducators.example\n"

#define FIXTURE_FIGURES_HEAD              "key,value,unit,unit_es,as_of,source,source_es,review_by,was,why,why_es,corrected\n"
#define FIXTURE_FIGURE(key, value, as_of) key "," value ",educators,educadores," as_of ",A count,Un recuento,,,,,\n"
#define FIXTURE_FIGURE_DUE(key, value, as_of, review_by)                                                               \
    key "," value ",educators,educadores," as_of ",A count,Un recuento," review_by ",,,,\n"
/* Corrected and withdrawn after the newsletter's day. */
#define FIXTURE_RECOUNTS                                                                                                          \
    "recount,40,educators,educadores,2026-04-01,A count,Un recuento,,44,one sheet twice,una hoja dos veces,2026-04-25\n"          \
    "taken,,educators,educadores,2026-04-01,A count,Un recuento,,30,counted twice,contado dos veces,2026-04-25\n" FIXTURE_FIGURE( \
        "twenty", "20", "2026-04-01") FIXTURE_FIGURE("twenty-two", "22", "2026-04-01")
#define FIXTURE_FIGURES                                                                                                                                               \
    FIXTURE_FIGURES_HEAD FIXTURE_FIGURE("signers", "120", "2026-04-01") FIXTURE_FIGURE(                                                                               \
        "signers", "146", "2026-04-20") FIXTURE_FIGURE("signers", "180", "2026-04-28")                                                                                \
        FIXTURE_FIGURE("launch", "67", "2026-03-02") FIXTURE_FIGURE("march", "128", "2026-03-31") FIXTURE_FIGURE(                                                     \
            "half", "73", "2026-03-03") FIXTURE_FIGURE("schools", "7", "2026-03-02") FIXTURE_FIGURE("members", "1700",                                                \
                                                                                                    "2026-03-02")                                                     \
            FIXTURE_FIGURE("rate", "0.92", "2026-03-02") FIXTURE_FIGURE(                                                                                              \
                "pledges", "50",                                                                                                                                      \
                "2026-05-10") "budget,920000,$,$,2026-03-02,A count,Un recuento,,,,,\n"                                                                               \
                              "rumor,,educators,educadores,2026-04-01,A count,Un recuento,,30,counted twice,contado dos veces,2026-04-10\n"                           \
                              "corrected,40,educators,educadores,2026-04-01,A count,Un recuento,,44,one sheet twice,una hoja dos veces,2026-04-10\n" FIXTURE_RECOUNTS \
                                  FIXTURE_FIGURE_DUE("stale", "40", "2026-01-10", "2026-04-10")                                                                       \
                                      FIXTURE_FIGURE_DUE("due", "41", "2026-01-10", "2026-04-24")                                                                     \
                                          FIXTURE_FIGURE_DUE("soon", "42", "2026-01-10", "2026-04-26")

#define FIXTURE_RIGHT(more, words)                                                                                     \
    "---\ntitle: Talk at lunch\nholder: You\nactivity: Talk\nplace: Break room\ntime: Lunch\nlaw: Section 3543\n" more \
    "---\n" words "\n"

/* Three pages with a head and a foot. Only tests can read such a file: fixture_reader.h. */
#define FIXTURE_PAPER                                                                                                  \
    "%PDF-1.4 file\nCounsel memo\nThe message should remain focused on cost.\nDo not discuss dues with any teacher.\n" \
    "1\fCounsel memo\nThe goal is no unionization. Feel free to highlight information they\n2\f"                       \
    "Counsel memo\nmight find useful in every school of Bayside.\n3"
#define FIXTURE_DOCUMENT(language, more)                                                                               \
    "title = A memo\ntitle_es = Un memo\nclearance = cleared\nlanguage = " language "\n" more

static const struct fixture_file fixture_files[] = {
    {"campaign.ini", FIXTURE_INI, 0},
    {"pages/about.md", "---\ntitle: About us\n---\nWho we are.\n\n## Our name\n", 0},
    {"pages/about.es.md", "---\ntitle: Sobre nosotros\n---\nQuiénes somos.\n", 0},
    {"pages/privacy.md", "---\ntitle: Privacy\n---\nNothing is kept.\n", 0},
    {"pages/privacy.es.md", "---\ntitle: Privacidad\n---\nNada se guarda.\n", 0},
    {"pages/join.md", "---\ntitle: Join\n---\nWrite to us.\n", 0},
    {"pages/join.es.md", "---\ntitle: Únete\n---\nEscríbenos.\n", 0},
    {"platform.md", "---\ntitle: What we want\nversion: 2026-02-01\n---\n## A voice\n\nOurs.\n", 0},
    {"platform.es.md", "---\ntitle: Lo que queremos\n---\n## Una voz\n\nLa nuestra.\n", 0},
    {"news/2026-04-24-memo.md", "---\ntitle: A memo\n---\nWords.\n", 0},
    {"faq/legal.md", "---\ntitle: Is it legal?\nreviewed: 2026-03-01\n---\nYes.\n", 0},
    {"faq/legal.es.md", "---\ntitle: ¿Es legal?\n---\nSí.\n", 0},
    {"faq/old.md", "---\ntitle: Is it allowed?\nreviewed: 2026-03-01\nsuperseded: legal\n---\nYes.\n", 0},
    {"faq/old.es.md", "---\ntitle: ¿Está permitido?\n---\nSí.\n", 0},
    {"faq/unchecked.md", "---\ntitle: May they fire me?\n---\nNo.\n", 0},
    {"faq/unchecked.es.md", "---\ntitle: ¿Pueden despedirme?\n---\nNo.\n", 0},
    {"faq/lapsed.md", "---\ntitle: Are there dues?\nreviewed: 2026-01-01\nreview_by: 2026-04-23\n---\nNot yet.\n", 0},
    {"faq/lapsed.es.md", "---\ntitle: ¿Hay cuotas?\n---\nTodavía no.\n", 0},
    {"faq/lasts.md", "---\ntitle: Is there a card?\nreviewed: 2026-01-01\nreview_by: 2026-04-24\n---\nYes.\n", 0},
    {"faq/lasts.es.md", "---\ntitle: ¿Hay tarjeta?\n---\nSí.\n", 0},
    {"rights/talk.md", FIXTURE_RIGHT("answer: yes\nreviewed: 2026-03-01\n", "You may."), 0},
    {"rights/talk.es.md",
     "---\ntitle: Hablar\nholder: Tú\nactivity: Hablar\nplace: Sala\ntime: Almuerzo\nlaw: Sección 3543\n---\nPuedes.\n",
     0},
    {"blocks/ask.md", "---\nstanding: no\n---\nWrite to us.\n", 0},
    {"blocks/ask.es.md", "---\n---\nEscríbenos.\n", 0},
    {"documents/paper.pdf", FIXTURE_PAPER, 0},
    {"documents/paper.ini", FIXTURE_DOCUMENT("en", "pages = 1-\n"), 0},
    {"documents/draft.pdf", FIXTURE_PAPER, 0},
    {"documents/draft.ini", FIXTURE_DOCUMENT("en", "superseded_by = paper\n"), 0},
    {"documents/secret.pdf", FIXTURE_PAPER, 0},
    {"documents/secret.ini", "title = A\ntitle_es = A\nlanguage = en\n", 0},
    {"documents/scan.pdf", "%PDF-1.4 machine\nDues would cost you hundreds of dollars.\f\fNobody has to pay before.",
     0},
    {"documents/scan.ini", FIXTURE_DOCUMENT("en", "[confirmed]\np3 = Ana Ruiz\n"), 0},
    {"documents/carta.pdf", "%PDF-1.4 file\nLa dirección no permitirá reuniones\fen ninguna escuela.", 0},
    {"documents/carta.ini", FIXTURE_DOCUMENT("es", ""), 0},
    {"documents/today.jpg", "\xFF\xD8\xFF", 0},
    {"documents/today.ini", FIXTURE_DOCUMENT("en", "[typed]\np1 = Ana Ruiz\n"), 0},
    {"documents/today.p1.txt", "We will decide today.\n", 0},
    {"figures.csv", FIXTURE_FIGURES, 0},
    {"press.csv",
     "key,outlet,title,date,address,stance,language\n"
     "times,Harbor Times,They want a union,2026-03-05,https://times.example/a,report,en\n",
     0},
    {"photos/gate.png", FIXTURE_PNG, sizeof FIXTURE_PNG - 1},
    {"files/meeting.ics", "BEGIN:VCALENDAR\n", 0},
};

static inline void fixture_write(const char *dir, const struct fixture_file *f)
{
    char path[512];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", dir, f->path);
    for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = 0;
        (void)mkdir(path, 0755);
        *p = '/';
    }
    if (f->text == NULL) {
        (void)unlink(path);
        return;
    }
    out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(f->text, f->n ? f->n : strlen(f->text), 1, out), f->n || f->text[0]);
    assert_int_equal(fclose(out), 0);
}

/* Undoes fixture_write(): the file of the smallest folder, or none. */
static inline void fixture_restore(const char *dir, const char *path)
{
    struct fixture_file f = {path, NULL, 0};

    for (size_t i = 0; i < sizeof fixture_files / sizeof *fixture_files; i++)
        if (strcmp(fixture_files[i].path, path) == 0)
            f = fixture_files[i];
    fixture_write(dir, &f);
}

/* An empty directory; `dir` has room for 64. */
static inline void fixture_make_empty(char *dir)
{
    (void)snprintf(dir, 64, "/tmp/breakroom-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
}

static inline void fixture_make(char *dir)
{
    fixture_make_empty(dir);
    for (size_t i = 0; i < sizeof fixture_files / sizeof *fixture_files; i++)
        fixture_write(dir, &fixture_files[i]);
}

static inline int fixture_remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline void fixture_remove(const char *dir)
{
    (void)nftw(dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define MEMO    "news/2026-04-24-memo.md"
#define MEMO_ES "news/2026-04-24-memo.es.md"

/* "FILE:LINE:COLUMN+WIDTH code", a line each; the newsletter is memo and memo.es. */
static inline struct span fixture_written(struct arena *a, const struct diags *d)
{
    struct buf out;

    buf_init(&out, a, 1 << 20);
    for (size_t i = 0; i < d->list.count; i++) {
        const struct diag *g = &d->list.items[i];
        struct span file = span_eq(g->at.file, S(MEMO))      ? S("memo")
                           : span_eq(g->at.file, S(MEMO_ES)) ? S("memo.es")
                                                             : g->at.file;

        buf_printf(&out, "%.*s:%u:%u+%u %.*s\n", SPAN_ARGS(file), g->at.line, g->at.column, g->width,
                   SPAN_ARGS(diag_code_name(g->code)));
    }
    return buf_span(&out);
}

/* Do these words stand in the message or the note of the first? */
static inline bool fixture_says(const struct diags *d, const char *words)
{
    const struct diag *first = d->list.items;

    return d->list.count && (span_find(first->message, span_of(words)) != SPAN_NONE ||
                             span_find(first->note, span_of(words)) != SPAN_NONE);
}

#endif
