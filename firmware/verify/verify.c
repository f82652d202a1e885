/* SPDX-License-Identifier: Apache-2.0 */
/* The static model alone on a board, for `kws verify --board`: what a port runs in place of app/.
 *
 * One line of text is a request, one line the answer:
 *
 *   "\n"           "ready\n"
 *   "reset\n"      "ready\n", and the next input begins a sequence
 *   "<number>\n"   "result <number> <CRC-32 of the outputs, hex> <time> <unit>\n"
 *
 * for the input of that number (input.h). Built with KWS_VERIFY_TRACE, the line
 * "operator <index> <its output, hex>\n" comes before it for every operator. After a restart that
 * a fault caused, the first line is "fault <kind> <program counter, hex>\n". */
#include "app/crc32.h"
#include "hal/program.h"
#include "static_model.h"
#include "verify/input.h"

#define DECIMAL_DIGITS 20 /* of a uint64_t */

static const kws_hal *hal;

static void send(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    hal->serial_write((const uint8_t *)text, length);
}

static void send_decimal(uint64_t value)
{
    char text[DECIMAL_DIGITS + 1];
    char *first = text + DECIMAL_DIGITS;
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10u);
        value /= 10u;
    } while (value > 0u);
    send(first);
}

static void send_hex(uint32_t value, int digits)
{
    while (digits-- > 0) {
        const char digit[2] = {"0123456789abcdef"[(value >> (4 * digits)) & 15u], '\0'};
        send(digit);
    }
}

#ifdef KWS_OP_HOOK
void KWS_OP_HOOK(int index, const int8_t *output, unsigned bytes);

void KWS_OP_HOOK(int index, const int8_t *output, unsigned bytes)
{
    send("operator ");
    send_decimal((uint64_t)index);
    send(" ");
    for (unsigned i = 0; i < bytes; i++) {
        send_hex((uint8_t)output[i], 2);
    }
    send("\n");
}
#endif

static uint32_t outputs_crc(void)
{
#if KWS_STATIC_OUTPUTS > 1
    uint32_t crc = 0;
    for (unsigned i = 0; i < KWS_STATIC_OUTPUTS; i++) {
        unsigned bytes;
        const int8_t *output = kws_static_output_of(i, &bytes);
        crc = kws_crc32(crc, (const uint8_t *)output, bytes);
    }
    return crc;
#else
    return kws_crc32(0, (const uint8_t *)kws_static_output(), KWS_STATIC_OUTPUT_BYTES);
#endif
}

static void run(uint32_t number)
{
    kws_verify_input(number, kws_static_input(), KWS_STATIC_INPUT_BYTES);
    const uint64_t start = hal->time();
    kws_static_invoke();
    const uint64_t end = hal->time();
    send("result ");
    send_decimal(number);
    send(" ");
    send_hex(outputs_crc(), 8);
    send(" ");
    send_decimal(end - start);
    send(" ");
    send(hal->time_unit);
    send("\n");
}

static void report_fault(void)
{
    kws_fault fault;
    if (hal->take_fault != NULL && hal->take_fault(&fault)) {
        send("fault ");
        send_decimal((uint64_t)fault.kind);
        send(" ");
        send_hex(fault.pc, 8);
        send("\n");
    }
}

_Noreturn void kws_program_run(const kws_hal *hardware)
{
    uint32_t number = 0;
    bool empty = true;
    hal = hardware;
    kws_static_reset();
    report_fault();
    for (;;) {
        uint8_t byte;
        if (hal->serial_read(&byte, 1) == 0) {
            hal->idle();
        } else if (byte >= '0' && byte <= '9') {
            number = number * 10u + (uint32_t)(byte - '0');
            empty = false;
        } else if (byte == 'r') { /* of "reset", whose other letters mean nothing */
            kws_static_reset();
        } else if (byte == '\n') {
            if (empty) {
                send("ready\n");
            } else {
                run(number);
            }
            number = 0;
            empty = true;
        }
    }
}
