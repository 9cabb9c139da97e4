/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See mailer_key.h. The file is renamed into its place, so that nobody reads half a key.
 */
#include "main/mailer_key.h"

#include "main/dkim_keys.h"
#include "seal/keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "mailer.public"

static const char *path_of(struct arena *a, const char *data, const char *end)
{
    return arena_cstr(a, arena_printf(a, "%s/" NAME "%s", data, end));
}

enum rc mailer_key_say(struct arena *a, const char *data, const struct mailer_public *key, struct span *fault_out)
{
    const char *path = path_of(a, data, "");
    const char *made = path_of(a, data, ".new");
    struct buf *line = buf_new(a, 2 * KEY_LEN + 2);
    enum rc rc;

    key_hex_put(line, (struct span){(const char *)key->bytes, KEY_LEN});
    buf_char(line, '\n');
    (void)unlink(made); /* of a mailer that was killed meanwhile; there is one at a time */
    rc = dkim_file_write_new(a, made, buf_span(line), fault_out);
    if (rc == RC_OK && rename(made, path) != 0) {
        *fault_out = arena_printf(a, "%s: %s", path, strerror(errno));
        rc = RC_IO;
    }
    return rc;
}

enum rc mailer_key_hear(struct arena *a, const char *data, struct mailer_public *key_out, struct span *fault_out)
{
    const char *path = path_of(a, data, "");
    unsigned char bytes[KEY_LEN];
    struct span line;

    if (dkim_file_read(a, path, &line, fault_out) != RC_OK)
        return RC_IO;
    if (span_ends(line, S("\n")))
        line.n--;
    if (key_hex_read(line, bytes, sizeof bytes) &&
        mailer_public_read((struct span){(const char *)bytes, sizeof bytes}, key_out))
        return RC_OK;
    *fault_out = arena_printf(a, "%s is not what the mailer wrote: start the server anew", path);
    return RC_INVALID;
}
