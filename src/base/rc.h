/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * How a function says how it went, and what happens when the program itself is wrong.
 *
 * A peer, a file or a person can cause any `enum rc`; nothing they do may reach CHECK().
 */
#ifndef BASE_RC_H
#define BASE_RC_H

enum rc {
    RC_OK = 0,
    RC_INVALID,   /* the input is not what it must be */
    RC_NOT_FOUND, /* nothing of that name */
    RC_CONFLICT,  /* somebody else was first, or it exists already */
    RC_DENIED,    /* not allowed */
    RC_LIMIT,     /* larger than we take */
    RC_RETRY,     /* may work if done again */
    RC_IO,        /* the machine failed us: disk, network, memory of another's library */
};

#define MUST_USE               __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define COUNT(array)           (sizeof(array) / sizeof((array)[0]))

/* Aborts with the place and the broken invariant. Always on. Never for anything a peer can influence. */
#define CHECK(invariant)                                                                                               \
    do {                                                                                                               \
        if (!(invariant))                                                                                              \
            check_failed(#invariant, __FILE__, __LINE__);                                                              \
    } while (0)

_Noreturn void check_failed(const char *invariant, const char *file, int line);

#endif
