/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The campaign folder read: every fault of front matter, campaign.ini and registers at its place, files that are not
 * files, names, keys, and what a translation takes from its original.
 */
#define _XOPEN_SOURCE 700
#include "fixture_folder.h"

#include "folder/folder.h"

#include <fcntl.h>

struct fault {
    const char *path;
    const char *text;
    const char *expect;
    const char *says;
};

static struct campaign *read_folder(struct arena *a, struct diags *d, enum rc *rc_out)
{
    struct campaign *c = NULL;
    struct span why = {0};

    diags_init(d, a);
    *rc_out = folder_read(a, dir, d, &c, &why);
    assert_true(*rc_out == RC_OK || why.n > 0);
    diags_sort(d);
    return c;
}

static bool expect(const char *path, const char *wanted, const char *words)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct diags d;
    enum rc rc;
    struct span got;
    bool fine;

    (void)read_folder(a, &d, &rc);
    got = fixture_written(a, &d);
    fine = span_eq(got, span_of(wanted)) && (words == NULL || fixture_says(&d, words));
    if (!fine)
        print_error("%s: wanted\n%s%s\ngot\n%.*s%.*s | %.*s\n", path, wanted, words ? words : "", SPAN_ARGS(got),
                    SPAN_ARGS(d.list.count ? d.list.items[0].message : S("")),
                    SPAN_ARGS(d.list.count ? d.list.items[0].note : S("")));
    arena_close(&a);
    return fine;
}

static void run(const struct fault *all, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        fixture_write(dir, &(struct fixture_file){all[i].path, all[i].text, 0});
        wrong += !expect(all[i].text ? all[i].text : all[i].path, all[i].expect, all[i].says);
        fixture_restore(dir, all[i].path);
    }
    assert_int_equal(wrong, 0);
}

/* ---- front matter ---- */

/* What follows when a main file is left out: its translation has no original, and who leans on it nothing to lean on. */
#define LEGAL_ES "faq/legal.es.md:0:0+0 translation-missing\n"
#define OLD      "faq/old.md:2:0+0 bad-front-matter\n"
#define TALK_ES  "rights/talk.es.md:0:0+0 translation-missing\n"

static void front_matter_is_read_to_the_column(void **state)
{
    static const struct fault all[] = {
        {MEMO, "", "memo:1:0+0 bad-front-matter\n", "begins without front matter"},
        {MEMO, "title: A\n", "memo:1:0+0 bad-front-matter\n", NULL},
        {MEMO, "---\ntitle: A\nWords.\n", "memo:1:0+0 bad-front-matter\nmemo:3:1+6 bad-front-matter\n", "never ends"},
        {MEMO, "---\ntitle: A\n--- \nWords.\n", "", NULL},
        {MEMO, "---\ntitle: A\n---", "", NULL},
        {MEMO, "---\n---\n", "memo:1:1+0 bad-front-matter\n", "“title” is missing"},
        {MEMO, "---\ntitle:\n---\n", "memo:1:1+0 bad-front-matter\n", NULL},
        {MEMO, "---\ntitle: A\ntitle: B\n---\n", "memo:3:1+5 bad-front-matter\n", "stands here twice"},
        {MEMO, "---\ntitle: A\nsubjekt: B\n---\n", "memo:3:1+7 bad-front-matter\n", "did you mean “subject”?"},
        {MEMO, "---\ntitle: A\nholder: B\n---\n", "memo:3:1+6 bad-front-matter\n", NULL},
        {MEMO, "---\ntitle: A\njust words\n---\n", "memo:3:1+10 bad-front-matter\n", "`name: value`"},
        {MEMO, "---\ntitle: A\nevent: 2026-02-30\n---\n", "memo:3:8+10 bad-front-matter\n", NULL},
        {MEMO, "---\ntitle: A\nevent:   2026-04-02/2026-04-01\n---\n", "memo:3:10+21 bad-front-matter\n",
         "first day is after the last"},
        {MEMO, "---\ntitle: A\ntime: 24:00\n---\n", "memo:3:7+5 bad-front-matter\n", NULL},
        {MEMO, "---\ntitle: A\naudience: parents , educators,\n---\n", "", NULL},
        {MEMO, "---\ntitle: A\naudience: parents, educatros\n---\n", "memo:3:20+9 bad-front-matter\n",
         "did you mean “educators”?"},
        {MEMO, "---\ntitle: A\naudience: Ümläut, paernts\n---\n",
         "memo:3:11+6 bad-front-matter\nmemo:3:19+7 bad-front-matter\n",
         "there is no audience “Ümläut” in campaign.ini"},
        {MEMO_ES, "---\ntitle: A\naudience: padres\n---\n", "memo.es:3:11+6 bad-front-matter\n", "“padres”"},
        {MEMO, "---\ntitle: A\ndraft: maybe\n---\n", "memo:3:8+5 bad-front-matter\n", "yes or no"},
        {MEMO, "---\ntitle: A\nwithout: ask, Lead\n---\n", "memo:3:10+9 bad-front-matter\n", NULL},
        {MEMO, "---\ntitle: A\nwas: memo\n---\n", "memo:3:6+4 bad-front-matter\n", "2026-04-23-paper"},
        {MEMO, "---\ntitle: A\nwas: 2026-04-24-memo\n---\n", "memo:2:0+0 bad-front-matter\n",
         "is the address of news/2026-04-24-memo.md"},
        {MEMO, "---\ntitle: A\ndate: 2026-04-23\n---\n", "memo:3:7+10 bad-front-matter\n", "“2026-04-24”"},
        {MEMO, "---\ntitle: A\nkey: memos\nlang: es\n---\n",
         "memo:3:6+5 bad-front-matter\nmemo:4:7+2 bad-front-matter\n", "“memo”"},
        {MEMO, "---\ntitle: A\ndate: 2026-04-24\nkey: memo\nlang: en\n---\n", "", NULL},
        {MEMO, "\xEF\xBB\xBF---\r\ntitle: A\r\nsumary: B\r\n---\r\n", "memo:3:1+6 bad-front-matter\n", NULL},
        {"faq/legal.md", "---\ntitle: A\norder: -1\n---\n", LEGAL_ES "faq/legal.md:3:8+2 bad-front-matter\n" OLD, NULL},
        {"faq/legal.md", "---\ntitle: A\nreviewed: soon\nreview_by: 2026-13-01\n---\n",
         LEGAL_ES "faq/legal.md:3:11+4 bad-front-matter\nfaq/legal.md:4:12+10 bad-front-matter\n" OLD, NULL},
        {"faq/legal.md", "---\ntitle: A\nsuperseded: nope\n---\n", "faq/legal.md:2:0+0 bad-front-matter\n",
         "superseded by “nope”"},
        {"faq/legal.md", "---\ntitle: A\nsuperseded: legal\n---\n", "faq/legal.md:2:0+0 bad-front-matter\n", NULL},
        {"faq/legal.es.md", "---\ntitle: A\nreviewed: 2026-04-01\n---\n",
         "faq/legal.es.md:3:1+8 bad-front-matter\nfaq/legal.md:0:0+0 translation-missing\n",
         "main language's file only"},
        {"rights/talk.md", FIXTURE_RIGHT("answer: mabye\nreviewed: 2026-01-01\n", ""),
         TALK_ES "rights/talk.md:8:9+5 bad-front-matter\n", NULL},
        {"rights/talk.md", FIXTURE_RIGHT("answer: no\n", ""), TALK_ES "rights/talk.md:1:1+0 bad-front-matter\n", NULL},
        {"blocks/ask.md", "---\nstanding: nope\n---\n",
         "blocks/ask.es.md:0:0+0 translation-missing\nblocks/ask.md:2:11+4 bad-front-matter\n", NULL},
    };

    (void)state;
    run(all, COUNT(all));
}

/* What is wrong in the main file leaves the file out: its translation then has no original. */
static void file_at_fault_is_left_out(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct diags d;
    enum rc rc;
    struct campaign *c;

    (void)state;
    fixture_write(dir, &(struct fixture_file){"platform.md", "---\ntitle: A\n---\n", 0});
    fixture_write(dir, &(struct fixture_file){"pages/about.md", "", 0});
    fixture_write(dir, &(struct fixture_file){"pages/about.es.md", NULL, 0});
    c = read_folder(a, &d, &rc);
    assert_int_equal(rc, RC_OK);
    assert_null(campaign_entry(c, ENTRY_PAGE, S("about"), LANG_EN));
    assert_string_equal(arena_cstr(a, fixture_written(a, &d)),
                        "pages/about.md:0:0+0 bad-file\npages/about.md:1:0+0 bad-front-matter\n"
                        "platform.es.md:0:0+0 translation-missing\nplatform.md:1:1+0 bad-front-matter\n");
    fixture_restore(dir, "platform.md");
    fixture_restore(dir, "pages/about.md");
    fixture_restore(dir, "pages/about.es.md");
    arena_close(&a);
}

static void translation_takes_what_it_does_not_say(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    const struct entry *e;
    struct campaign *c;
    struct diags d;
    enum rc rc;

    (void)state;
    fixture_write(
        dir, &(struct fixture_file){
                 MEMO, "---\ntitle: A\nevent: 2026-04-22\naudience: parents\nwithout: ask\ntime: 07:30\n---\n", 0});
    fixture_write(dir, &(struct fixture_file){MEMO_ES, "---\ntitle: B\naudience: educators\n---\n", 0});
    fixture_write(
        dir, &(struct fixture_file){
                 "rights/talk.md",
                 FIXTURE_RIGHT("answer: depends\norder: 7\nreviewed: 2026-03-01\nreview_by: 2026-09-01\n", ""), 0});
    c = read_folder(a, &d, &rc);
    assert_int_equal(d.list.count, 0);
    e = campaign_entry(c, ENTRY_NEWS, S("memo"), LANG_ES);
    assert_int_equal(date_cmp(e->event_from, (struct date){2026, 4, 22}), 0);
    assert_true(span_eq(e->without, S("ask")));
    assert_true(span_eq(e->audience, S("educators")));
    e = campaign_entry(c, ENTRY_RIGHT, S("talk"), LANG_ES);
    assert_int_equal(e->answer, ANSWER_DEPENDS);
    assert_int_equal(e->order, 7);
    assert_int_equal(date_cmp(e->review_by, (struct date){2026, 9, 1}), 0);
    assert_true(span_eq(e->law, S("Sección 3543")));
    e = campaign_entry(c, ENTRY_PLATFORM, S("platform"), LANG_ES);
    assert_int_equal(date_cmp(e->version, (struct date){2026, 2, 1}), 0);
    assert_false(campaign_entry(c, ENTRY_BLOCK, S("ask"), LANG_ES)->is_standing);
    fixture_restore(dir, MEMO);
    fixture_restore(dir, MEMO_ES);
    fixture_restore(dir, "rights/talk.md");
    arena_close(&a);
}

/* A translation comes out with its original: at the same minute, and not while that is a draft. */
static void translation_is_published_with_its_original(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct campaign *c;
    struct diags d;
    enum rc rc;

    (void)state;
    fixture_write(dir, &(struct fixture_file){MEMO, "---\ntitle: A\ntime: 07:30\n---\n", 0});
    fixture_write(dir, &(struct fixture_file){MEMO_ES, "---\ntitle: B\n---\n", 0});
    c = read_folder(a, &d, &rc);
    assert_int_equal(d.list.count, 0);
    /* 07:30 in Los Angeles, in summer */
    assert_true(campaign_entry(c, ENTRY_NEWS, S("memo"), LANG_EN)->published.us == 1777041000000000);
    assert_true(campaign_entry(c, ENTRY_NEWS, S("memo"), LANG_ES)->published.us == 1777041000000000);
    fixture_write(dir, &(struct fixture_file){MEMO, "---\ntitle: A\ndraft: yes\n---\n", 0});
    c = read_folder(a, &d, &rc);
    assert_true(campaign_entry(c, ENTRY_NEWS, S("memo"), LANG_ES)->is_draft);
    fixture_restore(dir, MEMO);
    fixture_restore(dir, MEMO_ES);
    arena_close(&a);
}

/* ---- campaign.ini ---- */

struct change {
    const char *from;
    const char *to;
    const char *expect;
    const char *says;
    enum rc rc;
};

static void write_changed(const char *text, const char *from, const char *to, const char *path)
{
    const char *at = strstr(text, from);
    char *s;

    assert_non_null(at);
    s = malloc(strlen(text) + strlen(to) + 1);
    assert_non_null(s);
    memcpy(s, text, (size_t)(at - text));
    (void)sprintf(s + (at - text), "%s%s", to, at + strlen(from));
    fixture_write(dir, &(struct fixture_file){path, s, 0});
    free(s);
}

#define INI                 "campaign.ini:"
#define AUDIENCE(key, more) "[audience " key "]\nname = A\nname_es = B\npurpose = C\npurpose_es = D\n" more
static void campaign_ini_is_read_to_the_column(void **state)
{
    static const struct change all[] = {
        {"languages = en, es\n", "", INI "0:0+0 bad-row\n", "languages = … is missing", RC_INVALID},
        {"languages = en, es", "languages = en, fr", INI "5:13+6 bad-row\n", "“fr”", RC_INVALID},
        {"languages = en, es", "languages = en, en", INI "5:13+6 bad-row\n", "each once", RC_INVALID},
        {"America/Los_Angeles", "America/Nowhere", INI "6:13+15 bad-row\n", "no such time zone", RC_INVALID},
        {"America/Los_Angeles", "../../etc/passwd", INI "6:13+16 bad-row\n", NULL, RC_INVALID},
        {"time_zone = America/Los_Angeles\n", "", INI "0:0+0 bad-row\n", "time_zone", RC_INVALID},
        {"name = Bayside Educators United\n", "", INI "0:0+0 bad-row\n", "[campaign] name", RC_OK},
        {"name = Bayside Educators United", "name =", INI "0:0+0 bad-row\n", "[campaign] name", RC_OK},
        {"contact = hello@", "contact = hello", INI "17:11+29 bad-row\n", "a mail address", RC_OK},
        {"host = b", "host = https://b", INI "7:8+32 bad-row\n", "without https://", RC_OK},
        {"host = b", "host = B", INI "7:8+24 bad-row\n", NULL, RC_OK},
        {"mail_domains = ", "mail_domains = a.example; ", INI "10:16+33 bad-row\n", "is not a mail domain", RC_OK},
        {"mail_domains = ", "mail_domains = a.example, ", "", NULL, RC_OK},
        {"tagline = Our students. | ", "tagline = ", INI "3:11+30 bad-row\n", "three lines", RC_OK},
        {"[employer]", "colour = red\n[employer]", INI "8:1+6 bad-row\n", "[campaign] has no “colour”", RC_OK},
        {"[employer]", "acent = #a32a1c\n[employer]", INI "8:1+5 bad-row\n", "did you mean “accent”?", RC_OK},
        {"[employer]", "host = c.example\n[employer]", INI "8:8+9 bad-row\n", "stands in line 7 already", RC_OK},
        {"[employer]", "words\n[employer]", INI "8:0+0 bad-row\n", "`key = value`", RC_OK},
        {"[employer]", "[employer", INI "8:0+0 bad-row\n", "a section is [name]", RC_OK},
        {"[employer]", "accent = red\n[employer]", INI "8:10+3 bad-row\n", "a colour is # and six digits", RC_OK},
        {"[employer]", "accent = #ff9b87\n[employer]", INI "8:10+7 bad-row\n", "it needs 4.5 : 1", RC_OK},
        {"[employer]", "accent = #a32a1c\naccent_dark = #ff9b87\n[employer]", "", NULL, RC_OK},
        {"[employer]", "accent = #b84e30\n[employer]", INI "8:10+7 bad-row\n", "a contrast of 4.4 : 1",
         RC_OK}, /* on the wash */
        {"[employer]", "accent_dark = #a32a1c\n[employer]", INI "8:15+7 bad-row\n", "a contrast of", RC_OK},
        {"run_by_es = Educadores.\n", "", INI "12:0+0 translation-missing\n", "“run_by_es” is missing", RC_OK},
        {"[employer]", "[mail]\nfrom = Drive\n[employer]", INI "9:8+5 bad-row\n", "before the @", RC_OK},
        {"[employer]", "[mail]\nfrom = a@b\n[employer]", INI "9:8+3 bad-row\n", NULL, RC_OK},
        {"[employer]", "[mail]\nfrom = a..b\n[employer]", INI "9:8+4 bad-row\n", NULL, RC_OK},
        {"[employer]", "[mail]\nform = drive\n[employer]", INI "9:1+4 bad-row\n", "[mail] has no “form”", RC_OK},
        {"[employer]", "[mail]\nfrom = the.drive-1\n[employer]", "", NULL, RC_OK},
        {"[employer]", "[audience nurses]\n[employer]", INI "8:0+0 bad-row\ncampaign.ini:8:0+0 bad-row\n",
         "[audience nurses] name = … is missing", RC_OK},
        {"[employer]", AUDIENCE("nurses", "") "[employer]", "", NULL, RC_OK},
        {"[employer]", "[audience parents]\n[audience press]\n[employer]", "", NULL, RC_OK},
        {"[employer]", "[audience parents]\nname = Families\n[employer]", INI "9:0+0 translation-missing\n",
         "“name_es” is missing", RC_OK},
        {"[employer]", AUDIENCE("nurses", "name = B\n") "[employer]", INI "13:8+1 bad-row\n",
         "“name” stands in line 9 already", RC_OK},
        {"[employer]", AUDIENCE("nurses", "asks_workplace = maybe\n") "[employer]", INI "13:18+5 bad-row\n",
         "“asks_workplace” is yes or no", RC_OK},
        {"[employer]", AUDIENCE("nurses", "asks_work = yes\n") "[employer]", INI "13:1+9 bad-row\n",
         "[audience nurses] has no “asks_work”", RC_OK},
        {"[employer]", AUDIENCE("nurses", "ask_workplace = yes\n") "[employer]", INI "13:1+13 bad-row\n",
         "did you mean “asks_workplace”?", RC_OK},
        {"[employer]", AUDIENCE("nurses", "name_fr = yes\n") "[employer]", INI "13:1+7 bad-row\n", NULL, RC_OK},
        {"[employer]", AUDIENCE("nurses", "asks_workplace = yes\ntakes_work_mail = yes\n") "[employer]",
         INI "14:0+0 bad-row\n", "never written to at work", RC_OK},
        {"[employer]", AUDIENCE("nurses", "") AUDIENCE("nurses", "") "[employer]",
         INI "13:2+15 bad-row\n" INI "14:8+1 bad-row\n" INI "15:11+1 bad-row\n" INI "16:11+1 bad-row\n" INI
             "17:14+1 bad-row\n",
         "[audience nurses] stands in line 8 already", RC_OK},
        {"[employer]", AUDIENCE("Nurses", "") "[employer]", INI "8:2+15 bad-row\n", "lower-case", RC_OK},
        {"[employer]", "[audience]\nname = A\n[employer]", INI "8:2+8 bad-row\n", "[audience KEY]", RC_OK},
        {"[employer]", "[audiences]\nname = A\n[employer]", INI "9:1+4 bad-row\n", "[audiences] has no “name”", RC_OK},
        {"[campaign]", "\xEF\xBB\xBF; ours\r\n\r\n[campaign]\r\n", "", NULL, RC_OK},
        {"Educators United", "Educators \xE9 United", INI "2:26+0 bad-file\n", "byte 0xE9", RC_INVALID},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        struct arena *a = arena_open((size_t)1 << 30);
        struct diags d;
        enum rc rc;

        write_changed(FIXTURE_INI, all[i].from, all[i].to, "campaign.ini");
        wrong += !expect(all[i].to, all[i].expect, all[i].says);
        (void)read_folder(a, &d, &rc);
        if (rc != all[i].rc)
            print_error("%s: rc %d\n", all[i].to, (int)rc);
        wrong += rc != all[i].rc;
        arena_close(&a);
    }
    fixture_restore(dir, "campaign.ini");
    assert_int_equal(wrong, 0);
}

/* The usual four where none is named; what is named comes in its own order, and the program has words for its own keys. */
static void audiences_have_words_in_every_language(void **state)
{
    static const char *const keys[] = {"educators", "parents", "community", "press"};
    struct arena *a = arena_open((size_t)1 << 30);
    const struct audience *one;
    struct campaign *c;
    struct diags d;
    enum rc rc;

    (void)state;
    c = read_folder(a, &d, &rc);
    assert_int_equal(c->audiences.count, COUNT(keys));
    for (size_t i = 0; i < COUNT(keys); i++) {
        one = &c->audiences.items[i];
        assert_true(span_eq(one->key, span_of(keys[i])));
        assert_int_equal(one->asks_workplace, i == 0);
        assert_true(one->shows_paid_by);
        assert_false(one->takes_work_mail);
        for (size_t lang = 0; lang < LANG_COUNT; lang++)
            assert_true(one->name.in[lang].n > 0 && one->purpose.in[lang].n > 0);
        assert_false(span_eq(one->name.in[LANG_EN], one->name.in[LANG_ES]));
        assert_ptr_equal(campaign_audience(c, span_of(keys[i])), one);
    }
    assert_null(campaign_audience(c, S("nurses")));
    assert_true(span_eq(c->mail_from, S("news")));

    write_changed(
        FIXTURE_INI, "[employer]",
        "[audience press]\n" AUDIENCE(
            "nurses",
            "shows_paid_by = no\ntakes_work_mail = yes\n") "[mail]\nfrom = drive\n[audience educators]\nasks_workplace = no\nname = Staff\nname_es = Personal\n"
                                                           "[employer]",
        "campaign.ini");
    c = read_folder(a, &d, &rc);
    assert_int_equal(d.list.count, 0);
    assert_int_equal(c->audiences.count, 3);
    assert_true(span_eq(c->audiences.items[0].key, S("press")));
    assert_true(c->audiences.items[0].name.in[LANG_ES].n > 0);
    one = &c->audiences.items[1];
    assert_true(span_eq(one->name.in[LANG_EN], S("A")) && span_eq(one->purpose.in[LANG_ES], S("D")));
    assert_true(!one->shows_paid_by && one->takes_work_mail && !one->asks_workplace);
    one = &c->audiences.items[2];
    assert_false(one->asks_workplace);
    assert_true(span_eq(one->name.in[LANG_ES], S("Personal")));
    assert_true(one->purpose.in[LANG_EN].n > 0);
    assert_true(span_eq(c->mail_from, S("drive")));
    fixture_restore(dir, "campaign.ini");
    arena_close(&a);
}

static void audiences_are_twelve_at_most(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct buf *ini = buf_new(a, 1 << 20);
    struct campaign *c;
    struct diags d;
    enum rc rc;

    (void)state;
    buf_put(ini, S(FIXTURE_INI));
    for (int i = 0; i < 5000; i++)
        buf_printf(ini, AUDIENCE("n%d", ""), i);
    fixture_write(dir, &(struct fixture_file){"campaign.ini", arena_cstr(a, buf_span(ini)), 0});
    c = read_folder(a, &d, &rc);
    assert_int_equal(c->audiences.count, 12);
    assert_int_equal(d.errors, 5000 - 12);
    assert_true(fixture_says(&d, "12 audiences at most"));
    fixture_restore(dir, "campaign.ini");
    arena_close(&a);
}

static void contrast_is_that_of_wcag(void **state)
{
    (void)state;
    assert_int_equal(model_contrast(S("#000000"), S("#ffffff")), 2100);
    assert_int_equal(model_contrast(S("#ffffff"), S("#FFFFFF")), 100);
    assert_int_equal(model_contrast(S("#767676"), S("#ffffff")), 454);
    assert_int_equal(model_contrast(S("#777777"), S("#ffffff")), 447);
    assert_int_equal(model_contrast(S("#ffffff"), S("#777777")), 447);
    assert_int_equal(model_contrast(S("#fff"), S("#000000")), 0);
    assert_int_equal(model_contrast(S("#00000g"), S("#000000")), 0);
}

/* ---- registers ---- */

#define FIG   FIXTURE_FIGURES_HEAD
#define TWICE "a,1,u,u,2026-01-01,S,S,,2,w,w,2026-02-01\n"
#define CHR   "key,date,certainty,text,text_es,source,source_es,public\n"
#define PRESS "key,outlet,title,date,address,stance,language\n"
#define COR   "key,date,kind,what,what_es\n"
static void rows_are_read_to_the_column(void **state)
{
    static const struct fault all[] = {
        {"figures.csv", "", "figures.csv:1:0+0 bad-row\n", "the first line names the columns"},
        {"figures.csv", "key,value\n",
         "figures.csv:1:0+0 bad-row\nfigures.csv:1:0+0 bad-row\nfigures.csv:1:0+0 bad-row\n"
         "figures.csv:1:0+0 bad-row\nfigures.csv:1:0+0 bad-row\nfigures.csv:1:0+0 bad-row\n",
         "is missing"},
        {"figures.csv", "key,valu,unit,unit_es,as_of,source,source_es,review_by,was,why,why_es,value\n",
         "figures.csv:1:5+4 bad-row\n", "did you mean “value”?"},
        {"figures.csv", "key,key,value,unit,unit_es,as_of,source,source_es,review_by,was,why,why_es\n",
         "figures.csv:1:5+3 bad-row\n", "twice"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,,,\n", "figures.csv:2:0+0 bad-row\n",
         "this row has 11 cells, the heading 12"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S, T,S,,,,,\n", "figures.csv:2:0+0 bad-row\n", NULL},
        {"figures.csv", FIG "A b,1,u,u,2026-01-01,S,S,,,,,\n", "figures.csv:2:1+3 bad-row\n",
         "a key has lower-case letters"},
        {"figures.csv", FIG "a,1 700,u,u,2026-01-01,S,S,,,,,\n", "figures.csv:2:3+5 bad-row\n", "a plain number"},
        {"figures.csv", FIG "a,1,ü,u,2026-02-29,S,S,,,,,\n", "figures.csv:2:9+10 bad-row\n", "is not a day"},
        {"figures.csv", FIG "a,1,u,u,,S,S,,,,,\n", "figures.csv:2:9+0 bad-row\n", "“as_of” is empty"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,,,,,,,\n", "figures.csv:2:20+0 bad-row\n", "a figure has a source"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S <ftp://x>,S,,,,,\n", "figures.csv:2:20+11 bad-row\n",
         "https://…, press:KEY or file:NAME"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,never,,,,\n", "figures.csv:2:24+5 bad-row\n", NULL},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,2,,,2026-02-01\n", "figures.csv:2:27+0 bad-row\n", "says why"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,2,w,w,\n", "figures.csv:2:25+1 bad-row\n",
         "write the day in the column"},
        {"figures.csv",
         "key,value,unit,unit_es,as_of,source,source_es,review_by,was,why,why_es\na,1,u,u,2026-01-01,S,S,,2,w,w\n",
         "figures.csv:2:25+1 bad-row\n", "write the day in the column"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,2,w,w,soon\n", "figures.csv:2:31+4 bad-row\n", "is not a day"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,2,w,w,2025-12-31\n", "figures.csv:2:31+10 bad-row\n",
         "not corrected before the day it is of"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,,,,2026-02-01\n", "figures.csv:2:28+10 bad-row\n",
         "nothing was corrected"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,1.0,w,w,2026-02-01\n", "figures.csv:2:25+3 bad-row\n",
         "is the one before"},
        {"figures.csv", FIG TWICE "a,3,u,u,2026-01-01,S,S,,1,w,w,2026-03-01\na,,u,u,2026-01-01,S,S,,3,w,w,2026-04-01\n",
         "", NULL},
        {"figures.csv", FIG "a,2,u,u,2026-01-01,S,S,,,,,\n" TWICE, "", NULL},
        {"figures.csv", FIG TWICE "a,3,u,u,2026-01-01,S,S,,2,w,w,2026-03-01\n", "figures.csv:3:0+0 bad-row\n",
         "in line 2"},
        {"figures.csv", FIG TWICE "a,3,u,u,2026-01-01,S,S,,1,w,w,2026-02-01\n", "figures.csv:3:0+0 bad-row\n",
         "in line 2"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,,w,w,\n", "figures.csv:2:25+0 bad-row\n",
         "what stood here before"},
        {"figures.csv", FIG "a,,u,u,2026-01-01,S,S,,,,,\n", "figures.csv:2:3+0 bad-row\n", "was withdrawn"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,S,S,,,,,\nb,2,u,u,2026-01-01,S,S,,,,,\na,2,u,u,2026-01-01,S,S,,,,,\n",
         "figures.csv:4:0+0 bad-row\n", "in line 2"},
        {"figures.csv", FIG "a,1,\"u\nu\",u,2026-01-01,S,S,,,,,\nb,x,u,u,2026-01-01,S,S,,,,,\n",
         "figures.csv:4:3+1 bad-row\n", NULL},
        {"figures.csv", FIG "a,\"1,u\n", "figures.csv:2:3+0 bad-row\n", "never ends"},
        {"figures.csv", FIG "a,1,u\"u,u,2026-01-01,S,S,,,,,\n", "figures.csv:2:6+0 bad-row\n",
         "a quotation mark inside a cell"},
        {"figures.csv", FIG "a,1,u,u,2026-01-01,\xFF,S,,,,,\n", "figures.csv:2:20+0 bad-file\n", "0xFF"},
        {"chronology.csv", CHR "a,2026-03,certain,t,t,S,S,yes\nb,2026-03-02/2026-03-06,about,t,t,S,S,no\n", "", NULL},
        {"chronology.csv", CHR "a,2026-13,certain,t,t,S,S,yes\n", "chronology.csv:2:3+7 bad-row\n",
         "a month (2026-03)"},
        {"chronology.csv", CHR "a,2026-03-06/2026-03-02,certain,t,t,S,S,yes\n", "chronology.csv:2:3+21 bad-row\n",
         NULL},
        {"chronology.csv", CHR "a,2026-03,sure,t,t,S,S,maybe\n",
         "chronology.csv:2:11+4 bad-row\nchronology.csv:2:24+5 bad-row\n", "none of: certain, about, reported"},
        {"chronology.csv", CHR "a,2026-03,about,,,S,S,yes\n", "chronology.csv:2:17+0 bad-row\n", "“text” is empty"},
        {"chronology.csv", CHR "a,2026-03,about,t,,S,S,yes\n", "chronology.csv:2:17+1 translation-missing\n",
         "“text_es” is empty"},
        {"chronology.csv", CHR "a,2026-03,about,t,t,S,S,yes\na,2026-04,about,t,t,S,S,yes\n",
         "chronology.csv:3:1+1 bad-row\n", "line 2"},
        {"press.csv", PRESS "a,O,T,2026-03-05,ftp://x/,report,en\n", "press.csv:2:18+8 bad-row\n",
         "begins with https://"},
        {"press.csv", PRESS "a,O,T,2026-03-05,https://x.example/,agianst,EN\n",
         "press.csv:2:37+7 bad-row\npress.csv:2:45+2 bad-row\n", "did you mean “against”?"},
        {"press.csv", PRESS "a,,,2026-03-05,https://x.example/,for,en\n",
         "press.csv:2:3+0 bad-row\npress.csv:2:4+0 bad-row\n", NULL},
        {"press.csv", PRESS "a,O,T,2026-03-05,https://x.example/,for,en\na,O,T,2026-03-05,https://x.example/,for,en\n",
         "press.csv:3:1+1 bad-row\n", "line 2 already"},
        {"corrections.csv", COR "memo,2026-04-25,typo,w,w\n", "", NULL},
        {"corrections.csv", COR "nope,2026-04-25,typo,w,w\n", "corrections.csv:2:1+4 bad-row\n",
         "there is no newsletter “nope”"},
        {"corrections.csv", COR "memo,2026-04-25,fix,w,w\n", "corrections.csv:2:17+3 bad-row\n", NULL},
    };

    (void)state;
    run(all, COUNT(all));
}

static void too_many_rows_are_cut(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct diags d;
    struct buf b;
    enum rc rc;
    struct campaign *c;

    (void)state;
    buf_init(&b, a, 1 << 20);
    buf_put(&b, S(PRESS));
    for (unsigned i = 0; i < FOLDER_ROWS_MAX + 1; i++)
        buf_printf(&b, "k%u,O,T,2026-03-05,https://x.example/,for,en\n", i);
    fixture_write(dir, &(struct fixture_file){"press.csv", b.p, b.n});
    c = read_folder(a, &d, &rc);
    assert_int_equal(c->press.count, FOLDER_ROWS_MAX);
    assert_string_equal(arena_cstr(a, fixture_written(a, &d)), "press.csv:5002:0+0 bad-row\n");
    fixture_restore(dir, "press.csv");
    arena_close(&a);
}

/* ---- files and names ---- */

static void names_are_what_the_guide_says(void **state)
{
    static const char page[] = "---\ntitle: A\n---\n";
    static const struct fault all[] = {
        {"news/memo.md", page, "news/memo.md:0:0+0 bad-file\n", "its day and its key"},
        {"news/2026-02-30-memo.md", page, "news/2026-02-30-memo.md:0:0+0 bad-file\n", "in no calendar"},
        {"news/2026-04-24-Memo.md", page, "news/2026-04-24-Memo.md:0:0+0 bad-file\n", "lower-case letters"},
        {"news/2026-04-24-memo.fr.md", page, "news/2026-04-24-memo.fr.md:0:0+0 bad-file\n",
         "none of this campaign's languages"},
        {"news/2026-04-24-memo.en.md", page, "news/2026-04-24-memo.en.md:0:0+0 bad-file\n", "no language in its name"},
        {"news/2026-04-24-memo.txt", page, "news/2026-04-24-memo.txt:0:0+0 bad-file\n", "only Markdown files"},
        {"news/2026-04-25-memo.md", page, "news/2026-04-25-memo.md:0:0+0 bad-file\n",
         "belongs to news/2026-04-24-memo.md already"},
        {"news/2026-04-25-memo.es.md", page, "news/2026-04-25-memo.es.md:0:0+0 bad-file\n", NULL},
        {"news/2026/memo.md", page, "news/2026:0:0+0 bad-file\n", "a folder inside this folder"},
        {"pages/abuot.md", page, "pages/abuot.md:0:0+0 bad-file\n", "did you mean “about”?"},
        {"figure.csv", page, "figure.csv:0:0+0 bad-file\n", "did you mean “figures.csv”?"},
        {"new/x.md", page, "new:0:0+0 bad-file\n", "did you mean “news”?"},
        {"figures/x.csv", page, "figures:0:0+0 bad-file\n", NULL},
        {"photos/a b.png", FIXTURE_PNG, "photos/a b.png:0:0+0 bad-file\n", "a photo's name"},
        {"photos/gate.gif", "GIF89a", "photos/gate.gif:0:0+0 bad-file\n", NULL},
        {"photos/gate.jpg", "not a photo", "photos/gate.jpg:0:0+0 bad-file\n", NULL},
        {"files/paper.pdf", "%PDF", "files/paper.pdf:0:0+0 bad-file\n", "what nobody sees"},
        {"files/x.txt", "a\xC3\n", "files/x.txt:1:2+0 bad-file\n", "not UTF-8"},
        {"pages/join.md", NULL, "pages/join.es.md:0:0+0 translation-missing\n", NULL},
        {"platform.es.md", NULL, "platform.md:0:0+0 translation-missing\n", "not yet in “es”"},
        {"README", page, "", NULL},
        {".git/x", page, "", NULL},
        {"news/.memo.md.swp", page, "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        run(&all[i], 1);
        for (const char *const *made = (const char *const[]){"news/2026", "new", "figures", ".git", NULL}; *made;
             made++)
            (void)rmdir(strcat(strcat(strcpy((char[128]){0}, dir), "/"), *made));
    }
}

static void required_pages_are_missed(void **state)
{
    (void)state;
    fixture_write(dir, &(struct fixture_file){"pages/join.md", NULL, 0});
    fixture_write(dir, &(struct fixture_file){"pages/join.es.md", NULL, 0});
    fixture_write(dir, &(struct fixture_file){"platform.md", NULL, 0});
    fixture_write(dir, &(struct fixture_file){"platform.es.md", NULL, 0});
    assert_true(expect("pages", "pages/join.md:0:0+0 bad-file\nplatform.md:0:0+0 bad-file\n", "this page is missing"));
    fixture_restore(dir, "pages/join.md");
    fixture_restore(dir, "pages/join.es.md");
    fixture_restore(dir, "platform.md");
    fixture_restore(dir, "platform.es.md");
}

static void nul_is_no_text(void **state)
{
    (void)state;
    fixture_write(dir, &(struct fixture_file){MEMO, "---\ntitle: A\n---\né\0b", 21});
    assert_true(expect("NUL", "memo:4:2+0 bad-file\n", "a NUL byte"));
    fixture_restore(dir, MEMO);
}

static const char *in_folder(const char *path)
{
    static char full[256];

    (void)snprintf(full, sizeof full, "%s/%s", dir, path);
    return full;
}

static void links_stay_inside(void **state)
{
    (void)state;
    assert_int_equal(symlink("/etc/hostname", in_folder("files/out.txt")), 0);
    assert_int_equal(symlink("../../../../../../etc/hostname", in_folder("files/up.txt")), 0);
    assert_int_equal(symlink("loop.txt", in_folder("files/loop.txt")), 0);
    assert_int_equal(symlink("nowhere.txt", in_folder("files/void.txt")), 0);
    assert_int_equal(symlink("../README", in_folder("files/in.txt")), 0);
    fixture_write(dir, &(struct fixture_file){"README", "Words.\n", 0});
    assert_true(expect("links",
                       "files/loop.txt:0:0+0 bad-file\nfiles/out.txt:0:0+0 bad-file\nfiles/up.txt:0:0+0 bad-file\n"
                       "files/void.txt:0:0+0 bad-file\n",
                       "leads out of the campaign folder, or in a circle"));
    for (const char *const *made = (const char *const[]){"files/out.txt", "files/up.txt", "files/loop.txt",
                                                         "files/void.txt", "files/in.txt", "README", NULL};
         *made; made++)
        assert_int_equal(unlink(in_folder(*made)), 0);
}

static void folder_link_stays_inside(void **state)
{
    (void)state;
    assert_int_equal(symlink("/etc", in_folder("chronology.csv")), 0);
    assert_true(expect("link", "chronology.csv:0:0+0 bad-file\n", NULL));
    assert_int_equal(unlink(in_folder("chronology.csv")), 0);
}

static void pipe_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(in_folder("files/pipe.txt"), 0600), 0);
    assert_int_equal(mkfifo(in_folder("corrections.csv"), 0600), 0);
    assert_true(expect("pipe", "corrections.csv:0:0+0 bad-file\nfiles/pipe.txt:0:0+0 bad-file\n", "not a plain file"));
    assert_int_equal(unlink(in_folder("files/pipe.txt")), 0);
    assert_int_equal(unlink(in_folder("corrections.csv")), 0);
}

static void large_files_are_not_read(void **state)
{
    static const struct {
        const char *path;
        off_t size;
        const char *expect;
    } all[] = {
        {MEMO, 512 * 1024 + 1, "memo:0:0+0 bad-file\n"},
        {"figures.csv", 8 * 1024 * 1024 + 1, "figures.csv:0:0+0 bad-file\n"},
        {"files/meeting.ics", 8 * 1024 * 1024 + 1, "files/meeting.ics:0:0+0 bad-file\n"},
        {"photos/gate.png", (off_t)64 * 1024 * 1024 + 1, "photos/gate.png:0:0+0 bad-file\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_int_equal(truncate(in_folder(all[i].path), all[i].size), 0);
        assert_true(expect(all[i].path, all[i].expect, "larger than"));
        fixture_restore(dir, all[i].path);
    }
}

static void no_folder_is_one_sentence(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct campaign *c = NULL;
    struct span why = {0};
    struct diags d;
    char empty[64];

    (void)state;
    diags_init(&d, a);
    assert_int_equal(folder_read(a, "/nonexistent", &d, &c, &why), RC_NOT_FOUND);
    assert_true(span_find(why, S("/nonexistent")) != SPAN_NONE);
    assert_int_equal(folder_read(a, in_folder("campaign.ini"), &d, &c, &why), RC_IO);
    fixture_make_empty(empty);
    assert_int_equal(folder_read(a, empty, &d, &c, &why), RC_IO);
    assert_true(span_find(why, S("has no campaign.ini")) != SPAN_NONE);
    assert_int_equal(rmdir(empty), 0);
    arena_close(&a);
}

/* Spanish first: unmarked files are Spanish, and English ones have `en` in their names. */
static void main_language_may_be_spanish(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct campaign *c;
    struct diags d;
    enum rc rc;

    (void)state;
    write_changed(FIXTURE_INI, "languages = en, es", "languages = es", "campaign.ini");
    c = read_folder(a, &d, &rc);
    assert_int_equal(rc, RC_OK);
    assert_int_equal(campaign_main_lang(c), LANG_ES);
    assert_non_null(campaign_entry(c, ENTRY_NEWS, S("memo"), LANG_ES));
    assert_null(campaign_entry(c, ENTRY_NEWS, S("memo"), LANG_EN));
    assert_true(span_find(fixture_written(a, &d), S("campaign.ini:4:1+10 bad-row\n")) != SPAN_NONE); /* tagline_es */
    assert_true(span_find(fixture_written(a, &d), S("pages/about.es.md:0:0+0 bad-file\n")) != SPAN_NONE);
    fixture_restore(dir, "campaign.ini");
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(front_matter_is_read_to_the_column),
        cmocka_unit_test(file_at_fault_is_left_out),
        cmocka_unit_test(translation_takes_what_it_does_not_say),
        cmocka_unit_test(translation_is_published_with_its_original),
        cmocka_unit_test(campaign_ini_is_read_to_the_column),
        cmocka_unit_test(audiences_have_words_in_every_language),
        cmocka_unit_test(audiences_are_twelve_at_most),
        cmocka_unit_test(contrast_is_that_of_wcag),
        cmocka_unit_test(rows_are_read_to_the_column),
        cmocka_unit_test(too_many_rows_are_cut),
        cmocka_unit_test(names_are_what_the_guide_says),
        cmocka_unit_test(required_pages_are_missed),
        cmocka_unit_test(nul_is_no_text),
        cmocka_unit_test(links_stay_inside),
        cmocka_unit_test(folder_link_stays_inside),
        cmocka_unit_test(pipe_is_no_file),
        cmocka_unit_test(large_files_are_not_read),
        cmocka_unit_test(no_folder_is_one_sentence),
        cmocka_unit_test(main_language_may_be_spanish),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
