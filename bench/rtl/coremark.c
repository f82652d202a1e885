/* SPDX-License-Identifier: Apache-2.0 */
/* CoreMark's main(), renamed for measure.h, and what it asks of a system (its core_portme.c). */
#define main kws_measure_main
#include "core_main.c"
#undef main

#include "measure.h"

volatile ee_s32 seed1_volatile = 0;
volatile ee_s32 seed2_volatile = 0;
volatile ee_s32 seed3_volatile = 0x66; /* a run for performance, as its README says */
volatile ee_s32 seed4_volatile = ITERATIONS;
volatile ee_s32 seed5_volatile = 0;
ee_u32 default_num_contexts = 1;

void start_time(void)
{
    kws_measure_start();
}

void stop_time(void)
{
    kws_measure_stop("instructions");
}

CORE_TICKS get_time(void)
{
    return 1;
}

secs_ret time_in_secs(CORE_TICKS ticks)
{
    return (secs_ret)ticks;
}

void portable_init(core_portable *p, int *argc, char *argv[])
{
    (void)argc;
    (void)argv;
    p->portable_id = 1;
}

void portable_fini(core_portable *p)
{
    p->portable_id = 0;
}

/* Of all that CoreMark says: "Correct operation validated." */
int ee_printf(const char *format, ...)
{
    if (format[0] == 'C' && format[3] == 'r' && format[4] == 'e') {
        kws_measure_value("correct", 1);
    }
    return 0;
}
