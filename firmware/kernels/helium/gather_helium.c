/* SPDX-License-Identifier: Apache-2.0 */
/* How patches (helium/layout.h) and rows are copied with Helium (Cortex-M55, M85). Loops are written
 * out: GCC 12 has no tail predication. */
#include "kernels/patches.h"

#if defined(KWS_SET_HELIUM)
#include <arm_mve.h>

void kws_patch_copy(void *patch, unsigned position, const int8_t *values, unsigned count)
{
    const unsigned lane = position % KWS_SLICE;
    int8_t *slice = (int8_t *)patch + (position - lane) * KWS_PATCHES;
    kws_four_lanes lanes;
    if (lane > 0) {
        const unsigned room = KWS_SLICE - lane, part = count < room ? count : room;
        const mve_pred16_t inside = vctp8q(part);
        vstrbq_p_s8(slice + lane, vldrbq_z_s8(values, inside), inside);
        values += part;
        count -= part;
        slice += KWS_SLICE * KWS_PATCHES;
    }
    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1:\n"
                     "vldrb.8 %q[lanes], [%[values]], #16\n"
                     "vstrb.8 %q[lanes], [%[slice]], #64\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [values] "+&r"(values), [slice] "+&r"(slice), [lanes] "=&w"(lanes)
                     : [count] "r"(count)
                     : "lr", "memory");
}

void kws_copy_rows(int8_t *place, int32_t step, const int8_t *values, int32_t in_step, int rows,
                   unsigned count)
{
    for (; count > 0; count -= count < KWS_SLICE ? count : KWS_SLICE) {
        const int32_t inside = vctp8q(count);
        int8_t *to = place;
        const int8_t *from = values;
        kws_four_lanes lanes;
        __asm__ volatile(
            "vmsr p0, %[inside]\n"
            "dls lr, %[rows]\n"
            "1:\n"
            "vpst\n"
            "vldrbt.8 %q[lanes], [%[from]]\n"
            "add %[from], %[from], %[in_step]\n"
            "vpst\n"
            "vstrbt.8 %q[lanes], [%[to]]\n"
            "add %[to], %[to], %[step]\n"
            "le lr, 1b\n"
            : [from] "+&r"(from), [to] "+&r"(to), [lanes] "=&w"(lanes)
            : [inside] "r"(inside), [rows] "r"(rows), [in_step] "r"(in_step), [step] "r"(step)
            : "lr", "memory");
        place += KWS_SLICE;
        values += KWS_SLICE;
    }
}

#endif
