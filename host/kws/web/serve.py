# SPDX-License-Identifier: Apache-2.0
"""Hands a page out on loopback: browsers give a microphone only to https and to this computer."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kws_codegen.base.errors import KwsError

_HOST = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - the base class's
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the page is the user's own."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def serve(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of `folder` at http://127.0.0.1:port/ (0: any free port); serve_forever() runs it.

    KwsError when the port is taken.
    """
    try:
        return ThreadingHTTPServer((_HOST, port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise KwsError(
            f"port {port} cannot be used: {error.strerror}", "Name another with --http-port."
        ) from None
