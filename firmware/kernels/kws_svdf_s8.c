/* SPDX-License-Identifier: Apache-2.0 */
/* SVDF with a state of int8. */
#include "kernels/svdf.h"

void kws_svdf_s8(const kws_svdf *op, const int8_t *in, void *state, int8_t *out)
{
    kws_svdf_run(op, in, state, out, false);
}
