/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside tplc: what a template is once it is read. tplc_compile.c goes through a file, tplc_read.c reads what
 * stands in braces, tplc_place.c knows where in HTML we are, tplc_emit.c writes C.
 */
#ifndef TOOLS_TPLC_IMPL_H
#define TOOLS_TPLC_IMPL_H

#include "tplc_compile.h"

enum { TPLC_BLOCKS_MOST = 16, TPLC_ELEMENTS_MOST = 128, TPLC_FIELDS_MOST = 200, TPLC_ARGS_MOST = 8 };

/* The states of the HTML tokenizer that a template may be in; the rare and the dangerous ones are refused instead. */
enum where {
    IN_DATA,     /* between tags */
    IN_RCDATA,   /* <title>, <textarea>: text, entities, no tags */
    IN_RAW,      /* <script>, <style> and the like: nothing is read but the end tag */
    IN_TAG_OPEN, /* after < */
    IN_TAG_NAME,
    IN_END_OPEN, /* after </ */
    IN_END_NAME,
    IN_END_REST,
    IN_TAG_SPACED, /* an attribute may begin */
    IN_TAG_CLOSE,  /* after a value or a block: white space must come before the next attribute */
    IN_ATTR_NAME,
    IN_ATTR_AFTER, /* white space after an attribute's name */
    IN_ATTR_EQUALS,
    IN_VALUE, /* quoted */
    IN_VALUE_BARE,
    IN_SLASH, /* after the / of <br/> */
    IN_COMMENT,
    IN_DOCTYPE,
    IN_PI,
    IN_CDATA,
};

struct element {
    struct span name;
    size_t at;
};

struct place {
    enum where where;
    char quote;
    size_t mark;     /* where the name or comment that is being read begins */
    size_t tag_at;   /* offset of the < of the tag we are in */
    size_t attr_at;  /* offset of the attribute we are in */
    size_t value_at; /* offset of the first byte of its value */
    struct span tag;
    struct span attr;
    bool http_equiv;     /* this tag has that attribute */
    size_t content_hole; /* offset of a hole in its content="" plus one */
    size_t floor;        /* elements below were opened outside the innermost block */
    struct {
        struct element *items;
        size_t count;
        size_t room;
    } elements;
};

enum type { TYPE_TRUTH /* so far only asked with #if */, TYPE_TEXT, TYPE_URL, TYPE_MARKUP, TYPE_INT, TYPE_LIST };

struct scope;

struct field {
    struct span name;
    enum type type;
    size_t at;
    struct scope *items; /* of a list */
};

struct scope {
    struct span struct_name;
    struct {
        struct field *items;
        size_t count;
        size_t room;
    } fields;
};

/* A field and the variable it is read from: v, or v1, v2 … inside #each. */
struct ref {
    struct scope *scope;
    size_t field;
    size_t level;
};

enum node_kind { NODE_TEXT, NODE_HOLE, NODE_LANG, NODE_MESSAGE, NODE_IF, NODE_ELSE, NODE_EACH, NODE_END };

struct arg {
    struct span placeholder;
    struct ref ref;
    bool is_int;
};

struct node {
    enum node_kind kind;
    bool in_attr; /* which escape */
    bool negated;
    bool used;   /* an item's variable is read */
    size_t from; /* of `text` in struct template */
    size_t to;
    enum type type;
    struct ref ref;
    struct span key;
    struct arg *args;
    size_t args_count;
};

struct template
{
    struct arena *a;
    struct span path;
    struct span name; /* tpl_… without the prefix */
    struct span source;
    size_t at;
    bool is_xml;
    bool uses_value;
    bool uses_lang;
    struct span comment;
    struct place place;
    struct buf text; /* the constant parts, one after the other */
    size_t text_taken;
    struct scope *root;
    struct {
        struct node *items;
        size_t count;
        size_t room;
    } nodes;
    struct buf *faults;
};

struct block {
    size_t at;
    size_t node;
    bool is_each;
    bool has_else;
    bool lacks_space; /* some branch ends right after a value: white space must follow */
    struct place before;
    size_t outer_floor;
};

/* A scope a name can be looked up in: the template, or an #each around us. */
struct frame {
    struct scope *scope;
    size_t node;
};

struct reader {
    struct template *t;
    struct block blocks[TPLC_BLOCKS_MOST];
    size_t blocks_count;
    struct frame frames[TPLC_BLOCKS_MOST + 1];
    size_t frames_count;
};

/* Records the fault at `at` and gives false. */
bool tplc_fail(struct template *t, size_t at, const char *format, ...) PRINTF_LIKE(3, 4);

bool tplc_read_directive(struct reader *r);         /* the braces at t->at; moves past them */
bool tplc_is_word(struct span s, const char *more); /* a-z, then a-z, 0-9 and what `more` has */
/* A new node; the constant text since the last one becomes a node before it. */
struct node *tplc_add_node(struct template *t, enum node_kind kind);

/* Where a hole would put its text. */
enum door { DOOR_CONTENT, DOOR_RCDATA, DOOR_ATTR, DOOR_URL, DOOR_SRCSET };

bool place_step(struct template *t, size_t at);                      /* follows the byte there; false after a fault */
bool place_door(struct template *t, size_t at, enum door *door_out); /* a fault where no hole may be */
/* A note vanishes from the output, so that what stands before and after it meets: only where that changes no state. */
bool place_note(struct template *t, size_t at);
bool place_settle(struct template *t, size_t at); /* a fault where no block may begin or end; ends a name */
bool place_is_in_tag(const struct place *p);
bool place_keeps_space(const struct place *p); /* <pre>, <textarea>, raw text */
bool place_is_whole_value(const struct template *t, size_t from, size_t to);
bool place_is_srcset_item(const struct template *t, size_t from, size_t to);

void tplc_emit_begin(struct span header, struct buf *c_out, struct buf *h_out);
void tplc_emit_header(const struct template *t, struct buf *h_out);
void tplc_emit_function(const struct template *t, struct buf *c_out);

#endif
