/* SPDX-License-Identifier: Apache-2.0 */
/* Board functions of the MPS3 image AN547: CMSDK UART, system counter of the SSE-300. */
#include "bare_metal/board.h"
#include "chips/mps2/mps2.h"
#include "cores/cortex_m/registers.h"

#define CLOCK_HZ 25000000u /* of the peripherals; the counter runs at 32 MHz */
#define UART0 ((kws_cmsdk_uart *)0x59303000u)
#define UART0_RX_INTERRUPT 33u

/* System counter, control frame (Secure): enable and the 64-bit count. */
#define COUNTER_CONTROL KWS_REGISTER(0x58100000u)
#define COUNTER_VALUE_LOW KWS_REGISTER(0x58100008u)
#define COUNTER_VALUE_HIGH KWS_REGISTER(0x5810000Cu)

void kws_board_interrupt(void)
{
    kws_cmsdk_uart_receive(UART0);
}

void kws_board_init(void)
{
    kws_cmsdk_uart_init(UART0, CLOCK_HZ);
    kws_nvic_enable(UART0_RX_INTERRUPT);
    COUNTER_CONTROL = 1u;
}

void kws_board_send(uint8_t byte)
{
    kws_cmsdk_uart_send(UART0, byte);
}

uint32_t kws_board_take_ticks(void)
{
    const uint32_t ticks = COUNTER_VALUE_LOW;
    COUNTER_VALUE_LOW = 0u;
    return ticks;
}

/* -icount shift=6: 64 ns an instruction, 31.25 ns a tick. */
const kws_tick_scale kws_board_tick_scale = {.multiplier = 125, .shift = 8};
