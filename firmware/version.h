/* SPDX-License-Identifier: Apache-2.0 */
/* The one place of mcu-kws' version: of the firmware (sent in the handshake), of the Python package
 * (pyproject.toml reads it here) and of what is exported. */
#ifndef KWS_VERSION_H
#define KWS_VERSION_H

#define KWS_FIRMWARE_VERSION "0.2.0"

#endif
