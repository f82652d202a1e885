/* SPDX-License-Identifier: Apache-2.0 */
/* COBS: the decoder is a state machine of one byte a step, the encoder finds blocks. */
#include "app/cobs.h"

#define FULL_BLOCK_CODE 0xFF /* 254 bytes that no zero follows */

void kws_cobs_decoder_reset(kws_cobs_decoder *decoder)
{
    decoder->length = 0;
    decoder->block_left = 0;
    decoder->zero_pending = false;
    decoder->started = false;
    decoder->overflow = false;
}

static void store(kws_cobs_decoder *decoder, uint8_t byte)
{
    if (decoder->length == decoder->capacity) {
        decoder->overflow = true;
        return;
    }
    decoder->out[decoder->length++] = byte;
}

void kws_cobs_decode(kws_cobs_decoder *decoder, uint8_t byte)
{
    decoder->started = true;
    if (decoder->block_left > 0) {
        store(decoder, byte);
        decoder->block_left--;
        return;
    }
    if (decoder->zero_pending) {
        store(decoder, 0);
    }
    decoder->block_left = (uint8_t)(byte - 1);
    decoder->zero_pending = byte != FULL_BLOCK_CODE;
}

bool kws_cobs_decoder_complete(const kws_cobs_decoder *decoder)
{
    return decoder->started && decoder->block_left == 0 && !decoder->overflow;
}

size_t kws_cobs_block_length(const uint8_t *packet, size_t count, size_t start)
{
    size_t length = 0;
    while (start + length < count && packet[start + length] != 0 && length < FULL_BLOCK_CODE - 1) {
        length++;
    }
    return length;
}
