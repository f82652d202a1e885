/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

void kws_measure_value(const char *name, uint32_t value)
{
    char digits[12];
    char *text = &digits[sizeof digits - 1];
    *text = '\0';
    *--text = '\n';
    do {
        *--text = (char)('0' + value % 10u);
        value /= 10u;
    } while (value > 0u);
    kws_measure_print(name);
    kws_measure_print(" ");
    kws_measure_print(text);
}
