# SPDX-License-Identifier: Apache-2.0
"""A fault on a device: restarted, reported over the serial line, named by function and line."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.firmware.boards import Board, find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.faults import describe_fault
from kws.firmware.launch import emulated
from kws.link import connect as connect_module
from kws.link.client import Device
from kws.link.connect import connect
from kws.link.errors import CLIP_ATTEMPTS, ClipLostError
from kws.run.paths import RunPaths
from kws_codegen.generate import generate
from kws_codegen.protocol.messages import ClipKind, DeviceFault, FaultKind
from tests.support.board_tools import require_tools
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run

# One board for each way of catching a stack overflow: protection unit, stack limit register,
# end of RAM, physical memory protection.
BOARDS = ("mps2_an386", "mps3_an547", "microbit", "rv32", "pico")

# The model of this test does what its first input byte says.
FAULTY = """
#include <assert.h>

static int recurse(volatile int *depth)
{
    volatile int room[64];
    room[0] = *depth + 1;
    return room[0] == 0 ? 0 : recurse(room) + room[0];
}

static void fault_if_asked(int8_t what)
{
    volatile int depth = 1;
    assert(what != 101);
    if (what == 102) {
        __builtin_trap();
    }
    if (what == 103) {
        (void)recurse(&depth);
    }
}

void kws_static_invoke(void)
{
    fault_if_asked(activations[0]);
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    run = tiny_run(tmp_path_factory.mktemp("faults"))
    whole = replace(CONFIG.detect, form="window")  # the model as one function
    generate(CONFIG.interface, tiny_model(), run.generated, "kws generate --run RUN", whole)
    source = run.generated / "static_model.c"
    text = source.read_text(encoding="utf-8")
    start = "\nvoid kws_static_invoke(void)\n{\n"
    assert text.count(start) == 1
    source.write_text(text.replace(start, FAULTY), encoding="utf-8")
    return run


@pytest.fixture(scope="module", params=BOARDS)
def board(request: pytest.FixtureRequest) -> Board:
    board = find_board(request.param)
    require_tools(board)
    return board


@pytest.fixture(scope="module")
def firmware(run: RunPaths, board: Board) -> Path:
    return build_firmware(run.generated, run.build(board.name), board.name)


@pytest.fixture
def device(board: Board, firmware: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    # A device that has restarted does not answer: do not wait long for it.
    monkeypatch.setattr(connect_module, "_SLOWEST_SOCKET_BYTES_PER_S", 1500)
    with emulated(board, firmware) as url, connect(url) as device:
        device.handshake()
        yield device


def clip(first: int) -> bytes:
    features = np.full(CONFIG.frames * CONFIG.features.channels, 3, np.int8)
    features[0] = first
    return features.tobytes()


@pytest.mark.parametrize(
    ("first", "kind", "place"),
    [
        (101, FaultKind.ASSERTION, "in fault_if_asked at static_model.c:"),
        (102, FaultKind.EXCEPTION, "in fault_if_asked at static_model.c:"),
        (103, FaultKind.STACK_OVERFLOW, "in recurse at static_model.c:"),
    ],
)
def test_fault_is_reported_and_the_next_clip_works(
    device: Device, board: Board, firmware: Path, first: int, kind: FaultKind, place: str
) -> None:
    expected = device.classify(ClipKind.FEATURES, clip(1))
    with pytest.raises(ClipLostError):
        device.classify(ClipKind.FEATURES, clip(first))
    assert [fault.kind for fault in device.faults] == [kind] * CLIP_ATTEMPTS
    words = describe_fault(device.faults[0], board, firmware)
    assert words.startswith(kind.name.lower().replace("_", " "))
    # The compiler may have put one function into the other.
    place = place.replace("fault_if_asked", "(fault_if_asked|kws_static_invoke)")
    assert re.search(place, words), words
    assert device.fault() is None
    again = device.classify(ClipKind.FEATURES, clip(1))
    assert again.scores == expected.scores
    assert again.inference_time == expected.inference_time


def test_reset_leaves_no_fault(device: Device) -> None:
    device.reset()
    device.handshake()
    assert device.fault() is None


@pytest.mark.parametrize(
    ("name", "cause", "words"),
    [
        ("mps2_an386", 1 << 9 | 1 << 15, "exception: access to an address that does not exist"),
        ("stm32f405", 1 << 25, "exception: division by zero"),
        ("microbit", 0, "exception [pc"),  # a Cortex-M0 does not say why
        ("rv32", 2, "exception: undefined instruction"),
        ("rv32", 99, "exception: mcause 99"),
    ],
)
def test_causes_in_words(name: str, cause: int, words: str) -> None:
    fault = DeviceFault(FaultKind.EXCEPTION, 0x1000, 0x2001, 0x20000100, cause, 0, 0)
    text = describe_fault(fault, find_board(name))
    assert text.startswith(words)
    assert "pc 0x00001000, lr 0x00002001, sp 0x20000100" in text


def test_address_of_a_bad_access_is_named() -> None:
    fault = DeviceFault(FaultKind.EXCEPTION, 0x1000, 0, 0, 1 << 9, 0, 0xA0000000)
    assert "(0xa0000000)" in describe_fault(fault, find_board("mps2_an385"))
