/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: COBS and CRC-32 put together, in bounded memory. */
#include "app/frame.h"

#include "app/bytes.h"
#include "app/crc32.h"

#define STAGE_BYTES 32 /* bytes handed to the port at a time */

void kws_frame_receiver_init(kws_frame_receiver *receiver)
{
    receiver->length = 0;
    receiver->crc = 0;
    receiver->decoder.out = receiver->packet;
    receiver->decoder.capacity = sizeof receiver->packet;
    kws_cobs_decoder_reset(&receiver->decoder);
}

static kws_frame_event finish(kws_frame_receiver *receiver)
{
    const kws_cobs_decoder *decoder = &receiver->decoder;
    if (!decoder->started) {
        return KWS_FRAME_NONE; /* frames begin and end with zero: empty ones mean nothing */
    }
    if (!kws_cobs_decoder_complete(decoder) ||
        decoder->length < KWS_REQUEST_HEADER_BYTES + KWS_CRC_BYTES) {
        return KWS_FRAME_BAD;
    }
    receiver->length = decoder->length - KWS_CRC_BYTES;
    receiver->crc = kws_crc32(0, receiver->packet, receiver->length);
    if (receiver->crc != kws_get_u32(receiver->packet + receiver->length)) {
        return KWS_FRAME_BAD;
    }
    return KWS_FRAME_READY;
}

kws_frame_event kws_frame_receive(kws_frame_receiver *receiver, uint8_t byte)
{
    if (byte != 0) {
        kws_cobs_decode(&receiver->decoder, byte);
        return KWS_FRAME_NONE;
    }
    kws_frame_event event = finish(receiver);
    kws_cobs_decoder_reset(&receiver->decoder);
    return event;
}

typedef struct stage {
    const kws_hal *hal;
    size_t count;
    uint8_t bytes[STAGE_BYTES];
} stage;

static void stage_put(stage *out, uint8_t byte)
{
    out->bytes[out->count++] = byte;
    if (out->count == STAGE_BYTES) {
        out->hal->serial_write(out->bytes, out->count);
        out->count = 0;
    }
}

void kws_frame_send(const kws_hal *hal, uint8_t *packet, size_t length)
{
    kws_put_u32(packet + length, kws_crc32(0, packet, length));
    size_t count = length + KWS_CRC_BYTES;

    stage out = {.hal = hal, .count = 0};
    stage_put(&out, 0);
    /* A packet that ends in zero ends with an empty block: hence <=. */
    for (size_t start = 0; start <= count;) {
        size_t block = kws_cobs_block_length(packet, count, start);
        stage_put(&out, (uint8_t)(block + 1));
        for (size_t i = 0; i < block; i++) {
            stage_put(&out, packet[start + i]);
        }
        start += block;
        if (block < 254) {
            start++; /* the zero that this block stands for, or the end */
        } else if (start == count) {
            break; /* a full block ends the packet: nothing stands for a zero */
        }
    }
    stage_put(&out, 0);
    if (out.count > 0) {
        hal->serial_write(out.bytes, out.count);
    }
}
