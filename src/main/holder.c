/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See holder.h.
 */
#include "main/holder.h"

#include "main/dkim_keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool read_name(struct span bytes, struct mailing_holder *holder_out)
{
    if (span_ends(bytes, S("\n")))
        bytes.n--;
    return key_hex_read(bytes, holder_out->bytes, sizeof holder_out->bytes);
}

static enum rc make_name(struct arena *a, const char *path, struct mailing_holder *holder_out, struct span *fault_out)
{
    struct seal_object name = seal_object_make();
    struct buf *line = buf_new(a, 64);

    if (unlink(path) != 0 && errno != ENOENT) {
        *fault_out = arena_printf(a, "%s cannot be made: %s", path, strerror(errno));
        return RC_IO;
    }
    memcpy(holder_out->bytes, name.bytes, sizeof holder_out->bytes);
    key_hex_put(line, (struct span){(const char *)name.bytes, sizeof name.bytes});
    buf_char(line, '\n');
    return dkim_file_write_new(a, path, buf_span(line), fault_out);
}

enum rc holder_take(struct arena *a, const char *data, struct mailing_holder *holder_out, struct span *fault_out)
{
    const char *path = arena_cstr(a, arena_printf(a, "%s/holder", data));
    struct span bytes;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        return make_name(a, path, holder_out, fault_out);
    if (dkim_file_read(a, path, &bytes, fault_out) != RC_OK)
        return RC_IO;
    return read_name(bytes, holder_out) ? RC_OK : make_name(a, path, holder_out, fault_out);
}
