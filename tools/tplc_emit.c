/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Writes the C of templates: structs for a header, functions of constant spans and calls. Nothing is decided here.
 */
#include "tplc_impl.h"

#include "cgen.h"

void tplc_emit_begin(struct span header, struct buf *c_out, struct buf *h_out)
{
    buf_put(c_out, S("/* Made by tools/tplc from templates: change those. */\n#include \""));
    buf_put(c_out, cgen_basename(header));
    buf_put(c_out, S("\"\n"));
    buf_put(h_out, S("/* Made by tools/tplc from templates: change those. */\n#ifndef "));
    cgen_guard(h_out, header);
    buf_put(h_out, S("\n#define "));
    cgen_guard(h_out, header);
    buf_put(h_out, S("\n\n#include \"html/html.h\"\n#include \"html/msg.h\"\n#include \"model/lang.h\"\n"));
}

static void put_field(const struct field *field, struct buf *out)
{
    static const char *const types[] = {
        [TYPE_TRUTH] = "bool",           [TYPE_TEXT] = "struct span", [TYPE_URL] = "struct url",
        [TYPE_MARKUP] = "struct markup", [TYPE_INT] = "int64_t",
    };

    buf_put(out, S("    "));
    if (field->type == TYPE_LIST) {
        CHECK(field->items != NULL);
        buf_put(out, S("const struct "));
        buf_put(out, field->items->struct_name);
        buf_put(out, S(" *"));
        buf_put(out, field->name);
        buf_put(out, S(";\n    size_t "));
        buf_put(out, field->name);
        buf_put(out, S("_count;\n"));
        return;
    }
    buf_put(out, span_of(types[field->type]));
    buf_char(out, ' ');
    buf_put(out, field->name);
    buf_put(out, S(";\n"));
}

/* The template's own note as a comment of C, line by line. */
static void put_comment(struct span comment, struct buf *out)
{
    struct span line;

    buf_put(out, S("/* "));
    while (span_next(&comment, '\n', &line)) {
        line = span_trim(line);
        for (size_t i = 0; i < line.n; i++) {
            buf_char(out, line.p[i]);
            if (i + 1 < line.n &&
                ((line.p[i] == '*' && line.p[i + 1] == '/') || (line.p[i] == '/' && line.p[i + 1] == '*')))
                buf_char(out, ' ');
        }
        if (comment.p)
            buf_put(out, S("\n * "));
    }
    buf_put(out, S(" */\n"));
}

static void put_struct(const struct scope *scope, struct span comment, struct buf *out)
{
    for (size_t i = 0; i < scope->fields.count; i++)
        if (scope->fields.items[i].items)
            put_struct(scope->fields.items[i].items, (struct span){0}, out);
    buf_char(out, '\n');
    if (comment.n)
        put_comment(comment, out);
    buf_put(out, S("struct "));
    buf_put(out, scope->struct_name);
    buf_put(out, S(" {\n"));
    for (size_t i = 0; i < scope->fields.count; i++)
        put_field(&scope->fields.items[i], out);
    if (scope->fields.count == 0)
        buf_put(out, S("    char nothing; /* C has no empty struct */\n"));
    buf_put(out, S("};\n"));
}

static void put_signature(const struct template *t, struct buf *out)
{
    buf_put(out, S("void "));
    buf_put(out, t->root->struct_name);
    buf_put(out, S("(struct buf *out, enum lang lang, const struct "));
    buf_put(out, t->root->struct_name);
    buf_put(out, S(" *v)"));
}

void tplc_emit_header(const struct template *t, struct buf *h_out)
{
    put_struct(t->root, t->comment, h_out);
    put_signature(t, h_out);
    buf_put(h_out, S(";\n"));
}

static void put_indent(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        buf_put(out, S("    "));
}

static const struct field *field_of(struct ref ref)
{
    return &ref.scope->fields.items[ref.field];
}

/* v->name, or v2->name inside the second #each. */
static void put_ref(struct ref ref, struct buf *out)
{
    buf_char(out, 'v');
    if (ref.level)
        buf_u64(out, ref.level);
    buf_put(out, S("->"));
    buf_put(out, field_of(ref)->name);
}

static void put_text(const struct template *t, const struct node *node, size_t depth, struct buf *out)
{
    struct span text = span_sub(buf_span(&t->text), node->from, node->to - node->from);

    while (text.n) {
        struct span part = span_sub(text, 0, cgen_literal_part(text));

        put_indent(out, depth);
        buf_put(out, S("buf_put(out, S("));
        cgen_literal(out, part, (unsigned)(depth * 4 + 15));
        buf_put(out, S("));\n"));
        text = span_from(text, part.n);
    }
}

static void put_hole(const struct node *node, size_t depth, struct buf *out)
{
    static const char *const between[] = {
        [TYPE_TEXT] = "html_text", [TYPE_URL] = "html_url", [TYPE_MARKUP] = "html_markup", [TYPE_INT] = "html_int"};

    put_indent(out, depth);
    buf_put(out, node->in_attr && node->type == TYPE_TEXT ? S("html_attr") : span_of(between[node->type]));
    buf_put(out, S("(out, "));
    put_ref(node->ref, out);
    buf_put(out, S(");\n"));
}

/* MSG_NEWS_COUNT__date__n: the names in order, so that the table and the template must agree to compile. */
static void put_message_name(const struct node *node, struct buf *out)
{
    bool done[TPLC_ARGS_MOST] = {false};

    buf_put(out, S("MSG_"));
    for (size_t i = 0; i < node->key.n; i++) {
        char c = node->key.p[i];

        if (c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        buf_char(out, c == '.' || c == '-' ? '_' : c);
    }
    if (node->args_count == 0)
        buf_put(out, S("__"));
    for (size_t turn = 0; turn < node->args_count; turn++) {
        size_t first = SPAN_NONE;

        for (size_t i = 0; i < node->args_count; i++)
            if (!done[i] &&
                (first == SPAN_NONE || span_cmp(node->args[i].placeholder, node->args[first].placeholder) < 0))
                first = i;
        done[first] = true;
        buf_put(out, S("__"));
        buf_put(out, node->args[first].placeholder);
    }
}

static void put_args(const struct node *node, size_t depth, struct buf *out)
{
    for (size_t i = 0; i < node->args_count; i++) {
        if (!node->args[i].is_int)
            continue;
        put_indent(out, depth);
        buf_printf(out, "struct msg_digits digits%u;\n", (unsigned)i);
    }
    put_indent(out, depth);
    buf_put(out, S("const struct msg_arg args[] = {\n"));
    for (size_t i = 0; i < node->args_count; i++) {
        put_indent(out, depth + 1);
        buf_put(out, S("{S(\""));
        buf_put(out, node->args[i].placeholder);
        buf_put(out, S("\"), "));
        if (node->args[i].is_int)
            buf_printf(out, "msg_int(&digits%u, ", (unsigned)i);
        put_ref(node->args[i].ref, out);
        buf_put(out, node->args[i].is_int ? S(")},\n") : S("},\n"));
    }
    put_indent(out, depth);
    buf_put(out, S("};\n\n"));
}

static void put_message(const struct node *node, size_t depth, struct buf *out)
{
    const struct arg *number = NULL;
    size_t inside = depth + (node->args_count ? 1 : 0);

    for (size_t i = 0; i < node->args_count; i++)
        if (node->args[i].is_int && span_eq(node->args[i].placeholder, S("n")))
            number = &node->args[i];
    if (node->args_count) {
        put_indent(out, depth);
        buf_put(out, S("{\n"));
        put_args(node, inside, out);
    }
    put_indent(out, inside);
    buf_put(out, S("msg_put(out, lang, "));
    put_message_name(node, out);
    buf_put(out, S(", "));
    if (number)
        put_ref(number->ref, out);
    else
        buf_char(out, '1');
    buf_put(out, node->args_count ? S(", args, COUNT(args), ") : S(", NULL, 0, "));
    buf_put(out, node->in_attr ? S("html_attr);\n") : S("html_text);\n"));
    if (node->args_count) {
        put_indent(out, depth);
        buf_put(out, S("}\n"));
    }
}

static void put_if(const struct node *node, size_t depth, struct buf *out)
{
    enum type type = field_of(node->ref)->type;

    put_indent(out, depth);
    buf_put(out, S("if ("));
    if (type == TYPE_TRUTH && node->negated)
        buf_char(out, '!');
    put_ref(node->ref, out);
    if (type == TYPE_LIST)
        buf_put(out, S("_count"));
    else if (type == TYPE_TEXT)
        buf_put(out, S(".n"));
    else if (type == TYPE_URL || type == TYPE_MARKUP)
        buf_put(out, S(".s.n"));
    if (type != TYPE_TRUTH)
        buf_put(out, node->negated ? S(" == 0") : S(" != 0"));
    buf_put(out, S(") {\n"));
}

static void put_each(const struct node *node, size_t depth, size_t level, struct buf *out)
{
    put_indent(out, depth);
    buf_printf(out, "for (size_t i%u = 0; i%u < ", (unsigned)level, (unsigned)level);
    put_ref(node->ref, out);
    buf_printf(out, "_count; i%u++) {\n", (unsigned)level);
    if (!node->used)
        return;
    put_indent(out, depth + 1);
    buf_put(out, S("const struct "));
    buf_put(out, field_of(node->ref)->items->struct_name);
    buf_printf(out, " *v%u = &", (unsigned)level);
    put_ref(node->ref, out);
    buf_printf(out, "[i%u];\n\n", (unsigned)level);
}

void tplc_emit_function(const struct template *t, struct buf *c_out)
{
    bool is_each[TPLC_BLOCKS_MOST] = {false}; /* the blocks we are in */
    size_t depth = 0;
    size_t level = 0;

    buf_char(c_out, '\n');
    put_signature(t, c_out);
    buf_put(c_out, S("\n{\n"));
    if (!t->uses_lang)
        buf_put(c_out, S("    (void)lang;\n"));
    if (!t->uses_value)
        buf_put(c_out, S("    (void)v;\n"));
    if (t->nodes.count <= 1 && t->text.n == 0)
        buf_put(c_out, S("    (void)out;\n"));
    for (size_t i = 0; i < t->nodes.count; i++) {
        const struct node *node = &t->nodes.items[i];

        switch (node->kind) {
        case NODE_TEXT:
            put_text(t, node, depth + 1, c_out);
            break;
        case NODE_HOLE:
            put_hole(node, depth + 1, c_out);
            break;
        case NODE_LANG:
            put_indent(c_out, depth + 1);
            buf_put(c_out, S("html_attr(out, lang_code(lang));\n"));
            break;
        case NODE_MESSAGE:
            put_message(node, depth + 1, c_out);
            break;
        case NODE_IF:
            put_if(node, depth + 1, c_out);
            is_each[depth++] = false;
            break;
        case NODE_ELSE:
            put_indent(c_out, depth);
            buf_put(c_out, S("} else {\n"));
            break;
        case NODE_EACH:
            put_each(node, depth + 1, ++level, c_out);
            is_each[depth++] = true;
            break;
        case NODE_END:
            level -= is_each[--depth] ? 1 : 0;
            put_indent(c_out, depth + 1);
            buf_put(c_out, S("}\n"));
            break;
        }
    }
    buf_put(c_out, S("}\n"));
}
