/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the runtime alone and prints: status, bytes used, then the scores of one inference and
 * how many operators it reported. */
#include <stdio.h>

#include "model_info.h"
#include "runtime/model.h"
#include "runtime/whole_window.h"

void count_operator(int index, const int8_t *output, unsigned bytes);

static int operators;

void count_operator(int index, const int8_t *output, unsigned bytes)
{
    if (index == operators && output == NULL && bytes == 0) {
        operators++;
    }
}

int main(void)
{
    kws_status status = kws_model_init();
    printf("%d %u", (int)status, (unsigned)kws_model_used_bytes());
    if (status != KWS_OK) {
        return 0;
    }
    for (int clip = 0; clip < 2; clip++) {
        operators = 0;
        for (int i = 0; i < KWS_INPUT_BYTES; i++) {
            kws_model_input()[i] = (int8_t)(i - 2);
        }
        if (kws_model_invoke() != KWS_OK) {
            return 1;
        }
    }
    for (int i = 0; i < KWS_CLASSES; i++) {
        printf(" %d", kws_model_output()[i]);
    }
    printf(" %d", operators);
    return 0;
}
