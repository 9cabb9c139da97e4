/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside the reader: files by their descriptor, places in a file, rows by their columns.
 */
#ifndef FOLDER_FOLDER_IMPL_H
#define FOLDER_FOLDER_IMPL_H

#include "base/csv.h"
#include "base/ini.h"
#include "folder/folder.h"

/* ---- sys.c: the only file here that asks the kernel for anything ---- */

/* Opens the folder itself. -1, errno and a sentence. */
int sys_open_folder(struct arena *a, const char *dir, struct span *fault_out);
void sys_close(int *fd); /* accepts -1 */
/* As struct folder_source has it, below the folder of a descriptor. */
enum folder_fault sys_read_file(struct arena *a, int folder, struct span path, size_t limit, struct span *bytes_out);
enum folder_fault sys_list_folder(struct arena *a, int folder, struct span path, struct folder_names *names_out);

/* The TZif file of a zone, from the machine's own data. */
enum rc sys_read_zone(struct arena *a, struct span zone_name, struct span *bytes_out);

/* ---- complete.c ---- */
/* Checks what needs all files at once, and lets translations inherit. The entries are in order. */
void folder_complete(struct campaign *c, struct diags *diags);

/* ---- audiences.c: the sections [audience KEY] of campaign.ini ---- */

enum { AUDIENCES_MOST = 12, AUDIENCE_FIELDS = 5 };
struct audiences_reader {
    struct campaign *c;
    struct diags *diags;
    struct span file;
    struct span source;
    uint32_t section_line[AUDIENCES_MOST];
    uint32_t lines[AUDIENCES_MOST][AUDIENCE_FIELDS][LANG_COUNT]; /* of each value; 0: not there */
};

/* Finds the sections; then each entry that is in one (false: it is in another); then what is missing, or the usual four
 * where there is no such section. The campaign's languages have to be known. */
void audiences_begin(struct audiences_reader *r, struct campaign *c, struct span file, struct span source,
                     struct diags *diags);
bool audiences_take(struct audiences_reader *r, const struct ini_entry *e);
void audiences_complete(struct audiences_reader *r);

/* ---- cases.c ---- */
/* In their order, and with documents that exist and are cleared; what was checked when it was taken in may have left those
 * that cannot be seen behind. Call once, when the documents are complete. */
void cases_complete(struct campaign *c, bool is_checked, struct diags *diags);

/* ---- claims.c ---- */
/* Their papers exist and are cleared, as with cases, and no item is called like a claim. Call once, when the documents are
 * complete. */
void claims_complete(struct campaign *c, bool is_checked, struct diags *diags);

/* ---- at.c: diagnostics in a text file ---- */

/* Reports at a line and column (0: the whole line; line 0: the whole file) of `source`. */
void at_report(struct diags *d, enum diag_code code, struct span file, struct span source, uint32_t line,
               uint32_t column, uint32_t width, struct span message, struct span note);
/* UTF-8 without NUL? Reports the first byte that is neither and gives false. */
bool at_check_text(struct diags *d, struct span file, struct span bytes);
/* Reports a piece of a field of an entry, where it stands in its file. */
void at_report_field(struct diags *d, enum diag_code code, const struct entry *e, struct span piece,
                     struct span message, struct span note);
/* "did you mean “x”?" or nothing. */
struct span at_did_you_mean(struct arena *a, struct span word, const struct span *known, size_t count);

/* ---- rows.c: a CSV file by its columns ---- */

enum { COLUMNS_MAX = 16 };
struct column {
    struct span name;
    bool is_words;    /* has one more column a further language */
    bool is_optional; /* what was written before there was such a column may go without */
};

struct rows {
    struct campaign *campaign;
    struct diags *diags;
    struct span file;
    struct span source;
    const struct column *columns;
    size_t column_count;
    size_t index[COLUMNS_MAX][LANG_COUNT]; /* field of each column and language; SIZE_MAX: not in the file */
    size_t width;                          /* fields of the heading */
    struct csv_reader reader;
    struct csv_row row;
    size_t read; /* rows so far */
    bool is_bad; /* something in this row was reported */
};

/* Reads the heading. False when a column is missing: reported, and no row can be read. */
bool rows_begin(struct rows *r, struct campaign *c, struct span file, struct span bytes, const struct column *columns,
                size_t count, struct diags *diags);
bool rows_next(struct rows *r); /* to the next row that has the heading's width */
struct place rows_place(const struct rows *r);
struct span rows_cell(const struct rows *r, size_t column); /* trimmed, in the main language */
/* Trimmed, in that language; empty when the file has no such column. */
struct span rows_cell_in(const struct rows *r, size_t column, enum lang lang);
/* The name of a column in a language: "text", "text_es". */
struct span rows_column_name(const struct campaign *c, const struct column *column, enum lang lang);
/* All languages of a column of words; what is missing beside the main one is translation-missing. */
struct words rows_words(struct rows *r, size_t column);
void rows_report(struct rows *r, size_t column, struct span message, struct span note);
/* Typed cells: false, and reported, when the cell does not hold one. */
bool rows_key(struct rows *r, size_t column, struct span *key_out);
bool rows_date(struct rows *r, size_t column, struct date *date_out);
bool rows_one_of(struct rows *r, size_t column, const struct span *known, size_t count, size_t *index_out);
bool rows_filled(struct rows *r, size_t column, struct span *text_out);
/* "words <address>" in each language. False when an address is no reference and no https address. */
bool rows_source(struct rows *r, size_t column, struct source *source_out);

/* ---- documents.c ---- */

enum document_part {
    DOCUMENT_NONE,
    DOCUMENT_INI,
    DOCUMENT_FILE,
    DOCUMENT_TYPED,
    DOCUMENT_SEAL, /* the 32 bytes behind a commitment: nobody's but the organizer's, and not read here */
    DOCUMENT_COPY, /* of a public copy, and the next two */
    DOCUMENT_WORDS,
    DOCUMENT_PICTURE,
};
struct document_name {
    struct span key;
    enum doc_kind kind; /* FILE */
    uint32_t page;      /* TYPED, PICTURE */
};
/* What a name in documents/ is; NONE for a wrong one. */
enum document_part documents_part(struct span name, struct document_name *name_out);
/* Each takes one file; what is wrong goes to `diags`. The bytes of INI and TYPED are kept, of FILE only looked at. */
void documents_ini(struct campaign *c, struct span file, const struct document_name *name, struct span bytes,
                   struct diags *diags);
void documents_file(struct campaign *c, struct span file, const struct document_name *name, struct span bytes,
                    struct diags *diags);
void documents_typed(struct campaign *c, struct span file, const struct document_name *name, struct span bytes,
                     struct diags *diags);
/* COPY, WORDS and PICTURE: only noted; documents_complete() compares them. The bytes are kept, or are elsewhere: then only
 * `size` says something. */
void documents_packed(struct campaign *c, struct span file, enum document_part part, const struct document_name *name,
                      struct span bytes, size_t size);
/* In their order, without those that have no .ini or no paper. Call once, after the last. */
void documents_complete(struct campaign *c, bool is_checked, struct diags *diags);

/* Of a document whose ini is read: do the files of its public copy fit each other? Then fills in `shown`. Of one that is
 * checked the copy is not hashed again. */
void packed_complete(struct campaign *c, struct document *d, bool is_checked, struct diags *diags);

/* ---- registers.c ---- */
/* The columns of a register in the guide's order, by its file's name; null for another file. */
const struct column *registers_columns(struct span file, size_t *count_out);

#endif
