/* SPDX-License-Identifier: Apache-2.0 */
/* The detector: the model's scores, decision after decision, become detected words.
 *
 * Scores are averaged over the last decisions. Of the words whose average is not below their
 * threshold the one with the highest average is the best, the first of equals. A word that is the
 * best one for so many decisions in a row is detected, unless another was shortly before.
 *
 * Integers only. All memory is the caller's, so that one program can have several detectors. */
#ifndef KWS_DETECT_H
#define KWS_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A threshold of 1, which no average reaches: that of a class that is no word. */
#define KWS_DETECT_NEVER 65536u

typedef struct kws_detect_config {
    size_t classes;             /* 1 .. 255 */
    const uint32_t *thresholds; /* [classes], 0 .. KWS_DETECT_NEVER: least average, in 1/65536 */
    uint32_t smoothing;         /* decisions that are averaged, 1 .. 100 */
    uint32_t consecutive;       /* decisions in a row with the same best word, 1 .. 100 */
    uint32_t refractory;        /* decisions from one detection to the next, at least; 0 as 1 */
} kws_detect_config;

/* What a detector remembers. kws_detect_restart() sets it all but for the two pointers. */
typedef struct kws_detect_state {
    uint16_t *sums;   /* [classes]: of the last `smoothing` scores, each 0 .. 255 */
    uint8_t *history; /* [smoothing, classes]: these scores, a ring */
    uint32_t next;    /* row of `history` that is overwritten next */
    uint32_t held;    /* rows that are filled */
    size_t best;      /* word of the last decision; `classes`: none */
    uint32_t run;     /* decisions in a row with that word, `consecutive` at most */
    uint32_t waiting; /* decisions until a word can be detected again */
} kws_detect_state;

typedef struct kws_detection {
    size_t word;        /* class, 0 .. classes - 1 */
    uint16_t score_q16; /* average of its scores + 128, 0 .. 65280 = 255, in 1/256, rounded down */
} kws_detection;

/* Forgets all decisions. state->sums and state->history point to the caller's memory. */
void kws_detect_restart(const kws_detect_config *config, kws_detect_state *state);

/* Takes the scores of the next decision, int8 [classes]; true when a word is detected, which is
 * then in *detection. Never before `smoothing` decisions. */
bool kws_detect(const kws_detect_config *config, kws_detect_state *state, const int8_t *scores,
                kws_detection *detection);

#ifdef __cplusplus
}
#endif

#endif
