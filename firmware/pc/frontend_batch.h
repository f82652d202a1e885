/* SPDX-License-Identifier: Apache-2.0 */
/* Host only: whole recordings and batches of clips in one call, and the stream's state.
 *
 * Built into the shared library that kws.features loads (KWS_PART=frontend). */
#ifndef KWS_BATCH_H
#define KWS_BATCH_H

#include <stddef.h>
#include <stdint.h>

/* Size of the state that distinguishes one stream from another, in bytes. */
size_t kws_frontend_state_bytes(void);

/* Continues the stream in `state`, kws_frontend_state_bytes() bytes, all 0 for a new one.
 *
 * samples:  int16 [count]
 * features: uint16 [frames, KWS_CHANNELS], out, room for count / KWS_HOP_SAMPLES + 1 frames
 *
 * Returns the number of frames written. */
size_t kws_frontend_continue(void *state, const int16_t *samples, size_t count, uint16_t *features);

/* Features of separate clips, each a stream of its own.
 *
 * clips:    int16 [clip_count, clip_samples]
 * features: uint16 [clip_count, frames, KWS_CHANNELS], out */
void kws_frontend_clips(const int16_t *clips, size_t clip_count, size_t clip_samples,
                        uint16_t *features);

#endif
