/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom leaflet`: a newsletter on paper, as a PDF of one or two pages.
 */
#include "main/leaflets.h"
#include "main/newsletter.h"
#include "news/news_leaflet.h"
#include "rights/rights_card.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: breakroom leaflet DIR KEY [--paper letter|a4] [--lang LANG] [--to FILE.pdf] [--at TIME]\n"
    "       breakroom leaflet --data D [--db URL] [--campaign HOST] KEY …\n"
    "\n"
    "Writes the newsletter KEY as a leaflet to print: one page or two, in two columns, with its photos and a code that\n"
    "leads to its web page. KEY is as in the file's name, memo; memo.es is its Spanish form. It is taken from the folder\n"
    "DIR, or from the store in D. Letters are between 9 and 11.5 points large; where that does not do, the newsletter is\n"
    "too long for a leaflet, and by how many lines is said.\n"
    "KEY may also be rights/: then it is the rights on a card, a language a side, that folds to a pocket.\n"
    "\n"
    "  --paper letter|a4  the sheet, in the place of `paper` in campaign.ini\n"
    "  --lang LANG        in this language: en, es\n"
    "  --to FILE.pdf      where to write, in the place of 2026-04-24-memo.pdf here; - is standard output\n"
    "  --data D           the data folder\n"
    "  --db URL           the store is PostgreSQL, postgres://…\n"
    "  --campaign HOST    which campaign, where the store has more than one\n"
    "  --at TIME          with the corrections up to TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help             print this and leave\n"
    "\n"
    "Exit: 0 written, 1 the folder has errors or the newsletter makes no leaflet, 2 any other trouble.\n";

/* True, and `paper_out` as it was, where nothing is said. */
static bool read_paper(const struct options *o, enum leaflet_paper *paper_out)
{
    if (o->paper == NULL)
        return true;
    *paper_out = LEAFLET_LETTER;
    if (strcmp(o->paper, "letter") == 0)
        return true;
    *paper_out = LEAFLET_A4;
    if (strcmp(o->paper, "a4") == 0)
        return true;
    say_fault("--paper: “%s” is neither “letter” nor “a4”", o->paper);
    return false;
}

/* The newsletter that is asked for, in the language that is asked for. Null, with a sentence, when there is none. */
static const struct entry *find(const struct options *o, const struct campaign *c)
{
    struct span key = span_of(o->operand[o->data ? 0 : 1]);
    const struct entry *e = newsletter_find(c, key);
    enum lang lang;

    if (e == NULL || o->lang == NULL)
        return e;
    if (!lang_from_code(span_of(o->lang), &lang)) {
        say_fault("--lang: “%s” is neither “en” nor “es”", o->lang);
        return NULL;
    }
    e = campaign_entry(c, ENTRY_NEWS, e->key, lang);
    if (e == NULL)
        say_fault("there is no newsletter “%.*s” in “%s”", SPAN_ARGS(key), o->lang);
    return e;
}

static int say_problem(struct span file, struct paper_problem problem, struct span what)
{
    if (paper_fault_is_of_document(problem.fault)) {
        say_fault("%.*s: %.*s", SPAN_ARGS(file), SPAN_ARGS(what));
        return EXIT_ERRORS;
    }
    say_fault(problem.fault == PAPER_NO_HELPER ? "breakroom-paper does not start; it belongs beside breakroom"
                                               : "the program that sets leaflets broke on it");
    return EXIT_TROUBLE;
}

static int write_pdf(struct arena *a, const struct options *o, struct span name, struct span pdf)
{
    if (!newsletter_write(o->to ? o->to : arena_cstr(a, name), pdf))
        return EXIT_TROUBLE;
    if (o->to == NULL)
        fprintf(stderr, "%.*s\n", SPAN_ARGS(name));
    return EXIT_FINE;
}

static int write_leaflet(struct arena *a, const struct options *o, const struct compiled *compiled,
                         const struct entry *e, enum leaflet_paper paper)
{
    const struct paper_job job = {.limits = paper_limits_default()};
    struct span suffix = e->lang == campaign_main_lang(compiled->campaign) ? S("") : lang_code(e->lang);
    struct span name = arena_printf(a, "%.*s%s%.*s.pdf", SPAN_ARGS(e->slug), suffix.n ? "." : "", SPAN_ARGS(suffix));
    struct paper_problem problem = {PAPER_TOO_LARGE, 0};
    struct leaflet leaflet;
    struct span pdf;

    if (news_leaflet(a, &compiled->site, &compiled->library, e, paper, &leaflet) != RC_OK ||
        paper_leaflet(a, &job, &leaflet, &pdf, &problem) != RC_OK)
        return say_problem(e->file, problem, leaflets_fault(a, problem));
    return write_pdf(a, o, name, pdf);
}

static int write_card(struct arena *a, const struct options *o, const struct compiled *compiled,
                      enum leaflet_paper paper)
{
    const struct paper_job job = {.limits = paper_limits_default()};
    struct paper_problem problem = {PAPER_TOO_LARGE, 0};
    struct leaflet card;
    struct span pdf;
    enum rc rc = rights_card(a, &compiled->site, &compiled->library, paper, &card);

    if (rc == RC_NOT_FOUND) {
        say_fault("rights/: there is no right whose review is not overdue");
        return EXIT_ERRORS;
    }
    if (rc != RC_OK || paper_leaflet(a, &job, &card, &pdf, &problem) != RC_OK)
        return say_problem(S("rights/"), problem, leaflets_card_fault(a, problem));
    return write_pdf(a, o, S(RIGHTS_CARD_STEM ".pdf"), pdf);
}

int command_leaflet(int argc, char **argv)
{
    struct options options = {
        .usage = usage,
        .takes = OPTION_STORE | OPTION_EITHER | OPTION_CAMPAIGN | OPTION_AT | OPTION_TO | OPTION_LANG | OPTION_PAPER,
        .operands = 2,
        .operands_in_store = 1,
    };
    enum leaflet_paper paper = LEAFLET_LETTER;
    struct compiled compiled;
    struct arena *a;
    int code;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    if (!read_paper(&options, &paper))
        return EXIT_TROUBLE;
    a = arena_open(COMPILE_MEMORY);
    code = newsletter_compile(a, &options, &compiled);
    if (code == EXIT_FINE) {
        bool is_card = span_eq(span_of(options.operand[options.data ? 0 : 1]), S("rights/"));
        const struct entry *e = is_card ? NULL : find(&options, compiled.campaign);

        paper = options.paper ? paper : compiled.campaign->paper;
        code = is_card ? write_card(a, &options, &compiled, paper)
               : e     ? write_leaflet(a, &options, &compiled, e, paper)
                       : EXIT_TROUBLE;
    }
    arena_close(&a);
    return code;
}
