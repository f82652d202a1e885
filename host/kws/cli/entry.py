# SPDX-License-Identifier: Apache-2.0
"""Where the program `kws` begins: Ctrl-C while it is loaded ends it as it does later."""

import os

INTERRUPTED = 130  # Typer's exit status after Ctrl-C


def main() -> None:
    """Load the command line and run it."""
    try:
        from kws.cli.main import main as run
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    run()
