/* SPDX-License-Identifier: Apache-2.0 */
/* Included after FreeRTOS.h, which declares everything here. */
