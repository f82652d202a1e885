/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED's and CONV_2D's inner part for Helium (Cortex-M55, M85): sixteen
 * multiply-accumulates an instruction, four outputs at a time; an input of up to 64 values stays
 * in registers. Inner loops are written out: GCC 12 spills there, and has no tail predication. */
#include "kernels/connect.h"
#include "kernels/requantize.h"

#if defined(KWS_SET_HELIUM)
#include "kernels/helium/rounding.h"

/* The last sixteen inputs, without those that a vector before holds: vectors begin at 0, 16, 32. */
static inline int8x16_t last_of(const int8_t *in, unsigned inputs)
{
    if (inputs < 16) {
        return vldrbq_z_s8(in, vctp8q(inputs));
    }
    const int8x16_t values = vldrbq_s8(in + inputs - 16);
    return vpselq_s8(vdupq_n_s8(0), values, vctp8q((0u - inputs) % 16));
}

/* The sum of one row of weights, at w, which moves on to the next. */
#define FIRST(sum, x)         \
    "vldrb.8 %q[t], [%[w]]\n" \
    "vmladav.s8 " sum ", " x ", %q[t]\n"
#define NEXT(sum, x, at)               \
    "vldrb.8 %q[t], [%[w], #" at "]\n" \
    "vmladava.s8 " sum ", " x ", %q[t]\n"
#define LAST(sum, multiply)  \
    "add %[w], %[w], %[n]\n" \
    "vldrb.8 %q[t], [%[w], #-16]\n" multiply " " sum ", %q[last], %q[t]\n"
#define ROW_1(sum) LAST(sum, "vmladav.s8")
#define ROW_2(sum) FIRST(sum, "%q[x0]") LAST(sum, "vmladava.s8")
#define ROW_3(sum) FIRST(sum, "%q[x0]") NEXT(sum, "%q[x1]", "16") LAST(sum, "vmladava.s8")
#define ROW_4(sum)       \
    FIRST(sum, "%q[x0]") \
    NEXT(sum, "%q[x1]", "16") NEXT(sum, "%q[x2]", "32") LAST(sum, "vmladava.s8")
#define FOUR(ROW) ROW("%[s0]") ROW("%[s1]") ROW("%[s2]") ROW("%[s3]")

/* Four rows of less than sixteen weights; the predicate says how many. */
#define FOUR_NARROW                        \
    "add %[s0], %[w], %[n]\n"              \
    "add %[s1], %[s0], %[n]\n"             \
    "add %[s2], %[s1], %[n]\n"             \
    "vpstttt\n"                            \
    "vldrbt.8 %q[t], [%[w]]\n"             \
    "vldrbt.8 %q[x0], [%[s0]]\n"           \
    "vldrbt.8 %q[x1], [%[s1]]\n"           \
    "vldrbt.8 %q[x2], [%[s2]]\n"           \
    "add %[w], %[s2], %[n]\n"              \
    "vmladav.s8 %[s0], %q[last], %q[t]\n"  \
    "vmladav.s8 %[s1], %q[last], %q[x0]\n" \
    "vmladav.s8 %[s2], %q[last], %q[x1]\n" \
    "vmladav.s8 %[s3], %q[last], %q[x2]\n"

/* Their outputs: as kws_round_channels(). */
#define ROUND_FOUR                                        \
    "vmov %q[t][2], %q[t][0], %[s0], %[s2]\n"             \
    "vmov %q[t][3], %q[t][1], %[s1], %[s3]\n"             \
    "vldrw.32 %q[c], [%[bias]], #16\n"                    \
    "vadd.i32 %q[t], %q[t], %q[c]\n"                      \
    "vldrw.32 %q[c], [%[multiplier]]\n"                   \
    "vqrdmulh.s32 %q[t], %q[t], %q[c]\n"                  \
    "vshr.s32 %q[c], %q[t], #31\n"                        \
    "vadd.i32 %q[t], %q[t], %q[c]\n"                      \
    "vldrb.s32 %q[c], [%[shift]]\n"                       \
    "vneg.s32 %q[c], %q[c]\n"                             \
    "vrshl.s32 %q[t], %q[t], %q[c]\n"                     \
    "add %[multiplier], %[multiplier], %[step], lsl #2\n" \
    "vadd.i32 %q[t], %q[t], %q[zero_point]\n"             \
    "add %[shift], %[shift], %[step]\n"                   \
    "vqmovnb.s32 %q[t], %q[t]\n"                          \
    "vqmovnb.s16 %q[t], %q[t]\n"                          \
    "vstrb.32 %q[t], [%[out]], #4\n"

#define ALL_FOURS(FOUR_ROWS)                                                               \
    __asm__ volatile("vmsr p0, %[inside]\n"                                                \
                     "dls lr, %[fours]\n"                                                  \
                     "1:\n" FOUR_ROWS ROUND_FOUR "le lr, 1b\n"                             \
                     : [s0] "=&Te"(s0), [s1] "=&Te"(s1), [s2] "=&Te"(s2), [s3] "=&Te"(s3), \
                       [w] "+&r"(w), [bias] "+&r"(bias), [multiplier] "+&r"(multiplier),   \
                       [shift] "+&l"(shift), [out] "+&l"(out), [t] "=&w"(t), [c] "=&w"(c), \
                       [x0] "+&w"(x0), [x1] "+&w"(x1), [x2] "+&w"(x2)                      \
                     : [n] "r"(inputs), [zero_point] "w"(zero_point), [last] "w"(last),    \
                       [step] "r"(step), [fours] "0"(fours), [inside] "1"(inside)          \
                     : "lr", "memory")

/* Outputs of `fours` times four rows of up to 64 weights. Not inlined: it takes almost every register. */
static KWS_NOINLINE void connect_short(const int8_t *in, unsigned inputs, const int8_t *w,
                                       unsigned fours, const kws_requantization *r, int8_t *out)
{
    const unsigned vectors = inputs < 16 ? 0 : (inputs + 15) / 16;
    const int32_t inside = vctp8q(inputs), step = 4 * r->step;
    const int32x4_t zero_point = vdupq_n_s32(r->zero_point);
    const int32_t *bias = r->bias, *multiplier = r->multiplier;
    const int8_t *shift = r->shift;
    const int8x16_t last = last_of(in, inputs);
    int8x16_t x0 = last, x1 = last, x2 = last, t, c;
    int32_t s0, s1, s2, s3;
    switch (vectors) {
    case 0:
        ALL_FOURS(FOUR_NARROW);
        break;
    case 1:
        ALL_FOURS(FOUR(ROW_1));
        break;
    case 2:
        x0 = vldrbq_s8(in);
        ALL_FOURS(FOUR(ROW_2));
        break;
    case 3:
        x0 = vldrbq_s8(in);
        x1 = vldrbq_s8(in + 16);
        ALL_FOURS(FOUR(ROW_3));
        break;
    default:
        x0 = vldrbq_s8(in);
        x1 = vldrbq_s8(in + 16);
        x2 = vldrbq_s8(in + 32);
        ALL_FOURS(FOUR(ROW_4));
        break;
    }
}

/* The sums of four rows of any number of weights. */
KWS_INLINE int32x4_t four_rows(const int8_t *in, unsigned inputs, const int8_t *w)
{
    const int8_t *w1 = w + inputs, *w2 = w1 + inputs, *w3 = w2 + inputs;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int8x16_t t, values;
    int32x4_t sums;
    __asm__("dlstp.8 lr, %[n]\n"
            "1:\n"
            "vldrb.8 %q[values], [%[in]], #16\n"
            "vldrb.8 %q[t], [%[w]], #16\n"
            "vmladava.s8 %[s0], %q[values], %q[t]\n"
            "vldrb.8 %q[t], [%[w1]], #16\n"
            "vmladava.s8 %[s1], %q[values], %q[t]\n"
            "vldrb.8 %q[t], [%[w2]], #16\n"
            "vmladava.s8 %[s2], %q[values], %q[t]\n"
            "vldrb.8 %q[t], [%[w3]], #16\n"
            "vmladava.s8 %[s3], %q[values], %q[t]\n"
            "letp lr, 1b\n"
            : [s0] "+&Te"(s0), [s1] "+&Te"(s1), [s2] "+&Te"(s2), [s3] "+&Te"(s3), [in] "+&r"(in),
              [w] "+&r"(w), [w1] "+&r"(w1), [w2] "+&r"(w2), [w3] "+&r"(w3), [t] "=&w"(t),
              [values] "=&w"(values)
            : [n] "r"(inputs)
            : "lr", "memory");
    __asm__("vmov %q[sums][2], %q[sums][0], %[s0], %[s2]\n"
            "vmov %q[sums][3], %q[sums][1], %[s1], %[s3]\n"
            : [sums] "=&w"(sums)
            : [s0] "r"(s0), [s1] "r"(s1), [s2] "r"(s2), [s3] "r"(s3));
    return sums;
}

/* The sum of one row. */
static int32_t row_sum(const int8_t *in, unsigned inputs, const int8_t *w)
{
    int32_t sum = 0;
    for (unsigned i = 0; i < inputs; i += 16) {
        const mve_pred16_t inside = vctp8q(inputs - i);
        sum = vmladavaq_s8(sum, vldrbq_z_s8(in + i, inside), vldrbq_z_s8(w + i, inside));
    }
    return sum;
}

/* One multiplier and one shift, as vectors take them. */
typedef struct four_equal {
    int32_t multiplier[4];
    int8_t shift[4];
} four_equal;

static void repeat_scale(kws_requantization *r, four_equal *equal)
{
    vstrwq_s32(equal->multiplier, vdupq_n_s32(*r->multiplier));
    vstrbq_s32(equal->shift, vdupq_n_s32(*r->shift));
    r->multiplier = equal->multiplier;
    r->shift = equal->shift;
}

void kws_connect(const int8_t *in, unsigned inputs, const int8_t *weights, unsigned outputs,
                 const kws_requantization *r, int8_t *out)
{
    unsigned fours = r->rounding == KWS_ROUND_GENERAL ? 0 : outputs / 4;
    unsigned done = 0;
    kws_requantization vectors = *r;
    four_equal equal;
    if (r->step == 0) {
        repeat_scale(&vectors, &equal);
    }
    if (inputs <= 64 && fours > 0) {
        connect_short(in, inputs, weights, fours, &vectors, out);
        done = 4 * fours;
    }
    for (; done < 4 * fours; done += 4) {
        const int32x4_t sums = four_rows(in, inputs, weights + (size_t)done * inputs);
        const unsigned entry = kws_connect_entry(r, done);
        vstrbq_s32(out + done, kws_round_channels(sums, &vectors, done, entry));
    }
    for (; done < outputs; done++) {
        const int32_t sum = r->bias[done] + row_sum(in, inputs, weights + (size_t)done * inputs);
        out[done] = kws_requantize(r, kws_connect_entry(r, done), sum);
    }
}

#endif
