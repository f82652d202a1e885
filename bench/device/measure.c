/* See measure.h. Reports one line "name value" each over semihosting. */
#include "measure.h"

#include <stddef.h>

#include "port/bare_metal/board.h"
#include "port/bare_metal/core.h"
#include "port/bare_metal/counter.h"

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

/* A fault ends the program: the exit status of the emulator tells. */
void kws_fault_entry(void);
void kws_fault_entry(void)
{
    kws_core_exit(120);
}

void kws_fault(uint32_t cause, uint32_t pc);
void kws_fault(uint32_t cause, uint32_t pc)
{
    kws_measure_value("fault_cause", cause);
    kws_measure_value("fault_pc", pc);
    kws_core_exit(120);
}
