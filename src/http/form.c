/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * From pairs to a struct, field by field, going on after a fault.
 */
#include "http/form.h"
#include "http/form_impl.h"
#include "http/http.h"
#include "http/uri.h"
#include "base/utf8.h"

#include <string.h>

enum rc form_read_urlencoded(struct arena *a, struct span body, struct form_pairs *pairs_out)
{
    struct span piece;
    struct span key;
    struct span value;

    pairs_out->count = 0;
    while (body.n > 0 && span_next(&body, '&', &piece)) {
        struct form_pair *pair = &pairs_out->items[pairs_out->count];

        if (pairs_out->count == FORM_FIELDS_MAX)
            return RC_LIMIT;
        if (!span_cut(piece, '=', &key, &value))
            return RC_INVALID;
        *pair = (struct form_pair){.is_file = false};
        if (uri_decode(a, key, true, &pair->name) != RC_OK || uri_decode(a, value, true, &pair->value) != RC_OK)
            return RC_INVALID;
        pairs_out->count++;
    }
    return RC_OK;
}

/* Whether a character may stand in a text. Overrides of direction make a name read as another. */
static bool character_is_fine(uint32_t c, bool lines)
{
    if (c == '\n')
        return lines;
    if (c < 0x20 || (c >= 0x7F && c < 0xA0))
        return lines && c == '\t';
    if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xFEFF)
        return false;
    return (c & 0xFFFE) != 0xFFFE && !(c >= 0xFDD0 && c <= 0xFDEF);
}

/* CRLF and CR as LF. */
static struct span plain_lines(struct arena *a, struct span s)
{
    char *room;
    size_t n = 0;

    if (span_find_char(s, '\r') == SPAN_NONE)
        return s;
    room = arena_alloc(a, s.n);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
            continue;
        room[n++] = s.p[i] == '\r' ? '\n' : s.p[i];
    }
    return (struct span){room, n};
}

static enum form_fault read_text(struct arena *a, const struct form_field *f, struct span typed, struct span *out)
{
    struct span text = span_trim(f->lines ? plain_lines(a, typed) : typed);
    struct span rest = text;
    size_t characters = 0;
    uint32_t c;

    if (text.n == 0)
        return f->required ? FORM_MISSING : FORM_FINE;
    if (utf8_first_fault(text) != SPAN_NONE)
        return FORM_UNREADABLE;
    while (utf8_next(&rest, &c)) {
        if (!character_is_fine(c, f->lines))
            return FORM_UNREADABLE;
        characters++;
    }
    if (characters > (f->max ? f->max : FORM_TEXT_MAX))
        return FORM_TOO_LONG;
    *out = text;
    return FORM_FINE;
}

static enum form_fault read_choice(const struct form_field *f, struct span typed, int *out)
{
    for (size_t i = 0; i < f->choice_count; i++) {
        if (!span_eq(typed, f->choices[i]))
            continue;
        *out = (int)i;
        return typed.n == 0 && f->required ? FORM_MISSING : FORM_FINE;
    }
    if (typed.n == 0)
        return f->required ? FORM_MISSING : FORM_FINE;
    return FORM_NO_CHOICE;
}

static enum form_fault read_bool(const struct form_field *f, struct span typed, bool *out)
{
    if (typed.n == 0)
        return f->required ? FORM_MISSING : FORM_FINE;
    if (!span_eq(typed, S("on")) && !span_eq(typed, S("yes")) && !span_eq(typed, S("1")))
        return FORM_NO_CHOICE;
    *out = true;
    return FORM_FINE;
}

static enum form_fault read_int(const struct form_field *f, struct span typed, int64_t *out)
{
    struct span digits = span_trim(typed);
    bool negative = span_starts(digits, S("-"));
    uint64_t magnitude;
    int64_t value;

    if (digits.n == 0)
        return f->required ? FORM_MISSING : FORM_FINE;
    if (!span_to_u64(span_from(digits, negative), INT64_MAX, &magnitude))
        return FORM_NO_NUMBER;
    value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    if (value < f->least)
        return FORM_TOO_SMALL;
    if (f->most && value > f->most)
        return FORM_TOO_LARGE;
    *out = value;
    return FORM_FINE;
}

static enum form_fault read_file(const struct form_field *f, const struct form_pair *pair, struct form_file *out)
{
    if (pair == NULL || (pair->value.n == 0 && pair->file_name.n == 0))
        return f->required ? FORM_MISSING : FORM_FINE;
    if (f->max && pair->value.n > f->max)
        return FORM_TOO_LONG;
    *out = (struct form_file){.name = pair->file_name, .type = pair->type, .bytes = pair->value};
    return FORM_FINE;
}

static enum form_fault read_field(struct arena *a, const struct form_field *f, const struct form_pair *pair, void *form)
{
    struct span typed = pair ? pair->value : S("");
    void *member = (char *)form + f->offset;

    switch (f->kind) {
    case FORM_KIND_TEXT:
        return read_text(a, f, typed, member);
    case FORM_KIND_CHOICE:
        return read_choice(f, typed, member);
    case FORM_KIND_BOOL:
        return read_bool(f, typed, member);
    case FORM_KIND_INT:
        return read_int(f, typed, member);
    case FORM_KIND_FILE:
        return read_file(f, pair, member);
    }
    return FORM_NO_CHOICE;
}

static size_t index_of(const struct form_field *fields, size_t field_count, const struct form_pair *pair)
{
    for (size_t i = 0; i < field_count; i++)
        if (span_eq(fields[i].name, pair->name) && (fields[i].kind == FORM_KIND_FILE) == pair->is_file)
            return i;
    return SPAN_NONE;
}

enum body_type { BODY_OTHER, BODY_URLENCODED, BODY_MULTIPART };

static enum body_type type_of(struct span content_type, struct span *params_out)
{
    struct span type;

    (void)span_cut(content_type, ';', &type, params_out);
    type = span_trim(type);
    if (span_eq_nocase(type, S("application/x-www-form-urlencoded")))
        return BODY_URLENCODED;
    return span_eq_nocase(type, S("multipart/form-data")) ? BODY_MULTIPART : BODY_OTHER;
}

unsigned form_refusal(const struct req *rq)
{
    struct span type = {0};
    struct span params = {0};

    (void)http_header(rq, S("Content-Type"), &type);
    return type_of(type, &params) == BODY_OTHER ? 415 : 400;
}

static enum rc read_pairs(struct arena *a, struct span content_type, struct span body, struct form_pairs *pairs)
{
    struct span params = {0};
    struct span boundary;

    switch (type_of(content_type, &params)) {
    case BODY_URLENCODED:
        return form_read_urlencoded(a, body, pairs);
    case BODY_MULTIPART:
        if (form_header_param(params, S("boundary"), &boundary))
            return form_read_multipart(body, boundary, pairs);
        return RC_INVALID;
    case BODY_OTHER:
        return RC_INVALID;
    }
    return RC_INVALID;
}

enum rc form_parse_body(struct arena *a, struct span content_type, struct span body, const struct form_field *fields,
                        size_t field_count, void *form, struct form_errors *errors)
{
    const struct form_pair *found[FORM_FIELDS_MAX] = {NULL};
    struct form_pairs pairs;

    CHECK(field_count <= FORM_FIELDS_MAX);
    *errors = (struct form_errors){0};
    if (read_pairs(a, content_type, body, &pairs) != RC_OK)
        return RC_DENIED;
    for (size_t i = 0; i < pairs.count; i++) {
        size_t at = index_of(fields, field_count, &pairs.items[i]);

        if (at == SPAN_NONE || found[at])
            return RC_DENIED;
        found[at] = &pairs.items[i];
    }
    for (size_t i = 0; i < field_count; i++) {
        if (found[i] && !found[i]->is_file)
            errors->typed[i] = found[i]->value;
        errors->faults[i] = read_field(a, &fields[i], found[i], form);
        errors->count += errors->faults[i] != FORM_FINE;
    }
    return errors->count ? RC_INVALID : RC_OK;
}

enum rc form_parse(struct req *rq, const struct form_field *fields, size_t field_count, void *form,
                   struct form_errors *errors)
{
    struct span type = {0};

    (void)http_header(rq, S("Content-Type"), &type);
    return form_parse_body(rq->arena, type, rq->body, fields, field_count, form, errors);
}
