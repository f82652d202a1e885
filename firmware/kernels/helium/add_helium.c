/* SPDX-License-Identifier: Apache-2.0 */
/* ADD and SUB for Helium (Cortex-M55, M85): four values at a time. */
#include "kernels/common_scale.h"

#if defined(KWS_SET_HELIUM)
#include <arm_mve.h>

/* kws_rescale_by() for four values, in TensorFlow Lite Micro's two steps. A negative value gets one
 * less before it is shifted, `negative` being 1: 0 where nothing is shifted. */
typedef struct four_rescaling {
    int32_t multiplier, negative, shift;
} four_rescaling;

KWS_INLINE four_rescaling four_of(const kws_rescaling *r)
{
    four_rescaling result = {r->multiplier, r->negative != 0, 1 - r->shift};
    return result;
}

KWS_INLINE int32x4_t rescale_four(int32x4_t values, four_rescaling r)
{
    values = vqrdmulhq_n_s32(values, r.multiplier);
    values = vmlaq_n_s32(values, vshrq_n_s32(values, 31), r.negative);
    return vrshlq_n_s32(values, r.shift);
}

/* Four values of an operand that lie `step` apart. */
KWS_INLINE int32x4_t load_four(const int8_t *values, size_t step, mve_pred16_t inside)
{
    if (step == 1) {
        return vldrbq_z_s32(values, inside);
    }
    const uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
    return vldrbq_gather_offset_z_s32(values, offsets, inside);
}

static void add_any(const kws_common_scale *s, const kws_row_of_two *row, unsigned done,
                    bool subtract)
{
    const size_t x_step = row->steps[0], y_step = row->steps[1];
    const int32x4_t low = vdupq_n_s32(s->low), high = vdupq_n_s32(s->high);
    const four_rescaling first = four_of(&s->operands[0]), second = four_of(&s->operands[1]);
    const four_rescaling sum = four_of(&s->sum);
    const int8_t *x = row->first + done * x_step, *y = row->second + done * y_step;
    int8_t *out = row->out + done;
    for (int32_t left = (int32_t)(row->count - done); left > 0; left -= 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)left);
        int32x4_t a = vsubq_n_s32(load_four(x, x_step, inside), s->zero_points[0]);
        int32x4_t b = vsubq_n_s32(load_four(y, y_step, inside), s->zero_points[1]);
        a = rescale_four(vshlq_n_s32(a, KWS_HEADROOM_BITS), first);
        b = rescale_four(vshlq_n_s32(b, KWS_HEADROOM_BITS), second);
        a = rescale_four(subtract ? vsubq_s32(a, b) : vaddq_s32(a, b), sum);
        a = vminq_s32(vmaxq_s32(vaddq_n_s32(a, s->zero_point), low), high);
        vstrbq_p_s32(out, a, inside);
        x += 4 * x_step;
        y += 4 * y_step;
        out += 4;
    }
}

/* Whole fours that follow one another, the operand of the larger scale first: it is but shifted, by
 * one less than the other. Written out: GCC 12 keeps half of the constants in memory. */
static KWS_NOINLINE void add_plain(const kws_common_scale *s, unsigned larger, const int8_t *x,
                                   const int8_t *y, int8_t *out, unsigned fours)
{
    const kws_rescaling *r = &s->operands[1 - larger];
    const int32x4_t low = vdupq_n_s32(s->low), high = vdupq_n_s32(s->high);
    const int32x4_t zero = vdupq_n_s32(s->zero_point);
    const int32x4_t zeros = vdupq_n_s32(s->zero_points[larger] * (1 << (KWS_HEADROOM_BITS - 1)));
    const int32x4_t y_zeros = vdupq_n_s32(s->zero_points[1 - larger]);
    int32x4_t a, b, c;
    __asm__ volatile(
        "wls lr, %[fours], 2f\n"
        "1:\n"
        "vldrb.s32 %q[b], [%[y]], #4\n"
        "vldrb.s32 %q[a], [%[x]], #4\n"
        "vsub.i32 %q[b], %q[b], %q[y_zeros]\n"
        "vshl.i32 %q[b], %q[b], #20\n"
        "vqrdmulh.s32 %q[b], %q[b], %[y_multiplier]\n"
        "vshr.s32 %q[c], %q[b], #31\n"
        "vmla.s32 %q[b], %q[c], %[y_negative]\n"
        "vrshl.s32 %q[b], %[y_shift]\n"
        "vshl.i32 %q[a], %q[a], #19\n"
        "vsub.i32 %q[a], %q[a], %q[zeros]\n"
        "vadd.i32 %q[a], %q[a], %q[b]\n"
        "vqrdmulh.s32 %q[a], %q[a], %[multiplier]\n"
        "vshr.s32 %q[c], %q[a], #31\n"
        "vmla.s32 %q[a], %q[c], %[negative]\n"
        "vrshl.s32 %q[a], %[shift]\n"
        "vadd.i32 %q[a], %q[a], %q[zero]\n"
        "vmax.s32 %q[a], %q[a], %q[low]\n"
        "vmin.s32 %q[a], %q[a], %q[high]\n"
        "vstrb.32 %q[a], [%[out]], #4\n"
        "le lr, 1b\n"
        "2:\n"
        : [x] "+&l"(x), [y] "+&l"(y), [out] "+&l"(out), [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c)
        : [fours] "r"(fours), [y_zeros] "w"(y_zeros), [y_multiplier] "r"(r->multiplier),
          [y_shift] "r"(1 - r->shift), [y_negative] "r"(r->negative != 0),
          [multiplier] "r"(s->sum.multiplier), [shift] "r"(1 - s->sum.shift),
          [negative] "r"(s->sum.negative != 0), [zero] "w"(zero), [zeros] "w"(zeros),
          [low] "w"(low), [high] "w"(high)
        : "lr", "memory");
}

/* Whether an operand's factor is exactly 1/2, as that of the larger scale is. */
static bool is_half(const kws_rescaling *r)
{
    return r->multiplier == 1 << 30 && r->negative == 0;
}

void kws_add_vectors(const kws_common_scale *scale, const kws_row_of_two *row, bool subtract)
{
    const unsigned fours = row->count / 4;
    const bool plain = row->steps[0] == 1 && row->steps[1] == 1 && !subtract;
    unsigned done = 4 * fours;
    if (plain && is_half(&scale->operands[0])) {
        add_plain(scale, 0, row->first, row->second, row->out, fours);
    } else if (plain && is_half(&scale->operands[1])) {
        add_plain(scale, 1, row->second, row->first, row->out, fours);
    } else {
        done = 0;
    }
    add_any(scale, row, done, subtract);
}

#endif
