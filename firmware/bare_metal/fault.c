/* SPDX-License-Identifier: Apache-2.0 */
/* See fault.h. */
#include "bare_metal/fault.h"

#include "bare_metal/core.h"

#define PRESENT 0xFA017EDu /* marks a kept fault: memory is random after power-on */

extern uint32_t kws_ld_stack_bottom[], kws_ld_stack_top[];
extern const uint8_t kws_ld_text_start[], kws_ld_text_end[];

__attribute__((section(".noinit"))) static struct {
    uint32_t present;
    uint32_t present_inverted;
    kws_fault fault;
} kept;

_Noreturn void kws_fault_restart(const kws_fault *fault)
{
    kept.fault = *fault;
    kept.present = PRESENT;
    kept.present_inverted = ~PRESENT;
    kws_core_reset();
}

bool kws_fault_take(kws_fault *fault)
{
    if (kept.present != PRESENT || kept.present_inverted != ~PRESENT) {
        return false;
    }
    kept.present = 0;
    *fault = kept.fault;
    return true;
}

uint32_t kws_fault_return_address(void)
{
    const uint32_t start = (uint32_t)(uintptr_t)kws_ld_text_start;
    const uint32_t end = (uint32_t)(uintptr_t)kws_ld_text_end;
    for (const volatile uint32_t *word = kws_ld_stack_bottom; word < kws_ld_stack_top; word++) {
        const uint32_t value = *word;
        if (value >= start && value < end && kws_core_is_return_address(value)) {
            return value;
        }
    }
    return 0;
}

/* The C library's assert() ends here. */
_Noreturn void __assert_func(const char *file, int line, const char *function,
                             const char *condition);
_Noreturn void __assert_func(const char *file, int line, const char *function,
                             const char *condition)
{
    (void)file;
    (void)line;
    (void)function;
    (void)condition;
    const uint32_t caller = (uint32_t)(uintptr_t)__builtin_return_address(0);
    kws_fault_restart(&(kws_fault){.kind = KWS_FAULT_ASSERTION, .pc = caller, .lr = caller});
}
