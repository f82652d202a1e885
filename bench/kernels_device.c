/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the static model on given inputs; reports a checksum of all outputs and the
 * instructions of the last inference. For bench/kernels.py. */
#include <string.h>

#include "kernels_inputs.h" /* kws_bench_inputs: int8 [KWS_BENCH_INPUTS, KWS_STATIC_INPUT_BYTES] */
#include "measure.h"
#include "static_model.h"

int kws_measure_main(void)
{
    uint32_t checksum = 0;
    for (unsigned i = 0; i < KWS_BENCH_INPUTS; i++) {
        kws_static_reset();
        memcpy(kws_static_input(), kws_bench_inputs[i], KWS_STATIC_INPUT_BYTES);
        kws_measure_start();
        kws_static_invoke();
        if (i + 1 == KWS_BENCH_INPUTS) {
            kws_measure_stop("instructions");
        }
        for (unsigned j = 0; j < KWS_STATIC_OUTPUT_BYTES; j++) {
            checksum = checksum * 31u + (uint8_t)kws_static_output()[j];
        }
    }
    kws_measure_value("checksum", checksum);
    return 0;
}
