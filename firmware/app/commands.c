/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: a handler each. Where the bytes of a message lie says protocol.h. */
#include "app/commands.h"

#include "app/clip.h"
#include "app/profile.h"
#include "app/protocol.h"
#include "app/stream.h"
#include "app/stream_commands.h"
#include "feature_constants.h"
#include "format.h"
#include "labels.h"
#include "model_info.h"
#include "runtime/model.h"
#include "version.h"

_Static_assert(KWS_RESULT_ANSWER_MIN_BYTES + KWS_CLASSES <= KWS_MAX_CHUNK_BYTES &&
                   KWS_CLASSES <= UINT8_MAX,
               "the scores do not fit into an answer");
_Static_assert(KWS_LABELS == KWS_CLASSES,
               "labels.h and model_info.h disagree: run kws generate again");
_Static_assert(KWS_FRAMES <= UINT16_MAX && KWS_CHANNELS <= UINT8_MAX, "too many features");

typedef struct command_entry {
    uint8_t command;
    uint16_t min_length; /* payload bytes */
    uint16_t max_length;
    kws_status (*handle)(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length);
} command_entry;

static const kws_hal *hardware;
static kws_link_counters *link_counters;
static const kws_link_position *link_position;

static kws_status hello(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)payload; /* the host's version: it decides whether it can speak with this one */
    (void)length;
    kws_clip_reset();
    kws_stream_end();
    const kws_hello_answer answer = {
        .protocol_version = KWS_PROTOCOL_VERSION,
        .format_version = KWS_FORMAT_VERSION,
        .classes = KWS_CLASSES,
        .channels = KWS_CHANNELS,
        .frames = KWS_FRAMES,
        .max_chunk_bytes = KWS_MAX_CHUNK_BYTES,
        .clip_samples = KWS_CLIP_SAMPLES,
        .sample_rate_hz = KWS_SAMPLE_RATE_HZ,
        .tflite_bytes = KWS_TFLITE_BYTES,
        .weights_bytes = kws_model_weights_bytes(),
        .activation_bytes = kws_model_activation_bytes(),
        .features_hash = KWS_FEATURE_HASH,
        .model_hash = KWS_MODEL_HASH,
        .labels_hash = KWS_LABELS_HASH,
        .firmware_version = KWS_FIRMWARE_VERSION,
        .board = hardware->board,
        .runtime = kws_model_runtime(),
        .time_unit = hardware->time_unit,
    };
    *out_length = kws_write_hello_answer(out, &answer);
    return KWS_OK;
}

static kws_status clip_begin(const uint8_t *payload, size_t length, uint8_t *out,
                             size_t *out_length)
{
    (void)length;
    (void)out;
    (void)out_length;
    const kws_clip_begin_request request = kws_read_clip_begin_request(payload);
    kws_stream_end();
    return kws_clip_begin(hardware, request.kind, request.total_bytes);
}

static kws_status clip_data(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    const kws_clip_data_request request = kws_read_clip_data_request(payload, length);
    kws_status status = kws_clip_data(hardware, request.offset, request.data, request.data_count);
    if (status == KWS_OK) {
        const kws_clip_data_answer answer = {.received_bytes = kws_clip_received_bytes()};
        *out_length = kws_write_clip_data_answer(out, &answer);
    }
    return status;
}

static kws_status get_features(const uint8_t *payload, size_t length, uint8_t *out,
                               size_t *out_length)
{
    (void)length;
    const kws_get_features_request request = kws_read_get_features_request(payload);
    const int8_t *features = kws_clip_features();
    if (features == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    if (request.count > KWS_MAX_CHUNK_BYTES || request.offset > KWS_INPUT_BYTES ||
        request.count > KWS_INPUT_BYTES - request.offset) {
        return KWS_ERR_BAD_INPUT;
    }
    const kws_get_features_answer answer = {
        .features = features + request.offset,
        .features_count = request.count,
    };
    *out_length = kws_write_get_features_answer(out, &answer);
    return KWS_OK;
}

static kws_status result(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)payload;
    (void)length;
    kws_clip_result clip;
    kws_status status = kws_clip_run(hardware, &clip);
    if (status != KWS_OK) {
        return status;
    }
    link_counters->clips++;
    const kws_result_answer answer = {
        .best = clip.best,
        .classes = KWS_CLASSES,
        .frames = clip.frames,
        .front_end_time = clip.front_end_time,
        .inference_time = clip.inference_time,
        .features_crc = clip.features_crc,
        .scores = clip.scores,
        .scores_count = KWS_CLASSES,
    };
    *out_length = kws_write_result_answer(out, &answer);
    return KWS_OK;
}

static kws_status stats(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)payload;
    (void)length;
    const kws_stats_answer answer = {
        .stack_peak_bytes = hardware->stack_peak_bytes(),
        .packets = link_counters->packets,
        .bad_frames = link_counters->bad_frames,
        .repeats = link_counters->repeats,
        .clips = link_counters->clips,
        .model_used_bytes = kws_model_used_bytes(),
    };
    *out_length = kws_write_stats_answer(out, &answer);
    return KWS_OK;
}

static kws_status reset(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)payload;
    (void)length;
    (void)out;
    (void)out_length;
    return KWS_OK;
}

static kws_status fault(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)payload;
    (void)length;
    kws_fault report = {0};
    if (hardware->take_fault == NULL || !hardware->take_fault(&report)) {
        report.kind = KWS_FAULT_NONE;
    }
    const kws_fault_answer answer = {
        .kind = (uint8_t)report.kind,
        .pc = report.pc,
        .lr = report.lr,
        .sp = report.sp,
        .cause = report.cause,
        .detail = report.detail,
        .address = report.address,
    };
    *out_length = kws_write_fault_answer(out, &answer);
    return KWS_OK;
}

static kws_status profile(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)length;
    const kws_profile_request request = kws_read_profile_request(payload);
    size_t count = 0;
    const uint32_t *times = kws_profile_times(&count);
    if (request.first < count) {
        const kws_profile_answer answer = {
            .times = times + request.first,
            .times_count = count - request.first,
        };
        *out_length = kws_write_profile_answer(out, &answer);
    }
    return KWS_OK;
}

static kws_status get_labels(const uint8_t *payload, size_t length, uint8_t *out,
                             size_t *out_length)
{
    (void)length;
    const kws_get_labels_request request = kws_read_get_labels_request(payload);
    if (request.first < KWS_LABELS) {
        const kws_get_labels_answer answer = {
            .labels = kws_labels + request.first,
            .labels_count = KWS_LABELS - request.first,
        };
        *out_length = kws_write_get_labels_answer(out, &answer);
    }
    return KWS_OK;
}

static kws_status sync(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)length;
    const kws_sync_request request = kws_read_sync_request(payload);
    const kws_sync_answer answer = {
        .token = request.token,
        .receive_bytes = hardware->receive_bytes,
        .is_open = link_position->open,
        .last = link_position->last,
    };
    *out_length = kws_write_sync_answer(out, &answer);
    return KWS_OK;
}

#define COMMAND(NAME, handler) \
    {KWS_COMMAND_##NAME, KWS_##NAME##_REQUEST_MIN_BYTES, KWS_##NAME##_REQUEST_MAX_BYTES, handler}

static const command_entry commands[] = {
    COMMAND(HELLO, hello),
    COMMAND(CLIP_BEGIN, clip_begin),
    COMMAND(CLIP_DATA, clip_data),
    COMMAND(GET_FEATURES, get_features),
    COMMAND(RESULT, result),
    COMMAND(STATS, stats),
    COMMAND(RESET, reset),
    COMMAND(FAULT, fault),
    COMMAND(PROFILE, profile),
    COMMAND(GET_LABELS, get_labels),
    COMMAND(SYNC, sync),
    COMMAND(STREAM_BEGIN, kws_command_stream_begin),
    COMMAND(STREAM_DATA, kws_command_stream_data),
    COMMAND(GET_DECISION, kws_command_get_decision),
    COMMAND(STREAM_STATS, kws_command_stream_stats),
};
_Static_assert(sizeof commands / sizeof commands[0] == KWS_COMMANDS,
               "a command of the protocol has no handler");

void kws_commands_init(const kws_hal *hal, kws_link_counters *counters,
                       const kws_link_position *position)
{
    hardware = hal;
    link_counters = counters;
    link_position = position;
    kws_clip_reset();
    kws_stream_init(hal);
}

kws_status kws_commands_handle(uint8_t command, const uint8_t *payload, size_t length, uint8_t *out,
                               size_t *out_length)
{
    *out_length = 0;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].command == command) {
            if (length < commands[i].min_length || length > commands[i].max_length) {
                return KWS_ERR_BAD_LENGTH;
            }
            return commands[i].handle(payload, length, out, out_length);
        }
    }
    return KWS_ERR_BAD_COMMAND;
}
