/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The helpers that write C, started as programs in a folder of their own: what they refuse and where, and what the C
 * does once it is compiled. They are looked for in BREAKROOM_TOOLS, or beside this test in the build.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgen.h"

enum { MEMORY = 64 * 1024 * 1024, PATH_LEN = 1024, ARGS_MOST = 16 };

static struct arena *arena;
static char folder[] = "/tmp/breakroom-tools-XXXXXX";
static char tools[PATH_LEN];
static char source_root[PATH_MAX] = ""; /* what realpath() may fill */

static int open_folder(void **state)
{
    const char *given = getenv("BREAKROOM_TOOLS");
    const char *root = getenv("SOURCE_ROOT");
    char self[PATH_LEN - 32] = "";

    (void)state;
    arena = arena_open(MEMORY);
    if (given) {
        (void)snprintf(tools, sizeof tools, "%s", given);
    } else if (readlink("/proc/self/exe", self, sizeof self - 1) > 0) {
        *strrchr(self, '/') = '\0';
        (void)snprintf(tools, sizeof tools, "%s/../../tools", self);
    }
    if (realpath(root ? root : ".", source_root) == NULL)
        return -1;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

/* Runs a program with what it says in the file "said". The exit code, or -1 after a signal. */
static int run(const char *const *argv)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        int said = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        (void)dup2(said, STDOUT_FILENO);
        (void)dup2(said, STDERR_FILENO);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *tool(const char *name)
{
    struct span path = arena_printf(arena, "%s/%s", tools, name);

    if (access(path.p, X_OK) != 0)
        fail_msg("no program %s: set BREAKROOM_TOOLS", path.p);
    return path.p;
}

static int close_folder(void **state)
{
    const char *const argv[] = {"rm", "-rf", folder, NULL};

    (void)state;
    (void)run(argv);
    arena_close(&arena);
    return chdir("/");
}

static void put(const char *path, const char *content)
{
    cgen_write(path, span_of(content));
}

static void assert_said(const char *words)
{
    struct span said = cgen_read(arena, "said");

    if (span_find(said, span_of(words)) == SPAN_NONE)
        fail_msg("wanted: %s\nsaid: %.*s", words, SPAN_ARGS(said));
}

#define HEADER                                                                                                         \
    "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n"                                        \
    "\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n\n"

static int msgc(const char *en, const char *es)
{
    const char *const argv[] = {tool("msgc"), "msg_table.c", "msg_table.h", "en.po", "es.po", NULL};
    struct span head = S(HEADER);

    cgen_write("en.po", arena_join(arena, (struct span[]){head, span_of(en)}, 2));
    cgen_write("es.po", arena_join(arena, (struct span[]){head, span_of(es)}, 2));
    (void)remove("msg_table.c");
    return run(argv);
}

#define A_EN "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"\"\n\n"
#define A_ES "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"Un {x}\"\n\n"
#define N_EN "msgctxt \"n\"\nmsgid \"One\"\nmsgid_plural \"{n} things\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n\n"
#define N_ES(one, many)                                                                                                \
    "msgctxt \"n\"\nmsgid \"One\"\nmsgid_plural \"{n} things\"\nmsgstr[0] \"" one "\"\nmsgstr[1] \"" many "\"\n\n"

static void messages_that_agree(void **state)
{
    struct span h;

    (void)state;
    assert_int_equal(msgc(A_EN N_EN, N_ES("Una", "{n} cosas") A_ES), 0);
    h = cgen_read(arena, "msg_table.h");
    assert_true(span_find(h, S("    MSG_A_B,\n    MSG_N,\n    MSG_COUNT,\n")) != SPAN_NONE);
    assert_true(span_find(h, S("MSG_A_B__x = MSG_A_B,\n    MSG_N__n = MSG_N,\n")) != SPAN_NONE);
    assert_int_equal(msgc(A_EN N_EN, A_ES N_ES("{n} cosa", "{n} cosas")), 0);
}

static void messages_that_differ_are_refused(void **state)
{
    static const struct {
        const char *en;
        const char *es;
        const char *fault;
    } cases[] = {
        {A_EN, "", "en.po:6: error: a.b: not in es.po"},
        {A_EN, A_ES N_ES("Una", "{n} cosas"), "es.po:10: error: n: not in en.po"},
        {"", "", "en.po:1: error: no messages"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"\"\n", "es.po:6: error: a.b: not translated"},
        {A_EN, "#, fuzzy\n" A_ES, "es.po:7: error: a.b: fuzzy"},
        {A_EN, A_ES "#~ msgctxt \"old\"\n#~ msgid \"Old\"\n#~ msgstr \"Viejo\"\n",
         "es.po:10: error: an obsolete entry"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"Two {x}\"\nmsgstr \"Dos {x}\"\n",
         "es.po:6: error: a.b: the English text differs"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"Un\"\n", "es.po:6: error: a.b: its {placeholders}"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"Un {y}\"\n", "es.po:6: error: a.b: its {placeholders}"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"Un {x} {n}\"\n",
         "es.po:6: error: a.b: its {placeholders}"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"Un {x\"\n", "es.po:6: error: a.b: { and } stand around"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"Un x} {x}\"\n", "es.po:6: error: a.b: { and } stand"},
        {A_EN, "msgctxt \"a.b\"\nmsgid \"One {x}\"\nmsgstr \"Un {x y}\"\n", "es.po:6: error: a.b: { and } stand"},
        {A_EN, "msgid \"One {x}\"\nmsgstr \"Un {x}\"\n", "es.po:6: error: an entry without msgctxt"},
        {N_EN, N_ES("Una", "cosas"), "es.po:6: error: n: the plural's {placeholders}"},
        {N_EN, N_ES("Una", ""), "es.po:6: error: n: not translated"},
        {N_EN, N_ES("Una {x}", "{n} cosas"), "es.po:6: error: n: its {placeholders}"},
        {N_EN, "msgctxt \"n\"\nmsgid \"One\"\nmsgstr \"Una\"\n", "es.po:6: error: n: the English text differs"},
        {A_EN A_EN, A_ES, "en.po:11: error: duplicate message"},
        {A_EN "msgctxt \"a-b\"\nmsgid \"B\"\nmsgstr \"\"\n", A_ES, "en.po:10: error: a-b: another key"},
        {"msgctxt \"A\"\nmsgid \"B\"\nmsgstr \"\"\n", "", "en.po:6: error: \"A\" is no key"},
        {"msgctxt \"a._b\"\nmsgid \"B\"\nmsgstr \"\"\n", "", "en.po:6: error: \"a._b\" is no key"},
        {"msgctxt \"count\"\nmsgid \"B\"\nmsgstr \"\"\n", "", "en.po:6: error: \"count\" is no key"},
        {"msgctxt \"a\nmsgid \"B\"\nmsgstr \"\"\n", "", "en.po:7: error: end-of-line"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(msgc(cases[i].en, cases[i].es), 1);
        assert_said(cases[i].fault);
        assert_int_not_equal(access("msg_table.c", F_OK), 0);
    }
}

static void catalogues_say_how_they_count(void **state)
{
    const char *const argv[] = {tool("msgc"), "msg_table.c", "msg_table.h", "en.po", "es.po", NULL};

    (void)state;
    put("en.po", HEADER A_EN);
    put("es.po", "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
                 "\"Plural-Forms: nplurals=3; plural=n;\\n\"\n\n" A_ES);
    assert_int_equal(run(argv), 1);
    assert_said("es.po:1: error: the header does not say Plural-Forms");
}

static int embed(const char *const *files)
{
    const char *argv[ARGS_MOST] = {tool("embed"), "files.c", "files.h", "some_files", "in"};
    size_t n = 5;

    while (*files)
        argv[n++] = *files++;
    argv[n] = NULL;
    return run(argv);
}

/* Compiles what was generated together with `main_c` and runs it. */
static int compile_and_run(const char *generated, const char *main_c)
{
    const char *argv[ARGS_MOST + 16] = {
        "cc", "-std=gnu17", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-I.", "-o", "program",
    };
    static const char *const parts[] = {"src/html/html.c", "src/html/msg.c",  "src/model/lang.c", "src/base/buf.c",
                                        "src/base/span.c", "src/base/utf8.c", "src/base/rc.c"};
    const char *const program[] = {"./program", NULL};
    size_t n = 10;
    int code;

    put("main.c", main_c);
    argv[n++] = arena_printf(arena, "-I%s/src", source_root).p;
    argv[n++] = "main.c";
    argv[n++] = generated;
    if (strcmp(generated, "templates.c") == 0) {
        argv[n++] = "msg_table.c";
        for (size_t i = 0; i < COUNT(parts); i++)
            argv[n++] = arena_printf(arena, "%s/%s", source_root, parts[i]).p;
        argv[n++] = "-Wno-maybe-uninitialized";
        argv[n++] = arena_printf(arena, "%s/src/base/arena.c", source_root).p;
    }
    argv[n] = NULL;
    code = run(argv);
    return code == 0 ? run(program) : code + 1000;
}

static void files_arrive_byte_by_byte(void **state)
{
    char *all = arena_alloc(arena, 70000);

    (void)state;
    for (size_t i = 0; i < 70000; i++)
        all[i] = (char)(i * 7 + i / 256);
    assert_int_equal(mkdir("in", 0700), 0);
    assert_int_equal(mkdir("in/sub", 0700), 0);
    cgen_write("in/large", (struct span){all, 70000});
    cgen_write("in/sub/small", (struct span){all, 5000});
    put("in/empty", "");
    put("in/text", "¿Sí?\n\"x\"\\1?\?=");
    assert_int_equal(embed((const char *const[]){"in/text", "in/sub/small", "in/large", "in/empty", NULL}), 0);
    assert_int_equal(
        compile_and_run(
            "files.c",
            "#include <string.h>\n#include \"files.h\"\n#include \"files.h\"\n"
            "static int is(size_t i, const char *path, size_t n) {\n"
            "    if (some_files[i].path.n != strlen(path)) return 0;\n"
            "    if (memcmp(some_files[i].path.p, path, strlen(path))) return 0;\n"
            "    if (some_files[i].bytes.n != n) return 0;\n"
            "    for (size_t k = 0; n >= 5000 && k < n; k++)\n"
            "        if (some_files[i].bytes.p[k] != (char)(k * 7 + k / 256)) return 0;\n"
            "    return 1;\n}\n"
            "int main(void) { return !(some_files_count == 4 && is(0, \"empty\", 0) && is(1, \"large\", 70000) &&\n"
            "    is(2, \"sub/small\", 5000) && is(3, \"text\", 15) &&\n"
            "    !memcmp(some_files[3].bytes.p, \"\\302\\277S\\303\\255?\\n\\\"x\\\"\\\\1?\" \"?=\", 15)); }\n"),
        0);
}

static void files_outside_the_root_are_refused(void **state)
{
    (void)state;
    put("outside", "x");
    assert_int_equal(embed((const char *const[]){"outside", NULL}), 1);
    assert_said("outside: not below the root");
    assert_int_equal(embed((const char *const[]){"in/text", "in//text", NULL}), 1);
    assert_said("text: given twice");
    assert_int_equal(embed((const char *const[]){"in/../in/text", NULL}), 0);
    assert_int_equal(embed((const char *const[]){"in/missing", NULL}), 1);
    assert_said("in/missing: No such file");
}

/* A tree of two folders with one include, and what deps says to it. */
static int deps(const char *from, const char *include)
{
    const char *const clean[] = {"rm", "-rf", "tree", NULL};
    const char *const argv[] = {tool("deps"), "tree", NULL};

    assert_int_equal(run(clean), 0);
    assert_int_equal(mkdir("tree", 0700), 0);
    assert_int_equal(mkdir(arena_printf(arena, "tree/%s", from).p, 0700), 0);
    put(arena_printf(arena, "tree/%s/x.c", from).p, arena_printf(arena, "/* a */\n  # include %s\n", include).p);
    return run(argv);
}

static void includes_point_down(void **state)
{
    static const char *const good[][2] = {
        {"main", "\"news/x.h\""},
        {"news", "\"prose/x.h\""},
        {"news", "\"mail/x.h\""},
        {"prose", "\"folder/x.h\""},
        {"store", "\"db/x.h\""},
        {"html", "\"model/x.h\""},
        {"model", "\"base/x.h\""},
        {"news", "\"news/x.h\""},
        {"news", "\"templates.h\""},
        {"news", "<stdio.h>"},
        {"prose", "<cmark-gfm.h>"},
        {"main", "<curl/curl.h>"},
        {"prose", "<cmark-gfm-core-extensions.h>"},
    };
    static const char *const bad[][3] = {
        {"base", "\"model/x.h\"", "tree/base/x.c:2: error: \"model/x.h\": an arrow upward"},
        {"html", "\"page/x.h\"", "tree/html/x.c:2: error: \"page/x.h\": an arrow upward"},
        {"store", "\"news/x.h\"", "an arrow upward"},
        {"news", "\"main/x.h\"", "an arrow upward"},
        {"news", "\"rights/x.h\"", "a neighbour of the same layer"},
        {"html", "\"db/x.h\"", "a neighbour of the same layer"},
        {"prose", "\"page/x.h\"", "a neighbour of the same layer"},
        {"news", "\"../rights/x.h\"", "begins with its folder"},
        {"news", "\"elsewhere/x.h\"", "has no layer"},
        {"odd", "\"base/x.h\"", "has no layer"},
        {"news", "<cmark-gfm.h>", "tree/news/x.c:2: error: \"cmark-gfm.h\": this library belongs"},
        {"prose", "<curl/curl.h>", "this library belongs"},
        {"main", "<gettext-po.h>", "this library belongs"},
        {"news", "\"curl/curl.h\"", "this library belongs"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (deps(good[i][0], good[i][1]) != 0)
            fail_msg("refused: %s from %s", good[i][1], good[i][0]);
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (deps(bad[i][0], bad[i][1]) != 1)
            fail_msg("taken: %s from %s", bad[i][1], bad[i][0]);
        assert_said(bad[i][2]);
    }
}

static int tplc(const char *html, const char *xml)
{
    const char *const argv[] = {tool("tplc"), "templates.c", "templates.h", "page.html", "feed.xml", NULL};

    put("page.html", html);
    put("feed.xml", xml);
    return run(argv);
}

#define PAGE                                                                                                           \
    "<h1 lang=\"{{lang}}\" title=\"{{title}}\">{{title}}</h1>\n{{#if rows}}\n<p>{{t:page.rows who int n}}</p>\n"       \
    "{{#each rows}}\n  <a href=\"{{url link}}\"{{#if here}} class=\"here\"{{/if}}>{{name}} {{../title}}</a>\n"         \
    "  {{#each tags}}<i>{{name}} {{../name}}</i>{{/each}}\n{{/each}}\n{{#else}}\n<p>{{t:page.none}}</p>\n{{/if}}\n"    \
    "{{markup body}}"

#define MAIN                                                                                                           \
    "#include <stdio.h>\n#include \"templates.h\"\n"                                                                   \
    "int main(void)\n{\n    struct arena *a = arena_open(1 << 20);\n    struct buf *b = buf_new(a, 1 << 16);\n"        \
    "    struct buf *m = buf_new(a, 100);\n    struct url link;\n"                                                     \
    "    struct tpl_page_rows_tags tags[] = {{S(\"t&1\")}, {S(\"t2\")}};\n"                                            \
    "    struct tpl_page_rows rows[2] = {{.name = S(\"<a>\"), .here = true}, {.name = S(\"b\"), .tags = tags,\n"       \
    "        .tags_count = 2}};\n"                                                                                     \
    "    struct tpl_page v = {.title = S(\"\\\"T\\\"\\n\"), .who = S(\"<W>\"), .n = 2, .rows = rows,\n"                \
    "        .rows_count = 2};\n"                                                                                      \
    "    (void)url_relative(S(\"x y?a&b\"), &link);\n    rows[0].link = rows[1].link = link;\n"                        \
    "    html_text(m, S(\"&\"));\n    v.body = markup_of(m);\n    tpl_page(b, LANG_EN, &v);\n"                         \
    "    v.n = 1;\n    buf_put(b, S(\"\\n--\\n\"));\n    tpl_page(b, LANG_ES, &v);\n    v.rows_count = 0;\n"           \
    "    buf_put(b, S(\"\\n--\\n\"));\n    tpl_page(b, LANG_ES, &v);\n"                                                \
    "    printf(\"%.*s\", SPAN_ARGS(buf_span(b)));\n"                                                                  \
    "    printf(\"\\n--\\n%.*s|%.*s\", SPAN_ARGS(msg_text(a, LANG_EN, MSG_PAGE_ROWS, 5,\n"                             \
    "        (struct msg_arg[]){{S(\"who\"), S(\"<W>\")}}, 1)), SPAN_ARGS(msg_key(MSG_PAGE_NONE)));\n"                 \
    "    arena_close(&a);\n    return 0;\n}\n"

static void templates_become_pages(void **state)
{
    (void)state;
    assert_int_equal(
        msgc("msgctxt \"page.rows\"\nmsgid \"{who}: one row\"\nmsgid_plural \"{who}: {n} rows\"\n"
             "msgstr[0] \"\"\nmsgstr[1] \"\"\n\nmsgctxt \"page.none\"\nmsgid \"It's empty\"\nmsgstr \"\"\n",
             "msgctxt \"page.rows\"\nmsgid \"{who}: one row\"\nmsgid_plural \"{who}: {n} rows\"\n"
             "msgstr[0] \"una fila ({who})\"\nmsgstr[1] \"{n} filas ({who})\"\n\n"
             "msgctxt \"page.none\"\nmsgid \"It's empty\"\nmsgstr \"Vacío\"\n"),
        0);
    assert_int_equal(tplc(PAGE, "<a>{{b}}</a>"), 0);
    assert_int_equal(compile_and_run("templates.c", MAIN), 0);
    assert_said("<h1 lang=\"en\" title=\"&quot;T&quot;&#10;\">&quot;T&quot;\n</h1>\n<p>&lt;W&gt;: 2 rows</p>\n"
                "<a href=\"x%20y?a&amp;b\" class=\"here\">&lt;a&gt; &quot;T&quot;\n</a>\n\n"
                "<a href=\"x%20y?a&amp;b\">b &quot;T&quot;\n</a>\n<i>t&amp;1 b</i><i>t2 b</i>\n&amp;\n--\n");
    assert_said("<p>una fila (&lt;W&gt;)</p>");
    assert_said("\n<p>Vacío</p>\n&amp;\n--\n<W>: 5 rows|page.none");
}

static void messages_and_templates_must_agree(void **state)
{
    static const char *const cases[][2] = {
        {"{{t:page.gone}}", "MSG_PAGE_GONE__"},
        {"{{t:page.none who}}", "MSG_PAGE_NONE__who"},
        {"{{t:page.rows int n}}", "MSG_PAGE_ROWS__n"},
    };
    const char *const argv[] = {
        "cc",          "-std=gnu17", "-fsyntax-only", "-I.", arena_printf(arena, "-I%s/src", source_root).p,
        "templates.c", NULL};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(tplc(cases[i][0], "<a/>"), 0);
        assert_int_not_equal(run(argv), 0);
        assert_said(cases[i][1]);
    }
}

static void a_refused_template_writes_nothing(void **state)
{
    (void)state;
    (void)remove("templates.c");
    assert_int_equal(tplc("<p title={{a}}></p>", "<a>{{b</a>"), 1);
    assert_said("page.html:1:10: error: a hole in an attribute without quotes\nfeed.xml:1:4: error: {{ without }}\n");
    assert_int_not_equal(access("templates.c", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_that_agree),
        cmocka_unit_test(messages_that_differ_are_refused),
        cmocka_unit_test(catalogues_say_how_they_count),
        cmocka_unit_test(files_arrive_byte_by_byte),
        cmocka_unit_test(files_outside_the_root_are_refused),
        cmocka_unit_test(includes_point_down),
        cmocka_unit_test(templates_become_pages),
        cmocka_unit_test(messages_and_templates_must_agree),
        cmocka_unit_test(a_refused_template_writes_nothing),
    };

    return cmocka_run_group_tests_name("tools", tests, open_folder, close_folder);
}
