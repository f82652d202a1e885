/* SPDX-License-Identifier: Apache-2.0 */
/* The model in a stream: when a decision is due, and that its scores are those of the model on the
 * last KWS_FRAMES rows. Uses the generated model. */
#include <string.h>

#include "check.h"
#include "model_info.h"
#include "runtime/model.h"

#define ROW_BYTES (KWS_INPUT_BYTES / KWS_FRAMES)
#define ROWS (2 * KWS_FRAMES + 3 * KWS_DECISION_FRAMES + 1)

static int8_t rows[ROWS][ROW_BYTES];

static void make_rows(uint32_t seed)
{
    for (size_t i = 0; i < sizeof rows; i++) {
        seed = seed * 1664525u + 1013904223u;
        rows[i / ROW_BYTES][i % ROW_BYTES] = (int8_t)(seed >> 24);
    }
}

static void check_scores(size_t end)
{
    int8_t expected[KWS_CLASSES];
    const int8_t *scores = NULL;
    CHECK_EQUAL(KWS_OK, kws_model_scores(&scores));
    memcpy(expected, scores, KWS_CLASSES);
    memcpy(kws_model_input(), rows[end - KWS_FRAMES], KWS_INPUT_BYTES);
    CHECK_EQUAL(KWS_OK, kws_model_invoke());
    CHECK(memcmp(expected, kws_model_output(), KWS_CLASSES) == 0);
}

static void test_a_stream(void)
{
    const int8_t *scores;
    size_t decisions = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const bool due = kws_model_take_row(rows[i]);
        const size_t taken = i + 1;
        CHECK_EQUAL(taken >= KWS_FRAMES && (taken - KWS_FRAMES) % KWS_DECISION_FRAMES == 0, due);
        if (due) {
            decisions++;
            check_scores(taken);
        }
        CHECK(decisions > 0 || kws_model_scores(&scores) == KWS_ERR_BAD_STATE);
    }
    CHECK_EQUAL(1 + (ROWS - KWS_FRAMES) / KWS_DECISION_FRAMES, decisions);
}

static void test_restart_in_the_middle(void)
{
    for (size_t i = 0; i < KWS_FRAMES + 1; i++) {
        (void)kws_model_take_row(rows[i]);
    }
    kws_model_restart();
    test_a_stream();
}

int main(void)
{
    CHECK_EQUAL(KWS_OK, kws_model_init());
    for (uint32_t seed = 1; seed < 4; seed++) {
        make_rows(seed);
        kws_model_restart();
        test_a_stream();
        test_restart_in_the_middle();
    }
    return EXIT_SUCCESS;
}
