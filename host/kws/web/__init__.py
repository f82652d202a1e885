# SPDX-License-Identifier: Apache-2.0
"""The listener as a web page: the same C code as WebAssembly, with a microphone."""

from kws.web.package import web_page
from kws.web.serve import serve

__all__ = ["serve", "web_page"]
