/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom dkim`: makes the keys that letters are signed with, says what to put into the DNS, and which one signs.
 */
#include "mail/dkim.h"

#include "main/command.h"
#include "main/dkim_keys.h"
#include "main/options.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: breakroom dkim new DOMAIN --data D\n"
    "       breakroom dkim new DOMAIN --to FILE\n"
    "       breakroom dkim show DOMAIN --data D\n"
    "       breakroom dkim use DOMAIN SELECTOR --data D\n"
    "\n"
    "Letters from DOMAIN are signed with a key of its own (DKIM). `new` makes one, readable by you alone, and prints the\n"
    "DNS record that lets others check its signatures. A domain has room for two keys, br1 and br2: the first signs at\n"
    "once; a later one signs from `use` on, when its record can be seen, and the old record stays for two weeks more.\n"
    "\n"
    "  --data D     the data folder\n"
    "  --to FILE    write the key there instead, to a new file; its name without .pem is the selector\n"
    "  --help       print this and leave\n"
    "\n"
    "Exit: 0 done, 2 any trouble.\n";

enum { MEMORY = 4 * 1024 * 1024, STRING = 250 };

/* A record as zone files have it: strings of 255 bytes at most. */
static bool print_record(struct arena *a, struct span domain, struct span selector, struct span pem)
{
    struct span record;

    if (dkim_record(a, pem, &record) != RC_OK) {
        say_fault("%.*s: not an RSA key of 2048 bits or more", SPAN_ARGS(selector));
        return false;
    }
    printf("%.*s._domainkey.%.*s. IN TXT (\n", SPAN_ARGS(selector), SPAN_ARGS(domain));
    for (size_t at = 0; at < record.n; at += STRING)
        printf("    \"%.*s\"\n", SPAN_ARGS(span_sub(record, at, STRING)));
    puts(")");
    return true;
}

static struct span make_key(struct arena *a)
{
    struct span pem;

    if (dkim_key_new(a, &pem) != RC_OK)
        say_fault("no key could be made: the machine has no randomness to give, or no memory");
    return pem;
}

static bool new_file(struct arena *a, const struct options *o, struct span domain)
{
    struct span path = span_of(o->to);
    size_t slash = span_find_last_char(path, '/');
    struct span selector = slash == SPAN_NONE ? path : span_from(path, slash + 1);
    struct span pem;
    struct span fault = {0};
    struct dkim *probe = NULL;
    enum rc rc;

    if (span_ends(selector, S(".pem")))
        selector = span_sub(selector, 0, selector.n - 4);
    pem = make_key(a);
    if (pem.n == 0)
        return false;
    rc = dkim_open(pem, domain, selector, &probe);
    dkim_close(&probe);
    if (rc != RC_OK) {
        say_fault(
            "the domain and the file's name are to be of small letters, digits, hyphens and dots; nothing was written");
        return false;
    }
    if (dkim_file_write_new(a, o->to, pem, &fault) != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return false;
    }
    return print_record(a, domain, selector, pem);
}

/* Which of the two a new key becomes; -1, with a sentence, when neither can be had. */
static int free_place(const struct dkim_keys *keys, struct instant now)
{
    int other = keys->current == 0 ? 1 : 0;

    if (keys->pem[other].n == 0 || keys->current < 0)
        return other;
    if (now.us - keys->since.us >= (int64_t)DKIM_DAYS * 86400 * 1000000)
        return other;
    say_fault(
        "%.*s took over less than %d days ago, and letters signed with %.*s are still on their way; make the new key "
        "later",
        SPAN_ARGS(keys->selector[keys->current]), DKIM_DAYS, SPAN_ARGS(keys->selector[other]));
    return -1;
}

static bool new_in_data(struct arena *a, const struct options *o, struct span domain, struct dkim_keys *keys)
{
    struct span fault = {0};
    struct span pem;
    int place = free_place(keys, o->at);

    if (place < 0)
        return false;
    pem = make_key(a);
    if (pem.n == 0)
        return false;
    if (dkim_keys_write(a, o->data, domain, keys->selector[place], pem, &fault) != RC_OK ||
        (keys->current < 0 && dkim_keys_use(a, o->data, domain, keys->selector[place], &fault) != RC_OK)) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return false;
    }
    if (!print_record(a, domain, keys->selector[place], pem))
        return false;
    if (keys->current >= 0)
        fprintf(stderr, "%.*s still signs. When the record can be seen: breakroom dkim use %.*s %.*s --data %s\n",
                SPAN_ARGS(keys->selector[keys->current]), SPAN_ARGS(domain), SPAN_ARGS(keys->selector[place]), o->data);
    return true;
}

static bool show(struct arena *a, struct span domain, const struct dkim_keys *keys)
{
    bool is_any = false;

    for (int i = 0; i < DKIM_SELECTORS; i++) {
        if (keys->pem[i].n == 0)
            continue;
        is_any = true;
        printf("; %.*s %s\n", SPAN_ARGS(keys->selector[i]), i == keys->current ? "signs" : "does not sign");
        if (!print_record(a, domain, keys->selector[i], keys->pem[i]))
            return false;
    }
    if (!is_any)
        say_fault("%.*s has no key; “breakroom dkim new” makes one", SPAN_ARGS(domain));
    return is_any;
}

static bool use(struct arena *a, const struct options *o, struct span domain, const struct dkim_keys *keys)
{
    struct span fault = {0};
    struct span wanted = span_of(o->operand[1]);

    for (int i = 0; i < DKIM_SELECTORS; i++) {
        if (!span_eq(keys->selector[i], wanted) || keys->pem[i].n == 0)
            continue;
        if (i == keys->current || dkim_keys_use(a, o->data, domain, wanted, &fault) == RC_OK) {
            fprintf(stderr, "%.*s signs letters from %.*s\n", SPAN_ARGS(wanted), SPAN_ARGS(domain));
            return true;
        }
        say_fault("%.*s", SPAN_ARGS(fault));
        return false;
    }
    say_fault("%.*s has no key “%s”; “breakroom dkim show” lists them", SPAN_ARGS(domain), o->operand[1]);
    return false;
}

static bool in_data(struct arena *a, const struct options *o, const char *verb)
{
    struct span domain = span_of(o->operand[0]);
    struct span fault = {0};
    struct dkim_keys keys;

    if (dkim_keys_read(a, o->data, domain, &keys, &fault) != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return false;
    }
    if (strcmp(verb, "new") == 0)
        return new_in_data(a, o, domain, &keys);
    return strcmp(verb, "use") == 0 ? use(a, o, domain, &keys) : show(a, domain, &keys);
}

int command_dkim(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    bool is_new = strcmp(verb, "new") == 0;
    struct options options = {
        .usage = usage,
        .takes = OPTION_STORE | OPTION_AT | (is_new ? OPTION_TO | OPTION_EITHER : 0),
        .operands = strcmp(verb, "use") == 0 ? 2 : 1,
    };
    struct arena *a;
    bool is_fine;

    if (!is_new && strcmp(verb, "show") != 0 && strcmp(verb, "use") != 0 && strcmp(verb, "--help") != 0) {
        say_fault("dkim new, dkim show or dkim use? try “breakroom dkim --help”");
        return EXIT_TROUBLE;
    }
    if (strcmp(verb, "--help") != 0) {
        argv[1] = argv[0];
        argc--;
        argv++;
    }
    if (!options_read(&options, argc, argv))
        return options.exit_code;
    if (is_new && (options.to == NULL) == (options.data == NULL)) {
        say_fault("where to? --data D or --to FILE");
        return EXIT_TROUBLE;
    }
    a = arena_open(MEMORY);
    is_fine = options.to ? new_file(a, &options, span_of(options.operand[0])) : in_data(a, &options, verb);
    arena_close(&a);
    return is_fine && flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}
