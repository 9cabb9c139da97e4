/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a frame between core and mailer, and as a letter in one. What is taken borrows, holds to its caps, and what
 * is written again is the same bytes; a letter compiles or is refused.
 */
#include "mail/letter_wire.h"
#include "main/mailer_wire.h"

enum { SOURCE_MAX = 64 * 1024, MEMORY = 256 * 1024 * 1024 };

static bool lies_in(struct span outer, struct span inner)
{
    uintptr_t from = (uintptr_t)outer.p;
    uintptr_t at = (uintptr_t)inner.p;

    return inner.n == 0 || (at >= from && at + inner.n <= from + outer.n);
}

static void check_lists(struct span bytes, const struct mailer_frame *f)
{
    if (f->kind == MAILER_HELLO)
        CHECK(f->hello.run_count <= MAILER_RUNS_MOST);
    if (f->kind == MAILER_PEOPLE)
        for (size_t i = 0; i < f->people.count; i++)
            CHECK(f->people.count <= MAILER_BATCH_MOST && lies_in(bytes, f->people.items[i].sealed));
    if (f->kind == MAILER_FROZEN)
        for (size_t i = 0; i < f->frozen.count; i++)
            CHECK(f->frozen.count <= MAILER_BATCH_MOST && lies_in(bytes, f->frozen.items[i].address));
    if (f->kind == MAILER_FROZEN_END)
        for (size_t i = 0; i < f->frozen_end.site_count; i++)
            CHECK(lies_in(bytes, f->frozen_end.sites[i].name));
    if (f->kind == MAILER_LETTERS)
        for (size_t i = 0; i < f->letters.count; i++)
            CHECK(f->letters.count <= MAILER_BATCH_MOST && lies_in(bytes, f->letters.letters[i]));
    if (f->kind == MAILER_SEND)
        for (size_t i = 0; i < f->send.count; i++)
            CHECK(f->send.count <= MAILER_BATCH_MOST && lies_in(bytes, f->send.people[i].address));
    if (f->kind == MAILER_RESULTS)
        CHECK(f->results.count <= MAILER_BATCH_MOST);
}

static void check_frame(struct arena *a, struct span bytes)
{
    struct mailer_frame frame;
    struct mailer_frame part;
    struct buf *written = buf_new(a, MAILER_FRAME_MOST);
    size_t len = 0;
    size_t unused;

    if (mailer_frame_read(a, bytes, &frame, &len) != RC_OK)
        return;
    CHECK(len >= 5 && len <= bytes.n && len <= MAILER_FRAME_MOST);
    check_lists(bytes, &frame);
    mailer_frame_put(written, &frame);
    CHECK(span_eq(buf_span(written), span_sub(bytes, 0, len)));
    CHECK(mailer_frame_read(a, span_sub(bytes, 0, len - 1), &part, &unused) == RC_RETRY);
}

static void check_letter(struct arena *a, struct span bytes)
{
    const struct mail_message *message;
    struct mail_letter letter;

    if (!mail_letter_read(a, bytes, &letter))
        return;
    CHECK(lies_in(bytes, letter.subject) && lies_in(bytes, letter.feedback));
    CHECK(letter.text.count <= MAIL_PIECES_MOST && letter.html.count <= MAIL_PIECES_MOST);
    for (size_t i = 0; i < letter.text.count; i++)
        CHECK(lies_in(bytes, letter.text.pieces[i]));
    CHECK(span_eq(mail_letter_put(a, &letter), bytes));
    CHECK((mail_compile(a, &letter, &message) == RC_OK) == (message != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);

    if (size <= SOURCE_MAX) {
        check_frame(a, bytes);
        check_letter(a, bytes);
    }
    arena_close(&a);
    return 0;
}
