/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * From templates to C: goes through each file byte by byte, hands what stands in braces to tplc_read.c and what
 * stands between to tplc_place.c, and checks what can only be known at the end.
 */
#include "tplc_impl.h"

#include "base/utf8.h"
#include "cgen.h"

#include <stdarg.h>
#include <stdio.h>

bool tplc_fail(struct template *t, size_t at, const char *format, ...)
{
    char what[300];
    va_list args;
    unsigned line = 1;
    unsigned column = 1;

    for (size_t i = 0; i < at && i < t->source.n; i++) {
        if (t->source.p[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)t->source.p[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    buf_put(t->faults, t->path);
    buf_printf(t->faults, ":%u:%u: error: ", line, column);
    buf_put(t->faults, span_of(what));
    buf_char(t->faults, '\n');
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A run of white space: with a line end in it, it becomes one line end, or one space inside a tag. */
static bool read_space(struct template *t)
{
    size_t end = t->at;
    bool in_tag = place_is_in_tag(&t->place);
    bool has_line_end = false;

    while (end < t->source.n && is_space(t->source.p[end]))
        has_line_end = t->source.p[end++] == '\n' || has_line_end;
    if (has_line_end)
        buf_char(&t->text, in_tag ? ' ' : '\n');
    else
        buf_put(&t->text, span_sub(t->source, t->at, end - t->at));
    if (!place_step(t, t->at))
        return false;
    t->at = end;
    return true;
}

static bool read_literal(struct template *t)
{
    struct span rest = span_from(t->source, t->at);

    if (span_starts(rest, S("}}")) && t->place.where != IN_RAW)
        return tplc_fail(t, t->at, "}} without {{");
    if (is_space(rest.p[0]) && (place_is_in_tag(&t->place) || !place_keeps_space(&t->place)))
        return read_space(t);
    if (!place_step(t, t->at))
        return false;
    buf_char(&t->text, rest.p[0]);
    t->at++;
    return true;
}

/* At the end of the file nothing may be open, and no two members of a struct may have one name. */
static bool check_end(struct reader *r)
{
    struct template *t = r->t;
    struct place *p = &t->place;

    if (r->blocks_count)
        return tplc_fail(t, r->blocks[r->blocks_count - 1].at, "this block is never closed");
    if (p->where != IN_DATA && p->where != IN_RAW && p->where != IN_RCDATA)
        return tplc_fail(t, p->tag_at, "the file ends inside a tag or comment");
    if (p->elements.count)
        return tplc_fail(t, p->elements.items[p->elements.count - 1].at, "<%.*s> is never closed",
                         SPAN_ARGS(p->elements.items[p->elements.count - 1].name));
    return true;
}

static bool check_scope(struct template *t, const struct scope *scope)
{
    for (size_t i = 0; i < scope->fields.count; i++) {
        const struct field *list = &scope->fields.items[i];
        struct span count;

        if (list->type != TYPE_LIST)
            continue;
        count = arena_printf(t->a, "%.*s_count", SPAN_ARGS(list->name));
        for (size_t k = 0; k < scope->fields.count; k++)
            if (span_eq(scope->fields.items[k].name, count))
                return tplc_fail(t, scope->fields.items[k].at, "\"%.*s\" is the number of items of the list \"%.*s\"",
                                 SPAN_ARGS(count), SPAN_ARGS(list->name));
        if (!check_scope(t, list->items))
            return false;
    }
    return true;
}

static bool read_name(struct template *t)
{
    struct span base = cgen_basename(t->path);
    struct span suffix;
    size_t dot = span_find_last_char(base, '.');
    char *name;

    suffix = span_from(base, dot == SPAN_NONE ? base.n : dot);
    t->is_xml = span_eq(suffix, S(".xml")) || span_eq(suffix, S(".svg"));
    if (!t->is_xml && !span_eq(suffix, S(".html")))
        return tplc_fail(t, 0, "a template's name ends in .html, .xml or .svg");
    base = span_sub(base, 0, dot);
    if (!tplc_is_word(base, "_-"))
        return tplc_fail(t, 0, "a template's name is a-z, then a-z 0-9 _ -");
    name = arena_cstr(t->a, base);
    for (size_t i = 0; i < base.n; i++)
        if (name[i] == '-')
            name[i] = '_';
    t->name = (struct span){name, base.n};
    t->root = ARENA_NEW(t->a, struct scope);
    t->root->struct_name = arena_printf(t->a, "tpl_%s", name);
    return true;
}

static bool read_template(struct template *t)
{
    struct reader *r = ARENA_NEW(t->a, struct reader);
    size_t fault;

    if (t->source.n > TPLC_SOURCE_MOST)
        return tplc_fail(t, 0, "larger than %d bytes", (int)TPLC_SOURCE_MOST);
    fault = utf8_first_fault(t->source);
    if (fault != SPAN_NONE)
        return tplc_fail(t, fault, "not UTF-8");
    if (!read_name(t))
        return false;
    r->t = t;
    r->frames[r->frames_count++] = (struct frame){.scope = t->root};
    while (t->at < t->source.n) {
        if (span_starts(span_from(t->source, t->at), S("{{")) ? !tplc_read_directive(r) : !read_literal(t))
            return false;
    }
    if (!check_end(r))
        return false;
    (void)tplc_add_node(t, NODE_TEXT); /* takes the last constant along; is empty itself */
    return check_scope(t, t->root);
}

struct struct_names {
    struct span *items;
    size_t count;
    size_t room;
};

/* "news" with a list "page" and a template "news_page" would make two structs of one name. */
static bool names_differ(struct template *t, const struct scope *scope, struct struct_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (span_eq(names->items[i], scope->struct_name))
            return tplc_fail(t, 0, "a second struct %.*s", SPAN_ARGS(scope->struct_name));
    *LIST_ADD(t->a, names) = scope->struct_name;
    for (size_t i = 0; i < scope->fields.count; i++)
        if (scope->fields.items[i].items && !names_differ(t, scope->fields.items[i].items, names))
            return false;
    return true;
}

enum rc tplc_compile(struct arena *a, const struct tplc_source *sources, size_t count, struct span header,
                     struct buf *c_out, struct buf *h_out, struct buf *faults_out)
{
    struct template *all = ARENA_ARRAY(a, struct template, count);
    struct struct_names names = {0};
    bool fine = true;

    for (size_t i = 0; i < count; i++) {
        struct template *t = &all[i];

        *t = (struct template){.a = a, .path = sources[i].path, .source = sources[i].text, .faults = faults_out};
        buf_init(&t->text, a, TPLC_SOURCE_MOST);
        fine = read_template(t) && fine;
    }
    for (size_t i = 0; i < count && fine; i++)
        fine = names_differ(&all[i], all[i].root, &names);
    if (!fine)
        return RC_INVALID;
    tplc_emit_begin(header, c_out, h_out);
    for (size_t i = 0; i < count; i++) {
        tplc_emit_header(&all[i], h_out);
        tplc_emit_function(&all[i], c_out);
    }
    buf_put(h_out, S("\n#endif\n"));
    return RC_OK;
}
