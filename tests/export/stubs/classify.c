/* SPDX-License-Identifier: Apache-2.0 */
/* Reads clips of int16 samples from standard input and prints one line of scores a clip. */
#include <stdio.h>

#include "kws.h"

int main(void)
{
    int16_t samples[77];
    size_t count;

    if (kws_start() != KWS_OK) {
        return 1;
    }
    for (;;) {
        kws_decision decision;
        bool complete = false;
        for (size_t left = KWS_CLIP_SAMPLES; left > 0; left -= count) {
            size_t wanted = left < 77 ? left : 77;
            count = fread(samples, sizeof samples[0], wanted, stdin);
            if (count != wanted) {
                return 0;
            }
            if (complete || kws_decide(&decision) != KWS_ERR_BAD_STATE) {
                return 1;
            }
            complete = kws_take_samples(samples, count);
        }
        if (!complete || kws_decide(&decision) != KWS_OK) {
            return 1;
        }
        for (int i = 0; i < KWS_CLASSES; i++) {
            printf("%d ", decision.scores[i]);
        }
        printf("%s\n", decision.word);
    }
}
