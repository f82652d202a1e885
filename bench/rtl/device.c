/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h for a core in simulation.cpp: counts cycles beside instructions, and reports through
 * that simulation's console. */
#include <stddef.h>

#include "bare_metal/board.h"
#include "bare_metal/fault.h"
#include "measure.h"

#define CONSOLE (*(volatile uint32_t *)(uintptr_t)0x20000000u)
#define EXIT (*(volatile uint32_t *)(uintptr_t)0x20000004u)

#define STATUS_FAULT 120u

typedef struct {
    uint32_t cycles;
    uint32_t instructions;
} counts;

static counts start;
static counts overhead; /* what an empty region counts */

static _Noreturn void leave(uint32_t status)
{
    EXIT = status;
    for (;;) {
    }
}

static _Noreturn void trap(void)
{
    uint32_t cause, pc;
    __asm volatile("csrr %0, mcause\n csrr %1, mepc" : "=r"(cause), "=r"(pc));
    kws_measure_value("fault at pc", pc);
    kws_measure_value("fault cause", cause);
    leave(STATUS_FAULT);
}

/* Ibex takes traps through a table of 256 bytes, exceptions through its first entry. */
__attribute__((naked, aligned(256))) static void trap_table(void)
{
    __asm volatile("j %0" ::"i"(trap));
}

int main(void)
{
    __asm volatile("csrw mtvec, %0" ::"r"(trap_table));
    kws_board_init();
    kws_measure_start();
    kws_measure_stop(NULL);
    leave((uint32_t)kws_measure_main());
}

static inline counts now(void)
{
    counts result;
    __asm volatile("csrr %0, mcycle\n csrr %1, minstret"
                   : "=r"(result.cycles), "=r"(result.instructions)
                   :
                   : "memory");
    return result;
}

__attribute__((noinline)) void kws_measure_start(void)
{
    start = now();
}

/* Without a name: what it counts is the overhead of an empty region. Reports the instructions
 * under `name` and the cycles under "cycles". */
__attribute__((noinline)) void kws_measure_stop(const char *name)
{
    const counts end = now();
    const uint32_t cycles = end.cycles - start.cycles;
    const uint32_t instructions = end.instructions - start.instructions;
    if (name == NULL) {
        overhead = (counts){cycles, instructions};
        return;
    }
    kws_measure_value(name, instructions - overhead.instructions);
    kws_measure_value("cycles", cycles - overhead.cycles);
}

void kws_measure_print(const char *text)
{
    for (; *text != '\0'; text++) {
        CONSOLE = (uint8_t)*text;
    }
}

_Noreturn void kws_fault_restart(const kws_fault *fault)
{
    (void)fault; /* trap() takes them all */
    leave(STATUS_FAULT);
}

uint32_t kws_fault_return_address(void)
{
    return 0;
}
