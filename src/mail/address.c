/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See address.h. Each byte is allowed by name; a line end, a NUL or a bracket is not among the names.
 */
#include "mail/address.h"

#include "base/utf8.h"

#include <idn2.h>
#include <string.h>

enum { LOCAL_MOST = 64, LABEL_MOST = 63 };

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* dot-atom of RFC 5322 §3.2.3 */
static bool is_local(struct span s)
{
    if (s.n == 0 || s.n > LOCAL_MOST || s.p[0] == '.' || s.p[s.n - 1] == '.' || span_find(s, S("..")) != SPAN_NONE)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit(s.p[i]) && (s.p[i] == '\0' || strchr(".!#$%&'*+-/=?^_`{|}~", s.p[i]) == NULL))
            return false;
    return true;
}

static bool is_domain(struct span s)
{
    struct span label;
    size_t labels = 0;

    while (span_next(&s, '.', &label)) {
        if (label.n == 0 || label.n > LABEL_MOST || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!is_letter_or_digit(label.p[i]) && label.p[i] != '-')
                return false;
        labels++;
    }
    return labels >= 2;
}

struct span mail_address_domain(struct span address)
{
    size_t at = span_find_last_char(address, '@');

    return at == SPAN_NONE ? span_sub(address, 0, 0) : span_from(address, at + 1);
}

bool mail_address_is_plain(struct span address)
{
    size_t at = span_find_last_char(address, '@');

    return at != SPAN_NONE && address.n <= MAIL_ADDRESS_MOST && is_local(span_sub(address, 0, at)) &&
           is_domain(span_from(address, at + 1));
}

static enum rc to_ascii(struct arena *a, struct span domain, struct span *ascii_out)
{
    char *made = NULL;
    enum rc rc = RC_INVALID;

    if (domain.n == 0 || domain.n > MAIL_ADDRESS_MOST || utf8_first_fault(domain) != SPAN_NONE)
        return RC_INVALID;
    if (idn2_to_ascii_8z(arena_cstr(a, domain), &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK) {
        *ascii_out = arena_dup(a, span_of(made));
        explicit_bzero(made, strlen(made)); /* a domain may be one person's */
        rc = RC_OK;
    }
    idn2_free(made);
    return rc;
}

struct span mail_domain_shown(struct arena *a, struct span domain)
{
    struct span shown = arena_dup(a, domain);
    char *made = NULL;

    if (span_find(domain, S("xn--")) != SPAN_NONE && idn2_to_unicode_8z8z(arena_cstr(a, domain), &made, 0) == IDN2_OK) {
        shown = arena_dup(a, span_of(made));
        explicit_bzero(made, strlen(made));
    }
    idn2_free(made);
    return shown;
}

enum rc mail_address(struct arena *a, struct span address, struct span *address_out)
{
    size_t at = span_find_last_char(address, '@');
    struct span local;
    struct span ascii = {0};
    char *made;

    *address_out = (struct span){0};
    if (at == SPAN_NONE || address.n > MAIL_ADDRESS_MOST || utf8_first_fault(address) != SPAN_NONE)
        return RC_INVALID;
    local = span_sub(address, 0, at);
    if (to_ascii(a, span_from(address, at + 1), &ascii) != RC_OK)
        return RC_INVALID;
    for (size_t i = 0; i < local.n; i++)
        if ((unsigned char)local.p[i] >= 0x80)
            return RC_DENIED;
    ascii = arena_join(a, (struct span[]){local, S("@"), ascii}, 3);
    if (!mail_address_is_plain(ascii))
        return RC_INVALID;
    made = arena_cstr(a, ascii);
    for (size_t i = at + 1; i < ascii.n; i++)
        if (made[i] >= 'A' && made[i] <= 'Z')
            made[i] = (char)(made[i] + 'a' - 'A');
    *address_out = (struct span){made, ascii.n};
    return RC_OK;
}
