/* The inner part of DEPTHWISE_CONV_2D: a kernel slides over the plane of one channel. */
#ifndef KWS_PLANE_H
#define KWS_PLANE_H

#include "kernels/kernels.h"

/* One output channel. plane: int16 [plane_height, plane_width], inputs times 4; out: its first
 * output, the next ones are out_channels further each. */
void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out);

/* The same for kernels of 3x3 without dilation. */
void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out);

static inline int kws_min(int a, int b)
{
    return a < b ? a : b;
}

#endif
