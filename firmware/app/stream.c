/* SPDX-License-Identifier: Apache-2.0 */
/* See stream.h. */
#include "app/stream.h"

#include <stdbool.h>
#include <string.h>

#include "app/bytes.h"
#include "listener/listen.h"

#define SAMPLE_BYTES 2
#define BLOCK_SAMPLES 64 /* samples unpacked at a time */

static struct {
    const kws_hal *hal;
    bool open;
    uint32_t received_bytes;
    uint32_t decisions;
    uint64_t frame_time; /* since the last frame */
    kws_stream_cost cost;
    kws_stream_decision kept[KWS_DECISIONS_KEPT]; /* a ring */
} stream;

void kws_stream_init(const kws_hal *hal)
{
    memset(&stream, 0, sizeof stream);
    stream.hal = hal;
}

void kws_stream_end(void)
{
    stream.open = false;
}

void kws_stream_begin(void)
{
    kws_stream_init(stream.hal);
    kws_listen_restart();
    stream.open = true;
}

static void keep(const kws_hearing *hearing)
{
    kws_stream_decision *decision = &stream.kept[stream.decisions % KWS_DECISIONS_KEPT];
    const kws_event *event = &hearing->event;
    decision->samples = event->samples;
    decision->word = event->word != NULL ? (uint8_t)event->index : KWS_NO_WORD;
    decision->score_q16 = event->score_q16;
    memcpy(decision->scores, hearing->scores, KWS_CLASSES);
    stream.decisions++;
}

static void count_time(uint64_t time, bool frame)
{
    stream.cost.time += time;
    stream.frame_time += time;
    if (frame) {
        stream.cost.frames++;
        if (stream.frame_time > stream.cost.longest) {
            stream.cost.longest = (uint32_t)stream.frame_time;
        }
        stream.frame_time = 0;
    }
}

static kws_status hear(const int16_t *samples, size_t count)
{
    while (count > 0) {
        kws_hearing hearing;
        const uint64_t start = stream.hal->time();
        const size_t taken = kws_listen_to_frame(samples, count, &hearing);
        count_time(stream.hal->time() - start, hearing.frame);
        if (hearing.event.status != KWS_OK) {
            return hearing.event.status;
        }
        if (hearing.scores != NULL) {
            keep(&hearing);
        }
        samples += taken;
        count -= taken;
    }
    return KWS_OK;
}

kws_status kws_stream_data(uint32_t offset, const uint8_t *data, size_t count)
{
    if (!stream.open || offset != stream.received_bytes) {
        return KWS_ERR_BAD_STATE;
    }
    if (count == 0 || count % SAMPLE_BYTES != 0) {
        return KWS_ERR_BAD_LENGTH;
    }
    stream.received_bytes += (uint32_t)count;
    while (count > 0) {
        int16_t samples[BLOCK_SAMPLES];
        size_t block = 0;
        for (; block < BLOCK_SAMPLES && count > 0; block++) {
            samples[block] = (int16_t)kws_get_u16(data);
            data += SAMPLE_BYTES;
            count -= SAMPLE_BYTES;
        }
        const kws_status status = hear(samples, block);
        if (status != KWS_OK) {
            return status;
        }
    }
    return KWS_OK;
}

uint32_t kws_stream_received_bytes(void)
{
    return stream.received_bytes;
}

uint32_t kws_stream_decisions(void)
{
    return stream.decisions;
}

const kws_stream_decision *kws_stream_decision_at(uint32_t number)
{
    const uint32_t behind = stream.decisions - number; /* 1: the newest */
    const bool kept = behind - 1 < KWS_DECISIONS_KEPT && behind <= stream.decisions;
    return kept ? &stream.kept[number % KWS_DECISIONS_KEPT] : NULL;
}

kws_stream_cost kws_stream_cost_so_far(void)
{
    return stream.cost;
}
