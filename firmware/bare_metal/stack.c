/* SPDX-License-Identifier: Apache-2.0 */
/* Stack painting (see stack.h). The stack grows down from kws_ld_stack_top. */
#include "bare_metal/stack.h"

#include <stddef.h>

#define PAINT 0x5AC4C0DEu

extern uint32_t kws_ld_stack_bottom[], kws_ld_stack_top[];

void kws_stack_paint(void)
{
    const volatile uint32_t *const here = __builtin_frame_address(0);
    /* 16 words of distance: this function's own frame is not painted over. */
    for (volatile uint32_t *word = kws_ld_stack_bottom; word + 16 < here; word++) {
        *word = PAINT;
    }
}

uint32_t kws_stack_peak_bytes(void)
{
    const volatile uint32_t *word = kws_ld_stack_bottom;
    while (word < kws_ld_stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((const volatile char *)kws_ld_stack_top - (const volatile char *)word);
}
