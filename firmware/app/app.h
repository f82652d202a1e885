/* The application: receives requests, answers each one, for ever.
 *
 * A port's main() sets the hardware up and calls kws_app_run(kws_hal_get()). */
#ifndef KWS_APP_H
#define KWS_APP_H

#include <stdbool.h>

#include "port/hal.h"

/* Starts afresh: no session, no clip, counters at zero. hal is used from here on. */
void kws_app_init(const kws_hal *hal);

/* Handles the bytes that have arrived; false when there were none. */
bool kws_app_poll(void);

/* kws_app_init(), then kws_app_poll() for ever, idle while nothing arrives. */
_Noreturn void kws_app_run(const kws_hal *hal);

#endif
