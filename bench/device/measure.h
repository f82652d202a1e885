/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the instructions of marked regions of a C program that runs in QEMU.
 *
 * A program for measure.py defines kws_measure_main() instead of main(). */
#ifndef KWS_MEASURE_H
#define KWS_MEASURE_H

#include <stdint.h>

/* What the program does; called once. Returns 0, or the exit status of a failure. */
int kws_measure_main(void);

/* Starts a region. Regions do not nest. */
void kws_measure_start(void);

/* Ends the region and reports its instructions under `name` (an empty region counts 0). */
void kws_measure_stop(const char *name);

/* Reports a number under `name`: a checksum, a size. */
void kws_measure_value(const char *name, uint32_t value);

/* Writes a zero-terminated text to the console of what runs the program. */
void kws_measure_print(const char *text);

#endif
