/* The hardware, as the firmware core sees it: one struct of function pointers.
 *
 * A port (firmware/port/<target>/) defines kws_hal_get() and main(); main() sets the
 * hardware up and calls kws_app_run(). Only ports know registers or an operating system. */
#ifndef KWS_HAL_H
#define KWS_HAL_H

#include <stddef.h>
#include <stdint.h>

typedef struct kws_hal {
    /* Name of the board, sent in the handshake; the same as in `kws boards`. */
    const char *board;
    /* Unit of time(): "ns", "cycles" or "instructions", sent in the handshake. */
    const char *time_unit;
    /* Takes up to `capacity` received bytes; returns how many, 0 if there are none now.
     * Never blocks. Bytes that arrive while the core computes are kept in the port's buffer,
     * which holds at least one whole frame (see PROTOCOL.md: the host waits for each answer). */
    size_t (*serial_read)(uint8_t *data, size_t capacity);
    /* Sends all `bytes`; returns when the last one is handed to the hardware. */
    void (*serial_write)(const uint8_t *data, size_t bytes);
    /* Returns when a byte may have arrived (wfi, poll); may return early, never late. */
    void (*idle)(void);
    /* A counter that only grows, in time_unit. */
    uint64_t (*time)(void);
    /* Largest stack use so far in bytes, 0 where the port cannot tell. */
    uint32_t (*stack_peak_bytes)(void);
    /* Restarts the device; does not return. */
    void (*reset)(void);
} kws_hal;

/* The hardware of this build. Never NULL. */
const kws_hal *kws_hal_get(void);

#endif
