/* SPDX-License-Identifier: Apache-2.0 */
/* The streaming static model as a host program, for tests.
 *
 * Reads rows (int8 [KWS_STREAM_ROW_BYTES]) from standard input until it ends; writes the scores of
 * every window that begins at a multiple of KWS_STREAM_STRIDE. With an argument it begins anew
 * after that many rows. */
#include <stdio.h>
#include <stdlib.h>

#include "static_stream.h"

void kws_op_hook(int index, const int8_t *output, unsigned bytes)
{
    (void)index;
    (void)output;
    (void)bytes;
}

int main(int argc, char **argv)
{
    long restart = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    int8_t row[KWS_STREAM_ROW_BYTES];
    long rows = 0;
    kws_stream_restart();
    while (fread(row, 1, sizeof row, stdin) == sizeof row) {
        if (restart > 0 && rows == restart) {
            kws_stream_restart();
            rows = 0;
            restart = 0;
        }
        kws_stream_take_row(row);
        rows++;
        if (rows >= KWS_STREAM_FRAMES && (rows - KWS_STREAM_FRAMES) % KWS_STREAM_STRIDE == 0) {
            fwrite(kws_stream_scores(), 1, KWS_STREAM_OUTPUT_BYTES, stdout);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
