/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An .ini file line by line. Everything that comes out borrows from the source; nothing allocates.
 *
 * Blanks around a line, a section's name, a key and a value do not count, so an indented comment is a comment. A
 * section line at fault still opens the section it seems to mean: one slip gives one diagnostic, not one for each key
 * below it. `entry.key_column` of a fault is where the line's text begins.
 */
#include "base/ini.h"

#include "base/utf8.h"

/* Column of `place`, which was cut from `line`. */
static uint32_t column_of(struct span line, const char *place)
{
    return (uint32_t)utf8_count(span_sub(line, 0, (size_t)(place - line.p))) + 1;
}

static struct span take_line(struct ini_reader *r)
{
    struct span rest = span_from(r->source, r->at);
    size_t end = span_find_char(rest, '\n');

    r->line++;
    if (end == SPAN_NONE) {
        r->at = r->source.n;
        return rest;
    }
    r->at += end + 1;
    return span_sub(rest, 0, end);
}

/* `text` begins with the bracket. */
static enum ini_fault read_section(struct span text, struct span *section_out)
{
    struct span name;
    struct span after;
    bool closed = span_cut(span_from(text, 1), ']', &name, &after);

    *section_out = span_trim(name);
    return closed && after.n == 0 && section_out->n > 0 ? INI_FINE : INI_BAD_SECTION;
}

static void read_pair(struct span line, struct span text, struct ini_entry *entry)
{
    struct span key;
    struct span after;

    if (!span_cut(text, '=', &key, &after)) {
        entry->fault = INI_NO_EQUALS;
        return;
    }
    key = span_trim(key);
    if (key.n == 0) {
        entry->fault = INI_NO_KEY;
        return;
    }
    entry->key = key;
    entry->value = span_trim(after);
    /* An empty value's place is right behind the `=`. */
    entry->value_column = column_of(line, entry->value.n ? entry->value.p : after.p);
}

void ini_begin(struct ini_reader *r, struct span source)
{
    *r = (struct ini_reader){.source = source};
    if (span_starts(source, S("\xEF\xBB\xBF")))
        r->at = 3;
}

bool ini_next(struct ini_reader *r, struct ini_entry *entry_out)
{
    while (r->at < r->source.n) {
        struct span line = take_line(r);
        struct span text = span_trim(line);
        enum ini_fault fault = INI_FINE;

        if (text.n == 0 || text.p[0] == ';' || text.p[0] == '#')
            continue;
        if (text.p[0] == '[') {
            fault = read_section(text, &r->section);
            if (fault == INI_FINE)
                continue;
        }
        *entry_out = (struct ini_entry){.section = r->section, .line = r->line, .fault = fault};
        entry_out->key_column = column_of(line, text.p);
        entry_out->value_column = entry_out->key_column;
        if (fault == INI_FINE)
            read_pair(line, text, entry_out);
        return true;
    }
    return false;
}

bool ini_next_section(struct ini_reader *r, struct ini_entry *entry_out)
{
    while (r->at < r->source.n) {
        struct span line = take_line(r);
        struct span text = span_trim(line);

        if (text.n == 0 || text.p[0] != '[' || read_section(text, &r->section) != INI_FINE)
            continue;
        *entry_out = (struct ini_entry){.section = r->section, .line = r->line};
        entry_out->key_column = column_of(line, r->section.p);
        entry_out->value_column = entry_out->key_column;
        return true;
    }
    return false;
}
