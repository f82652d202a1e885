/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32, COBS and frames: the worked frames of PROTOCOL.md, block borders, damage. */
#include <stdbool.h>
#include <string.h>

#include "app/bytes.h"
#include "app/cobs.h"
#include "app/crc32.h"
#include "app/frame.h"
#include "app_wire.h"
#include "check.h"

static kws_frame_receiver receiver;

/* The last event other than NONE of these bytes. */
static kws_frame_event receive(const uint8_t *bytes, size_t count)
{
    kws_frame_event last = KWS_FRAME_NONE;
    for (size_t i = 0; i < count; i++) {
        kws_frame_event event = kws_frame_receive(&receiver, bytes[i]);
        if (event != KWS_FRAME_NONE) {
            last = event;
        }
    }
    return last;
}

static void send(const uint8_t *packet, size_t length)
{
    uint8_t copy[2048];
    memcpy(copy, packet, length);
    wire_clear();
    kws_frame_send(wire_hal(), copy, length);
}

static size_t parse_hex(const char *text, uint8_t *bytes)
{
    size_t count = 0;
    unsigned value;
    int taken;
    while (sscanf(text, " %2x%n", &value, &taken) == 1) {
        bytes[count++] = (uint8_t)value;
        text += taken;
    }
    return count;
}

static void test_worked_frames(const char *protocol_path)
{
    char line[1024];
    unsigned frames = 0;
    FILE *file = fopen(protocol_path, "r");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        char *arrow = strstr(line, "=>");
        uint8_t packet[256];
        uint8_t frame[256];
        if (colon == NULL || arrow == NULL || arrow < colon || line[0] == '`') {
            continue;
        }
        size_t packet_length = parse_hex(colon + 1, packet);
        size_t frame_length = parse_hex(arrow + 2, frame);
        send(packet, packet_length);
        CHECK_EQUAL(frame_length, wire_sent_count);
        CHECK(memcmp(frame, wire_sent, frame_length) == 0);
        CHECK_EQUAL(KWS_FRAME_READY, receive(frame, frame_length));
        CHECK_EQUAL(packet_length, receiver.length);
        CHECK(memcmp(packet, receiver.packet, packet_length) == 0);
        frames++;
    }
    fclose(file);
    CHECK_EQUAL(7, frames);
}

static void test_crc(void)
{
    const uint8_t digits[] = "123456789";
    CHECK_EQUAL(0xCBF43926, kws_crc32(0, digits, 9));
    CHECK_EQUAL(0xCBF43926, kws_crc32(kws_crc32(0, digits, 4), digits + 4, 5));
    CHECK_EQUAL(0, kws_crc32(0, digits, 0));
}

/* Packets of every length around the borders of blocks, with zeros in several places. */
static void test_lengths(void)
{
    for (size_t length = 2; length <= KWS_REQUEST_CAPACITY_BYTES - KWS_CRC_BYTES; length++) {
        for (size_t zero_every = 1; zero_every < 600; zero_every = zero_every * 3 + 1) {
            uint8_t packet[KWS_REQUEST_CAPACITY_BYTES];
            uint8_t frame[2 * KWS_REQUEST_CAPACITY_BYTES];
            for (size_t i = 0; i < length; i++) {
                packet[i] = (i + 1) % zero_every == 0 ? 0 : (uint8_t)(i % 255 + 1);
            }
            send(packet, length);
            kws_put_u32(packet + length, kws_crc32(0, packet, length));
            size_t frame_length = wire_encode(packet, length + KWS_CRC_BYTES, frame);
            CHECK_EQUAL(frame_length, wire_sent_count);
            CHECK(memcmp(frame, wire_sent, frame_length) == 0);
            CHECK(wire_sent_count <= KWS_FRAME_MAX_BYTES);
            CHECK_EQUAL(KWS_FRAME_READY, receive(wire_sent, wire_sent_count));
            CHECK_EQUAL(length, receiver.length);
            CHECK(memcmp(packet, receiver.packet, length) == 0);
        }
    }
}

static void test_damage(void)
{
    const uint8_t packet[] = {1, 2, 3, 0, 5, 0, 0, 8};
    send(packet, sizeof packet);
    uint8_t frame[64];
    size_t count = wire_sent_count;
    memcpy(frame, wire_sent, count);

    for (size_t i = 1; i + 1 < count; i++) { /* any other byte in the place of any byte */
        for (unsigned flip = 1; flip < 256; flip++) {
            frame[i] ^= (uint8_t)flip;
            CHECK(receive(frame, count) != KWS_FRAME_READY);
            frame[i] ^= (uint8_t)flip;
        }
        CHECK_EQUAL(KWS_FRAME_NONE, receive(frame, i)); /* cut, and the next frame behind */
        CHECK_EQUAL(KWS_FRAME_READY, receive(frame, count));
    }
    const uint8_t too_short[] = {0, 3, 1, 2, 0};
    CHECK_EQUAL(KWS_FRAME_BAD, receive(too_short, sizeof too_short));
    CHECK_EQUAL(KWS_FRAME_NONE, receive((const uint8_t[]){0, 0, 0}, 3));
}

static void test_too_long(void)
{
    CHECK_EQUAL(KWS_FRAME_NONE, receive((const uint8_t[]){0}, 1));
    for (unsigned i = 0; i < 100000; i++) {
        CHECK_EQUAL(KWS_FRAME_NONE, kws_frame_receive(&receiver, 0x55));
    }
    CHECK_EQUAL(KWS_FRAME_BAD, kws_frame_receive(&receiver, 0));
    const uint8_t packet[] = {1, 2, 3};
    send(packet, sizeof packet);
    CHECK_EQUAL(KWS_FRAME_READY, receive(wire_sent, wire_sent_count));
}

int main(int argc, char **argv)
{
    CHECK_EQUAL(2, argc);
    kws_frame_receiver_init(&receiver);
    test_worked_frames(argv[1]);
    test_crc();
    test_lengths();
    test_damage();
    test_too_long();
    return EXIT_SUCCESS;
}
