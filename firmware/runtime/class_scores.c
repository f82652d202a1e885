/* SPDX-License-Identifier: Apache-2.0 */
/* The model's outputs as scores of the classes, where there is not one for each in their order. */
#include "model_info.h"
#include "runtime/whole_window.h"

#ifndef KWS_CLASS_OUTPUTS

const int8_t *kws_model_class_scores(void)
{
    return kws_model_output();
}

#else

const int8_t *kws_model_class_scores(void)
{
    static const int8_t outputs_of[KWS_CLASSES] = KWS_CLASS_OUTPUTS;
    static int8_t scores[KWS_CLASSES];
    const int8_t *outputs = kws_model_output();
    int8_t highest = INT8_MIN;
    for (unsigned i = 0; i < KWS_OUTPUTS; i++) {
        highest = outputs[i] > highest ? outputs[i] : highest;
    }
    for (unsigned i = 0; i < KWS_CLASSES; i++) {
        if (outputs_of[i] >= 0) {
            scores[i] = outputs[outputs_of[i]];
        } else {
            scores[i] = (int8_t)(outputs_of[i] == -2 ? -1 - highest : INT8_MIN);
        }
    }
    return scores;
}

#endif
