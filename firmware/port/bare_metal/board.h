/* What a board without an operating system supplies to bare_metal/, which makes the
 * hardware struct (hal.h) and main() of it. Each board folder defines these functions. */
#ifndef KWS_BARE_METAL_BOARD_H
#define KWS_BARE_METAL_BOARD_H

#include <stdint.h>

/* Once, with .data and .bss ready and interrupts off: clock, serial line (KWS_BAUD, 8N1, a
 * receive interrupt that calls kws_receive_put), counter. */
void kws_board_init(void);

/* Hands one byte to the serial line; waits while its transmitter is full. */
void kws_board_send(uint8_t byte);

/* Instructions (QEMU with -icount) or cycles (silicon) since the last call; starts the count
 * afresh. Counts of up to 2^31 are exact. */
uint32_t kws_board_take_count(void);

/* "cycles", or "instructions" where kws_counter_check() confirms it. */
const char *kws_board_count_unit(void);

#endif
