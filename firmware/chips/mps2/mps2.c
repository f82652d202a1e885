/* Board functions of the MPS2 images AN385, AN386 and AN500: 25 MHz, same addresses. */
#include "chips/mps2/mps2.h"

#include "bare_metal/board.h"
#include "cores/cortex_m/registers.h"

#define UART0 ((kws_cmsdk_uart *)0x40004000u)
#define TIMER0 ((kws_cmsdk_timer *)0x40000000u)
#define UART0_RX_INTERRUPT 0u

void kws_board_interrupt(void)
{
    kws_cmsdk_uart_receive(UART0);
}

void kws_board_init(void)
{
    kws_cmsdk_uart_init(UART0, KWS_CLOCK_HZ);
    kws_nvic_enable(UART0_RX_INTERRUPT);
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

/* -icount shift=6: 64 ns an instruction, 40 ns a tick. */
const kws_tick_scale kws_board_tick_scale = {.multiplier = 5, .shift = 3};
