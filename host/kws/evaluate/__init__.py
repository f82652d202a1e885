"""Evaluation: what a device answers for each clip, how right it is, and whether it is exact.

metrics and plots are pure and shared with training; device_run talks to the device; parity
compares its answers with TensorFlow Lite Micro; evaluation puts a run together; report
writes the files.
"""
