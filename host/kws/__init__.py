# SPDX-License-Identifier: Apache-2.0
"""mcu-kws: keyword spotting from recorded words to a microcontroller."""

from kws_codegen.base.version import VERSION

__version__ = VERSION
