/* SPDX-License-Identifier: Apache-2.0 */
/* The listener as WebAssembly: what a page calls (kws export --format web).
 *
 * The page writes samples into kws_web_samples(), calls kws_web_hear(), and reads what they gave:
 * frames of features for the picture, the scores of each decision, and the words detected. No
 * library is linked; memory.c has what compilers call by themselves. */
#ifndef KWS_WEB_H
#define KWS_WEB_H

#include <stdint.h>

#include "feature_constants.h"
#include "model_info.h"

/* Most samples of one call, and what they can give at most. */
#define KWS_WEB_SAMPLES 4096
#define KWS_WEB_FRAMES (KWS_WEB_SAMPLES / KWS_HOP_SAMPLES + 1)

/* A decision, as the page reads it: 32-bit numbers, then the scores. */
typedef struct kws_web_decision {
    uint32_t samples;           /* heard until then, since kws_web_restart(); modulo 2^32 */
    int32_t word;               /* class that is detected; -1: none */
    uint32_t score_q8;          /* of the detected word: 65280 = 255/256 */
    int8_t scores[KWS_CLASSES]; /* -128 .. 127 */
} kws_web_decision;

/* Once before everything else; 0: the model cannot run. */
uint32_t kws_web_start(void);

/* Where the page writes: int16 [kws_web_most_samples()]. */
int16_t *kws_web_samples(void);
uint32_t kws_web_most_samples(void);

/* Takes the first `count` of them; returns how many decisions that gave. A negative number: the
 * model cannot run. */
int32_t kws_web_hear(uint32_t count);

/* Of the last call: how many frames, their features uint16 [frames, KWS_CHANNELS], and the
 * decisions, each kws_web_decision_bytes() long. */
uint32_t kws_web_frame_count(void);
const uint16_t *kws_web_frames(void);
const kws_web_decision *kws_web_decisions(void);
uint32_t kws_web_decision_bytes(void);

/* The least average score of a class, in 1/65536, as the page's slider has it. */
void kws_web_set_threshold(uint32_t word, uint32_t threshold);

/* Forgets all sound. */
void kws_web_restart(void);

#endif
