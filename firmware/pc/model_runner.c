/* SPDX-License-Identifier: Apache-2.0 */
/* The static model as a host program, for tests, `kws verify` and instruction counts.
 *
 * Reads inputs (int8, the model's size each) from standard input until it ends; writes after
 * each one the output of the model, or with the argument "trace" the output of every operator,
 * one after the other. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "static_model.h"

static bool trace;

void kws_op_hook(int index, const int8_t *output, unsigned bytes)
{
    (void)index;
    if (trace) {
        fwrite(output, 1, bytes, stdout);
    }
}

int main(int argc, char **argv)
{
    trace = argc > 1 && strcmp(argv[1], "trace") == 0;
    while (fread(kws_static_input(), 1, KWS_STATIC_INPUT_BYTES, stdin) == KWS_STATIC_INPUT_BYTES) {
        kws_static_invoke();
        if (!trace) {
            fwrite(kws_static_output(), 1, KWS_STATIC_OUTPUT_BYTES, stdout);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
