/* SPDX-License-Identifier: Apache-2.0 */
/* A wire of the app tests: a hal whose serial line is two arrays, and frames for it. */
#ifndef KWS_APP_WIRE_H
#define KWS_APP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

/* Bytes that the firmware has sent, since wire_clear(). */
extern uint8_t wire_sent[1 << 16];
extern size_t wire_sent_count;
/* Times that the firmware has restarted. */
extern unsigned wire_resets;
/* The fault that hal->take_fault() reports once; kind 0 for none. */
extern kws_fault wire_fault;

const kws_hal *wire_hal(void);
void wire_clear(void);

/* Puts bytes[count] on the wire; the app reads at most `piece` of them at a time. */
void wire_put(const uint8_t *bytes, size_t count, size_t piece);

/* Lets the app read all that was put. */
void wire_run(void);

/* COBS-encodes body[count] (CRC included) with both zeros into out; returns its length. A
 * second encoder, written apart from the firmware's. */
size_t wire_encode(const uint8_t *body, size_t count, uint8_t *out);

/* Decodes the next answer that the firmware sent into packet[capacity], without its CRC;
 * returns its length, 0 when there is none. Ends the test when the frame is damaged. */
size_t wire_answer(uint8_t *packet, size_t capacity);

#endif
