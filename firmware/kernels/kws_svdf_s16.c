/* SPDX-License-Identifier: Apache-2.0 */
/* SVDF with a state of int16. */
#include "kernels/svdf.h"

void kws_svdf_s16(const kws_svdf *op, const int8_t *in, void *state, int8_t *out)
{
    kws_svdf_run(op, in, state, out, true);
}
