/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See store.h.
 */
#include "store/store.h"

#include "schema.h"
#include "store/store_impl.h"

const struct db_migration *store_migrations(struct arena *a, size_t *count_out)
{
    struct db_migration *all = ARENA_ARRAY(a, struct db_migration, schema_files_count + 1);

    for (size_t i = 0; i < schema_files_count; i++) {
        struct span path = schema_files[i].path; /* "0001_house.sql" */
        struct span digits;
        struct span name;
        uint64_t number = 0;

        CHECK(span_cut(path, '_', &digits, &name) && span_to_u64(digits, INT32_MAX, &number));
        all[i] = (struct db_migration){
            .number = (int32_t)number,
            .name = arena_cstr(a, span_sub(name, 0, span_find_char(name, '.'))),
            .sql = schema_files[i].bytes,
        };
    }
    *count_out = schema_files_count;
    return all;
}

const struct db_stmt *const *store_stmts(struct arena *a, size_t *count_out)
{
    static const struct {
        const struct db_stmt *const *stmts;
        const size_t *count;
    } families[] = {
        {content_stmts, &content_stmt_count},
        {keys_stmts, &keys_stmt_count},
        {mailing_stmts, &mailing_stmt_count},
        {mailing_claim_stmts, &mailing_claim_stmt_count},
        {mailing_count_stmts, &mailing_count_stmt_count},
        {mailing_freeze_stmts, &mailing_freeze_stmt_count},
        {mailing_settle_stmts, &mailing_settle_stmt_count},
        {published_stmts, &published_stmt_count},
        {search_stmts, &search_stmt_count},
        {subscribers_stmts, &subscribers_stmt_count},
    };
    const struct db_stmt **all;
    size_t count = 0;

    for (size_t i = 0; i < COUNT(families); i++)
        count += *families[i].count;
    all = ARENA_ARRAY(a, const struct db_stmt *, count + 1);
    *count_out = count;
    count = 0;
    for (size_t i = 0; i < COUNT(families); i++)
        for (size_t k = 0; k < *families[i].count; k++)
            all[count++] = families[i].stmts[k];
    return all;
}
