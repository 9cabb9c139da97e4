/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See mail_size.h.
 */
#include "main/mail_size.h"

#include "news/news_mail.h"

enum { LETTER_MEMORY = 1024 * 1024 * 1024 };

static struct span line_of(struct span text, uint32_t line)
{
    struct span found = {0};

    for (uint32_t i = 0; i < line; i++)
        if (!span_next(&text, '\n', &found))
            return (struct span){0};
    return found.n && found.p[found.n - 1] == '\r' ? span_sub(found, 0, found.n - 1) : found;
}

static void report(struct compiled *compiled, const struct entry *e, size_t size)
{
    struct diags *diags = &compiled->diags;
    bool is_over = size > NEWS_MAIL_MOST;
    unsigned kb = (unsigned)((size + 1023) / 1024);

    diags_add(diags, &(struct diag){
                         .code = DIAG_MAIL_TOO_LARGE,
                         .at = {.file = e->file, .line = e->title_line},
                         .text = line_of(e->source, e->title_line),
                         .only_warns = !is_over,
                         .message = is_over ? arena_printf(diags->arena,
                                                           "as a letter this takes %u KB; mail programs cut what is "
                                                           "over 90 KB",
                                                           kb)
                                            : arena_printf(diags->arena,
                                                           "as a letter this takes %u KB; at 90 KB mail programs "
                                                           "begin to cut",
                                                           kb),
                     });
}

void mail_size_check(struct compiled *compiled)
{
    struct arena *a = arena_open(LETTER_MEMORY);
    size_t count = 0;
    const struct entry *news = campaign_entries(compiled->campaign, ENTRY_NEWS, &count);

    for (size_t i = 0; i < count; i++) {
        const struct mail_message *message;
        enum rc rc = news_mail(a, &compiled->site, &compiled->library, &news[i], &message);

        if (rc == RC_INVALID) {
            diags_add(&compiled->diags,
                      &(struct diag){.code = DIAG_BAD_ROW,
                                     .at = {.file = S("campaign.ini")},
                                     .message = S("[imprint] contact: no letter could be answered to this address")});
            break;
        }
        if (rc != RC_OK)
            report(compiled, &news[i], MAIL_BODY_MOST);
        else if (mail_html_size(message) > NEWS_MAIL_WARN)
            report(compiled, &news[i], mail_html_size(message));
        arena_reset(a);
    }
    arena_close(&a);
}
