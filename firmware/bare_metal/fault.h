/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: kept in memory that survives a restart, reported after it. */
#ifndef KWS_BARE_METAL_FAULT_H
#define KWS_BARE_METAL_FAULT_H

#include <stdbool.h>

#include "hal/hal.h"

/* Keeps *fault and restarts the chip. */
_Noreturn void kws_fault_restart(const kws_fault *fault);

/* True once after a restart by kws_fault_restart(): *fault is what it was given. */
bool kws_fault_take(kws_fault *fault);

/* The lowest word of the stack that looks like a return address, 0 if there is none: where
 * the program was when a stack overflow has destroyed every other trace. */
uint32_t kws_fault_return_address(void);

#endif
