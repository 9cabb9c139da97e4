/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom keys`: makes what a campaign's people are sealed to, and lists it.
 *
 * Secret halves and the passphrase are made here, wrapped here, and die here: store and server get what they cannot open.
 * Nothing is stored before the words were typed back and have opened what is to be stored.
 */
#include "main/command.h"
#include "main/keys_door.h"
#include "main/terminal.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: breakroom keys new --data D [--db URL] [--campaign HOST] [--replace]\n"
    "       breakroom keys list --data D [--db URL] [--campaign HOST]\n"
    "\n"
    "“new” makes the campaign's mailing key and committee key. It draws a passphrase of six words and shows it once, on\n"
    "the terminal: write it on paper. It has to be typed back before anything is stored. Without these words nobody can\n"
    "ever open what is sealed to the keys. “list” says which keys there are. A server may run on D meanwhile.\n"
    "\n"
    "  --data D               the data folder\n"
    "  --db URL               the store is PostgreSQL, postgres://…; without it, SQLite in D, or\n"
    "                         what the server that runs on D has\n"
    "  --campaign HOST        which campaign, where the store has more than one\n"
    "  --replace              make new keys though there are keys in use. What was sealed to the old ones opens only with\n"
    "                         the old passphrase\n"
    "  --passphrase-to FD     for programs: show the words on this descriptor, not on the terminal …\n"
    "  --passphrase-from FD   … and read them back from this one\n"
    "  --help                 print this and leave\n"
    "\n"
    "Exit: 0 done, 1 there are keys in use or the words were not typed back, 2 any other trouble.\n";

enum { KEYS_MEMORY = 16 * 1024 * 1024, TRIES = 3 };

/* ---- what there is ---- */

static void print_keys(struct arena *a, const struct keys_told *told)
{
    struct buf *out = buf_new(a, KEYS_MEMORY / 4);

    buf_printf(out, "%.*s\n", SPAN_ARGS(told->host));
    for (size_t i = 0; i < told->keys.list.count; i++) {
        const struct keys_row *row = &told->keys.list.items[i];

        buf_printf(out, "%-9.*s  ", SPAN_ARGS(key_kind_name(row->kind)));
        key_hex_put(out, (struct span){(const char *)row->id.bytes, KEY_ID_LEN});
        buf_put(out, row->replaced_at.us ? S("  replaced  made ") : S("  in use    made "));
        instant_put(out, row->made_at);
        buf_put(out, S("  public "));
        key_hex_put(out, (struct span){(const char *)row->public_half, KEY_LEN});
        buf_char(out, '\n');
    }
    if (told->keys.list.count == 0)
        buf_put(out, S("no keys yet: “breakroom keys new” makes them\n"));
    (void)fwrite(out->p, 1, out->n, stdout);
}

/* ---- new ones ---- */

struct making {
    struct arena *arena;
    const struct options *options;
    struct terminal *terminal;
    struct keys_call call;
    struct keys_told told;
    struct mailing_secret *mailing;
    struct committee_secret *committee;
    struct passphrase *passphrase;
};

static void close_all(struct making *m)
{
    mailing_key_close(&m->mailing);
    committee_key_close(&m->committee);
    passphrase_close(&m->passphrase);
    terminal_close(&m->terminal);
}

/* Are there keys in use, and may they go out of it? */
static bool may_make(struct making *m)
{
    size_t in_use = 0;

    for (int kind = KEY_MAILING; kind <= KEY_KIND_COUNT; kind++) {
        const struct keys_row *row = keys_in_use(&m->told.keys, (enum key_kind)kind);

        if (row)
            m->call.fresh.replaced[in_use++] = row->id;
    }
    m->call.fresh.replaced_count = in_use;
    if (in_use && !m->options->is_replace) {
        say_fault("%.*s has keys in use; nothing was changed. With --replace they give way to new ones, and what was "
                  "sealed to them opens only with the passphrase they were made with",
                  SPAN_ARGS(m->told.host));
        return false;
    }
    if (in_use)
        fprintf(stderr,
                "The keys of %.*s will be replaced. The old ones stay in the store, locked: every address and every "
                "notice that was sealed to them opens only with the OLD passphrase. If nobody has it any more, these "
                "are lost for good, and people have to subscribe again.\n",
                SPAN_ARGS(m->told.host));
    return true;
}

static bool wrap_both(struct making *m)
{
    struct keys_new *fresh = &m->call.fresh;
    struct mailing_public mailing;
    struct committee_public committee;

    fresh->campaign = m->told.keys.has_campaign ? m->told.keys.campaign : seal_campaign_make();
    mailing_key_make(&m->mailing, &mailing);
    committee_key_make(&m->committee, &committee);
    passphrase_make(&m->passphrase);
    fresh->rows[0] = (struct keys_row){.kind = KEY_MAILING, .id = mailing_key_id(&mailing)};
    memcpy(fresh->rows[0].public_half, mailing.bytes, KEY_LEN);
    fresh->rows[1] = (struct keys_row){.kind = KEY_COMMITTEE, .id = committee_key_id(&committee)};
    memcpy(fresh->rows[1].public_half, committee.bytes, KEY_LEN);
    if (wrap_mailing(m->mailing, &fresh->campaign, m->passphrase, &fresh->rows[0].wrapped) == RC_OK &&
        wrap_committee(m->committee, &fresh->campaign, m->passphrase, &fresh->rows[1].wrapped) == RC_OK)
        return true;
    say_fault("there is not enough memory to lock the keys: it takes 64 MB; nothing was stored");
    return false;
}

/* Derived once more, from what was typed: do these words open what will be stored, to the same keys? RC_IO: no memory. */
static enum rc opens_with(const struct making *m, const struct passphrase *typed)
{
    const struct keys_new *fresh = &m->call.fresh;
    struct mailing_secret *mailing = NULL;
    struct committee_secret *committee = NULL;
    enum rc rc = unwrap_mailing(&fresh->rows[0].wrapped, &fresh->campaign, typed, &mailing);

    if (rc == RC_OK)
        rc = unwrap_committee(&fresh->rows[1].wrapped, &fresh->campaign, typed, &committee);
    if (rc == RC_OK && (!mailing_key_eq(mailing, m->mailing) || !committee_key_eq(committee, m->committee)))
        rc = RC_INVALID;
    mailing_key_close(&mailing);
    committee_key_close(&committee);
    return rc;
}

/* One try. RC_INVALID: said why; try again. RC_DENIED: the person went away. */
static enum rc type_back(const struct making *m)
{
    struct typed_line *line = terminal_ask(m->terminal, S("Type the six words (nothing is shown meanwhile): "));
    struct passphrase *typed = NULL;
    unsigned wrong = 0;
    enum rc rc;

    if (line == NULL)
        return RC_DENIED;
    rc = passphrase_read(typed_line_text(line), &typed, &wrong);
    typed_line_close(&line);
    if (rc == RC_OK) {
        rc = opens_with(m, typed);
        if (rc == RC_INVALID)
            fprintf(stderr, "These are not the words that were shown.\n");
    } else if (wrong) {
        fprintf(stderr, "Word %u is none of ours: a slip of the pen or of a finger.\n", wrong);
    } else {
        fprintf(stderr, "It takes six words.\n");
    }
    passphrase_close(&typed);
    return rc;
}

static bool show_and_hear(const struct making *m)
{
    enum rc rc = RC_DENIED;

    if (terminal_show(
            m->terminal,
            S("These six words open everything that people will tell this campaign. They are shown this once.\n"
              "Write them on paper, twice, and keep the papers in two places; not in a computer, not in a "
              "photo."),
            passphrase_words(m->passphrase)))
        rc = RC_INVALID;
    for (int i = 0; i < TRIES && rc == RC_INVALID; i++)
        rc = type_back(m);
    if (rc == RC_OK)
        return true;
    say_fault("%s; nothing was stored, and these words are good for nothing: begin again",
              rc == RC_IO ? "there is not enough memory to try them: it takes 64 MB" : "the words were not typed back");
    return false;
}

static int store_keys(struct making *m)
{
    m->call.writes = true;
    m->call.host = m->told.host;
    if (!keys_ask(m->arena, m->options, &m->call, &m->told))
        return EXIT_TROUBLE;
    switch (m->told.outcome) {
    case KEYS_DONE:
        print_keys(m->arena, &m->told);
        return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
    case KEYS_CHANGED:
        say_fault("somebody else made keys meanwhile; nothing was stored, and these words are good for nothing");
        return EXIT_ERRORS;
    case KEYS_UNKNOWN:
    case KEYS_TROUBLE:
        break;
    }
    say_fault("it is not known whether the keys were stored: keep the words, and look with “breakroom keys list --data "
              "%s”",
              m->options->data);
    return EXIT_TROUBLE;
}

static int make_keys(const struct options *options, struct arena *a)
{
    struct making m = {.arena = a, .options = options};
    int code = EXIT_TROUBLE;

    m.call.url = span_of(options->db);
    m.call.host = span_of(options->campaign);
    terminal_guard_process();
    m.terminal = terminal_open(options->words_from, options->words_to);
    if (m.terminal == NULL || !keys_ask(a, options, &m.call, &m.told))
        goto out;
    m.told.host = arena_dup(a, m.told.host);
    code = EXIT_ERRORS;
    if (!may_make(&m))
        goto out;
    code = EXIT_TROUBLE;
    if (!wrap_both(&m))
        goto out;
    code = show_and_hear(&m) ? store_keys(&m) : EXIT_ERRORS;
out:
    close_all(&m);
    return code;
}

static int list_keys(const struct options *options, struct arena *a)
{
    struct keys_call call = {.url = span_of(options->db), .host = span_of(options->campaign)};
    struct keys_told told;

    if (!keys_ask(a, options, &call, &told))
        return EXIT_TROUBLE;
    print_keys(a, &told);
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}

int command_keys(int argc, char **argv)
{
    static char name_new[] = "keys new";
    static char name_list[] = "keys list";
    static char name_self[] = "keys";
    struct options options = {.usage = usage, .takes = OPTION_STORE | OPTION_CAMPAIGN};
    bool is_new = argc > 1 && strcmp(argv[1], "new") == 0;
    bool is_list = argc > 1 && strcmp(argv[1], "list") == 0;
    struct arena *a;
    int code;

    if (!is_new && !is_list && argc > 1 && strcmp(argv[1], "--help") != 0) {
        say_fault("keys: “%s” is neither “new” nor “list”; try “breakroom keys --help”", argv[1]);
        return EXIT_TROUBLE;
    }
    if (argc < 2) {
        say_fault("keys: “new” or “list”? try “breakroom keys --help”");
        return EXIT_TROUBLE;
    }
    if (is_new)
        options.takes |= OPTION_REPLACE | OPTION_WORDS_FROM | OPTION_WORDS_TO;
    argv[is_new || is_list] = is_new ? name_new : is_list ? name_list : name_self;
    if (!options_read(&options, argc - (is_new || is_list), argv + (is_new || is_list)))
        return options.exit_code;
    if ((options.words_from == -1) != (options.words_to == -1)) {
        say_fault("--passphrase-to and --passphrase-from go together");
        return EXIT_TROUBLE;
    }
    a = arena_open(KEYS_MEMORY);
    code = is_new ? make_keys(&options, a) : list_keys(&options, a);
    arena_close(&a);
    return code;
}
