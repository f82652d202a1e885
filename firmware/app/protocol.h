/* Numbers of the serial protocol. PROTOCOL.md describes it; both change together. */
#ifndef KWS_PROTOCOL_H
#define KWS_PROTOCOL_H

#define KWS_PROTOCOL_VERSION 1

/* Most clip or feature bytes in one message. A port with little RAM may define it smaller
 * (256 at least: the handshake must fit); the host learns it from the handshake. */
#ifndef KWS_MAX_CHUNK_BYTES
#define KWS_MAX_CHUNK_BYTES 512
#endif

typedef enum kws_command {
    KWS_COMMAND_HELLO = 0x01,        /* opens a session; what is this device? */
    KWS_COMMAND_CLIP_BEGIN = 0x02,   /* forgets the clip in progress, opens a new one */
    KWS_COMMAND_CLIP_DATA = 0x03,    /* the next bytes of the clip */
    KWS_COMMAND_GET_FEATURES = 0x04, /* reads the model's input before it is used up */
    KWS_COMMAND_RESULT = 0x05,       /* runs the model on the complete clip */
    KWS_COMMAND_STATS = 0x06,        /* counters and stack use */
    KWS_COMMAND_RESET = 0x07,        /* restarts the device after the answer */
    KWS_COMMAND_FAULT = 0x08,        /* the fault that restarted the device, once */
    KWS_COMMAND_PROFILE = 0x09,      /* time of each operator in the last inference */
} kws_command;

/* An answer's first byte is the command's with this bit set. */
#define KWS_ANSWER_BIT 0x80
/* First byte of the answer to a frame whose command could not be read. */
#define KWS_ANSWER_NAK 0xFF

typedef enum kws_clip_kind {
    KWS_CLIP_AUDIO = 0,    /* int16 samples [KWS_CLIP_SAMPLES]; the front end runs here */
    KWS_CLIP_FEATURES = 1, /* int8 model input [KWS_FRAMES, KWS_CHANNELS] */
} kws_clip_kind;

#define KWS_REQUEST_HEADER_BYTES 2 /* command, sequence number */
#define KWS_ANSWER_HEADER_BYTES 3  /* command, sequence number, status */
#define KWS_CRC_BYTES 4
#define KWS_OFFSET_BYTES 4 /* position before the bytes of CLIP_DATA */

/* Longest packets with their CRC, before COBS. */
#define KWS_REQUEST_CAPACITY_BYTES \
    (KWS_REQUEST_HEADER_BYTES + KWS_OFFSET_BYTES + KWS_MAX_CHUNK_BYTES + KWS_CRC_BYTES)
#define KWS_ANSWER_CAPACITY_BYTES \
    (KWS_ANSWER_HEADER_BYTES + KWS_MAX_CHUNK_BYTES + KWS_CRC_BYTES)

_Static_assert(KWS_MAX_CHUNK_BYTES >= 256, "the handshake needs a chunk of 256 bytes");
_Static_assert(KWS_MAX_CHUNK_BYTES % 2 == 0, "a chunk holds whole samples");

#endif
