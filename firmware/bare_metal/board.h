/* SPDX-License-Identifier: Apache-2.0 */
/* What a board without an operating system supplies to bare_metal/, which makes the hardware
 * struct (hal.h) and main() of it: four functions and a scale, from the board's folder or from
 * that of its chip. */
#ifndef KWS_BARE_METAL_BOARD_H
#define KWS_BARE_METAL_BOARD_H

#include <stdint.h>

/* Once, with .data and .bss ready and interrupts off: clock, serial line (KWS_BAUD, 8N1, a
 * receive interrupt that calls kws_receive_put), counter. */
void kws_board_init(void);

/* Hands one byte to the serial line; waits while its transmitter is full. */
void kws_board_send(uint8_t byte);

/* Processor clock ticks since the last call, the one under way not counted; starts the count
 * afresh. Not for more than 2^32 ticks. */
uint32_t kws_board_take_ticks(void);

/* The only interrupt that a board enables: hands what was received to kws_receive_put(). */
void kws_board_interrupt(void);

/* Instructions per tick in the emulator, as multiplier / 2^shift. The host starts QEMU with the
 * -icount shift that makes it so (icount_shift in board.toml). */
typedef struct kws_tick_scale {
    uint32_t multiplier;
    uint32_t shift;
} kws_tick_scale;

extern const kws_tick_scale kws_board_tick_scale;

#endif
