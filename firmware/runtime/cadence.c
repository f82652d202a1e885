/* SPDX-License-Identifier: Apache-2.0 */
/* See cadence.h. */
#include "runtime/cadence.h"

#include <stdint.h>

#include "model_info.h"

static uint32_t rows_missing = KWS_STEP_FRAMES; /* until the next decision */
static bool due;

void kws_cadence_restart(void)
{
    rows_missing = KWS_STEP_FRAMES;
    due = false;
}

bool kws_cadence_row(void)
{
    rows_missing--;
    due = rows_missing == 0;
    if (due) {
        rows_missing = KWS_DECISION_FRAMES;
    }
    return due;
}

bool kws_cadence_take(void)
{
    const bool taken = due;
    due = false;
    return taken;
}
