# SPDX-License-Identifier: Apache-2.0
"""Evaluation: what a device answers for each clip, how right it is, and whether it is exact.

device_run talks to the device; parity compares its answers with TensorFlow Lite Micro; evaluation
puts a run together; report is what is kept of it, report_text its words, report_files writes it.
"""
