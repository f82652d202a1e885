# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium with a wav file as its microphone, and what it complains of."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.board_tools import require_tool

PROGRAM = "chromium"


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
        started = play.chromium.launch(executable_path=shutil.which(PROGRAM), args=options)
        yield started
        started.close()


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
