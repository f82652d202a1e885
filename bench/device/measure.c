/* See measure.h. Reports one line "name value" each over semihosting. */
#include "measure.h"

#include <stddef.h>

#include "bare_metal/board.h"
#include "bare_metal/core.h"
#include "bare_metal/counter.h"
#include "bare_metal/fault.h"

static uint32_t overhead; /* what an empty region counts */

int main(void)
{
    kws_board_init();
    kws_counter_init();
    kws_measure_start();
    kws_measure_stop(NULL);
    kws_core_exit(kws_measure_main());
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

void kws_measure_value(const char *name, uint32_t value)
{
    char digits[12];
    char *text = &digits[sizeof digits - 1];
    *text = '\0';
    *--text = '\n';
    do {
        *--text = (char)('0' + value % 10u);
        value /= 10u;
    } while (value > 0u);
    kws_core_print(name);
    kws_core_print(" ");
    kws_core_print(text);
}

/* A fault ends the program; the emulator's exit status tells. */
_Noreturn void kws_fault_restart(const kws_fault *fault)
{
    kws_measure_value("fault at pc", fault->pc);
    kws_measure_value("fault cause", fault->cause);
    kws_core_exit(120);
}

uint32_t kws_fault_return_address(void)
{
    return 0;
}
