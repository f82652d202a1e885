/* Stands for Zephyr's console. */
#include <stdio.h>

#define printk printf
