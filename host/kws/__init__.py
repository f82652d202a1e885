"""mcu-kws: keyword spotting from recorded words to a microcontroller."""

from importlib.metadata import version

__version__ = version("mcu-kws")
