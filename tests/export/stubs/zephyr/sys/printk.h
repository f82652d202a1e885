/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for Zephyr's console. */
#include <stdio.h>

#define printk printf
