/* What a processor core supplies to bare_metal/: Cortex-M (cortex_m/) and RISC-V (riscv/). */
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

/* Ends the emulation with an exit status (semihosting). Without a debugger it faults. */
_Noreturn void kws_core_exit(int status);

/* Writes a zero-terminated text to the emulator's console (semihosting). */
void kws_core_print(const char *text);

#endif
