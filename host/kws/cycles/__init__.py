# SPDX-License-Identifier: Apache-2.0
"""Estimates of a core's cycles: counts of QEMU's instructions, weighed by Arm's timings."""
