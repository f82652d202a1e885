/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D of 3x3 for the DSP extension, two channels at a time. A word of the image is one
 * pixel of four channels, of which two go, in halves of a word, to a ring of the rows that an output
 * row needs: so the output may lie over the input, as in kws_depthwise_conv_2d_s8.c. A multiplication
 * takes either half. That is no faster than two products at a time (plane_dsp.c), but two channels
 * share each load, nothing is gathered into planes, and short rows cost no more than long ones. */
#include "kernels/depthwise.h"

#if defined(KWS_SET_DSP)
#include <stdbool.h>
#include <string.h>

#include "kernels/requantize.h"

#define LANES 4u
#define ROWS 3 /* of the ring, and of the kernel */
#define TAPS (ROWS * ROWS)

/* Two channels of a slab; the offsets stand in the assembly below. */
typedef struct pair_of_channels {
    int32_t weights[TAPS]; /* times 4, of both channels in halves */
    int32_t bias[2];       /* times 4 */
    struct {
        int32_t multiplier, half, shift;
    } scales[2];
    int32_t step; /* bytes to the next output pixel */
} pair_of_channels;

_Static_assert(offsetof(pair_of_channels, bias) == 36, "see BEGIN");
_Static_assert(offsetof(pair_of_channels, scales) == 44, "see ROUND_ALL");
_Static_assert(offsetof(pair_of_channels, step) == 68, "see SCALE_B_AND_STEP");

/* The sums of two pixels, s0 and s1, of both channels, a and b. */
#define BEGIN                          \
    "ldrd %[a0], %[b0], [%[t], #36]\n" \
    "mov %[a1], %[a0]\n"               \
    "mov %[b1], %[b0]\n"
#define BOTH(pixel, value, weight)                                       \
    "smlabb %[a" pixel "], %[" value "], %[" weight "], %[a" pixel "]\n" \
    "smlatt %[b" pixel "], %[" value "], %[" weight "], %[b" pixel "]\n"
/* One row of the kernel, whose weights lie `w` and `w2` bytes into the table. Single loads that follow one
 * another take a Cortex-M4 a cycle each, and one more. */
#define NEAR_ROW(x, w, w2)                                                            \
    "ldrd %[v0], %[v1], [%[" x "]], #8\n"                                             \
    "ldrd %[w0], %[w1], [%[t], #" w "]\n" BOTH("0", "v0", "w0") BOTH("0", "v1", "w1") \
        BOTH("1", "v1", "w0") "ldr %[v0], [%[" x "]]\n"                               \
                              "ldr %[v1], [%[" x "], #4]\n"                           \
                              "ldr %[w0], [%[t], #" w2 "]\n" BOTH("0", "v0", "w0")    \
                                  BOTH("1", "v0", "w1") BOTH("1", "v1", "w0")
/* The same for pixels two apart. */
#define FAR_ROW(x, w, w2)                                                                 \
    "ldrd %[v0], %[v1], [%[" x "]], #8\n"                                                 \
    "ldrd %[w0], %[w1], [%[t], #" w "]\n" BOTH("0", "v0", "w0")                           \
        BOTH("0", "v1", "w1") "ldrd %[v0], %[v1], [%[" x "]], #8\n" BOTH("1", "v0", "w0") \
            BOTH("1", "v1", "w1") "ldr %[w0], [%[t], #" w2                                \
                                  "]\n" BOTH("0", "v0", "w0") "ldr %[v0], [%[" x          \
                                                              "]]\n" BOTH("1", "v0", "w0")
#define ROUND(sum)                                 \
    "smmla %[" sum "], %[" sum "], %[v0], %[v1]\n" \
    "asr %[" sum "], %[" sum "], %[w0]\n"          \
    "ssat %[" sum "], #8, %[" sum "]\n"
/* A negative sum gets two less: requantize.h. */
#define SIGNED_ROUND(sum)                          \
    "add %[w1], %[v1], %[" sum "], asr #31\n"      \
    "add %[w1], %[w1], %[" sum "], asr #31\n"      \
    "smmla %[" sum "], %[" sum "], %[v0], %[w1]\n" \
    "asr %[" sum "], %[" sum "], %[w0]\n"          \
    "ssat %[" sum "], #8, %[" sum "]\n"
#define SCALE_A                \
    "ldr %[v0], [%[t], #44]\n" \
    "ldr %[v1], [%[t], #48]\n" \
    "ldr %[w0], [%[t], #52]\n"
#define SCALE_B_AND_STEP               \
    "ldrd %[v0], %[v1], [%[t], #56]\n" \
    "ldrd %[w0], %[w1], [%[t], #64]\n"
#define STEP "ldr %[w1], [%[t], #68]\n"
#define STORE(a, b)                 \
    "strb %[" a "], [%[out]]\n"     \
    "strb %[" b "], [%[out], #2]\n" \
    "add %[out], %[out], %[w1]\n"
#define ROUND_ALL                                                                              \
    SCALE_A ROUND("a0") ROUND("a1") SCALE_B_AND_STEP ROUND("b0") STORE("a0", "b0") ROUND("b1") \
        STORE("a1", "b1")
#define SIGNED_ROUND_ALL                                                              \
    SCALE_A SIGNED_ROUND("a0") SIGNED_ROUND("a1") SCALE_B_AND_STEP SIGNED_ROUND("b0") \
        SIGNED_ROUND("b1") STEP STORE("a0", "b0") STORE("a1", "b1")

/* Two outputs of both channels: the kernel at x[0..2] and beside it. With the loop's end all registers are
 * taken. */
#define TWO_PIXELS(row, round_all)                                                         \
    __asm__ volatile(BEGIN row("x0", "0", "8") row("x1", "12", "20") row("x2", "24", "32") \
                         round_all                                                         \
                     : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [out] "+r"(out),       \
                       [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0), [b1] "=&r"(b1),     \
                       [v0] "=&r"(v0), [v1] "=&r"(v1), [w0] "=&r"(w0), [w1] "=&r"(w1)      \
                     : [t] "r"(table)                                                      \
                     : "memory")

/* The last pixel of a row. */
#define LAST_ROW(x, w, w2)                                      \
    "ldrd %[v0], %[v1], [%[" x "]]\n"                           \
    "ldrd %[w0], %[w1], [%[t], #" w "]\n" BOTH("0", "v0", "w0") \
        BOTH("0", "v1", "w1") "ldr %[v0], [%[" x "], #8]\n"     \
                              "ldr %[w0], [%[t], #" w2 "]\n" BOTH("0", "v0", "w0")
#define ONE_PIXEL(round)                                                                       \
    __asm__ volatile(                                                                          \
        "ldrd %[a0], %[b0], [%[t], #36]\n" LAST_ROW("x0", "0", "8") LAST_ROW("x1", "12", "20") \
            LAST_ROW("x2", "24", "32") "ldrd %[v0], %[v1], [%[t], #44]\n"                      \
                                       "ldr %[w0], [%[t], #52]\n" round(                       \
                                           "a0") "ldrd %[v0], %[v1], [%[t], #56]\n"            \
                                                 "ldr %[w0], [%[t], #64]\n" round("b0")        \
        : [a0] "=&r"(a0), [b0] "=&r"(b0), [v0] "=&r"(v0), [v1] "=&r"(v1), [w0] "=&r"(w0),      \
          [w1] "=&r"(w1)                                                                       \
        : [t] "r"(table), [x0] "r"(x0), [x1] "r"(x1), [x2] "r"(x2)                             \
        : "memory")

/* One row of outputs of two channels. `rows`: under its first output; `apart`: a stride of 2. */
KWS_INLINE void slide(const pair_of_channels *table, int32_t *const *rows, int32_t count,
                      int8_t *out, bool positive, bool apart)
{
    const int32_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2];
    const int32_t *const end = x0 + (count & ~1) * (apart ? 2 : 1);
    int32_t a0, a1, b0, b1, v0, v1, w0, w1;
    KWS_PIN(table); /* or GCC works the address out for each pixel */
    while (x0 != end) {
        if (positive && !apart) {
            TWO_PIXELS(NEAR_ROW, ROUND_ALL);
        } else if (positive) {
            TWO_PIXELS(FAR_ROW, ROUND_ALL);
        } else if (!apart) {
            TWO_PIXELS(NEAR_ROW, SIGNED_ROUND_ALL);
        } else {
            TWO_PIXELS(FAR_ROW, SIGNED_ROUND_ALL);
        }
    }
    if (count % 2 != 0) {
        if (positive) {
            ONE_PIXEL(ROUND);
        } else {
            ONE_PIXEL(SIGNED_ROUND);
        }
        out[0] = (int8_t)a0;
        out[2] = (int8_t)b0;
    }
}

static int32_t both(int32_t low, int32_t high)
{
    return (int32_t)(((uint32_t)low & 0xffffu) | (uint32_t)high << 16);
}

static void load_pair(const kws_depthwise_conv_2d *op, unsigned channel, pair_of_channels *table)
{
    const int8_t *low = op->weights + (size_t)channel * TAPS, *high = low + 2 * TAPS;
    for (unsigned tap = 0; tap < TAPS; tap++) {
        table->weights[tap] = both(4 * low[tap], 4 * high[tap]);
    }
    for (unsigned i = 0; i < 2; i++) {
        const kws_scale scale = kws_scale_of(&op->requantization, channel + 2 * i);
        table->bias[i] = 4 * op->requantization.bias[channel + 2 * i];
        table->scales[i].multiplier = scale.multiplier;
        table->scales[i].half = scale.half;
        table->scales[i].shift = scale.shift;
    }
    table->step = op->out_column_stride;
}

static KWS_NOINLINE void fill(int32_t *place, int32_t count, int8_t value)
{
    const int32_t word = both(value, value);
    for (; count >= 4; count -= 4) {
        place[0] = word;
        place[1] = word;
        place[2] = word;
        place[3] = word;
        place += 4;
    }
    for (; count > 0; count--) {
        *place++ = word;
    }
}

static inline uint32_t load_word(const int8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Bytes 0 and 2 of a word, or the others, in halves. */
KWS_INLINE int32_t halves(uint32_t word, bool odd)
{
    if (odd) {
        __asm__("sxtb16 %0, %0, ror #8" : "+r"(word));
    } else {
        __asm__("sxtb16 %0, %0" : "+r"(word));
    }
    return (int32_t)word;
}

/* Two of the channels of `count` pixels: the first and the third, or the others. */
KWS_INLINE void load(const int8_t *in, int32_t step, bool odd, int32_t count, int32_t *place)
{
    for (; count >= 4; count -= 4) {
        const uint32_t a = load_word(in), b = load_word(in + step);
        in += 2 * step;
        const uint32_t c = load_word(in), d = load_word(in + step);
        in += 2 * step;
        place[0] = halves(a, odd);
        place[1] = halves(b, odd);
        place[2] = halves(c, odd);
        place[3] = halves(d, odd);
        place += 4;
    }
    for (; count > 0; count--) {
        *place++ = halves(load_word(in), odd);
        in += step;
    }
}

/* Bytes from the first pixel to behind the last. */
static uintptr_t extent(int32_t rows, int32_t row_stride, int32_t columns, int32_t column_stride)
{
    return (uintptr_t)(row_stride > column_stride ? rows * row_stride : columns * column_stride);
}

/* Whether no output overwrites input that is still to be read: row by row, slab after slab. */
static bool may_overlap(const kws_depthwise_conv_2d *op, const int8_t *in, const int8_t *out)
{
    const uintptr_t from = (uintptr_t)in, to = (uintptr_t)out;
    if (to >= from + extent(op->in_height, op->in_row_stride, op->in_width, op->in_column_stride) ||
        from >=
            to + extent(op->out_height, op->out_row_stride, op->out_width, op->out_column_stride)) {
        return true;
    }
    if (op->in_row_stride >= op->in_column_stride) {
        return to <= from && op->out_row_stride <= op->in_row_stride &&
               (from - to) % op->in_channels == 0;
    }
    /* Rows and columns are exchanged: each row lies all over the image, so in its own place. */
    return to == from && op->stride_height == 1 && op->pad_top < ROWS &&
           op->out_row_stride == op->in_row_stride && op->out_column_stride == op->in_column_stride;
}

unsigned kws_depthwise_slabs(const kws_depthwise_conv_2d *op, const int8_t *in, int8_t *out,
                             void *scratch)
{
    const kws_rounding rounding = op->requantization.rounding;
    const unsigned channels = op->in_channels / LANES * LANES;
    if (op->multiplier != 1 || rounding == KWS_ROUND_GENERAL || op->kernel_height != ROWS ||
        op->kernel_width != ROWS || op->dilation_height != 1 || op->dilation_width != 1 ||
        op->stride_width > 2 || !may_overlap(op, in, out)) {
        return 0;
    }
    const bool positive = rounding == KWS_ROUND_POSITIVE, apart = op->stride_width == 2;
    const int32_t cells = (op->out_width - 1) * op->stride_width + ROWS;
    const int32_t room = cells - op->pad_left; /* what is left or right of the image stays */
    const int32_t width = op->in_width < room ? op->in_width : room;
    fill(scratch, ROWS * cells, op->pad_value);
    for (unsigned pair = 0; pair < channels / 2; pair++) {
        /* Channels 0 and 2, 1 and 3, 4 and 6, ... */
        const unsigned first = pair / 2 * LANES, channel = first + pair % 2;
        int32_t *ring = scratch, *rows[ROWS] = {ring, ring + cells, ring + 2 * cells};
        int32_t next = -op->pad_top;
        int8_t *place = out + channel;
        pair_of_channels table;
        load_pair(op, channel, &table);
        for (int32_t y = 0; y < op->out_height; y++) {
            for (int32_t more = y == 0 ? ROWS : op->stride_height; more > 0; more--) {
                int32_t *oldest = rows[0];
                rows[0] = rows[1];
                rows[1] = rows[2];
                rows[2] = oldest;
                oldest += op->pad_left;
                if (next < 0 || next >= op->in_height) {
                    fill(oldest, width, op->pad_value);
                } else if (pair % 2 == 0) {
                    load(in + first + next * op->in_row_stride, op->in_column_stride, false, width,
                         oldest);
                } else {
                    load(in + first + next * op->in_row_stride, op->in_column_stride, true, width,
                         oldest);
                }
                next++;
            }
            if (positive && !apart) {
                slide(&table, rows, op->out_width, place, true, false);
            } else if (positive) {
                slide(&table, rows, op->out_width, place, true, true);
            } else {
                slide(&table, rows, op->out_width, place, false, apart);
            }
            place += op->out_row_stride;
        }
    }
    return channels;
}

#endif
