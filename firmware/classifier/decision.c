/* SPDX-License-Identifier: Apache-2.0 */
/* The word of a clip. A file of its own: programs that never ask for it need no class names. */
#include "classifier/classifier.h"

kws_status kws_decide(kws_decision *decision)
{
    const kws_status status = kws_run(&decision->scores);
    if (status == KWS_OK) {
        decision->index = kws_best(decision->scores);
        decision->word = kws_labels[decision->index];
    }
    return status;
}
