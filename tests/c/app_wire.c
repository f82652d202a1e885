/* SPDX-License-Identifier: Apache-2.0 */
/* The wire of the app tests. */
#include "app_wire.h"

#include <string.h>

#include "app/app.h"
#include "app/bytes.h"
#include "app/crc32.h"
#include "check.h"

uint8_t wire_sent[1 << 16];
size_t wire_sent_count;
unsigned wire_resets;
kws_fault wire_fault;

static size_t answered; /* bytes of wire_sent that wire_answer() has returned */
static const uint8_t *incoming;
static size_t incoming_count;
static size_t piece_bytes;

static size_t wire_read(uint8_t *data, size_t capacity)
{
    size_t count = incoming_count < capacity ? incoming_count : capacity;
    count = count < piece_bytes ? count : piece_bytes;
    if (count > 0) {
        memcpy(data, incoming, count);
    }
    incoming += count;
    incoming_count -= count;
    return count;
}

static void wire_write(const uint8_t *data, size_t bytes)
{
    CHECK(wire_sent_count + bytes <= sizeof wire_sent);
    memcpy(wire_sent + wire_sent_count, data, bytes);
    wire_sent_count += bytes;
}

static void wire_idle(void)
{
}

static uint64_t wire_time(void)
{
    static uint64_t now;
    return ++now;
}

static uint32_t wire_stack(void)
{
    return 123;
}

static bool wire_take_fault(kws_fault *fault)
{
    *fault = wire_fault;
    bool happened = wire_fault.kind != 0;
    wire_fault = (kws_fault){0};
    return happened;
}

static void wire_reset(void)
{
    wire_resets++;
}

const kws_hal *wire_hal(void)
{
    static const kws_hal hal = {
        .board = "test",
        .time_unit = "ticks",
        .serial_read = wire_read,
        .receive_bytes = 4096,
        .serial_write = wire_write,
        .idle = wire_idle,
        .time = wire_time,
        .stack_peak_bytes = wire_stack,
        .take_fault = wire_take_fault,
        .reset = wire_reset,
    };
    return &hal;
}

void wire_clear(void)
{
    wire_sent_count = 0;
    answered = 0;
}

void wire_put(const uint8_t *bytes, size_t count, size_t piece)
{
    incoming = bytes;
    incoming_count = count;
    piece_bytes = piece;
}

void wire_run(void)
{
    while (kws_app_poll()) {
    }
}

size_t wire_encode(const uint8_t *body, size_t count, uint8_t *out)
{
    size_t code = 1;
    size_t length = 2;
    out[0] = 0;
    out[code] = 1;
    for (size_t i = 0; i < count; i++) {
        if (out[code] == 0xFF) { /* only opened when a byte follows */
            code = length++;
            out[code] = 1;
        }
        if (body[i] == 0) {
            code = length++;
            out[code] = 1;
        } else {
            out[length++] = body[i];
            out[code]++;
        }
    }
    out[length++] = 0;
    return length;
}

size_t wire_answer(uint8_t *packet, size_t capacity)
{
    while (answered < wire_sent_count && wire_sent[answered] == 0) {
        answered++;
    }
    size_t length = 0;
    while (answered < wire_sent_count && wire_sent[answered] != 0) {
        uint8_t block = wire_sent[answered++];
        for (uint8_t i = 1; i < block; i++) {
            CHECK(length < capacity && answered < wire_sent_count && wire_sent[answered] != 0);
            packet[length++] = wire_sent[answered++];
        }
        if (block != 0xFF && answered < wire_sent_count && wire_sent[answered] != 0) {
            CHECK(length < capacity);
            packet[length++] = 0;
        }
    }
    if (length == 0) {
        return 0;
    }
    CHECK(length >= 4);
    CHECK_EQUAL(kws_get_u32(packet + length - 4), kws_crc32(0, packet, length - 4));
    return length - 4;
}
