/* SPDX-License-Identifier: Apache-2.0 */
/* A debug program for `kws compare`: what a port runs in place of app/. It takes the samples of a
 * clip and sends what every stage makes of them, value by value.
 *
 * Packets travel in frames (app/frame.h). A request is [kind, token], and the answer to it
 * [kind, token, kws_status]:
 *
 *   START    begins a clip; the answer goes on with the board's name
 *   SAMPLES  [int16, little-endian]: the next of the clip
 *   RUN      runs the model on the complete clip
 *
 * Before the answer to SAMPLES and RUN come packets [VALUES, number as uint16, length of the name,
 * name, bytes]: the next bytes that a stage gave, as they lie in memory. `number` is the operator's
 * for the name "operator", else 0. After a restart that a fault caused, a packet [FAULT, its kind,
 * program counter as uint32] comes first. */
#include "app/bytes.h"
#include "app/frame.h"
#include "classifier/samples.h"
#include "hal/program.h"

enum { START = 'S', SAMPLES = 'P', RUN = 'R', VALUES = 'V', FAULT = 'F' };

enum {
    HEADER_BYTES = 2,
    BLOCK_SAMPLES = 64,
    READ_BYTES = 64,
    NAME_BYTES = 32,
    VALUES_BYTES = 256 /* of a stage in one packet */
};

static const kws_hal *hal;
static kws_status model_status;
static kws_frame_receiver receiver;
static uint8_t packet[1 + 2 + 1 + NAME_BYTES + VALUES_BYTES + KWS_CRC_BYTES];

static void send_values(const char *name, unsigned number, const void *values, size_t bytes)
{
    const uint8_t *next = values;
    while (bytes > 0) {
        const size_t count = bytes < VALUES_BYTES ? bytes : VALUES_BYTES;
        packet[0] = VALUES;
        kws_put_u16(packet + 1, (uint16_t)number);
        const size_t start = 3 + kws_put_name(packet + 3, name, NAME_BYTES);
        memcpy(packet + start, next, count);
        kws_frame_send(hal, packet, start + count);
        next += count;
        bytes -= count;
    }
}

void KWS_STAGE_HOOK(const char *stage, const void *values, size_t bytes);
void KWS_OP_HOOK(int index, const int8_t *output, unsigned bytes);

void KWS_STAGE_HOOK(const char *stage, const void *values, size_t bytes)
{
    send_values(stage, 0, values, bytes);
}

void KWS_OP_HOOK(int index, const int8_t *output, unsigned bytes)
{
    if (index >= 0) {
        send_values("operator", (unsigned)index, output, bytes);
    }
}

static kws_status take_samples(const uint8_t *data, size_t bytes)
{
    int16_t samples[BLOCK_SAMPLES];
    while (bytes > 1) {
        size_t count = 0;
        for (; count < BLOCK_SAMPLES && bytes > 1; count++, data += 2, bytes -= 2) {
            samples[count] = (int16_t)kws_get_u16(data);
        }
        send_values("pcm", 0, samples, count * sizeof *samples);
        (void)kws_take_samples(samples, count);
    }
    return KWS_OK;
}

static kws_status run(void)
{
    const int8_t *input = kws_features();
    const int8_t *scores;
    if (input == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    send_values("int8_input", 0, input, KWS_INPUT_BYTES);
    const kws_status status = kws_run(&scores);
    if (status == KWS_OK) {
        const uint8_t best = (uint8_t)kws_best(scores);
        send_values("scores", 0, scores, KWS_CLASSES);
        send_values("decision", 0, &best, sizeof best);
    }
    return status;
}

static kws_status carry_out(uint8_t kind, const uint8_t *data, size_t bytes)
{
    if (model_status != KWS_OK) {
        return model_status;
    }
    switch (kind) {
    case START:
        kws_restart();
        return KWS_OK;
    case SAMPLES:
        return take_samples(data, bytes);
    case RUN:
        return run();
    default:
        return KWS_ERR_BAD_INPUT;
    }
}

static void handle_packet(void)
{
    const uint8_t kind = receiver.packet[0];
    const uint8_t token = receiver.packet[1];
    const kws_status status =
        carry_out(kind, receiver.packet + HEADER_BYTES, receiver.length - HEADER_BYTES);
    size_t length = HEADER_BYTES;
    packet[0] = kind;
    packet[1] = token;
    packet[length++] = (uint8_t)status;
    if (kind == START) {
        length += kws_put_name(packet + length, hal->board, NAME_BYTES);
    }
    kws_frame_send(hal, packet, length);
}

static void report_fault(void)
{
    kws_fault fault;
    if (hal->take_fault != NULL && hal->take_fault(&fault)) {
        packet[0] = FAULT;
        packet[1] = (uint8_t)fault.kind;
        kws_put_u32(packet + 2, fault.pc);
        kws_frame_send(hal, packet, 2 + sizeof fault.pc);
    }
}

_Noreturn void kws_program_run(const kws_hal *hardware)
{
    hal = hardware;
    kws_frame_receiver_init(&receiver);
    report_fault();
    model_status = kws_start();
    for (;;) {
        uint8_t bytes[READ_BYTES];
        const size_t count = hal->serial_read(bytes, sizeof bytes);
        if (count == 0) {
            hal->idle();
        }
        for (size_t i = 0; i < count; i++) {
            if (kws_frame_receive(&receiver, bytes[i]) == KWS_FRAME_READY) {
                handle_packet();
            }
        }
    }
}
