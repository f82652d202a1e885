/* SPDX-License-Identifier: Apache-2.0 */
/* The static model as a host program, for tests, `kws verify` and instruction counts.
 *
 * Reads inputs (int8, the model's size each) from standard input until it ends; writes after
 * each one the outputs of the model, or with the argument "trace" the output of every operator,
 * one after the other. With a number as argument so many inputs are a sequence: the model is reset
 * before each (without, all are one). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "static_model.h"

static bool trace;

void kws_op_hook(int index, const int8_t *output, unsigned bytes)
{
    if (trace) {
        const uint32_t head[2] = {(uint32_t)index, bytes};
        fwrite(head, sizeof head[0], 2, stdout);
        fwrite(output, 1, bytes, stdout);
    }
}

static void write_outputs(void)
{
#if KWS_STATIC_OUTPUTS > 1
    for (unsigned i = 0; i < KWS_STATIC_OUTPUTS; i++) {
        unsigned bytes;
        const int8_t *output = kws_static_output_of(i, &bytes);
        fwrite(output, 1, bytes, stdout);
    }
#else
    fwrite(kws_static_output(), 1, KWS_STATIC_OUTPUT_BYTES, stdout);
#endif
}

int main(int argc, char **argv)
{
    unsigned long steps = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "trace") == 0) {
            trace = true;
        } else {
            steps = strtoul(argv[i], NULL, 10);
        }
    }
    kws_static_reset();
    for (unsigned long step = 0;; step++) {
        if (fread(kws_static_input(), 1, KWS_STATIC_INPUT_BYTES, stdin) != KWS_STATIC_INPUT_BYTES) {
            break;
        }
        if (steps > 0 && step % steps == 0) {
            kws_static_reset();
        }
        kws_static_invoke();
        if (!trace) {
            write_outputs();
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
