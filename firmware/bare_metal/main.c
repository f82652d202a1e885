/* SPDX-License-Identifier: Apache-2.0 */
/* main() and the hardware struct of every board without an operating system. */
#include "bare_metal/board.h"
#include "bare_metal/core.h"
#include "bare_metal/counter.h"
#include "bare_metal/fault.h"
#include "bare_metal/receive.h"
#include "bare_metal/stack.h"
#include "hal/program.h"

static void serial_write(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        kws_board_send(data[i]);
    }
}

const kws_hal *kws_hal_get(void)
{
    static kws_hal hal = {
        .board = KWS_BOARD_NAME,
        .serial_read = kws_receive_take,
        .receive_bytes = KWS_RECEIVE_BYTES,
        .serial_write = serial_write,
        .idle = kws_receive_wait,
        .time = kws_counter_time,
        .stack_peak_bytes = kws_stack_peak_bytes,
        .take_fault = kws_fault_take,
        .reset = kws_core_reset,
    };
    hal.time_unit = kws_counter_unit();
    return &hal;
}

int main(void)
{
    /* A byte that came in while the counter is being checked would count as instructions. */
    kws_core_interrupts_off();
    kws_board_init();
    kws_counter_init();
    kws_core_interrupts_on();
    kws_program_run(kws_hal_get());
}
