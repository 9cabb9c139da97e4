/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Forms are parsed, not fetched: one struct and one table of fields a form, every fault at once, nothing typed is lost.
 *
 * A body that is no form of ours (a field we did not ask for, one field twice, a broken escape) is refused whole: no
 * browser sends it from our page. Faults are an enum a field; the words for them are the page's.
 */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "base/arena.h"

struct req;

enum { FORM_FIELDS_MAX = 32, FORM_TEXT_MAX = 200 };

enum form_fault {
    FORM_FINE = 0,
    FORM_MISSING,    /* required and empty, not chosen or not ticked */
    FORM_TOO_LONG,   /* more characters than `max`; a file: more bytes */
    FORM_UNREADABLE, /* not UTF-8, or a character that no text has: control, direction override */
    FORM_NO_CHOICE,  /* none of those offered */
    FORM_NO_NUMBER,  /* anything but digits, or more than fit */
    FORM_TOO_SMALL,  /* under `least` */
    FORM_TOO_LARGE,  /* over `most` */
    FORM_OWN,        /* never form_parse()'s: whoever handles the form says it in words of its own */
};

enum form_kind { FORM_KIND_TEXT = 1, FORM_KIND_CHOICE, FORM_KIND_BOOL, FORM_KIND_INT, FORM_KIND_FILE };

/* An uploaded file; everything borrows from the body. The name is what the browser said: never a path of ours. */
struct form_file {
    struct span name;
    struct span type;
    struct span bytes;
};

struct form_field {
    enum form_kind kind;
    struct span name;
    size_t offset;
    bool required;              /* of a BOOL: must be ticked */
    bool lines;                 /* TEXT of several lines: line ends become LF */
    size_t max;                 /* TEXT: characters, 0 is FORM_TEXT_MAX; FILE: bytes, 0 is what the body may have */
    int64_t least;              /* INT */
    int64_t most;               /* INT; 0 is no bound */
    const struct span *choices; /* CHOICE: the member becomes the index; an empty one is "not chosen" */
    size_t choice_count;
};

#define FORM_OFFSET(type, member, kind_ok)                                                                             \
    (offsetof(type, member) + 0 * sizeof(struct {                                                                      \
                                  _Static_assert(kind_ok, "the member's type does not fit the field");                 \
                                  char c;                                                                              \
                              }))
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define FORM_IS(type, member, wanted) _Generic(((type *)0)->member, wanted : 1, default : 0)

/* The rest are designators, at least one: FORM_TEXT(struct subscribe, name, .required = true, .max = 100). */
#define FORM_TEXT(type, member, ...)                                                                                   \
    {                                                                                                                  \
        .kind = FORM_KIND_TEXT, .name = SPAN_INIT(#member),                                                            \
        .offset = FORM_OFFSET(type, member, FORM_IS(type, member, struct span)), __VA_ARGS__                           \
    }
#define FORM_ENUM(type, member, choice_table, ...)                                                                     \
    {                                                                                                                  \
        .kind = FORM_KIND_CHOICE, .name = SPAN_INIT(#member),                                                          \
        .offset = FORM_OFFSET(type, member, sizeof(((type *)0)->member) == sizeof(int)), .choices = (choice_table),    \
        .choice_count = COUNT(choice_table), __VA_ARGS__                                                               \
    }
#define FORM_BOOL(type, member, ...)                                                                                   \
    {                                                                                                                  \
        .kind = FORM_KIND_BOOL, .name = SPAN_INIT(#member),                                                            \
        .offset = FORM_OFFSET(type, member, FORM_IS(type, member, bool)), __VA_ARGS__                                  \
    }
#define FORM_INT(type, member, ...)                                                                                    \
    {                                                                                                                  \
        .kind = FORM_KIND_INT, .name = SPAN_INIT(#member),                                                             \
        .offset = FORM_OFFSET(type, member, FORM_IS(type, member, int64_t)), __VA_ARGS__                               \
    }
#define FORM_FILE(type, member, ...)                                                                                   \
    {                                                                                                                  \
        .kind = FORM_KIND_FILE, .name = SPAN_INIT(#member),                                                            \
        .offset = FORM_OFFSET(type, member, FORM_IS(type, member, struct form_file)), __VA_ARGS__                      \
    }

/* By the index of the field in its table. */
struct form_errors {
    size_t count; /* fields with a fault */
    enum form_fault faults[FORM_FIELDS_MAX];
    struct span typed[FORM_FIELDS_MAX]; /* as it came, decoded; any bytes: escape it like everything else */
};

/* Reads rq->body into `form`, a struct that the caller zeroed. RC_OK; RC_INVALID: `errors` says what, show the page
 * again with 422; RC_DENIED: no form of ours, answer form_refusal(). What `form` and `errors` hold dies with the request. */
MUST_USE enum rc form_parse(struct req *rq, const struct form_field *fields, size_t field_count, void *form,
                            struct form_errors *errors);
/* The status for what form_parse() denied: 415 for a body of a kind that no form has, else 400. */
unsigned form_refusal(const struct req *rq);
/* The same from bytes: `content_type` is the header's value. */
MUST_USE enum rc form_parse_body(struct arena *a, struct span content_type, struct span body,
                                 const struct form_field *fields, size_t field_count, void *form,
                                 struct form_errors *errors);

#endif
