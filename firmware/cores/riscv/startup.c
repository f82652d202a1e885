/* SPDX-License-Identifier: Apache-2.0 */
/* Start of a RISC-V board in machine mode: reset, trap entry, memory set-up, core functions.
 *
 * main() runs on the stack at the bottom of RAM; a locked PMP region below RAM makes an
 * overflow fault. Traps run on a stack of their own, whose top waits in mscratch. */
#include <stddef.h>
#include <string.h>

#include "bare_metal/board.h"
#include "bare_metal/core.h"
#include "bare_metal/fault.h"
#include "bare_metal/stack.h"

/* From the linker script (sections.ld). */
extern uint32_t kws_ld_data_start[], kws_ld_data_end[], kws_ld_data_load[];
extern uint32_t kws_ld_bss_start[], kws_ld_bss_end[], kws_ld_stack_bottom[];

int main(void);
void kws_reset_entry(void);
void kws_trap_entry(void);
void kws_trap(uint32_t cause, uint32_t pc);
_Noreturn void kws_c_start(void);

#define MSTATUS_MIE 8u
#define MIE_EXTERNAL (1u << 11)
#define CAUSE_EXTERNAL_INTERRUPT 0x8000000Bu
#define PMP_LOCKED_NAPOT 0x98u /* L=1, A=NAPOT, no access */
#define GUARD_BYTES 0x100000u  /* below RAM, free in memory.ld */

__attribute__((naked, section(".reset"))) void kws_reset_entry(void)
{
    __asm volatile("la sp, kws_ld_stack_top\n"
                   "la t0, kws_ld_handler_stack_top\n"
                   "csrw mscratch, t0\n"
                   "la t0, kws_trap_entry\n"
                   "csrw mtvec, t0\n"
                   "j kws_c_start\n");
}

/* Saves what a C function may change (ra, t0-t6, a0-a7) on the trap stack. */
__attribute__((naked, aligned(4))) void kws_trap_entry(void)
{
    __asm volatile("csrrw sp, mscratch, sp\n"
                   "addi sp, sp, -64\n"
                   "sw ra, 0(sp)\n sw t0, 4(sp)\n sw t1, 8(sp)\n sw t2, 12(sp)\n"
                   "sw t3, 16(sp)\n sw t4, 20(sp)\n sw t5, 24(sp)\n sw t6, 28(sp)\n"
                   "sw a0, 32(sp)\n sw a1, 36(sp)\n sw a2, 40(sp)\n sw a3, 44(sp)\n"
                   "sw a4, 48(sp)\n sw a5, 52(sp)\n sw a6, 56(sp)\n sw a7, 60(sp)\n"
                   "csrr a0, mcause\n"
                   "csrr a1, mepc\n"
                   "jal kws_trap\n"
                   "lw ra, 0(sp)\n lw t0, 4(sp)\n lw t1, 8(sp)\n lw t2, 12(sp)\n"
                   "lw t3, 16(sp)\n lw t4, 20(sp)\n lw t5, 24(sp)\n lw t6, 28(sp)\n"
                   "lw a0, 32(sp)\n lw a1, 36(sp)\n lw a2, 40(sp)\n lw a3, 44(sp)\n"
                   "lw a4, 48(sp)\n lw a5, 52(sp)\n lw a6, 56(sp)\n lw a7, 60(sp)\n"
                   "addi sp, sp, 64\n"
                   "csrrw sp, mscratch, sp\n"
                   "mret\n");
}

void kws_trap(uint32_t cause, uint32_t pc)
{
    if (cause == CAUSE_EXTERNAL_INTERRUPT) {
        kws_board_interrupt();
    } else {
        kws_fault fault = {.kind = KWS_FAULT_EXCEPTION, .cause = cause, .pc = pc};
        __asm volatile("csrr %0, mtval" : "=r"(fault.address));
        __asm volatile("csrr %0, mscratch" : "=r"(fault.sp)); /* swapped by the trap entry */
        if (fault.sp < (uint32_t)(uintptr_t)kws_ld_stack_bottom) {
            fault.kind = KWS_FAULT_STACK_OVERFLOW;
            fault.lr = kws_fault_return_address();
        }
        kws_fault_restart(&fault);
    }
}

_Noreturn void kws_c_start(void)
{
    const uint32_t below_ram = (uint32_t)(uintptr_t)kws_ld_stack_bottom - GUARD_BYTES;
    const uint32_t guard = below_ram >> 2 | (GUARD_BYTES / 8u - 1u);
    __asm volatile("csrw pmpaddr0, %0\n csrw pmpcfg0, %1" ::"r"(guard), "r"(PMP_LOCKED_NAPOT));
    memcpy(kws_ld_data_start, kws_ld_data_load,
           (size_t)((char *)kws_ld_data_end - (char *)kws_ld_data_start));
    memset(kws_ld_bss_start, 0, (size_t)((char *)kws_ld_bss_end - (char *)kws_ld_bss_start));
    kws_stack_paint();
    __asm volatile("csrs mie, %0" ::"r"(MIE_EXTERNAL));
    (void)main();
    kws_core_reset();
}

void kws_core_interrupts_off(void)
{
    __asm volatile("csrc mstatus, %0" ::"r"(MSTATUS_MIE) : "memory");
}

void kws_core_interrupts_on(void)
{
    __asm volatile("csrs mstatus, %0" ::"r"(MSTATUS_MIE) : "memory");
}

void kws_core_sleep(void)
{
    __asm volatile("wfi" ::: "memory");
}

bool kws_core_is_return_address(uint32_t value)
{
    return (value & 1u) == 0;
}

void kws_core_spin(uint32_t rounds)
{
    __asm volatile("1: addi %0, %0, -1\n"
                   "bnez %0, 1b\n"
                   : "+r"(rounds));
}

/* Semihosting: operation in a0, argument in a1, result in a0; the three instructions must
 * be uncompressed. */
uint32_t kws_core_semihosting(uint32_t operation, const void *argument)
{
    register uint32_t a0 __asm("a0") = operation;
    register const void *a1 __asm("a1") = argument;
    __asm volatile(".option push\n .option norvc\n .balign 16\n"
                   "slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n"
                   ".option pop\n"
                   : "+r"(a0)
                   : "r"(a1)
                   : "memory");
    return a0;
}
