/* The commands: a table of payload lengths and handlers. PROTOCOL.md has the byte offsets. */
#include "app/commands.h"

#include <string.h>

#include "app/bytes.h"
#include "app/clip.h"
#include "app/profile.h"
#include "app/protocol.h"
#include "feature_constants.h"
#include "format.h"
#include "model_info.h"
#include "runtime/model.h"
#include "version.h"

#define HASH_BYTES 32
#define MAX_NAME_BYTES 31 /* of a name in the handshake; longer ones are cut */
#define HELLO_FIXED_BYTES 124
#define RESULT_FIXED_BYTES 24

_Static_assert(HELLO_FIXED_BYTES + 4 * (1 + MAX_NAME_BYTES) <= KWS_MAX_CHUNK_BYTES,
               "the handshake does not fit into an answer");
_Static_assert(RESULT_FIXED_BYTES + KWS_CLASSES <= KWS_MAX_CHUNK_BYTES && KWS_CLASSES <= 255,
               "the scores do not fit into an answer");
_Static_assert(KWS_FRAMES <= UINT16_MAX && KWS_CHANNELS <= UINT8_MAX, "too many features");

typedef struct command_entry {
    uint8_t command;
    uint16_t min_length; /* payload bytes */
    uint16_t max_length;
    kws_status (*handle)(const uint8_t *payload, size_t length, uint8_t *out,
                         size_t *out_length);
} command_entry;

static const kws_hal *hardware;
static kws_link_counters *link_counters;

static uint8_t hex_digit(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* hex: 64 lower-case digits; out: [HASH_BYTES]. */
static void put_hash(uint8_t *out, const char *hex)
{
    for (size_t i = 0; i < HASH_BYTES; i++) {
        out[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    }
}

/* Writes the length in one byte, then the text without its zero; returns the end. */
static uint8_t *put_name(uint8_t *out, const char *name)
{
    size_t length = strlen(name);
    if (length > MAX_NAME_BYTES) {
        length = MAX_NAME_BYTES;
    }
    *out++ = (uint8_t)length;
    memcpy(out, name, length);
    return out + length;
}

static kws_status hello(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)payload; /* the host's version: it decides whether it can speak with this one */
    (void)length;
    kws_clip_reset();
    out[0] = KWS_PROTOCOL_VERSION;
    out[1] = KWS_FORMAT_VERSION;
    out[2] = KWS_CLASSES;
    out[3] = KWS_CHANNELS;
    kws_put_u16(out + 4, KWS_FRAMES);
    kws_put_u16(out + 6, KWS_MAX_CHUNK_BYTES);
    kws_put_u32(out + 8, KWS_CLIP_SAMPLES);
    kws_put_u32(out + 12, KWS_SAMPLE_RATE_HZ);
    kws_put_u32(out + 16, KWS_TFLITE_BYTES);
    kws_put_u32(out + 20, kws_model_weights_bytes());
    kws_put_u32(out + 24, kws_model_activation_bytes());
    put_hash(out + 28, KWS_FEATURE_HASH);
    put_hash(out + 60, KWS_MODEL_HASH);
    put_hash(out + 92, KWS_LABELS_HASH);
    uint8_t *end = out + HELLO_FIXED_BYTES;
    end = put_name(end, KWS_FIRMWARE_VERSION);
    end = put_name(end, hardware->board);
    end = put_name(end, kws_model_runtime());
    end = put_name(end, hardware->time_unit);
    *out_length = (size_t)(end - out);
    return KWS_OK;
}

static kws_status clip_begin(const uint8_t *payload, size_t length, uint8_t *out,
                             size_t *out_length)
{
    (void)length;
    (void)out;
    (void)out_length;
    return kws_clip_begin(payload[0], kws_get_u32(payload + 1));
}

static kws_status clip_data(const uint8_t *payload, size_t length, uint8_t *out,
                            size_t *out_length)
{
    kws_status status = kws_clip_data(hardware, kws_get_u32(payload),
                                      payload + KWS_OFFSET_BYTES, length - KWS_OFFSET_BYTES);
    if (status == KWS_OK) {
        kws_put_u32(out, kws_clip_received_bytes());
        *out_length = 4;
    }
    return status;
}

static kws_status get_features(const uint8_t *payload, size_t length, uint8_t *out,
                               size_t *out_length)
{
    (void)length;
    uint32_t offset = kws_get_u32(payload);
    uint16_t count = kws_get_u16(payload + 4);
    const int8_t *features = kws_clip_features();
    if (features == NULL) {
        return KWS_ERR_BAD_STATE;
    }
    if (count > KWS_MAX_CHUNK_BYTES || offset > KWS_INPUT_BYTES ||
        count > KWS_INPUT_BYTES - offset) {
        return KWS_ERR_BAD_INPUT;
    }
    memcpy(out, features + offset, count);
    *out_length = count;
    return KWS_OK;
}

static kws_status result(const uint8_t *payload, size_t length, uint8_t *out,
                         size_t *out_length)
{
    (void)payload;
    (void)length;
    kws_clip_result answer;
    kws_status status = kws_clip_run(hardware, &answer);
    if (status != KWS_OK) {
        return status;
    }
    link_counters->clips++;
    out[0] = answer.best;
    out[1] = KWS_CLASSES;
    kws_put_u16(out + 2, answer.frames);
    kws_put_u64(out + 4, answer.front_end_time);
    kws_put_u64(out + 12, answer.inference_time);
    kws_put_u32(out + 20, answer.features_crc);
    memcpy(out + RESULT_FIXED_BYTES, answer.scores, KWS_CLASSES);
    *out_length = RESULT_FIXED_BYTES + KWS_CLASSES;
    return KWS_OK;
}

static kws_status stats(const uint8_t *payload, size_t length, uint8_t *out, size_t *out_length)
{
    (void)payload;
    (void)length;
    kws_put_u32(out, hardware->stack_peak_bytes());
    kws_put_u32(out + 4, link_counters->packets);
    kws_put_u32(out + 8, link_counters->bad_frames);
    kws_put_u32(out + 12, link_counters->repeats);
    kws_put_u32(out + 16, link_counters->clips);
    kws_put_u32(out + 20, kws_model_used_bytes());
    *out_length = 24;
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
    bool happened = hardware->take_fault != NULL && hardware->take_fault(&report);
    out[0] = happened ? (uint8_t)report.kind : 0;
    kws_put_u32(out + 1, report.pc);
    kws_put_u32(out + 5, report.lr);
    kws_put_u32(out + 9, report.sp);
    kws_put_u32(out + 13, report.cause);
    kws_put_u32(out + 17, report.detail);
    kws_put_u32(out + 21, report.address);
    *out_length = 25;
    return KWS_OK;
}

static kws_status profile(const uint8_t *payload, size_t length, uint8_t *out,
                          size_t *out_length)
{
    (void)length;
    size_t count = 0;
    const uint32_t *times = kws_profile_times(&count);
    for (size_t i = payload[0]; i < count && *out_length + 4 <= KWS_MAX_CHUNK_BYTES; i++) {
        kws_put_u32(out + *out_length, times[i]);
        *out_length += 4;
    }
    return KWS_OK;
}

static const command_entry commands[] = {
    {KWS_COMMAND_HELLO, 1, 1, hello},
    {KWS_COMMAND_CLIP_BEGIN, 5, 5, clip_begin},
    {KWS_COMMAND_CLIP_DATA, KWS_OFFSET_BYTES, KWS_OFFSET_BYTES + KWS_MAX_CHUNK_BYTES, clip_data},
    {KWS_COMMAND_GET_FEATURES, 6, 6, get_features},
    {KWS_COMMAND_RESULT, 0, 0, result},
    {KWS_COMMAND_STATS, 0, 0, stats},
    {KWS_COMMAND_RESET, 0, 0, reset},
    {KWS_COMMAND_FAULT, 0, 0, fault},
    {KWS_COMMAND_PROFILE, 1, 1, profile},
};

void kws_commands_init(const kws_hal *hal, kws_link_counters *counters)
{
    hardware = hal;
    link_counters = counters;
    kws_clip_reset();
}

kws_status kws_commands_handle(uint8_t command, const uint8_t *payload, size_t length,
                               uint8_t *out, size_t *out_length)
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
