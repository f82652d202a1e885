/* SPDX-License-Identifier: Apache-2.0 */
/* The steps form: the model remembers by itself. It takes KWS_STEP_FRAMES new rows at a time, which
 * go straight into its input, and runs when the last of them is there. */
#include <string.h>

#include "feature_constants.h"
#include "model_info.h"
#include "runtime/cadence.h"
#include "runtime/model.h"
#include "runtime/whole_window.h"

#if KWS_STEPS > 1

#ifdef KWS_OP_HOOK
void KWS_OP_HOOK(int index, const int8_t *output, unsigned bytes);
#endif

static uint32_t rows;          /* of the step in progress */
static bool forgotten;         /* the model begins anew with the next step */
static kws_status step_status; /* of the last step */

void kws_model_restart(void)
{
    rows = 0;
    forgotten = true;
    kws_cadence_restart();
}

static kws_status run_step(void)
{
    const kws_status status = forgotten ? kws_model_reset() : KWS_OK;
    forgotten = false;
#ifdef KWS_OP_HOOK
    KWS_OP_HOOK(-1, kws_model_input(), 0); /* operators begin */
#endif
    return status == KWS_OK ? kws_model_invoke() : status;
}

bool kws_model_take_row(const int8_t *row)
{
    memcpy(kws_model_input() + rows * KWS_CHANNELS, row, KWS_CHANNELS);
    rows++;
    if (rows == KWS_STEP_FRAMES) {
        rows = 0;
        step_status = run_step();
    }
    return kws_cadence_row();
}

kws_status kws_model_scores(const int8_t **scores)
{
    if (!kws_cadence_take()) {
        return KWS_ERR_BAD_STATE;
    }
    if (step_status == KWS_OK) {
        *scores = kws_model_class_scores();
    }
    return step_status;
}

const int8_t *kws_model_window(void)
{
    return NULL;
}

#endif
