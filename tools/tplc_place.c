/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where in HTML a template is at each byte: the states of the HTML standard's tokenizer that a careful author needs,
 * and the elements that are open. What browsers would only repair is refused.
 *
 * The invariant that escaping leans on: IN_DATA, IN_RCDATA and IN_VALUE are only ever reached where every browser
 * would be in its data, RCDATA and quoted-value state. Elements whose text is script, style or another raw text never
 * count as content, whatever the file's kind.
 */
#include "tplc_impl.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':' || c == '.';
}

static bool is_one_of(struct span name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq_nocase(name, span_of(names[i])))
            return true;
    return false;
}

static bool is_void(struct span name)
{
    static const char *const names[] = {"area",  "base", "br",   "col",   "embed",  "hr",    "img",
                                        "input", "link", "meta", "param", "source", "track", "wbr"};

    return is_one_of(name, names, COUNT(names));
}

static bool is_raw(struct span name)
{
    static const char *const names[] = {"script", "style", "xmp", "iframe", "noembed", "noframes"};

    return is_one_of(name, names, COUNT(names));
}

static bool is_rcdata(struct span name)
{
    return span_eq_nocase(name, S("title")) || span_eq_nocase(name, S("textarea"));
}

/* Inside <svg> or <math>, where HTML's own rules for title, textarea and void elements rest. */
static bool is_foreign(const struct place *p)
{
    for (size_t i = p->elements.count; i-- > 0;) {
        struct span name = p->elements.items[i].name;

        if (span_eq_nocase(name, S("foreignObject")))
            return false;
        if (span_eq_nocase(name, S("svg")) || span_eq_nocase(name, S("math")))
            return true;
    }
    return false;
}

static struct span innermost(const struct place *p)
{
    return p->elements.count ? p->elements.items[p->elements.count - 1].name : (struct span){0};
}

bool place_is_in_tag(const struct place *p)
{
    switch (p->where) {
    case IN_TAG_NAME:
    case IN_END_NAME:
    case IN_END_REST:
    case IN_TAG_SPACED:
    case IN_TAG_CLOSE:
    case IN_ATTR_NAME:
    case IN_ATTR_AFTER:
    case IN_ATTR_EQUALS:
        return true;
    case IN_DATA:
    case IN_RCDATA:
    case IN_RAW:
    case IN_TAG_OPEN:
    case IN_END_OPEN:
    case IN_VALUE:
    case IN_VALUE_BARE:
    case IN_SLASH:
    case IN_COMMENT:
    case IN_DOCTYPE:
    case IN_PI:
    case IN_CDATA:
        return false;
    }
    return false;
}

bool place_keeps_space(const struct place *p)
{
    if (p->where != IN_DATA)
        return true;
    for (size_t i = 0; i < p->elements.count; i++)
        if (span_eq_nocase(p->elements.items[i].name, S("pre")))
            return true;
    return false;
}

/* A tag is complete: its element opens, unless it has no content. */
static bool open_element(struct template *t, size_t at, bool slash)
{
    struct place *p = &t->place;
    bool is_html = !t->is_xml && !is_foreign(p) && !span_eq_nocase(p->tag, S("svg")) &&
                   !span_eq_nocase(p->tag, S("math"));

    if (p->http_equiv && p->content_hole)
        return tplc_fail(t, p->content_hole - 1, "a hole in the content of <meta http-equiv>");
    p->where = IN_DATA;
    if (is_html && is_void(p->tag))
        return true;
    if (slash && (is_html || (!t->is_xml && (is_raw(p->tag) || is_rcdata(p->tag)))))
        return tplc_fail(t, at, "<%.*s/> does not close the element: write the end tag", SPAN_ARGS(p->tag));
    if (slash)
        return true;
    if (span_eq_nocase(p->tag, S("plaintext")))
        return tplc_fail(t, at, "<plaintext> never ends");
    if (p->elements.count >= TPLC_ELEMENTS_MOST)
        return tplc_fail(t, at, "over %d elements inside each other", (int)TPLC_ELEMENTS_MOST);
    *LIST_ADD(t->a, &p->elements) = (struct element){.name = p->tag, .at = p->tag_at};
    if (!t->is_xml && is_raw(p->tag))
        p->where = IN_RAW;
    else if (is_html && is_rcdata(p->tag))
        p->where = IN_RCDATA;
    return true;
}

static bool close_element(struct template *t, struct span name)
{
    struct place *p = &t->place;
    struct span top = innermost(p);
    bool same = t->is_xml ? span_eq(top, name) : span_eq_nocase(top, name);

    if (p->elements.count == 0)
        return tplc_fail(t, p->tag_at, "</%.*s> closes nothing", SPAN_ARGS(name));
    if (!same)
        return tplc_fail(t, p->tag_at, "</%.*s> where <%.*s> is still open", SPAN_ARGS(name), SPAN_ARGS(top));
    if (p->elements.count <= p->floor)
        return tplc_fail(t, p->tag_at, "</%.*s> closes an element that was opened outside this block", SPAN_ARGS(name));
    p->elements.count--;
    p->where = IN_DATA;
    return true;
}

/* XML knows five entities and numbers; anything else makes the whole feed unreadable. */
static bool check_entity(struct template *t, size_t at)
{
    static const char *const names[] = {"amp", "lt", "gt", "quot", "apos"};
    struct span before;
    struct span after;

    if (!t->is_xml)
        return true;
    if (span_cut(span_sub(t->source, at + 1, 10), ';', &before, &after) &&
        (is_one_of(before, names, COUNT(names)) || (before.n > 1 && before.p[0] == '#')))
        return true;
    return tplc_fail(t, at, "XML knows no such entity: write &amp; or the character itself");
}

static bool step_content(struct template *t, size_t at, char c)
{
    struct place *p = &t->place;
    struct span rest = span_from(t->source, at);
    struct span name = innermost(p);

    if (c == '&' && p->where == IN_DATA)
        return check_entity(t, at);
    if (c != '<')
        return true;
    if (p->where == IN_RAW && span_starts(rest, S("<!--")))
        return tplc_fail(t, at, "<!-- inside <%.*s> changes where it ends", SPAN_ARGS(name));
    if (p->where != IN_DATA) {
        struct span after = span_from(rest, 2 + name.n);

        if (!span_starts(rest, S("</")) || !span_eq_nocase(span_sub(rest, 2, name.n), name) ||
            (after.n && is_name(after.p[0])))
            /* In a title a hole after it could complete the end tag; in SVG's style browsers would see a tag. */
            return (p->where == IN_RAW && !is_foreign(p)) ||
                   tplc_fail(t, at, "< inside <%.*s>: write &lt;", SPAN_ARGS(name));
    }
    p->where = IN_TAG_OPEN;
    p->tag_at = at;
    return true;
}

static bool step_markup_declaration(struct template *t, size_t at)
{
    struct place *p = &t->place;
    struct span rest = span_from(t->source, at + 1);

    p->mark = at + 3;
    if (span_starts(rest, S("-->")) || span_starts(rest, S("--->")))
        return tplc_fail(t, at, "a comment may not begin with >");
    if (span_starts(rest, S("--")))
        p->where = IN_COMMENT;
    else if (span_eq_nocase(span_sub(rest, 0, 7), S("doctype")))
        p->where = IN_DOCTYPE;
    else if (t->is_xml && span_starts(rest, S("[CDATA[")))
        p->where = IN_CDATA;
    else
        return tplc_fail(t, at, "neither a comment nor a doctype");
    return true;
}

static bool step_tag_begin(struct template *t, size_t at, char c)
{
    struct place *p = &t->place;

    p->mark = at;
    if (p->where == IN_END_OPEN) {
        if (!is_letter(c))
            return tplc_fail(t, at, "</ begins no end tag here");
        p->where = IN_END_NAME;
        return true;
    }
    p->http_equiv = false;
    p->content_hole = 0;
    if (is_letter(c))
        p->where = IN_TAG_NAME;
    else if (c == '/')
        p->where = IN_END_OPEN;
    else if (c == '!')
        return step_markup_declaration(t, at);
    else if (c == '?' && t->is_xml)
        p->where = IN_PI;
    else
        return tplc_fail(t, p->tag_at, "this < begins no tag: write &lt;");
    return true;
}

static bool step_end_tag(struct template *t, size_t at, char c)
{
    struct place *p = &t->place;

    if (p->where == IN_END_NAME && is_name(c))
        return true;
    if (p->where == IN_END_NAME) {
        p->tag = span_sub(t->source, p->mark, at - p->mark);
        p->where = IN_END_REST;
    }
    if (c == '>')
        return close_element(t, p->tag);
    if (!is_space(c))
        return tplc_fail(t, at, "an end tag has nothing but its name");
    return true;
}

/* Notes a name that ends before `at`. */
static void end_name(struct template *t, size_t at)
{
    struct place *p = &t->place;

    if (p->where == IN_TAG_NAME) {
        p->tag = span_sub(t->source, p->mark, at - p->mark);
    } else if (p->where == IN_ATTR_NAME) {
        p->attr = span_sub(t->source, p->attr_at, at - p->attr_at);
        if (span_eq_nocase(p->attr, S("http-equiv")))
            p->http_equiv = true;
    }
}

static bool step_in_tag(struct template *t, size_t at, char c)
{
    struct place *p = &t->place;
    bool after_attr = p->where == IN_ATTR_NAME || p->where == IN_ATTR_AFTER;

    if ((p->where == IN_TAG_NAME || p->where == IN_ATTR_NAME) && is_name(c))
        return true;
    end_name(t, at);
    if (c == '=' && after_attr) {
        p->where = IN_ATTR_EQUALS;
        return true;
    }
    if (is_space(c)) {
        p->where = after_attr ? IN_ATTR_AFTER : IN_TAG_SPACED;
        return true;
    }
    if (after_attr && t->is_xml)
        return tplc_fail(t, at, "XML has no attribute without a value");
    if (c == '>')
        return open_element(t, at, false);
    if (c == '/') {
        p->where = IN_SLASH;
        return true;
    }
    if (!is_name(c))
        return tplc_fail(t, at, "no such character in a tag");
    if (p->where != IN_TAG_SPACED && p->where != IN_ATTR_AFTER)
        return tplc_fail(t, at, "white space is missing before this attribute");
    p->where = IN_ATTR_NAME;
    p->attr_at = at;
    return true;
}

static bool step_value(struct template *t, size_t at, char c)
{
    struct place *p = &t->place;

    if (p->where == IN_ATTR_EQUALS) {
        p->value_at = at;
        if (is_space(c))
            return true;
        if (c == '>')
            return tplc_fail(t, at, "the attribute's value is missing");
        if (c == '"' || c == '\'') {
            p->quote = c;
            p->value_at = at + 1;
            p->where = IN_VALUE;
            return true;
        }
        if (t->is_xml)
            return tplc_fail(t, at, "XML has no attribute without quotes");
        p->where = IN_VALUE_BARE;
    }
    if (p->where == IN_VALUE_BARE) {
        if (is_space(c))
            p->where = IN_TAG_SPACED;
        else if (c == '>')
            return open_element(t, at, false);
        else if (strchr("\"'`=<", c) != NULL)
            return tplc_fail(t, at, "no such character in a value without quotes");
        return true;
    }
    if (c == p->quote)
        p->where = IN_TAG_CLOSE;
    else if (c == '<' && t->is_xml)
        return tplc_fail(t, at, "XML wants &lt; here");
    else if (c == '&')
        return check_entity(t, at);
    return true;
}

/* Comments, doctypes and what only XML has: nothing inside matters but the end. */
static bool step_aside(struct template *t, size_t at, char c)
{
    struct place *p = &t->place;
    struct span before = at >= 2 ? span_sub(t->source, at - 2, 2) : (struct span){0};
    bool dashes = span_eq(before, S("--")) && at - 2 >= p->mark;

    if (p->where == IN_COMMENT && dashes && c != '>')
        return tplc_fail(t, at - 2, "-- inside a comment");
    if (p->where == IN_DOCTYPE && c == '[')
        return tplc_fail(t, at, "a doctype has no definitions of its own");
    if (c != '>')
        return true;
    if (p->where == IN_DOCTYPE || (p->where == IN_COMMENT && dashes) ||
        (p->where == IN_PI && span_ends(before, S("?"))) || (p->where == IN_CDATA && span_eq(before, S("]]"))))
        p->where = IN_DATA;
    return true;
}

bool place_step(struct template *t, size_t at)
{
    char c = t->source.p[at];

    switch (t->place.where) {
    case IN_DATA:
    case IN_RCDATA:
    case IN_RAW:
        return step_content(t, at, c);
    case IN_TAG_OPEN:
    case IN_END_OPEN:
        return step_tag_begin(t, at, c);
    case IN_END_NAME:
    case IN_END_REST:
        return step_end_tag(t, at, c);
    case IN_TAG_NAME:
    case IN_TAG_SPACED:
    case IN_TAG_CLOSE:
    case IN_ATTR_NAME:
    case IN_ATTR_AFTER:
        return step_in_tag(t, at, c);
    case IN_ATTR_EQUALS:
    case IN_VALUE:
    case IN_VALUE_BARE:
        return step_value(t, at, c);
    case IN_SLASH:
        if (c != '>')
            return tplc_fail(t, at, "only > comes after the / of a tag");
        return open_element(t, at, true);
    case IN_COMMENT:
    case IN_DOCTYPE:
    case IN_PI:
    case IN_CDATA:
        return step_aside(t, at, c);
    }
    return false;
}

/* What may stand in an attribute. An unknown attribute is text; the dangerous ones are known. */
static enum door door_of_attribute(const struct place *p, bool *refused_out)
{
    static const char *const urls[] = {"href",     "src",      "action",  "formaction", "cite",       "poster",
                                       "data",     "codebase", "classid", "archive",    "background", "longdesc",
                                       "manifest", "usemap",   "profile", "ping",       "xlink:href", "xml:base"};
    static const char *const sets[] = {"srcset", "imagesrcset"};
    static const char *const refused[] = {"style", "srcdoc", "xmlns", "http-equiv"};
    static const char *const moving[] = {"set", "animate", "animateMotion", "animateTransform", "script"};

    *refused_out = span_eq_nocase(span_sub(p->attr, 0, 2), S("on")) || is_one_of(p->attr, refused, COUNT(refused)) ||
                   span_eq_nocase(span_sub(p->attr, 0, 6), S("xmlns:"));
    if (is_one_of(p->attr, urls, COUNT(urls)))
        return DOOR_URL;
    if (is_one_of(p->attr, sets, COUNT(sets)))
        return DOOR_SRCSET;
    if (is_one_of(p->tag, moving, COUNT(moving)))
        *refused_out = true; /* they write into other attributes, or run */
    return DOOR_ATTR;
}

static bool refuse_here(struct template *t, size_t at, const char *thing)
{
    switch (t->place.where) {
    case IN_RAW:
        return tplc_fail(t, at, "%s inside <%.*s>", thing, SPAN_ARGS(innermost(&t->place)));
    case IN_COMMENT:
        return tplc_fail(t, at, "%s inside a comment", thing);
    case IN_DOCTYPE:
    case IN_PI:
    case IN_CDATA:
        return tplc_fail(t, at, "%s inside a doctype, processing instruction or CDATA", thing);
    case IN_ATTR_EQUALS:
    case IN_VALUE_BARE:
        return tplc_fail(t, at, "%s in an attribute without quotes", thing);
    case IN_TAG_OPEN:
    case IN_TAG_NAME:
    case IN_END_OPEN:
    case IN_END_NAME:
        return tplc_fail(t, at, "%s in the name of a tag", thing);
    case IN_TAG_SPACED:
    case IN_TAG_CLOSE:
    case IN_ATTR_NAME:
    case IN_ATTR_AFTER:
    case IN_SLASH:
    case IN_END_REST:
    case IN_DATA:
    case IN_RCDATA:
    case IN_VALUE:
        return tplc_fail(t, at, "%s in a tag, outside a quoted value", thing);
    }
    return false;
}

bool place_door(struct template *t, size_t at, enum door *door_out)
{
    struct place *p = &t->place;
    bool refused = false;

    if (p->where == IN_VALUE) {
        *door_out = door_of_attribute(p, &refused);
        if (refused)
            return tplc_fail(t, at, "a hole in the attribute %.*s", SPAN_ARGS(p->attr));
        if (span_eq_nocase(p->tag, S("meta")) && span_eq_nocase(p->attr, S("content")))
            p->content_hole = at + 1;
        return true;
    }
    if (p->where == IN_RCDATA) {
        *door_out = DOOR_RCDATA;
        return true;
    }
    if (p->where != IN_DATA)
        return refuse_here(t, at, "a hole");
    if (is_raw(innermost(p))) /* only in XML: there it is data to the reader, but not to who runs it */
        return tplc_fail(t, at, "a hole inside <%.*s>", SPAN_ARGS(innermost(p)));
    *door_out = DOOR_CONTENT;
    return true;
}

bool place_note(struct template *t, size_t at)
{
    switch (t->place.where) {
    case IN_DATA:
    case IN_RCDATA:
    case IN_VALUE:
    case IN_TAG_SPACED:
    case IN_TAG_CLOSE:
        return true;
    case IN_RAW:
    case IN_TAG_OPEN:
    case IN_TAG_NAME:
    case IN_END_OPEN:
    case IN_END_NAME:
    case IN_END_REST:
    case IN_ATTR_NAME:
    case IN_ATTR_AFTER:
    case IN_ATTR_EQUALS:
    case IN_VALUE_BARE:
    case IN_SLASH:
    case IN_COMMENT:
    case IN_DOCTYPE:
    case IN_PI:
    case IN_CDATA:
        return refuse_here(t, at, "a {{! note }}");
    }
    return false;
}

bool place_settle(struct template *t, size_t at)
{
    struct place *p = &t->place;
    bool refused = false;

    if (p->where == IN_VALUE) {
        if (door_of_attribute(p, &refused) != DOOR_ATTR || refused)
            return tplc_fail(t, at, "a block in the attribute %.*s", SPAN_ARGS(p->attr));
        return true;
    }
    if (p->where == IN_DATA && is_raw(innermost(p)))
        return tplc_fail(t, at, "a block inside <%.*s>", SPAN_ARGS(innermost(p)));
    if (p->where == IN_DATA || p->where == IN_RCDATA)
        return true;
    if (p->where == IN_TAG_NAME || p->where == IN_ATTR_NAME || p->where == IN_ATTR_AFTER) {
        if (t->is_xml && p->where != IN_TAG_NAME)
            return tplc_fail(t, at, "XML has no attribute without a value");
        end_name(t, at);
        p->where = p->where == IN_ATTR_AFTER ? IN_TAG_SPACED : IN_TAG_CLOSE;
    }
    if (p->where == IN_TAG_SPACED || p->where == IN_TAG_CLOSE)
        return true;
    return refuse_here(t, at, "a block");
}

bool place_is_whole_value(const struct template *t, size_t from, size_t to)
{
    return from == t->place.value_at && to < t->source.n && t->source.p[to] == t->place.quote;
}

bool place_is_srcset_item(const struct template *t, size_t from, size_t to)
{
    return (from == t->place.value_at || is_space(t->source.p[from - 1])) && to < t->source.n &&
           (is_space(t->source.p[to]) || t->source.p[to] == t->place.quote);
}
