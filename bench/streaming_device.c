/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the streaming static model on given rows; reports a checksum of all scores, and the
 * instructions of each row of the last period and of its decision. For bench/streaming.py. */
#include "measure.h"
#include "static_stream.h"
#include "streaming_rows.h" /* kws_bench_rows: int8 [KWS_BENCH_ROWS, KWS_STREAM_ROW_BYTES]; names */

int kws_measure_main(void)
{
    uint32_t checksum = 0;
    kws_stream_restart();
    for (unsigned i = 0; i < KWS_BENCH_ROWS; i++) {
        const unsigned left = KWS_BENCH_ROWS - 1 - i;
        kws_measure_start();
        kws_stream_take_row(kws_bench_rows[i]);
        if (left < KWS_STREAM_STRIDE) {
            kws_measure_stop(kws_bench_names[KWS_STREAM_STRIDE - 1 - left]);
        }
        if (i + 1 >= KWS_STREAM_FRAMES && (i + 1 - KWS_STREAM_FRAMES) % KWS_STREAM_STRIDE == 0) {
            kws_measure_start();
            const int8_t *scores = kws_stream_scores();
            if (left == 0) {
                kws_measure_stop("decision");
            }
            for (unsigned j = 0; j < KWS_STREAM_OUTPUT_BYTES; j++) {
                checksum = checksum * 31u + (uint8_t)scores[j];
            }
        }
    }
    kws_measure_value("checksum", checksum);
    return 0;
}
