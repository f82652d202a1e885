# SPDX-License-Identifier: Apache-2.0
"""`kws link-test`: error rate and throughput of a doubtful cable."""

from typing import Annotated

import typer
from rich.table import Table

from kws.cli.options import BaudOption, baud_of, board_names
from kws.console import console, log
from kws.firmware.boards import find_board
from kws.link.connect import BITS_PER_BYTE, connect, has_baud_rate
from kws.link.line_test import Direction, LineTest, run_line_test


def link_test_command(
    port: Annotated[
        str, typer.Option(help="Where the device is: /dev/ttyACM0, /dev/pts/3, socket://HOST:PORT.")
    ],
    board: Annotated[
        str | None, typer.Option(help="Board whose baud rate to use.", autocompletion=board_names)
    ] = None,
    baud: BaudOption = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=1e6, help="How long to test.")] = 10.0,
) -> None:
    """Test the line to a device: random bytes there and back, with any kws firmware on it.

    Exit status 0: nothing was damaged or lost; 1: something was; 2: no device answers.

    Examples:

      kws link-test --port /dev/ttyACM0 --baud 921600

      kws link-test --port /dev/ttyACM0 --board microbit --seconds 60
    """
    speed = baud_of(baud, port)
    if speed is None and board is not None:
        speed = find_board(board).baud
    log.print(f"{port}: testing for {seconds:g} s", markup=False)
    with connect(port, speed or find_board("host").baud, returns=True) as device:
        test = run_line_test(device, seconds)
    print_line_test(test, speed if has_baud_rate(port) or baud else None)
    raise typer.Exit(0 if test.is_clean else 1)


def print_line_test(test: LineTest, baud: int | None) -> None:
    """The two directions, repeats, throughput and what to do."""
    table = Table("", box=None)
    for column in ("frames", "damaged", "bytes", "bad bytes"):
        table.add_column(column, justify="right")
    for name, way in (("to the device", test.to_device), ("from the device", test.from_device)):
        table.add_row(
            name, f"{way.frames:,}", f"{way.damaged:,}", f"{way.bytes:,}", _bad_bytes(way)
        )
    console.print(table)
    counters = test.counters
    console.print(
        f"{counters.requests:,} requests, {counters.resends:,} sent again "
        f"({counters.resends / counters.requests:.2%}; {counters.timeouts:,} after silence); "
        f"{test.outages} outages, {test.restarts} restarts",
        soft_wrap=True,
    )
    rates = [way.bytes / test.seconds for way in (test.to_device, test.from_device)]
    there, back = (f"{rate / 1000:.1f} kB/s" for rate in rates)
    if baud:
        line = baud / BITS_PER_BYTE
        there, back = (
            f"{text} ({rate / line:.0%} of the line's rate)"
            for text, rate in zip((there, back), rates, strict=True)
        )
    clips = f"{test.clip_bytes_per_s / 1000:.1f} kB/s of clips"
    console.print(f"{clips}; on the wire {there} out, {back} in", soft_wrap=True)
    console.print(_verdict(test), soft_wrap=True)


def _bad_bytes(way: Direction) -> str:
    few = "fewer than " if way.damaged == 0 else ""
    return f"{few}1 in {1 / way.bad_byte_rate:,.0f}"


def _verdict(test: LineTest) -> str:
    if test.wrong_bytes:
        return (
            f"{test.wrong_bytes:,} bytes came back wrong though every CRC held: "
            "the device's memory or firmware is at fault, not the line."
        )
    if test.is_clean:
        return f"The line to {test.board} is clean."
    return (
        f"The line to {test.board} is not clean. An evaluation loses nothing on it, but takes "
        "longer. Try a shorter cable, a common ground, a lower --baud, no hub."
    )
