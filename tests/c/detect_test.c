/* SPDX-License-Identifier: Apache-2.0 */
/* The detector's edges: the first decisions, thresholds, equal words, runs, refractory time. */
#include "detect/detect.h"

#include "check.h"

enum { SILENCE, YES, NO, CLASSES, SMOOTHING = 3 };

static const uint32_t thresholds[CLASSES] = {KWS_DETECT_NEVER, KWS_DETECT_NEVER / 2, 16384};
static uint16_t sums[CLASSES];
static uint8_t history[SMOOTHING * CLASSES];
static kws_detect_state state = {.sums = sums, .history = history};
static kws_detect_config config;
static kws_detection detection;

static void restart(uint32_t smoothing, uint32_t consecutive, uint32_t refractory)
{
    config = (kws_detect_config){CLASSES, thresholds, smoothing, consecutive, refractory};
    kws_detect_restart(&config, &state);
}

/* Scores 0 .. 255, as the detector counts them. */
static bool decide(int silence, int yes, int no)
{
    const int8_t scores[] = {(int8_t)(silence - 128), (int8_t)(yes - 128), (int8_t)(no - 128)};
    detection = (kws_detection){99, 99};
    return kws_detect(&config, &state, scores, &detection);
}

static void test_not_before_there_are_enough(void)
{
    restart(SMOOTHING, 1, 0);
    CHECK(!decide(0, 255, 0));
    CHECK(!decide(0, 255, 0));
    CHECK(decide(0, 255, 0));
    CHECK_EQUAL(YES, detection.word);
    CHECK_EQUAL(255 * 256, detection.score_q16);
    kws_detect_restart(&config, &state);
    CHECK(!decide(0, 255, 0));
}

static void test_threshold_is_the_least_average(void)
{
    restart(SMOOTHING, 1, 0);
    CHECK(!decide(0, 128, 0) && !decide(0, 128, 0)); /* 0.5 is 128 of 256 */
    CHECK(decide(0, 128, 0));
    CHECK_EQUAL(128 * 256, detection.score_q16);
    CHECK(!decide(0, 127, 0));
    CHECK(decide(0, 129, 0)); /* 128, 127, 129 */
}

static void test_silence_is_never_detected(void)
{
    restart(1, 1, 0);
    CHECK(!decide(255, 0, 0));
    CHECK(decide(255, 128, 0)); /* and hides no word */
    CHECK_EQUAL(YES, detection.word);
}

static void test_highest_of_those_over_their_thresholds(void)
{
    restart(1, 1, 0);
    CHECK(decide(0, 127, 64)); /* yes is higher, but below its threshold */
    CHECK_EQUAL(NO, detection.word);
    CHECK(decide(0, 200, 201));
    CHECK_EQUAL(NO, detection.word);
    CHECK(decide(0, 200, 200)); /* the first of equals */
    CHECK_EQUAL(YES, detection.word);
}

static void test_consecutive(void)
{
    restart(1, 3, 0);
    CHECK(!decide(0, 200, 0) && !decide(0, 200, 0));
    CHECK(!decide(0, 0, 200)); /* another word: from the beginning */
    CHECK(!decide(0, 200, 0) && !decide(0, 200, 0));
    CHECK(!decide(0, 0, 0)); /* none: likewise */
    CHECK(!decide(0, 200, 0) && !decide(0, 200, 0));
    CHECK(decide(0, 200, 0));
    CHECK(decide(0, 200, 0));
}

static void test_refractory_holds_for_all_words(void)
{
    restart(1, 1, 4);
    CHECK(decide(0, 200, 0));
    CHECK(!decide(0, 200, 0) && !decide(0, 0, 200) && !decide(0, 200, 0));
    CHECK(decide(0, 0, 200)); /* the fourth */
    CHECK_EQUAL(NO, detection.word);
    CHECK(!decide(0, 0, 200));
    kws_detect_restart(&config, &state);
    CHECK(decide(0, 0, 200));
}

static void test_a_run_goes_on_in_refractory_time(void)
{
    restart(1, 2, 3);
    CHECK(!decide(0, 200, 0) && decide(0, 200, 0));
    CHECK(!decide(0, 0, 200) && !decide(0, 0, 200));
    CHECK(decide(0, 0, 200));
}

int main(void)
{
    test_not_before_there_are_enough();
    test_threshold_is_the_least_average();
    test_silence_is_never_detected();
    test_highest_of_those_over_their_thresholds();
    test_consecutive();
    test_refractory_holds_for_all_words();
    test_a_run_goes_on_in_refractory_time();
    return EXIT_SUCCESS;
}
