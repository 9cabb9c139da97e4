/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as the headers that we read ourselves: Range, If-None-Match, If-Range, Accept-Encoding, X-Forwarded-For.
 * A range lies inside its body, a coding is one that we have, an address survives being parsed.
 */
#include "http/address.h"
#include "http/encode.h"
#include "http/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t sizes[] = {0, 1, 10, 1000000, UINT64_MAX};
    struct span header = {(const char *)data, size};
    struct http_peer peer;
    uint64_t from;
    uint64_t len;

    if (size == 0)
        return 0;
    for (size_t i = 0; i < COUNT(sizes); i++)
        if (range_parse(header, sizes[i], &from, &len) == RANGE_PART)
            CHECK(len > 0 && from < sizes[i] && len <= sizes[i] - from);
    for (unsigned have = 1; have < 8; have += 2)
        CHECK(have & 1U << http_encoding_choose(header, have));
    if (etag_same_strong(header, S("a")))
        CHECK(etag_listed(header, S("a")));
    if (peer_forwarded(header, &peer) && peer.bytes[0])
        for (size_t i = 8; i < sizeof peer.bytes; i++)
            CHECK(peer.bytes[i] == 0); /* of IPv6 the /64 alone is kept */
    return 0;
}
