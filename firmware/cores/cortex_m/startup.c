/* SPDX-License-Identifier: Apache-2.0 */
/* Start of every Cortex-M: vector table, reset, memory set-up, core functions.
 *
 * main() runs on the process stack at the very bottom of RAM, so an overflow leaves RAM and
 * faults instead of destroying data; handlers have the small main stack. Where a chip or an
 * emulator has something below RAM, the protection unit makes it inaccessible. */
#include <stddef.h>
#include <string.h>

#include "bare_metal/board.h"
#include "bare_metal/core.h"
#include "bare_metal/stack.h"
#include "cores/cortex_m/registers.h"

/* From the linker script (sections.ld). */
extern uint32_t kws_ld_data_start[], kws_ld_data_end[], kws_ld_data_load[];
extern uint32_t kws_ld_bss_start[], kws_ld_bss_end[];
extern uint32_t kws_ld_stack_bottom[], kws_ld_handler_stack_top[];

int main(void);
void kws_fault_entry(void);
void kws_reset_entry(void);
_Noreturn void kws_c_start(void);

typedef void (*vector)(void);

#define FOUR(v) v, v, v, v
#define SIXTEEN(v) FOUR(v), FOUR(v), FOUR(v), FOUR(v)

typedef struct vector_table {
    uint32_t *stack;
    vector reset;
    vector system[14];
    vector board[64];
} vector_table;

__attribute__((section(".vectors"), used)) static const vector_table kws_vectors = {
    .stack = kws_ld_handler_stack_top,
    .reset = kws_reset_entry,
    .system = {FOUR(kws_fault_entry), FOUR(kws_fault_entry), FOUR(kws_fault_entry), kws_fault_entry,
               kws_fault_entry},
    .board = {SIXTEEN(kws_board_interrupt), SIXTEEN(kws_board_interrupt),
              SIXTEEN(kws_board_interrupt), SIXTEEN(kws_board_interrupt)},
};

/* Leaves the main stack to the handlers. */
__attribute__((naked)) void kws_reset_entry(void)
{
    __asm volatile("ldr r0, =kws_ld_stack_top\n"
                   "msr psp, r0\n"
                   "movs r0, #2\n"
                   "msr control, r0\n"
                   "isb\n"
                   "ldr r0, =kws_c_start\n"
                   "bx r0\n");
}

/* ARMv6-M has no stack limit; a board whose chip has a protection unit defines KWS_ARMV6M_MPU. */
static void guard_stack(void)
{
#if __ARM_ARCH >= 8
    __asm volatile("msr psplim, %0" ::"r"(kws_ld_stack_bottom));
#elif __ARM_ARCH == 7 || defined KWS_ARMV6M_MPU
    MPU_RNR = 0u;
    MPU_RBAR = (uint32_t)(uintptr_t)kws_ld_stack_bottom - 0x10000u;
    MPU_RASR = MPU_RASR_NO_EXECUTE | MPU_RASR_SIZE_64K | MPU_RASR_ENABLE;
    MPU_CTRL = MPU_CTRL_ENABLE_WITH_DEFAULT_MAP;
    __asm volatile("dsb\n isb" ::: "memory");
#endif
}

_Noreturn void kws_c_start(void)
{
    guard_stack();
#ifdef __ARM_FP
    SCB_CPACR |= CPACR_CP10_CP11_FULL;
    __asm volatile("dsb\n isb" ::: "memory");
#endif
    memcpy(kws_ld_data_start, kws_ld_data_load,
           (size_t)((char *)kws_ld_data_end - (char *)kws_ld_data_start));
    memset(kws_ld_bss_start, 0, (size_t)((char *)kws_ld_bss_end - (char *)kws_ld_bss_start));
    kws_stack_paint();
    (void)main();
    kws_core_reset();
}

void kws_core_interrupts_off(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

void kws_core_interrupts_on(void)
{
    __asm volatile("cpsie i" ::: "memory");
}

void kws_core_sleep(void)
{
    __asm volatile("dsb\n wfi" ::: "memory");
}

_Noreturn void kws_core_reset(void)
{
    SCB_AIRCR = AIRCR_SYSRESETREQ;
    for (;;) {
        __asm volatile("dsb" ::: "memory");
    }
}

bool kws_core_is_return_address(uint32_t value)
{
    return value & 1u; /* Thumb */
}

void kws_core_spin(uint32_t rounds)
{
    __asm volatile(".syntax unified\n"
                   "1: subs %0, #1\n"
                   "bne 1b\n"
                   : "+l"(rounds)
                   :
                   : "cc");
}

/* Semihosting: operation in r0, argument in r1, result in r0. */
uint32_t kws_core_semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
