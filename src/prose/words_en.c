/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * English word lists. Data: add a word here and a line to tests/unit/test_scan.c.
 */
#include "base/rc.h"
#include "prose/words_impl.h"

static const struct span relative_dates[] = {
    SPAN_INIT("this morning"),
    SPAN_INIT("this afternoon"),
    SPAN_INIT("this evening"),
    SPAN_INIT("tonight"),
    SPAN_INIT("last night"),
    SPAN_INIT("today"),
    SPAN_INIT("yesterday"),
    SPAN_INIT("tomorrow"),
    SPAN_INIT("this week"),
    SPAN_INIT("last week"),
    SPAN_INIT("next week"),
    SPAN_INIT("this weekend"),
    SPAN_INIT("last weekend"),
    SPAN_INIT("next weekend"),
    SPAN_INIT("this month"),
    SPAN_INIT("last month"),
    SPAN_INIT("next month"),
    SPAN_INIT("this year"),
    SPAN_INIT("last year"),
    SPAN_INIT("next year"),
    SPAN_INIT("this spring"),
    SPAN_INIT("this summer"),
    SPAN_INIT("this fall"),
    SPAN_INIT("this winter"),
    SPAN_INIT("last spring"),
    SPAN_INIT("last summer"),
    SPAN_INIT("last fall"),
    SPAN_INIT("last winter"),
    SPAN_INIT("recently"),
    SPAN_INIT("lately"),
    SPAN_INIT("the other day"),
    SPAN_INIT("earlier this week"),
    SPAN_INIT("later this week"),
    SPAN_INIT("earlier this month"),
    SPAN_INIT("later this month"),
    SPAN_INIT("just now"),
    SPAN_INIT("a while ago"),
    SPAN_INIT("not long ago"),
    SPAN_INIT("in recent days"),
    SPAN_INIT("in recent weeks"),
    SPAN_INIT("in the past few days"),
    SPAN_INIT("in the past few weeks"),
};

static const struct span ago_units[] = {
    SPAN_INIT("day"),    SPAN_INIT("days"), SPAN_INIT("week"),  SPAN_INIT("weeks"), SPAN_INIT("month"),
    SPAN_INIT("months"), SPAN_INIT("year"), SPAN_INIT("years"), SPAN_INIT("hour"),  SPAN_INIT("hours"),
};

static const struct span ago_after[] = {
    SPAN_INIT("ago"),
};

static const struct span weekday_before[] = {
    SPAN_INIT("on"),     SPAN_INIT("last"),  SPAN_INIT("next"),  SPAN_INIT("this"),  SPAN_INIT("by"),
    SPAN_INIT("before"), SPAN_INIT("until"), SPAN_INIT("since"), SPAN_INIT("after"),
};

static const struct span weekdays[] = {
    SPAN_INIT("monday"), SPAN_INIT("tuesday"),  SPAN_INIT("wednesday"), SPAN_INIT("thursday"),
    SPAN_INIT("friday"), SPAN_INIT("saturday"), SPAN_INIT("sunday"),
};

static const struct span months[] = {
    SPAN_INIT("january"),  SPAN_INIT("february"), SPAN_INIT("march"),  SPAN_INIT("april"),     SPAN_INIT("may"),
    SPAN_INIT("june"),     SPAN_INIT("july"),     SPAN_INIT("august"), SPAN_INIT("september"), SPAN_INIT("october"),
    SPAN_INIT("november"), SPAN_INIT("december"), SPAN_INIT("jan"),    SPAN_INIT("feb"),       SPAN_INIT("mar"),
    SPAN_INIT("apr"),      SPAN_INIT("jun"),      SPAN_INIT("jul"),    SPAN_INIT("aug"),       SPAN_INIT("sep"),
    SPAN_INIT("sept"),     SPAN_INIT("oct"),      SPAN_INIT("nov"),    SPAN_INIT("dec"),
};

static const struct span link_texts[] = {
    SPAN_INIT("click here"), SPAN_INIT("here"),      SPAN_INIT("click"),     SPAN_INIT("link"),
    SPAN_INIT("this link"),  SPAN_INIT("this page"), SPAN_INIT("read more"), SPAN_INIT("more"),
    SPAN_INIT("learn more"), SPAN_INIT("see more"),  SPAN_INIT("details"),   SPAN_INIT("this"),
    SPAN_INIT("go"),         SPAN_INIT("page"),      SPAN_INIT("download"),
};

static const struct span not_a_count_before[] = {
    SPAN_INIT("page"),      SPAN_INIT("pages"),     SPAN_INIT("p"),           SPAN_INIT("pp"),
    SPAN_INIT("line"),      SPAN_INIT("lines"),     SPAN_INIT("section"),     SPAN_INIT("sections"),
    SPAN_INIT("sec"),       SPAN_INIT("§"),         SPAN_INIT("article"),     SPAN_INIT("articles"),
    SPAN_INIT("chapter"),   SPAN_INIT("title"),     SPAN_INIT("tit"),         SPAN_INIT("part"),
    SPAN_INIT("rule"),      SPAN_INIT("code"),      SPAN_INIT("act"),         SPAN_INIT("bill"),
    SPAN_INIT("case"),      SPAN_INIT("cases"),     SPAN_INIT("no"),          SPAN_INIT("no."),
    SPAN_INIT("number"),    SPAN_INIT("nos"),       SPAN_INIT("docket"),      SPAN_INIT("decision"),
    SPAN_INIT("order"),     SPAN_INIT("local"),     SPAN_INIT("room"),        SPAN_INIT("building"),
    SPAN_INIT("district"),  SPAN_INIT("districts"), SPAN_INIT("grade"),       SPAN_INIT("grades"),
    SPAN_INIT("unit"),      SPAN_INIT("prop"),      SPAN_INIT("proposition"), SPAN_INIT("measure"),
    SPAN_INIT("form"),      SPAN_INIT("item"),      SPAN_INIT("items"),       SPAN_INIT("box"),
    SPAN_INIT("step"),      SPAN_INIT("figure"),    SPAN_INIT("table"),       SPAN_INIT("suite"),
    SPAN_INIT("apartment"), SPAN_INIT("apt"),       SPAN_INIT("version"),     SPAN_INIT("track"),
    SPAN_INIT("route"),     SPAN_INIT("highway"),   SPAN_INIT("bus"),         SPAN_INIT("line"),
    SPAN_INIT("channel"),   SPAN_INIT("exhibit"),   SPAN_INIT("paragraph"),   SPAN_INIT("subdivision"),
};

static const struct span number_joins[] = {
    SPAN_INIT("and"),
    SPAN_INIT("or"),
    SPAN_INIT("to"),
    SPAN_INIT("through"),
};

static const struct span clock_after[] = {
    SPAN_INIT("a.m."), SPAN_INIT("a.m"), SPAN_INIT("am"),      SPAN_INIT("am."),  SPAN_INIT("p.m."),
    SPAN_INIT("p.m"),  SPAN_INIT("pm"),  SPAN_INIT("o clock"), SPAN_INIT("noon"),
};

static const struct span clock_before[] = {
    SPAN_INIT("at"), SPAN_INIT("from"), SPAN_INIT("until"), SPAN_INIT("till"), SPAN_INIT("by"),
};

static const struct span clock_follow[] = {
    SPAN_INIT("on"), SPAN_INIT("in"),   SPAN_INIT("sharp"),  SPAN_INIT("and"),   SPAN_INIT("or"),
    SPAN_INIT("to"), SPAN_INIT("this"), SPAN_INIT("before"), SPAN_INIT("after"),
};

static const struct bound_words bounds[] = {
    {SPAN_INIT("more than"), BOUND_OVER},
    {SPAN_INIT("over"), BOUND_OVER},
    {SPAN_INIT("above"), BOUND_OVER},
    {SPAN_INIT("upwards of"), BOUND_OVER},
    {SPAN_INIT("at least"), BOUND_AT_LEAST},
    {SPAN_INIT("no fewer than"), BOUND_AT_LEAST},
    {SPAN_INIT("no less than"), BOUND_AT_LEAST},
    {SPAN_INIT("a minimum of"), BOUND_AT_LEAST},
    {SPAN_INIT("nearly"), BOUND_NEARLY},
    {SPAN_INIT("almost"), BOUND_NEARLY},
    {SPAN_INIT("close to"), BOUND_NEARLY},
    {SPAN_INIT("just under"), BOUND_NEARLY},
    {SPAN_INIT("about"), BOUND_ABOUT},
    {SPAN_INIT("around"), BOUND_ABOUT},
    {SPAN_INIT("roughly"), BOUND_ABOUT},
    {SPAN_INIT("approximately"), BOUND_ABOUT},
    {SPAN_INIT("some"), BOUND_ABOUT},
    {SPAN_INIT("fewer than"), BOUND_UNDER},
    {SPAN_INIT("less than"), BOUND_UNDER},
    {SPAN_INIT("under"), BOUND_UNDER},
    {SPAN_INIT("below"), BOUND_UNDER},
    {SPAN_INIT("up to"), BOUND_UP_TO},
    {SPAN_INIT("at most"), BOUND_UP_TO},
    {SPAN_INIT("no more than"), BOUND_UP_TO},
};

static const struct bound_words bounds_after[] = {
    {SPAN_INIT("or more"), BOUND_AT_LEAST},
    {SPAN_INIT("or so"), BOUND_ABOUT},
    {SPAN_INIT("or fewer"), BOUND_UP_TO},
    {SPAN_INIT("or less"), BOUND_UP_TO},
};

static const struct numeral numerals[] = {
    {SPAN_INIT("a"), 1, NUMERAL_BEFORE_SCALE},
    {SPAN_INIT("one"), 1, NUMERAL_ARTICLE},
    {SPAN_INIT("two"), 2, NUMERAL_ADD},
    {SPAN_INIT("three"), 3, NUMERAL_ADD},
    {SPAN_INIT("four"), 4, NUMERAL_ADD},
    {SPAN_INIT("five"), 5, NUMERAL_ADD},
    {SPAN_INIT("six"), 6, NUMERAL_ADD},
    {SPAN_INIT("seven"), 7, NUMERAL_ADD},
    {SPAN_INIT("eight"), 8, NUMERAL_ADD},
    {SPAN_INIT("nine"), 9, NUMERAL_ADD},
    {SPAN_INIT("ten"), 10, NUMERAL_ADD},
    {SPAN_INIT("eleven"), 11, NUMERAL_ADD},
    {SPAN_INIT("twelve"), 12, NUMERAL_ADD},
    {SPAN_INIT("thirteen"), 13, NUMERAL_ADD},
    {SPAN_INIT("fourteen"), 14, NUMERAL_ADD},
    {SPAN_INIT("fifteen"), 15, NUMERAL_ADD},
    {SPAN_INIT("sixteen"), 16, NUMERAL_ADD},
    {SPAN_INIT("seventeen"), 17, NUMERAL_ADD},
    {SPAN_INIT("eighteen"), 18, NUMERAL_ADD},
    {SPAN_INIT("nineteen"), 19, NUMERAL_ADD},
    {SPAN_INIT("twenty"), 20, NUMERAL_ADD},
    {SPAN_INIT("thirty"), 30, NUMERAL_ADD},
    {SPAN_INIT("forty"), 40, NUMERAL_ADD},
    {SPAN_INIT("fifty"), 50, NUMERAL_ADD},
    {SPAN_INIT("sixty"), 60, NUMERAL_ADD},
    {SPAN_INIT("seventy"), 70, NUMERAL_ADD},
    {SPAN_INIT("eighty"), 80, NUMERAL_ADD},
    {SPAN_INIT("ninety"), 90, NUMERAL_ADD},
    {SPAN_INIT("hundred"), 100, NUMERAL_HUNDRED},
    {SPAN_INIT("dozen"), 12, NUMERAL_SCALE},
    {SPAN_INIT("thousand"), 1000, NUMERAL_SCALE},
    {SPAN_INIT("million"), 1000000, NUMERAL_SCALE},
    {SPAN_INIT("billion"), 1000000000, NUMERAL_SCALE},
    {SPAN_INIT("and"), 0, NUMERAL_JOIN},
};

static const struct growth_words growths[] = {
    {SPAN_INIT("more than doubled"), 201},
    {SPAN_INIT("more than tripled"), 301},
    {SPAN_INIT("nearly doubled"), 190},
    {SPAN_INIT("almost doubled"), 190},
    {SPAN_INIT("nearly tripled"), 290},
    {SPAN_INIT("almost tripled"), 290},
    {SPAN_INIT("has doubled"), 200},
    {SPAN_INIT("have doubled"), 200},
    {SPAN_INIT("doubled"), 200},
    {SPAN_INIT("twice"), 200},
    {SPAN_INIT("tripled"), 300},
    {SPAN_INIT("quadrupled"), 400},
    {SPAN_INIT("halved"), 50},
};

static const struct vague_words vagues[] = {
    {SPAN_INIT("dozens"), 24},
    {SPAN_INIT("hundreds"), 200},
    {SPAN_INIT("thousands"), 2000},
};

static const struct span negations[] = {
    SPAN_INIT("no"),         SPAN_INIT("not"),         SPAN_INIT("never"),      SPAN_INIT("none"),
    SPAN_INIT("nobody"),     SPAN_INIT("nothing"),     SPAN_INIT("neither"),    SPAN_INIT("nor"),
    SPAN_INIT("nowhere"),    SPAN_INIT("no one"),      SPAN_INIT("without"),    SPAN_INIT("cannot"),
    SPAN_INIT("non"),        SPAN_INIT("hardly"),      SPAN_INIT("scarcely"),   SPAN_INIT("barely"),
    SPAN_INIT("rarely"),     SPAN_INIT("seldom"),      SPAN_INIT("unless"),     SPAN_INIT("except"),
    SPAN_INIT("refuse"),     SPAN_INIT("refuses"),     SPAN_INIT("refused"),    SPAN_INIT("deny"),
    SPAN_INIT("denies"),     SPAN_INIT("denied"),      SPAN_INIT("fail"),       SPAN_INIT("fails"),
    SPAN_INIT("failed"),     SPAN_INIT("lack"),        SPAN_INIT("lacks"),      SPAN_INIT("lacked"),
    SPAN_INIT("instead of"), SPAN_INIT("rather than"), SPAN_INIT("far from"),   SPAN_INIT("unable"),
    SPAN_INIT("prohibit"),   SPAN_INIT("prohibits"),   SPAN_INIT("prohibited"), SPAN_INIT("forbid"),
    SPAN_INIT("forbids"),    SPAN_INIT("forbidden"),   SPAN_INIT("false"),      SPAN_INIT("untrue"),
    SPAN_INIT("against"),    SPAN_INIT("cant"),        SPAN_INIT("dont"),       SPAN_INIT("doesnt"),
    SPAN_INIT("didnt"),      SPAN_INIT("wont"),        SPAN_INIT("isnt"),       SPAN_INIT("arent"),
    SPAN_INIT("wasnt"),      SPAN_INIT("werent"),      SPAN_INIT("shouldnt"),   SPAN_INIT("wouldnt"),
    SPAN_INIT("couldnt"),    SPAN_INIT("hasnt"),       SPAN_INIT("havent"),     SPAN_INIT("hadnt"),
    SPAN_INIT("mustnt"),
};

static const struct span amounts[] = {
    SPAN_INIT("one"),       SPAN_INIT("once"),   SPAN_INIT("twice"),    SPAN_INIT("thrice"),    SPAN_INIT("half"),
    SPAN_INIT("halves"),    SPAN_INIT("third"),  SPAN_INIT("thirds"),   SPAN_INIT("quarter"),   SPAN_INIT("quarters"),
    SPAN_INIT("both"),      SPAN_INIT("dozens"), SPAN_INIT("hundreds"), SPAN_INIT("thousands"), SPAN_INIT("millions"),
    SPAN_INIT("billions"),  SPAN_INIT("double"), SPAN_INIT("doubled"),  SPAN_INIT("triple"),    SPAN_INIT("tripled"),
    SPAN_INIT("quadruple"), SPAN_INIT("zero"),   SPAN_INIT("nil"),      SPAN_INIT("percent"),
};

static const struct span usual_in_names[] = {
    SPAN_INIT("school"),
    SPAN_INIT("schools"),
    SPAN_INIT("charter"),
    SPAN_INIT("charters"),
    SPAN_INIT("public"),
    SPAN_INIT("district"),
    SPAN_INIT("districts"),
    SPAN_INIT("county"),
    SPAN_INIT("city"),
    SPAN_INIT("town"),
    SPAN_INIT("state"),
    SPAN_INIT("valley"),
    SPAN_INIT("united"),
    SPAN_INIT("educators"),
    SPAN_INIT("teachers"),
    SPAN_INIT("teacher"),
    SPAN_INIT("staff"),
    SPAN_INIT("workers"),
    SPAN_INIT("employees"),
    SPAN_INIT("nurses"),
    SPAN_INIT("education"),
    SPAN_INIT("association"),
    SPAN_INIT("federation"),
    SPAN_INIT("union"),
    SPAN_INIT("unions"),
    SPAN_INIT("local"),
    SPAN_INIT("of"),
    SPAN_INIT("the"),
    SPAN_INIT("and"),
    SPAN_INIT("for"),
    SPAN_INIT("in"),
    SPAN_INIT("at"),
    SPAN_INIT("a"),
    SPAN_INIT("an"),
    SPAN_INIT("inc"),
    SPAN_INIT("llc"),
    SPAN_INIT("ltd"),
    SPAN_INIT("corp"),
    SPAN_INIT("corporation"),
    SPAN_INIT("company"),
    SPAN_INIT("group"),
    SPAN_INIT("board"),
    SPAN_INIT("university"),
    SPAN_INIT("college"),
    SPAN_INIT("academy"),
    SPAN_INIT("hospital"),
    SPAN_INIT("health"),
    SPAN_INIT("medical"),
    SPAN_INIT("center"),
    SPAN_INIT("system"),
    SPAN_INIT("services"),
    SPAN_INIT("library"),
    SPAN_INIT("museum"),
    SPAN_INIT("department"),
    SPAN_INIT("office"),
    SPAN_INIT("management"),
    SPAN_INIT("administration"),
    SPAN_INIT("trustees"),
    SPAN_INIT("foundation"),
    SPAN_INIT("national"),
    SPAN_INIT("american"),
    SPAN_INIT("international"),
};

static const struct span legal_conclusions[] = {
    SPAN_INIT("illegal"),
    SPAN_INIT("illegally"),
    SPAN_INIT("illegality"),
    SPAN_INIT("unlawful"),
    SPAN_INIT("unlawfully"),
    SPAN_INIT("violating"),
    SPAN_INIT("violation"),
    SPAN_INIT("violations"),
    SPAN_INIT("breaking the law"),
    SPAN_INIT("against the law"),
    SPAN_INIT("lawbreaker"),
    SPAN_INIT("lawbreakers"),
    SPAN_INIT("lawbreaking"),
    SPAN_INIT("unfair labor practice"),
    SPAN_INIT("unfair labor practices"),
    SPAN_INIT("unfair practice"),
    SPAN_INIT("unfair practices"),
    SPAN_INIT("guilty"),
    SPAN_INIT("unlawfulness"),
    SPAN_INIT("un lawful"),
    SPAN_INIT("law breaker"),
    SPAN_INIT("law breakers"),
    SPAN_INIT("law breaking"),
    SPAN_INIT("wrongful"),
    SPAN_INIT("wrongfully"),
    SPAN_INIT("flouting the law"),
    SPAN_INIT("broken state law"),
    SPAN_INIT("broken federal law"),
    SPAN_INIT("breaking state law"),
    SPAN_INIT("breaking federal law"),
    SPAN_INIT("contravening"),
    SPAN_INIT("infringing"),
    SPAN_INIT("infringement"),
    SPAN_INIT("committing a crime"),
    SPAN_INIT("the crime"),
    SPAN_INIT("the crimes"),
    SPAN_INIT("its crime"),
    SPAN_INIT("its crimes"),
    SPAN_INIT("their crime"),
    SPAN_INIT("their crimes"),
    SPAN_INIT("his crime"),
    SPAN_INIT("her crime"),
    SPAN_INIT("this crime"),
    SPAN_INIT("these crimes"),
    SPAN_INIT("was a crime"),
    SPAN_INIT("were crimes"),
    SPAN_INIT("criminal act"),
    SPAN_INIT("criminal acts"),
    SPAN_INIT("criminal conduct"),
};

static const struct span legal_acts[] = {
    SPAN_INIT("violate"),           SPAN_INIT("violates"),        SPAN_INIT("violated"),
    SPAN_INIT("break the law"),     SPAN_INIT("breaks the law"),  SPAN_INIT("broke the law"),
    SPAN_INIT("broken the law"),    SPAN_INIT("flout the law"),   SPAN_INIT("flouts the law"),
    SPAN_INIT("flouted the law"),   SPAN_INIT("breach the law"),  SPAN_INIT("breaches the law"),
    SPAN_INIT("breached the law"),  SPAN_INIT("broke state law"), SPAN_INIT("broke federal law"),
    SPAN_INIT("contravene"),        SPAN_INIT("contravenes"),     SPAN_INIT("contravened"),
    SPAN_INIT("infringe"),          SPAN_INIT("infringes"),       SPAN_INIT("infringed"),
    SPAN_INIT("committed a crime"), SPAN_INIT("commits a crime"), SPAN_INIT("committed crimes"),
};

static const struct span legal_alleged[] = {
    SPAN_INIT("alleged"),  SPAN_INIT("allegedly"),  SPAN_INIT("alleges"),     SPAN_INIT("allege"),
    SPAN_INIT("alleging"), SPAN_INIT("allegation"), SPAN_INIT("allegations"),
};

static const struct span legal_alleges[] = {
    SPAN_INIT("alleges that"),
    SPAN_INIT("allege that"),
    SPAN_INIT("alleged that"),
    SPAN_INIT("alleging that"),
    SPAN_INIT("allegation that"),
    SPAN_INIT("allegations that"),
    SPAN_INIT("charge says that"),
    SPAN_INIT("complaint says that"),
    SPAN_INIT("according to the charge"),
    SPAN_INIT("according to the complaint"),
};

static const struct span legal_turns[] = {
    SPAN_INIT("but"),     SPAN_INIT("yet"),     SPAN_INIT("while"),    SPAN_INIT("whereas"),  SPAN_INIT("although"),
    SPAN_INIT("though"),  SPAN_INIT("however"), SPAN_INIT("and it"),   SPAN_INIT("and they"), SPAN_INIT("and he"),
    SPAN_INIT("and she"), SPAN_INIT("and we"),  SPAN_INIT("and this"), SPAN_INIT("and that"),
};

static const struct span legal_and[] = {
    SPAN_INIT("and"),
};

/* "Not only illegal" says that it was. */
static const struct span legal_still[] = {
    SPAN_INIT("only"),    SPAN_INIT("just"),     SPAN_INIT("merely"),      SPAN_INIT("simply"),   SPAN_INIT("stop"),
    SPAN_INIT("stops"),   SPAN_INIT("stopped"),  SPAN_INIT("stopping"),    SPAN_INIT("cease"),    SPAN_INIT("ceases"),
    SPAN_INIT("ceased"),  SPAN_INIT("quit"),     SPAN_INIT("doubt"),       SPAN_INIT("doubts"),   SPAN_INIT("doubted"),
    SPAN_INIT("deny"),    SPAN_INIT("denies"),   SPAN_INIT("denied"),      SPAN_INIT("first"),    SPAN_INIT("last"),
    SPAN_INIT("end"),     SPAN_INIT("ends"),     SPAN_INIT("ended"),       SPAN_INIT("matter"),   SPAN_INIT("matters"),
    SPAN_INIT("forget"),  SPAN_INIT("accept"),   SPAN_INIT("tolerate"),    SPAN_INIT("excuse"),   SPAN_INIT("ignore"),
    SPAN_INIT("hide"),    SPAN_INIT("secret"),   SPAN_INIT("question"),    SPAN_INIT("surprise"), SPAN_INIT("wonder"),
    SPAN_INIT("mistake"), SPAN_INIT("accident"), SPAN_INIT("coincidence"),
};

static const struct span legal_small[] = {
    SPAN_INIT("a"),     SPAN_INIT("an"),        SPAN_INIT("any"),  SPAN_INIT("one"),   SPAN_INIT("is"),
    SPAN_INIT("are"),   SPAN_INIT("was"),       SPAN_INIT("were"), SPAN_INIT("be"),    SPAN_INIT("been"),
    SPAN_INIT("being"), SPAN_INIT("has"),       SPAN_INIT("have"), SPAN_INIT("had"),   SPAN_INIT("it"),
    SPAN_INIT("that"),  SPAN_INIT("of"),        SPAN_INIT("ever"), SPAN_INIT("found"), SPAN_INIT("declared"),
    SPAN_INIT("held"),  SPAN_INIT("convicted"),
};

static const struct span legal_asked[] = {
    SPAN_INIT("whether"),
    SPAN_INIT("denies that"),
    SPAN_INIT("denied that"),
    SPAN_INIT("deny that"),
};

static const struct span legal_charge_after[] = {
    SPAN_INIT("charge"),     SPAN_INIT("charges"), SPAN_INIT("complaint"),
    SPAN_INIT("complaints"), SPAN_INIT("case"),    SPAN_INIT("cases"),
};

static const struct span legal_settled[] = {
    SPAN_INIT("settled"),
    SPAN_INIT("settle"),
    SPAN_INIT("settlement"),
};

static const struct span legal_dismissed[] = {
    SPAN_INIT("dismissed"), SPAN_INIT("dismisses"), SPAN_INIT("dismissal"),
    SPAN_INIT("withdrawn"), SPAN_INIT("withdrew"),
};

static const struct span legal_reversed[] = {
    SPAN_INIT("reversed"),   SPAN_INIT("reverses"),  SPAN_INIT("reversal"),
    SPAN_INIT("overturned"), SPAN_INIT("set aside"),
};

static const struct legal_words legal_steps[] = {
    {SPAN_INIT("charged"), LEGAL_CHARGED},
    {SPAN_INIT("the charge"), LEGAL_CHARGED},
    {SPAN_INIT("a charge"), LEGAL_CHARGED},
    {SPAN_INIT("charge filed"), LEGAL_CHARGED},
    {SPAN_INIT("filed charges"), LEGAL_CHARGED},
    {SPAN_INIT("filed an unfair practice charge"), LEGAL_CHARGED},
    {SPAN_INIT("the complaint"), LEGAL_COMPLAINT},
    {SPAN_INIT("a complaint"), LEGAL_COMPLAINT},
    {SPAN_INIT("its complaint"), LEGAL_COMPLAINT},
    {SPAN_INIT("complaint issued"), LEGAL_COMPLAINT},
    {SPAN_INIT("issued complaints"), LEGAL_COMPLAINT},
    {SPAN_INIT("formal complaint"), LEGAL_COMPLAINT},
    {SPAN_INIT("found"), LEGAL_FOUND},
    {SPAN_INIT("finds"), LEGAL_FOUND},
    {SPAN_INIT("ruled"), LEGAL_FOUND},
    {SPAN_INIT("ruling"), LEGAL_FOUND},
    {SPAN_INIT("rulings"), LEGAL_FOUND},
    {SPAN_INIT("sustained"), LEGAL_FOUND},
    {SPAN_INIT("upheld"), LEGAL_FOUND},
    {SPAN_INIT("held that"), LEGAL_FOUND},
    {SPAN_INIT("proved"), LEGAL_FOUND},
    {SPAN_INIT("proven"), LEGAL_FOUND},
    {SPAN_INIT("convicted"), LEGAL_FOUND},
    {SPAN_INIT("ordered"), LEGAL_FOUND},
    {SPAN_INIT("determined"), LEGAL_FOUND},
    {SPAN_INIT("concluded that"), LEGAL_FOUND},
    {SPAN_INIT("concludes that"), LEGAL_FOUND},
    {SPAN_INIT("confirmed that"), LEGAL_FOUND},
    {SPAN_INIT("agreed with us"), LEGAL_FOUND},
    {SPAN_INIT("agrees with us"), LEGAL_FOUND},
    {SPAN_INIT("agreed with the union"), LEGAL_FOUND},
    {SPAN_INIT("sided with"), LEGAL_FOUND},
    {SPAN_INIT("verdict"), LEGAL_FOUND},
    {SPAN_INIT("held liable"), LEGAL_FOUND},
    {SPAN_INIT("found liable"), LEGAL_FOUND},
    {SPAN_INIT("vindicated"), LEGAL_FOUND},
    {SPAN_INIT("vindicates"), LEGAL_FOUND},
    {SPAN_INIT("we won"), LEGAL_FOUND},
    {SPAN_INIT("we have won"), LEGAL_FOUND},
    {SPAN_INIT("decision that"), LEGAL_FOUND},
    {SPAN_INIT("decision against"), LEGAL_FOUND},
    {SPAN_INIT("decision in our favor"), LEGAL_FOUND},
    {SPAN_INIT("decided against"), LEGAL_FOUND},
    {SPAN_INIT("decided in our favor"), LEGAL_FOUND},
    {SPAN_INIT("decided in favor of"), LEGAL_FOUND},
};

const struct words_of words_en = {
    .relative_dates = {relative_dates, COUNT(relative_dates)},
    .ago_units = {ago_units, COUNT(ago_units)},
    .ago_after = {ago_after, COUNT(ago_after)},
    .weekday_before = {weekday_before, COUNT(weekday_before)},
    .weekdays = {weekdays, COUNT(weekdays)},
    .months = {months, COUNT(months)},
    .link_texts = {link_texts, COUNT(link_texts)},
    .not_a_count_before = {not_a_count_before, COUNT(not_a_count_before)},
    .number_joins = {number_joins, COUNT(number_joins)},
    .clock_after = {clock_after, COUNT(clock_after)},
    .clock_before = {clock_before, COUNT(clock_before)},
    .clock_follow = {clock_follow, COUNT(clock_follow)},
    .negations = {negations, COUNT(negations)},
    .amounts = {amounts, COUNT(amounts)},
    .usual_in_names = {usual_in_names, COUNT(usual_in_names)},
    .legal_conclusions = {legal_conclusions, COUNT(legal_conclusions)},
    .legal_acts = {legal_acts, COUNT(legal_acts)},
    .legal_alleged = {legal_alleged, COUNT(legal_alleged)},
    .legal_alleges = {legal_alleges, COUNT(legal_alleges)},
    .legal_turns = {legal_turns, COUNT(legal_turns)},
    .legal_and = {legal_and, COUNT(legal_and)},
    .legal_small = {legal_small, COUNT(legal_small)},
    .legal_still = {legal_still, COUNT(legal_still)},
    .legal_asked = {legal_asked, COUNT(legal_asked)},
    .legal_charge_after = {legal_charge_after, COUNT(legal_charge_after)},
    .legal_settled = {legal_settled, COUNT(legal_settled)},
    .legal_dismissed = {legal_dismissed, COUNT(legal_dismissed)},
    .legal_reversed = {legal_reversed, COUNT(legal_reversed)},
    .legal_steps = legal_steps,
    .legal_step_count = COUNT(legal_steps),
    .bounds = bounds,
    .bound_count = COUNT(bounds),
    .bounds_after = bounds_after,
    .bound_after_count = COUNT(bounds_after),
    .numerals = numerals,
    .numeral_count = COUNT(numerals),
    .growths = growths,
    .growth_count = COUNT(growths),
    .vagues = vagues,
    .vague_count = COUNT(vagues),
};
