/* SPDX-License-Identifier: Apache-2.0 */
/* UNIDIRECTIONAL_SEQUENCE_LSTM. The four gates of a unit are computed together, which share the
 * loads of the input. A step's new hidden state is the row of the output; the last row is kept. */
#include <string.h>

#include "kernels/kernels.h"
#include "kernels/requantize.h"

enum { INPUT, FORGET, CELL, OUTPUT, GATES };

static int32_t clamp_16(int32_t value)
{
    return kws_clamp(value, INT16_MIN, INT16_MAX);
}

/* 1 / (1 + exp(-x)) between two entries of the table, for |x| in 1/3 * Q3.12 (`magnitude`) with
 * `bits` below an entry; in Q0.16 with as many bits more. */
static uint32_t between(const kws_lstm *op, uint32_t magnitude, unsigned bits)
{
    const uint32_t entry = magnitude >> bits;
    const uint32_t first = op->sigmoid[entry];
    const uint32_t rest = magnitude & ((1u << bits) - 1u);
    return (first << bits) + rest * (op->sigmoid[entry + 1u] - first);
}

/* x: Q3.12. Q0.15. */
static int32_t sigmoid(const kws_lstm *op, int32_t x)
{
    const int32_t value = 3 * x;
    const uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
    uint32_t result = magnitude >> 9 >= 255u ? 0x7FFFu << 10 : between(op, magnitude, 9);
    result = value >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1u;
    return (int32_t)(result >> 10);
}

/* value: 3 * x in Q3.12. Q0.15. */
static int32_t tanh_of(const kws_lstm *op, int32_t value)
{
    const uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
    const int32_t twice = magnitude >> 8 >= 255u ? 0xFFFF << 8 : (int32_t)between(op, magnitude, 8);
    const int32_t result =
        value >= 0 ? twice - (1 << 23) + (1 << 7) : -twice + (1 << 23) + (1 << 7) - 1;
    return result >> 8;
}

static int32_t tanh_of_cell(const kws_lstm *op, int32_t cell)
{
    const int32_t half = op->tanh_shift > 0 ? 1 << (op->tanh_shift - 1) : 0;
    return tanh_of(op, (cell * op->tanh_multiplier + half) >> op->tanh_shift);
}

static int32_t product(const kws_lstm *op, unsigned number, int32_t a, int32_t b)
{
    return kws_rescale(a * b, op->multipliers[number], op->shifts[number]);
}

/* Adds the products of `count` inputs and each gate's row of weights to the sums. */
static void add_products(const int8_t *in, const int8_t *const *rows, unsigned count, int32_t *sums)
{
    int32_t a = sums[INPUT], b = sums[FORGET], c = sums[CELL], d = sums[OUTPUT];
    for (unsigned i = 0; i < count; i++) {
        const int32_t value = in[i];
        a += value * rows[INPUT][i];
        b += value * rows[FORGET][i];
        c += value * rows[CELL][i];
        d += value * rows[OUTPUT][i];
    }
    sums[INPUT] = a;
    sums[FORGET] = b;
    sums[CELL] = c;
    sums[OUTPUT] = d;
}

/* Adds to values[GATES] the weighted sums of a unit over one side (0: input, 1: hidden state). */
static void add_side(const kws_lstm *op, unsigned unit, unsigned side, const int8_t *in,
                     int32_t *values)
{
    const unsigned count = side == 0 ? op->inputs : op->units;
    const int8_t *rows[GATES];
    int32_t sums[GATES];
    for (unsigned i = 0; i < GATES; i++) {
        rows[i] = op->gates[i].weights[side] + (size_t)unit * count;
        sums[i] = op->gates[i].biases[side][unit];
    }
    add_products(in, rows, count, sums);
    for (unsigned i = 0; i < GATES; i++) {
        const kws_lstm_gate *gate = &op->gates[i];
        const int32_t sum =
            clamp_16(kws_rescale(sums[i], gate->multipliers[side], gate->shifts[side]));
        values[i] = clamp_16(values[i] + sum);
    }
}

static int8_t step(const kws_lstm *op, unsigned unit, const int8_t *in, const int8_t *hidden,
                   int16_t *cell)
{
    int32_t gates[GATES] = {0};
    add_side(op, unit, 0, in, gates);
    add_side(op, unit, 1, hidden, gates);
    const int32_t kept = clamp_16(product(op, 0, sigmoid(op, gates[FORGET]), cell[unit]));
    const int32_t added =
        clamp_16(product(op, 1, sigmoid(op, gates[INPUT]), tanh_of(op, 3 * gates[CELL])));
    int32_t state = clamp_16(kept + added);
    if (op->clip > 0) {
        state = kws_clamp(state, -op->clip, op->clip);
    }
    cell[unit] = (int16_t)state;
    const int32_t value = product(op, 2, tanh_of_cell(op, state), sigmoid(op, gates[OUTPUT]));
    return (int8_t)kws_clamp(value + op->zero_point, INT8_MIN, INT8_MAX);
}

void kws_lstm_s8(const kws_lstm *op, const int8_t *in, int8_t *hidden, void *cell, int8_t *out)
{
    const int8_t *before = hidden;
    for (unsigned i = 0; i < op->steps; i++) {
        for (unsigned unit = 0; unit < op->units; unit++) {
            out[unit] = step(op, unit, in, before, cell);
        }
        before = out;
        in += op->inputs;
        out += op->units;
    }
    memcpy(hidden, before, op->units);
}
