/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The library's callbacks, for server.c to hang in.
 */
#ifndef HTTP_CALL_H
#define HTTP_CALL_H

#include "http/http_impl.h"

/* Refusals that are no plain status. */
enum { CALL_OPTIONS = 1, CALL_SLASH, CALL_NO_HOST };

void *call_on_target(void *server, const char *target, struct MHD_Connection *connection);
size_t call_unescape(void *server, struct MHD_Connection *connection, char *text);
enum MHD_Result call_on_request(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *data, size_t *data_len, void **context);
void call_on_completed(void *server, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode code);
struct instant call_clock(void);
void calls_free(struct http_server *s);
void call_durations_put(struct http_server *s, struct buf *out);

#endif
