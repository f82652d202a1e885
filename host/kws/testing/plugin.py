# SPDX-License-Identifier: Apache-2.0
"""pytest-kws: the fixture `kws_device`, a device that runs a run's firmware.

    def test_device(kws_device):
        assert kws_device.evaluate(limit=100).passed

pytest loads this module in every session, so it imports nothing of kws until the fixture is used.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kws.testing.device import DeviceUnderTest

_OPTIONS = {
    "run": ("FOLDER", "run folder, as kws run makes it"),
    "board": ("BOARD", "board to build for and run: host (unless named), or one with an emulator"),
    "port": ("PORT", "a device that is there instead: /dev/ttyACM0, socket://HOST:PORT"),
    "baud": ("N", "speed of the port: the board's unless named"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """--kws-run, --kws-board, --kws-port, --kws-baud; kws_run and so on in the ini file."""
    group = parser.getgroup("kws", "a keyword spotting device (mcu-kws)")
    for name, (value, text) in _OPTIONS.items():
        group.addoption(f"--kws-{name}", metavar=value, help=f"{text}; kws_{name} in the ini file")
        parser.addini(f"kws_{name}", text, default="")


@pytest.fixture(scope="session")
def kws_device(pytestconfig: pytest.Config) -> Iterator["DeviceUnderTest"]:
    """A connected device: built from the run's model, started unless it is at a port, and checked
    by handshake to run exactly that. See kws.testing.device.DeviceUnderTest."""
    from kws.testing.device import device_under_test
    from kws_codegen.base.errors import KwsError

    with ExitStack() as stack:
        try:
            wanted = device_under_test(
                _setting(pytestconfig, "run"),
                _setting(pytestconfig, "board"),
                _setting(pytestconfig, "port"),
                _setting(pytestconfig, "baud"),
            )
            device = stack.enter_context(wanted)
        except KwsError as error:
            pytest.fail(f"kws_device: {error}", pytrace=False)
        yield device


def _setting(config: pytest.Config, name: str) -> str:
    """From the command line, else the ini file, whose run folder is relative to it; or ""."""
    given: str | None = config.getoption(f"kws_{name}")
    if given is not None:
        return given
    value = str(config.getini(f"kws_{name}"))
    if name == "run" and value and config.inipath is not None:
        return str(config.inipath.parent / value)
    return value
