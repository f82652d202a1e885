/* SPDX-License-Identifier: Apache-2.0 */
/* The one error enum of the firmware. Values travel in the serial protocol: never renumber. */
#ifndef KWS_STATUS_H
#define KWS_STATUS_H

typedef enum kws_status {
    /* from the protocol's table: status numbers */
    KWS_OK = 0,               /* done */
    KWS_ERR_BAD_FRAME = 1,    /* a frame arrived damaged (only in a NAK) */
    KWS_ERR_BAD_COMMAND = 2,  /* the device does not know this command */
    KWS_ERR_BAD_LENGTH = 3,   /* the payload has not the length the command asks for */
    KWS_ERR_BAD_STATE = 4,    /* the command does not fit the state of the clip or stream */
    KWS_ERR_BAD_SEQUENCE = 5, /* a sequence number was skipped, or the device has restarted */
    KWS_ERR_BAD_INPUT = 6,    /* the clip's length or kind is not what the model takes */
    KWS_ERR_MODEL = 7,        /* the model runtime failed */
    KWS_ERR_MODEL_SCHEMA = 8, /* the interpreter reads another version of .tflite files */
    KWS_ERR_MODEL_ARENA = 9,  /* the interpreter's arena is too small for the model */
    KWS_ERR_MODEL_SHAPE = 10, /* the model's input or output is not that of the generated code */
    /* end of the table */
} kws_status;

#if defined(__GNUC__)
#define KWS_MUST_CHECK __attribute__((warn_unused_result))
#else
#define KWS_MUST_CHECK
#endif

#endif
