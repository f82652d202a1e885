/* SPDX-License-Identifier: Apache-2.0 */
/* The commands about streams, as commands.c lists them. */
#ifndef KWS_STREAM_COMMANDS_H
#define KWS_STREAM_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

kws_status kws_command_stream_begin(const uint8_t *payload, size_t length, uint8_t *out,
                                    size_t *out_length);
kws_status kws_command_stream_data(const uint8_t *payload, size_t length, uint8_t *out,
                                   size_t *out_length);
kws_status kws_command_get_decision(const uint8_t *payload, size_t length, uint8_t *out,
                                    size_t *out_length);
kws_status kws_command_stream_stats(const uint8_t *payload, size_t length, uint8_t *out,
                                    size_t *out_length);

#endif
