/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The walk through a campaign folder. What each name must look like stands in one table; what fits none is named.
 *
 * The order is fixed: campaign.ini first (languages decide what other names mean), then the folders by name, then the
 * registers, of which corrections need the newsletters.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"
#include "folder/photo.h"

#include <errno.h>
#include <string.h>

enum { FEW = 64 }; /* as many texts as a folder without newsletters may well have */

struct walk {
    struct campaign *c;
    struct diags *diags;
    const struct folder_source *source;
    struct span dir;       /* "news" */
    struct arena *scratch; /* photos as they were */
    size_t photo_bytes;
    size_t shown_bytes; /* of public copies of documents */
    size_t words_bytes; /* of them, of their words */
};

static void report(struct walk *w, struct span file, struct span message, struct span note)
{
    at_report(w->diags, DIAG_BAD_FILE, file, (struct span){0}, 0, 0, 0, message, note);
}

static struct span path_of(struct walk *w, struct span name)
{
    return w->dir.n ? arena_join(w->c->arena, (struct span[]){w->dir, S("/"), name}, 3) : name;
}

static bool read_file(struct walk *w, struct arena *a, struct span path, size_t limit, struct span *bytes_out)
{
    struct arena *m = w->c->arena;

    switch (w->source->read(w->source->ctx, a, path, limit, bytes_out)) {
    case FOLDER_FINE:
        return true;
    case FOLDER_OUTSIDE:
        report(w, path, S("a symbolic link that leads out of the campaign folder, or in a circle"), (struct span){0});
        return false;
    case FOLDER_NOT_PLAIN:
        report(w, path, S("not a plain file"), (struct span){0});
        return false;
    case FOLDER_TOO_LARGE:
        report(w, path,
               limit < 1024 * 1024 ? arena_printf(m, "larger than %zu KB", limit / 1024)
                                   : arena_printf(m, "larger than %zu MB", limit / 1024 / 1024),
               (struct span){0});
        return false;
    case FOLDER_UNREADABLE:
        report(w, path, arena_printf(m, "cannot be read: %s", strerror(errno)), (struct span){0});
        return false;
    }
    return false;
}

/* ---- Markdown files ---- */

/* "memo.es.md" → "memo", es. False when the name is not of that form or the campaign does not speak the language. */
static bool parse_name(struct walk *w, struct span file, struct span name, struct span *stem_out, enum lang *lang_out)
{
    struct span stem = span_sub(name, 0, name.n - S(".md").n);
    size_t dot = span_find_last_char(stem, '.');

    *lang_out = campaign_main_lang(w->c);
    *stem_out = stem;
    if (dot == SPAN_NONE)
        return true;
    *stem_out = span_sub(stem, 0, dot);
    if (!lang_from_code(span_from(stem, dot + 1), lang_out) || !campaign_speaks(w->c, *lang_out)) {
        report(w, file,
               arena_printf(w->c->arena, "“%.*s” is none of this campaign's languages",
                            SPAN_ARGS(span_from(stem, dot + 1))),
               S("KEY.md, or KEY.es.md for a translation"));
        return false;
    }
    if (*lang_out == campaign_main_lang(w->c)) {
        report(w, file, S("the main language's file has no language in its name"), (struct span){0});
        return false;
    }
    return true;
}

static bool parse_news_stem(struct walk *w, struct entry *e, struct span stem)
{
    e->slug = stem;
    if (stem.n > 11 && stem.p[10] == '-' && date_parse(span_sub(stem, 0, 10), &e->date)) {
        e->key = span_from(stem, 11);
        return true;
    }
    report(w, e->file, S("a newsletter's name is its day and its key: 2026-04-24-memo.md"),
           stem.n > 10 && stem.p[4] == '-' && stem.p[7] == '-' ? S("that day is in no calendar") : (struct span){0});
    return false;
}

static void read_entry(struct walk *w, enum entry_kind kind, struct span name)
{
    struct entry e = {.kind = kind, .file = path_of(w, name)};
    struct span stem;

    if (!span_ends(name, S(".md"))) {
        report(w, e.file, S("only Markdown files, NAME.md, stand here"), (struct span){0});
        return;
    }
    if (!parse_name(w, e.file, name, &stem, &e.lang))
        return;
    e.key = stem;
    if (kind == ENTRY_NEWS && !parse_news_stem(w, &e, stem))
        return;
    if (!model_is_key(e.key)) {
        report(w, e.file, S("a key has lower-case letters, digits and hyphens, 64 at most"), (struct span){0});
        return;
    }
    if (!read_file(w, w->c->arena, e.file, FOLDER_MARKDOWN_MAX, &e.source) ||
        !at_check_text(w->diags, e.file, e.source))
        return;
    if (span_starts(e.source, S("\xEF\xBB\xBF")))
        e.source = span_from(e.source, 3);
    if (!folder_front_matter(w->c->arena, &e, e.lang != campaign_main_lang(w->c), w->diags))
        return;
    if (kind == ENTRY_NEWS)
        e.published = zone_instant(w->c->zone, e.date, e.minutes);
    *LIST_ADD(w->c->arena, &w->c->entries) = e;
}

/* ---- photos and files ---- */

static bool is_file_name(struct span name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
              c == '_'))
            return false;
    }
    return name.n > 0 && name.n <= 100;
}

static bool ends_in(struct span name, const struct span *suffixes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_ends(name, suffixes[i]))
            return true;
    return false;
}

static bool is_elsewhere(const struct walk *w, struct span file, size_t *size_out)
{
    return w->source->is_elsewhere && w->source->is_elsewhere(w->source->ctx, file, size_out);
}

static void read_photo(struct walk *w, struct span name)
{
    static const struct span jpeg[] = {SPAN_INIT(".jpg"), SPAN_INIT(".jpeg")};
    static const struct span png[] = {SPAN_INIT(".png")};
    struct span file = path_of(w, name);
    struct span fault = {0};
    struct span bytes;
    struct photo photo;
    size_t size;
    enum photo_kind named = ends_in(name, jpeg, COUNT(jpeg)) ? PHOTO_JPEG : PHOTO_PNG;

    if (!is_file_name(name) || (named == PHOTO_PNG && !ends_in(name, png, COUNT(png)))) {
        report(w, file, S("a photo's name has letters, digits, . - _ and ends in .jpg, .jpeg or .png"),
               (struct span){0});
        return;
    }
    arena_reset(w->scratch);
    if (!read_file(w, w->scratch, file, FOLDER_PHOTO_MAX, &bytes))
        return;
    if (photo_clean(w->scratch, bytes, &photo, &fault) != RC_OK) {
        report(w, file, arena_dup(w->c->arena, fault), (struct span){0});
        return;
    }
    if (photo.kind != named) {
        report(w, file, photo.kind == PHOTO_PNG ? S("this is a PNG: call it .png") : S("this is a JPEG: call it .jpg"),
               (struct span){0});
        return;
    }
    w->photo_bytes += photo.bytes.n;
    if (w->photo_bytes > FOLDER_PHOTOS_MAX) {
        report(w, file, S("all photos together are larger than 1 GB: this one was left out"), (struct span){0});
        return;
    }
    if (is_elsewhere(w, file, &size)) /* of this one only the sides were wanted */
        bytes = (struct span){0};
    else if (!w->source->is_lasting || !span_eq(bytes, photo.bytes)) /* one that was cleaned before stays where it is */
        bytes = arena_dup(w->c->arena, photo.bytes);
    *LIST_ADD(w->c->arena, &w->c->photos) = (struct photo_file){name, bytes, photo.width, photo.height};
}

/* From the store alone: in a folder of the disk there is no such folder. */
static void read_leaflets(struct walk *w)
{
    struct folder_names names;

    w->dir = S("leaflets");
    if (w->source->list(w->source->ctx, w->c->arena, w->dir, &names) != FOLDER_FINE)
        names = (struct folder_names){0};
    for (size_t i = 0; i < names.list.count; i++) {
        struct leaflet_copy copy = {.path = path_of(w, names.list.items[i].name)};

        if (!is_elsewhere(w, copy.path, &copy.size) &&
            read_file(w, w->c->arena, copy.path, LEAFLET_COPY_MOST, &copy.bytes))
            copy.size = copy.bytes.n;
        *LIST_ADD(w->c->arena, &w->c->leaflets) = copy;
    }
    w->dir = (struct span){0};
}

static void read_plain(struct walk *w, struct span name)
{
    static const struct span suffixes[] = {SPAN_INIT(".txt"), SPAN_INIT(".csv"), SPAN_INIT(".ics")};
    struct span file = path_of(w, name);
    struct span bytes;

    if (!is_file_name(name) || !ends_in(name, suffixes, COUNT(suffixes))) {
        report(w, file, S("a file to download is a .txt, .csv or .ics, its name letters, digits, . - _"),
               S("other kinds can hold what nobody sees: a writer's name, older versions"));
        return;
    }
    if (read_file(w, w->c->arena, file, FOLDER_TEXT_MAX, &bytes) && at_check_text(w->diags, file, bytes))
        *LIST_ADD(w->c->arena, &w->c->files) = (struct plain_file){name, bytes};
}

static size_t document_limit(enum document_part part)
{
    switch (part) {
    case DOCUMENT_FILE:
        return FOLDER_DOCUMENT_MAX;
    case DOCUMENT_COPY:
        return FOLDER_COPY_MAX;
    case DOCUMENT_WORDS:
        return FOLDER_WORDS_MAX;
    case DOCUMENT_PICTURE:
        return FOLDER_PICTURE_MAX;
    case DOCUMENT_NONE:
    case DOCUMENT_SEAL:
    case DOCUMENT_INI:
    case DOCUMENT_TYPED:
        break;
    }
    return FOLDER_MARKDOWN_MAX;
}

/* The campaign keeps them, so there is a most for all of them. */
static bool fits_shown(struct walk *w, struct span file, enum document_part part, size_t size)
{
    w->shown_bytes += size;
    w->words_bytes += part == DOCUMENT_WORDS ? size : 0;
    if (w->shown_bytes <= FOLDER_SHOWN_MAX && w->words_bytes <= FOLDER_WORDS_MAX)
        return true;
    report(w, file,
           w->words_bytes > FOLDER_WORDS_MAX
               ? S("the words of all documents together are larger than 32 MB: these were left out")
               : S("all public copies together are larger than 512 MB: this one was left out"),
           (struct span){0});
    return false;
}

static void take_document(struct walk *w, enum document_part part, const struct document_name *name, struct span file,
                          struct span bytes, size_t size)
{
    switch (part) {
    case DOCUMENT_INI:
        documents_ini(w->c, file, name, bytes, w->diags);
        return;
    case DOCUMENT_TYPED:
        documents_typed(w->c, file, name, bytes, w->diags);
        return;
    case DOCUMENT_FILE:
        documents_file(w->c, file, name, bytes, w->diags);
        return;
    case DOCUMENT_COPY:
    case DOCUMENT_WORDS:
    case DOCUMENT_PICTURE:
        if (fits_shown(w, file, part, size))
            documents_packed(w->c, file, part, name, bytes, size);
        return;
    case DOCUMENT_NONE:
    case DOCUMENT_SEAL:
        return;
    }
}

static void read_document(struct walk *w, struct span name)
{
    struct span file = path_of(w, name);
    struct document_name parsed;
    struct span bytes = {0};
    size_t size;
    enum document_part part = documents_part(name, &parsed);

    if (part == DOCUMENT_NONE) {
        report(w, file, S("here stand KEY.pdf, .jpg, .png or .tiff, with KEY.ini, and typed pages, KEY.p3.txt"),
               (struct span){0});
        return;
    }
    if (part == DOCUMENT_SEAL)
        return;
    arena_reset(w->scratch);
    if ((part == DOCUMENT_COPY || part == DOCUMENT_PICTURE) && is_elsewhere(w, file, &size))
        take_document(w, part, &parsed, file, bytes, size);
    else if (read_file(w, part == DOCUMENT_FILE ? w->scratch : w->c->arena, file, document_limit(part), &bytes))
        take_document(w, part, &parsed, file, bytes, bytes.n);
}

/* ---- the folders ---- */

static void read_news(struct walk *w, struct span name)
{
    read_entry(w, ENTRY_NEWS, name);
}

static void read_page(struct walk *w, struct span name)
{
    static const struct span keys[] = {SPAN_INIT("about"), SPAN_INIT("privacy"), SPAN_INIT("join")};
    struct span key;
    struct span suffix;

    span_cut(name, '.', &key, &suffix);
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (span_eq(keys[i], key)) {
            read_entry(w, ENTRY_PAGE, name);
            return;
        }
    }
    report(w, path_of(w, name), S("pages are about, privacy and join"),
           at_did_you_mean(w->c->arena, key, keys, COUNT(keys)));
}

static void read_faq(struct walk *w, struct span name)
{
    read_entry(w, ENTRY_FAQ, name);
}

static void read_right(struct walk *w, struct span name)
{
    read_entry(w, ENTRY_RIGHT, name);
}

static void read_block(struct walk *w, struct span name)
{
    read_entry(w, ENTRY_BLOCK, name);
}

/* Longer, and the key of a claim in it would be none. */
enum { ITEM_KEY_MAX = 64 - 4 };

static void read_claims(struct walk *w, struct span name)
{
    size_t before = w->c->entries.count;
    struct span key;
    struct span suffix;

    span_cut(name, '.', &key, &suffix);
    if (key.n > ITEM_KEY_MAX) {
        report(w, path_of(w, name), S("the key of an item has 60 characters at most: its claims add their numbers"),
               (struct span){0});
        return;
    }
    read_entry(w, ENTRY_ITEM, name);
    if (w->c->entries.count > before)
        claims_split(w->c, w->diags);
}

static void read_case(struct walk *w, struct span name)
{
    struct span file = path_of(w, name);
    struct span key = span_sub(name, 0, name.n - S(".ini").n);
    struct span bytes;

    if (!span_ends(name, S(".ini")) || !model_is_key(key))
        report(w, file, S("a case is KEY.ini; a key has lower-case letters, digits and hyphens"), (struct span){0});
    else if (read_file(w, w->c->arena, file, FOLDER_MARKDOWN_MAX, &bytes))
        folder_case(w->c, file, key, bytes, w->diags);
}

static const struct {
    struct span name;
    void (*read)(struct walk *w, struct span name);
    bool has_texts; /* an entry a file */
} folders[] = {
    {SPAN_INIT("blocks"), read_block, true},  {SPAN_INIT("cases"), read_case, false},
    {SPAN_INIT("claims"), read_claims, true}, {SPAN_INIT("documents"), read_document, false},
    {SPAN_INIT("faq"), read_faq, true},       {SPAN_INIT("files"), read_plain, false},
    {SPAN_INIT("news"), read_news, true},     {SPAN_INIT("pages"), read_page, true},
    {SPAN_INIT("photos"), read_photo, false}, {SPAN_INIT("rights"), read_right, true},
};

static void read_folder(struct walk *w, size_t which)
{
    struct folder_names names;

    w->dir = folders[which].name;
    if (w->source->list(w->source->ctx, w->c->arena, w->dir, &names) != FOLDER_FINE) {
        report(w, w->dir, S("this folder cannot be read, or leads out of the campaign folder"), (struct span){0});
        return;
    }
    if (names.is_too_many)
        report(w, w->dir, S("more than 10,000 files: the rest was not read"), (struct span){0});
    if (folders[which].has_texts)
        LIST_RESERVE(w->c->arena, &w->c->entries, names.list.count + FEW);
    for (size_t i = 0; i < names.list.count; i++) {
        const struct folder_name *n = &names.list.items[i];

        if (utf8_first_fault(n->name) != SPAN_NONE)
            report(w, w->dir, S("a file here has a name that is not UTF-8"), (struct span){0});
        else if (n->is_folder)
            report(w, path_of(w, n->name), S("a folder inside this folder is not read"), (struct span){0});
        else
            folders[which].read(w, n->name);
    }
    w->dir = (struct span){0};
}

static const struct {
    struct span name;
    void (*read)(struct campaign *c, struct span file, struct span bytes, struct diags *diags);
} registers[] = {
    {SPAN_INIT("figures.csv"), folder_figures},
    {SPAN_INIT("chronology.csv"), folder_chronology},
    {SPAN_INIT("press.csv"), folder_press},
    {SPAN_INIT("corrections.csv"), folder_corrections}, /* last: it needs the newsletters in order */
};

static void read_top_name(struct walk *w, const struct folder_name *n)
{
    struct span known[COUNT(folders) + COUNT(registers) + 2];
    size_t count = 0;

    if (n->is_folder && w->source->is_checked && span_eq(n->name, S("leaflets"))) {
        read_leaflets(w);
        return;
    }
    for (size_t i = 0; i < COUNT(folders); i++) {
        if (n->is_folder && span_eq(n->name, folders[i].name)) {
            read_folder(w, i);
            return;
        }
        known[count++] = folders[i].name;
    }
    for (size_t i = 0; i < COUNT(registers); i++) {
        if (!n->is_folder && span_eq(n->name, registers[i].name))
            return;
        known[count++] = registers[i].name;
    }
    if (!n->is_folder && (span_eq(n->name, S("platform.md")) ||
                          (campaign_speaks(w->c, LANG_EN) && span_eq(n->name, S("platform.en.md"))) ||
                          (campaign_speaks(w->c, LANG_ES) && span_eq(n->name, S("platform.es.md"))))) {
        read_entry(w, ENTRY_PLATFORM, n->name);
        return;
    }
    if (!n->is_folder && (span_eq(n->name, S("campaign.ini")) || span_eq(n->name, S("published.csv")) ||
                          span_eq(n->name, S("README.md")) || span_eq(n->name, S("README"))))
        return;
    known[count++] = S("platform.md");
    known[count++] = S("campaign.ini");
    report(w, utf8_first_fault(n->name) == SPAN_NONE ? n->name : S("?"),
           n->is_folder ? S("no folder of this name belongs to a campaign")
                        : S("no file of this name belongs to a campaign"),
           at_did_you_mean(w->c->arena, n->name, known, count));
}

static void read_registers(struct walk *w, const struct folder_names *names)
{
    struct span bytes;

    for (size_t k = 0; k < COUNT(registers); k++)
        for (size_t i = 0; i < names->list.count; i++)
            if (span_eq(names->list.items[i].name, registers[k].name) && !names->list.items[i].is_folder &&
                read_file(w, w->c->arena, registers[k].name, FOLDER_TEXT_MAX, &bytes))
                registers[k].read(w->c, registers[k].name, bytes, w->diags);
}

enum rc folder_read_source(struct arena *a, const struct folder_source *source, struct diags *diags,
                           struct campaign **campaign_out, struct span *fault_out)
{
    struct walk w = {.c = ARENA_NEW(a, struct campaign), .diags = diags, .source = source};
    struct folder_names names;
    struct span ini;
    enum rc rc = RC_IO;

    w.c->arena = a;
    w.scratch = arena_open((size_t)FOLDER_PHOTO_MAX * 4);
    if (source->list(source->ctx, a, (struct span){0}, &names) != FOLDER_FINE) {
        *fault_out = arena_printf(a, "cannot list the folder %s: %s", source->name, strerror(errno));
        goto out;
    }
    if (source->read(source->ctx, a, S("campaign.ini"), FOLDER_TEXT_MAX, &ini) != FOLDER_FINE) {
        *fault_out = arena_printf(
            a, "%s has no campaign.ini that can be read: `breakroom new` writes a folder that has one", source->name);
        goto out;
    }
    *campaign_out = w.c;
    rc = RC_OK;
    if (!folder_campaign_ini(w.c, S("campaign.ini"), ini, diags)) {
        if (diags->errors == 0)
            at_report(diags, DIAG_BAD_ROW, S("campaign.ini"), ini, 0, 0, 0, S("[campaign] is incomplete"),
                      (struct span){0});
        rc = RC_INVALID;
        *fault_out = S("nothing else can be read until campaign.ini is right");
        goto out;
    }
    if (names.is_too_many)
        report(&w, S("."), S("more than 10,000 files: the rest was not read"), (struct span){0});
    for (size_t i = 0; i < names.list.count; i++)
        read_top_name(&w, &names.list.items[i]);
    campaign_sort(w.c);
    folder_complete(w.c, diags);
    documents_complete(w.c, source->is_checked, diags);
    cases_complete(w.c, source->is_checked, diags);
    claims_complete(w.c, source->is_checked, diags);
    read_registers(&w, &names);
out:
    arena_close(&w.scratch);
    return rc;
}

enum rc folder_read(struct arena *a, const char *dir, struct diags *diags, struct campaign **campaign_out,
                    struct span *fault_out)
{
    struct folder_source source;
    enum rc rc = folder_source_open(a, dir, &source, fault_out);

    if (rc == RC_OK)
        rc = folder_read_source(a, &source, diags, campaign_out, fault_out);
    folder_source_close(&source);
    return rc;
}
