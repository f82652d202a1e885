/* SPDX-License-Identifier: Apache-2.0 */
/* What the model says of a whole clip. One of whole clips says it once. One that takes a few rows at
 * a time says something in each step: the scores of the clip are the means over KWS_SMOOTHED_STEPS
 * steps, at that place where a wanted word is highest. Steps before the first count with the lowest
 * scores. host/kws/inference/clip_scores.py does the same. */
#include <string.h>

#include "classifier/clip_state.h"
#include "model_info.h"
#include "runtime/model.h"

#if KWS_STEPS == 1

void kws_clip_scores_restart(void)
{
}

void kws_clip_take_row(const int8_t *row)
{
    (void)kws_model_take_row(row);
}

kws_status kws_clip_scores(const int8_t **scores)
{
    return kws_model_scores(scores);
}

#else

#define FIRST_WORD 2 /* behind silence and unknown */

static int8_t recent[KWS_SMOOTHED_STEPS][KWS_CLASSES];
static int32_t sums[KWS_CLASSES]; /* of recent */
static int8_t best[KWS_CLASSES];
static int32_t highest; /* of a word's sums so far */
static unsigned steps;
static kws_status clip_status;

void kws_clip_scores_restart(void)
{
    memset(recent, INT8_MIN, sizeof recent);
    for (unsigned i = 0; i < KWS_CLASSES; i++) {
        sums[i] = INT8_MIN * KWS_SMOOTHED_STEPS;
    }
    highest = INT32_MIN;
    steps = 0;
    clip_status = KWS_OK;
}

/* The mean of KWS_SMOOTHED_STEPS scores of this sum, towards minus infinity. */
static int8_t mean(int32_t sum)
{
    return (int8_t)((sum - INT8_MIN * KWS_SMOOTHED_STEPS) / KWS_SMOOTHED_STEPS + INT8_MIN);
}

static int32_t highest_word(void)
{
    int32_t result = sums[FIRST_WORD];
    for (unsigned i = FIRST_WORD + 1; i < KWS_CLASSES; i++) {
        result = sums[i] > result ? sums[i] : result;
    }
    return result;
}

/* scores: int8 [KWS_CLASSES] of the next step. */
static void smooth(const int8_t *scores)
{
    int8_t *slot = recent[steps % KWS_SMOOTHED_STEPS];
    for (unsigned i = 0; i < KWS_CLASSES; i++) {
        sums[i] += scores[i] - slot[i];
        slot[i] = scores[i];
    }
    steps++;
    if (highest_word() > highest) {
        highest = highest_word();
        for (unsigned i = 0; i < KWS_CLASSES; i++) {
            best[i] = mean(sums[i]);
        }
    }
}

void kws_clip_take_row(const int8_t *row)
{
    const int8_t *scores;
    if (!kws_model_take_row(row)) {
        return;
    }
    const kws_status status = kws_model_scores(&scores);
    if (status == KWS_OK) {
        smooth(scores);
    } else {
        clip_status = status;
    }
}

kws_status kws_clip_scores(const int8_t **scores)
{
    *scores = best;
    return clip_status;
}

#endif
