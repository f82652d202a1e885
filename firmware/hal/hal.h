/* SPDX-License-Identifier: Apache-2.0 */
/* The hardware, as the firmware core sees it: one struct of function pointers.
 *
 * A board (firmware/boards/<board>/) defines kws_hal_get() and main(), which sets the hardware up
 * and calls kws_program_run() (program.h). Only boards/, chips/ and cores/ know registers or an
 * operating system. */
#ifndef KWS_HAL_H
#define KWS_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers travel in the serial protocol: never renumber. */
typedef enum kws_fault_kind {
    /* from the protocol's table: kinds of faults */
    KWS_FAULT_NONE = 0,           /* no fault */
    KWS_FAULT_EXCEPTION = 1,      /* the processor refused an instruction or an access */
    KWS_FAULT_STACK_OVERFLOW = 2, /* the stack ran into its guard */
    KWS_FAULT_ASSERTION = 3,      /* an assert() failed */
    /* end of the table */
} kws_fault_kind;

/* What a fault handler could note; 0 where the processor does not tell. */
typedef struct kws_fault {
    kws_fault_kind kind;
    uint32_t pc;      /* the faulting instruction; after a stack overflow on Cortex-M the
                       * innermost return address still on the stack */
    uint32_t lr;      /* return address of the faulting function, if it still was in LR */
    uint32_t sp;      /* stack pointer */
    uint32_t cause;   /* Cortex-M: CFSR; RISC-V: mcause */
    uint32_t detail;  /* Cortex-M: HFSR */
    uint32_t address; /* Cortex-M: BFAR or MMFAR; RISC-V: mtval */
} kws_fault;

typedef struct kws_hal {
    /* Name of the board, sent in the handshake; the same as in `kws boards`. */
    const char *board;
    /* Unit of time(): "ns", "cycles" or "instructions", sent in the handshake. */
    const char *time_unit;
    /* Takes up to `capacity` received bytes; returns how many, 0 if there are none now.
     * Never blocks. Bytes that arrive while the core computes are kept in the port's buffer,
     * which holds `receive_bytes` (see PROTOCOL.md: a host sends no more ahead). */
    size_t (*serial_read)(uint8_t *data, size_t capacity);
    /* At least one longest frame. */
    uint32_t receive_bytes;
    /* Sends all `bytes`; returns when the last one is handed to the hardware. */
    void (*serial_write)(const uint8_t *data, size_t bytes);
    /* Returns when a byte may have arrived (wfi, poll); may return early, never late. */
    void (*idle)(void);
    /* A counter that only grows, in time_unit. */
    uint64_t (*time)(void);
    /* Largest stack use so far in bytes, 0 where the port cannot tell. */
    uint32_t (*stack_peak_bytes)(void);
    /* True once after a restart that a fault caused, with the fault. NULL where the operating
     * system reports faults. */
    bool (*take_fault)(kws_fault *fault);
    /* Restarts the device; does not return. */
    void (*reset)(void);
} kws_hal;

/* The hardware of this build. Never NULL. */
const kws_hal *kws_hal_get(void);

#endif
