/* SPDX-License-Identifier: Apache-2.0 */
/* The audio front end: int16 samples in, one row of uint16 mel features per hop out.
 *
 * The stages are a file pair each; frontend.c calls them in order. Then feature_quantize makes
 * the model's int8 input. Every table and size comes from the generated feature_constants.h. No
 * heap, no floating point. */
#ifndef KWS_FRONTEND_H
#define KWS_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Forgets all samples and the noise estimate: the next sample starts a new stream. */
void kws_frontend_reset(void);

/* Takes samples until a frame is complete or all are taken; returns how many were taken.
 * Sets *frame_ready when features[KWS_CHANNELS] was written. Call again with the rest. */
size_t kws_frontend_process(const int16_t *samples, size_t count, uint16_t *features,
                            bool *frame_ready);

/* The memory of the stream, *bytes of it, for programs with more than one stream: they copy it out
 * and in between calls. All 0 is the start of a stream. */
void *kws_frontend_state(size_t *bytes);

#ifdef __cplusplus
}
#endif

#endif
