/* SPDX-License-Identifier: Apache-2.0 */
/* What runs on a board: the application (app/), or another program in its place (verify/). */
#ifndef KWS_PROGRAM_H
#define KWS_PROGRAM_H

#include "hal/hal.h"

/* A board's main() ends here, with the hardware set up. */
_Noreturn void kws_program_run(const kws_hal *hal);

#endif
