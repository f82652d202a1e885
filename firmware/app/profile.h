/* SPDX-License-Identifier: Apache-2.0 */
/* Time per operator of the model, in firmware that was built with KWS_PROFILE=ON.
 *
 * The model calls kws_profile_operator() after each operator (KWS_OP_HOOK). Without the option
 * nothing of this is in the firmware: no code, no RAM. */
#ifndef KWS_PROFILE_H
#define KWS_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

#ifdef KWS_OP_HOOK

/* Operators after this one are not recorded. */
#define KWS_PROFILE_OPERATORS 64

/* Before a clip: forgets the last one. hal->time() is used until the next call. */
void kws_profile_start(const kws_hal *hal);

/* After operator `index`, or with -1 before the first of those that run together; output[bytes] is
 * not looked at. */
void kws_profile_operator(int index, const int8_t *output, unsigned bytes);

/* Times of the operators in hal->time_unit, [*count]: all that each took for the last clip. */
const uint32_t *kws_profile_times(size_t *count);

#else

static inline const uint32_t *kws_profile_times(size_t *count)
{
    *count = 0;
    return NULL;
}

#endif

#endif
