/* The one error enum of the firmware. Values travel in the serial protocol: never renumber. */
#ifndef KWS_STATUS_H
#define KWS_STATUS_H

typedef enum kws_status {
    KWS_OK = 0,
    KWS_ERR_BAD_FRAME = 1,    /* a frame failed COBS decoding, its CRC or its length check */
    KWS_ERR_BAD_COMMAND = 2,  /* the command byte is not known */
    KWS_ERR_BAD_LENGTH = 3,   /* the payload has not the length the command asks for */
    KWS_ERR_BAD_STATE = 4,    /* the command does not fit the state (data without a clip) */
    KWS_ERR_BAD_SEQUENCE = 5, /* a sequence number was skipped */
    KWS_ERR_BAD_INPUT = 6,    /* the clip's length or kind is not what the model takes */
    KWS_ERR_MODEL = 7,        /* the model runtime failed to start or to run */
    KWS_ERR_MODEL_SCHEMA = 8, /* the interpreter reads another version of .tflite files */
    KWS_ERR_MODEL_ARENA = 9,  /* the interpreter's arena is too small for the model */
    KWS_ERR_MODEL_SHAPE = 10, /* the model's input or output is not what was generated */
} kws_status;

#if defined(__GNUC__)
#define KWS_MUST_CHECK __attribute__((warn_unused_result))
#else
#define KWS_MUST_CHECK
#endif

#endif
