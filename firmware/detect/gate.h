/* SPDX-License-Identifier: Apache-2.0 */
/* The energy gate: while it is quiet, the model is not run.
 *
 * A frame is quiet when the mean square of its new samples is below the level. After more quiet
 * frames in a row than the model sees at once the gate closes: rows wait in a ring instead of going
 * to the model, whose time stands still. The first frame that is not quiet opens it, and the rows
 * that wait go first, so that the soft beginning of a word is not lost.
 *
 * Integers only. All memory is the caller's. */
#ifndef KWS_GATE_H
#define KWS_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kws_gate_config {
    uint32_t mean_square; /* of samples, 0 .. 2^30: quieter is quiet; 0: nothing is */
    uint32_t patience;    /* quiet frames in a row that still go to the model */
    uint32_t lead_in;     /* rows that wait, at most; at least 1 */
    size_t row_bytes;
} kws_gate_config;

/* What a gate remembers. kws_gate_restart() sets it all but for the pointer. */
typedef struct kws_gate_state {
    int8_t *rows;     /* [lead_in, row_bytes], a ring */
    uint64_t energy;  /* sum of squares of the samples since the last frame */
    uint32_t samples; /* since the last frame */
    uint32_t quiet;   /* quiet frames in a row, patience + 1 at most */
    uint32_t next;    /* where the next row that waits goes */
    uint32_t waiting; /* rows that wait */
} kws_gate_state;

/* Forgets what it has heard: open, no row waits. state->rows points to the caller's memory. */
void kws_gate_restart(kws_gate_state *state);

/* Hears the next samples, int16 [count]: those up to the end of a frame, then its row. */
void kws_gate_hear(kws_gate_state *state, const int16_t *samples, size_t count);

/* Takes the row of the frame that the samples heard complete, int8 [row_bytes]. True: now all rows
 * that wait, and then this one, go to the model; false: it waits. */
bool kws_gate_open(const kws_gate_config *config, kws_gate_state *state, const int8_t *row);

/* The oldest row that waits, int8 [row_bytes], which waits no longer; NULL: none does. Valid until
 * the next call of kws_gate_open(). */
const int8_t *kws_gate_next_row(const kws_gate_config *config, kws_gate_state *state);

#ifdef __cplusplus
}
#endif

#endif
