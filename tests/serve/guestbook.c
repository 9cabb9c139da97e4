/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Two ways to write, as product code may: the form parks its request and posts a job to the writer; the one-click address
 * is a worker's and waits in db_write(). The page with the rows reads, so it is a worker's too: on PostgreSQL it waits.
 */
#include "guestbook.h"

#include "page/form.h"

/* ---- what is asked ---- */

struct note {
    struct span name;
    struct span email;
    int shift;
    int place;
    int64_t years;
    struct span words;
    bool agreed;
};

enum { WORDS_MAX = 500, BODY_MAX = 16 * 1024, ROWS_MOST = 1000, YEARS_MOST = 60 };

static const struct span shifts[] = {SPAN_INIT(""), SPAN_INIT("day"), SPAN_INIT("night")};
static const struct span places[] = {SPAN_INIT("yard"), SPAN_INIT("office"), SPAN_INIT("road")};

static const struct form_field fields[] = {
    FORM_TEXT(struct note, name, .required = true, .max = 60),
    FORM_TEXT(struct note, email, .max = 100),
    FORM_ENUM(struct note, shift, shifts, .required = true),
    FORM_ENUM(struct note, place, places, .required = true),
    FORM_INT(struct note, years, .required = true, .least = 1, .most = YEARS_MOST),
    FORM_TEXT(struct note, words, .required = true, .lines = true, .max = WORDS_MAX),
    FORM_BOOL(struct note, agreed, .required = true),
};

static const struct span shift_words[LANG_COUNT][COUNT(shifts)] = {
    {SPAN_INIT(""), SPAN_INIT("Day"), SPAN_INIT("Night")},
    {SPAN_INIT(""), SPAN_INIT("Día"), SPAN_INIT("Noche")},
};
static const struct span place_words[LANG_COUNT][COUNT(places)] = {
    {SPAN_INIT("In the yard"), SPAN_INIT("In the office"), SPAN_INIT("On the road")},
    {SPAN_INIT("En el patio"), SPAN_INIT("En la oficina"), SPAN_INIT("En la carretera")},
};

#define LABEL(text) .label = SPAN_INIT(text)
#define HINT(text)  .hint = SPAN_INIT(text)

static const struct page_field words[LANG_COUNT][COUNT(fields)] = {
    {
        {LABEL("Your name"), HINT("As your colleagues know you."), .autocomplete = SPAN_INIT("name")},
        {LABEL("Mail address"), .autocomplete = SPAN_INIT("email"), .inputmode = SPAN_INIT("email")},
        {LABEL("Which shift do you work?"), .choices = shift_words[LANG_EN], .is_list = true},
        {LABEL("Where do you work?"), HINT("Where you spend most of the day."), .choices = place_words[LANG_EN]},
        {LABEL("Years here"), HINT("In whole years, such as 3.")},
        {LABEL("What would you change?")},
        {LABEL("My words may stand on this page")},
    },
    {
        {LABEL("Su nombre"), HINT("Como le conocen sus colegas."), .autocomplete = SPAN_INIT("name")},
        {LABEL("Correo electrónico"), .autocomplete = SPAN_INIT("email"), .inputmode = SPAN_INIT("email")},
        {LABEL("¿En qué turno trabaja?"), .choices = shift_words[LANG_ES], .is_list = true},
        {LABEL("¿Dónde trabaja?"), HINT("Donde pasa la mayor parte del día."), .choices = place_words[LANG_ES]},
        {LABEL("Años aquí"), HINT("En años enteros, por ejemplo 3.")},
        {LABEL("¿Qué cambiaría usted?")},
        {LABEL("Mis palabras pueden estar en esta página")},
    },
};

static const struct page_form forms[LANG_COUNT] = {
    {
        .path = SPAN_INIT("/guestbook"),
        .title = SPAN_INIT("Write in the guest book"),
        .intro = SPAN_INIT("Say in a few words what you would change at work."),
        .send = SPAN_INIT("Send"),
        .fields = fields,
        .words = words[LANG_EN],
        .field_count = COUNT(fields),
    },
    {
        .path = SPAN_INIT("/guestbook"),
        .title = SPAN_INIT("Escriba en el libro de visitas"),
        .intro = SPAN_INIT("Diga en pocas palabras qué cambiaría en el trabajo."),
        .send = SPAN_INIT("Enviar"),
        .fields = fields,
        .words = words[LANG_ES],
        .field_count = COUNT(fields),
    },
};

/* ---- its table ---- */

static const struct db_migration migrations[] = {
    {.name = "guestbook",
     .sql = SPAN_INIT("CREATE TABLE guestbook (\n"
                      "    campaign_id {i64}  NOT NULL REFERENCES campaign (campaign_id),\n"
                      "    name        {text} NOT NULL,\n"
                      "    words       {text} NOT NULL,\n"
                      "    place       {text} NOT NULL,\n"
                      "    years       {i64}  NOT NULL,\n"
                      "    PRIMARY KEY (campaign_id, name, words)\n"
                      ") {strict};\n")},
};

struct entry_row {
    struct span name;
    struct span words;
    struct span place;
    int64_t years;
};

static const struct db_stmt insert = {
    .name = "guestbook.insert",
    .sql = "INSERT INTO guestbook (campaign_id, name, words, place, years)"
           " VALUES ($1, $2, $3, $4, $5)"
           " ON CONFLICT DO NOTHING",
};
static const struct db_stmt list = {
    .name = "guestbook.list",
    .sql = "SELECT name, words, place, years"
           " FROM guestbook"
           " WHERE campaign_id = $1"
           " ORDER BY name, words"
           " LIMIT $2",
    .cols = {DB_TEXT(struct entry_row, name), DB_TEXT(struct entry_row, words), DB_TEXT(struct entry_row, place),
             DB_I64(struct entry_row, years)},
};
static const struct db_stmt count = {
    .name = "guestbook.count",
    .sql = "SELECT count(*)"
           " FROM guestbook"
           " WHERE campaign_id = $1",
    .cols = {DB_I64(struct entry_row, years)},
};
static const struct db_stmt remove_name = {
    .name = "guestbook.remove",
    .sql = "DELETE FROM guestbook"
           " WHERE campaign_id = $1 AND name = $2",
};
static const struct db_stmt *const stmts[] = {&insert, &list, &count, &remove_name};

/* ---- a visit ---- */

struct visit {
    struct db_job job;
    struct req *rq;
    struct page_desk desk;
    enum lang lang;
    struct note note;
    struct form_errors errors;
};

static bool visit_open(struct req *rq, struct visit *v)
{
    *v = (struct visit){.rq = rq};
    if (!page_desk_open(rq, &v->desk))
        return false;
    v->lang = site_lang_of(v->desk.site, rq->arena, rq->path);
    if (v->desk.store)
        return true;
    http_error(rq, 404);
    page_desk_close(&v->desk);
    return false;
}

static void show(struct visit *v, unsigned status, struct markup below)
{
    struct page_form form = forms[v->lang];

    form.errors = &v->errors;
    form.below = below;
    page_form_send(v->rq, v->desk.site, status, &form);
}

/* ---- the page with its rows ---- */

static struct markup rows_markup(struct arena *a, const struct db_rows *rows, int64_t all)
{
    struct buf *out = buf_new(a, 16 * 1024 * 1024);
    const struct entry_row *row = rows->items;

    buf_printf(out, "<section class=\"text\"><h2 id=\"Rows\">%lld</h2><ul class=\"list\">\n", (long long)all);
    for (size_t i = 0; i < rows->count; i++) {
        buf_put(out, S("<li><p><b>"));
        html_text(out, row[i].name);
        buf_put(out, S("</b> "));
        html_text(out, row[i].place);
        buf_printf(out, " %lld</p><p>", (long long)row[i].years);
        html_text(out, row[i].words);
        buf_put(out, S("</p></li>\n"));
    }
    buf_put(out, S("</ul></section>\n"));
    return markup_of(out);
}

static void on_page(struct req *rq)
{
    struct visit v;
    struct db *db = NULL;
    struct db_rows rows = {0};
    struct entry_row all = {0};
    enum rc rc;

    if (!visit_open(rq, &v))
        return;
    rc = db_borrow(v.desk.store, &db);
    if (rc == RC_OK) {
        rc = db_all(db, rq->arena, &list, DB_ARGS(db_i64(rq->campaign), db_i64(ROWS_MOST)), &rows);
        if (rc == RC_OK)
            rc = db_one(db, rq->arena, &count, DB_ARGS(db_i64(rq->campaign)), &all);
        db_give_back(&db);
    }
    if (rc == RC_OK)
        show(&v, 200, rows_markup(rq->arena, &rows, all.years));
    else
        http_error(rq, 503);
    page_desk_close(&v.desk);
}

/* ---- sending ---- */

static enum rc write_note(struct db *db, void *arg)
{
    const struct visit *v = arg;

    return db_exec(db, &insert,
                   DB_ARGS(db_i64(v->rq->campaign), db_text(v->note.name), db_text(v->note.words),
                           db_text(places[v->note.place]), db_i64(v->note.years)));
}

static void answer(struct visit *v, enum rc rc)
{
    if (rc == RC_OK)
        http_see_other(v->rq, site_path(v->desk.site, v->rq->arena, v->lang, forms[v->lang].path));
    else
        show(v, 503, (struct markup){0});
    page_desk_close(&v->desk);
}

static void written(struct db_job *job, enum rc rc)
{
    struct visit *v = job->arg;

    answer(v, rc);
    http_unpark(v->rq);
}

static void on_send(struct req *rq)
{
    struct visit *v = ARENA_NEW(rq->arena, struct visit);
    enum rc rc;

    if (!visit_open(rq, v))
        return;
    rc = form_parse(rq, fields, COUNT(fields), &v->note, &v->errors);
    if (rc != RC_OK) {
        if (rc == RC_INVALID)
            show(v, 422, (struct markup){0});
        else
            http_error(rq, form_refusal(rq));
        page_desk_close(&v->desk);
        return;
    }
    v->job = (struct db_job){.name = "guestbook.write", .fn = write_note, .arg = v, .done = written};
    http_park(rq);
    if (db_post(v->desk.store, &v->job) != RC_OK) {
        answer(v, RC_RETRY);
        http_unpark(rq);
    }
}

static void on_limit(struct req *rq)
{
    struct visit v;

    if (!visit_open(rq, &v))
        return;
    if (form_parse(rq, fields, COUNT(fields), &v.note, &v.errors) == RC_DENIED)
        http_error(rq, 429);
    else
        show(&v, 429, (struct markup){0});
    page_desk_close(&v.desk);
}

/* ---- one click ---- */

struct leaving {
    int64_t campaign;
    struct span name;
};

static enum rc remove_rows(struct db *db, void *arg)
{
    const struct leaving *l = arg;

    return db_exec(db, &remove_name, DB_ARGS(db_i64(l->campaign), db_text(l->name)));
}

static void on_leave(struct req *rq)
{
    struct leaving leaving = {rq->campaign, http_param(rq, S("name"))};
    struct visit v;
    struct db *db = NULL;
    enum rc rc;

    if (!visit_open(rq, &v))
        return;
    rc = db_borrow(v.desk.store, &db);
    if (rc == RC_OK) {
        rc = db_write(db, "guestbook.leave", remove_rows, &leaving);
        db_give_back(&db);
    }
    if (rc == RC_OK)
        http_send_html(rq, 200, S("<!DOCTYPE html><html lang=\"en\"><title>Gone</title><p>Gone.</p></html>\n"));
    else
        http_error(rq, 503);
    page_desk_close(&v.desk);
}

/* ---- what is not for everyone, and every error ---- */

static void on_office(struct req *rq)
{
    http_send_html(rq, 200, S("the office\n"));
}

static void on_error(struct req *rq)
{
    struct span text = {0};
    uint64_t status = 0;

    if (!http_query(rq, S("status"), &text) || !span_to_u64(text, 599, &status) || status < 400)
        status = 400;
    http_error(rq, (unsigned)status);
}

static const struct route rows[] = {
    ROUTE_GET("/guestbook", HTTP_WHO_EVERYONE, on_page, HTTP_WORKER),
    ROUTE_FORM("/guestbook", HTTP_WHO_EVERYONE, on_send, on_limit, HTTP_RATE_FORM, BODY_MAX, HTTP_IN_PLACE),
    ROUTE_GET("/es/guestbook", HTTP_WHO_EVERYONE, on_page, HTTP_WORKER),
    ROUTE_FORM("/es/guestbook", HTTP_WHO_EVERYONE, on_send, on_limit, HTTP_RATE_FORM, BODY_MAX, HTTP_IN_PLACE),
    ROUTE_POST("/guestbook/leave/:name", HTTP_WHO_EVERYONE, on_leave, HTTP_CSRF_ANY_ORIGIN, HTTP_RATE_FORM, 100,
               HTTP_WORKER),
    ROUTE_GET("/guestbook/office", HTTP_WHO_ORGANIZER, on_office, HTTP_IN_PLACE),
    ROUTE_POST("/guestbook/office", HTTP_WHO_LEAD, on_office, HTTP_CSRF_SAME_ORIGIN, HTTP_RATE_SIGN, 100,
               HTTP_IN_PLACE),
    ROUTE_GET("/guestbook/error", HTTP_WHO_EVERYONE, on_error, HTTP_IN_PLACE),
    ROUTE_GET("/es/guestbook/error", HTTP_WHO_EVERYONE, on_error, HTTP_IN_PLACE),
};

const struct core_more guestbook = {
    .routes = {rows, COUNT(rows)},
    .migrations = migrations,
    .migration_count = COUNT(migrations),
    .stmts = stmts,
    .stmt_count = COUNT(stmts),
};
