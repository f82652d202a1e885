/* SPDX-License-Identifier: Apache-2.0 */
/* Every fault and unexpected exception of a Cortex-M ends here: note the registers, restart. */
#include "bare_metal/fault.h"

#include "cores/cortex_m/registers.h"

extern uint32_t kws_ld_stack_bottom[];

typedef struct exception_frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
} exception_frame;

void kws_fault_entry(void);
_Noreturn void kws_fault_handle(const exception_frame *frame);

/* Finds the frame that the processor pushed: bit 2 of LR tells on which stack. */
__attribute__((naked)) void kws_fault_entry(void)
{
    __asm volatile(".syntax unified\n"
                   "movs r0, #4\n"
                   "mov r1, lr\n"
                   "tst r0, r1\n"
                   "beq 1f\n"
                   "mrs r0, psp\n"
                   "b 2f\n"
                   "1: mrs r0, msp\n"
                   "2: ldr r1, =kws_fault_handle\n"
                   "bx r1\n");
}

_Noreturn void kws_fault_handle(const exception_frame *frame)
{
    const uint32_t *const pushed_at = (const uint32_t *)frame;
    kws_fault fault = {.kind = KWS_FAULT_EXCEPTION, .sp = (uint32_t)(uintptr_t)frame};
#if __ARM_ARCH >= 7 /* ARMv6-M has no fault registers */
    fault.cause = SCB_CFSR;
    fault.detail = SCB_HFSR;
    if (fault.cause & CFSR_BFARVALID) {
        fault.address = SCB_BFAR;
    } else if (fault.cause & CFSR_MMARVALID) {
        fault.address = SCB_MMFAR;
    }
#endif
    if (pushed_at < kws_ld_stack_bottom || fault.cause & CFSR_STKOF) {
        fault.kind = KWS_FAULT_STACK_OVERFLOW;
    }
    if (pushed_at <= kws_ld_stack_bottom) { /* no room for the frame: it is lost */
        fault.pc = kws_fault_return_address();
    } else {
        fault.pc = frame->pc;
        fault.lr = frame->lr;
    }
    kws_fault_restart(&fault);
}
