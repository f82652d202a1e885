/* SPDX-License-Identifier: Apache-2.0 */
/* The energy gate: what is quiet, how long it stays open, what goes first when it opens. */
#include "detect/gate.h"

#include "check.h"

enum { HOP = 4, PATIENCE = 3, LEAD_IN = 2 };

static int8_t rows[LEAD_IN];
static kws_gate_state state = {.rows = rows};
static kws_gate_config config = {100, PATIENCE, LEAD_IN, 1};

static bool hear(int16_t sample, int8_t row)
{
    const int16_t samples[HOP] = {sample, (int16_t)-sample, sample, (int16_t)-sample};
    kws_gate_hear(&state, samples, 1); /* in parts */
    kws_gate_hear(&state, samples + 1, HOP - 1);
    return kws_gate_open(&config, &state, &row);
}

static void check_next(int row)
{
    const int8_t *next = kws_gate_next_row(&config, &state);
    CHECK(next != NULL);
    CHECK_EQUAL(row, *next);
}

static void close_gate(void)
{
    kws_gate_restart(&state);
    for (int8_t i = 0; i < PATIENCE; i++) {
        CHECK(hear(9, i)); /* quiet, but not for long */
    }
    CHECK(!hear(9, 10));
}

static void test_the_level_itself_is_not_quiet(void)
{
    kws_gate_restart(&state);
    for (int8_t i = 0; i < 3 * PATIENCE; i++) {
        CHECK(hear(10, i));
    }
    CHECK(kws_gate_next_row(&config, &state) == NULL);
}

static void test_the_newest_rows_go_first(void)
{
    for (int8_t waiting = 1; waiting < 3 * LEAD_IN; waiting++) {
        close_gate();
        for (int8_t i = 1; i < waiting; i++) {
            CHECK(!hear(0, (int8_t)(10 + i)));
        }
        CHECK(hear(-32768, 50));
        for (int i = waiting < LEAD_IN ? waiting : LEAD_IN; i > 0; i--) {
            check_next(10 + waiting - i);
        }
        CHECK(kws_gate_next_row(&config, &state) == NULL);
        for (int8_t i = 0; i < PATIENCE; i++) {
            CHECK(hear(0, i));
        }
        CHECK(!hear(0, 51));
    }
}

static void test_restart(void)
{
    close_gate();
    kws_gate_hear(&state, &(const int16_t){32767}, 1);
    kws_gate_restart(&state);
    CHECK(kws_gate_next_row(&config, &state) == NULL);
    close_gate(); /* the loud sample is forgotten */
}

static void test_without_a_level_nothing_is_quiet(void)
{
    config.mean_square = 0;
    kws_gate_restart(&state);
    for (int8_t i = 0; i < 3 * PATIENCE; i++) {
        CHECK(hear(0, i));
    }
}

int main(void)
{
    test_the_level_itself_is_not_quiet();
    test_the_newest_rows_go_first();
    test_restart();
    test_without_a_level_nothing_is_quiet();
    return EXIT_SUCCESS;
}
