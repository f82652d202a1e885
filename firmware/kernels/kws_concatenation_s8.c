/* SPDX-License-Identifier: Apache-2.0 */
/* CONCATENATION, PACK: runs of each operand, one after the other.
 *
 * A run is moved as a whole, so the output may overlap the operand that it comes from; where the
 * planner has put the operand in its place already, nothing is moved. */
#include "kernels/kernels.h"

void kws_concatenation_s8(const kws_concatenation *op, const int8_t *const *in, int8_t *out)
{
    for (size_t outer = 0; outer < op->outer; outer++) {
        for (unsigned i = 0; i < op->operands; i++) {
            kws_copy_s8(in[i] + outer * op->runs[i], out, op->runs[i]);
            out += op->runs[i];
        }
    }
}
