/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D's inner part for Helium (Cortex-M55, M85): sixteen multiply-accumulates an instruction.
 * A patch of more than a vector: four pixels by four output channels, of which eight sums at a time
 * are in registers. A smaller one: the weights of four channels stay in registers. Loops are written
 * out: GCC 12 spills there, and eight sums are all the even registers that there are. */
#include "kernels/patches.h"

#if defined(KWS_SET_HELIUM)
#include "kernels/helium/rounding.h"

/* Written out here and below: GCC 12 has no tail-predicated loops. */
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

/* What multiply_wide() needs, in the order in which it loads it. */
typedef struct kws_job {
    const int8_t *shift;
    int8_t *out[KWS_PATCHES];
    const int32_t *bias;
    const int32_t *multiplier;
    int32_t zero_point;
    uint32_t negative; /* results may be negative: KWS_ROUND_SIGNED */
    const void *patches;
    uint32_t loops;    /* over two slices after the first; an odd number begins with their second */
    uint32_t tail;     /* values of the last slice, if it is not full */
    uint32_t two_rows; /* of weights, bytes */
    uint32_t inside;   /* predicate for the tail */
} kws_job;
#define ZERO_POINT "28"
#define NEGATIVE "32"
#define PATCHES "36"
#define LOOPS "40"
#define TAIL "44"
#define TWO_ROWS "48"
#define INSIDE "52"
_Static_assert(offsetof(kws_job, inside) == 52, "see INSIDE");

/* Four pixels, at r1, times the weights of two channels in q0 and q1. */
#define MULTIPLY_SLICE(multiply)                                                 \
    "vldrb.8 q2, [r1], #16\n" multiply " r0, q2, q0\n" multiply " r8, q2, q1\n"  \
    "vldrb.8 q3, [r1], #16\n" multiply " r2, q3, q0\n" multiply " r10, q3, q1\n" \
    "vldrb.8 q2, [r1], #16\n" multiply " r4, q2, q0\n" multiply " r12, q2, q1\n" \
    "vldrb.8 q3, [r1], #16\n" multiply " r6, q3, q0\n" multiply " lr, q3, q1\n"
#define SLICE(multiply)       \
    "vldrb.8 q0, [r3], #16\n" \
    "vldrb.8 q1, [r5], #16\n" MULTIPLY_SLICE(multiply)

/* All slices for two channels, whose weights begin at r3 and r5, and end there. */
#define ANY_SLICES                                                                             \
    SLICE("vmladav.s8")                                                                        \
    "ldr r7, [r9, #" LOOPS "]\n"                                                               \
    "lsrs r7, r7, #1\n"                                                                        \
    "bcs.w 3f\n"                                                                               \
    "beq.w 4f\n"                                                                               \
    "2:\n" SLICE("vmladava.s8") "3:\n" SLICE("vmladava.s8") "subs r7, r7, #1\n"                \
                                                            "bne.w 2b\n"                       \
                                                            "4:\n"                             \
                                                            "ldr r7, [r9, #" TAIL "]\n"        \
                                                            "cbz r7, 2f\n"                     \
                                                            "vpstt\n"                          \
                                                            "vldrbt.8 q0, [r3]\n"              \
                                                            "vldrbt.8 q1, [r5]\n"              \
                                                            "add r3, r3, r7\n"                 \
                                                            "add r5, r5, r7\n" MULTIPLY_SLICE( \
                                                                "vmladava.s8") "2:\n"
#define FOUR_SLICES \
    SLICE("vmladav.s8") SLICE("vmladava.s8") SLICE("vmladava.s8") SLICE("vmladava.s8")

/* Their sums go to lanes `high` and `low` of the pixels' q4 to q7. */
#define TWO_CHANNELS(SLICES, high, low)                                              \
    "ldr r1, [r9, #" PATCHES "]\n" SLICES "vmov q4[" high "], q4[" low "], r0, r8\n" \
    "vmov q5[" high "], q5[" low "], r2, r10\n"                                      \
    "vmov q6[" high "], q6[" low "], r4, r12\n"                                      \
    "vmov q7[" high "], q7[" low "], r6, lr\n"

/* The outputs of one pixel, as kws_round_channels() makes them. */
#define ROUND(sums, out, fix_negative)                               \
    "vadd.i32 " sums ", " sums ", q0\n"                              \
    "vqrdmulh.s32 " sums ", " sums                                   \
    ", q1\n" fix_negative(sums) "vrshl.s32 " sums ", " sums ", q2\n" \
                                "vadd.i32 " sums ", " sums ", r12\n" \
                                "vqmovnb.s32 " sums ", " sums "\n"   \
                                "vqmovnb.s16 " sums ", " sums "\n"   \
                                "vstrb.32 " sums ", [" out "], #4\n"
#define AS_IT_IS(sums)
#define FIX_NEGATIVE(sums)         \
    "vshr.s32 q3, " sums ", #31\n" \
    "vadd.i32 " sums ", " sums ", q3\n"
/* Pixels that there are not share the last one's place: it is written after them. */
#define ROUND_ALL(fix_negative)     \
    ROUND("q7", "r6", fix_negative) \
    ROUND("q6", "r4", fix_negative) ROUND("q5", "r2", fix_negative) ROUND("q4", "r1", fix_negative)

/* Four pixels by r2 times four channels: all of a function, in parts that C's limit on the length of a
 * string allows. */
#define MULTIPLY(SLICES)                                                                    \
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"                                 \
            "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n"                                \
            "mov r9, r0\n"                                                                  \
            "mov r3, r1\n"                                                                  \
            "mov r11, r2\n"                                                                 \
            "ldr r0, [r9, #" INSIDE "]\n"                                                   \
            "vmsr p0, r0\n"                                                                 \
            "1:\n"                                                                          \
            "ldr r5, [r9, #" TWO_ROWS "]\n"                                                 \
            "add r5, r5, r3\n");                                                            \
    __asm__(TWO_CHANNELS(SLICES, "2", "0"));                                                \
    __asm__(TWO_CHANNELS(SLICES, "3", "1"));                                                \
    __asm__("ldmia r9, {r0, r1, r2, r4, r6, r8, r10}\n"                                     \
            "mov r3, r5\n"                                                                  \
            "ldr r12, [r9, #" ZERO_POINT "]\n"                                              \
            "ldr r7, [r9, #" NEGATIVE "]\n"                                                 \
            "vldrb.s32 q2, [r0], #4\n"                                                      \
            "vldrw.32 q0, [r8], #16\n"                                                      \
            "vldrw.32 q1, [r10], #16\n"                                                     \
            "vneg.s32 q2, q2\n"                                                             \
            "cmp r7, #0\n"                                                                  \
            "bne.w 2f\n" ROUND_ALL(                                                         \
                AS_IT_IS) "b.w 3f\n"                                                        \
                          "2:\n" ROUND_ALL(                                                 \
                              FIX_NEGATIVE) "3:\n"                                          \
                                            "stmia r9, {r0, r1, r2, r4, r6, r8, r10}\n"     \
                                            "subs r11, r11, #1\n"                           \
                                            "bne.w 1b\n"                                    \
                                            "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n" \
                                            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n")

/* Patches of more than sixteen values. */
static __attribute__((naked, noinline)) void multiply_wide(__attribute__((unused)) kws_job *job,
                                                           __attribute__((unused))
                                                           const int8_t *weights,
                                                           __attribute__((unused)) unsigned fours)
{
    MULTIPLY(ANY_SLICES);
}

/* Patches of 64 values, which networks like. */
static __attribute__((naked, noinline)) void multiply_64(__attribute__((unused)) kws_job *job,
                                                         __attribute__((unused))
                                                         const int8_t *weights,
                                                         __attribute__((unused)) unsigned fours)
{
    MULTIPLY(FOUR_SLICES);
}

/* The outputs of `count` pixels, each as wide as `step`, for four channels: patches and rows of up to
 * sixteen values, in a vector each. */
#define NARROW(fix_negative)                                                                    \
    __asm__ volatile(                                                                           \
        "dls lr, %[count]\n"                                                                    \
        "1:\n"                                                                                  \
        "vldrb.8 %q[t], [%[x]], #16\n"                                                          \
        "vmladav.s8 %[s0], %q[t], %q[w0]\n"                                                     \
        "vmladav.s8 %[s1], %q[t], %q[w1]\n"                                                     \
        "vmladav.s8 %[s2], %q[t], %q[w2]\n"                                                     \
        "vmladav.s8 %[s3], %q[t], %q[w3]\n"                                                     \
        "vmov %q[t][2], %q[t][0], %[s0], %[s2]\n"                                               \
        "vmov %q[t][3], %q[t][1], %[s1], %[s3]\n"                                               \
        "vldrw.32 %q[c], [%[bias]]\n"                                                           \
        "vadd.i32 %q[t], %q[t], %q[c]\n"                                                        \
        "vqrdmulh.s32 %q[t], %q[t], %q[multiplier]\n" fix_negative                              \
        "vrshl.s32 %q[t], %q[t], %q[shift]\n"                                                   \
        "vadd.i32 %q[t], %q[t], %[zero_point]\n"                                                \
        "vqmovnb.s32 %q[t], %q[t]\n"                                                            \
        "vqmovnb.s16 %q[t], %q[t]\n"                                                            \
        "vstrb.32 %q[t], [%[place]]\n"                                                          \
        "add %[place], %[place], %[step]\n"                                                     \
        "le lr, 1b\n"                                                                           \
        : [s0] "=&Te"(s0), [s1] "=&Te"(s1), [s2] "=&Te"(s2), [s3] "=&Te"(s3), [x] "+&r"(x),     \
          [place] "+&l"(place), [t] "=&w"(t), [c] "=&w"(c)                                      \
        : [w0] "w"(w0), [w1] "w"(w1), [w2] "w"(w2), [w3] "w"(w3), [multiplier] "w"(multiplier), \
          [shift] "w"(shift), [bias] "r"(bias), [zero_point] "r"((int32_t)r->zero_point),       \
          [count] "r"(count), [step] "r"(step)                                                  \
        : "lr", "memory")
#define NEGATIVE_BY_C              \
    "vshr.s32 %q[c], %q[t], #31\n" \
    "vadd.i32 %q[t], %q[t], %q[c]\n"

static void multiply_narrow(const kws_conv_2d *op, const int8_t *patches, unsigned fours,
                            int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const unsigned step = op->window.out_channels, row = op->patch;
    const mve_pred16_t inside = vctp8q(row);
    const bool negative = r->rounding == KWS_ROUND_SIGNED;
    const int8_t *weights = op->weights;
    for (unsigned channel = 0; channel < 4 * fours; channel += 4) {
        const int8x16_t w0 = vldrbq_z_s8(weights, inside);
        const int8x16_t w1 = vldrbq_z_s8(weights + row, inside);
        const int8x16_t w2 = vldrbq_z_s8(weights + 2 * row, inside);
        const int8x16_t w3 = vldrbq_z_s8(weights + 3 * row, inside);
        const int32x4_t multiplier = vldrwq_s32(r->multiplier + channel);
        const int32x4_t shift = vnegq_s32(vldrbq_s32(r->shift + channel));
        const int32_t *bias = r->bias + channel;
        const int8_t *x = patches;
        int8_t *place = out + channel;
        int8x16_t t, c;
        int32_t s0, s1, s2, s3;
        if (negative) {
            NARROW(NEGATIVE_BY_C);
        } else {
            NARROW("");
        }
        weights += 4 * row;
    }
}

static void multiply_fours(const kws_conv_2d *op, const int8_t *patches, unsigned fours,
                           int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    if (op->patch <= KWS_SLICE) {
        multiply_narrow(op, patches, fours, out, count);
        return;
    }
    const unsigned more = op->patch / KWS_SLICE - 1, tail = op->patch % KWS_SLICE;
    kws_job job = {
        .shift = r->shift,
        .bias = r->bias,
        .multiplier = r->multiplier,
        .zero_point = r->zero_point,
        .negative = r->rounding == KWS_ROUND_SIGNED,
        .patches = patches,
        .loops = (more + 1) / 2 * 2 + more % 2,
        .tail = tail,
        .two_rows = 2u * op->patch,
        .inside = vctp8q(tail),
    };
    for (unsigned i = 0; i < KWS_PATCHES; i++) {
        job.out[i] = out + (i < count ? i : count - 1) * (size_t)op->window.out_channels;
    }
    if (op->patch == 4 * KWS_SLICE) {
        multiply_64(&job, op->weights, fours);
    } else {
        multiply_wide(&job, op->weights, fours);
    }
}

/* The sum of one channel for the pixel at `patch`. */
static int32_t channel_sum(const int8_t *patch, const int8_t *weights, unsigned count)
{
    int32_t sum = 0;
    for (unsigned i = 0; i < count; i += KWS_SLICE) {
        const mve_pred16_t inside = vctp8q(count - i);
        sum = vmladavaq_s8(sum, vldrbq_z_s8(patch + i * KWS_PATCHES, inside),
                           vldrbq_z_s8(weights + i, inside));
    }
    return sum;
}

void kws_patches_multiply(const kws_conv_2d *op, const void *patches, int8_t *out, unsigned count)
{
    const kws_requantization *r = &op->requantization;
    const unsigned channels = op->window.out_channels;
    const unsigned fours = r->rounding == KWS_ROUND_GENERAL ? 0 : channels / 4;
    if (fours > 0) {
        multiply_fours(op, patches, fours, out, count);
    }
    for (unsigned channel = 4 * fours; channel < channels; channel++) {
        const int8_t *weights = op->weights + (size_t)channel * op->patch;
        for (unsigned i = 0; i < count; i++) {
            const int8_t *patch = (const int8_t *)patches + KWS_SLICE * i;
            const int32_t sum = r->bias[channel] + channel_sum(patch, weights, op->patch);
            out[channel + (size_t)i * channels] = kws_requantize(r, channel, sum);
        }
    }
}

#endif
