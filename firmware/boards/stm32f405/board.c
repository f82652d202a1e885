/* SPDX-License-Identifier: Apache-2.0 */
/* Board functions of the STM32F405 (reference manual RM0090): 168 MHz from the internal
 * oscillator, USART1 on PA9/PA10, cycle counter.
 *
 * The internal oscillator makes it run on any board, whatever its crystal. Under QEMU
 * (netduinoplus2) the clock and pin registers do not exist; every wait has an end. */
#include "bare_metal/board.h"

#include <stdbool.h>

#include "bare_metal/receive.h"
#include "cores/cortex_m/registers.h"

#define RCC_CR KWS_REGISTER(0x40023800u)
#define RCC_PLLCFGR KWS_REGISTER(0x40023804u)
#define RCC_CFGR KWS_REGISTER(0x40023808u)
#define RCC_AHB1ENR KWS_REGISTER(0x40023830u)
#define RCC_APB1ENR KWS_REGISTER(0x40023840u)
#define RCC_APB2ENR KWS_REGISTER(0x40023844u)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_APB1_DIV4 (5u << 10)
#define RCC_CFGR_APB2_DIV2 (4u << 13)
#define RCC_AHB1ENR_GPIOA (1u << 0)
#define RCC_APB1ENR_TIM2 (1u << 0)
#define RCC_APB2ENR_USART1 (1u << 4)

#define FLASH_ACR KWS_REGISTER(0x40023C00u)
#define FLASH_ACR_CACHES (7u << 8) /* instruction and data cache, prefetch */
#define FLASH_ACR_5_WAIT_STATES 5u

#define GPIOA_MODER KWS_REGISTER(0x40020000u)
#define GPIOA_PUPDR KWS_REGISTER(0x4002000Cu)
#define GPIOA_AFRH KWS_REGISTER(0x40020024u)

#define USART1_SR KWS_REGISTER(0x40011000u)
#define USART1_DR KWS_REGISTER(0x40011004u)
#define USART1_BRR KWS_REGISTER(0x40011008u)
#define USART1_CR1 KWS_REGISTER(0x4001100Cu)
#define USART_SR_ORE (1u << 3)
#define USART_SR_RXNE (1u << 5)
#define USART_SR_TXE (1u << 7)
#define USART_CR1_ENABLE (1u << 13 | 1u << 3 | 1u << 2) /* USART, transmitter, receiver */
#define USART_CR1_RXNEIE (1u << 5)
#define USART1_INTERRUPT 37u
#define USART1_CLOCK_HZ (KWS_CLOCK_HZ / 2u)

#define TIM2_CR1 KWS_REGISTER(0x40000000u)
#define TIM2_EGR KWS_REGISTER(0x40000014u)
#define TIM2_CNT KWS_REGISTER(0x40000024u)
#define TIM2_PSC KWS_REGISTER(0x40000028u)

#define WAIT_LIMIT 10000u /* polls of about 6 cycles at 16 MHz: 4 ms; the PLL locks within 0.3 ms */

static bool has_cycle_counter;

static void wait_for(volatile const uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (uint32_t polls = 0; (*reg & mask) != value && polls < WAIT_LIMIT; polls++) {
    }
}

/* 16 MHz / 16 * 336 / 2 = 168 MHz; APB1 42 MHz, APB2 84 MHz. */
static void start_clock(void)
{
    FLASH_ACR = FLASH_ACR_CACHES | FLASH_ACR_5_WAIT_STATES;
    RCC_PLLCFGR = 16u | 336u << 6 | 0u << 16 | 7u << 24;
    RCC_CR |= RCC_CR_PLLON;
    wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    RCC_CFGR = RCC_CFGR_APB1_DIV4 | RCC_CFGR_APB2_DIV2 | RCC_CFGR_SW_PLL;
    wait_for(&RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
}

static void start_uart(void)
{
    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOA;
    RCC_APB2ENR |= RCC_APB2ENR_USART1;
    GPIOA_AFRH = (GPIOA_AFRH & ~0xFF0u) | 0x770u;             /* PA9, PA10: AF7 */
    GPIOA_MODER = (GPIOA_MODER & ~(0xFu << 18)) | 0xAu << 18; /* alternate function */
    GPIOA_PUPDR = (GPIOA_PUPDR & ~(0x3u << 20)) | 0x1u << 20; /* receiver: pull up */
    USART1_BRR = (USART1_CLOCK_HZ + KWS_BAUD / 2u) / KWS_BAUD;
    USART1_CR1 = USART_CR1_ENABLE | USART_CR1_RXNEIE;
    (void)USART1_DR;
    kws_nvic_enable(USART1_INTERRUPT);
}

/* The cycle counter; QEMU has none, there TIM2 counts nanoseconds / 64. */
static void start_counter(void)
{
    DEMCR |= DEMCR_TRCENA;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
    const uint32_t before = DWT_CYCCNT;
    __asm volatile("nop\n nop\n nop\n nop");
    has_cycle_counter = DWT_CYCCNT != before;
    if (!has_cycle_counter) {
        RCC_APB1ENR |= RCC_APB1ENR_TIM2;
        TIM2_PSC = 63u;
        TIM2_EGR = 1u;
        TIM2_CR1 = 1u;
    }
}

void kws_board_init(void)
{
    start_clock();
    start_uart();
    start_counter();
}

/* An overrun interrupts too, until the data register is read; then the frame's CRC is wrong. */
void kws_board_interrupt(void)
{
    uint32_t status;
    while ((status = USART1_SR) & (USART_SR_RXNE | USART_SR_ORE)) {
        const uint8_t byte = (uint8_t)USART1_DR;
        if (status & USART_SR_RXNE) {
            kws_receive_put(byte);
        }
    }
}

void kws_board_send(uint8_t byte)
{
    while (!(USART1_SR & USART_SR_TXE)) {
    }
    USART1_DR = byte;
}

uint32_t kws_board_take_ticks(void)
{
    volatile uint32_t *const counter = has_cycle_counter ? &DWT_CYCCNT : &TIM2_CNT;
    const uint32_t ticks = *counter;
    *counter = 0u;
    return ticks;
}

/* -icount shift=6: 64 ns an instruction, 64 ns a tick of QEMU's TIM2. */
const kws_tick_scale kws_board_tick_scale = {.multiplier = 1, .shift = 0};
