/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's way into the frame decoder and the commands: whatever arrives, each answer is a
 * whole frame, and the sanitizers find nothing.
 *
 * The input is a list of steps: a byte that says what, and what it needs. Frames of the second kind
 * have a valid CRC, or fuzzing would never get past it. Run by python -m bench.fuzz_app. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/bytes.h"
#include "app/crc32.h"
#include "app/frame.h"
#include "app_wire.h"
#include "check.h"
#include "model_info.h"
#include "status.h"

enum step { RAW, PACKET, NEXT_PACKET, CLIP, STEPS };

#define STREAM_KIND 0x07 /* of a CLIP: a stream in its place */
#define LONGEST_PAYLOAD (KWS_MAX_CHUNK_BYTES + 64)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct input {
    const uint8_t *data;
    size_t left;
} input;

static unsigned long frames;       /* with a valid CRC, in all runs */
static unsigned long carried[128]; /* out with status OK, by command */
static uint8_t sequence;

static uint8_t take(input *in)
{
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->data++;
}

static void send(const uint8_t *bytes, size_t count)
{
    static uint8_t answer[KWS_ANSWER_CAPACITY_BYTES];
    unsigned resets = wire_resets;
    wire_clear();
    wire_put(bytes, count, 64);
    wire_run();
    size_t length;
    while ((length = wire_answer(answer, sizeof answer)) > 0) {
        CHECK(length >= KWS_ANSWER_HEADER_BYTES);
        CHECK((answer[0] & KWS_ANSWER_BIT) != 0);
        carried[answer[0] & 0x7F] += answer[2] == KWS_OK;
        CHECK(answer[2] == KWS_OK || length == KWS_ANSWER_HEADER_BYTES);
    }
    if (wire_resets != resets) {
        kws_app_init(wire_hal());
    }
}

static void send_packet(uint8_t command, uint8_t number, const uint8_t *payload, size_t count)
{
    uint8_t packet[2 + LONGEST_PAYLOAD + 4] = {command, number};
    uint8_t frame[2 * sizeof packet];
    if (count > 0) {
        memcpy(packet + 2, payload, count);
    }
    kws_put_u32(packet + 2 + count, kws_crc32(0, packet, 2 + count));
    send(frame, wire_encode(packet, 2 + count + 4, frame));
    if (command != KWS_COMMAND_SYNC) {
        sequence = number;
    }
    frames++;
}

/* A whole clip, so that what comes after it finds one. */
static void send_clip(uint8_t kind, uint8_t fill)
{
    uint32_t total = kind == KWS_CLIP_FEATURES ? KWS_INPUT_BYTES : 2 * KWS_CLIP_SAMPLES;
    uint8_t payload[4 + KWS_MAX_CHUNK_BYTES] = {kind};
    kws_put_u32(payload + 1, total);
    send_packet(KWS_COMMAND_CLIP_BEGIN, (uint8_t)(sequence + 1), payload, 5);
    memset(payload, fill, sizeof payload);
    for (uint32_t offset = 0; offset < total; offset += KWS_MAX_CHUNK_BYTES) {
        uint32_t left = total - offset;
        kws_put_u32(payload, offset);
        send_packet(KWS_COMMAND_CLIP_DATA, (uint8_t)(sequence + 1), payload,
                    4 + (left < KWS_MAX_CHUNK_BYTES ? left : KWS_MAX_CHUNK_BYTES));
    }
}

/* A stream that is long enough for a decision. */
static void send_stream(uint8_t fill)
{
    uint8_t payload[4 + KWS_MAX_CHUNK_BYTES];
    send_packet(KWS_COMMAND_STREAM_BEGIN, (uint8_t)(sequence + 1), payload, 0);
    memset(payload, fill, sizeof payload);
    for (uint32_t offset = 0; offset < 2 * KWS_CLIP_SAMPLES; offset += KWS_MAX_CHUNK_BYTES) {
        kws_put_u32(payload, offset);
        send_packet(KWS_COMMAND_STREAM_DATA, (uint8_t)(sequence + 1), payload, sizeof payload);
    }
}

static void step(input *in)
{
    uint8_t bytes[LONGEST_PAYLOAD];
    uint8_t what = take(in) % STEPS;
    if (what == CLIP) {
        uint8_t kind = take(in);
        uint8_t fill = take(in);
        if (kind == STREAM_KIND) {
            send_stream(fill);
        } else {
            send_clip(kind & 1, fill);
        }
        return;
    }
    uint8_t command = what == RAW ? 0 : take(in);
    uint8_t number = what == PACKET ? take(in) : (uint8_t)(sequence + 1);
    size_t count = take(in);
    if (count >= 0x80) { /* long ones are filled with what is left, again and again */
        count = (count - 0x80) * sizeof bytes / 0x7F;
    }
    for (size_t i = 0; i < count; i++) {
        bytes[i] = in->left > 0 ? take(in) : (uint8_t)i;
    }
    if (what == RAW) {
        send(bytes, count);
    } else {
        send_packet(command, number, bytes, count);
    }
}

static void report(void)
{
    printf("frames of valid CRC: %lu\n", frames);
    for (unsigned command = 0; command < sizeof carried / sizeof carried[0]; command++) {
        if (carried[command] > 0) {
            printf("command %u carried out: %lu\n", command, carried[command]);
        }
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return atexit(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {data, size};
    sequence = 0;
    kws_app_init(wire_hal());
    while (in.left > 0) {
        step(&in);
    }
    return 0;
}
