/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/feature_quantize.h"

void kws_feature_quantize(const uint16_t *features, size_t count, kws_feature_quantization q,
                          int8_t *out)
{
    const uint64_t one_half = (uint64_t)1 << (q.shift - 1);
    const int64_t room = INT8_MAX - q.zero_point;
    for (size_t i = 0; i < count; i++) {
        const uint64_t steps = ((uint64_t)features[i] * q.multiplier + one_half) >> q.shift;
        out[i] = (int8_t)(steps < (uint64_t)room ? (int32_t)steps + q.zero_point : INT8_MAX);
    }
}
