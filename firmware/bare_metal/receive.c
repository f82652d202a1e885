/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded ring: one producer (the interrupt), one consumer (the core), no locks. */
#include "bare_metal/receive.h"

#include "app/frame.h"
#include "bare_metal/core.h"

#define CAPACITY ((uint32_t)KWS_RECEIVE_BYTES)
_Static_assert(CAPACITY >= KWS_FRAME_MAX_BYTES, "a frame fits");
_Static_assert((CAPACITY & (CAPACITY - 1u)) == 0u, "the counts wrap around with the ring");

static uint8_t ring[CAPACITY];
static volatile uint32_t put_count;  /* bytes ever put; written by the interrupt only */
static volatile uint32_t take_count; /* bytes ever taken; written by the core only */

void kws_receive_put(uint8_t byte)
{
    const uint32_t position = put_count;
    if (position - take_count < CAPACITY) {
        ring[position % CAPACITY] = byte;
        put_count = position + 1u;
    }
}

size_t kws_receive_take(uint8_t *data, size_t capacity)
{
    size_t count = 0;
    while (count < capacity && take_count != put_count) {
        data[count++] = ring[take_count % CAPACITY];
        take_count = take_count + 1u;
    }
    return count;
}

void kws_receive_wait(void)
{
    /* With interrupts off a byte that arrives after the check still ends the sleep. */
    kws_core_interrupts_off();
    if (take_count == put_count) {
        kws_core_sleep();
    }
    kws_core_interrupts_on();
}
