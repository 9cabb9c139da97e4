/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as the words of a letter. A header stays one field of seven bits whose lines are short; a body reads back as
 * what it was, has no line that a relay could take for its end, and is its own relaxed canonical form; what is no address
 * fills no hole.
 */
#include "mail/address.h"
#include "mail/encode.h"
#include "mail/message.h"

enum { MEMORY = 64 * 1024 * 1024, ROOM = 1024 * 1024 };

static void check_field(struct span s)
{
    size_t column = 0;

    CHECK(span_ends(s, S("\r\n")));
    for (size_t i = 0; i < s.n - 2; i++) {
        if (s.p[i] == '\r') {
            CHECK(s.p[i + 1] == '\n' && s.p[i + 2] == ' ');
            i++;
            column = 0;
            continue;
        }
        CHECK(s.p[i] >= ' ' && s.p[i] <= 126);
        CHECK(++column <= 78);
    }
}

static void check_headers(struct arena *a, struct span text)
{
    struct buf *subject = buf_new(a, ROOM);
    struct buf *from = buf_new(a, ROOM);

    mail_header_text(subject, S("Subject"), text);
    check_field(buf_span(subject));
    mail_header_mailbox(from, S("From"), text, S("news@bayside.example"));
    check_field(buf_span(from));
    CHECK(span_ends(buf_span(from), S("<news@bayside.example>\r\n")));
}

static unsigned digit(char c)
{
    CHECK((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A' + 10);
}

/* Line ends come back as LF. */
static struct span read_back(struct arena *a, struct span s)
{
    struct buf *out = buf_new(a, ROOM);

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '=' && s.p[i + 1] == '\r') {
            i += 2;
        } else if (s.p[i] == '=') {
            buf_char(out, (char)(digit(s.p[i + 1]) * 16 + digit(s.p[i + 2])));
            i += 2;
        } else if (s.p[i] != '\r') {
            buf_char(out, s.p[i]);
        }
    }
    return buf_span(out);
}

static void check_body(struct arena *a, struct span text)
{
    struct mail_qp qp = {.out = buf_new(a, ROOM), .last = '\n'};
    struct buf *wanted = buf_new(a, ROOM);
    struct span s;
    size_t column = 0;

    mail_qp_text(&qp, text);
    mail_qp_end(&qp);
    s = buf_span(qp.out);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r') {
            CHECK(s.p[i + 1] == '\n' && (i == 0 || s.p[i - 1] != ' '));
            i++;
            column = 0;
            continue;
        }
        CHECK(s.p[i] >= ' ' && s.p[i] <= 126);
        CHECK(column || (s.p[i] != '.' && s.p[i] != ' ' && !span_starts(span_from(s, i), S("From "))));
        CHECK(s.p[i] != ' ' || s.p[i - 1] != ' ');
        CHECK(++column <= 76);
    }
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\r')
            buf_char(wanted, text.p[i]);
        else if (i + 1 == text.n || text.p[i + 1] != '\n')
            buf_char(wanted, '\n');
    s = read_back(a, s);
    CHECK(span_starts(s, buf_span(wanted)) && s.n - wanted->n <= 1);
}

static void check_address(struct arena *a, struct span text)
{
    struct span address;

    if (mail_address(a, text, &address) != RC_OK)
        return;
    CHECK(mail_address_is_plain(address));
    for (size_t i = 0; i < address.n; i++)
        CHECK(address.p[i] > ' ' && address.p[i] < 127 && address.p[i] != '<' && address.p[i] != '>');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    struct span text = {(const char *)data, size};

    if (a == NULL)
        a = arena_open(MEMORY);
    if (size > 16 * 1024)
        return 0;
    check_headers(a, text);
    check_body(a, text);
    check_address(a, text);
    arena_reset(a);
    return 0;
}
