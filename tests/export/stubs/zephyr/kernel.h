/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for Zephyr's kernel: the first sleep ends the program. */
#include <stdlib.h>

#define K_SECONDS(s) (s)
#define k_sleep(time) exit((time) == 0)
