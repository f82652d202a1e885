/* SPDX-License-Identifier: Apache-2.0 */
/* UART and timer of Arm's CMSDK (Cortex-M System Design Kit), as MPS2 and MPS3 boards have
 * them. Register layout: Arm DDI 0479, chapters "APB UART" and "APB timer". */
#ifndef KWS_MPS2_H
#define KWS_MPS2_H

#include <stdint.h>

typedef struct kws_cmsdk_uart {
    volatile uint32_t data;
    volatile uint32_t state; /* bit 0: transmitter full, bit 1: byte received */
    volatile uint32_t control;
    volatile uint32_t interrupt; /* read: pending; write: clear. Bit 1: receive */
    volatile uint32_t divider;
} kws_cmsdk_uart;

typedef struct kws_cmsdk_timer {
    volatile uint32_t control; /* bit 0: enable */
    volatile uint32_t value;   /* counts down */
    volatile uint32_t reload;
    volatile uint32_t interrupt;
} kws_cmsdk_timer;

/* Starts the UART at KWS_BAUD from a clock of `clock_hz`, receive interrupt on. */
void kws_cmsdk_uart_init(kws_cmsdk_uart *uart, uint32_t clock_hz);
void kws_cmsdk_uart_send(kws_cmsdk_uart *uart, uint8_t byte);
/* Body of the receive interrupt. */
void kws_cmsdk_uart_receive(kws_cmsdk_uart *uart);

#endif
