/* SPDX-License-Identifier: Apache-2.0 */
/* Board functions of the MPS2 images: one UART and one timer of the CMSDK. The addresses are those
 * of AN385, AN386 and AN500; the board.toml of another image defines its own. */
#include "chips/mps2/mps2.h"

#include "bare_metal/board.h"
#include "cores/cortex_m/registers.h"

#ifndef KWS_MPS2_UART0
#define KWS_MPS2_UART0 0x40004000u
#define KWS_MPS2_UART0_RX_INTERRUPT 0u
#define KWS_MPS2_TIMER0 0x40000000u
#endif

#define UART0 ((kws_cmsdk_uart *)KWS_MPS2_UART0)
#define TIMER0 ((kws_cmsdk_timer *)KWS_MPS2_TIMER0)

void kws_board_interrupt(void)
{
    kws_cmsdk_uart_receive(UART0);
}

void kws_board_init(void)
{
    kws_cmsdk_uart_init(UART0, KWS_CLOCK_HZ);
    kws_nvic_enable(KWS_MPS2_UART0_RX_INTERRUPT);
    TIMER0->reload = UINT32_MAX;
    TIMER0->value = UINT32_MAX;
    TIMER0->control = 1u;
}

void kws_board_send(uint8_t byte)
{
    kws_cmsdk_uart_send(UART0, byte);
}

uint32_t kws_board_take_ticks(void)
{
    const uint32_t ticks = UINT32_MAX - TIMER0->value;
    TIMER0->value = UINT32_MAX;
    return ticks;
}

/* -icount shift=6: 64 ns an instruction, 1e9 / KWS_CLOCK_HZ ns a tick (40 ns: 5/8). */
#define SHIFT 8u
#define INSTRUCTIONS_HZ (UINT64_C(1000000000) / 64u)
_Static_assert((INSTRUCTIONS_HZ << SHIFT) % KWS_CLOCK_HZ == 0u, "the scale is exact");
const kws_tick_scale kws_board_tick_scale = {
    .multiplier = (uint32_t)((INSTRUCTIONS_HZ << SHIFT) / KWS_CLOCK_HZ),
    .shift = SHIFT,
};
