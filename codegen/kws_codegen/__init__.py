# SPDX-License-Identifier: Apache-2.0
"""Generator: a configuration and a .tflite model become C files (Jinja2 templates)."""

FORMAT_VERSION = 3
"""Version of the generated files; firmware/format.h holds the same number and refuses others."""
