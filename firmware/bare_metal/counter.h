/* SPDX-License-Identifier: Apache-2.0 */
/* Counts instructions in QEMU and cycles on silicon, and knows which of the two it counts. */
#ifndef KWS_BARE_METAL_COUNTER_H
#define KWS_BARE_METAL_COUNTER_H

#include <stdint.h>

/* Once, after kws_board_init(): finds out what the board's ticks mean. */
void kws_counter_init(void);

/* "instructions" or "cycles". */
const char *kws_counter_unit(void);

/* Count since the last call, exact. */
uint32_t kws_counter_take(void);

/* Sum of all counts so far. Only differences over computation mean something: a wait of more
 * than 2^32 ticks is counted short. */
uint64_t kws_counter_time(void);

#endif
