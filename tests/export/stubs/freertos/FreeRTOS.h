/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for FreeRTOS under ESP-IDF. */
#include <stdint.h>

#define portMAX_DELAY UINT32_MAX

void app_main(void);
int main(void);

int main(void)
{
    app_main();
    return 1;
}
