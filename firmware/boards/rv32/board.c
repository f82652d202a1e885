/* SPDX-License-Identifier: Apache-2.0 */
/* Board functions of QEMU's RISC-V virt machine: 16550 UART, PLIC, retired-instruction count. */
#include "bare_metal/board.h"

#include "bare_metal/core.h"
#include "bare_metal/receive.h"

#define REGISTER8(address) (*(volatile uint8_t *)(uintptr_t)(address))
#define REGISTER32(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* 16550 */
#define UART 0x10000000u
#define UART_DATA REGISTER8(UART + 0)
#define UART_INTERRUPT_ENABLE REGISTER8(UART + 1)
#define UART_FIFO_CONTROL REGISTER8(UART + 2)
#define UART_LINE_CONTROL REGISTER8(UART + 3)
#define UART_LINE_STATUS REGISTER8(UART + 5)
#define UART_CLOCK_HZ 3686400u
#define LINE_CONTROL_8N1 0x03u
#define LINE_CONTROL_DIVISOR 0x80u
#define FIFO_ENABLE_AND_CLEAR 0x07u
#define FIFO_TRIGGER_8 0x80u /* interrupt at 8 of 16 bytes, or 4 byte times after the last */
#define LINE_STATUS_RECEIVED 0x01u
#define LINE_STATUS_TX_EMPTY 0x20u

/* Platform-level interrupt controller, machine mode of hart 0 */
#define PLIC 0x0C000000u
#define PLIC_PRIORITY(source) REGISTER32(PLIC + 4u * (source))
#define PLIC_ENABLE REGISTER32(PLIC + 0x2000u)
#define PLIC_THRESHOLD REGISTER32(PLIC + 0x200000u)
#define PLIC_CLAIM REGISTER32(PLIC + 0x200004u)
#define UART_INTERRUPT 10u

/* QEMU's test device: a write ends or restarts the machine. */
#define TEST_DEVICE REGISTER32(0x100000u)
#define TEST_DEVICE_RESET 0x7777u

void kws_board_interrupt(void)
{
    const uint32_t source = PLIC_CLAIM;
    while (UART_LINE_STATUS & LINE_STATUS_RECEIVED) {
        kws_receive_put(UART_DATA);
    }
    PLIC_CLAIM = source;
}

void kws_board_init(void)
{
    const uint32_t divisor = UART_CLOCK_HZ / (16u * KWS_BAUD);
    UART_LINE_CONTROL = LINE_CONTROL_8N1 | LINE_CONTROL_DIVISOR;
    UART_DATA = (uint8_t)divisor;
    UART_INTERRUPT_ENABLE = (uint8_t)(divisor >> 8);
    UART_LINE_CONTROL = LINE_CONTROL_8N1;
    UART_FIFO_CONTROL = FIFO_ENABLE_AND_CLEAR | FIFO_TRIGGER_8;
    UART_INTERRUPT_ENABLE = 1u;
    PLIC_PRIORITY(UART_INTERRUPT) = 1u;
    PLIC_THRESHOLD = 0u;
    PLIC_ENABLE = 1u << UART_INTERRUPT;
}

void kws_board_send(uint8_t byte)
{
    while (!(UART_LINE_STATUS & LINE_STATUS_TX_EMPTY)) {
    }
    UART_DATA = byte;
}

uint32_t kws_board_take_ticks(void)
{
    static uint32_t last;
    uint32_t now;
    __asm volatile("csrr %0, minstret" : "=r"(now));
    const uint32_t ticks = now - last;
    last = now;
    return ticks;
}

/* -icount shift=0: QEMU counts minstret up by 1 each instruction. */
const kws_tick_scale kws_board_tick_scale = {.multiplier = 1, .shift = 0};

_Noreturn void kws_core_reset(void)
{
    TEST_DEVICE = TEST_DEVICE_RESET;
    for (;;) {
    }
}
