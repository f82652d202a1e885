/* SPDX-License-Identifier: Apache-2.0 */
/* See measure.h. Reports one line "name value" each over semihosting. */
#include "measure.h"

#include <stddef.h>

#include "bare_metal/board.h"
#include "bare_metal/core.h"
#include "bare_metal/counter.h"
#include "bare_metal/fault.h"

/* Semihosting of Arm, which RISC-V shares. */
#define SYS_WRITE0 0x04u
#define SYS_EXIT_EXTENDED 0x20u
#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

#define STATUS_FAULT 120

static uint32_t overhead; /* what an empty region counts */

/* Ends the emulation with an exit status. */
static _Noreturn void leave(int status)
{
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)status};
    (void)kws_core_semihosting(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

/* Writes a zero-terminated text to the emulator's console. */
void kws_measure_print(const char *text)
{
    (void)kws_core_semihosting(SYS_WRITE0, text);
}

int main(void)
{
    kws_board_init();
    kws_counter_init();
    kws_measure_start();
    kws_measure_stop(NULL);
    leave(kws_measure_main());
}

__attribute__((noinline)) void kws_measure_start(void)
{
    (void)kws_counter_take();
}

/* Without a name: what it counts is the overhead of an empty region. */
__attribute__((noinline)) void kws_measure_stop(const char *name)
{
    const uint32_t count = kws_counter_take();
    if (name == NULL) {
        overhead = count;
    } else {
        kws_measure_value(name, count - overhead);
    }
}

/* A fault ends the program; the emulator's exit status tells. */
_Noreturn void kws_fault_restart(const kws_fault *fault)
{
    kws_measure_value("fault at pc", fault->pc);
    kws_measure_value("fault cause", fault->cause);
    leave(STATUS_FAULT);
}

uint32_t kws_fault_return_address(void)
{
    return 0;
}
