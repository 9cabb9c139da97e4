/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Front matter: `name: value` between two lines of three hyphens. One table says which field belongs to which kind of
 * file, how it is read and whether it must be there.
 *
 * What a translation does not say for itself (a review, an order) comes from the main file later, in complete.c.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

#include <stddef.h>

enum field_type {
    FIELD_TEXT,
    FIELD_KEY,
    FIELD_KEYS,
    FIELD_SLUGS,
    FIELD_DATE,
    FIELD_RANGE, /* a day or FIRST/LAST, into event_from and event_to */
    FIELD_CLOCK,
    FIELD_YES_NO,
    FIELD_NUMBER,
    FIELD_ANSWER,
    FIELD_SAME_DATE, /* must say what the file name says */
    FIELD_SAME_KEY,
    FIELD_SAME_LANG,
};

enum {
    NEWS = 1 << ENTRY_NEWS,
    PAGE = 1 << ENTRY_PAGE,
    FAQ = 1 << ENTRY_FAQ,
    RIGHT = 1 << ENTRY_RIGHT,
    PLATFORM = 1 << ENTRY_PLATFORM,
    BLOCK = 1 << ENTRY_BLOCK,
    ITEM = 1 << ENTRY_ITEM,
};

struct field {
    struct span name;
    enum field_type type;
    unsigned kinds;     /* in which files it may stand */
    unsigned required;  /* in which it must */
    unsigned main_only; /* in which it stands in the main language's file alone */
    size_t offset;      /* of its member in struct entry */
};

#define AT(member) offsetof(struct entry, member)
static const struct field fields[] = {
    {SPAN_INIT("title"), FIELD_TEXT, NEWS | PAGE | FAQ | RIGHT | PLATFORM | BLOCK | ITEM,
     NEWS | PAGE | FAQ | RIGHT | PLATFORM | ITEM, 0, AT(title)},
    {SPAN_INIT("subject"), FIELD_TEXT, NEWS, 0, 0, AT(subject)},
    {SPAN_INIT("summary"), FIELD_TEXT, NEWS | PAGE | PLATFORM | ITEM, 0, 0, AT(summary)},
    {SPAN_INIT("event"), FIELD_RANGE, NEWS, 0, 0, 0},
    {SPAN_INIT("time"), FIELD_CLOCK, NEWS, 0, 0, AT(minutes)},
    {SPAN_INIT("audience"), FIELD_TEXT, NEWS | FAQ, 0, 0, AT(audience)},
    {SPAN_INIT("without"), FIELD_KEYS, NEWS, 0, 0, AT(without)},
    {SPAN_INIT("draft"), FIELD_YES_NO, NEWS, 0, 0, AT(is_draft)},
    {SPAN_INIT("was"), FIELD_SLUGS, NEWS, 0, 0, AT(was)},
    {SPAN_INIT("date"), FIELD_SAME_DATE, NEWS, 0, 0, 0},
    {SPAN_INIT("date"), FIELD_DATE, ITEM, ITEM, ITEM, AT(date)},
    {SPAN_INIT("channel"), FIELD_TEXT, ITEM, ITEM, 0, AT(channel)},
    {SPAN_INIT("document"), FIELD_KEY, ITEM, 0, ITEM, AT(document)},
    {SPAN_INIT("key"), FIELD_SAME_KEY, NEWS, 0, 0, 0},
    {SPAN_INIT("lang"), FIELD_SAME_LANG, NEWS, 0, 0, 0},
    {SPAN_INIT("order"), FIELD_NUMBER, FAQ | RIGHT, 0, FAQ | RIGHT, AT(order)},
    {SPAN_INIT("law"), FIELD_TEXT, FAQ | RIGHT, RIGHT, 0, AT(law)},
    {SPAN_INIT("reviewed"), FIELD_DATE, FAQ | RIGHT | ITEM, RIGHT, FAQ | RIGHT | ITEM, AT(reviewed)},
    {SPAN_INIT("review_by"), FIELD_DATE, FAQ | RIGHT | ITEM, 0, FAQ | RIGHT | ITEM, AT(review_by)},
    {SPAN_INIT("superseded"), FIELD_KEY, FAQ | RIGHT | ITEM, 0, FAQ | RIGHT | ITEM, AT(superseded)},
    {SPAN_INIT("holder"), FIELD_TEXT, RIGHT, RIGHT, 0, AT(holder)},
    {SPAN_INIT("activity"), FIELD_TEXT, RIGHT, RIGHT, 0, AT(activity)},
    {SPAN_INIT("place"), FIELD_TEXT, RIGHT, RIGHT, 0, AT(place)},
    {SPAN_INIT("time"), FIELD_TEXT, RIGHT, RIGHT, 0, AT(time)},
    {SPAN_INIT("breaks"), FIELD_TEXT, RIGHT, 0, 0, AT(breaks)},
    {SPAN_INIT("answer"), FIELD_ANSWER, RIGHT, RIGHT, RIGHT, AT(answer)},
    {SPAN_INIT("everywhere"), FIELD_YES_NO, RIGHT, 0, RIGHT, AT(is_everywhere)},
    {SPAN_INIT("always"), FIELD_YES_NO, RIGHT, 0, RIGHT, AT(is_always)},
    {SPAN_INIT("version"), FIELD_DATE, PLATFORM, PLATFORM, PLATFORM, AT(version)},
    {SPAN_INIT("standing"), FIELD_YES_NO, BLOCK, 0, BLOCK, AT(is_standing)},
};

struct front {
    struct arena *arena;
    struct entry *entry;
    struct diags *diags;
    bool is_translation;
    bool seen[COUNT(fields)];
    /* the line being read */
    uint32_t line;
    struct span name;
    struct span value;
    uint32_t value_column;
};

static void report(struct front *f, bool at_value, struct span message, struct span note)
{
    at_report(f->diags, DIAG_BAD_FRONT_MATTER, f->entry->file, f->entry->source, f->line,
              at_value ? f->value_column : 1, (uint32_t)utf8_count(at_value ? f->value : f->name), message, note);
}

static const struct field *find_field(const struct front *f)
{
    for (size_t i = 0; i < COUNT(fields); i++)
        if ((fields[i].kinds & 1u << f->entry->kind) && span_eq(fields[i].name, f->name))
            return &fields[i];
    return NULL;
}

static void report_unknown(struct front *f)
{
    struct span known[COUNT(fields)];
    size_t count = 0;

    for (size_t i = 0; i < COUNT(fields); i++)
        if (fields[i].kinds & 1u << f->entry->kind)
            known[count++] = fields[i].name;
    report(f, false, arena_printf(f->arena, "no field is called “%.*s” here", SPAN_ARGS(f->name)),
           at_did_you_mean(f->arena, f->name, known, count));
}

static bool is_slug(struct span s)
{
    struct date d;

    return s.n > 11 && s.p[10] == '-' && date_parse(span_sub(s, 0, 10), &d) && model_is_key(span_from(s, 11));
}

static bool all_items(struct span list, bool (*is_item)(struct span))
{
    struct span item;

    while (span_next(&list, ',', &item))
        if (!is_item(span_trim(item)))
            return false;
    return true;
}

static void set_range(struct front *f)
{
    struct entry *e = f->entry;
    struct span from;
    struct span to;
    bool is_range = span_cut(f->value, '/', &from, &to);

    if (!date_parse(from, &e->event_from) || (is_range && !date_parse(to, &e->event_to))) {
        report(f, true, S("a day (2026-04-24) or two with a slash between (2026-04-22/2026-04-24)"), (struct span){0});
        return;
    }
    if (!is_range)
        e->event_to = e->event_from;
    else if (date_cmp(e->event_from, e->event_to) > 0)
        report(f, true, S("the first day is after the last"), (struct span){0});
}

static void set_yes_no(struct front *f, bool *member)
{
    if (span_eq(f->value, S("yes")))
        *member = true;
    else if (span_eq(f->value, S("no")))
        *member = false;
    else
        report(f, true, S("yes or no"), (struct span){0});
}

static void set_answer(struct front *f, enum answer *member)
{
    static const struct span answers[] = {SPAN_INIT("yes"), SPAN_INIT("no"), SPAN_INIT("depends")};

    for (size_t i = 0; i < COUNT(answers); i++) {
        if (span_eq(f->value, answers[i])) {
            *member = (enum answer)i;
            return;
        }
    }
    report(f, true, S("an answer is yes, no or depends"), at_did_you_mean(f->arena, f->value, answers, COUNT(answers)));
}

static void check_same(struct front *f, struct span named)
{
    if (!span_eq(f->value, named))
        report(f, true, arena_printf(f->arena, "the file name says “%.*s”", SPAN_ARGS(named)),
               S("this line may go: the name is enough"));
}

static struct span date_text(struct front *f, struct date d)
{
    struct buf b;

    buf_init(&b, f->arena, 16);
    date_put(&b, d);
    return buf_span(&b);
}

/* Reads the value of the line into the member of its field. */
static void set_field(struct front *f, const struct field *field)
{
    void *member = (char *)f->entry + field->offset;
    uint64_t number;

    switch (field->type) {
    case FIELD_TEXT:
        *(struct span *)member = f->value;
        return;
    case FIELD_KEY:
    case FIELD_KEYS:
        if (!all_items(f->value, model_is_key))
            report(f, true, S("keys have lower-case letters, digits and hyphens; commas part them"), (struct span){0});
        *(struct span *)member = f->value;
        return;
    case FIELD_SLUGS:
        if (!all_items(f->value, is_slug))
            report(f, true, S("an earlier address is a day and a key: 2026-04-23-paper"), (struct span){0});
        *(struct span *)member = f->value;
        return;
    case FIELD_DATE:
        if (!date_parse(f->value, member))
            report(f, true, arena_printf(f->arena, "“%.*s” is not a day: 2026-04-24", SPAN_ARGS(f->value)),
                   (struct span){0});
        return;
    case FIELD_RANGE:
        set_range(f);
        return;
    case FIELD_CLOCK:
        if (!clock_parse(f->value, member))
            report(f, true, S("a time of day is 07:30 or 19:30"), (struct span){0});
        return;
    case FIELD_YES_NO:
        set_yes_no(f, member);
        return;
    case FIELD_NUMBER:
        if (!span_to_u64(f->value, 999999, &number))
            report(f, true, S("a whole number"), (struct span){0});
        else
            *(int64_t *)member = (int64_t)number;
        return;
    case FIELD_ANSWER:
        set_answer(f, member);
        return;
    case FIELD_SAME_DATE:
        check_same(f, date_text(f, f->entry->date));
        return;
    case FIELD_SAME_KEY:
        check_same(f, f->entry->key);
        return;
    case FIELD_SAME_LANG:
        check_same(f, lang_code(f->entry->lang));
        return;
    }
}

static void take_line(struct front *f, struct span line)
{
    struct span name;
    struct span value;
    const struct field *field;

    f->name = span_trim(line);
    if (f->name.n == 0)
        return;
    if (!span_cut(line, ':', &name, &value)) {
        report(f, false, S("a line here is `name: value`"), S("front matter ends with a line ---"));
        return;
    }
    f->name = span_trim(name);
    f->value = span_trim(value);
    f->value_column =
        (uint32_t)utf8_count(span_sub(line, 0, (size_t)(f->value.n ? f->value.p - line.p : (ptrdiff_t)line.n))) + 1;
    field = find_field(f);
    if (field == NULL) {
        report_unknown(f);
        return;
    }
    if (f->seen[field - fields]) {
        report(f, false, arena_printf(f->arena, "“%.*s” stands here twice", SPAN_ARGS(f->name)), (struct span){0});
        return;
    }
    if (f->is_translation && (field->main_only & 1u << f->entry->kind)) {
        report(f, false, arena_printf(f->arena, "“%.*s” stands in the main language's file only", SPAN_ARGS(f->name)),
               (struct span){0});
        return;
    }
    if (f->value.n == 0)
        return; /* not given */
    f->seen[field - fields] = true;
    if (span_eq(f->name, S("subject")) || (span_eq(f->name, S("title")) && f->entry->subject.n == 0))
        f->entry->title_line = f->line;
    if (span_eq(f->name, S("without")))
        f->entry->without_line = f->line;
    set_field(f, field);
}

static void check_required(struct front *f)
{
    f->line = 1;
    for (size_t i = 0; i < COUNT(fields); i++) {
        unsigned kind = 1u << f->entry->kind;

        if (!(fields[i].required & kind) || f->seen[i] || (f->is_translation && (fields[i].main_only & kind)))
            continue;
        f->name = (struct span){0};
        report(f, false, arena_printf(f->arena, "the field “%.*s” is missing", SPAN_ARGS(fields[i].name)),
               (struct span){0});
    }
}

bool folder_front_matter(struct arena *a, struct entry *e, bool is_translation, struct diags *diags)
{
    struct front f = {.arena = a, .entry = e, .diags = diags, .is_translation = is_translation};
    struct span rest = e->source;
    size_t errors = diags->errors;
    struct span line;
    bool is_closed = false;

    e->title_line = 1;
    e->is_standing = e->kind == ENTRY_BLOCK;
    if (!span_next(&rest, '\n', &line) || !span_eq(span_trim(line), S("---"))) {
        at_report(diags, DIAG_BAD_FRONT_MATTER, e->file, e->source, 1, 0, 0,
                  S("this file begins without front matter: ---, then `title: …`, then ---"), (struct span){0});
        return false;
    }
    f.line = 1;
    while (!is_closed && span_next(&rest, '\n', &line)) {
        f.line++;
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        is_closed = span_eq(span_trim(line), S("---"));
        if (!is_closed)
            take_line(&f, line);
        if (diags->errors > errors + 20)
            break; /* no front matter at all, then: twenty lines say enough */
    }
    if (!is_closed) {
        at_report(diags, DIAG_BAD_FRONT_MATTER, e->file, e->source, 1, 0, 0,
                  S("this front matter never ends: a line --- is missing"), (struct span){0});
        return false;
    }
    e->body = rest.p ? rest : span_from(e->source, e->source.n);
    e->body_line = f.line + 1;
    check_required(&f);
    return diags->errors == errors;
}
