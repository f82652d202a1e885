/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for FreeRTOS under ESP-IDF: the first delay ends the program. */
#include <stdlib.h>

#define pdMS_TO_TICKS(ms) (ms)
#define vTaskDelay(ticks) exit((ticks) == 0)

void app_main(void);
int main(void);

int main(void)
{
    app_main();
    return 1;
}
