/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * GET /rights/find and its twins: the finder's form, its answer, its address.
 *
 * An address holds keys alone, so it can be sent to a colleague who reads the other language. Whatever else comes in a
 * query is compared and forgotten: nothing of it is written into the page.
 */
#include "http/uri.h"
#include "page/desk.h"
#include "rights/rights_impl.h"
#include "seal/sha256.h"

static const struct part {
    struct span name; /* of the parameter */
    struct span id;   /* of the field: keys of rights, which are ids as well, have no capitals */
    struct span fault_id;
    enum msg label;
    enum msg asked;
    enum msg missing;
} parts[FINDER_PARTS] = {
    [FINDER_ACTIVITY] = {SPAN_INIT("activity"), SPAN_INIT("Activity"), SPAN_INIT("Activity-fault"), MSG_FINDER_WHAT,
                         MSG_RIGHTS_ACTIVITY, MSG_FINDER_NO_WHAT},
    [FINDER_PLACE] = {SPAN_INIT("place"), SPAN_INIT("Place"), SPAN_INIT("Place-fault"), MSG_FINDER_WHERE,
                      MSG_RIGHTS_PLACE, MSG_FINDER_NO_WHERE},
    [FINDER_TIME] = {SPAN_INIT("time"), SPAN_INIT("Time"), SPAN_INIT("Time-fault"), MSG_FINDER_WHEN, MSG_RIGHTS_TIME,
                     MSG_FINDER_NO_WHEN},
};

struct span finder_path(struct arena *a, const struct site *site, enum lang lang, const struct finder_question *q)
{
    struct buf *out = buf_new(a, 4096);
    char sign = '?';

    buf_put(out, site_path(site, a, lang, S("/rights/find")));
    for (unsigned i = 0; i < FINDER_PARTS; i++) {
        if (q->chosen[i] == NULL)
            continue;
        buf_char(out, sign);
        buf_put(out, parts[i].name);
        buf_char(out, '=');
        buf_put(out, q->chosen[i]->key);
        sign = '&';
    }
    return buf_span(out);
}

/* ---- the form ---- */

static struct tpl_rights_form_fields field(struct arena *a, const struct finder *f, const struct finder_question *q,
                                           unsigned part)
{
    const struct finder_choices *choices = &f->choices[part];
    struct tpl_rights_form_fields_options *options =
        ARENA_ARRAY(a, struct tpl_rights_form_fields_options, choices->list.count);
    struct tpl_rights_form_fields v = {
        .id = parts[part].id,
        .name = parts[part].name,
        .label = msg_plain(f->lang, parts[part].label),
        .options = options,
    };

    if (q->is_unknown[part])
        v.fault = parts[part].fault_id;
    for (size_t i = 0; i < choices->list.count; i++) {
        const struct finder_choice *choice = &choices->list.items[i];
        bool is_chosen = q->chosen[part] == choice;
        enum lang lang;
        struct span words = finder_words(f, choice, &lang);

        if (choice->is_offered || is_chosen)
            options[v.options_count++] = (struct tpl_rights_form_fields_options){
                .key = choice->key, .words = words, .foreign = page_foreign(lang, f->lang), .selected = is_chosen};
    }
    return v;
}

struct markup finder_form(struct arena *a, const struct site *site, const struct finder *f,
                          const struct finder_question *q, enum msg title)
{
    struct tpl_rights_form_fields *fields = ARENA_ARRAY(a, struct tpl_rights_form_fields, FINDER_PARTS);
    struct tpl_rights_form v = {
        .action = url_path(site_path(site, a, f->lang, S("/rights/find"))),
        .title = msg_plain(f->lang, title),
        .fields = fields,
        .fields_count = FINDER_PARTS,
    };
    struct buf *out = frame_buf(a);

    for (unsigned i = 0; i < FINDER_PARTS; i++) {
        fields[i] = field(a, f, q, i);
        if (fields[i].options_count == 0)
            return (struct markup){0};
    }
    tpl_rights_form(out, f->lang, &v);
    return markup_of(out);
}

/* ---- the answer ---- */

/* What a state says in large letters, and what follows from it. The empty span: nothing. */
static struct span verdict_of(const struct finder_found *found, enum lang lang)
{
    switch (found->state) {
    case FINDER_ANSWERED:
        return rights_verdict(found->verdict, lang);
    case FINDER_CONFLICT:
        return msg_plain(lang, MSG_FINDER_CONFLICT);
    case FINDER_NONE:
        return msg_plain(lang, MSG_FINDER_NONE);
    case FINDER_BLANK:
    case FINDER_UNKNOWN:
    case FINDER_PARTIAL:
        break;
    }
    return S("");
}

static struct span lead_of(const struct finder_found *found, enum lang lang)
{
    switch (found->state) {
    case FINDER_ANSWERED:
        return found->rights.list.count > 1 ? msg_plain(lang, MSG_FINDER_SEVERAL_LEAD) : S("");
    case FINDER_CONFLICT:
        return msg_plain(lang, MSG_FINDER_CONFLICT_LEAD);
    case FINDER_NONE:
        return msg_plain(lang, MSG_FINDER_NONE_LEAD);
    case FINDER_BLANK:
        return msg_plain(lang, MSG_RIGHTS_INTRO);
    case FINDER_UNKNOWN:
    case FINDER_PARTIAL:
        break;
    }
    return S("");
}

static void fill_question(struct arena *a, const struct finder *f, const struct finder_question *q,
                          const struct finder_found *found, struct tpl_rights_find *v)
{
    struct tpl_rights_find_faults *faults = ARENA_ARRAY(a, struct tpl_rights_find_faults, FINDER_PARTS);
    struct tpl_rights_find_asked *asked = ARENA_ARRAY(a, struct tpl_rights_find_asked, FINDER_PARTS);
    struct tpl_rights_find_missing *missing = ARENA_ARRAY(a, struct tpl_rights_find_missing, FINDER_PARTS);

    v->faults = faults;
    v->asked = asked;
    v->missing = missing;
    for (unsigned i = 0; i < FINDER_PARTS; i++) {
        const struct part *part = &parts[i];
        enum lang lang;
        struct span words;

        if (q->is_unknown[i])
            faults[v->faults_count++] = (struct tpl_rights_find_faults){
                .id = part->fault_id,
                .link = url_path(arena_join(a, (struct span[]){S("#"), part->id}, 2)),
                .label = msg_plain(f->lang, part->label),
            };
        if (q->chosen[i] == NULL && found->state == FINDER_PARTIAL)
            missing[v->missing_count++].sentence = msg_plain(f->lang, part->missing);
        if (q->chosen[i] == NULL)
            continue;
        words = finder_words(f, q->chosen[i], &lang);
        asked[v->asked_count++] = (struct tpl_rights_find_asked){
            .name = msg_plain(f->lang, part->asked), .foreign = page_foreign(lang, f->lang), .words = words};
    }
}

static void fill_contact(struct arena *a, const struct campaign *c, const struct finder_found *found,
                         struct tpl_rights_find *v)
{
    struct url mail = {0};

    if (!url_external(arena_join(a, (struct span[]){S("mailto:"), c->contact}, 2), &mail))
        return;
    v->contact_words = c->contact;
    if (found->state == FINDER_CONFLICT || found->state == FINDER_NONE)
        v->contact = mail;
    else
        v->unsure = mail;
}

static void fill_newer(struct arena *a, const struct site *site, const struct finder *f,
                       const struct finder_rights *newer, struct tpl_rights_find *v)
{
    struct tpl_rights_find_newer *rows = ARENA_ARRAY(a, struct tpl_rights_find_newer, newer->list.count);

    for (size_t i = 0; i < newer->list.count; i++) {
        const struct finder_right *right = &newer->list.items[i];
        struct finder_question q = finder_question_of(f, right);

        rows[i] = (struct tpl_rights_find_newer){
            .link = url_path(finder_path(a, site, f->lang, &q)),
            .title = right->words->title,
            .foreign = page_foreign(right->words->lang, f->lang),
        };
    }
    v->newer = rows;
    v->newer_count = newer->list.count;
}

/* Is the question the right's own, to the word? Then the page has said it. */
static bool is_case_of(const struct finder *f, const struct finder_right *right, const struct finder_question *q)
{
    struct finder_question own = finder_question_of(f, right);

    for (unsigned i = 0; i < FINDER_PARTS; i++) {
        if (q->chosen[i] != own.chosen[i])
            return false;
    }
    return true;
}

/* Whole answers, or a table of what may be meant. */
static void fill_rights(struct arena *a, const struct site *site, const struct prose_library *lib,
                        const struct page_row *row, const struct finder *f, const struct finder_question *q,
                        const struct finder_found *found, struct tpl_rights_find *v)
{
    const struct finder_rights *rights = &found->rights;
    struct tpl_rights_find_rights *sections = ARENA_ARRAY(a, struct tpl_rights_find_rights, rights->list.count);
    struct rights_shown shown = {.has_verdict = rights->list.count > 1, .has_warning = true};
    struct notes notes = {0};

    if (found->state == FINDER_PARTIAL)
        v->table = rights_table(a, site, f, rights, msg_plain(f->lang, MSG_FINDER_FITTING), true);
    if (found->state == FINDER_NONE)
        v->table = rights_table(a, site, f, &found->near, msg_plain(f->lang, MSG_FINDER_NEAR), true);
    if (found->state != FINDER_ANSWERED && found->state != FINDER_CONFLICT)
        return;
    for (size_t i = 0; i < rights->list.count; i++) {
        shown.has_case = !is_case_of(f, &rights->list.items[i], q);
        sections[i].section = rights_section(a, site, lib, row, &rights->list.items[i], &notes, &shown);
    }
    v->rights = sections;
    v->rights_count = rights->list.count;
    v->notes = notes_render(a, &notes, site, row);
}

static void fill_form(struct arena *a, const struct site *site, const struct finder *f, const struct finder_question *q,
                      const struct finder_found *found, struct tpl_rights_find *v)
{
    bool is_settled = verdict_of(found, f->lang).n > 0;
    struct markup form = finder_form(a, site, f, q, is_settled ? MSG_FINDER_AGAIN : MSG_FINDER_YOURS);

    if (is_settled)
        v->form_after = form;
    else
        v->form_first = form;
}

struct span finder_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct finder *f, const struct finder_question *q, const struct finder_found *found)
{
    struct page_row row = {.path = finder_path(a, site, f->lang, q), .lang = f->lang};
    struct span verdict = verdict_of(found, f->lang);
    const struct msg_arg args[] = {{S("verdict"), verdict}};
    struct tpl_rights_find v = {
        .verdict = verdict,
        .lead = lead_of(found, f->lang),
        .all = url_path(site_path(site, a, f->lang, S("/rights/"))),
    };
    struct frame frame = {
        .site = site,
        .row = &row,
        .title = verdict.n ? msg_text(a, f->lang, MSG_FINDER_TITLE, 0, args, COUNT(args))
                           : msg_plain(f->lang, MSG_RIGHTS_QUESTION),
        .nav = FRAME_NAV_RIGHTS,
        .has_tools = true,
        .is_hidden = true,
    };
    struct buf *out = frame_buf(a);
    enum lang other;

    if (site_other_lang(site, f->lang, &other))
        row.other = finder_path(a, site, other, q);
    fill_question(a, f, q, found, &v);
    fill_contact(a, site->campaign, found, &v);
    fill_newer(a, site, f, &found->newer, &v);
    fill_rights(a, site, lib, &row, f, q, found, &v);
    fill_form(a, site, f, q, found, &v);
    tpl_rights_find(out, f->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

/* ---- requests ---- */

static struct finder_question question_of(struct req *rq, const struct finder *f)
{
    struct finder_question q = {0};

    for (unsigned i = 0; i < FINDER_PARTS; i++) {
        struct span key = {0};
        enum rc rc = uri_query(rq->arena, rq->query, parts[i].name, &key);

        if (rc == RC_OK)
            finder_choose(f, &q, (enum finder_part)i, key);
        else
            q.is_unknown[i] = rc == RC_INVALID;
    }
    return q;
}

static void answer(struct req *rq, const struct page_desk *desk, enum lang lang)
{
    const struct finder *f = finder_of(rq->arena, desk->site->campaign, lang);
    struct finder_question q = question_of(rq, f);
    struct finder_found found = finder_answer(rq->arena, f, &q);
    struct span body = finder_render(rq->arena, desk->site, desk->library, f, &q, &found);
    struct http_answer http = {
        .status = 404,
        .type = "text/html; charset=utf-8",
        .language = lang_code(lang).p,
        .cache = HTTP_NO_STORE,
    };
    struct buf etag;

    if (found.state != FINDER_UNKNOWN) {
        buf_init(&etag, rq->arena, 2 * SHA256_LEN);
        sha256_put(&etag, sha256_of(rq->arena, body));
        http.status = 200;
        http.cache = HTTP_MINUTE;
        http.etag = buf_span(&etag);
    }
    http_send(rq, &http, body);
}

static void on_find(struct req *rq)
{
    struct page_desk desk;
    enum lang lang;

    if (!page_desk_open(rq, &desk))
        return;
    if (page_desk_language(&desk, rq, S("/rights/find"), &lang))
        answer(rq, &desk, lang);
    else
        http_error(rq, 404);
    page_desk_close(&desk);
}

const struct route rights_routes[RIGHTS_ROUTES] = {
    ROUTE_GET("/rights/find", HTTP_WHO_EVERYONE, on_find, HTTP_CACHEABLE),
    ROUTE_GET("/en/rights/find", HTTP_WHO_EVERYONE, on_find, HTTP_CACHEABLE),
    ROUTE_GET("/es/rights/find", HTTP_WHO_EVERYONE, on_find, HTTP_CACHEABLE),
};
