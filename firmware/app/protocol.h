/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and messages of the serial protocol, which PROTOCOL.md describes.
 *
 * Generated: do not edit. Changes are lost when it is made again.
 * Table:   codegen/kws_codegen/protocol/messages.py
 * Command: python -m kws_codegen.protocol
 *
 * kws_read_<command>_request() reads the payload of a request, kws_write_<command>_answer() writes
 * that of an answer and returns its length. An array is a pointer and a count; as many elements
 * are written as fit into KWS_MAX_CHUNK_BYTES. */
/* clang-format off */
#ifndef KWS_PROTOCOL_H
#define KWS_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "app/bytes.h"

#define KWS_PROTOCOL_VERSION 1

/* Most bytes of an array in one message. A board with little RAM may define it smaller; the host
 * learns it from the handshake. */
#ifndef KWS_MAX_CHUNK_BYTES
#define KWS_MAX_CHUNK_BYTES 512
#endif
_Static_assert(KWS_MAX_CHUNK_BYTES >= 256, "the handshake needs a chunk of 256 bytes");
_Static_assert(KWS_MAX_CHUNK_BYTES % 2 == 0, "a chunk holds whole samples");

typedef enum kws_command {
    KWS_COMMAND_HELLO = 0x01,        /* opens a session and tells what the device is */
    KWS_COMMAND_CLIP_BEGIN = 0x02,   /* forgets the clip in progress and opens a new one */
    KWS_COMMAND_CLIP_DATA = 0x03,    /* takes the next bytes of the clip */
    KWS_COMMAND_GET_FEATURES = 0x04, /* reads the features of the complete clip */
    KWS_COMMAND_RESULT = 0x05,       /* runs the model on the complete clip and closes it */
    KWS_COMMAND_STATS = 0x06,        /* tells counters and stack use */
    KWS_COMMAND_RESET = 0x07,        /* restarts the device, after its answer */
    KWS_COMMAND_FAULT = 0x08,        /* tells the fault that restarted the device, once */
    KWS_COMMAND_PROFILE = 0x09,      /* tells the time of each operator in the last inference */
    KWS_COMMAND_GET_LABELS = 0x0A,   /* tells the names of the classes */
    KWS_COMMAND_SYNC = 0x0B,         /* tells where the session stands */
    KWS_COMMAND_STREAM_BEGIN = 0x0C, /* forgets what was heard and listens from now on */
    KWS_COMMAND_STREAM_DATA = 0x0D,  /* hears the next samples of the stream */
    KWS_COMMAND_GET_DECISION = 0x0E, /* tells an earlier decision */
    KWS_COMMAND_STREAM_STATS = 0x0F, /* tells what listening costs */
} kws_command;
#define KWS_COMMANDS 15

typedef enum kws_clip_kind {
    KWS_CLIP_AUDIO = 0,    /* int16 samples; the front end runs on the device */
    KWS_CLIP_FEATURES = 1, /* int8 features, the model's input */
} kws_clip_kind;

/* An answer's first byte is the command's with this bit set. */
#define KWS_ANSWER_BIT 0x80
/* First byte of the answer to a frame whose command could not be read. */
#define KWS_ANSWER_NAK 0xFF
#define KWS_CRC_BYTES 4 /* behind every packet */
/* In the place of a class: no word was detected. */
#define KWS_NO_WORD 0xFF

/* What stands before the payload. */
#define KWS_REQUEST_HEADER_BYTES 2
typedef struct kws_request_header {
    uint8_t command;
    uint8_t sequence; /* sequence number */
} kws_request_header;

static inline kws_request_header
kws_read_request_header(const uint8_t *payload)
{
    return (kws_request_header){
        .command = kws_get_u8(payload),
        .sequence = kws_get_u8(payload + 1),
    };
}

#define KWS_ANSWER_HEADER_BYTES 3
typedef struct kws_answer_header {
    uint8_t kind;     /* command with bit 7 set; 0xFF in a NAK */
    uint8_t sequence; /* sequence number of the request; 0 in a NAK */
    uint8_t status;
} kws_answer_header;

static inline size_t
kws_write_answer_header(uint8_t *out, const kws_answer_header *from)
{
    kws_put_u8(out, from->kind);
    kws_put_u8(out + 1, from->sequence);
    kws_put_u8(out + 2, from->status);
    return 3;
}

/* HELLO: opens a session and tells what the device is. */
#define KWS_HELLO_REQUEST_MIN_BYTES 1
#define KWS_HELLO_REQUEST_MAX_BYTES 1
typedef struct kws_hello_request {
    uint8_t version; /* the host's protocol version */
} kws_hello_request;

static inline kws_hello_request
kws_read_hello_request(const uint8_t *payload)
{
    return (kws_hello_request){
        .version = kws_get_u8(payload),
    };
}

#define KWS_HELLO_ANSWER_MIN_BYTES 128
typedef struct kws_hello_answer {
    uint8_t protocol_version;
    uint8_t format_version;       /* format version of the generated code */
    uint8_t classes;
    uint8_t channels;
    uint16_t frames;              /* frames of a clip */
    uint16_t max_chunk_bytes;     /* most bytes of an array in a message (256 or more, even) */
    uint32_t clip_samples;        /* samples of a clip */
    uint32_t sample_rate_hz;      /* sample rate, Hz */
    uint32_t tflite_bytes;        /* bytes of the .tflite model */
    uint32_t weights_bytes;       /* bytes of weights and constants in flash */
    uint32_t activation_bytes;    /* bytes of activation memory, input and output included */
    const char *features_hash;    /* SHA-256 of the front end's configuration, in hex */
    const char *model_hash;       /* SHA-256 of the .tflite model, in hex */
    const char *labels_hash;      /* SHA-256 of the list of labels, in hex */
    const char *firmware_version;
    const char *board;
    const char *runtime;          /* what runs the model */
    const char *time_unit;        /* time unit: `ns`, `cycles` or `instructions` */
} kws_hello_answer;

static inline size_t
kws_write_hello_answer(uint8_t *out, const kws_hello_answer *from)
{
    kws_put_u8(out, from->protocol_version);
    kws_put_u8(out + 1, from->format_version);
    kws_put_u8(out + 2, from->classes);
    kws_put_u8(out + 3, from->channels);
    kws_put_u16(out + 4, from->frames);
    kws_put_u16(out + 6, from->max_chunk_bytes);
    kws_put_u32(out + 8, from->clip_samples);
    kws_put_u32(out + 12, from->sample_rate_hz);
    kws_put_u32(out + 16, from->tflite_bytes);
    kws_put_u32(out + 20, from->weights_bytes);
    kws_put_u32(out + 24, from->activation_bytes);
    kws_put_hex(out + 28, from->features_hash, 32);
    kws_put_hex(out + 60, from->model_hash, 32);
    kws_put_hex(out + 92, from->labels_hash, 32);
    size_t length = 124;
    length += kws_put_name(out + length, from->firmware_version, 31);
    length += kws_put_name(out + length, from->board, 31);
    length += kws_put_name(out + length, from->runtime, 31);
    length += kws_put_name(out + length, from->time_unit, 31);
    return length;
}

/* CLIP_BEGIN: forgets the clip in progress and opens a new one. */
#define KWS_CLIP_BEGIN_REQUEST_MIN_BYTES 5
#define KWS_CLIP_BEGIN_REQUEST_MAX_BYTES 5
typedef struct kws_clip_begin_request {
    uint8_t kind;
    uint32_t total_bytes; /* bytes of the whole clip */
} kws_clip_begin_request;

static inline kws_clip_begin_request
kws_read_clip_begin_request(const uint8_t *payload)
{
    return (kws_clip_begin_request){
        .kind = kws_get_u8(payload),
        .total_bytes = kws_get_u32(payload + 1),
    };
}

/* CLIP_DATA: takes the next bytes of the clip. */
#define KWS_CLIP_DATA_REQUEST_MIN_BYTES 4
#define KWS_CLIP_DATA_REQUEST_MAX_BYTES (4 + KWS_MAX_CHUNK_BYTES)
typedef struct kws_clip_data_request {
    uint32_t offset;     /* bytes of the clip before these */
    const uint8_t *data; /* [data_count]: the next bytes */
    size_t data_count;
} kws_clip_data_request;

static inline kws_clip_data_request
kws_read_clip_data_request(const uint8_t *payload, size_t length)
{
    return (kws_clip_data_request){
        .offset = kws_get_u32(payload),
        .data = payload + 4,
        .data_count = length - 4,
    };
}

#define KWS_CLIP_DATA_ANSWER_MIN_BYTES 4
typedef struct kws_clip_data_answer {
    uint32_t received_bytes; /* bytes of the clip that have arrived */
} kws_clip_data_answer;

static inline size_t
kws_write_clip_data_answer(uint8_t *out, const kws_clip_data_answer *from)
{
    kws_put_u32(out, from->received_bytes);
    return 4;
}

/* GET_FEATURES: reads the features of the complete clip. */
#define KWS_GET_FEATURES_REQUEST_MIN_BYTES 6
#define KWS_GET_FEATURES_REQUEST_MAX_BYTES 6
typedef struct kws_get_features_request {
    uint32_t offset; /* first byte of the features */
    uint16_t count;  /* how many */
} kws_get_features_request;

static inline kws_get_features_request
kws_read_get_features_request(const uint8_t *payload)
{
    return (kws_get_features_request){
        .offset = kws_get_u32(payload),
        .count = kws_get_u16(payload + 4),
    };
}

#define KWS_GET_FEATURES_ANSWER_MIN_BYTES 0
typedef struct kws_get_features_answer {
    const int8_t *features; /* [features_count]: the features */
    size_t features_count;
} kws_get_features_answer;

static inline size_t
kws_write_get_features_answer(uint8_t *out, const kws_get_features_answer *from)
{
    size_t length = 0;
    length += kws_put_bytes(out + length, KWS_MAX_CHUNK_BYTES - length,
            from->features, from->features_count);
    return length;
}

/* RESULT: runs the model on the complete clip and closes it. */
#define KWS_RESULT_REQUEST_MIN_BYTES 0
#define KWS_RESULT_REQUEST_MAX_BYTES 0

#define KWS_RESULT_ANSWER_MIN_BYTES 24
typedef struct kws_result_answer {
    uint8_t best;            /* class with the highest score, the first of equals */
    uint8_t classes;
    uint16_t frames;         /* frames that the front end computed, 0 for a clip of features */
    uint64_t front_end_time; /* time of the front end over the whole clip */
    uint64_t inference_time; /* time of the inference */
    uint32_t features_crc;   /* CRC-32 of the int8 features */
    const int8_t *scores;    /* [scores_count]: scores, one a class */
    size_t scores_count;
} kws_result_answer;

static inline size_t
kws_write_result_answer(uint8_t *out, const kws_result_answer *from)
{
    kws_put_u8(out, from->best);
    kws_put_u8(out + 1, from->classes);
    kws_put_u16(out + 2, from->frames);
    kws_put_u64(out + 4, from->front_end_time);
    kws_put_u64(out + 12, from->inference_time);
    kws_put_u32(out + 20, from->features_crc);
    size_t length = 24;
    length += kws_put_bytes(out + length, KWS_MAX_CHUNK_BYTES - length,
            from->scores, from->scores_count);
    return length;
}

/* STATS: tells counters and stack use. */
#define KWS_STATS_REQUEST_MIN_BYTES 0
#define KWS_STATS_REQUEST_MAX_BYTES 0

#define KWS_STATS_ANSWER_MIN_BYTES 24
typedef struct kws_stats_answer {
    uint32_t stack_peak_bytes; /* largest stack use in bytes, 0 where the port cannot tell */
    uint32_t packets;          /* requests carried out */
    uint32_t bad_frames;       /* damaged frames */
    uint32_t repeats;
    uint32_t clips;            /* results sent */
    uint32_t model_used_bytes; /* bytes of its RAM that the model uses; after MODEL_ARENA, needs */
} kws_stats_answer;

static inline size_t
kws_write_stats_answer(uint8_t *out, const kws_stats_answer *from)
{
    kws_put_u32(out, from->stack_peak_bytes);
    kws_put_u32(out + 4, from->packets);
    kws_put_u32(out + 8, from->bad_frames);
    kws_put_u32(out + 12, from->repeats);
    kws_put_u32(out + 16, from->clips);
    kws_put_u32(out + 20, from->model_used_bytes);
    return 24;
}

/* RESET: restarts the device, after its answer. */
#define KWS_RESET_REQUEST_MIN_BYTES 0
#define KWS_RESET_REQUEST_MAX_BYTES 0

/* FAULT: tells the fault that restarted the device, once. */
#define KWS_FAULT_REQUEST_MIN_BYTES 0
#define KWS_FAULT_REQUEST_MAX_BYTES 0

#define KWS_FAULT_ANSWER_MIN_BYTES 25
typedef struct kws_fault_answer {
    uint8_t kind;
    uint32_t pc;      /* program counter */
    uint32_t lr;      /* return address */
    uint32_t sp;      /* stack pointer */
    uint32_t cause;   /* cause: CFSR on Cortex-M, mcause on RISC-V */
    uint32_t detail;  /* detail: HFSR on Cortex-M */
    uint32_t address; /* address: BFAR or MMFAR on Cortex-M, mtval on RISC-V */
} kws_fault_answer;

static inline size_t
kws_write_fault_answer(uint8_t *out, const kws_fault_answer *from)
{
    kws_put_u8(out, from->kind);
    kws_put_u32(out + 1, from->pc);
    kws_put_u32(out + 5, from->lr);
    kws_put_u32(out + 9, from->sp);
    kws_put_u32(out + 13, from->cause);
    kws_put_u32(out + 17, from->detail);
    kws_put_u32(out + 21, from->address);
    return 25;
}

/* PROFILE: tells the time of each operator in the last inference. */
#define KWS_PROFILE_REQUEST_MIN_BYTES 1
#define KWS_PROFILE_REQUEST_MAX_BYTES 1
typedef struct kws_profile_request {
    uint8_t first; /* first operator */
} kws_profile_request;

static inline kws_profile_request
kws_read_profile_request(const uint8_t *payload)
{
    return (kws_profile_request){
        .first = kws_get_u8(payload),
    };
}

#define KWS_PROFILE_ANSWER_MIN_BYTES 0
typedef struct kws_profile_answer {
    const uint32_t *times; /* [times_count]: times of the operators from there on */
    size_t times_count;
} kws_profile_answer;

static inline size_t
kws_write_profile_answer(uint8_t *out, const kws_profile_answer *from)
{
    size_t length = 0;
    length += kws_put_u32s(out + length, KWS_MAX_CHUNK_BYTES - length,
            from->times, from->times_count);
    return length;
}

/* GET_LABELS: tells the names of the classes. */
#define KWS_GET_LABELS_REQUEST_MIN_BYTES 1
#define KWS_GET_LABELS_REQUEST_MAX_BYTES 1
typedef struct kws_get_labels_request {
    uint8_t first; /* first class */
} kws_get_labels_request;

static inline kws_get_labels_request
kws_read_get_labels_request(const uint8_t *payload)
{
    return (kws_get_labels_request){
        .first = kws_get_u8(payload),
    };
}

#define KWS_GET_LABELS_ANSWER_MIN_BYTES 0
typedef struct kws_get_labels_answer {
    const char *const *labels; /* [labels_count]: labels from there on */
    size_t labels_count;
} kws_get_labels_answer;

static inline size_t
kws_write_get_labels_answer(uint8_t *out, const kws_get_labels_answer *from)
{
    size_t length = 0;
    length += kws_put_names(out + length, KWS_MAX_CHUNK_BYTES - length,
            from->labels, from->labels_count, 255);
    return length;
}

/* SYNC: tells where the session stands. */
#define KWS_SYNC_REQUEST_MIN_BYTES 4
#define KWS_SYNC_REQUEST_MAX_BYTES 4
typedef struct kws_sync_request {
    uint32_t token; /* any number: tells this answer from that to an earlier SYNC */
} kws_sync_request;

static inline kws_sync_request
kws_read_sync_request(const uint8_t *payload)
{
    return (kws_sync_request){
        .token = kws_get_u32(payload),
    };
}

#define KWS_SYNC_ANSWER_MIN_BYTES 10
typedef struct kws_sync_answer {
    uint32_t token;         /* as in the request */
    uint32_t receive_bytes; /* bytes of frames that the device can keep while it computes */
    uint8_t is_open;        /* 1 in a session, 0 before HELLO or after a restart */
    uint8_t last;           /* sequence number of the last request carried out */
} kws_sync_answer;

static inline size_t
kws_write_sync_answer(uint8_t *out, const kws_sync_answer *from)
{
    kws_put_u32(out, from->token);
    kws_put_u32(out + 4, from->receive_bytes);
    kws_put_u8(out + 8, from->is_open);
    kws_put_u8(out + 9, from->last);
    return 10;
}

/* STREAM_BEGIN: forgets what was heard and listens from now on. */
#define KWS_STREAM_BEGIN_REQUEST_MIN_BYTES 0
#define KWS_STREAM_BEGIN_REQUEST_MAX_BYTES 0

#define KWS_STREAM_BEGIN_ANSWER_MIN_BYTES 41
typedef struct kws_stream_begin_answer {
    uint32_t window_samples;   /* samples up to the end of the first decision's window */
    uint32_t interval_samples; /* samples from one decision to the next */
    uint8_t kept;              /* decisions that the device keeps for GET_DECISION */
    const char *detect_hash;   /* SHA-256 of the detector's configuration, in hex */
} kws_stream_begin_answer;

static inline size_t
kws_write_stream_begin_answer(uint8_t *out, const kws_stream_begin_answer *from)
{
    kws_put_u32(out, from->window_samples);
    kws_put_u32(out + 4, from->interval_samples);
    kws_put_u8(out + 8, from->kept);
    kws_put_hex(out + 9, from->detect_hash, 32);
    return 41;
}

/* STREAM_DATA: hears the next samples of the stream. */
#define KWS_STREAM_DATA_REQUEST_MIN_BYTES 4
#define KWS_STREAM_DATA_REQUEST_MAX_BYTES (4 + KWS_MAX_CHUNK_BYTES)
typedef struct kws_stream_data_request {
    uint32_t offset;     /* bytes of the stream before these, modulo 2^32 */
    const uint8_t *data; /* [data_count]: the next bytes */
    size_t data_count;
} kws_stream_data_request;

static inline kws_stream_data_request
kws_read_stream_data_request(const uint8_t *payload, size_t length)
{
    return (kws_stream_data_request){
        .offset = kws_get_u32(payload),
        .data = payload + 4,
        .data_count = length - 4,
    };
}

#define KWS_STREAM_DATA_ANSWER_MIN_BYTES 19
typedef struct kws_stream_data_answer {
    uint32_t received_bytes; /* bytes of the stream that have arrived, modulo 2^32 */
    uint32_t decisions;      /* decisions so far */
    uint64_t samples;        /* of the newest: samples of the stream up to the end of its window */
    uint8_t word;            /* class of the word that it detected; 255: none */
    uint16_t score;          /* average of that word's scores, in 1/65536 */
    const int8_t *scores;    /* [scores_count]: scores, one a class */
    size_t scores_count;
} kws_stream_data_answer;

static inline size_t
kws_write_stream_data_answer(uint8_t *out, const kws_stream_data_answer *from)
{
    kws_put_u32(out, from->received_bytes);
    kws_put_u32(out + 4, from->decisions);
    kws_put_u64(out + 8, from->samples);
    kws_put_u8(out + 16, from->word);
    kws_put_u16(out + 17, from->score);
    size_t length = 19;
    length += kws_put_bytes(out + length, KWS_MAX_CHUNK_BYTES - length,
            from->scores, from->scores_count);
    return length;
}

/* GET_DECISION: tells an earlier decision. */
#define KWS_GET_DECISION_REQUEST_MIN_BYTES 4
#define KWS_GET_DECISION_REQUEST_MAX_BYTES 4
typedef struct kws_get_decision_request {
    uint32_t number; /* decisions before it */
} kws_get_decision_request;

static inline kws_get_decision_request
kws_read_get_decision_request(const uint8_t *payload)
{
    return (kws_get_decision_request){
        .number = kws_get_u32(payload),
    };
}

#define KWS_GET_DECISION_ANSWER_MIN_BYTES 11
typedef struct kws_get_decision_answer {
    uint64_t samples;     /* samples of the stream up to the end of its window */
    uint8_t word;         /* class of the word that it detected; 255: none */
    uint16_t score;       /* average of that word's scores, in 1/65536 */
    const int8_t *scores; /* [scores_count]: scores, one a class */
    size_t scores_count;
} kws_get_decision_answer;

static inline size_t
kws_write_get_decision_answer(uint8_t *out, const kws_get_decision_answer *from)
{
    kws_put_u64(out, from->samples);
    kws_put_u8(out + 8, from->word);
    kws_put_u16(out + 9, from->score);
    size_t length = 11;
    length += kws_put_bytes(out + length, KWS_MAX_CHUNK_BYTES - length,
            from->scores, from->scores_count);
    return length;
}

/* STREAM_STATS: tells what listening costs. */
#define KWS_STREAM_STATS_REQUEST_MIN_BYTES 0
#define KWS_STREAM_STATS_REQUEST_MAX_BYTES 0

#define KWS_STREAM_STATS_ANSWER_MIN_BYTES 16
typedef struct kws_stream_stats_answer {
    uint32_t frames;  /* frames heard */
    uint64_t time;    /* time for all samples */
    uint32_t longest; /* the most for one frame: its new samples, and a decision that it made */
} kws_stream_stats_answer;

static inline size_t
kws_write_stream_stats_answer(uint8_t *out, const kws_stream_stats_answer *from)
{
    kws_put_u32(out, from->frames);
    kws_put_u64(out + 4, from->time);
    kws_put_u32(out + 12, from->longest);
    return 16;
}

/* Longest packets with their CRC, before COBS. */
#define KWS_REQUEST_CAPACITY_BYTES \
    (KWS_REQUEST_HEADER_BYTES + KWS_CLIP_DATA_REQUEST_MAX_BYTES + KWS_CRC_BYTES)
#define KWS_ANSWER_CAPACITY_BYTES \
    (KWS_ANSWER_HEADER_BYTES + KWS_MAX_CHUNK_BYTES + KWS_CRC_BYTES)

#endif
