/* SPDX-License-Identifier: Apache-2.0 */
/* See counter.h. A loop of known length tells what a tick is: under -icount each instruction
 * takes the same time, on silicon a taken branch costs more than one cycle. */
#include "bare_metal/counter.h"

#include <stdbool.h>

#include "bare_metal/board.h"
#include "bare_metal/core.h"

#define CHECK_ROUNDS 5000u
#define CHECK_CALL_INSTRUCTIONS 64u /* more than the calls around the loop take */

static bool counts_instructions;

static uint32_t instructions(uint32_t ticks)
{
    const kws_tick_scale scale = kws_board_tick_scale;
    const uint64_t round_up = (UINT64_C(1) << scale.shift) - 1u;
    return (uint32_t)(((uint64_t)ticks * scale.multiplier + round_up) >> scale.shift);
}

void kws_counter_init(void)
{
    (void)kws_board_take_ticks();
    kws_core_spin(CHECK_ROUNDS);
    const uint32_t count = instructions(kws_board_take_ticks());
    counts_instructions =
        count >= 2u * CHECK_ROUNDS && count < 2u * CHECK_ROUNDS + CHECK_CALL_INSTRUCTIONS;
}

const char *kws_counter_unit(void)
{
    return counts_instructions ? "instructions" : "cycles";
}

uint32_t kws_counter_take(void)
{
    const uint32_t ticks = kws_board_take_ticks();
    return counts_instructions ? instructions(ticks) : ticks;
}

uint64_t kws_counter_time(void)
{
    static uint64_t total;
    total += kws_counter_take();
    return total;
}
