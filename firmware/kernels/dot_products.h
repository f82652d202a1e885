/* SPDX-License-Identifier: Apache-2.0 */
/* The inner part of FULLY_CONNECTED. */
#ifndef KWS_DOT_PRODUCTS_H
#define KWS_DOT_PRODUCTS_H

#include <stdint.h>

#include "kernels/instruction_set.h"

#define KWS_ROWS 4 /* rows of weights that share the loads of the input */

/* Adds the products of `count` inputs and each of KWS_ROWS rows of weights to the sums. */
void kws_dot_products(const int8_t *in, const int8_t *const *rows, unsigned count, int32_t *sums);

#endif
