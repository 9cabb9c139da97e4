/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See fault.h.
 */
#include "paper/fault.h"

static const struct span words[PAPER_FAULT_COUNT] = {
    [PAPER_FINE] = SPAN_INIT("is fine"),
    [PAPER_WRONG_KIND] = SPAN_INIT("is not what its suffix says; give it the right one, or export it again"),
    [PAPER_TOO_LARGE] = SPAN_INIT("is larger than 128 MB; split it, or scan it with fewer dots an inch"),
    [PAPER_TRUNCATED] = SPAN_INIT("ends too early: it was not copied whole"),
    [PAPER_DAMAGED] = SPAN_INIT("is damaged; print it to a new PDF, or ask for it again"),
    [PAPER_PASSWORD] = SPAN_INIT("asks for a password; save it without one"),
    [PAPER_NO_PAGES] = SPAN_INIT("has no pages"),
    [PAPER_MANY_PAGES] = SPAN_INIT("has more pages than are read; split it"),
    [PAPER_PAGE_SIZE] = SPAN_INIT("has a page of more than five metres, or of none"),
    [PAPER_NO_SUCH_PAGE] = SPAN_INIT("has no such page"),
    [PAPER_MANY_WORDS] = SPAN_INIT("has more words than are read; split it"),
    [PAPER_MEMORY] = SPAN_INIT("takes more memory for a page than it is given; print it to a new PDF"),
    [PAPER_SLOW_PAGE] = SPAN_INIT("takes longer for a page than it is given; print it to a new PDF"),
    [PAPER_SLOW] = SPAN_INIT("takes longer than a document is given; split it"),
    [PAPER_LEAFLET_LONG] = SPAN_INIT("is too long for two pages"),
    [PAPER_WIDE_TABLE] = SPAN_INIT("has a table too wide for a column; give it fewer columns"),
    [PAPER_BAD_PHOTO] = SPAN_INIT("has a photo that cannot be drawn; save it again, and smaller"),
    [PAPER_NO_LETTER] = SPAN_INIT("has a character that the fonts of leaflets do not have"),
    [PAPER_NO_HELPER] =
        SPAN_INIT("not read: breakroom-paper and breakroom-ocr do not start; they belong beside breakroom"),
    [PAPER_NO_LANGUAGE] =
        SPAN_INIT("not read: install Tesseract's languages (tesseract-ocr-eng, tesseract-ocr-spa, tesseract-ocr-osd)"),
    [PAPER_NONSENSE] = SPAN_INIT("not read: the program that reads it gave an answer without sense"),
    [PAPER_DIED] = SPAN_INIT("not read: the program that reads it broke on it; print it to a new PDF"),
    [PAPER_STOPPED] = SPAN_INIT("not read: stopped before the end"),
};

struct span paper_fault_words(enum paper_fault fault)
{
    CHECK(fault < PAPER_FAULT_COUNT);
    return words[fault];
}

bool paper_fault_is_of_document(enum paper_fault fault)
{
    return fault > PAPER_FINE && fault < PAPER_NO_HELPER;
}
