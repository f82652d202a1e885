/* SPDX-License-Identifier: Apache-2.0 */
/* Board functions of the Raspberry Pi Pico (RP2040 datasheet): boot2, 125 MHz from the crystal,
 * UART0 on GP0/GP1, SysTick and the timer as a counter of cycles. */
#include "bare_metal/board.h"
#include "bare_metal/receive.h"
#include "cores/cortex_m/registers.h"

/* The boot ROM copies the first 256 bytes of the flash into RAM, compares their CRC and runs
 * them: they make the flash readable as memory (serial read command 03h, 24-bit address, at a
 * quarter of the clock) and go on at the vector table behind them. The last word is the CRC. */
__asm(".section .boot2, \"ax\"\n"
      ".syntax unified\n"
      ".thumb\n"
      "ldr r0, .Lssi\n"
      "movs r1, #0\n"
      "str r1, [r0, #0x08]\n" /* SSIENR: off, to be set up */
      "str r1, [r0, #0x04]\n" /* CTRLR1: one word a read */
      "movs r1, #4\n"
      "str r1, [r0, #0x14]\n" /* BAUDR */
      "ldr r1, .Lctrlr0\n"
      "str r1, [r0, #0x00]\n"
      "ldr r1, .Lspi_ctrlr0\n"
      "movs r2, #0xf4\n"
      "str r1, [r0, r2]\n"
      "movs r1, #1\n"
      "str r1, [r0, #0x08]\n" /* SSIENR: on */
      "ldr r0, .Lvectors\n"
      "ldr r1, .Lvtor\n"
      "str r0, [r1]\n"
      "ldr r1, [r0, #0]\n"
      "msr msp, r1\n"
      "ldr r1, [r0, #4]\n"
      "bx r1\n"
      ".balign 4\n"
      ".Lssi: .word 0x18000000\n"
      ".Lctrlr0: .word 0x001f0300\n"     /* 32 bits a frame, send then receive */
      ".Lspi_ctrlr0: .word 0x03000218\n" /* command 03h, 8 bits; address 24 bits; one wire */
      ".Lvectors: .word 0x10000100\n"
      ".Lvtor: .word 0xe000ed08\n"
      ".org 252\n"
      ".word 0x53558757\n"
      ".text\n");

#define RESETS_RESET KWS_REGISTER(0x4000C000u)
#define RESETS_RESET_SET KWS_REGISTER(0x4000E000u)
#define RESETS_RESET_CLEAR KWS_REGISTER(0x4000F000u)
#define RESETS_DONE KWS_REGISTER(0x4000C008u)
#define RESET_IO_BANK0 (1u << 5)
#define RESET_PADS_BANK0 (1u << 8)
#define RESET_PLL_SYS (1u << 12)
#define RESET_TIMER (1u << 21)
#define RESET_UART0 (1u << 22)

#define XOSC_CTRL KWS_REGISTER(0x40024000u)
#define XOSC_STATUS KWS_REGISTER(0x40024004u)
#define XOSC_STARTUP KWS_REGISTER(0x4002400Cu)
#define XOSC_CTRL_ENABLE_1_15_MHZ 0x00FABAA0u
#define XOSC_STATUS_STABLE (1u << 31)
#define XOSC_STARTUP_1_MS 47u /* in 256 periods of 12 MHz */

#define PLL_SYS_CS KWS_REGISTER(0x40028000u)
#define PLL_SYS_PWR KWS_REGISTER(0x40028004u)
#define PLL_SYS_FBDIV KWS_REGISTER(0x40028008u)
#define PLL_SYS_PRIM KWS_REGISTER(0x4002800Cu)
#define PLL_CS_LOCK (1u << 31)
#define PLL_PWR_DSMPD (1u << 2) /* a bit that is set turns a part off */
#define PLL_PWR_POSTDIVPD (1u << 3)

#define CLK_REF_CTRL KWS_REGISTER(0x40008030u)
#define CLK_REF_SELECTED KWS_REGISTER(0x40008038u)
#define CLK_SYS_CTRL KWS_REGISTER(0x4000803Cu)
#define CLK_SYS_SELECTED KWS_REGISTER(0x40008044u)
#define CLK_PERI_CTRL KWS_REGISTER(0x40008048u)
#define CLK_REF_ROSC 0u
#define CLK_REF_XOSC 2u
#define CLK_SYS_REF 0u
#define CLK_SYS_PLL 1u
#define CLK_PERI_ENABLE (1u << 11) /* from clk_sys */

#define WATCHDOG_TICK KWS_REGISTER(0x4005802Cu)
#define WATCHDOG_TICK_ENABLE (1u << 9)
#define XOSC_MHZ 12u

#define GPIO0_CTRL KWS_REGISTER(0x40014004u)
#define GPIO1_CTRL KWS_REGISTER(0x4001400Cu)
#define GPIO_CTRL_UART 2u
#define PAD_GPIO1 KWS_REGISTER(0x4001C008u)
#define PAD_INPUT_PULLED_UP 0x5Au

#define UART0_DR KWS_REGISTER(0x40034000u)
#define UART0_FR KWS_REGISTER(0x40034018u)
#define UART0_IBRD KWS_REGISTER(0x40034024u)
#define UART0_FBRD KWS_REGISTER(0x40034028u)
#define UART0_LCR_H KWS_REGISTER(0x4003402Cu)
#define UART0_CR KWS_REGISTER(0x40034030u)
#define UART0_IFLS KWS_REGISTER(0x40034034u)
#define UART0_IMSC KWS_REGISTER(0x40034038u)
#define UART_FR_RX_EMPTY (1u << 4)
#define UART_FR_TX_FULL (1u << 5)
#define UART_LCR_H_8N1_FIFO 0x70u
#define UART_CR_ENABLE 0x301u    /* UART, transmitter, receiver */
#define UART_IMSC_RECEIVED 0x50u /* FIFO at its level, or 32 bit times after the last byte */
#define UART_DIVISOR ((8u * KWS_CLOCK_HZ / KWS_BAUD + 1u) / 2u) /* in 64ths */
#define UART0_INTERRUPT 20u

#define TIMER_MICROSECONDS KWS_REGISTER(0x40054028u)
#define SYSTICK_MASK 0xFFFFFFu

/* 12 MHz * 125 / 6 / 2 = 125 MHz. After a restart the old clock may still run: away from it
 * first, for a PLL must not be set up while something uses it. */
static void start_clock(void)
{
    CLK_SYS_CTRL = CLK_SYS_REF;
    while (CLK_SYS_SELECTED != 1u << CLK_SYS_REF) {
    }
    CLK_REF_CTRL = CLK_REF_ROSC;
    while (CLK_REF_SELECTED != 1u << CLK_REF_ROSC) {
    }
    XOSC_STARTUP = XOSC_STARTUP_1_MS;
    XOSC_CTRL = XOSC_CTRL_ENABLE_1_15_MHZ;
    while (!(XOSC_STATUS & XOSC_STATUS_STABLE)) {
    }
    RESETS_RESET_SET = RESET_PLL_SYS;
    const uint32_t used =
        RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_PLL_SYS | RESET_TIMER | RESET_UART0;
    RESETS_RESET_CLEAR = used;
    while ((RESETS_DONE & used) != used) {
    }
    PLL_SYS_CS = 1u;
    PLL_SYS_FBDIV = 125u;
    PLL_SYS_PRIM = 6u << 16 | 2u << 12;
    PLL_SYS_PWR = PLL_PWR_DSMPD | PLL_PWR_POSTDIVPD;
    while (!(PLL_SYS_CS & PLL_CS_LOCK)) {
    }
    PLL_SYS_PWR = PLL_PWR_DSMPD;

    CLK_REF_CTRL = CLK_REF_XOSC;
    while (CLK_REF_SELECTED != 1u << CLK_REF_XOSC) {
    }
    CLK_SYS_CTRL = CLK_SYS_PLL;
    while (CLK_SYS_SELECTED != 1u << CLK_SYS_PLL) {
    }
    CLK_PERI_CTRL = CLK_PERI_ENABLE;
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | XOSC_MHZ; /* the timer's microseconds */
}

static void start_uart(void)
{
    GPIO0_CTRL = GPIO_CTRL_UART;
    GPIO1_CTRL = GPIO_CTRL_UART;
    PAD_GPIO1 = PAD_INPUT_PULLED_UP;
    UART0_IBRD = UART_DIVISOR >> 6;
    UART0_FBRD = UART_DIVISOR & 63u;
    UART0_LCR_H = UART_LCR_H_8N1_FIFO;
    UART0_IFLS = 0u; /* 4 of 32 bytes */
    UART0_CR = UART_CR_ENABLE;
    UART0_IMSC = UART_IMSC_RECEIVED;
    kws_nvic_enable(UART0_INTERRUPT);
}

void kws_board_init(void)
{
    start_clock();
    start_uart();
    SYST_RVR = SYSTICK_MASK;
    SYST_CVR = 0u;
    SYST_CSR = SYST_CSR_ENABLE;
}

void kws_board_interrupt(void)
{
    while (!(UART0_FR & UART_FR_RX_EMPTY)) {
        kws_receive_put((uint8_t)UART0_DR);
    }
}

void kws_board_send(uint8_t byte)
{
    while (UART0_FR & UART_FR_TX_FULL) {
    }
    UART0_DR = byte;
}

/* SysTick counts cycles but wraps after 2^24; the timer does not, but counts microseconds. Of all
 * counts with SysTick's low bits, it is the one next to the timer's. */
uint32_t kws_board_take_ticks(void)
{
    static uint32_t last_microseconds, last_systick;
    const uint32_t microseconds = TIMER_MICROSECONDS;
    const uint32_t systick = SYST_CVR;
    const uint32_t near = (microseconds - last_microseconds) * (KWS_CLOCK_HZ / 1000000u);
    const uint32_t low = last_systick - systick; /* down */
    const uint32_t half = (SYSTICK_MASK + 1u) / 2u;
    last_microseconds = microseconds;
    last_systick = systick;
    return near + ((low - near + half) & SYSTICK_MASK) - half;
}

/* rp2040js as kws starts it: one clock an instruction. */
const kws_tick_scale kws_board_tick_scale = {.multiplier = 1, .shift = 0};
