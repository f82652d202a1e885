/* SPDX-License-Identifier: Apache-2.0 */
/* The session: who is served, in which order, and what a repeated request gets.
 *
 * Each request is answered exactly once per frame that arrives. A host that misses an answer
 * sends the same request again and gets the stored answer; nothing is carried out twice. */
#include "app/app.h"

#include "app/commands.h"
#include "app/frame.h"
#include "app/protocol.h"
#include "hal/program.h"
#include "runtime/model.h"

#define READ_BYTES 64

static struct {
    const kws_hal *hal;
    kws_status model_status; /* of kws_model_init() */
    kws_frame_receiver receiver;
    kws_link_counters counters;
    kws_link_position position;
    uint32_t request_crc; /* CRC-32 of the last request carried out */
    size_t answer_length; /* of its answer */
    uint8_t answer[KWS_ANSWER_CAPACITY_BYTES];
} app;

static void put_header(uint8_t *packet, uint8_t type, uint8_t sequence, kws_status status)
{
    const kws_answer_header header = {
        .kind = type,
        .sequence = sequence,
        .status = (uint8_t)status,
    };
    kws_write_answer_header(packet, &header);
}

/* An answer without payload that is not kept: the last request's answer stays in memory. */
static void send_refusal(uint8_t type, uint8_t sequence, kws_status status)
{
    uint8_t packet[KWS_ANSWER_HEADER_BYTES + KWS_CRC_BYTES];
    put_header(packet, type, sequence, status);
    kws_frame_send(app.hal, packet, KWS_ANSWER_HEADER_BYTES);
}

static bool is_repeat(uint8_t sequence)
{
    return app.position.open && sequence == app.position.last &&
           app.receiver.crc == app.request_crc;
}

static bool is_expected(uint8_t command, uint8_t sequence)
{
    return command == KWS_COMMAND_HELLO ||
           (app.position.open && sequence == (uint8_t)(app.position.last + 1));
}

static bool needs_model(uint8_t command)
{
    return command == KWS_COMMAND_CLIP_BEGIN || command == KWS_COMMAND_CLIP_DATA ||
           command == KWS_COMMAND_GET_FEATURES || command == KWS_COMMAND_RESULT ||
           command == KWS_COMMAND_STREAM_BEGIN || command == KWS_COMMAND_STREAM_DATA;
}

/* Carries out the received request; its payload is written to out. */
static kws_status carry_out(uint8_t command, uint8_t *out, size_t *payload_length)
{
    if (app.model_status != KWS_OK && needs_model(command)) {
        *payload_length = 0;
        return app.model_status;
    }
    return kws_commands_handle(command, app.receiver.packet + KWS_REQUEST_HEADER_BYTES,
                               app.receiver.length - KWS_REQUEST_HEADER_BYTES, out, payload_length);
}

/* Outside the sequence: the last request's answer stays in memory, this one is not kept. */
static void handle_sync(uint8_t sequence)
{
    uint8_t packet[KWS_ANSWER_HEADER_BYTES + KWS_SYNC_ANSWER_MIN_BYTES + KWS_CRC_BYTES];
    size_t payload_length = 0;
    kws_status status =
        carry_out(KWS_COMMAND_SYNC, packet + KWS_ANSWER_HEADER_BYTES, &payload_length);
    put_header(packet, KWS_COMMAND_SYNC | KWS_ANSWER_BIT, sequence, status);
    kws_frame_send(app.hal, packet, KWS_ANSWER_HEADER_BYTES + payload_length);
}

static void handle_packet(void)
{
    const kws_request_header request = kws_read_request_header(app.receiver.packet);
    uint8_t type = (uint8_t)(request.command | KWS_ANSWER_BIT);

    if (request.command == KWS_COMMAND_SYNC) {
        handle_sync(request.sequence);
        return;
    }
    if (is_repeat(request.sequence)) {
        app.counters.repeats++;
        kws_frame_send(app.hal, app.answer, app.answer_length);
        return;
    }
    if (!is_expected(request.command, request.sequence)) {
        send_refusal(type, request.sequence, KWS_ERR_BAD_SEQUENCE);
        return;
    }
    size_t payload_length = 0;
    kws_status status =
        carry_out(request.command, app.answer + KWS_ANSWER_HEADER_BYTES, &payload_length);

    app.counters.packets++;
    app.position.open = true;
    app.position.last = request.sequence;
    app.request_crc = app.receiver.crc;
    put_header(app.answer, type, request.sequence, status);
    app.answer_length = KWS_ANSWER_HEADER_BYTES + payload_length;
    kws_frame_send(app.hal, app.answer, app.answer_length);
    if (request.command == KWS_COMMAND_RESET && status == KWS_OK) {
        app.hal->reset();
    }
}

void kws_app_init(const kws_hal *hal)
{
    app.hal = hal;
    app.position.open = false;
    app.counters = (kws_link_counters){0};
    app.model_status = kws_model_init();
    kws_frame_receiver_init(&app.receiver);
    kws_commands_init(hal, &app.counters, &app.position);
}

bool kws_app_poll(void)
{
    uint8_t bytes[READ_BYTES];
    size_t count = app.hal->serial_read(bytes, sizeof bytes);
    for (size_t i = 0; i < count; i++) {
        switch (kws_frame_receive(&app.receiver, bytes[i])) {
        case KWS_FRAME_READY:
            handle_packet();
            break;
        case KWS_FRAME_BAD:
            app.counters.bad_frames++;
            send_refusal(KWS_ANSWER_NAK, 0, KWS_ERR_BAD_FRAME);
            break;
        case KWS_FRAME_NONE:
            break;
        }
    }
    return count > 0;
}

/* Idle while nothing arrives. */
_Noreturn void kws_program_run(const kws_hal *hal)
{
    kws_app_init(hal);
    for (;;) {
        if (!kws_app_poll()) {
            hal->idle();
        }
    }
}
