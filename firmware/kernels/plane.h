/* SPDX-License-Identifier: Apache-2.0 */
/* The inner part of DEPTHWISE_CONV_2D: a kernel slides over the plane of one channel.
 *
 * The set's layout.h has, inlined:
 *   KWS_PLANE_SCALE
 *       what the inputs are multiplied by in the plane
 *   void kws_plane_copy_row(const int8_t *value, int32_t stride, int16_t *place, int count)
 *       copies `count` values that lie `stride` apart, times KWS_PLANE_SCALE */
#ifndef KWS_PLANE_H
#define KWS_PLANE_H

#include "kernels/instruction_set.h"
#include "kernels/kernels.h"

/* One output channel, any kernel and any rounding. plane: int16 [plane_height, plane_width],
 * inputs times KWS_PLANE_SCALE; out: the channel's first output. */
void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out);

/* The same: what a set's own kws_plane_slide() may leave the rest to. */
void kws_plane_slide_any(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out);

/* The same for kernels of 3x3 without dilation, rounding other than KWS_ROUND_GENERAL. */
void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out);

#endif
