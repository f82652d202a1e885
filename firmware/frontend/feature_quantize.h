/* SPDX-License-Identifier: Apache-2.0 */
/* After the stages: features to the model's int8 input. */
#ifndef KWS_FEATURE_QUANTIZE_H
#define KWS_FEATURE_QUANTIZE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Real number multiplier * 2^-shift = scale of a feature step / scale of the model's input. */
typedef struct kws_feature_quantization {
    uint32_t multiplier; /* 2^30 .. 2^31 - 1 */
    uint32_t shift;      /* 1 .. 63 */
    int32_t zero_point;  /* -128 .. 127 */
} kws_feature_quantization;

/* out = round half up(feature * multiplier * 2^-shift) + zero_point, within int8.
 *
 * features: uint16 [count]
 * out:      int8 [count] */
void kws_feature_quantize(const uint16_t *features, size_t count, kws_feature_quantization q,
                          int8_t *out);

#ifdef __cplusplus
}
#endif

#endif
