/* SPDX-License-Identifier: Apache-2.0 */
/* See stream_commands.h. */
#include "app/stream_commands.h"

#include "app/clip.h"
#include "app/protocol.h"
#include "app/stream.h"
#include "detect_config.h"
#include "feature_constants.h"

_Static_assert(KWS_STREAM_DATA_ANSWER_MIN_BYTES + KWS_CLASSES <= KWS_MAX_CHUNK_BYTES,
               "the scores of a decision do not fit into an answer");

kws_status kws_command_stream_begin(const uint8_t *payload, size_t length, uint8_t *out,
                                    size_t *out_length)
{
    (void)payload;
    (void)length;
    kws_clip_reset();
    kws_stream_begin();
    const kws_stream_begin_answer answer = {
        .window_samples = KWS_WINDOW_SAMPLES + (KWS_STEP_FRAMES - 1) * KWS_HOP_SAMPLES,
        .interval_samples = KWS_DECISION_FRAMES * KWS_HOP_SAMPLES,
        .kept = KWS_DECISIONS_KEPT,
        .detect_hash = KWS_DETECT_HASH,
    };
    *out_length = kws_write_stream_begin_answer(out, &answer);
    return KWS_OK;
}

kws_status kws_command_stream_data(const uint8_t *payload, size_t length, uint8_t *out,
                                   size_t *out_length)
{
    const kws_stream_data_request request = kws_read_stream_data_request(payload, length);
    const kws_status status = kws_stream_data(request.offset, request.data, request.data_count);
    if (status != KWS_OK) {
        return status;
    }
    static const int8_t none[1];
    kws_stream_data_answer answer = {
        .scores = none,
        .received_bytes = kws_stream_received_bytes(),
        .decisions = kws_stream_decisions(),
        .word = KWS_NO_WORD,
    };
    const kws_stream_decision *newest = kws_stream_decision_at(answer.decisions - 1);
    if (newest != NULL) {
        answer.samples = newest->samples;
        answer.word = newest->word;
        answer.score = newest->score_q16;
        answer.scores = newest->scores;
        answer.scores_count = KWS_CLASSES;
    }
    *out_length = kws_write_stream_data_answer(out, &answer);
    return KWS_OK;
}

kws_status kws_command_get_decision(const uint8_t *payload, size_t length, uint8_t *out,
                                    size_t *out_length)
{
    (void)length;
    const kws_get_decision_request request = kws_read_get_decision_request(payload);
    const kws_stream_decision *decision = kws_stream_decision_at(request.number);
    if (decision == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    const kws_get_decision_answer answer = {
        .samples = decision->samples,
        .word = decision->word,
        .score = decision->score_q16,
        .scores = decision->scores,
        .scores_count = KWS_CLASSES,
    };
    *out_length = kws_write_get_decision_answer(out, &answer);
    return KWS_OK;
}

kws_status kws_command_stream_stats(const uint8_t *payload, size_t length, uint8_t *out,
                                    size_t *out_length)
{
    (void)payload;
    (void)length;
    const kws_stream_cost cost = kws_stream_cost_so_far();
    const kws_stream_stats_answer answer = {
        .frames = cost.frames,
        .time = cost.time,
        .longest = cost.longest,
    };
    *out_length = kws_write_stream_stats_answer(out, &answer);
    return KWS_OK;
}
