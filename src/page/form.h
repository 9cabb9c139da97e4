/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A page with a form, made from the table of fields that http/form.h reads.
 *
 * A table says what may come; the words beside it say how a person is asked. A form that is not in order comes back whole:
 * every fault in a sentence at its field and in a list at the top, every answer as it was typed. Fields carry no
 * `required`, `maxlength` or type that a browser would check by itself: it would name one fault at a time, in its own
 * language, and cut off what is pasted.
 */
#ifndef PAGE_FORM_H
#define PAGE_FORM_H

#include "http/form.h"
#include "http/http.h"
#include "page/desk.h"

/* How a person is asked, in the page's language. By the index of the field in its table. */
struct page_field {
    struct span label;               /* "Your name" */
    struct span hint;                /* may be empty */
    struct span autocomplete;        /* "name", "email", "off" …; empty: as the browser likes */
    struct span inputmode;           /* the keyboard of a phone: "email", "tel"; of an INT it is known */
    const struct span *choices;      /* CHOICE: by the index of the choice. Words for "not chosen" may be empty */
    const struct span *choice_hints; /* of those side by side: a sentence under each, or empty; null: none */
    bool is_list;                    /* CHOICE: one list to open, not all side by side */
};

struct page_form {
    struct span path;   /* where it stands and what it is sent to, in the main language: "/join" */
    struct span action; /* what it is sent to, where that is another: as it is. May be empty */
    struct span other;  /* the same page in the other language, where `path` does not say it; may be empty */
    struct span title;
    struct span intro; /* may be empty */
    struct span done;  /* what was just done, and is said on top; may be empty */
    struct span send;  /* words of the button */
    const struct form_field *fields;
    const struct page_field *words; /* as many */
    size_t field_count;
    const struct form_errors *errors; /* null: nothing typed yet. Without a fault, what stands in the fields */
    const struct span *own_faults;    /* of FORM_OWN: the sentence, by the index of the field; null: there is none */
    struct markup below;              /* what else stands on the page */
    bool is_private;                  /* its address is somebody's own */
};

/* Answers with the page: 200 for a new form, 422 with faults; 429 and 503 say that nothing was taken and why, and name
 * no fault. What was typed is kept in each. Nobody keeps the page. Any thread; does not wait. */
void page_form_send(struct req *rq, const struct site *site, unsigned status, const struct page_form *form);

/* The page itself, in the language `lang`. Lives in `a`. */
struct span page_form_render(struct arena *a, const struct site *site, enum lang lang, unsigned status,
                             const struct page_form *form);

/* The sentence for a fault, with the field's own label. `typed` as it came. Lives in `a`. */
struct span page_form_fault(struct arena *a, enum lang lang, const struct form_field *field, struct span label,
                            enum form_fault fault, struct span typed);

#endif
