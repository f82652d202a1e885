/* SPDX-License-Identifier: Apache-2.0 */
/* The stack's high-water mark: paint it at start, look later how far the paint is gone. */
#ifndef KWS_BARE_METAL_STACK_H
#define KWS_BARE_METAL_STACK_H

#include <stdint.h>

/* Fills the unused part of the stack with a pattern; call it early, once. */
void kws_stack_paint(void);

/* Bytes of the stack that were used at least once since the painting. */
uint32_t kws_stack_peak_bytes(void);

#endif
