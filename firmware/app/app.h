/* SPDX-License-Identifier: Apache-2.0 */
/* The application: receives requests, answers each one, for ever. The program of a board is
 * kws_program_run() (hal/program.h); a test calls these one by one. */
#ifndef KWS_APP_H
#define KWS_APP_H

#include <stdbool.h>

#include "hal/hal.h"

/* Starts afresh: no session, no clip, counters at zero. hal is used from here on. */
void kws_app_init(const kws_hal *hal);

/* Handles the bytes that have arrived; false when there were none. */
bool kws_app_poll(void);

#endif
