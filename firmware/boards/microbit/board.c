/* SPDX-License-Identifier: Apache-2.0 */
/* Board functions of the BBC micro:bit version 1 (nRF51 series reference manual 3.0): 16 MHz
 * crystal, UART over the USB interface chip, TIMER0 at the processor's clock. */
#include "bare_metal/board.h"

#include "bare_metal/receive.h"
#include "cores/cortex_m/registers.h"

#define CLOCK_HFCLKSTART KWS_REGISTER(0x40000000u)
#define CLOCK_HFCLKSTARTED KWS_REGISTER(0x40000100u)

#define GPIO_OUTSET KWS_REGISTER(0x50000508u)
#define GPIO_DIRSET KWS_REGISTER(0x50000518u)
#define TX_PIN 24u
#define RX_PIN 25u

#define UART_STARTRX KWS_REGISTER(0x40002000u)
#define UART_STARTTX KWS_REGISTER(0x40002008u)
#define UART_RXDRDY KWS_REGISTER(0x40002108u)
#define UART_TXDRDY KWS_REGISTER(0x4000211Cu)
#define UART_INTENSET KWS_REGISTER(0x40002304u)
#define UART_ENABLE KWS_REGISTER(0x40002500u)
#define UART_PSELTXD KWS_REGISTER(0x4000250Cu)
#define UART_PSELRXD KWS_REGISTER(0x40002514u)
#define UART_RXD KWS_REGISTER(0x40002518u)
#define UART_TXD KWS_REGISTER(0x4000251Cu)
#define UART_BAUDRATE KWS_REGISTER(0x40002524u)
#define UART_INT_RXDRDY (1u << 2)
#define UART_ENABLED 4u
#define UART_INTERRUPT 2u

#define TIMER0_START KWS_REGISTER(0x40008000u)
#define TIMER0_CLEAR KWS_REGISTER(0x4000800Cu)
#define TIMER0_CAPTURE0 KWS_REGISTER(0x40008040u)
#define TIMER0_BITMODE KWS_REGISTER(0x40008508u)
#define TIMER0_PRESCALER KWS_REGISTER(0x40008510u)
#define TIMER0_CC0 KWS_REGISTER(0x40008540u)
#define TIMER_32_BITS 3u

/* Baud rate register: rate * 2^32 / clock, low 12 bits zero. */
#define BAUDRATE_VALUE \
    ((uint32_t)(((uint64_t)KWS_BAUD << 32) / KWS_CLOCK_HZ + 0x800u) & 0xFFFFF000u)

void kws_board_init(void)
{
    CLOCK_HFCLKSTART = 1u;
    while (!CLOCK_HFCLKSTARTED) {
    }

    GPIO_OUTSET = 1u << TX_PIN;
    GPIO_DIRSET = 1u << TX_PIN;
    UART_PSELTXD = TX_PIN;
    UART_PSELRXD = RX_PIN;
    UART_BAUDRATE = BAUDRATE_VALUE;
    UART_ENABLE = UART_ENABLED;
    UART_INTENSET = UART_INT_RXDRDY;
    UART_STARTTX = 1u;
    UART_STARTRX = 1u;
    kws_nvic_enable(UART_INTERRUPT);

    TIMER0_BITMODE = TIMER_32_BITS;
    TIMER0_PRESCALER = 0u;
    TIMER0_CLEAR = 1u;
    TIMER0_START = 1u;
}

void kws_board_interrupt(void)
{
    while (UART_RXDRDY) {
        UART_RXDRDY = 0u;
        kws_receive_put((uint8_t)UART_RXD);
    }
}

void kws_board_send(uint8_t byte)
{
    UART_TXDRDY = 0u;
    UART_TXD = byte;
    while (!UART_TXDRDY) {
    }
}

uint32_t kws_board_take_ticks(void)
{
    TIMER0_CAPTURE0 = 1u;
    TIMER0_CLEAR = 1u;
    return TIMER0_CC0;
}

/* -icount shift=6: 64 ns an instruction, 62.5 ns a tick. */
const kws_tick_scale kws_board_tick_scale = {.multiplier = 125, .shift = 7};
