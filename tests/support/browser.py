# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium with a wav file as its microphone, and what it complains of."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.support.board_tools import require_tool

PROGRAM = "chromium"
_WAIT_MS = 300_000.0  # a busy machine


@contextmanager
def browser(microphone: Path | None = None) -> Iterator[Browser]:
    """Chromium; `microphone` is heard again and again. Skips or fails where there is none."""
    require_tool("a page in a browser", PROGRAM, PROGRAM)
    options = [
        "--no-sandbox",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    if microphone is not None:
        options.append(f"--use-file-for-fake-audio-capture={microphone}")
    with sync_playwright() as play:
        program = shutil.which(PROGRAM)
        started = play.chromium.launch(executable_path=program, args=options, timeout=_WAIT_MS)
        yield started
        started.close()


def new_page(chromium: Browser, width: int, scheme: Literal["light", "dark"] = "light") -> Page:
    """A page that waits for a busy machine."""
    size: ViewportSize = {"width": width, "height": 900}
    page = chromium.new_page(viewport=size, color_scheme=scheme)
    page.set_default_timeout(_WAIT_MS)
    return page


def complaints(page: Page) -> list[str]:
    """Gets every error and warning of the page from now on."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda message: (
            found.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on("requestfailed", lambda request: found.append(f"{request.url} failed"))
    return found


def barriers(page: Page) -> list[str]:
    """What keeps people out, by axe-core: its rules of WCAG and its best practices."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['target']} {n['html'][:90]}" for v in found for n in v["nodes"]]
