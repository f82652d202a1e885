/* SPDX-License-Identifier: Apache-2.0 */
/* Keyword spotting: samples in, words out.
 *
 *     if (kws_start() != KWS_OK) { once; the model cannot run }
 *     for (;;) {
 *         read the next int16 samples[count] of the microphone, any count
 *         for (size_t heard = 0; heard < count;) {
 *             kws_event event;
 *             heard += kws_listen(samples + heard, count - heard, &event);
 *             if (event.word != NULL) { event.word was said }
 *         }
 *     }
 *
 * kws_frontend_process() and kws_hear_frame() are its two halves, for a front end that feeds
 * several models. No heap, no floating point; not for use from several threads at once, nor while
 * a clip is classified (classifier/classifier.h): both have one model. */
#ifndef KWS_LISTEN_H
#define KWS_LISTEN_H

#include <stddef.h>
#include <stdint.h>

#include "classifier/classifier.h"
#include "frontend/frontend.h"
#include "listener/hear.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Forgets all that was heard, the front end's noise estimate too: the next sample is the first of a
 * stream. Needed after a pause of the microphone, or after a clip; not after kws_start(). */
void kws_listen_restart(void);

/* Takes samples up to the next word that is detected, or all; returns how many were taken.
 * event->word is NULL when no word was. Call again with the rest.
 *
 * samples: int16 [count], KWS_SAMPLE_RATE_HZ, mono; any count */
size_t kws_listen(const int16_t *samples, size_t count, kws_event *event);

/* As kws_listen(), but no further than to the end of the next frame: shows each decision. */
size_t kws_listen_to_frame(const int16_t *samples, size_t count, kws_hearing *hearing);

#ifdef __cplusplus
}
#endif

#endif
