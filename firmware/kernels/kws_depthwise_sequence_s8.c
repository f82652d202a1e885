/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D along an image that is one pixel wide, without padding: a function of its own, so
 * that only firmware with such a layer holds what some sets have for it. */
#include "kernels/depthwise.h"
#include "kernels/dsp/column.h"
#include "kernels/kernels.h"
#include "kernels/requantize.h"

void kws_depthwise_sequence_s8(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                               void *scratch)
{
#if defined(KWS_SET_DSP)
    const unsigned done = kws_depthwise_column(op, in, out);
#else
    const unsigned done = 0;
#endif
    if (done == 0) {
        kws_depthwise_conv_2d_s8(op, in, out, scratch);
        return;
    }
    if (done < op->in_channels) {
        kws_depthwise_planes(op, done, in, out, scratch);
    }
    kws_limit(&op->requantization, out, (size_t)op->out_height * op->out_width * op->out_channels);
}
