# SPDX-License-Identifier: Apache-2.0
"""`kws ports`: what is plugged in, and which of it is kws firmware."""

from pathlib import Path
from typing import Annotated

import typer

from kws.console import console, log, printable
from kws.evaluate.fitting_runs import expected_of_runs, fitting_runs
from kws.link.handshake import Expected
from kws.link.ports import Port, probe, serial_ports
from kws_codegen.base.errors import KwsError


def ports_command(
    port: Annotated[
        list[str] | None,
        typer.Option(help="Ask only this one (again and again), also one that is not listed."),
    ] = None,
    runs: Annotated[
        Path, typer.Option(help="Folder of the run folders that a device may fit.", file_okay=False)
    ] = Path("runs"),
    list_only: Annotated[
        bool, typer.Option("--list", help="Only list the ports: open none, send nothing.")
    ] = False,
) -> None:
    """List the serial ports, and ask each whether kws firmware is there: board, model, its run.

    Asking sends a few bytes at each usual speed, and opening a port restarts some boards: name
    --port, or --list, where other devices must not be disturbed.

    Exit status 0: kws firmware answered somewhere (with --list: there is a port); 1: nowhere.

    Examples:

      kws ports

      kws ports --port /dev/ttyACM0 --runs runs
    """
    known = {found.name: found for found in serial_ports()}
    wanted = [known.get(name, Port(name, "", "")) for name in port] if port else [*known.values()]
    if not wanted:
        log.print("no serial port: is the board plugged in, and its driver loaded?")
    fits = {} if list_only else expected_of_runs(runs)
    answered = 0
    for found in wanted:
        about = "  ".join(filter(None, (found.name, found.usb, found.description)))
        console.print(printable(about), soft_wrap=True, markup=False, highlight=False)
        if not list_only:
            lines = _ask(found.name, fits)
            answered += len(lines) > 1
            for line in lines:
                console.print(printable(f"  {line}"), soft_wrap=True, markup=False)
    raise typer.Exit(0 if (wanted if list_only else answered) else 1)


def _ask(name: str, runs: dict[Path, Expected]) -> list[str]:
    """What is there: one line when it is no kws firmware of this version."""
    try:
        found = probe(name)
    except KwsError as error:
        return [error.message]
    if found is None:
        return ["no kws firmware answers"]
    info = found.info
    speed = f", {found.baud:,} baud" if found.baud else ""
    fitting = ", ".join(map(str, fitting_runs(info, runs))) or "none of the runs here"
    return [
        f"kws firmware {info.firmware_version} on {info.board}, {info.runtime}{speed}",
        f"model {info.model_hash[:12]}, {info.classes} classes; fits {fitting}",
    ]
