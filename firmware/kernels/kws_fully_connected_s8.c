/* FULLY_CONNECTED: each output is one dot product. */
#include "kernels/kernels.h"
#include "kernels/requantize.h"

void kws_fully_connected_s8(const kws_fully_connected *op, const int8_t *in, int8_t *out)
{
    int8_t *first = out;
    for (unsigned row = 0; row < op->rows; row++) {
        const int8_t *weights = op->weights;
        for (unsigned output = 0; output < op->outputs; output++) {
            int32_t sum = op->requantization.bias[output];
            for (unsigned i = 0; i < op->inputs; i++) {
                sum += in[i] * weights[i];
            }
            *out++ = kws_requantize(&op->requantization, output, sum);
            weights += op->inputs;
        }
        in += op->inputs;
    }
    kws_limit(&op->requantization, first, (size_t)op->rows * op->outputs);
}
