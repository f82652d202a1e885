/* SPDX-License-Identifier: Apache-2.0 */
/* CHECK(condition): prints the place of a failed check and ends the test. */
#ifndef KWS_CHECK_H
#define KWS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
            exit(EXIT_FAILURE);                                                     \
        }                                                                           \
    } while (0)

/* CHECK_EQUAL(expected, actual): integers; prints both when they differ. */
#define CHECK_EQUAL(expected, actual)                                                      \
    do {                                                                                   \
        long long check_expected = (long long)(expected);                                  \
        long long check_actual = (long long)(actual);                                      \
        if (check_expected != check_actual) {                                              \
            fprintf(stderr, "%s:%d: %s: expected %lld, actual %lld\n", __FILE__, __LINE__, \
                    #actual, check_expected, check_actual);                                \
            exit(EXIT_FAILURE);                                                            \
        }                                                                                  \
    } while (0)

#endif
