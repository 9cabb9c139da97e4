/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom impact`: which published newsletters lean on something, before it is changed.
 *
 * What they showed stands in published.csv, as a dump wrote it: nothing is compiled, so that the answer is of what people
 * read and not of what the folder says now. A register that grows touches nobody.
 */
#include "base/csv.h"
#include "folder/folder.h"
#include "main/command.h"
#include "main/exchange_door.h"
#include "main/options.h"
#include "main/print.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: breakroom impact DIR WHAT\n"
    "       breakroom impact --data D [--db URL] [--campaign HOST] WHAT\n"
    "\n"
    "Lists the published newsletters that lean on WHAT, with what they showed of it: fig:KEY, claim:KEY, doc:KEY or\n"
    "case:KEY#ALLEGATION. WHAT may also be a file as you mean to change it: figures.csv and cases/KEY.ini list those that\n"
    "showed another value, or another state, than it has; documents/KEY.ini those that refer to what is superseded or not\n"
    "cleared by it; claims/KEY.md all that lean on a claim of it.\n"
    "\n"
    "DIR is a folder that `breakroom dump` wrote: what was published stands in its published.csv.\n"
    "\n"
    "  --data D          ask the store in the data folder D\n"
    "  --db URL          the store is PostgreSQL, postgres://…\n"
    "  --campaign HOST   which campaign, where the store has more than one\n"
    "  --help            print this and leave\n"
    "\n"
    "Exit: 0 said, also that there is none; 1 the file has errors; 2 any other trouble.\n";

/* A newsletter in a language, as published.csv has it. */
struct published {
    struct span key;
    struct span lang;
    struct instant time;
    struct span values; /* "signers=146; schools=21" */
    struct span leans;  /* "doc:memo=p2, p6-7; case:6025#access=charged" */
};

struct impact {
    struct arena *arena;
    struct span ini;
    LIST(struct published) all;
    struct date today;
    size_t touched;
};

/* ---- what was published ---- */

enum { COL_KEY, COL_LANG, COL_TIME, COL_VALUES, COL_LEANS, COLUMNS };
static const struct span column_names[COLUMNS] = {
    [COL_KEY] = SPAN_INIT("key"),       [COL_LANG] = SPAN_INIT("language"), [COL_TIME] = SPAN_INIT("time"),
    [COL_VALUES] = SPAN_INIT("values"), [COL_LEANS] = SPAN_INIT("leans"),
};

static bool find_columns(const struct csv_row *row, size_t index_out[COLUMNS])
{
    size_t found = 0;

    for (size_t i = 0; i < COLUMNS; i++) {
        for (size_t k = 0; k < row->count; k++) {
            if (span_eq(span_trim(row->fields[k].text), column_names[i])) {
                index_out[i] = k;
                found++;
                break;
            }
        }
    }
    return found == COLUMNS;
}

/* False, with a sentence, when it is not what a dump writes. */
static bool read_published(struct impact *x, struct span bytes)
{
    struct csv_row *row = ARENA_NEW(x->arena, struct csv_row);
    struct csv_reader reader;
    size_t index[COLUMNS];
    size_t width;

    csv_begin(&reader, bytes);
    if (!csv_next(&reader, x->arena, row) || row->fault != CSV_FINE || !find_columns(row, index)) {
        say_fault("published.csv lacks a column of key, language, time, values, leans: dump the campaign again");
        return false;
    }
    width = row->count;
    while (csv_next(&reader, x->arena, row)) {
        struct published p;

        if (row->fault != CSV_FINE || row->count != width ||
            !instant_parse(row->fields[index[COL_TIME]].text, &p.time)) {
            say_fault("published.csv, line %u: this is not as a dump writes it", row->line);
            return false;
        }
        p.key = row->fields[index[COL_KEY]].text;
        p.lang = row->fields[index[COL_LANG]].text;
        p.values = row->fields[index[COL_VALUES]].text;
        p.leans = row->fields[index[COL_LEANS]].text;
        *LIST_ADD(x->arena, &x->all) = p;
    }
    return true;
}

static bool read_folder(struct impact *x, const char *dir)
{
    struct folder_source source;
    struct span fault = {0};
    struct span bytes;
    bool is_read = false;

    if (folder_source_open(x->arena, dir, &source, &fault) != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
    } else if (source.read(source.ctx, x->arena, S("published.csv"), PUBLISHED_MOST, &bytes) != FOLDER_FINE) {
        say_fault("%s has no published.csv that can be read: `breakroom dump` writes one", dir);
    } else {
        if (source.read(source.ctx, x->arena, S("campaign.ini"), FOLDER_TEXT_MAX, &x->ini) != FOLDER_FINE)
            x->ini = (struct span){0};
        is_read = read_published(x, bytes);
    }
    folder_source_close(&source);
    return is_read;
}

static bool read_store(struct impact *x, const struct options *o)
{
    struct exchange_call call = {0};
    struct exchange_told told;
    struct folder_files files = {0};
    const struct folder_file *published;
    const struct folder_file *ini;

    call.order.host = span_of(o->campaign);
    call.at = o->at;
    call.url = span_of(o->db);
    if (!exchange_ask(x->arena, o, EXCHANGE_STEP_PUBLISHED, &call, &files, &told))
        return false;
    folder_files_sort(&files);
    published = folder_files_find(&files, S("published.csv"));
    ini = folder_files_find(&files, S("campaign.ini"));
    x->ini = ini ? ini->bytes : (struct span){0};
    if (published == NULL) {
        say_fault("this machine cannot read the campaign in the store: what it published is not known");
        return false;
    }
    return read_published(x, published->bytes);
}

/* ---- who leans on it ---- */

/* The next of "a=1; b=2". A case's key holds no "=", nor does any other. */
static bool next_item(struct span *rest, struct span *name_out, struct span *value_out)
{
    struct span item;

    while (span_next(rest, ';', &item)) {
        item = span_trim(item);
        if (item.n == 0)
            continue;
        span_cut(item, '=', name_out, value_out);
        return true;
    }
    return false;
}

static void say(struct impact *x, const struct published *p, struct span name, struct span showed, struct span now)
{
    printf("%.*s (%.*s): %.*s", SPAN_ARGS(p->key), SPAN_ARGS(p->lang), SPAN_ARGS(name));
    if (showed.n)
        printf(", showed %.*s", SPAN_ARGS(showed));
    if (now.n)
        printf(", is %.*s", SPAN_ARGS(now));
    putchar('\n');
    x->touched++;
}

/* "fig:signers", "case:access#mail": as it was asked for. */
static void find_reference(struct impact *x, struct span what)
{
    bool is_figure = span_starts(what, S("fig:"));
    struct span wanted = is_figure ? span_from(what, S("fig:").n) : what;

    for (size_t i = 0; i < x->all.count; i++) {
        const struct published *p = &x->all.items[i];
        struct span rest = is_figure ? p->values : p->leans;
        struct span name;
        struct span value;

        while (next_item(&rest, &name, &value))
            if (span_eq(name, wanted))
                say(x, p, what, value, (struct span){0});
    }
}

/* ---- a changed file ---- */

/* "21", or "21 since 2026-04-30": on that day it was corrected, and who leaned on it is marked from then on. */
static struct span value_now(struct impact *x, const struct figure *f)
{
    struct span value = f->is_withdrawn ? S("withdrawn") : f->value_text;
    struct buf *b = buf_new(x->arena, 256);

    if (!date_is_set(f->corrected))
        return value;
    buf_put(b, value);
    buf_put(b, S(" since "));
    date_put(b, f->corrected);
    return buf_span(b);
}

static void compare_figures(struct impact *x, const struct campaign *c)
{
    for (size_t i = 0; i < x->all.count; i++) {
        const struct published *p = &x->all.items[i];
        struct date day = zone_date(c->zone, p->time);
        struct span rest = p->values;
        struct span key;
        struct span showed;

        while (next_item(&rest, &key, &showed)) {
            const struct figure *f = campaign_figure(c, key, day);

            if (f == NULL || f->is_withdrawn || !span_eq(f->value_text, showed))
                say(x, p, arena_printf(x->arena, "fig:%.*s", SPAN_ARGS(key)), showed, f ? value_now(x, f) : S("gone"));
        }
    }
}

static void compare_case(struct impact *x, const struct legal_case *k)
{
    struct span base = arena_printf(x->arena, "case:%.*s#", SPAN_ARGS(k->key));

    for (size_t i = 0; i < x->all.count; i++) {
        const struct published *p = &x->all.items[i];
        struct span rest = p->leans;
        struct span name;
        struct span showed;

        while (next_item(&rest, &name, &showed)) {
            const struct allegation *al = span_starts(name, base) ? case_allegation(k, span_from(name, base.n)) : NULL;
            const struct case_step *now = al ? allegation_outcome(al, x->today) : NULL;
            struct span state = now ? case_state_name(now->state) : S("gone");

            if (span_starts(name, base) && !span_eq(state, showed))
                say(x, p, name, showed, state);
        }
    }
}

/* What of "doc:KEY" or "claim:KEY" became, or "" for what is as it was. */
static void say_leaning(struct impact *x, struct span wanted, struct span now)
{
    for (size_t i = 0; i < x->all.count; i++) {
        struct span rest = x->all.items[i].leans;
        struct span name;
        struct span showed;

        while (next_item(&rest, &name, &showed))
            if (span_eq(name, wanted))
                say(x, &x->all.items[i], wanted, showed, now);
    }
}

/* Who refers to a document need know nothing of it but that it may not be shown, or that another has its place. */
static void compare_document(struct impact *x, const struct document *d)
{
    struct span wanted = arena_printf(x->arena, "doc:%.*s", SPAN_ARGS(d->key));

    if (!document_is_cleared(d))
        say_leaning(x, wanted, arena_printf(x->arena, "%.*s", SPAN_ARGS(clearance_name(d->clearance))));
    else if (d->superseded_by.n)
        say_leaning(x, wanted, arena_printf(x->arena, "superseded by %.*s", SPAN_ARGS(d->superseded_by)));
}

/* Is it the item's own, or one of its claims? A key may hold a hyphen and a number, too: then it is another's. */
static bool is_of_item(struct span reference, struct span item)
{
    struct span base = S("claim:");
    struct span number;
    uint64_t n;

    if (!span_starts(reference, base) || !span_starts(span_from(reference, base.n), item))
        return false;
    number = span_from(reference, base.n + item.n);
    return number.n == 0 || (span_starts(number, S("-")) && span_to_u64(span_from(number, 1), 999, &n));
}

/* An answer is shown with its words as they are now: whoever leans on a claim of the file is touched. */
static void compare_claims(struct impact *x, const struct campaign *c, const struct entry *item)
{
    struct span now = item->superseded.n ? arena_printf(x->arena, "superseded by %.*s", SPAN_ARGS(item->superseded))
                                         : (struct span){0};

    for (size_t i = 0; i < x->all.count; i++) {
        struct span rest = x->all.items[i].leans;
        struct span name;
        struct span showed;

        while (next_item(&rest, &name, &showed)) {
            struct span key = span_from(name, name.n < S("claim:").n ? name.n : S("claim:").n);
            bool is_there = false;

            if (!is_of_item(name, item->key))
                continue;
            for (size_t k = 0; k < c->entries.count; k++)
                is_there = is_there || span_eq(c->entries.items[k].key, key);
            say(x, &x->all.items[i], name, showed, is_there ? now : S("gone"));
        }
    }
}

/* ---- which file it is ---- */

enum file_kind { FILE_NONE, FILE_FIGURES, FILE_CASE, FILE_DOCUMENT, FILE_CLAIMS };

struct changed_file {
    struct span dir;  /* without the slash, or "." */
    struct span name; /* "access.ini" */
    struct span key;  /* "access" */
    struct span bytes;
};

/* By its name; an .ini by the folder that it is in, and elsewhere by what stands in it: a case has allegations. */
static enum file_kind kind_of(const struct changed_file *f)
{
    bool is_markdown = span_ends(f->name, S(".md"));

    if (span_eq(f->name, S("figures.csv")))
        return FILE_FIGURES;
    if (!model_is_key(f->key) || (!is_markdown && !span_ends(f->name, S(".ini"))))
        return FILE_NONE;
    if (is_markdown)
        return FILE_CLAIMS;
    if (span_ends(f->dir, S("documents")))
        return FILE_DOCUMENT;
    return span_ends(f->dir, S("cases")) || span_find(f->bytes, S("[allegation")) != SPAN_NONE ? FILE_CASE
                                                                                               : FILE_DOCUMENT;
}

static int refuse(const char *what)
{
    say_fault(
        "“%s” is no fig:, claim:, doc: or case:KEY#ALLEGATION, and no file that newsletters lean on: figures.csv, "
        "claims/KEY.md, cases/KEY.ini or documents/KEY.ini",
        what);
    return EXIT_TROUBLE;
}

static void read_claims(struct campaign *c, const struct changed_file *f, struct diags *diags)
{
    struct entry item = {
        .kind = ENTRY_ITEM, .lang = campaign_main_lang(c), .key = f->key, .file = f->name, .source = f->bytes};

    if (!folder_front_matter(c->arena, &item, false, diags))
        return;
    *LIST_ADD(c->arena, &c->entries) = item;
    claims_split(c, diags);
}

/* EXIT_ERRORS when the file is wrong, with words. */
static int compare(struct impact *x, struct campaign *c, const struct changed_file *f, enum file_kind kind)
{
    struct diags diags;

    diags_init(&diags, x->arena);
    if (kind == FILE_FIGURES)
        folder_figures(c, f->name, f->bytes, &diags);
    else if (kind == FILE_CASE)
        folder_case(c, f->name, f->key, f->bytes, &diags);
    else if (kind == FILE_DOCUMENT)
        folder_document(c, f->name, f->key, f->bytes, &diags);
    else
        read_claims(c, f, &diags);
    if (diags.errors) {
        diags_sort(&diags);
        print_diags(x->arena, stderr, &diags);
        return EXIT_ERRORS;
    }
    if (kind == FILE_FIGURES)
        compare_figures(x, c);
    else if (kind == FILE_CASE && c->cases.count)
        compare_case(x, &c->cases.items[0]);
    else if (kind == FILE_DOCUMENT && c->documents.count)
        compare_document(x, &c->documents.items[0]);
    else if (kind == FILE_CLAIMS && c->entries.count)
        compare_claims(x, c, &c->entries.items[0]);
    return EXIT_FINE;
}

/* EXIT_FINE, EXIT_ERRORS when the file is wrong, EXIT_TROUBLE when it is not there or not one of ours; both with words. */
static int compare_file(struct impact *x, struct options *o, const char *path)
{
    struct campaign c = {.arena = x->arena};
    struct diags diags;
    struct folder_source source;
    struct span fault = {0};
    struct span whole = span_of(path);
    size_t slash = span_find_last_char(whole, '/');
    struct changed_file f = {
        .dir = slash == SPAN_NONE ? S(".") : span_sub(whole, 0, slash),
        .name = slash == SPAN_NONE ? whole : span_from(whole, slash + 1),
    };
    const char *dir = slash == SPAN_NONE ? "." : arena_printf(x->arena, "%.*s/", (int)slash, path).p;
    size_t dot = span_find_last_char(f.name, '.');
    bool is_there;

    diags_init(&diags, x->arena);
    if (dot != SPAN_NONE)
        f.key = span_sub(f.name, 0, dot);
    if (kind_of(&f) == FILE_NONE)
        return refuse(path);
    if (x->ini.n == 0 || !folder_campaign_ini(&c, S("campaign.ini"), x->ini, &diags)) {
        say_fault("the campaign.ini beside published.csv cannot be read");
        return EXIT_TROUBLE;
    }
    if (folder_source_open(x->arena, dir, &source, &fault) != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return EXIT_TROUBLE;
    }
    is_there = source.read(source.ctx, x->arena, f.name, FOLDER_TEXT_MAX, &f.bytes) == FOLDER_FINE;
    folder_source_close(&source);
    if (!is_there) {
        say_fault("cannot read %s", path);
        return EXIT_TROUBLE;
    }
    x->today = zone_date(c.zone, o->at);
    return compare(x, &c, &f, kind_of(&f));
}

static bool is_reference(struct span what)
{
    static const struct span schemes[] = {SPAN_INIT("fig:"), SPAN_INIT("claim:"), SPAN_INIT("doc:"),
                                          SPAN_INIT("case:")};

    for (size_t i = 0; i < COUNT(schemes); i++)
        if (span_starts(what, schemes[i]))
            return true;
    return false;
}

int command_impact(int argc, char **argv)
{
    struct options options = {.usage = usage,
                              .takes = OPTION_STORE | OPTION_EITHER | OPTION_CAMPAIGN | OPTION_AT,
                              .operands = 2,
                              .operands_in_store = 1};
    struct impact x = {0};
    const char *what;
    int code = EXIT_TROUBLE;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    what = options.operand[options.data ? 0 : 1];
    x.arena = arena_open(COMPILE_MEMORY);
    if (options.data ? !read_store(&x, &options) : !read_folder(&x, options.operand[0]))
        goto out;
    code = EXIT_FINE;
    if (is_reference(span_of(what)))
        find_reference(&x, span_of(what));
    else
        code = compare_file(&x, &options, what);
    if (code == EXIT_FINE)
        fprintf(stderr, "%s: %zu in %zu published text%s\n", what, x.touched, x.all.count, x.all.count == 1 ? "" : "s");
    if (!flush_stdout())
        code = EXIT_TROUBLE;
out:
    arena_close(&x.arena);
    return code;
}
