/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * msgc OUT.c OUT.h en.po es.po makes the table of messages that src/html/msg.c reads.
 *
 * en.po is the list: msgctxt is the key, msgid the English text (msgstr may stay empty), es.po has the same entries
 * translated. It refuses, with file and line: an entry that only one has, one that is empty, fuzzy or obsolete, a key
 * that is no key, {placeholders} that differ between the languages. What it lets through, msg.c trusts.
 */
#include "base/utf8.h"
#include "cgen.h"
#include "model/lang.h"

#include <gettext-po.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_MOST = 256 * 1024 * 1024, OUTPUT_MOST = 16 * 1024 * 1024, NAMES_MOST = 8, TEXT_MOST = 3000 };

/* The placeholders of a text: sorted, each once. */
struct names {
    struct span items[NAMES_MOST];
    size_t count;
};

struct text {
    struct span one;
    struct span many; /* null pointer without a plural */
};

struct message {
    struct span key;
    struct span id;
    struct span id_plural; /* null pointer without */
    struct text texts[LANG_COUNT];
    struct names names;
    bool seen; /* in the language that is being read */
};

struct catalogue {
    struct arena *a;
    const char *paths[LANG_COUNT];
    struct span sources[LANG_COUNT];
    struct {
        struct message *items;
        size_t count;
        size_t room;
    } messages;
};

/* The library keeps some small things for itself: the leak sanitizer, where there is one, shall not mind. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libgettextpo";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

static int faults; /* libgettextpo's callbacks have no argument of ours */

static void fault(const char *path, size_t line, const char *format, ...) PRINTF_LIKE(3, 4);

static void fault(const char *path, size_t line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s:%zu: error: ", path, line);
    (void)vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    faults++;
}

static void on_fault(int severity, po_message_t message, const char *filename, size_t lineno, size_t column,
                     int multiline, const char *text)
{
    (void)severity;
    (void)message;
    (void)column;
    (void)multiline;
    fault(filename ? filename : "po", lineno == (size_t)-1 ? 0 : lineno, "%s", text);
    if (severity == PO_SEVERITY_FATAL_ERROR)
        exit(1); /* the library may not go on after it */
}

static void on_faults(int severity, po_message_t message1, const char *filename1, size_t lineno1, size_t column1,
                      int multiline1, const char *text1, po_message_t message2, const char *filename2, size_t lineno2,
                      size_t column2, int multiline2, const char *text2)
{
    on_fault(severity, message1, filename1, lineno1, column1, multiline1, text1);
    if (filename2) /* where the first one stands, when the library still knows */
        on_fault(severity, message2, filename2, lineno2, column2, multiline2, text2);
}

/* The line that says `msgctxt "key"`, for the library does not tell. Without a key: the line of the msgid. */
static size_t line_of(struct arena *a, struct span source, struct span key, struct span id)
{
    struct span want = key.n ? arena_printf(a, "msgctxt \"%.*s\"", SPAN_ARGS(key))
                             : arena_printf(a, "msgid \"%.*s", SPAN_ARGS(id));
    struct span line;
    size_t number = 0;

    while (span_next(&source, '\n', &line)) {
        number++;
        if (span_find(line, want) != SPAN_NONE)
            return number;
    }
    return 1;
}

static bool is_name(struct span s, const char *more)
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

/* Words of a-z and 0-9 with single separators: then no two keys, with what they take, become one constant by the
 * underscores alone. */
static bool is_key(struct span s)
{
    if (!is_name(s, "_.-") || s.n > 100 || span_eq(s, S("count"))) /* MSG_COUNT */
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (strchr("_.-", s.p[i]) && (i + 1 == s.n || strchr("_.-", s.p[i + 1])))
            return false;
    return true;
}

static bool names_add(struct names *names, struct span name)
{
    size_t at = 0;

    while (at < names->count && span_cmp(names->items[at], name) < 0)
        at++;
    if (at < names->count && span_eq(names->items[at], name))
        return true;
    if (names->count == NAMES_MOST)
        return false;
    memmove(&names->items[at + 1], &names->items[at], (names->count - at) * sizeof names->items[0]);
    names->items[at] = name;
    names->count++;
    return true;
}

/* False when braces do not pair up around names. */
static bool names_read(struct span text, struct names *names)
{
    struct span words;
    struct span name;

    while (span_cut(text, '{', &words, &text)) {
        if (span_find_char(words, '}') != SPAN_NONE || !span_cut(text, '}', &name, &text) || !is_name(name, "_") ||
            !names_add(names, name))
            return false;
    }
    return span_find_char(words, '}') == SPAN_NONE;
}

static bool names_eq(const struct names *a, const struct names *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!span_eq(a->items[i], b->items[i]))
            return false;
    return true;
}

/* The names of one text; a singular may say "one" and leave the number out, so it always counts as given. */
static bool names_of(struct span text, bool is_singular, struct names *names_out)
{
    *names_out = (struct names){0};
    return names_read(text, names_out) && (!is_singular || names_add(names_out, S("n")));
}

/* The texts of an entry in one language: the translation, or the English itself. */
static struct text texts_of(struct arena *a, po_message_t entry, bool has_plural, bool is_english)
{
    struct text text = {0};
    const char *many = has_plural ? po_message_msgstr_plural(entry, 1) : NULL;

    text.one = arena_dup(a, span_of(has_plural ? po_message_msgstr_plural(entry, 0) : po_message_msgstr(entry)));
    if (has_plural)
        text.many = arena_dup(a, span_of(many));
    if (is_english && text.one.n == 0 && text.many.n == 0) {
        text.one = arena_dup(a, span_of(po_message_msgid(entry)));
        if (has_plural)
            text.many = arena_dup(a, span_of(po_message_msgid_plural(entry)));
    }
    return text;
}

static void check_text(struct catalogue *c, struct message *m, enum lang lang, size_t line)
{
    const char *path = c->paths[lang];
    struct text text = m->texts[lang];
    bool has_plural = m->id_plural.p != NULL;
    struct names names;

    if (text.one.n == 0 || (has_plural && text.many.n == 0)) {
        fault(path, line, "%.*s: not translated", SPAN_ARGS(m->key));
        return;
    }
    if (text.one.n > TEXT_MOST || text.many.n > TEXT_MOST)
        fault(path, line, "%.*s: over %d bytes", SPAN_ARGS(m->key), (int)TEXT_MOST);
    if (utf8_first_fault(text.one) != SPAN_NONE || utf8_first_fault(text.many) != SPAN_NONE)
        fault(path, line, "%.*s: not UTF-8", SPAN_ARGS(m->key));
    if (!names_of(text.one, has_plural, &names) || !names_of(text.many, has_plural, &names)) {
        fault(path, line, "%.*s: { and } stand around a name, at most %d names", SPAN_ARGS(m->key), (int)NAMES_MOST);
        return;
    }
    (void)names_of(text.one, has_plural, &names);
    if (!names_eq(&names, &m->names))
        fault(path, line, "%.*s: its {placeholders} are not those of the msgid", SPAN_ARGS(m->key));
    (void)names_of(text.many, false, &names);
    if (has_plural && !names_eq(&names, &m->names))
        fault(path, line, "%.*s: the plural's {placeholders} are not {n} and those of the msgid", SPAN_ARGS(m->key));
}

static struct message *find(struct catalogue *c, struct span key)
{
    for (size_t i = 0; i < c->messages.count; i++)
        if (span_eq(c->messages.items[i].key, key))
            return &c->messages.items[i];
    return NULL;
}

static void put_constant(struct buf *out, struct span key)
{
    buf_put(out, S("MSG_"));
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];

        if (c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        buf_char(out, c == '.' || c == '-' ? '_' : c);
    }
}

/* "a.b" and "a-b" would be one constant. */
static bool constant_is_taken(struct catalogue *c, struct span key)
{
    struct buf mine;
    struct buf other;

    buf_init(&mine, c->a, 1024);
    put_constant(&mine, key);
    for (size_t i = 0; i < c->messages.count; i++) {
        buf_init(&other, c->a, 1024);
        put_constant(&other, c->messages.items[i].key);
        if (span_eq(buf_span(&mine), buf_span(&other)))
            return true;
    }
    return false;
}

/* A new message from en.po, or null after a fault. */
static struct message *declare(struct catalogue *c, po_message_t entry, struct span key, size_t line)
{
    const char *path = c->paths[LANG_EN];
    struct message *m;

    if (!is_key(key)) {
        fault(path, line, "\"%.*s\" is no key: words of a-z and 0-9 with one . - or _ between", SPAN_ARGS(key));
        return NULL;
    }
    if (constant_is_taken(c, key)) {
        fault(path, line, "%.*s: another key becomes the same constant", SPAN_ARGS(key));
        return NULL;
    }
    m = LIST_ADD(c->a, &c->messages);
    m->key = key;
    m->id = arena_dup(c->a, span_of(po_message_msgid(entry)));
    if (po_message_msgid_plural(entry))
        m->id_plural = arena_dup(c->a, span_of(po_message_msgid_plural(entry)));
    (void)names_of(m->id, m->id_plural.p != NULL, &m->names); /* check_text() speaks where this fails */
    return m;
}

static void read_entry(struct catalogue *c, po_message_t entry, enum lang lang)
{
    const char *path = c->paths[lang];
    struct span key = arena_dup(c->a, span_of(po_message_msgctxt(entry)));
    struct span id = span_of(po_message_msgid(entry));
    struct span id_plural = span_of(po_message_msgid_plural(entry));
    size_t line = line_of(c->a, c->sources[lang], key, id);
    struct message *m;

    if (po_message_is_obsolete(entry)) {
        fault(path, line, "an obsolete entry: delete it");
        return;
    }
    if (key.n == 0) {
        fault(path, line, "an entry without msgctxt has no key");
        return;
    }
    if (po_message_is_fuzzy(entry))
        fault(path, line, "%.*s: fuzzy", SPAN_ARGS(key));
    m = lang == LANG_EN ? declare(c, entry, key, line) : find(c, key);
    if (m == NULL) {
        if (lang != LANG_EN)
            fault(path, line, "%.*s: not in %s", SPAN_ARGS(key), c->paths[LANG_EN]);
        return;
    }
    m->seen = true;
    if (!span_eq(m->id, id) || !span_eq(m->id_plural, id_plural)) {
        fault(path, line, "%.*s: the English text differs from %s", SPAN_ARGS(key), c->paths[LANG_EN]);
        return;
    }
    m->texts[lang] = texts_of(c->a, entry, m->id_plural.p != NULL, lang == LANG_EN);
    check_text(c, m, lang, line);
}

/* Both languages count n != 1 as plural: msg.c knows no other rule. */
static void check_header(struct catalogue *c, const char *header, enum lang lang)
{
    struct span h = span_of(header);

    if (span_find(h, S("charset=UTF-8")) == SPAN_NONE)
        fault(c->paths[lang], 1, "the header does not say charset=UTF-8");
    if (span_find(h, S("nplurals=2")) == SPAN_NONE ||
        (span_find(h, S("plural=(n != 1)")) == SPAN_NONE && span_find(h, S("plural=n != 1")) == SPAN_NONE))
        fault(c->paths[lang], 1, "the header does not say Plural-Forms: nplurals=2; plural=(n != 1);");
}

static void read_language(struct catalogue *c, enum lang lang)
{
    static const struct po_xerror_handler handler = {.xerror = on_fault, .xerror2 = on_faults};
    po_file_t file;
    po_message_iterator_t entries;
    po_message_t entry;

    c->sources[lang] = cgen_read(c->a, c->paths[lang]);
    file = po_file_read(c->paths[lang], &handler);
    if (file == NULL) {
        fault(c->paths[lang], 1, "cannot be read");
        return;
    }
    check_header(c, po_file_domain_header(file, NULL), lang);
    for (size_t i = 0; i < c->messages.count; i++)
        c->messages.items[i].seen = false;
    entries = po_message_iterator(file, NULL);
    while ((entry = po_next_message(entries)) != NULL)
        if (po_message_msgctxt(entry) || po_message_msgid(entry)[0]) /* the header has neither */
            read_entry(c, entry, lang);
    po_message_iterator_free(entries);
    po_file_free(file);
    for (size_t i = 0; i < c->messages.count; i++)
        if (!c->messages.items[i].seen)
            fault(c->paths[LANG_EN], line_of(c->a, c->sources[LANG_EN], c->messages.items[i].key, (struct span){0}),
                  "%.*s: not in %s", SPAN_ARGS(c->messages.items[i].key), c->paths[lang]);
}

static void put_header(const struct catalogue *c, struct span path, struct buf *h)
{
    buf_put(h, S("/* Made by tools/msgc from locale/: change that. */\n#ifndef "));
    cgen_guard(h, path);
    buf_put(h, S("\n#define "));
    cgen_guard(h, path);
    buf_put(h, S("\n\nenum msg {\n"));
    for (size_t i = 0; i < c->messages.count; i++) {
        const struct message *m = &c->messages.items[i];

        buf_put(h, S("    "));
        put_constant(h, m->key);
        buf_put(h, S(",\n"));
    }
    buf_put(h, S("    MSG_COUNT,\n\n    /* the same with what they take, for templates */\n"));
    for (size_t i = 0; i < c->messages.count; i++) {
        const struct message *m = &c->messages.items[i];

        buf_put(h, S("    "));
        put_constant(h, m->key);
        for (size_t k = 0; k < m->names.count; k++) {
            buf_put(h, S("__"));
            buf_put(h, m->names.items[k]);
        }
        buf_put(h, m->names.count ? S(" = ") : S("__ = "));
        put_constant(h, m->key);
        buf_put(h, S(",\n"));
    }
    buf_put(h, S("};\n\n#endif\n"));
}

static void put_table(const struct catalogue *c, struct span header, struct buf *out)
{
    buf_put(out, S("/* Made by tools/msgc from locale/: change that. */\n#include \"html/msg_impl.h\"\n\n#include \""));
    buf_put(out, cgen_basename(header));
    buf_put(out, S("\"\n\nconst struct span msg_keys[MSG_COUNT] = {\n"));
    for (size_t i = 0; i < c->messages.count; i++) {
        buf_put(out, S("    SPAN_INIT("));
        cgen_literal(out, c->messages.items[i].key, 14);
        buf_put(out, S("),\n"));
    }
    buf_put(out, S("};\n\nconst struct msg_entry msg_table[LANG_COUNT][MSG_COUNT] = {\n"));
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        buf_put(out, S("    {\n"));
        for (size_t i = 0; i < c->messages.count; i++) {
            struct text text = c->messages.items[i].texts[lang];

            buf_put(out, S("        {.one = SPAN_INIT("));
            cgen_literal(out, text.one, 26);
            if (text.many.p) {
                buf_put(out, S("),\n         .many = SPAN_INIT("));
                cgen_literal(out, text.many, 27);
            }
            buf_put(out, S(")},\n"));
        }
        buf_put(out, S("    },\n"));
    }
    buf_put(out, S("};\n"));
}

int main(int argc, char **argv)
{
    struct catalogue c = {.a = arena_open(MEMORY_MOST)};
    struct buf h;
    struct buf table;

    if (argc != 3 + LANG_COUNT) {
        fprintf(stderr, "usage: msgc OUT.c OUT.h en.po es.po\n");
        arena_close(&c.a);
        return 2;
    }
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        c.paths[lang] = argv[3 + lang];
        read_language(&c, (enum lang)lang);
    }
    if (faults == 0 && c.messages.count == 0)
        fault(c.paths[LANG_EN], 1, "no messages");
    if (faults == 0) {
        buf_init(&h, c.a, OUTPUT_MOST);
        buf_init(&table, c.a, OUTPUT_MOST);
        put_header(&c, span_of(argv[2]), &h);
        put_table(&c, span_of(argv[2]), &table);
        cgen_write(argv[1], buf_span(&table));
        cgen_write(argv[2], buf_span(&h));
    }
    arena_close(&c.a);
    return faults ? 1 : 0;
}
