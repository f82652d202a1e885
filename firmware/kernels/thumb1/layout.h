/* SPDX-License-Identifier: Apache-2.0 */
/* Thumb-1: the same as for other cores that multiply one number at a time. */
#ifndef KWS_THUMB1_LAYOUT_H
#define KWS_THUMB1_LAYOUT_H

#include "kernels/packed/layout.h"

#endif
