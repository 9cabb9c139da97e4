/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The page of a form: a sentence for every fault, in both languages, with the field's own label; and how each kind of
 * field looks. What is sent and kept over the wire is tests/serve/forms.mjs.
 */
#include "page/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

enum { MEMORY = 32 * 1024 * 1024 };

struct form {
    struct span name;
    struct span lines;
    int side;
    int list;
    bool agree;
    int64_t n;
    struct form_file file;
};

static const struct span choices[] = {SPAN_INIT(""), SPAN_INIT("a"), SPAN_INIT("b")};
static const struct span choice_words[] = {SPAN_INIT("None of them"), SPAN_INIT("A word"), SPAN_INIT("B word")};

static const struct form_field fields[] = {
    FORM_TEXT(struct form, name, .required = true),
    FORM_TEXT(struct form, lines, .lines = true, .max = 20),
    FORM_ENUM(struct form, side, choices, .required = true),
    FORM_ENUM(struct form, list, choices, .required = true),
    FORM_BOOL(struct form, agree, .required = true),
    FORM_INT(struct form, n, .required = true, .least = -5, .most = 1000000),
    FORM_FILE(struct form, file, .required = true, .max = 2500),
};
enum { NAME, LINES, SIDE, LIST, AGREE, N, FILE_FIELD };

static const struct page_field words[COUNT(fields)] = {
    {.label = SPAN_INIT("Name")},
    {.label = SPAN_INIT("Lines"), .hint = SPAN_INIT("A <hint>")},
    {.label = SPAN_INIT("Side"), .choices = choice_words},
    {.label = SPAN_INIT("List"), .choices = choice_words, .is_list = true},
    {.label = SPAN_INIT("Agree")},
    {.label = SPAN_INIT("N")},
    {.label = SPAN_INIT("File")},
};

static struct span said(struct arena *a, enum lang lang, size_t field, enum form_fault fault, struct span typed)
{
    return page_form_fault(a, lang, &fields[field], words[field].label, fault, typed);
}

#define assert_said(lang, field, fault, typed, wanted)                                                                 \
    assert_string_equal(arena_cstr(a, said(a, lang, field, fault, S(typed))), wanted)

static void each_fault_has_a_sentence(void **state)
{
    struct arena *a = arena_open(MEMORY);

    (void)state;
    assert_said(LANG_EN, NAME, FORM_MISSING, "", "Please fill in “Name”.");
    assert_said(LANG_EN, N, FORM_MISSING, "", "Please fill in “N”.");
    assert_said(LANG_EN, SIDE, FORM_MISSING, "", "Please choose an answer for “Side”.");
    assert_said(LANG_EN, AGREE, FORM_MISSING, "", "Please tick “Agree” to go on.");
    assert_said(LANG_EN, FILE_FIELD, FORM_MISSING, "", "Please choose a file for “File”.");
    assert_said(LANG_EN, FILE_FIELD, FORM_TOO_LONG, "", "The file for “File” is too large: it may have 2 kB.");
    assert_said(LANG_EN, LIST, FORM_NO_CHOICE, "c", "Please choose one of the answers shown for “List”.");
    assert_said(LANG_EN, N, FORM_TOO_SMALL, "-6", "“N” has to be -5 or more.");
    assert_said(LANG_EN, N, FORM_TOO_LARGE, "1000001", "“N” has to be 1000000 or less.");
    assert_said(LANG_ES, N, FORM_NO_NUMBER, "x", "“N” debe ser un número entero en cifras, por ejemplo 12.");
    assert_said(LANG_ES, AGREE, FORM_MISSING, "", "Marque “Agree” para continuar.");
    arena_close(&a);
}

static void too_many_characters_are_counted_as_they_are_read(void **state)
{
    struct arena *a = arena_open(MEMORY);

    (void)state;
    assert_said(LANG_EN, LINES, FORM_TOO_LONG, "123456789012345678901",
                "“Lines” may have 20 characters: please take out one.");
    assert_said(LANG_EN, LINES, FORM_TOO_LONG, "  áéíóú\r\n789012345678901\r\n3\r\n",
                "“Lines” may have 20 characters: please take out 3.");
    assert_said(LANG_ES, LINES, FORM_TOO_LONG, "1234567890123456789012", "“Lines” puede tener 20 caracteres: quite 2.");
    arena_close(&a);
}

static struct span rendered(struct arena *a, unsigned status, struct form_errors *errors)
{
    struct campaign *campaign = ARENA_NEW(a, struct campaign);
    struct site site = {.campaign = campaign};
    struct page_form form = {
        .path = S("/form"),
        .title = S("A <form>"),
        .send = S("Send"),
        .fields = fields,
        .words = words,
        .field_count = COUNT(fields),
        .errors = errors,
    };

    campaign->name = S("Us");
    campaign->host = S("us.example");
    campaign->languages[0] = LANG_EN;
    campaign->language_count = 1;
    return page_form_render(a, &site, LANG_EN, status, &form);
}

#define assert_in(page, piece)  assert_true(span_find(page, S(piece)) != SPAN_NONE)
#define assert_out(page, piece) assert_true(span_find(page, S(piece)) == SPAN_NONE)

static void a_new_form_says_nothing_wrong(void **state)
{
    struct arena *a = arena_open(MEMORY);
    struct span page = rendered(a, 200, NULL);

    (void)state;
    assert_in(page, "<title>A &lt;form&gt; · Us</title>");
    assert_in(page, "<form class=\"form\" method=\"post\" action=\"/form\" enctype=\"multipart/form-data\">");
    assert_in(page, "<p class=\"hint\" id=\"Hint-lines\">A &lt;hint&gt;</p>");
    assert_in(page, "<option value=\"\" selected>None of them</option>");
    assert_in(page,
              "<input type=\"radio\" id=\"Field-side\" name=\"side\" value=\"a\"><label for=\"Field-side\">A word");
    assert_in(page, "<input type=\"radio\" id=\"Field-side-2\" name=\"side\" value=\"b\">");
    assert_in(page, "<input type=\"file\" id=\"Field-file\" name=\"file\">");
    assert_in(page, "inputmode=\"text\""); /* a phone's keyboard of digits has no minus */
    assert_out(page, "class=\"alarm\"");
    assert_out(page, "aria-invalid");
    assert_out(page, "checked");
    arena_close(&a);
}

static void what_was_typed_is_kept_and_faults_are_for_422_alone(void **state)
{
    struct arena *a = arena_open(MEMORY);
    struct form_errors errors = {
        .count = 2,
        .faults = {[LINES] = FORM_TOO_LONG, [SIDE] = FORM_NO_CHOICE},
        .typed =
            {[NAME] = S("\"<>"), [LINES] = S("\n</textarea>"), [SIDE] = S("b"), [LIST] = S("a"), [AGREE] = S("on")},
    };
    struct span page = rendered(a, 422, &errors);

    (void)state;
    assert_in(page, "value=\"&quot;&lt;&gt;\"");
    assert_in(page,
              "aria-describedby=\"Hint-lines Fault-lines\" aria-invalid=\"true\">\n\n&lt;/textarea&gt;</textarea>");
    assert_in(page, "value=\"b\" checked>");
    assert_in(page, "<option value=\"a\" selected>");
    assert_in(page, "name=\"agree\" value=\"yes\" checked>");
    assert_in(page, "<li><a href=\"#Field-lines\">");
    assert_in(page, "<li><a href=\"#Field-side\">");
    page = rendered(a, 503, &errors);
    assert_in(page, "value=\"&quot;&lt;&gt;\"");
    assert_in(page, "What you typed is still here: please send it again in a moment.");
    assert_out(page, "aria-invalid");
    assert_out(page, "#Field-");
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_has_a_sentence),
        cmocka_unit_test(too_many_characters_are_counted_as_they_are_read),
        cmocka_unit_test(a_new_form_says_nothing_wrong),
        cmocka_unit_test(what_was_typed_is_kept_and_faults_are_for_422_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
