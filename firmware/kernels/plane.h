/* The inner part of DEPTHWISE_CONV_2D: a kernel slides over the plane of one channel. */
#ifndef KWS_PLANE_H
#define KWS_PLANE_H

#include "kernels/kernels.h"

#if defined(KWS_KERNELS_PORTABLE)
#define KWS_PLANE_PORTABLE /* for tests */
#elif defined(__ARM_FEATURE_MVE)
#define KWS_PLANE_HELIUM
#elif defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SIMD32)
#define KWS_PLANE_DSP
#elif defined(__SSE2__) && defined(__x86_64__)
#define KWS_PLANE_SSE2
#else
#define KWS_PLANE_PORTABLE
#endif

/* What the inputs are multiplied by in the plane: 4 where kws_round_signed() takes the sums. */
#if defined(KWS_PLANE_HELIUM)
#define KWS_PLANE_SCALE 1
#else
#define KWS_PLANE_SCALE 4
#endif

/* One output channel, any kernel and any rounding. plane: int16 [plane_height, plane_width],
 * inputs times KWS_PLANE_SCALE; out: the channel's first output. */
void kws_plane_slide(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                     int8_t *out);

/* The same for kernels of 3x3 without dilation, rounding other than KWS_ROUND_GENERAL. */
void kws_plane_slide_3x3(const kws_depthwise_conv_2d *op, unsigned channel, const int16_t *plane,
                         int8_t *out);

#endif
