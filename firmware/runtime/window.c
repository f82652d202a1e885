/* SPDX-License-Identifier: Apache-2.0 */
/* The model in a stream, by recomputation: a ring of the last rows, copied into the model's input
 * for each decision. For models that cannot be computed row by row, and for every interpreter. */
#include <string.h>

#include "model_info.h"
#include "runtime/model.h"

#define ROW_BYTES (KWS_INPUT_BYTES / KWS_FRAMES)

static struct {
    int8_t rows[KWS_INPUT_BYTES]; /* [KWS_FRAMES, ROW_BYTES] */
    uint32_t next;                /* where the next row goes: the oldest one, once all are there */
    uint32_t missing;             /* rows until the next decision */
    bool full;
} window = {.missing = KWS_FRAMES};

void kws_model_restart(void)
{
    window.next = 0;
    window.missing = KWS_FRAMES;
    window.full = false;
}

bool kws_model_take_row(const int8_t *row)
{
    memcpy(window.rows + window.next * ROW_BYTES, row, ROW_BYTES);
    window.next = window.next + 1 < KWS_FRAMES ? window.next + 1 : 0;
    window.missing--;
    if (window.missing > 0) {
        return false;
    }
    window.missing = KWS_DECISION_FRAMES;
    window.full = true;
    return true;
}

kws_status kws_model_scores(const int8_t **scores)
{
    if (!window.full) {
        return KWS_ERR_BAD_STATE;
    }
    const size_t newer_bytes = window.next * ROW_BYTES;
    const size_t older_bytes = KWS_INPUT_BYTES - newer_bytes;
    int8_t *input = kws_model_input();
    memcpy(input, window.rows + newer_bytes, older_bytes);
    memcpy(input + older_bytes, window.rows, newer_bytes);
    const kws_status status = kws_model_invoke();
    if (status == KWS_OK) {
        *scores = kws_model_output();
    }
    return status;
}
