/* SPDX-License-Identifier: Apache-2.0 */
/* Listens to given samples as a product does; reports the instructions of each of the last hops and
 * a checksum of all scores. For bench/listener.py. */
#include "bench_samples.h" /* names of the counted hops; int16 kws_bench_samples[] */
#include "listener/listen.h"
#include "measure.h"

int kws_measure_main(void)
{
    const unsigned count = sizeof kws_bench_samples / sizeof kws_bench_samples[0];
    const unsigned hops = 1 + (count - KWS_WINDOW_SAMPLES) / KWS_HOP_SAMPLES;
    unsigned heard = 0;
    uint32_t checksum = 0;
    if (kws_start() != KWS_OK) {
        return 1;
    }
    for (unsigned hop = 0; hop < hops; hop++) {
        const unsigned end = KWS_WINDOW_SAMPLES + hop * KWS_HOP_SAMPLES;
        kws_hearing hearing = {0};
        kws_measure_start();
        while (heard < end) {
            heard += kws_listen_to_frame(kws_bench_samples + heard, end - heard, &hearing);
        }
        if (hops - hop <= KWS_BENCH_HOPS) {
            kws_measure_stop(kws_bench_names[KWS_BENCH_HOPS - (hops - hop)]);
        }
        for (unsigned i = 0; hearing.scores != NULL && i < KWS_CLASSES; i++) {
            checksum = checksum * 31u + (uint8_t)hearing.scores[i];
        }
    }
    kws_measure_value("checksum", checksum);
    return 0;
}
