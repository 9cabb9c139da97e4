/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * From two tables to templates/form.html. The ids of a field, its hint and its fault are its name behind a word of ours:
 * "Field-name", "Hint-name", "Fault-name"; of choices side by side the first has the field's own.
 */
#include "page/form.h"

#include "base/utf8.h"
#include "page/frame.h"

#include "templates.h"

#include <string.h>

enum { SHORT_DIGITS = 1000000, KILOBYTE = 1000 };

/* ---- sentences ---- */

/* Characters as http/form.c counts them: a line end is one. */
static size_t characters(struct span typed)
{
    struct span text = span_trim(typed);
    size_t n = utf8_count(text);

    for (size_t i = 0; i + 1 < text.n; i++)
        n -= text.p[i] == '\r' && text.p[i + 1] == '\n';
    return n;
}

static enum msg missing(enum form_kind kind)
{
    switch (kind) {
    case FORM_KIND_CHOICE:
        return MSG_FORM_MISSING_CHOICE;
    case FORM_KIND_BOOL:
        return MSG_FORM_MISSING_TICK;
    case FORM_KIND_FILE:
        return MSG_FORM_MISSING_FILE;
    case FORM_KIND_TEXT:
    case FORM_KIND_INT:
        break;
    }
    return MSG_FORM_MISSING_TEXT;
}

static enum msg sentence_of(const struct form_field *field, enum form_fault fault)
{
    switch (fault) {
    case FORM_MISSING:
        return missing(field->kind);
    case FORM_TOO_LONG:
        return field->kind == FORM_KIND_FILE ? MSG_FORM_FILE_LARGE : MSG_FORM_TOO_LONG;
    case FORM_UNREADABLE:
        return MSG_FORM_UNREADABLE;
    case FORM_NO_NUMBER:
        return MSG_FORM_NO_NUMBER;
    case FORM_TOO_SMALL:
        return MSG_FORM_TOO_SMALL;
    case FORM_TOO_LARGE:
        return MSG_FORM_TOO_LARGE;
    case FORM_NO_CHOICE:
    case FORM_OWN:
    case FORM_FINE:
        break;
    }
    return MSG_FORM_NO_CHOICE;
}

struct span page_form_fault(struct arena *a, enum lang lang, const struct form_field *field, struct span label,
                            enum form_fault fault, struct span typed)
{
    struct msg_digits least;
    struct msg_digits most;
    size_t max = field->max ? field->max : FORM_TEXT_MAX;
    size_t have = characters(typed);
    struct msg_arg args[] = {
        {S("label"), label},
        {S("least"), msg_int(&least, field->least)},
        {S("most"), msg_int(&most, field->most)},
    };

    if (fault == FORM_TOO_LONG)
        args[2].text = msg_int(&most, (int64_t)(field->kind == FORM_KIND_FILE ? max / KILOBYTE : max));
    return msg_text(a, lang, sentence_of(field, fault), have > max ? (int64_t)(have - max) : 0, args, COUNT(args));
}

/* ---- fields ---- */

struct field_place {
    struct arena *arena;
    enum lang lang;
    const struct form_field *field;
    const struct page_field *words;
    struct span typed;
    struct span own_fault;
};

static struct span id_of(struct arena *a, const char *what, struct span name)
{
    return arena_printf(a, "%s-%.*s", what, SPAN_ARGS(name));
}

static void add_choice(const struct field_place *at, struct tpl_form_fields *v, struct tpl_form_fields_choices *room,
                       struct span value, struct span words, struct span hint)
{
    struct span id = v->choices_count ? arena_printf(at->arena, "%.*s-%zu", SPAN_ARGS(v->id), v->choices_count + 1)
                                      : v->id;

    room[v->choices_count++] = (struct tpl_form_fields_choices){
        .id = id,
        .value = value,
        .words = words,
        .chosen = span_eq(value, at->typed),
        .hint = hint,
        .hint_id = hint.n ? id_of(at->arena, "Hint", id) : S(""),
    };
}

/* In a list "not chosen" stands first, so that nothing is chosen by itself; side by side it has no place. */
static void fill_choices(const struct field_place *at, struct tpl_form_fields *v)
{
    const struct form_field *f = at->field;
    struct tpl_form_fields_choices *room = ARENA_ARRAY(at->arena, struct tpl_form_fields_choices, f->choice_count + 1);
    struct span none = S("");

    for (size_t i = 0; i < f->choice_count; i++) {
        if (f->choices[i].n == 0)
            none = at->words->choices[i];
    }
    if (none.n == 0)
        none = msg_plain(at->lang, MSG_FORM_CHOOSE);
    if (at->words->is_list)
        add_choice(at, v, room, S(""), none, S(""));
    for (size_t i = 0; i < f->choice_count; i++) {
        if (f->choices[i].n)
            add_choice(at, v, room, f->choices[i], at->words->choices[i],
                       at->words->choice_hints ? at->words->choice_hints[i] : S(""));
    }
    v->choices = room;
    v->is_select = at->words->is_list;
    v->is_radios = !at->words->is_list;
}

static void fill_kind(const struct field_place *at, struct tpl_form_fields *v)
{
    switch (at->field->kind) {
    case FORM_KIND_TEXT:
        v->is_lines = at->field->lines;
        v->is_line = !at->field->lines;
        return;
    case FORM_KIND_CHOICE:
        fill_choices(at, v);
        return;
    case FORM_KIND_BOOL:
        v->is_tick = true;
        v->optional = false;
        v->chosen = at->typed.n > 0;
        return;
    case FORM_KIND_INT:
        v->is_line = true;
        v->is_short = at->field->most && at->field->most < SHORT_DIGITS;
        v->inputmode = at->field->least < 0 ? S("text") : S("numeric");
        return;
    case FORM_KIND_FILE:
        v->is_file = true;
        return;
    }
}

static struct tpl_form_fields field_of(const struct field_place *at, enum form_fault fault)
{
    struct arena *a = at->arena;
    const struct form_field *f = at->field;
    struct tpl_form_fields v = {
        .name = f->name,
        .id = id_of(a, "Field", f->name),
        .label = at->words->label,
        .optional = !f->required,
        .hint = at->words->hint,
        .hint_id = id_of(a, "Hint", f->name),
        .fault_id = id_of(a, "Fault", f->name),
        .typed = at->typed,
        .autocomplete = at->words->autocomplete,
        .inputmode = at->words->inputmode,
    };

    if (fault == FORM_OWN)
        v.fault = at->own_fault;
    else if (fault)
        v.fault = page_form_fault(a, at->lang, f, at->words->label, fault, at->typed);
    if (v.hint.n && fault)
        v.described = arena_join(a, (struct span[]){v.hint_id, S(" "), v.fault_id}, 3);
    else if (v.hint.n)
        v.described = v.hint_id;
    else if (fault)
        v.described = v.fault_id;
    fill_kind(at, &v);
    return v;
}

static void fill_fields(struct arena *a, enum lang lang, const struct page_form *form, const struct form_errors *errors,
                        struct tpl_form *v)
{
    struct tpl_form_fields *fields = ARENA_ARRAY(a, struct tpl_form_fields, form->field_count + 1);
    struct tpl_form_faults *faults = ARENA_ARRAY(a, struct tpl_form_faults, errors->count + 1);

    v->fields = fields;
    v->faults = faults;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field_place at = {a,
                                       lang,
                                       &form->fields[i],
                                       &form->words[i],
                                       errors->typed[i],
                                       form->own_faults ? form->own_faults[i] : S("")};

        fields[i] = field_of(&at, errors->faults[i]);
        v->has_file = v->has_file || fields[i].is_file;
        if (errors->faults[i])
            faults[v->faults_count++] = (struct tpl_form_faults){
                .link = url_path(arena_join(a, (struct span[]){S("#"), fields[i].id}, 2)),
                .sentence = fields[i].fault,
            };
    }
    v->fields_count = form->field_count;
}

/* ---- the page ---- */

static void fill_alarm(struct arena *a, enum lang lang, unsigned status, struct tpl_form *v)
{
    if (v->faults_count) {
        v->alarm = msg_text(a, lang, MSG_FORM_CHECK, (int64_t)v->faults_count, NULL, 0);
        v->trouble = msg_plain(lang, MSG_FORM_NOTHING_LOST);
    } else if (status >= 400) {
        v->alarm = msg_plain(lang, MSG_FORM_NOT_SENT);
        v->trouble = msg_plain(lang, status == 429 ? MSG_FORM_OFTEN : MSG_FORM_NOT_KEPT);
    }
}

struct span page_form_render(struct arena *a, const struct site *site, enum lang lang, unsigned status,
                             const struct page_form *form)
{
    struct form_errors errors = {0};
    struct page_row row = {.path = site_path(site, a, lang, form->path), .lang = lang};
    struct tpl_form v = {
        .title = form->title,
        .intro = form->intro,
        .done = form->done,
        .action = site_link(site, a, row.path, form->action.n ? form->action : row.path),
        .send = form->send,
        .below = form->below,
    };
    struct frame frame = {
        .site = site,
        .row = &row,
        .title = form->title,
        .is_hidden = status >= 400,
        .is_private = form->is_private,
        .has_tools = true,
    };
    struct buf *out = frame_buf(a);
    struct msg_arg title = {S("title"), form->title};
    enum lang other;

    if (form->other.n)
        row.other = form->other;
    else if (!form->is_private && site_other_lang(site, lang, &other))
        row.other = site_path(site, a, other, form->path);
    if (form->errors)
        errors = *form->errors;
    if (status != 422) {
        memset(errors.faults, 0, sizeof errors.faults);
        errors.count = 0;
    }
    fill_fields(a, lang, form, &errors, &v);
    fill_alarm(a, lang, status, &v);
    if (v.done.n)
        frame.title = arena_join(a, (struct span[]){v.done, S(" "), form->title}, 3);
    if (v.alarm.n)
        frame.title = msg_text(a, lang, MSG_FORM_TITLE, 0, &title, 1);
    tpl_form(out, lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

void page_form_send(struct req *rq, const struct site *site, unsigned status, const struct page_form *form)
{
    enum lang lang = site_lang_of(site, rq->arena, rq->path);
    struct http_answer answer = {
        .status = status, .type = "text/html; charset=utf-8", .language = lang_code(lang).p, /* a literal */
    };

    http_send(rq, &answer, page_form_render(rq->arena, site, lang, status, form));
}
