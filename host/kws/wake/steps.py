# SPDX-License-Identifier: Apache-2.0
"""Says which command a step of `kws wake` is, so that it can be called alone."""

import shlex

from rich.text import Text

from kws.console import log, printable


def say(command: str, *arguments: object) -> None:
    """One line on standard error."""
    line = " ".join([command, *(shlex.quote(str(each)) for each in arguments)])
    log.print(Text(f"$ {printable(line)}", "cyan"), soft_wrap=True)
