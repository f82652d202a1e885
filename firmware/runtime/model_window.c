/* SPDX-License-Identifier: Apache-2.0 */
/* The window form: the last KWS_FRAMES rows are kept, and the whole model runs for each decision. */
#include <string.h>

#include "feature_constants.h"
#include "model_info.h"
#include "runtime/cadence.h"
#include "runtime/model.h"
#include "runtime/whole_window.h"

#if KWS_STEPS == 1

#ifdef KWS_OP_HOOK
void KWS_OP_HOOK(int index, const int8_t *output, unsigned bytes);
#endif

static int8_t window[KWS_INPUT_BYTES]; /* [KWS_FRAMES, KWS_CHANNELS] */
static size_t next;                    /* byte where the next row goes: the oldest */

void kws_model_restart(void)
{
    next = 0;
    kws_cadence_restart();
}

bool kws_model_take_row(const int8_t *row)
{
    memcpy(window + next, row, KWS_CHANNELS);
    next = next + KWS_CHANNELS < KWS_INPUT_BYTES ? next + KWS_CHANNELS : 0;
    return kws_cadence_row();
}

kws_status kws_model_scores(const int8_t **scores)
{
    if (!kws_cadence_take()) {
        return KWS_ERR_BAD_STATE;
    }
    const size_t older = KWS_INPUT_BYTES - next;
    memcpy(kws_model_input(), window + next, older);
    memcpy(kws_model_input() + older, window, next);
#ifdef KWS_OP_HOOK
    KWS_OP_HOOK(-1, window, 0); /* operators begin */
#endif
    kws_status status = kws_model_reset();
    if (status == KWS_OK) {
        status = kws_model_invoke();
    }
    if (status == KWS_OK) {
        *scores = kws_model_class_scores();
    }
    return status;
}

const int8_t *kws_model_window(void)
{
    return window;
}

#endif
