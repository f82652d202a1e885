/* SPDX-License-Identifier: Apache-2.0 */
/* How a row of a plane is filled in plain C. */
#ifndef KWS_PORTABLE_PLANE_ROW_H
#define KWS_PORTABLE_PLANE_ROW_H

#include <stdint.h>

#if !defined(KWS_PLANE_SCALE)
#define KWS_PLANE_SCALE 4 /* kws_round_signed() takes the sums */
#endif

static inline void kws_plane_copy_row(const int8_t *value, int32_t stride, int16_t *place,
                                      int count)
{
    for (; count >= 4; count -= 4) {
        place[0] = (int16_t)(KWS_PLANE_SCALE * value[0]);
        place[1] = (int16_t)(KWS_PLANE_SCALE * value[stride]);
        value += 2 * stride;
        place[2] = (int16_t)(KWS_PLANE_SCALE * value[0]);
        place[3] = (int16_t)(KWS_PLANE_SCALE * value[stride]);
        value += 2 * stride;
        place += 4;
    }
    for (; count > 0; count--) {
        *place++ = (int16_t)(KWS_PLANE_SCALE * *value);
        value += stride;
    }
}

#endif
