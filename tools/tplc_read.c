/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Reads what stands in braces. There is no hole that writes text as it is: the type of each hole follows from how it
 * is written, its escape from where it stands, and what is not known to be safe is refused with its place.
 *
 *   {{name}}  {{int name}}  {{url name}}  {{markup name}}  {{lang}}          what changes
 *   {{t:key}}  {{t:key name int name name=field}}                           a message and its arguments
 *   {{#if name}} {{#if not name}} {{#else}} {{/if}}  {{#each name}} {{/each}}  blocks; ../name leaves an each
 *   {{! a note }}                                                           nothing; the first documents the struct
 *
 * #if asks a bool, unless the same scope uses the name as something else: then it asks whether that is not empty.
 * The invariant of blocks: each branch ends with the same open elements, in the same tag and the same value as it
 * began; so the place after a block does not depend on which branch ran.
 */
#include "tplc_impl.h"

#include "cgen.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool tplc_is_word(struct span s, const char *more)
{
    if (s.n == 0 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(more, c)))
            return false;
    }
    return true;
}

static bool next_word(struct span *rest, struct span *word_out)
{
    size_t n = 0;

    *rest = span_trim(*rest);
    while (n < rest->n && !is_space(rest->p[n]))
        n++;
    *word_out = span_sub(*rest, 0, n);
    *rest = span_from(*rest, n);
    return n > 0;
}

/* Constant text since the last node becomes a node of its own. */
struct node *tplc_add_node(struct template *t, enum node_kind kind)
{
    struct node *node;

    if (t->text.n > t->text_taken) {
        node = LIST_ADD(t->a, &t->nodes);
        *node = (struct node){.kind = NODE_TEXT, .from = t->text_taken, .to = t->text.n};
        t->text_taken = t->text.n;
    }
    node = LIST_ADD(t->a, &t->nodes);
    node->kind = kind;
    return node;
}

static const char *type_name(enum type type)
{
    switch (type) {
    case TYPE_TRUTH:
        return "bool";
    case TYPE_TEXT:
        return "text";
    case TYPE_URL:
        return "url";
    case TYPE_MARKUP:
        return "markup";
    case TYPE_INT:
        return "int";
    case TYPE_LIST:
        return "a list";
    }
    return "";
}

static bool is_reserved(struct span name)
{
    static const char *const words[] = {"url", "markup", "int", "lang", "not"};

    for (size_t i = 0; i < COUNT(words); i++)
        if (span_eq(name, span_of(words[i])))
            return true;
    return cgen_is_keyword(name);
}

static bool field_use(struct template *t, struct scope *scope, struct span name, enum type type, size_t at,
                      size_t *field_out)
{
    struct field *field = NULL;

    for (size_t i = 0; i < scope->fields.count && field == NULL; i++)
        if (span_eq(scope->fields.items[i].name, name))
            field = &scope->fields.items[i];
    if (field == NULL) {
        if (scope->fields.count >= TPLC_FIELDS_MOST)
            return tplc_fail(t, at, "over %d fields", (int)TPLC_FIELDS_MOST);
        field = LIST_ADD(t->a, &scope->fields);
        *field = (struct field){.name = name, .type = TYPE_TRUTH, .at = at};
    }
    if (field->type == TYPE_TRUTH)
        field->type = type;
    else if (type != TYPE_TRUTH && field->type != type)
        return tplc_fail(t, at, "\"%.*s\" is %s here and %s elsewhere", SPAN_ARGS(name), type_name(type),
                         type_name(field->type));
    *field_out = (size_t)(field - scope->fields.items);
    return true;
}

/* A name with its "../" becomes a field of the scope it means. */
static bool resolve(struct reader *r, struct span name, enum type type, size_t at, struct ref *ref_out)
{
    struct template *t = r->t;
    size_t level = r->frames_count - 1;

    while (span_starts(name, S("../"))) {
        if (level == 0)
            return tplc_fail(t, at, "../ outside an #each");
        level--;
        name = span_from(name, 3);
    }
    if (!tplc_is_word(name, "_"))
        return tplc_fail(t, at, "\"%.*s\" is no name: a-z, then a-z 0-9 _", SPAN_ARGS(name));
    if (is_reserved(name))
        return tplc_fail(t, at, "\"%.*s\" has a meaning of its own and cannot name a field", SPAN_ARGS(name));
    *ref_out = (struct ref){.scope = r->frames[level].scope, .level = level};
    if (level == 0)
        t->uses_value = true;
    else
        t->nodes.items[r->frames[level].node].used = true;
    return field_use(t, ref_out->scope, name, type, at, &ref_out->field);
}

/* Whether this door takes this type; the fault says what would. */
static bool check_door(struct template *t, enum door door, enum type type, size_t at, size_t end)
{
    bool meta = span_eq_nocase(t->place.tag, S("meta")) && span_eq_nocase(t->place.attr, S("content"));

    switch (door) {
    case DOOR_CONTENT:
        if (type == TYPE_URL && !t->is_xml)
            return tplc_fail(t, at, "an address between tags: show words, or pass the address as text");
        if (type == TYPE_MARKUP && t->is_xml)
            return tplc_fail(t, at, "markup in XML: pass it as text, it is escaped");
        return true;
    case DOOR_RCDATA:
        if (type == TYPE_URL || type == TYPE_MARKUP)
            return tplc_fail(t, at, "only text may stand in <title> and <textarea>");
        return true;
    case DOOR_ATTR:
        if (type == TYPE_MARKUP)
            return tplc_fail(t, at, "markup in an attribute");
        if (type == TYPE_URL && !(meta && place_is_whole_value(t, at, end)))
            return tplc_fail(t, at, "%.*s is no attribute for an address", SPAN_ARGS(t->place.attr));
        return true;
    case DOOR_URL:
        if (type != TYPE_URL)
            return tplc_fail(t, at, "%.*s holds an address: write {{url name}}", SPAN_ARGS(t->place.attr));
        if (!place_is_whole_value(t, at, end))
            return tplc_fail(t, at, "an address must be the whole value of %.*s", SPAN_ARGS(t->place.attr));
        return true;
    case DOOR_SRCSET:
        if (type != TYPE_URL)
            return tplc_fail(t, at, "%.*s holds addresses: write {{url name}}", SPAN_ARGS(t->place.attr));
        if (!place_is_srcset_item(t, at, end))
            return tplc_fail(t, at, "white space must stand around an address in %.*s", SPAN_ARGS(t->place.attr));
        return true;
    }
    return false;
}

static bool read_hole(struct reader *r, struct span words, size_t at, size_t end)
{
    struct template *t = r->t;
    enum type type = TYPE_TEXT;
    enum door door = DOOR_CONTENT;
    struct span rest = words;
    struct span name;
    struct ref ref = {0};
    bool is_lang = span_eq(words, S("lang"));
    struct node *node;

    if (!next_word(&rest, &name))
        return tplc_fail(t, at, "an empty hole");
    if (span_eq(name, S("int")))
        type = TYPE_INT;
    else if (span_eq(name, S("url")))
        type = TYPE_URL;
    else if (span_eq(name, S("markup")))
        type = TYPE_MARKUP;
    if (type != TYPE_TEXT && !next_word(&rest, &name))
        return tplc_fail(t, at, "the name is missing");
    if (span_trim(rest).n)
        return tplc_fail(t, at, "\"%.*s\" is not how a hole is written", SPAN_ARGS(words));
    if (!place_door(t, at, &door) || !check_door(t, door, type, at, end))
        return false;
    if (!is_lang && !resolve(r, name, type, at, &ref))
        return false;
    t->uses_lang = t->uses_lang || is_lang;
    node = tplc_add_node(t, is_lang ? NODE_LANG : NODE_HOLE);
    node->in_attr = t->place.where == IN_VALUE;
    node->type = type;
    node->ref = ref;
    return true;
}

/* One argument of a message: `name`, `int name`, `name=field`. */
static bool read_arg(struct reader *r, struct span *rest, struct span word, size_t at, struct arg *arg_out)
{
    struct template *t = r->t;
    struct span field;

    arg_out->is_int = span_eq(word, S("int"));
    if (arg_out->is_int && !next_word(rest, &word))
        return tplc_fail(t, at, "the name after int is missing");
    if (!span_cut(word, '=', &arg_out->placeholder, &field)) {
        field = word;
        while (span_starts(arg_out->placeholder, S("../")))
            arg_out->placeholder = span_from(arg_out->placeholder, 3);
    }
    if (!tplc_is_word(arg_out->placeholder, "_"))
        return tplc_fail(t, at, "\"%.*s\" is no placeholder's name", SPAN_ARGS(arg_out->placeholder));
    return resolve(r, field, arg_out->is_int ? TYPE_INT : TYPE_TEXT, at, &arg_out->ref);
}

static bool read_message(struct reader *r, struct span words, size_t at, size_t end)
{
    struct template *t = r->t;
    struct arg *args = ARENA_ARRAY(t->a, struct arg, TPLC_ARGS_MOST);
    size_t count = 0;
    enum door door = DOOR_CONTENT;
    struct span rest = span_from(words, 2);
    struct span key;
    struct span word;
    struct node *node;

    if (!next_word(&rest, &key) || !tplc_is_word(key, "_.-"))
        return tplc_fail(t, at, "\"%.*s\" is no message's key", SPAN_ARGS(key));
    if (!place_door(t, at, &door) || !check_door(t, door, TYPE_TEXT, at, end))
        return false;
    while (next_word(&rest, &word)) {
        if (count == TPLC_ARGS_MOST)
            return tplc_fail(t, at, "over %d arguments", (int)TPLC_ARGS_MOST);
        if (!read_arg(r, &rest, word, at, &args[count]))
            return false;
        for (size_t i = 0; i < count; i++)
            if (span_eq(args[i].placeholder, args[count].placeholder))
                return tplc_fail(t, at, "{%.*s} is given twice", SPAN_ARGS(args[i].placeholder));
        count++;
    }
    t->uses_lang = true;
    node = tplc_add_node(t, NODE_MESSAGE);
    node->in_attr = t->place.where == IN_VALUE;
    node->key = key;
    node->args = args;
    node->args_count = count;
    return true;
}

static struct scope *items_scope(struct template *t, struct ref ref)
{
    struct field *list = &ref.scope->fields.items[ref.field];

    if (list->items == NULL) {
        list->items = ARENA_NEW(t->a, struct scope);
        list->items->struct_name =
            arena_printf(t->a, "%.*s_%.*s", SPAN_ARGS(ref.scope->struct_name), SPAN_ARGS(list->name));
    }
    return list->items;
}

static bool begin_block(struct reader *r, bool is_each, struct span rest, size_t at)
{
    struct template *t = r->t;
    struct span name;
    struct ref ref;
    bool negated = false;
    struct node *node;
    struct block *block;

    if (r->blocks_count == TPLC_BLOCKS_MOST)
        return tplc_fail(t, at, "over %d blocks inside each other", (int)TPLC_BLOCKS_MOST);
    if (!place_settle(t, at))
        return false;
    if (next_word(&rest, &name) && !is_each && span_eq(name, S("not"))) {
        negated = true;
        (void)next_word(&rest, &name);
    }
    if (span_trim(rest).n)
        return tplc_fail(t, at, "a block has one name");
    if (!resolve(r, name, is_each ? TYPE_LIST : TYPE_TRUTH, at, &ref))
        return false;
    node = tplc_add_node(t, is_each ? NODE_EACH : NODE_IF);
    node->negated = negated;
    node->ref = ref;
    block = &r->blocks[r->blocks_count++];
    *block = (struct block){.at = at, .node = t->nodes.count - 1, .is_each = is_each, .before = t->place};
    block->outer_floor = t->place.floor;
    t->place.floor = t->place.elements.count;
    if (is_each)
        r->frames[r->frames_count++] = (struct frame){.scope = items_scope(t, ref), .node = block->node};
    return true;
}

/* A branch ends here: we must be where it began. */
static bool end_branch(struct template *t, struct block *block, size_t at)
{
    const struct place *before = &block->before;
    const struct place *now = &t->place;
    bool in_tag = place_is_in_tag(before);

    if (!place_settle(t, at))
        return false;
    if (now->elements.count != before->elements.count)
        return tplc_fail(t, now->elements.items[now->elements.count - 1].at,
                         "<%.*s> is opened in this block and not closed in it",
                         SPAN_ARGS(now->elements.items[now->elements.count - 1].name));
    if (place_is_in_tag(now) != in_tag || (!in_tag && now->where != before->where))
        return tplc_fail(t, at, "the block ends in another place of the page than it began");
    if ((in_tag || now->where == IN_VALUE) && now->tag_at != before->tag_at)
        return tplc_fail(t, at, "the block ends in another tag than it began");
    if (now->where == IN_VALUE && now->value_at != before->value_at)
        return tplc_fail(t, at, "the block ends in another attribute than it began");
    if (block->is_each && now->where != before->where)
        return tplc_fail(t, at, "white space is missing between two turns of this #each");
    if (now->where == IN_TAG_CLOSE)
        block->lacks_space = true;
    return true;
}

static bool read_else(struct reader *r, size_t at)
{
    struct template *t = r->t;
    struct block *block = r->blocks_count ? &r->blocks[r->blocks_count - 1] : NULL;
    struct place after;

    if (block == NULL || block->is_each || block->has_else)
        return tplc_fail(t, at, "{{#else}} belongs into an {{#if}}, once");
    if (!end_branch(t, block, at))
        return false;
    block->has_else = true;
    after = t->place;
    t->place = block->before;
    t->place.elements = after.elements;
    t->place.floor = after.floor;
    t->place.http_equiv = after.http_equiv;
    t->place.content_hole = after.content_hole;
    (void)tplc_add_node(t, NODE_ELSE);
    return true;
}

static bool end_block(struct reader *r, bool is_each, size_t at)
{
    struct template *t = r->t;
    struct block *block = r->blocks_count ? &r->blocks[r->blocks_count - 1] : NULL;

    if (block == NULL || block->is_each != is_each)
        return tplc_fail(t, at, "%s ends no block that is open here", is_each ? "{{/each}}" : "{{/if}}");
    if (!end_branch(t, block, at))
        return false;
    if (place_is_in_tag(&t->place) && (block->lacks_space || block->before.where == IN_TAG_CLOSE))
        t->place.where = IN_TAG_CLOSE;
    t->place.floor = block->outer_floor;
    r->blocks_count--;
    if (is_each)
        r->frames_count--;
    (void)tplc_add_node(t, NODE_END);
    return true;
}

/* A block's line that holds nothing else leaves nothing behind: the white space before is one line end already. */
static size_t after_own_line(const struct template *t, size_t from, size_t to)
{
    size_t next = to;

    if (place_keeps_space(&t->place))
        return to;
    while (from > 0 && t->source.p[from - 1] != '\n')
        if (!is_space(t->source.p[--from]))
            return to;
    while (next < t->source.n && t->source.p[next] != '\n' && is_space(t->source.p[next]))
        next++;
    if (next < t->source.n && t->source.p[next] != '\n')
        return to;
    while (next < t->source.n && is_space(t->source.p[next]))
        next++;
    return next;
}

static bool read_block(struct reader *r, struct span words, size_t at)
{
    struct template *t = r->t;
    struct span rest = words;
    struct span first;

    (void)next_word(&rest, &first);
    if (span_eq(first, S("#if")))
        return begin_block(r, false, rest, at);
    if (span_eq(first, S("#each")))
        return begin_block(r, true, rest, at);
    if (span_eq(words, S("#else")))
        return read_else(r, at);
    if (span_eq(words, S("/if")))
        return end_block(r, false, at);
    if (span_eq(words, S("/each")))
        return end_block(r, true, at);
    return tplc_fail(t, at, "{{%.*s}} is not known", SPAN_ARGS(words));
}

bool tplc_read_directive(struct reader *r)
{
    struct template *t = r->t;
    size_t at = t->at;
    struct span rest = span_from(t->source, at + 2);
    size_t n = span_find(rest, S("}}"));
    struct span words = span_trim(span_sub(rest, 0, n));
    bool is_note = rest.n && rest.p[0] == '!';
    bool is_block = words.n && (words.p[0] == '#' || words.p[0] == '/');

    if (n == SPAN_NONE || (!is_note && span_find_char(span_sub(rest, 0, n), '\n') != SPAN_NONE))
        return tplc_fail(t, at, "{{ without }}");
    if (span_find(words, S("{{")) != SPAN_NONE)
        return tplc_fail(t, at, "{{ inside {{ }}");
    t->at = at + 2 + n + 2;
    if (is_note) {
        if (at == 0)
            t->comment = span_trim(span_from(words, 1));
        if (!place_note(t, at))
            return false;
    } else if (is_block) {
        if (!read_block(r, words, at))
            return false;
    } else {
        return span_starts(words, S("t:")) ? read_message(r, words, at, t->at) : read_hole(r, words, at, t->at);
    }
    t->at = after_own_line(t, at, t->at);
    return true;
}
