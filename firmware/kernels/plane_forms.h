/* SPDX-License-Identifier: Apache-2.0 */
/* The last part of a plane_*.c whose slide_3x3() takes the constants `positive` (KWS_ROUND_POSITIVE)
 * and `apart` (a stride of 2): a copy of it for each case, and the choice. */
#ifndef KWS_PLANE_FORMS_H
#define KWS_PLANE_FORMS_H

void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out)
{
    if (op->requantization.rounding != KWS_ROUND_POSITIVE) {
        slide_3x3(op, channel, plane, out, false, false);
    } else if (op->stride_width == 2) {
        slide_3x3(op, channel, plane, out, true, true);
    } else {
        slide_3x3(op, channel, plane, out, true, false);
    }
}

#endif
