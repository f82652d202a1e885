/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for Zephyr's kernel: a slab of memory blocks, of which one is in use at a time. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>
#include <stdlib.h>

struct k_mem_slab {
    void *memory;
    size_t block_size;
    int used;
};

#define K_MEM_SLAB_DEFINE_STATIC(name, size, count, align)       \
    static _Alignas(align) char name##_memory[(size) * (count)]; \
    static struct k_mem_slab name = {name##_memory, size, 0}

static inline void k_mem_slab_free(struct k_mem_slab *slab, void *block)
{
    if (block != slab->memory || slab->used-- != 1) {
        abort();
    }
}

#endif
