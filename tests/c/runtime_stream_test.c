/* SPDX-License-Identifier: Apache-2.0 */
/* The model in a stream: when a decision is due, and that its scores are those of the
 * last KWS_FRAMES rows alone. Uses the generated model. */
#include <string.h>

#include "check.h"
#include "model_info.h"
#include "runtime/model.h"

#define ROW_BYTES (KWS_INPUT_BYTES / KWS_FRAMES)
#define ROWS (2 * KWS_FRAMES + 3 * KWS_DECISION_FRAMES + 1)
#define DECISIONS (1 + (ROWS - KWS_FRAMES) / KWS_DECISION_FRAMES)

static int8_t rows[ROWS][ROW_BYTES];

static void make_rows(uint32_t seed)
{
    for (size_t i = 0; i < sizeof rows; i++) {
        seed = seed * 1664525u + 1013904223u;
        rows[i / ROW_BYTES][i % ROW_BYTES] = (int8_t)(seed >> 24);
    }
}

/* The scores of each decision. */
static int8_t heard[DECISIONS][KWS_CLASSES];

static void test_a_stream(void)
{
    const int8_t *scores = NULL;
    size_t decisions = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const bool due = kws_model_take_row(rows[i]);
        const size_t taken = i + 1;
        CHECK_EQUAL(taken >= KWS_FRAMES && (taken - KWS_FRAMES) % KWS_DECISION_FRAMES == 0, due);
        if (due) {
            CHECK_EQUAL(KWS_OK, kws_model_scores(&scores));
            memcpy(heard[decisions], scores, KWS_CLASSES);
            decisions++;
        }
        CHECK_EQUAL(KWS_ERR_BAD_STATE, kws_model_scores(&scores)); /* not due, or taken */
    }
    CHECK_EQUAL(DECISIONS, decisions);
}

/* Each decision is the one on the same window alone. */
static void test_windows_alone(void)
{
    for (size_t decision = 0; decision < DECISIONS; decision++) {
        const int8_t *scores = NULL;
        kws_model_restart();
        for (size_t i = 0; i < KWS_FRAMES; i++) {
            const bool due = kws_model_take_row(rows[decision * KWS_DECISION_FRAMES + i]);
            CHECK_EQUAL(i + 1 == KWS_FRAMES, due);
        }
        CHECK_EQUAL(KWS_OK, kws_model_scores(&scores));
        CHECK(memcmp(heard[decision], scores, KWS_CLASSES) == 0);
    }
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
        test_windows_alone();
        test_restart_in_the_middle();
    }
    return EXIT_SUCCESS;
}
