/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See dump.h. A row's piece is a small CSV of its own, a line "column,value" for each cell that is not empty: it reads
 * the same whatever other columns the register has, so a further language changes no row that has no words in it yet.
 */
#include "folder/dump.h"

#include "base/buf.h"
#include "folder/folder_impl.h"
#include "folder/packed.h"
#include "seal/sha256.h"

#include <stdlib.h>
#include <string.h>

enum { DUMP_MOST = 4 * FOLDER_TEXT_MAX, PATH_MOST = 512, KEY_COLUMNS_MAX = 2, CELLS_MOST = COLUMNS_MAX * LANG_COUNT };

/* Which columns make a row's name, and whether several rows share it as a rule: then all have a number, else those behind
 * the first (a figure that was corrected twice). */
static const struct {
    struct span file;
    size_t key_columns[KEY_COLUMNS_MAX];
    size_t key_count;
    bool is_numbered;
} registers[] = {
    {SPAN_INIT("figures.csv"), {0, 3}, 2, false},
    {SPAN_INIT("chronology.csv"), {0, 0}, 1, false},
    {SPAN_INIT("press.csv"), {0, 0}, 1, false},
    {SPAN_INIT("corrections.csv"), {0, 1}, 2, true},
};

static void add_piece(struct arena *a, struct pieces *pieces, struct span path, struct span bytes, int64_t position)
{
    *LIST_ADD(a, &pieces->list) = (struct piece){path, bytes, sha256_of(a, bytes), position, 0};
}

/* ---- splitting ---- */

static bool is_taken(const struct pieces *pieces, struct span path)
{
    for (size_t i = 0; i < pieces->list.count; i++)
        if (span_eq(pieces->list.items[i].path, path))
            return true;
    return false;
}

static struct span row_path(struct arena *a, const struct pieces *pieces, const struct rows *r, size_t which)
{
    struct buf *b = buf_new(a, PATH_MOST);
    size_t same = 1;

    buf_put(b, registers[which].file);
    for (size_t i = 0; i < registers[which].key_count; i++) {
        buf_char(b, i ? '/' : '#');
        buf_put(b, rows_cell(r, registers[which].key_columns[i]));
    }
    if (!registers[which].is_numbered && !is_taken(pieces, buf_span(b)))
        return buf_span(b);
    buf_char(b, '/');
    for (size_t i = 0; i < pieces->list.count; i++)
        same += span_starts(pieces->list.items[i].path, buf_span(b));
    buf_u64(b, same);
    return buf_span(b);
}

static struct span row_bytes(struct arena *a, const struct rows *r)
{
    const struct campaign *c = r->campaign;
    struct buf *b = buf_new(a, DUMP_MOST);

    for (size_t column = 0; column < r->column_count; column++) {
        for (size_t i = 0; i < c->language_count; i++) {
            struct span cell = rows_cell_in(r, column, c->languages[i]);

            if (cell.n == 0)
                continue;
            csv_put(b, rows_column_name(c, &r->columns[column], c->languages[i]));
            buf_char(b, ',');
            csv_put(b, cell);
            buf_char(b, '\n');
        }
    }
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}

static void split_register(struct arena *a, const struct campaign *c, const struct folder_file *file, size_t which,
                           struct pieces *pieces)
{
    struct campaign scratch = *c; /* its arena is written to */
    struct diags diags;
    struct rows r;
    size_t count = 0;
    const struct column *columns = registers_columns(file->path, &count);

    scratch.arena = a;
    diags_init(&diags, a);
    if (!rows_begin(&r, &scratch, file->path, file->bytes, columns, count, &diags))
        return;
    for (int64_t position = 1; rows_next(&r); position++)
        add_piece(a, pieces, row_path(a, pieces, &r, which), row_bytes(a, &r), position);
}

static bool find_register(struct span path, size_t *which_out)
{
    for (size_t i = 0; i < COUNT(registers); i++) {
        if (span_eq(path, registers[i].file)) {
            *which_out = i;
            return true;
        }
    }
    return false;
}

void folder_split(struct arena *a, const struct campaign *c, const struct folder_files *files,
                  struct pieces *pieces_out)
{
    struct folder_files documents = {0};

    *pieces_out = (struct pieces){0};
    for (size_t i = 0; i < files->list.count; i++) {
        const struct folder_file *file = &files->list.items[i];
        size_t which;

        if (find_register(file->path, &which))
            split_register(a, c, file, which, pieces_out);
        else
            add_piece(a, pieces_out, file->path, file->bytes, 0);
    }
    for (size_t i = 0; i < c->photos.count; i++) {
        struct span path = arena_join(a, (struct span[]){S("photos/"), c->photos.items[i].name}, 2);

        add_piece(a, pieces_out, path, c->photos.items[i].bytes, 0);
    }
    for (size_t i = 0; i < c->leaflets.count; i++)
        add_piece(a, pieces_out, c->leaflets.items[i].path, c->leaflets.items[i].bytes, 0);
    packed_files(a, c, &documents);
    for (size_t i = 0; i < documents.list.count; i++)
        add_piece(a, pieces_out, documents.list.items[i].path, documents.list.items[i].bytes, 0);
    pieces_sort(pieces_out);
}

/* ---- joining ---- */

/* The columns of a register, one a language where they hold words; and the cells of one of its rows. */
struct cells {
    struct span names[CELLS_MOST];
    struct span in[CELLS_MOST];
    size_t count;
};

static void name_cells(const struct campaign *c, const struct column *columns, size_t count, struct cells *cells)
{
    cells->count = 0;
    for (size_t column = 0; column < count; column++)
        for (size_t i = 0; i < (columns[column].is_words ? c->language_count : 1); i++)
            cells->names[cells->count++] = rows_column_name(c, &columns[column], c->languages[i]);
}

/* What names no column of today is left out; of two cells of one name the first counts. */
static void read_cells(struct arena *a, struct span row, struct cells *cells)
{
    struct csv_reader reader;
    struct csv_row pair;

    memset(cells->in, 0, sizeof cells->in);
    csv_begin(&reader, row);
    while (csv_next(&reader, a, &pair)) {
        if (pair.fault != CSV_FINE || pair.count != 2)
            continue;
        for (size_t i = 0; i < cells->count; i++)
            if (cells->in[i].p == NULL && span_eq(pair.fields[0].text, cells->names[i]))
                cells->in[i] = pair.fields[1].text;
    }
}

static int compare_positions(const void *left, const void *right)
{
    const struct piece *a = *(const struct piece *const *)left;
    const struct piece *b = *(const struct piece *const *)right;
    int order = (a->position > b->position) - (a->position < b->position);

    return order ? order : span_cmp(a->path, b->path);
}

static void put_row(struct buf *b, const struct span *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(b, ',');
        csv_put(b, cells[i]);
    }
    buf_char(b, '\n');
}

static void join_register(const struct campaign *c, const struct pieces *pieces, size_t which,
                          struct folder_files *files)
{
    struct arena *a = c->arena;
    struct buf *b = buf_new(a, DUMP_MOST);
    const struct piece **rows = ARENA_ARRAY(a, const struct piece *, pieces->list.count + 1);
    size_t count = 0;
    size_t column_count = 0;
    const struct column *columns = registers_columns(registers[which].file, &column_count);
    struct cells cells;
    struct span own;

    for (size_t i = 0; i < pieces->list.count; i++)
        if (piece_is_row(pieces->list.items[i].path, &own) && span_eq(own, registers[which].file))
            rows[count++] = &pieces->list.items[i];
    if (count)
        qsort(rows, count, sizeof *rows, compare_positions);
    name_cells(c, columns, column_count, &cells);
    put_row(b, cells.names, cells.count);
    for (size_t i = 0; i < count; i++) {
        read_cells(a, rows[i]->bytes, &cells);
        put_row(b, cells.in, cells.count);
    }
    CHECK(!buf_overflowed(b));
    *LIST_ADD(a, &files->list) = (struct folder_file){registers[which].file, buf_span(b)};
}

void folder_join(struct arena *a, const struct pieces *pieces, struct folder_files *files_out)
{
    struct campaign c = {.arena = a};
    const struct piece *ini = pieces_find(pieces, S("campaign.ini"));
    struct diags diags;
    struct span own;

    *files_out = (struct folder_files){0};
    diags_init(&diags, a);
    if (ini) /* for the languages; what else is wrong with it is for the reader to say */
        (void)folder_campaign_ini(&c, ini->path, ini->bytes, &diags);
    if (c.language_count == 0)
        c.language_count = 1;
    for (size_t i = 0; i < pieces->list.count; i++) {
        const struct piece *p = &pieces->list.items[i];

        if (!piece_is_row(p->path, &own))
            *LIST_ADD(a, &files_out->list) = (struct folder_file){p->path, p->bytes};
    }
    for (size_t i = 0; i < COUNT(registers); i++)
        join_register(&c, pieces, i, files_out);
    folder_files_sort(files_out);
}

/* ---- .breakroom-base ---- */

static const struct span base_heading = SPAN_INIT("breakroom base 1");

struct span folder_base_write(struct arena *a, const struct folder_base *base)
{
    struct buf *b = buf_new(a, FOLDER_BASE_MOST);

    buf_put(b, base_heading);
    buf_char(b, '\n');
    buf_put(b, base->host);
    buf_char(b, '\n');
    for (size_t i = 0; i < base->pieces.list.count; i++) {
        if (piece_is_derived(base->pieces.list.items[i].path))
            continue;
        sha256_put(b, base->pieces.list.items[i].hash);
        buf_char(b, ' ');
        buf_put(b, base->pieces.list.items[i].path);
        buf_char(b, '\n');
    }
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}

bool folder_base_parse(struct arena *a, struct span bytes, struct folder_base *base_out)
{
    struct span line;

    *base_out = (struct folder_base){0};
    if (!span_ends(bytes, S("\n")) || !span_next(&bytes, '\n', &line) || !span_eq(line, base_heading) ||
        !span_next(&bytes, '\n', &base_out->host) || base_out->host.n == 0)
        return false;
    while (span_next(&bytes, '\n', &line) && (line.n || bytes.n)) {
        struct span digits;
        struct piece p = {0};

        if (!span_cut(line, ' ', &digits, &p.path) || p.path.n == 0 || !sha256_parse(a, digits, &p.hash))
            return false;
        *LIST_ADD(a, &base_out->pieces.list) = p;
    }
    pieces_sort(&base_out->pieces);
    return true;
}
