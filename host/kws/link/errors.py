# SPDX-License-Identifier: Apache-2.0
"""What can end a session: refusal, restarts, silence, noise, a port that is gone."""

from kws.link.counters import LinkCounters
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import Command, Status

CLIP_ATTEMPTS = 3  # of one clip, when the device restarts in the middle


class DeviceError(KwsError):
    """The device answered a request with a status other than OK."""

    def __init__(
        self, command: Command, status: Status, reserved_bytes: int = 0, planned_bytes: int = 0
    ) -> None:
        """The RAM that the model has on the device, and what the generator plans for it there
        (0: not known)."""
        super().__init__(
            f"the device refused {command.name}: {status.meaning}",
            _status_hint(status, reserved_bytes, planned_bytes),
        )
        self.command = command
        self.status = status


def _status_hint(status: Status, reserved_bytes: int, planned_bytes: int) -> str:
    if status == Status.MODEL_ARENA:
        return _arena_hint(reserved_bytes, planned_bytes)
    if status in {Status.MODEL_SCHEMA, Status.MODEL_SHAPE}:
        return "Run kws generate and kws build again and put the firmware on the board."
    return "Run again with --trace FILE and look at the last packets; PROTOCOL.md explains them."


def _arena_hint(reserved_bytes: int, planned_bytes: int) -> str:
    it_has = f"It has {reserved_bytes} bytes"
    if planned_bytes > reserved_bytes:
        return (
            f"{it_has}, and needs {planned_bytes}: leave out --arena-bytes, which takes the "
            f"generated size, or say --arena-bytes {planned_bytes} (kws build, kws evaluate)."
        )
    return (
        f"{it_has}, which is what was planned for it or more: this library's kernels need more. "
        f"Try --arena-bytes {2 * reserved_bytes} (kws build, kws evaluate)."
    )


class ClipLostError(KwsError):
    """The device restarted in every attempt of one clip or stream; it is ready for the next."""

    def __init__(self, what: str = "clip") -> None:
        super().__init__(
            f"the device restarted in all {CLIP_ATTEMPTS} attempts of a {what}",
            "What it says about its faults tells the function and line.",
        )


class ConnectionLostError(KwsError):
    """The port is gone: unplugged, closed by the other side, or its program has ended."""

    def __init__(self, port: str, reason: str) -> None:
        super().__init__(
            f"lost the connection to {port}: {reason}",
            "Has the device been unplugged, or has its program ended?",
        )
        self.reason = reason


class NoAnswerError(KwsError):
    """Nothing that this protocol knows came back in time."""


def no_answer(port: str, command: Command, seconds: float, heard: LinkCounters) -> NoAnswerError:
    """A request without an answer for `seconds`; `heard` is what was on the line meanwhile."""
    noise = heard.damaged_answers or (heard.received_bytes and not heard.received_frames)
    if command == Command.HELLO:
        return _no_handshake(port, bool(noise), heard.damaged_requests)
    waited = f"no answer to {command.name} in {seconds:.0f} s"
    hint = "kws link-test --port measures the line; look at cable, ground and baud rate."
    if heard.damaged_requests:
        return NoAnswerError(
            f"only damaged frames reach the device at {port} ({waited}, "
            f"{heard.damaged_requests} refused)",
            hint,
        )
    if noise:
        return NoAnswerError(
            f"only noise comes from {port} ({waited}, {heard.damaged_answers} damaged frames)", hint
        )
    return NoAnswerError(
        f"the device at {port} stopped answering ({command.name}): {seconds:.0f} s of silence",
        "Has it crashed or lost its power? --trace FILE records every packet.",
    )


def _no_handshake(port: str, noise: bool, refused: int) -> NoAnswerError:
    if refused:
        return NoAnswerError(
            f"the device at {port} answers, but refused {refused} frames as damaged",
            "Its end of the line works, yours does not: look at the wire to its RX pin.",
        )
    if noise:
        return NoAnswerError(
            f"{port} sends bytes, but no frame of this protocol",
            "Is the baud rate right (--baud), and is kws firmware on the board?",
        )
    return NoAnswerError(
        f"no answer from {port}",
        "Is kws firmware on the board, is it powered, and is this the right port and baud "
        "rate (--port, --baud)?",
    )
