/* SPDX-License-Identifier: Apache-2.0 */
/* The few system registers of Cortex-M that this project needs (ARMv6-M, v7-M, v8-M). */
#ifndef KWS_CORTEX_M_REGISTERS_H
#define KWS_CORTEX_M_REGISTERS_H

#include <stdint.h>

#define KWS_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYST_CSR KWS_REGISTER(0xE000E010u) /* SysTick: control */
#define SYST_RVR KWS_REGISTER(0xE000E014u) /* reload value */
#define SYST_CVR KWS_REGISTER(0xE000E018u) /* counts down, 24 bits */

#define NVIC_ISER(n) KWS_REGISTER(0xE000E100u + 4u * (n)) /* interrupt set-enable */

#define SCB_AIRCR KWS_REGISTER(0xE000ED0Cu) /* application interrupt and reset control */
#define SCB_CFSR KWS_REGISTER(0xE000ED28u)  /* configurable fault status; not on ARMv6-M */
#define SCB_HFSR KWS_REGISTER(0xE000ED2Cu)  /* HardFault status; not on ARMv6-M */
#define SCB_MMFAR KWS_REGISTER(0xE000ED34u) /* memory-management fault address */
#define SCB_BFAR KWS_REGISTER(0xE000ED38u)  /* bus fault address */
#define SCB_CPACR KWS_REGISTER(0xE000ED88u) /* coprocessor access: FPU, Helium */

#define MPU_CTRL KWS_REGISTER(0xE000ED94u) /* memory protection of ARMv7-M */
#define MPU_RNR KWS_REGISTER(0xE000ED98u)
#define MPU_RBAR KWS_REGISTER(0xE000ED9Cu)
#define MPU_RASR KWS_REGISTER(0xE000EDA0u)

#define SYST_CSR_ENABLE 5u /* the processor's clock, no interrupt */
#define AIRCR_SYSRESETREQ 0x05FA0004u
#define CFSR_MMARVALID (1u << 7)
#define CFSR_BFARVALID (1u << 15)
#define CFSR_STKOF (1u << 20)
#define MPU_CTRL_ENABLE_WITH_DEFAULT_MAP 5u
#define MPU_RASR_SIZE_64K (15u << 1)
#define MPU_RASR_NO_EXECUTE (1u << 28)
#define MPU_RASR_ENABLE 1u
#define CPACR_CP10_CP11_FULL 0x00F00000u

#define DEMCR KWS_REGISTER(0xE000EDFCu) /* debug exception and monitor control */
#define DWT_CTRL KWS_REGISTER(0xE0001000u)
#define DWT_CYCCNT KWS_REGISTER(0xE0001004u)

#define DEMCR_TRCENA 0x01000000u
#define DWT_CTRL_CYCCNTENA 1u

static inline void kws_nvic_enable(uint32_t interrupt)
{
    NVIC_ISER(interrupt >> 5) = 1u << (interrupt & 31u);
}

#endif
