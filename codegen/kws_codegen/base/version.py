# SPDX-License-Identifier: Apache-2.0
"""The version of mcu-kws. Its one place is firmware/version.h, which the package is built with."""

from importlib.metadata import version

VERSION = version("mcu-kws")
GENERATOR = "mcu-kws " + VERSION
"""What generated files name as their maker."""
