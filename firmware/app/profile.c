/* SPDX-License-Identifier: Apache-2.0 */
/* See profile.h. */
#include "app/profile.h"

#include <string.h>

static struct {
    const kws_hal *hal;
    uint64_t last;
    size_t count;
    uint32_t times[KWS_PROFILE_OPERATORS];
} profile;

void kws_profile_start(const kws_hal *hal)
{
    profile.hal = hal;
    profile.count = 0;
    memset(profile.times, 0, sizeof profile.times);
    profile.last = hal->time();
}

void kws_profile_operator(int index, const int8_t *output, unsigned bytes)
{
    (void)output;
    (void)bytes;
    const uint64_t now = profile.hal->time();
    if (index >= 0 && index < KWS_PROFILE_OPERATORS) {
        profile.times[index] += (uint32_t)(now - profile.last);
        if (profile.count <= (size_t)index) {
            profile.count = (size_t)index + 1u;
        }
    }
    profile.last = profile.hal->time(); /* what happened here belongs to no operator */
}

const uint32_t *kws_profile_times(size_t *count)
{
    *count = profile.count;
    return profile.times;
}
