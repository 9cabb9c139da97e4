/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any text as the body of a Markdown file, compiled against small registers; the first byte says which kind, language
 * and site. Diagnostics stand inside the file. The page has tags that pair up, from a short list, and no address but the
 * allowed; the plain text counts its links right; compiled again, everything is the same.
 */
#include "base/utf8.h"
#include "page/site.h"
#include "prose/prose_impl.h"

#include "../unit/quote_fixture.h"

#include <string.h>

enum { BODY_MAX = 64 * 1024, MEMORY = 1024 * 1024 * 1024, DEPTH_MAX = 512 };

enum { IS_SPANISH = 1, IS_STATIC = 2, HAS_NOTES = 4, IS_ABSOLUTE = 8, KIND_SHIFT = 4 };

/* ---- the registers: some keys are there, some are in the way ---- */

#define HOSTILE "Is it \"legal\" <now> & 'here'?"

struct world {
    struct campaign campaign;
    struct site site;
    const struct prose_doc *shown; /* the body of every question, right and block */
    struct figure figures[4];
    struct photo_file photo;
    struct document document;
    const struct quote_index *index;
    struct case_step steps[3];
    struct allegation allegation;
};

static struct prose_target find(const void *ctx, struct arena *a, enum prose_scheme scheme, struct span key,
                                enum lang lang, struct date day)
{
    const struct world *w = ctx;
    struct prose_target t = {.state = PROSE_FOUND, .title = S(HOSTILE), .detail = S("<b>" HOSTILE), .lang = lang};

    CHECK(scheme <= PROSE_CLAIM && date_is_set(day));
    if (scheme == PROSE_FAQ || scheme == PROSE_RIGHT)
        t.address = arena_printf(a, "/faq/#%.*s", SPAN_ARGS(key));
    if (scheme == PROSE_DOC) {
        t.address = arena_printf(a, "/sources/%.*s", SPAN_ARGS(key));
        t.detail = S("/sources/memo");
    }
    if (scheme == PROSE_CASE) {
        t.address = S("/docket/mail#kept");
        t.allegation = &w->allegation;
    }
    if (scheme == PROSE_CLAIM)
        t.address = S("/claims/sheet#claim-1");
    if (scheme == PROSE_PRESS)
        t.address = S("/press#times");
    if (scheme == PROSE_FILE)
        t.address = S("/files/meeting.ics");
    if (scheme == PROSE_FAQ || scheme == PROSE_RIGHT || scheme == PROSE_BLOCK)
        t.body = w->shown;
    if (span_eq(key, S("elsewhere")))
        t.lang = lang == LANG_EN ? LANG_ES : LANG_EN;
    if (span_eq(key, S("old")))
        t = (struct prose_target){
            .state = PROSE_SUPERSEDED, .replaced_by = S("new"), .title = t.title, .body = t.body, .lang = lang};
    if (span_eq(key, S("unread")))
        t.state = PROSE_UNREVIEWED;
    if ((scheme != PROSE_CASE && !model_is_key(key)) || span_starts(key, S("no")))
        t = (struct prose_target){.state = PROSE_UNKNOWN, .nearest = key.n % 2 ? S("lead") : S("")};
    return t;
}

static const struct figure *find_figure(const void *ctx, struct span key, struct date day, bool *is_known_out,
                                        struct span *nearest_out)
{
    const struct world *w = ctx;

    CHECK(date_is_set(day));
    for (size_t i = 0; i < COUNT(w->figures); i++)
        if (span_eq(w->figures[i].key, key))
            return &w->figures[i];
    *is_known_out = span_eq(key, S("later"));
    *nearest_out = *is_known_out ? S("") : S("signers");
    return NULL;
}

static bool find_page(const void *ctx, struct arena *a, struct span path, bool is_file, enum lang lang,
                      struct span *address_out)
{
    static const struct span paths[] = {SPAN_INIT("/"), SPAN_INIT("/about"), SPAN_INIT("/es/faq/"),
                                        SPAN_INIT("/news/2026-04-24-memo")};

    (void)ctx;
    if (is_file && span_eq(path, S("faq/is-it-legal.md"))) {
        *address_out = S("/faq/#is-it-legal");
        return true;
    }
    if (is_file && span_eq(path, S("news/2026-04-24-memo.md"))) {
        *address_out = arena_printf(a, "%s/news/2026-04-24-memo", lang == LANG_ES ? "/es" : "");
        return true;
    }
    *address_out = is_file ? S("/photos/gate.jpg") : path;
    if (is_file)
        return span_eq(path, S("photos/gate.jpg"));
    for (size_t i = 0; i < COUNT(paths); i++)
        if (span_eq(paths[i], path))
            return true;
    return false;
}

static const struct photo_file *find_photo(const void *ctx, struct span name)
{
    const struct world *w = ctx;

    return span_eq(name, w->photo.name) ? &w->photo : NULL;
}

static struct span standing_block(const void *ctx, size_t n)
{
    (void)ctx;
    return n == 0 ? S("lead") : n == 1 ? S("ask") : S("");
}

static const struct document *nth_document(const void *ctx, size_t n, const struct quote_index **index_out)
{
    const struct world *w = ctx;

    *index_out = w->index;
    return n == 0 ? &w->document : NULL;
}

static const struct document *find_document(const void *ctx, struct span key, const struct quote_index **index_out)
{
    return span_starts(key, S("no")) || !model_is_key(key) ? NULL : nth_document(ctx, 0, index_out);
}

static struct prose_registers registers_of(const struct world *w)
{
    return (struct prose_registers){w,          find,           find_figure,   find_page,
                                    find_photo, standing_block, find_document, nth_document};
}

/* ---- the world ---- */

static const char shown_body[] =
    "First, [yes](https://law.example/3543?a=b&c='d').\n\n# A *heading*\n\n- one\n- [two](/about)\n\n"
    "> It is.\n> — [us](fig:signers)\n";

static struct entry entry_of(struct arena *a, enum entry_kind kind, enum lang lang, struct span body)
{
    struct span front = S("---\ntitle: x\n---\n");
    struct span pieces[] = {front, body};
    struct entry e = {
        .kind = kind,
        .lang = lang,
        .key = S("memo"),
        .file = kind == ENTRY_NEWS ? S("news/2026-04-24-memo.md") : S("faq/memo.md"),
        .source = arena_join(a, pieces, 2),
        .body_line = 4,
        .title_line = 2,
        .without_line = 2,
        .title = S("x"),
        .document = kind == ENTRY_CLAIM ? S("memo") : (struct span){0},
        .without = S("ask, nothing"),
        .date = {2026, 4, 24},
    };

    e.body = span_from(e.source, front.n);
    return e;
}

static const char pages[] = "The message should remain focused on cost.\fThe goal is no <union>.";

/* The same for every input: made once, for a site of either kind. */
static const struct world *the_world(bool is_static)
{
    static struct world worlds[2];
    static struct arena *memory;
    struct world *w = &worlds[is_static];
    struct arena *a = memory ? memory : (memory = arena_open(MEMORY));
    struct date day = {2026, 4, 2};
    struct entry *e = ARENA_NEW(a, struct entry);
    struct prose_registers registers = registers_of(w);
    struct prose_request request = {.campaign = &w->campaign, .entry = e, .day = day, .is_embedded_kind = true};
    struct diags d;

    if (w->shown)
        return w;
    *w = (struct world){
        .campaign =
            {.arena = a, .name = S("x"), .languages = {LANG_EN, LANG_ES}, .language_count = 2, .host = S("x.example")},
        .figures =
            {{.key = S("signers"), .value = {146000000}, .value_text = S("146"), .as_of = day},
             {.key = S("before"), .value = {67000000}, .value_text = S("67"), .as_of = day},
             {.key = S("pay"), .value = {920000000000}, .value_text = S("920000"), .as_of = day, .review_by = day},
             {.key = S("gone"), .is_withdrawn = true, .was = S("3"), .as_of = day}},
        .photo = {.name = S("gate.jpg"), .width = 640, .height = 480},
        .document = {.key = S("memo"),
                     .language = is_static ? S("en") : S("es"),
                     .clearance = is_static ? CLEARANCE_CLEARED : CLEARANCE_PUBLISHED,
                     .is_read = true},
    };
    w->site = (struct site){.campaign = &w->campaign, .today = day, .is_static = is_static};
    w->steps[0] = (struct case_step){.date = {1900, 1, 1}, .state = CASE_CHARGED};
    w->steps[1] = (struct case_step){.date = day, .state = is_static ? CASE_DISMISSED : CASE_SUSTAINED};
    w->allegation.key = S("kept");
    w->allegation.steps.items = w->steps;
    w->allegation.steps.count = 2;
    w->document.text = quote_document(a, span_of(pages), DOC_READING_FILE);
    w->index = quote_index_new(a, &w->document.text, &(struct quote_rules){0});
    diags_init(&d, a);
    *e = entry_of(a, ENTRY_FAQ, LANG_EN, span_of(shown_body));
    w->shown = prose_compile(a, &request, &registers, &d);
    CHECK(d.errors == 0);
    return w;
}

/* ---- places ---- */

/* Lines of Markdown end with LF, CRLF or CR. */
static struct span line_of(struct span source, uint32_t line)
{
    size_t start = 0;
    size_t end = 0;

    for (uint32_t at = 1;; at++) {
        for (end = start; end < source.n && source.p[end] != '\n' && source.p[end] != '\r'; end++)
            ;
        if (at == line)
            return span_sub(source, start, end - start);
        CHECK(end < source.n);
        start = end + 1 + span_starts(span_from(source, end), S("\r\n"));
    }
}

static void check_place(const struct entry *e, struct place at, uint32_t width, struct span text)
{
    struct span line = line_of(e->source, at.line);

    CHECK(at.line >= 1 && span_eq(at.file, e->file));
    CHECK(text.n == 0 || span_eq(text, line)); /* a very long line is not shown every time */
    CHECK(at.column <= utf8_count(line) + 1);
    CHECK(width == 0 || (at.column && at.column - 1 + width <= utf8_count(line)));
}

static void check_diags(const struct entry *e, const struct diags *d)
{
    for (size_t i = 0; i < d->list.count; i++) {
        const struct diag *x = &d->list.items[i];

        CHECK(x->message.n > 0 && utf8_first_fault(x->message) == SPAN_NONE && utf8_first_fault(x->note) == SPAN_NONE);
        check_place(e, x->at, x->width, x->text);
    }
    for (size_t i = 0; i < d->waivers.count; i++)
        (void)line_of(e->source, d->waivers.items[i].at.line);
}

static void check_doc(const struct entry *e, const struct prose_doc *doc)
{
    for (size_t i = 0; i < prose_pending_count(doc); i++)
        check_place(e, prose_pending(doc, i)->at, prose_pending(doc, i)->width, prose_pending(doc, i)->text);
    for (size_t i = 0; i < prose_heading_count(doc); i++)
        CHECK(prose_has_anchor(doc, prose_heading_anchor(doc, i)));
    for (size_t i = 0; i < prose_figure_count(doc); i++)
        CHECK(!prose_figure(doc, i)->is_withdrawn);
}

/* ---- the page ---- */

struct html {
    struct span rest;
    struct span open[DEPTH_MAX];
    size_t depth;
    unsigned flags;
};

static bool among(struct span word, const char *list)
{
    struct span rest = span_of(list);
    struct span item;

    while (span_next(&rest, ' ', &item))
        if (span_eq(item, word))
            return true;
    return false;
}

static struct span take_until(struct html *h, const char *ends)
{
    size_t n = 0;
    struct span taken;

    while (n < h->rest.n && strchr(ends, h->rest.p[n]) == NULL)
        n++;
    CHECK(n < h->rest.n);
    taken = span_sub(h->rest, 0, n);
    h->rest = span_from(h->rest, n);
    return taken;
}

/* No bare "&" and ">", no quote in an attribute, no control byte but line ends. */
static void check_escaped(struct span text, bool in_attribute)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        struct span entity = span_from(text, i + 1);

        CHECK(c != '<' && c != '>' && c != 0x7F && (c >= 0x20 || (!in_attribute && (c == '\n' || c == '\t'))));
        CHECK(!in_attribute || (c != '"' && c != '\''));
        if (c != '&')
            continue;
        entity.n = span_find_char(entity, ';');
        CHECK(entity.n != SPAN_NONE && among(entity, "amp lt gt quot #39 #13 #10 #9"));
    }
    CHECK(utf8_first_fault(text) == SPAN_NONE);
}

static void check_url(const struct html *h, struct span url)
{
    static const struct span starts[] = {SPAN_INIT("/"),        SPAN_INIT("#"),       SPAN_INIT("http://"),
                                         SPAN_INIT("https://"), SPAN_INIT("mailto:"), SPAN_INIT("tel:")};
    size_t colon = span_find_char(url, ':');

    CHECK(url.n > 0 && !span_starts(url, S("//")));
    for (size_t i = 0; i < COUNT(starts); i++)
        if (span_eq_nocase(span_sub(url, 0, starts[i].n), starts[i]))
            return;
    CHECK(h->flags & IS_STATIC); /* a relative name: nothing that could be a scheme */
    CHECK(colon == SPAN_NONE || span_find_char(span_sub(url, 0, colon), '/') != SPAN_NONE ||
          span_find_char(span_sub(url, 0, colon), '#') != SPAN_NONE);
}

static void check_attribute(struct html *h, struct span tag)
{
    struct span name = take_until(h, "= >");
    struct span value;

    CHECK(span_starts(h->rest, S("=\"")));
    h->rest = span_from(h->rest, 2);
    value = take_until(h, "\"");
    h->rest = span_from(h->rest, 1);
    check_escaped(value, true);
    CHECK(among(name,
                "class href title src alt width height loading decoding id start role tabindex aria-label lang scope"));
    if (span_eq(name, S("href")) || span_eq(name, S("src")))
        check_url(h, value);
    CHECK(!span_eq(name, S("href")) || span_eq(tag, S("a")));
    CHECK(!span_eq(name, S("src")) || span_eq(tag, S("img")));
    CHECK(!span_eq(name, S("src")) || !span_starts(value, S("http")) || (h->flags & IS_ABSOLUTE));
}

static bool is_inside(const struct html *h, const char *tags)
{
    for (size_t i = 0; i < h->depth; i++)
        if (among(h->open[i], tags))
            return true;
    return false;
}

#define PHRASING "p h2 h3 h4 h5 h6 em strong code a span small figcaption"

static void check_tag(struct html *h)
{
    bool is_close = span_starts(h->rest, S("</"));
    struct span tag;

    h->rest = span_from(h->rest, is_close ? 2 : 1);
    tag = take_until(h, " >");
    CHECK(among(tag, PHRASING " ul ol li blockquote pre hr br img figure div section table thead tbody tr th td"));
    while (!is_close && span_starts(h->rest, S(" "))) {
        h->rest = span_from(h->rest, 1);
        check_attribute(h, tag);
    }
    CHECK(span_starts(h->rest, S(">")));
    h->rest = span_from(h->rest, 1);
    if (is_close) {
        CHECK(h->depth > 0 && span_eq(h->open[h->depth - 1], tag));
        h->depth--;
        return;
    }
    CHECK(!span_eq(tag, S("a")) || !is_inside(h, "a"));
    CHECK(!is_inside(h, PHRASING) || among(tag, "em strong code a span small img br"));
    if (among(tag, "hr br img"))
        return;
    CHECK(h->depth < DEPTH_MAX);
    h->open[h->depth++] = tag;
}

static void check_html(struct span html, unsigned flags)
{
    struct html h = {.rest = html, .flags = flags};

    while (h.rest.n) {
        size_t text = span_find_char(h.rest, '<');

        if (text == SPAN_NONE)
            text = h.rest.n;
        check_escaped(span_sub(h.rest, 0, text), false);
        h.rest = span_from(h.rest, text);
        if (h.rest.n)
            check_tag(&h);
    }
    CHECK(h.depth == 0);
}

/* ---- the plain text ---- */

/* "[17]" at the start of `s`: its number, or 0. `n_out`: its length. */
static uint64_t bracket_number(struct span s, size_t *n_out)
{
    size_t end = span_find_char(span_sub(s, 0, 12), ']');
    uint64_t number = 0;

    if (end == SPAN_NONE || s.p[0] != '[' || !span_to_u64(span_sub(s, 1, end - 1), UINT32_MAX, &number))
        return 0;
    *n_out = end + 1;
    return number;
}

static size_t count_above(struct span text, uint64_t most)
{
    size_t count = 0;
    size_t n;

    for (size_t i = 0; i < text.n; i++)
        count += bracket_number(span_from(text, i), &n) > most;
    return count;
}

/* The words of a document as a writer put them, in order, without the marks of the text renderer. */
static void put_words(struct buf *b, const struct node *n)
{
    if (n->kind == NODE_SOFT_BREAK || n->kind == NODE_HARD_BREAK || n->kind == NODE_CELL || n->kind < NODE_TEXT)
        buf_char(b, ' ');
    if (n->kind != NODE_SOFT_BREAK && n->kind != NODE_HARD_BREAK) /* they have no more members: see struct node */
        buf_put(b, n->text);
    if ((n->kind == NODE_IMAGE || n->kind == NODE_EMBED) && n->title.n)
        buf_printf(b, " %.*s ", SPAN_ARGS(n->title));
    for (const struct node *child = n->first; child; child = child->next)
        put_words(b, child);
    if (n->kind == NODE_LINK && n->link == LINK_ADDRESS)
        buf_char(b, ' ');
}

/* Lines at the end, "[1] https://…", numbered without a gap: how many? */
static uint64_t count_links(struct span text)
{
    uint64_t links = 0;
    struct span rest = text;
    struct span line;
    size_t n;

    if (rest.n && rest.p[rest.n - 1] == '\n')
        rest.n--;
    for (;;) {
        size_t start = span_find_last_char(rest, '\n');
        uint64_t number;

        line = start == SPAN_NONE ? rest : span_from(rest, start + 1);
        number = bracket_number(line, &n);
        if (number == 0 || (links && number + 1 != links))
            break;
        links = number;
        if (number == 1)
            break;
        rest = span_sub(rest, 0, start == SPAN_NONE ? 0 : start);
    }
    if (links == 0)
        return 0;
    line = span_from(text, span_find_last_char(span_sub(text, 0, text.n - 1), '\n') + 1);
    return bracket_number(line, &n);
}

static void check_text(struct arena *a, const struct prose_doc *doc, struct span text)
{
    struct buf *words = buf_new(a, 4 * 1024 * 1024);
    uint64_t links = count_links(text);

    for (size_t i = 0; i < prose_pending_count(doc); i++)
        if (span_find_char(prose_pending(doc, i)->fragment, '\n') != SPAN_NONE)
            return;                             /* such a place is nowhere: an error once all pages are known */
    CHECK(utf8_first_fault(text) == SPAN_NONE); /* NUL is a fault */
    for (size_t i = 0; i < text.n; i++)
        CHECK((unsigned char)text.p[i] >= 0x20 || text.p[i] == '\n' || text.p[i] == '\t');
    put_words(words, doc->root);
    CHECK(!buf_overflowed(words));
    CHECK(count_above(text, links) <= count_above(buf_span(words), links));
}

/* ---- all of it ---- */

struct result {
    struct span web;
    struct span text;
    struct diags diags;
};

static const struct prose_doc *compile(struct arena *a, const struct entry *e, unsigned flags, struct result *out)
{
    const struct world *w = the_world((flags & IS_STATIC) != 0);
    struct prose_registers registers = registers_of(w);
    struct prose_request request = {.campaign = &w->campaign, .entry = e, .day = {2026, 4, 24}};
    struct page_place here = {&w->site, S("/news/2026-04-24-memo")};
    struct prose_web web = {.ctx = &here, .link = page_link, .lang = LANG_EN, .heading_base = 2};
    struct prose_text text = {.origin = S("https://x.example"), .lang = e->lang, .width = 72};
    const struct prose_doc *doc;

    if (flags & IS_ABSOLUTE) {
        web.ctx = &w->site;
        web.link = page_link_absolute;
    }
    web.has_figure_notes = (flags & HAS_NOTES) != 0;
    request.is_embedded_kind = e->kind == ENTRY_BLOCK || e->kind == ENTRY_FAQ || e->kind == ENTRY_RIGHT ||
                               e->kind == ENTRY_ITEM || e->kind == ENTRY_CLAIM;
    diags_init(&out->diags, a);
    doc = prose_compile(a, &request, &registers, &out->diags);
    out->web = prose_render_web(a, doc, &web).s;
    out->text = prose_render_text(a, doc, &text);
    diags_sort(&out->diags);
    return doc;
}

/* Twice the time: for one in four. */
static void check_same(const struct result *x, const struct result *y)
{
    CHECK(span_eq(x->web, y->web) && span_eq(x->text, y->text));
    CHECK(x->diags.errors == y->diags.errors && x->diags.warnings == y->diags.warnings);
    CHECK(x->diags.list.count == y->diags.list.count && x->diags.waivers.count == y->diags.waivers.count);
    for (size_t i = 0; i < x->diags.list.count; i++) {
        const struct diag *a = &x->diags.list.items[i];
        const struct diag *b = &y->diags.list.items[i];

        CHECK(a->code == b->code && a->at.line == b->at.line && a->at.column == b->at.column && a->width == b->width);
        CHECK(span_eq(a->message, b->message) && span_eq(a->note, b->note));
    }
}

/* The reader of the folder lets only UTF-8 without NUL through: other bytes become question marks. */
static struct span clean(struct arena *a, struct span body)
{
    char *copy = arena_cstr(a, body);
    struct span whole = {copy, body.n};
    size_t at;

    for (size_t from = 0; (at = utf8_first_fault(span_from(whole, from))) != SPAN_NONE; from += at)
        copy[from + at] = '?';
    return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(MEMORY);
    struct result first = {0};
    struct result second = {0};
    const struct prose_doc *doc;
    struct entry e;

    if (size >= 1 && size <= BODY_MAX + 1) {
        e = entry_of(a, (enum entry_kind)((data[0] >> KIND_SHIFT) % ENTRY_KIND_COUNT),
                     data[0] & IS_SPANISH ? LANG_ES : LANG_EN,
                     clean(a, span_from((struct span){(const char *)data, size}, 1)));
        doc = compile(a, &e, data[0], &first);
        if (size % 4 == 0) {
            (void)compile(a, &e, data[0], &second);
            check_same(&first, &second);
        }
        check_diags(&e, &first.diags);
        check_doc(&e, doc);
        check_html(first.web, data[0]);
        check_text(a, doc, first.text);
    }
    arena_close(&a);
    return 0;
}
