/* SPDX-License-Identifier: Apache-2.0 */
/* The CMSDK UART: interrupt-driven receive, polled transmit. */
#include "bare_metal/receive.h"
#include "chips/mps2/mps2.h"

enum {
    STATE_TX_FULL = 1u << 0,
    STATE_RX_FULL = 1u << 1,
    CONTROL_TX_ENABLE = 1u << 0,
    CONTROL_RX_ENABLE = 1u << 1,
    CONTROL_RX_INTERRUPT = 1u << 3,
    INTERRUPT_RX = 1u << 1,
};

void kws_cmsdk_uart_init(kws_cmsdk_uart *uart, uint32_t clock_hz)
{
    uart->divider = (clock_hz + KWS_BAUD / 2u) / KWS_BAUD;
    uart->control = CONTROL_TX_ENABLE | CONTROL_RX_ENABLE | CONTROL_RX_INTERRUPT;
    /* QEMU passes the first byte on only after the data register was read once. */
    (void)uart->data;
}

void kws_cmsdk_uart_send(kws_cmsdk_uart *uart, uint8_t byte)
{
    while (uart->state & STATE_TX_FULL) {
    }
    uart->data = byte;
}

void kws_cmsdk_uart_receive(kws_cmsdk_uart *uart)
{
    uart->interrupt = INTERRUPT_RX;
    while (uart->state & STATE_RX_FULL) {
        kws_receive_put((uint8_t)uart->data);
    }
}
