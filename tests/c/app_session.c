/* SPDX-License-Identifier: Apache-2.0 */
/* The command loop: order, repeats, refusals, clips, garbage. Uses the generated model. Offsets are
 * typed here again on purpose: what the table makes is held against them. */
#include <stdbool.h>
#include <string.h>

#include "app/app.h"
#include "app/bytes.h"
#include "app/crc32.h"
#include "app/frame.h"
#include "app_wire.h"
#include "check.h"
#include "feature_constants.h"
#include "labels.h"
#include "model_info.h"
#include "status.h"
#include "version.h"

#define AUDIO_BYTES (2u * KWS_CLIP_SAMPLES)

static uint8_t answer[1024];
static uint8_t sequence;
static size_t piece = 64; /* bytes that the port hands over at a time */

static size_t make_frame(uint8_t command, uint8_t number, const uint8_t *payload, size_t count,
                         uint8_t *frame)
{
    uint8_t body[1024] = {command, number};
    if (count > 0) {
        memcpy(body + 2, payload, count);
    }
    kws_put_u32(body + 2 + count, kws_crc32(0, body, 2 + count));
    return wire_encode(body, 2 + count + 4, frame);
}

/* Sends one request, returns the length of its answer (in `answer`). */
static size_t ask_as(uint8_t command, uint8_t number, const uint8_t *payload, size_t count)
{
    uint8_t frame[2048];
    size_t length = make_frame(command, number, payload, count, frame);
    wire_clear();
    wire_put(frame, length, piece);
    wire_run();
    return wire_answer(answer, sizeof answer);
}

static kws_status ask(uint8_t command, const uint8_t *payload, size_t count)
{
    size_t length = ask_as(command, ++sequence, payload, count);
    CHECK(length >= KWS_ANSWER_HEADER_BYTES);
    CHECK_EQUAL(command | KWS_ANSWER_BIT, answer[0]);
    CHECK_EQUAL(sequence, answer[1]);
    return (kws_status)answer[2];
}

static kws_status begin(uint8_t kind, uint32_t total_bytes)
{
    uint8_t payload[5] = {kind};
    kws_put_u32(payload + 1, total_bytes);
    return ask(KWS_COMMAND_CLIP_BEGIN, payload, sizeof payload);
}

static kws_status data(uint32_t offset, const uint8_t *bytes, size_t count)
{
    uint8_t payload[4 + 600];
    kws_put_u32(payload, offset);
    memcpy(payload + 4, bytes, count);
    return ask(KWS_COMMAND_CLIP_DATA, payload, 4 + count);
}

static kws_status get_features(uint32_t offset, uint16_t count)
{
    uint8_t payload[6];
    kws_put_u32(payload, offset);
    kws_put_u16(payload + 4, count);
    return ask(KWS_COMMAND_GET_FEATURES, payload, sizeof payload);
}

static void hello(void)
{
    const uint8_t version = KWS_PROTOCOL_VERSION;
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_HELLO, &version, 1));
}

static void start(void)
{
    kws_app_init(wire_hal());
    sequence = 200; /* so that the tests cross the end of the sequence numbers */
    hello();
}

/* Sends a clip of bytes that depend on the seed, in chunks of `chunk`. */
static void send_clip(uint8_t kind, uint32_t total_bytes, uint32_t seed, size_t chunk)
{
    uint8_t bytes[KWS_MAX_CHUNK_BYTES];
    CHECK_EQUAL(KWS_OK, begin(kind, total_bytes));
    for (uint32_t offset = 0; offset < total_bytes;) {
        size_t count = total_bytes - offset < chunk ? total_bytes - offset : chunk;
        for (size_t i = 0; i < count; i++) {
            bytes[i] = (uint8_t)(((offset + i) * 2654435761u + seed) >> 13);
        }
        CHECK_EQUAL(KWS_OK, data(offset, bytes, count));
        offset += (uint32_t)count;
        CHECK_EQUAL(offset, kws_get_u32(answer + 3));
    }
}

static void test_hello(void)
{
    start();
    CHECK_EQUAL(KWS_PROTOCOL_VERSION, answer[3]);
    CHECK_EQUAL(KWS_CLASSES, answer[5]);
    CHECK_EQUAL(KWS_FRAMES, kws_get_u16(answer + 7));
    CHECK_EQUAL(KWS_CLIP_SAMPLES, kws_get_u32(answer + 11));
    char hex[3];
    (void)snprintf(hex, sizeof hex, "%02x", answer[3 + 60]);
    CHECK(strncmp(hex, KWS_MODEL_HASH, 2) == 0);
    const uint8_t *names = answer + 3 + 124;
    CHECK(memcmp(names, "\5" KWS_FIRMWARE_VERSION "\4test\6static\5ticks", 24) == 0);
}

static void test_order(void)
{
    kws_app_init(wire_hal());
    sequence = 9;
    CHECK_EQUAL(KWS_ERR_BAD_SEQUENCE, ask(KWS_COMMAND_STATS, NULL, 0)); /* no session */
    hello();
    sequence++;
    CHECK_EQUAL(KWS_ERR_BAD_SEQUENCE, ask(KWS_COMMAND_STATS, NULL, 0)); /* one skipped */
    sequence -= 2;
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_STATS, NULL, 0));
    CHECK_EQUAL(123, kws_get_u32(answer + 3));
}

static void test_repeat_is_not_carried_out_again(void)
{
    const uint8_t bytes[8] = {0};
    start();
    CHECK_EQUAL(KWS_OK, begin(KWS_CLIP_AUDIO, AUDIO_BYTES));
    CHECK_EQUAL(KWS_OK, data(0, bytes, sizeof bytes));
    for (unsigned i = 0; i < 3; i++) {
        sequence--;
        CHECK_EQUAL(KWS_OK, data(0, bytes, sizeof bytes));
        CHECK_EQUAL(8, kws_get_u32(answer + 3));
    }
    sequence--; /* the same number with other content is not a repeat */
    CHECK_EQUAL(KWS_ERR_BAD_SEQUENCE, data(8, bytes, sizeof bytes));
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_STATS, NULL, 0));
    CHECK_EQUAL(3, kws_get_u32(answer + 3 + 12));
}

static void test_refusals(void)
{
    const uint8_t bytes[8] = {0};
    start();
    CHECK_EQUAL(KWS_ERR_BAD_COMMAND, ask(0x55, NULL, 0));
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, ask(KWS_COMMAND_RESULT, bytes, 1));
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, ask(KWS_COMMAND_CLIP_DATA, bytes, 3));
    CHECK_EQUAL(KWS_ERR_BAD_STATE, ask(KWS_COMMAND_RESULT, NULL, 0));
    CHECK_EQUAL(KWS_ERR_BAD_STATE, data(0, bytes, 8));
    CHECK_EQUAL(KWS_ERR_BAD_INPUT, begin(KWS_CLIP_AUDIO, AUDIO_BYTES + 2));
    CHECK_EQUAL(KWS_ERR_BAD_INPUT, begin(KWS_CLIP_FEATURES, AUDIO_BYTES));
    CHECK_EQUAL(KWS_ERR_BAD_INPUT, begin(7, AUDIO_BYTES));
    CHECK_EQUAL(KWS_OK, begin(KWS_CLIP_AUDIO, AUDIO_BYTES));
    CHECK_EQUAL(KWS_ERR_BAD_STATE, data(2, bytes, 8));
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, data(0, bytes, 3));
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, data(0, bytes, 0));
    CHECK_EQUAL(KWS_ERR_BAD_STATE, get_features(0, 1));
    CHECK_EQUAL(KWS_OK, data(0, bytes, 8)); /* refusals leave the clip as it was */
}

static void test_audio_equals_its_features(void)
{
    uint8_t features[KWS_INPUT_BYTES];
    uint8_t audio_result[24 + KWS_CLASSES];
    start();
    send_clip(KWS_CLIP_AUDIO, AUDIO_BYTES, 1, 254);
    for (uint32_t offset = 0; offset < KWS_INPUT_BYTES; offset += 100) {
        uint32_t left = KWS_INPUT_BYTES - offset;
        uint16_t count = (uint16_t)(left < 100 ? left : 100);
        CHECK_EQUAL(KWS_OK, get_features(offset, count));
        memcpy(features + offset, answer + 3, count);
    }
    CHECK_EQUAL(KWS_ERR_BAD_INPUT, get_features(KWS_INPUT_BYTES - 1, 2));
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_RESULT, NULL, 0));
    memcpy(audio_result, answer + 3, sizeof audio_result);
    CHECK_EQUAL(KWS_FRAMES, kws_get_u16(audio_result + 2));
    CHECK_EQUAL(kws_crc32(0, features, sizeof features), kws_get_u32(audio_result + 20));
    CHECK_EQUAL(KWS_ERR_BAD_STATE, get_features(0, 1)); /* the clip is closed */
    CHECK_EQUAL(KWS_ERR_BAD_STATE, ask(KWS_COMMAND_RESULT, NULL, 0));

    CHECK_EQUAL(KWS_OK, begin(KWS_CLIP_FEATURES, KWS_INPUT_BYTES));
    for (uint32_t offset = 0; offset < KWS_INPUT_BYTES; offset += 77) {
        uint32_t left = KWS_INPUT_BYTES - offset;
        CHECK_EQUAL(KWS_OK, data(offset, features + offset, left < 77 ? left : 77));
    }
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_RESULT, NULL, 0));
    CHECK_EQUAL(audio_result[0], answer[3]);
    CHECK(memcmp(audio_result + 20, answer + 3 + 20, 4 + KWS_CLASSES) == 0);
}

static void test_chunks_do_not_matter(void)
{
    uint8_t first[4 + KWS_CLASSES];
    start();
    for (size_t chunk = KWS_MAX_CHUNK_BYTES; chunk >= 30; chunk = chunk / 3 & ~(size_t)1) {
        piece = chunk % 61 + 1;
        send_clip(KWS_CLIP_AUDIO, AUDIO_BYTES, 2, chunk);
        CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_RESULT, NULL, 0));
        if (chunk == KWS_MAX_CHUNK_BYTES) {
            memcpy(first, answer + 3 + 20, sizeof first);
        }
        CHECK(memcmp(first, answer + 3 + 20, sizeof first) == 0);
    }
    piece = 64;
}

/* A host that vanishes in the middle of a clip and of a frame leaves nothing behind. */
static void test_vanished_host(void)
{
    uint8_t frame[64];
    const uint8_t bytes[8] = {1, 2, 3};
    start();
    CHECK_EQUAL(KWS_OK, begin(KWS_CLIP_AUDIO, AUDIO_BYTES));
    CHECK_EQUAL(KWS_OK, data(0, bytes, sizeof bytes));
    size_t length = make_frame(KWS_COMMAND_STATS, (uint8_t)(sequence + 1), NULL, 0, frame);
    wire_put(frame, length - 3, piece);
    wire_run();

    const uint8_t version = KWS_PROTOCOL_VERSION;
    sequence = 77;
    CHECK_EQUAL(3, ask_as(KWS_COMMAND_HELLO, sequence, &version, 1));
    CHECK_EQUAL(KWS_ANSWER_NAK, answer[0]); /* for the frame that was cut */
    CHECK_EQUAL(KWS_ERR_BAD_FRAME, answer[2]);
    CHECK(wire_answer(answer, sizeof answer) > 100);
    CHECK_EQUAL(KWS_COMMAND_HELLO | KWS_ANSWER_BIT, answer[0]);
    CHECK_EQUAL(KWS_ERR_BAD_STATE, data(8, bytes, sizeof bytes)); /* the clip is gone */
    send_clip(KWS_CLIP_AUDIO, AUDIO_BYTES, 3, 512);
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_RESULT, NULL, 0));
}

/* A long stretch of noise, zeros included, then normal service. */
static void test_garbage(void)
{
    static uint8_t noise[20000];
    uint32_t random = 12345;
    start();
    for (unsigned round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof noise; i++) {
            random = random * 1664525u + 1013904223u;
            noise[i] = (uint8_t)(random >> 24);
        }
        wire_clear();
        wire_put(noise, sizeof noise, piece);
        wire_run();
        wire_put((const uint8_t[]){0}, 1, piece);
        wire_run();
        CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_STATS, NULL, 0));
        CHECK(kws_get_u32(answer + 3 + 8) > 40u * (round + 1));
    }
}

/* Whole frames with any command and payload: each gets exactly one answer. */
static void test_any_request(void)
{
    uint32_t random = 99;
    start();
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t payload[KWS_CLIP_DATA_REQUEST_MAX_BYTES]; /* the longest that fits */
        random = random * 1664525u + 1013904223u;
        size_t count = (random >> 8) % (round % 3 == 0 ? sizeof payload + 1 : 9);
        for (size_t i = 0; i < count; i++) {
            random = random * 1664525u + 1013904223u;
            payload[i] = (random >> 20) % 3 == 0 ? 0 : (uint8_t)(random >> 24);
        }
        uint8_t command = (uint8_t)((random >> 16) % 12);
        size_t length = ask_as(command, ++sequence, payload, count);
        CHECK(length >= KWS_ANSWER_HEADER_BYTES);
        CHECK_EQUAL(command | KWS_ANSWER_BIT, answer[0]);
        CHECK_EQUAL(sequence, answer[1]);
        CHECK(answer[2] == KWS_OK || length == KWS_ANSWER_HEADER_BYTES);
        CHECK_EQUAL(0, wire_answer(answer, sizeof answer));
        sequence = (uint8_t)(sequence - (command == KWS_COMMAND_SYNC)); /* takes no number */
    }
}

static void check_position(uint32_t token, uint8_t is_open)
{
    uint8_t payload[4];
    kws_put_u32(payload, token);
    CHECK_EQUAL(KWS_ANSWER_HEADER_BYTES + 10,
                ask_as(KWS_COMMAND_SYNC, (uint8_t)(token * 77), payload, sizeof payload));
    CHECK_EQUAL(KWS_COMMAND_SYNC | KWS_ANSWER_BIT, answer[0]);
    CHECK_EQUAL((uint8_t)(token * 77), answer[1]);
    CHECK_EQUAL(token, kws_get_u32(answer + 3));
    CHECK_EQUAL(4096, kws_get_u32(answer + 3 + 4));
    CHECK_EQUAL(is_open, answer[3 + 8]);
    if (is_open) {
        CHECK_EQUAL(sequence, answer[3 + 9]);
    }
}

/* Whatever its number, and the last answer stays. */
static void test_sync(void)
{
    const uint8_t bytes[8] = {0};
    kws_app_init(wire_hal());
    check_position(1, 0);
    start();
    check_position(0x12345678, 1);
    CHECK_EQUAL(KWS_OK, begin(KWS_CLIP_AUDIO, AUDIO_BYTES));
    CHECK_EQUAL(KWS_OK, data(0, bytes, sizeof bytes));
    for (uint32_t token = 0; token < 300; token++) {
        check_position(token, 1);
    }
    sequence--; /* a repeat of what came before SYNC */
    CHECK_EQUAL(KWS_OK, data(0, bytes, sizeof bytes));
    CHECK_EQUAL(KWS_OK, data(8, bytes, sizeof bytes));
    CHECK_EQUAL(KWS_ANSWER_HEADER_BYTES, ask_as(KWS_COMMAND_SYNC, 0, bytes, 3));
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, answer[2]);
}

/* Requests that arrive before the answers to the ones before: after a gap nothing is carried out. */
static void test_sent_ahead(void)
{
    uint8_t frames[4096];
    size_t length = 0;
    uint8_t payload[4 + 8] = {0};
    start();
    CHECK_EQUAL(KWS_OK, begin(KWS_CLIP_AUDIO, AUDIO_BYTES));
    for (uint8_t i = 0; i < 6; i++) {
        kws_put_u32(payload, 8u * i);
        length += make_frame(KWS_COMMAND_CLIP_DATA, (uint8_t)(sequence + 1 + i), payload,
                             sizeof payload, frames + length);
        if (i == 3) {
            frames[length - 3] ^= 1u;
        }
    }
    wire_clear();
    wire_put(frames, length, piece);
    wire_run();
    for (uint8_t i = 0; i < 6; i++) {
        CHECK(wire_answer(answer, sizeof answer) >= KWS_ANSWER_HEADER_BYTES);
        if (i == 3) {
            CHECK_EQUAL(KWS_ANSWER_NAK, answer[0]);
            continue;
        }
        CHECK_EQUAL((uint8_t)(sequence + 1 + i), answer[1]);
        CHECK_EQUAL(i < 3 ? KWS_OK : KWS_ERR_BAD_SEQUENCE, answer[2]);
    }
    sequence = (uint8_t)(sequence + 3);
    check_position(9, 1);
    CHECK_EQUAL(KWS_OK, data(24, payload, 8));
}

/* Samples of a stream at byte `offset`; the bytes of the answer lie at answer + 3. */
static kws_status hear(uint32_t offset, size_t count)
{
    uint8_t payload[4 + KWS_MAX_CHUNK_BYTES];
    for (size_t i = 0; i < count; i++) {
        payload[4 + i] = (uint8_t)((offset + i) * 2654435761u >> 24);
    }
    kws_put_u32(payload, offset);
    return ask(KWS_COMMAND_STREAM_DATA, payload, 4 + count);
}

static void test_stream(void)
{
    const uint32_t first_bytes = 2 * (KWS_WINDOW_SAMPLES + (KWS_FRAMES - 1) * KWS_HOP_SAMPLES);
    uint8_t number[4] = {0};
    int8_t scores[KWS_CLASSES];
    start();
    CHECK_EQUAL(KWS_ERR_BAD_STATE, hear(0, 2));
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_STREAM_BEGIN, NULL, 0));
    CHECK_EQUAL(first_bytes / 2, kws_get_u32(answer + 3));
    CHECK_EQUAL(KWS_DECISION_FRAMES * KWS_HOP_SAMPLES, kws_get_u32(answer + 7));
    for (uint32_t offset = 0; offset < first_bytes;) {
        const uint32_t left = first_bytes - offset;
        const size_t count = left < KWS_MAX_CHUNK_BYTES ? left : KWS_MAX_CHUNK_BYTES;
        CHECK_EQUAL(KWS_OK, hear(offset, count));
        offset += (uint32_t)count;
        CHECK_EQUAL(offset, kws_get_u32(answer + 3));
        CHECK_EQUAL(offset == first_bytes, kws_get_u32(answer + 7)); /* decisions */
    }
    CHECK_EQUAL(first_bytes / 2, kws_get_u32(answer + 11));
    memcpy(scores, answer + 22, KWS_CLASSES);
    CHECK_EQUAL(KWS_ERR_BAD_STATE, hear(first_bytes - 2, 2));
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, hear(first_bytes, 3));
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, hear(first_bytes, 0));
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_GET_DECISION, number, sizeof number));
    CHECK_EQUAL(first_bytes / 2, kws_get_u32(answer + 3));
    CHECK(memcmp(scores, answer + 14, KWS_CLASSES) == 0);
    number[0] = 1;
    CHECK_EQUAL(KWS_ERR_BAD_STATE, ask(KWS_COMMAND_GET_DECISION, number, sizeof number));
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_STREAM_STATS, NULL, 0));
    CHECK_EQUAL(KWS_FRAMES, kws_get_u32(answer + 3));
    CHECK_EQUAL(KWS_OK, begin(KWS_CLIP_AUDIO, AUDIO_BYTES));
    CHECK_EQUAL(KWS_ERR_BAD_STATE, hear(first_bytes, 2)); /* the clip ended it */
}

static void test_fault(void)
{
    start();
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_FAULT, NULL, 0));
    CHECK_EQUAL(0, answer[3]);
    wire_fault = (kws_fault){KWS_FAULT_EXCEPTION, 1, 2, 3, 4, 5, 0x12345678};
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_FAULT, NULL, 0));
    CHECK_EQUAL(KWS_FAULT_EXCEPTION, answer[3]);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(i + 1, kws_get_u32(answer + 4 + 4 * i));
    }
    CHECK_EQUAL(0x12345678, kws_get_u32(answer + 4 + 20));
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_FAULT, NULL, 0));
    CHECK_EQUAL(0, answer[3]); /* reported once */
}

static void test_labels(void)
{
    start();
    for (uint8_t first = 0; first < KWS_LABELS; first++) {
        CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_GET_LABELS, &first, 1));
        const uint8_t *name = answer + KWS_ANSWER_HEADER_BYTES;
        for (size_t i = first; i < KWS_LABELS; i++) {
            CHECK_EQUAL(strlen(kws_labels[i]), name[0]);
            CHECK(memcmp(kws_labels[i], name + 1, name[0]) == 0);
            name += 1 + name[0];
        }
    }
    const uint8_t none[] = {KWS_LABELS, 255};
    for (size_t i = 0; i < sizeof none; i++) {
        CHECK_EQUAL(KWS_ANSWER_HEADER_BYTES,
                    ask_as(KWS_COMMAND_GET_LABELS, ++sequence, none + i, 1));
        CHECK_EQUAL(KWS_OK, answer[2]);
    }
    CHECK_EQUAL(KWS_ERR_BAD_LENGTH, ask(KWS_COMMAND_GET_LABELS, NULL, 0));
}

static void test_reset(void)
{
    unsigned before = wire_resets;
    start();
    CHECK_EQUAL(KWS_OK, ask(KWS_COMMAND_RESET, NULL, 0));
    CHECK_EQUAL(before + 1, wire_resets);
}

int main(void)
{
    test_hello();
    test_order();
    test_repeat_is_not_carried_out_again();
    test_refusals();
    test_audio_equals_its_features();
    test_chunks_do_not_matter();
    test_vanished_host();
    test_garbage();
    test_any_request();
    test_sync();
    test_sent_ahead();
    test_stream();
    test_fault();
    test_labels();
    test_reset();
    return EXIT_SUCCESS;
}
