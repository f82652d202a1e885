/* Keyword spotting: samples in, a word out. The one header that an application includes.
 *
 *     kws_start();
 *     while (!kws_listen(samples, count)) { ... the next samples ... }
 *     kws_decision decision;
 *     kws_decide(&decision);    decision.word is kws_labels[decision.index]
 */
#ifndef KWS_H
#define KWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feature_constants.h"
#include "labels.h"
#include "model_info.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kws_decision {
    size_t index;         /* 0 .. KWS_CLASSES - 1 */
    const char *word;     /* kws_labels[index] */
    const int8_t *scores; /* int8 [KWS_CLASSES], valid until the next kws_listen() */
} kws_decision;

/* Once before everything else. When it fails, the functions below must not be called. */
KWS_MUST_CHECK kws_status kws_start(void);

/* Takes the next samples of a clip; true when it has all KWS_CLIP_SAMPLES of them. Samples
 * beyond are ignored until kws_decide().
 *
 * samples: int16 [count], KWS_SAMPLE_RATE_HZ, mono; any count. */
bool kws_listen(const int16_t *samples, size_t count);

/* Runs the model on the clip that kws_listen() has heard; the next sample starts a new one.
 * KWS_ERR_BAD_STATE when the clip is not complete. */
KWS_MUST_CHECK kws_status kws_decide(kws_decision *decision);

#ifdef __cplusplus
}
#endif

#endif
