/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A campaign in pieces: there and back, read from memory as from the disk, compared, and merged when two changed it.
 */
#define _GNU_SOURCE /* nftw */
#include "fixture.h"

#include "folder/dump.h"
#include "folder/folder.h"

struct world {
    struct arena *arena;
    char dir[64];
    struct folder_files files;
    struct pieces pieces;
};

static struct world world;

/* Reads a folder and splits it. */
static struct campaign *read_dir(struct world *w, const char *dir)
{
    struct folder_source disk;
    struct folder_source keeping;
    struct campaign *c = NULL;
    struct diags diags;
    struct span fault = {0};

    diags_init(&diags, w->arena);
    assert_int_equal(folder_source_open(w->arena, dir, &disk, &fault), RC_OK);
    keeping = folder_source_keeping(w->arena, &disk, &w->files);
    assert_int_equal(folder_read_source(w->arena, &keeping, &diags, &c, &fault), RC_OK);
    assert_int_equal(diags.errors, 0);
    folder_source_close(&disk);
    folder_split(w->arena, c, &w->files, &w->pieces);
    return c;
}

static int open_world(void **state)
{
    world = (struct world){.arena = arena_open((size_t)1 << 30)};
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    if (world.dir[0])
        fixture_remove(world.dir);
    arena_close(&world.arena);
    return 0;
}

static struct pieces split_again(struct arena *a, struct folder_files *files)
{
    struct folder_source source = folder_source_of_files(files, "memory");
    struct folder_files kept;
    struct folder_source keeping = folder_source_keeping(a, &source, &kept);
    struct campaign *c = NULL;
    struct diags diags;
    struct span fault = {0};
    struct pieces pieces;

    keeping.is_checked = true; /* papers that nobody packed stay behind; what leans on them was checked with them */
    diags_init(&diags, a);
    assert_int_equal(folder_read_source(a, &keeping, &diags, &c, &fault), RC_OK);
    assert_int_equal(diags.errors, 0);
    folder_split(a, c, &kept, &pieces);
    return pieces;
}

static void assert_same_pieces(const struct pieces *a, const struct pieces *b)
{
    assert_int_equal(a->list.count, b->list.count);
    for (size_t i = 0; i < a->list.count; i++) {
        assert_true(span_eq(a->list.items[i].path, b->list.items[i].path));
        assert_true(span_eq(a->list.items[i].bytes, b->list.items[i].bytes));
        assert_true(span_eq(a->list.items[i].hash, b->list.items[i].hash));
        assert_int_equal(a->list.items[i].position, b->list.items[i].position);
    }
}

/* ---- the folder ---- */

static void demo_comes_back(void **state)
{
    struct world *w = *state;
    struct folder_files joined;
    struct folder_files again;
    struct pieces pieces;

    (void)read_dir(w, SOURCE_ROOT "/demo");
    folder_join(w->arena, &w->pieces, &joined);
    pieces = split_again(w->arena, &joined);
    assert_same_pieces(&w->pieces, &pieces);
    folder_join(w->arena, &pieces, &again);
    assert_int_equal(joined.list.count, again.list.count);
    for (size_t i = 0; i < joined.list.count; i++)
        assert_true(span_eq(joined.list.items[i].bytes, again.list.items[i].bytes));
    for (size_t i = 0; i < w->files.list.count; i++) {
        const struct folder_file *file = &w->files.list.items[i];
        const struct folder_file *back = folder_files_find(&joined, file->path);

        assert_non_null(back);
        if (span_find_char(file->path, '/') != SPAN_NONE || !span_ends(file->path, S(".csv")))
            assert_true(span_eq(file->bytes, back->bytes));
    }
}

static const struct folder_file *make(struct world *w, const char *name, const char *text)
{
    *LIST_ADD(w->arena, &w->files.list) = (struct folder_file){span_of(name), span_of(text)};
    return &w->files.list.items[w->files.list.count - 1];
}

/* The pieces of these files alone, as far as they can be read. */
static struct campaign *read_files(struct world *w)
{
    struct folder_source source = folder_source_of_files(&w->files, "memory");
    struct campaign *c = NULL;
    struct diags diags;
    struct span fault = {0};

    folder_files_sort(&w->files);
    diags_init(&diags, w->arena);
    assert_int_equal(folder_read_source(w->arena, &source, &diags, &c, &fault), RC_OK);
    folder_split(w->arena, c, &w->files, &w->pieces);
    return c;
}

static const struct piece *piece(const struct world *w, const char *path)
{
    const struct piece *p = pieces_find(&w->pieces, span_of(path));

    if (p == NULL)
        fail_msg("no piece “%s”", path);
    return p;
}

static void assert_text(struct span found, const char *wanted)
{
    if (!span_eq(found, span_of(wanted)))
        fail_msg("“%.*s” is not “%s”", SPAN_ARGS(found), wanted);
}

static void rows_are_named_and_numbered(void **state)
{
    struct world *w = *state;

    make(w, "campaign.ini", FIXTURE_INI);
    make(w, "figures.csv",
         "key,as_of,value,unit,unit_es,source,source_es,review_by,was,why,why_es\n"
         "b,2026-04-02,5, people ,personas,\"A, b\",\"Dijo \"\"no\"\"\",,,,\n"
         "a,2026-04-01,7,people,,A,,,,,\n");
    make(w, "corrections.csv",
         "key,date,kind,what,what_es\nmemo,2026-04-30,typo,One,Uno\nmemo,2026-04-30,typo,Two,Dos\n"
         "memo,2026-05-01,typo,Three,Tres\n");
    make(w, "press.csv", "key,outlet,title,date,address,stance,language\n");
    (void)read_files(w);
    assert_int_equal(w->pieces.list.count, 6);
    assert_int_equal(piece(w, "figures.csv#b/2026-04-02")->position, 1);
    assert_int_equal(piece(w, "figures.csv#a/2026-04-01")->position, 2);
    assert_text(piece(w, "figures.csv#b/2026-04-02")->bytes,
                "key,b\nvalue,5\nunit,people\nunit_es,personas\nas_of,2026-04-02\nsource,\"A, b\"\n"
                "source_es,\"Dijo \"\"no\"\"\"\n");
    assert_text(piece(w, "corrections.csv#memo/2026-04-30/1")->bytes,
                "key,memo\ndate,2026-04-30\nkind,typo\nwhat,One\nwhat_es,Uno\n");
    assert_int_equal(piece(w, "corrections.csv#memo/2026-04-30/2")->position, 2);
    assert_int_equal(piece(w, "corrections.csv#memo/2026-05-01/1")->position, 3);
    assert_int_equal(piece(w, "campaign.ini")->position, 0);
}

static void registers_are_canonical(void **state)
{
    struct world *w = *state;
    struct folder_files joined;

    rows_are_named_and_numbered(state);
    folder_join(w->arena, &w->pieces, &joined);
    assert_text(folder_files_find(&joined, S("figures.csv"))->bytes,
                "key,value,unit,unit_es,as_of,source,source_es,review_by,was,why,why_es,corrected\n"
                "b,5,people,personas,2026-04-02,\"A, b\",\"Dijo \"\"no\"\"\",,,,,\n"
                "a,7,people,,2026-04-01,A,,,,,,\n");
    assert_text(folder_files_find(&joined, S("press.csv"))->bytes, "key,outlet,title,date,address,stance,language\n");
    assert_text(folder_files_find(&joined, S("chronology.csv"))->bytes,
                "key,date,certainty,text,text_es,source,source_es,public\n");
}

static void memory_reads_as_the_disk(void **state)
{
    struct world *w = *state;
    struct diags from_disk;
    struct diags from_memory;
    struct campaign *a = NULL;
    struct campaign *b = NULL;
    struct span fault = {0};
    struct folder_files files;
    struct folder_source source;

    diags_init(&from_disk, w->arena);
    diags_init(&from_memory, w->arena);
    (void)read_dir(w, SOURCE_ROOT "/demo");
    folder_join(w->arena, &w->pieces, &files);
    source = folder_source_of_files(&files, "memory");
    source.is_checked = true;
    assert_int_equal(folder_read(w->arena, SOURCE_ROOT "/demo", &from_disk, &a, &fault), RC_OK);
    assert_int_equal(folder_read_source(w->arena, &source, &from_memory, &b, &fault), RC_OK);
    assert_int_equal(from_disk.list.count, from_memory.list.count);
    assert_int_equal(a->entries.count, b->entries.count);
    assert_int_equal(a->figures.count, b->figures.count);
    assert_int_equal(a->chronology.count, b->chronology.count);
    assert_int_equal(a->press.count, b->press.count);
    assert_int_equal(a->corrections.count, b->corrections.count);
    assert_int_equal(a->photos.count, b->photos.count);
    assert_int_equal(a->files.count, b->files.count);
    for (size_t i = 0; i < a->entries.count; i++)
        assert_true(span_eq(a->entries.items[i].file, b->entries.items[i].file));
    for (size_t i = 0; i < a->chronology.count; i++)
        assert_true(span_eq(a->chronology.items[i].key, b->chronology.items[i].key));
}

static void memory_without_campaign_ini(void **state)
{
    struct world *w = *state;
    struct folder_source source = folder_source_of_files(&w->files, "memory");
    struct campaign *c = NULL;
    struct diags diags;
    struct span fault = {0};

    diags_init(&diags, w->arena);
    assert_int_equal(folder_read_source(w->arena, &source, &diags, &c, &fault), RC_IO);
    assert_true(span_find(fault, S("campaign.ini")) != SPAN_NONE);
}

/* ---- what stays elsewhere ---- */

struct elsewhere {
    struct folder_source files;
    size_t photos_read;
};

static bool is_elsewhere(void *ctx, struct span path, size_t *size_out)
{
    (void)ctx;
    *size_out = 4711;
    return span_starts(path, S("photos/")) || span_ends(path, S(".pdf")) || span_ends(path, S(".webp"));
}

static enum folder_fault list_elsewhere(void *ctx, struct arena *a, struct span path, struct folder_names *names_out)
{
    const struct elsewhere *e = ctx;

    return e->files.list(e->files.ctx, a, path, names_out);
}

static enum folder_fault read_elsewhere(void *ctx, struct arena *a, struct span path, size_t limit,
                                        struct span *bytes_out)
{
    struct elsewhere *e = ctx;

    assert_false(span_ends(path, S(".pdf")) || span_ends(path, S(".webp")));
    e->photos_read += span_starts(path, S("photos/"));
    return e->files.read(e->files.ctx, a, path, limit, bytes_out);
}

/* Of a photo the sides are known, of a copy how large it is, and no byte of either is kept. */
static void large_ones_stay_elsewhere(void **state)
{
    static const char ini[] = "title = A memo\ntitle_es = Un memo\nclearance = cleared\nlanguage = en\n"
                              "commitment = 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
                              "copy = ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n";
    struct world *w = *state;
    struct elsewhere e;
    struct folder_source source = {.name = "the store",
                                   .is_checked = true,
                                   .is_lasting = true,
                                   .ctx = &e,
                                   .list = list_elsewhere,
                                   .read = read_elsewhere,
                                   .is_elsewhere = is_elsewhere};
    struct campaign *c = NULL;
    const struct document *d;
    struct diags diags;
    struct span fault = {0};

    (void)make(w, "campaign.ini", FIXTURE_INI);
    (void)make(w, "documents/memo.copy.pdf", "");
    (void)make(w, "documents/memo.ini", ini);
    (void)make(w, "documents/memo.p1.webp", "");
    (void)make(w, "documents/memo.words", "breakroom words 1\npage 6120 7920 typed 800 1000 2\n0 Two\n0 words\n");
    (void)make(w, "photos/gate.png", "");
    w->files.list.items[w->files.list.count - 1].bytes = (struct span){FIXTURE_PNG, sizeof FIXTURE_PNG - 1};
    folder_files_sort(&w->files);
    e = (struct elsewhere){.files = folder_source_of_files(&w->files, "memory")};
    diags_init(&diags, w->arena);
    assert_int_equal(folder_read_source(w->arena, &source, &diags, &c, &fault), RC_OK);
    assert_int_equal(e.photos_read, 1);
    assert_int_equal(c->photos.count, 1);
    assert_int_equal(c->photos.items[0].bytes.n, 0);
    assert_true(c->photos.items[0].width > 0 && c->photos.items[0].height > 0);
    d = campaign_document(c, S("memo"));
    assert_non_null(d);
    assert_true(d->shown.is_made);
    assert_int_equal(d->shown.pdf_size, 4711);
    assert_int_equal(d->shown.pdf.n, 0);
    assert_int_equal(d->shown.text.page_count, 1);
    assert_int_equal(d->shown.pictures[0].width, 800);
    assert_int_equal(d->shown.pictures[0].webp.n, 0);
}

/* ---- .breakroom-base ---- */

static void base_comes_back(void **state)
{
    struct world *w = *state;
    struct folder_base base = {.host = S("baysideeducators.example")};
    struct folder_base back;
    struct span text;

    (void)read_dir(w, SOURCE_ROOT "/demo");
    base.pieces = w->pieces;
    text = folder_base_write(w->arena, &base);
    assert_true(folder_base_parse(w->arena, text, &back));
    assert_true(span_eq(back.host, base.host));
    assert_int_equal(back.pieces.list.count, base.pieces.list.count);
    for (size_t i = 0; i < base.pieces.list.count; i++) {
        assert_true(span_eq(back.pieces.list.items[i].path, base.pieces.list.items[i].path));
        assert_true(span_eq(back.pieces.list.items[i].hash, base.pieces.list.items[i].hash));
    }
    for (size_t n = 0; n < text.n; n++) /* cut anywhere but after a line: not ours */
        assert_int_equal(folder_base_parse(w->arena, span_sub(text, 0, n), &back), n > 40 && text.p[n - 1] == '\n');
}

/* ---- pieces ---- */

static void keys_are_what_people_say(void **state)
{
    static const struct {
        const char *path;
        const char *key;
    } all[] = {
        {"news/2026-04-24-memo.md", "memo"},
        {"news/2026-04-24-memo.es.md", "memo"},
        {"faq/is-it-legal.es.md", "is-it-legal"},
        {"platform.md", "platform"},
        {"campaign.ini", "campaign.ini"},
        {"cases/6025.ini", "6025"},
        {"photos/gate.2.jpg", "gate.2.jpg"},
        {"files/meeting.ics", "meeting.ics"},
        {"figures.csv#signers/2026-04-20", "signers"},
        {"press.csv#times", "times"},
        {"corrections.csv#memo/2026-04-30/2", "memo"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++)
        assert_text(piece_key(span_of(all[i].path)), all[i].key);
}

/* "a=1 b=2#1": paths, a letter for the hash, the position behind #. */
static struct pieces parse(struct arena *a, const char *text)
{
    struct pieces pieces = {0};
    struct span rest = span_of(text);
    struct span word;

    while (span_next(&rest, ' ', &word)) {
        struct piece p = {0};
        struct span value;
        struct span position;
        uint64_t number = 0;

        if (word.n == 0)
            continue;
        (void)span_cut(word, '=', &p.path, &value);
        if (span_cut(value, '@', &p.hash, &position))
            assert_true(span_to_u64(position, 100, &number));
        p.position = (int64_t)number;
        *LIST_ADD(a, &pieces.list) = p;
    }
    pieces_sort(&pieces);
    return pieces;
}

static void differences(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        const char *said;
    } all[] = {
        {"", "", ""},
        {"a=1 b=2", "a=1 b=2", ""},
        {"", "b=2 a=1", "na nb "},
        {"a=1 b=2", "", "ga gb "},
        {"a=1 b=2 d=4", "a=9 c=3 d=4", "ca gb nc "},
        {"r#a=1@1 r#b=1@2", "r#a=1@2 r#b=1@1", "or "},
        {"r#a=1@1 r#b=1@2", "r#b=1@1", "gr#a "},
        {"r#a=1@1 r#b=1@2", "r#0=1@1 r#a=1@2 r#b=1@3", "nr#0 "},
        {"r#a=1@1 r#b=1@2 r#c=1@3", "r#a=1@3 r#b=1@2 r#c=1@1", "or "},
        {"r#a=1@1 r#b=1@2 s#a=1@1 s#b=1@2", "r#a=1@2 r#b=1@1 s#a=1@1 s#b=1@2", "or "},
        {"r#a=1@2 s#a=1@1", "r#a=1@1 s#a=1@1", ""},
    };
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(all); i++) {
        struct pieces from = parse(w->arena, all[i].from);
        struct pieces to = parse(w->arena, all[i].to);
        struct buf *said = buf_new(w->arena, 1024);
        struct piece_changes changes;

        pieces_compare(w->arena, &from, &to, &changes);
        for (size_t k = 0; k < changes.list.count; k++) {
            buf_char(said, "ncgo"[changes.list.items[k].kind]);
            buf_put(said, changes.list.items[k].path);
            buf_char(said, ' ');
        }
        assert_text(buf_span(said), all[i].said);
    }
}

static void merges(void **state)
{
    static const struct {
        const char *base;
        const char *store;
        const char *folder;
        const char *take; /* "fKEY" or "sKEY" */
        const char *merged;
        const char *conflicts;
    } all[] = {
        {"a=1", "a=1", "a=2", "", "a=2 ", ""},         /* the folder's own change */
        {"a=1", "a=1", "", "", "", ""},                /* and removal */
        {"a=1", "a=1", "a=1 b=1", "", "a=1 b=1 ", ""}, /* and addition */
        {"a=1", "a=2", "a=2", "", "a=2 ", ""},         /* both the same */
        {"a=1", "", "", "", "", ""},
        {"a=1", "a=2", "a=1", "", "a=1 ", "a "}, /* the store's alone */
        {"a=1", "a=2", "a=3", "", "a=3 ", "a+ "},
        {"a=1", "a=2", "", "", "", "a+ "},
        {"a=1", "", "a=1", "", "a=1 ", "a- "},
        {"a=1", "", "a=2", "", "a=2 ", "a-+ "},
        {"", "a=1", "", "", "", "a "},
        {"", "a=1", "a=2", "", "a=2 ", "a+ "},
        {"a=1", "a=2", "a=3", "sa", "a=2 ", ""},
        {"a=1", "a=2", "a=3", "fa", "a=3 ", ""},
        {"a=1", "", "a=2", "sa", "", ""},
        {"a=1", "", "a=2", "fa", "a=2 ", ""},
        {"", "a=1", "", "sa", "a=1 ", ""},
        {"", "a=1", "", "fa", "", ""},
        {"a=1 b=1", "a=2 b=2", "a=3 b=3", "sa", "a=2 b=3 ", "b+ "},
    };
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(all); i++) {
        struct pieces base = parse(w->arena, all[i].base);
        struct pieces store = parse(w->arena, all[i].store);
        struct pieces folder = parse(w->arena, all[i].folder);
        bool has_take = all[i].take[0] != '\0';
        struct piece_take take = {.is_folder = all[i].take[0] == 'f'};
        struct buf *merged = buf_new(w->arena, 1024);
        struct buf *conflicts = buf_new(w->arena, 1024);
        struct piece_merge merge;

        if (has_take)
            take.key = span_of(all[i].take + 1);
        pieces_merge(w->arena, &base, &store, &folder, &take, has_take, &merge);
        for (size_t k = 0; k < merge.pieces.list.count; k++)
            buf_printf(merged, "%.*s=%.*s ", SPAN_ARGS(merge.pieces.list.items[k].path),
                       SPAN_ARGS(merge.pieces.list.items[k].hash));
        for (size_t k = 0; k < merge.conflicts.count; k++)
            buf_printf(conflicts, "%.*s%s%s ", SPAN_ARGS(merge.conflicts.items[k].path),
                       merge.conflicts.items[k].is_gone ? "-" : "",
                       merge.conflicts.items[k].is_folders_also ? "+" : "");
        assert_text(buf_span(merged), all[i].merged);
        assert_text(buf_span(conflicts), all[i].conflicts);
        assert_int_equal(take.is_used, has_take);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(demo_comes_back, open_world, close_world),
        cmocka_unit_test_setup_teardown(rows_are_named_and_numbered, open_world, close_world),
        cmocka_unit_test_setup_teardown(registers_are_canonical, open_world, close_world),
        cmocka_unit_test_setup_teardown(memory_reads_as_the_disk, open_world, close_world),
        cmocka_unit_test_setup_teardown(memory_without_campaign_ini, open_world, close_world),
        cmocka_unit_test_setup_teardown(large_ones_stay_elsewhere, open_world, close_world),
        cmocka_unit_test_setup_teardown(base_comes_back, open_world, close_world),
        cmocka_unit_test_setup_teardown(keys_are_what_people_say, open_world, close_world),
        cmocka_unit_test_setup_teardown(differences, open_world, close_world),
        cmocka_unit_test_setup_teardown(merges, open_world, close_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
