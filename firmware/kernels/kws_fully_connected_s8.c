/* FULLY_CONNECTED: each output is one dot product; four of them share the loads of the input. */
#include "kernels/kernels.h"
#include "kernels/requantize.h"

#define TOGETHER 4

/* Adds the products of `count` inputs with TOGETHER rows of weights to the sums. */
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

static void multiply(const int8_t *in, const int8_t *const *rows, unsigned count, int32_t *sums)
{
    for (unsigned i = 0; i < count; i += 16) {
        const mve_pred16_t inside = vctp8q(count - i);
        const int8x16_t values = vldrbq_z_s8(in + i, inside);
        for (unsigned row = 0; row < TOGETHER; row++) {
            sums[row] = vmladavaq_s8(sums[row], values, vldrbq_z_s8(rows[row] + i, inside));
        }
    }
}
#else
static void multiply(const int8_t *in, const int8_t *const *rows, unsigned count, int32_t *sums)
{
    const int8_t *w0 = rows[0], *w1 = rows[1], *w2 = rows[2], *w3 = rows[3];
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (unsigned i = 0; i < count; i++) {
        const int32_t value = in[i];
        s0 += value * w0[i];
        s1 += value * w1[i];
        s2 += value * w2[i];
        s3 += value * w3[i];
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}
#endif

/* All outputs of one vector. */
static void connect(const kws_fully_connected *op, const int8_t *in, int8_t *out)
{
    for (unsigned first = 0; first < op->outputs; first += TOGETHER) {
        const unsigned last = (unsigned)op->outputs - 1;
        const int8_t *rows[TOGETHER];
        int32_t sums[TOGETHER];
        for (unsigned i = 0; i < TOGETHER; i++) {
            /* Rows beyond the last repeat it. */
            const unsigned output = first + i < last ? first + i : last;
            rows[i] = op->weights + (size_t)output * op->inputs;
            sums[i] = op->requantization.bias[output];
        }
        multiply(in, rows, op->inputs, sums);
        for (unsigned i = 0; i < TOGETHER && first + i <= last; i++) {
            out[first + i] = kws_requantize(&op->requantization, first + i, sums[i]);
        }
    }
}

void kws_fully_connected_s8(const kws_fully_connected *op, const int8_t *in, int8_t *out)
{
    int8_t *first = out;
    for (unsigned row = 0; row < op->rows; row++) {
        connect(op, in, out);
        in += op->inputs;
        out += op->outputs;
    }
    kws_limit(&op->requantization, first, (size_t)op->rows * op->outputs);
}
