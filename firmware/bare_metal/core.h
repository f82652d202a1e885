/* SPDX-License-Identifier: Apache-2.0 */
/* What a processor core supplies to bare_metal/: Cortex-M and RISC-V (firmware/cores/). */
#ifndef KWS_BARE_METAL_CORE_H
#define KWS_BARE_METAL_CORE_H

#include <stdbool.h>
#include <stdint.h>

/* Interrupts off and on, and sleep until one is pending (wakes with interrupts off too). */
void kws_core_interrupts_off(void);
void kws_core_interrupts_on(void);
void kws_core_sleep(void);

/* Restarts the chip; RAM keeps its contents. Does not return. */
_Noreturn void kws_core_reset(void);

/* Runs a loop of exactly 2 * `rounds` instructions, rounds > 0. */
void kws_core_spin(uint32_t rounds);

/* Whether a word that points into the code can be a return address. */
bool kws_core_is_return_address(uint32_t value);

/* Asks the debugger or emulator for a semihosting operation; returns its result. Without one
 * it faults. */
uint32_t kws_core_semihosting(uint32_t operation, const void *argument);

#endif
