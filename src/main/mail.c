/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom mail preview`: a newsletter as the letter that an invented person would get, in a file; or as one that the
 * server's mailer really sends, to one address.
 */
#include "main/command.h"
#include "main/control.h"
#include "main/dkim_keys.h"
#include "main/newsletter.h"
#include "main/preview_step.h"
#include "main/store_door.h"
#include "news/news_mail.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: breakroom mail preview DIR KEY --to FILE.eml [--key KEYFILE] [--at TIME]\n"
    "       breakroom mail preview --data D [--db URL] [--campaign HOST] KEY --to FILE.eml [--at TIME]\n"
    "       breakroom mail preview --data D [--db URL] [--campaign HOST] KEY --to ADDRESS\n"
    "\n"
    "Writes the newsletter KEY as it would go out, to a person we invented, for a mail program to open. KEY is as in the\n"
    "file's name, memo; memo.es is its Spanish form. It is taken from the folder DIR, or from the store in D. Nothing is\n"
    "sent to anybody; but with an ADDRESS, the server that runs on D sends it there, through its smart host, signed, and\n"
    "with a subject that says that it is a preview.\n"
    "\n"
    "  --to FILE.eml     where to write; - is standard output\n"
    "  --to ADDRESS      to whom, somebody@home.example: yourself, first of all\n"
    "  --key KEYFILE     sign it with this DKIM key, whose selector is the file's name without .pem; with --data,\n"
    "                    the key that signs there is used by itself\n"
    "  --data D          the data folder\n"
    "  --db URL          the store is PostgreSQL, postgres://…\n"
    "  --campaign HOST   which campaign, where the store has more than one\n"
    "  --at TIME         as if it went out at TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help            print this and leave\n"
    "\n"
    "Exit: 0 written, or on its way, 1 the folder has errors, 2 any other trouble.\n";

enum { MESSAGE_MOST = 64 * 1024 * 1024, ID_MOST = 64 };

/* ---- signing ---- */

/* False, with a sentence, when there is a key that does not do. No key at all is fine. */
static bool open_key(struct arena *a, const struct options *o, struct span domain, struct dkim **dkim_out)
{
    struct span pem = {0};
    struct span selector = {0};
    struct span fault = {0};
    struct dkim_keys keys;
    enum rc rc = RC_OK;

    if (o->key) {
        size_t slash;

        rc = dkim_file_read(a, o->key, &pem, &fault);
        selector = span_of(o->key);
        slash = span_find_last_char(selector, '/');
        selector = slash == SPAN_NONE ? selector : span_from(selector, slash + 1);
        if (span_ends(selector, S(".pem")))
            selector = span_sub(selector, 0, selector.n - 4);
    } else if (o->data) {
        rc = dkim_keys_read(a, o->data, domain, &keys, &fault);
        if (rc == RC_OK && keys.current < 0)
            return true;
        if (rc == RC_OK) {
            pem = keys.pem[keys.current];
            selector = keys.selector[keys.current];
        }
    } else {
        return true;
    }
    if (rc != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return false;
    }
    if (dkim_open(pem, domain, selector, dkim_out) == RC_OK)
        return true;
    say_fault("“%.*s”: not an RSA key of 2048 bits or more under a selector of small letters, digits and hyphens",
              SPAN_ARGS(selector));
    return false;
}

/* ---- writing ---- */

static bool preview(struct arena *a, const struct options *o, const struct compiled *compiled, const struct entry *e)
{
    const struct mail_message *message;
    struct span id = arena_printf(a, "preview-%.*s-%.*s", SPAN_ARGS(span_sub(e->slug, 0, ID_MOST - 16)),
                                  SPAN_ARGS(lang_code(e->lang)));
    const struct mail_person person = {
        .address = S("somebody@reader.example"),
        .token = S("preview-leads-nowhere"),
        .id = id,
        .when = o->at,
    };
    struct buf *out = buf_new(a, MESSAGE_MOST);
    struct dkim *dkim = NULL;
    bool is_fine = false;

    if (news_mail(a, &compiled->site, &compiled->library, e, &message) != RC_OK) {
        say_fault("no letter can be made of it: “breakroom check” says why");
        return false;
    }
    if (open_key(a, o, campaign_mail_domain(compiled->campaign->host), &dkim)) {
        is_fine = mail_write(message, &person, dkim, a, out) == RC_OK;
        if (!is_fine)
            say_fault("it could not be signed");
    }
    dkim_close(&dkim);
    if (!is_fine || !newsletter_write(o->to, buf_span(out)))
        return false;
    fprintf(stderr, "%s: a letter of %zu KB, %zu KB of HTML, %s\n", o->to, (out->n + 1023) / 1024,
            (mail_html_size(message) + 1023) / 1024,
            span_starts(buf_span(out), S("DKIM-Signature:")) ? "signed" : "not signed");
    return true;
}

/* ---- sending ---- */

static bool is_file(const char *to)
{
    return span_ends(span_of(to), S(".eml"));
}

static bool is_address(const char *to)
{
    return strchr(to, '@') && !is_file(to);
}

static int send_one(struct arena *a, const struct options *o)
{
    const struct preview_call call = {
        .url = span_of(o->db),
        .host = span_of(o->campaign),
        .news = span_of(o->operand[0]),
        .address = span_of(o->to),
    };
    struct span body = preview_call_put(a, &call);
    struct span said;
    enum rc rc = control_ask(a, o->data, S(PREVIEW_VERB), &body, 1, NULL, NULL, &said);

    if (rc == RC_OK) {
        fprintf(stderr, "%s is on its way to %s; if it does not come, “breakroom status --data %s” says why\n",
                o->operand[0], o->to, o->data);
        return EXIT_FINE;
    }
    if (rc == RC_NOT_FOUND)
        say_fault("no server runs on %s, and letters are sent by a server alone: start it with “breakroom serve --data "
                  "%s”",
                  o->data, o->data);
    else
        store_door_no_answer(o->data, rc, said, "; nothing was sent");
    return EXIT_TROUBLE;
}

/* Where does it go? False, with a sentence: nowhere. */
static bool check_to(const struct options *o)
{
    if (o->to == NULL || (strcmp(o->to, "-") != 0 && !is_file(o->to) && !is_address(o->to)))
        say_fault("where to? --to FILE.eml, by which ending mail programs know a letter; or --to "
                  "somebody@home.example, and the server sends it there");
    else if (is_address(o->to) && o->data == NULL)
        say_fault("letters are sent by a server: --data D names its folder; or --to FILE.eml, to look at it here");
    else if (is_address(o->to) && o->key)
        say_fault("--key is for files; the server signs with its own key, see “breakroom dkim --help”");
    else
        return true;
    return false;
}

int command_mail(int argc, char **argv)
{
    struct options options = {
        .usage = usage,
        .takes = OPTION_STORE | OPTION_EITHER | OPTION_CAMPAIGN | OPTION_AT | OPTION_TO | OPTION_KEY,
        .operands = 2,
        .operands_in_store = 1,
    };
    struct arena *a;
    struct compiled compiled;
    const struct entry *e = NULL;
    int code;

    if (argc < 2 || (strcmp(argv[1], "preview") != 0 && strcmp(argv[1], "--help") != 0)) {
        say_fault("mail can “preview” a newsletter; try “breakroom mail --help”");
        return EXIT_TROUBLE;
    }
    if (strcmp(argv[1], "preview") == 0) {
        argv[1] = argv[0];
        argc--;
        argv++;
    }
    if (!options_read(&options, argc, argv))
        return options.exit_code;
    if (!check_to(&options))
        return EXIT_TROUBLE;
    a = arena_open(COMPILE_MEMORY);
    if (is_address(options.to)) {
        code = send_one(a, &options);
        arena_close(&a);
        return code;
    }
    code = newsletter_compile(a, &options, &compiled);
    if (code == EXIT_FINE) {
        e = newsletter_find(compiled.campaign, span_of(options.operand[options.data ? 0 : 1]));
        code = e && preview(a, &options, &compiled, e) ? EXIT_FINE : EXIT_TROUBLE;
    }
    arena_close(&a);
    return code;
}
