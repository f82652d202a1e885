/* SPDX-License-Identifier: Apache-2.0 */
/* Helium: patches are int8 [patch / 16, rounded up][KWS_PATCHES][16]. */
#ifndef KWS_HELIUM_LAYOUT_H
#define KWS_HELIUM_LAYOUT_H

#include "kernels/kernels.h"

#define KWS_OWN_PATCHES
#define KWS_OWN_ROWS
#define KWS_OWN_PLANE
#define KWS_OWN_PLANE_ANY
#define KWS_OWN_PLANE_3X3
#define KWS_OWN_SLABS
#define KWS_OWN_ADD
#define KWS_OWN_CONNECT
#define KWS_OWN_SUMS

#define KWS_SUMS 16 /* channels that are summed together */

#define KWS_PLANE_SCALE 1

#define KWS_PATCHES_MADE(count) (count)

/* Bytes of a slice of a patch: a vector. */
#define KWS_SLICE 16

static inline void *kws_patch_start(const kws_conv_2d *op, void *patches, unsigned number)
{
    (void)op;
    return (int8_t *)patches + KWS_SLICE * number;
}

static inline void kws_patch_put(void *patch, unsigned position, int8_t value)
{
    const unsigned lane = position % KWS_SLICE;
    ((int8_t *)patch)[(position - lane) * KWS_PATCHES + lane] = value;
}

/* Four lanes, without arm_mve.h: every file includes this one, and that takes a second to read. */
typedef uint32_t kws_four_lanes __attribute__((vector_size(16)));

static inline void kws_plane_copy_row(const int8_t *value, int32_t stride, int16_t *place,
                                      int count)
{
    /* Written out: GCC 12 has no tail-predicated loops. */
    const kws_four_lanes at = (kws_four_lanes){0, 1, 2, 3} * (uint32_t)stride;
    kws_four_lanes values;
    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1:\n"
                     "vldrb.s32 %q[values], [%[value], %q[at]]\n"
                     "add %[value], %[value], %[step]\n"
                     "vstrh.32 %q[values], [%[place]], #8\n"
                     "letp lr, 1b\n"
                     : [value] "+&r"(value), [place] "+&l"(place), [values] "=&w"(values)
                     : [count] "r"(count), [at] "w"(at), [step] "r"(4 * stride)
                     : "lr", "memory");
}

#endif
