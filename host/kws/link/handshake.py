# SPDX-License-Identifier: Apache-2.0
"""What the host checks in the handshake: versions, and what the device was built from."""

from dataclasses import dataclass

from kws_codegen import FORMAT_VERSION
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import labels_hash
from kws_codegen.protocol.messages import PROTOCOL_VERSION, DeviceInfo, DeviceLabels
from kws_codegen.protocol.wire import MessageError

LABELS_SHOWN = 5  # words that a refused device knows and this run does not, and the reverse
LABEL_CHARACTERS = 40  # of each


@dataclass(frozen=True)
class Expected:
    """What the host wants the device to have been built from (hashes: SHA-256 in hex).

    The detector's hash is compared when a stream begins: clips do not depend on it. "": any.
    """

    features_hash: str
    model_hash: str
    labels: tuple[str, ...]
    detect_hash: str = ""


def check_protocol(hello_answer: bytes) -> None:
    """KwsError when the device speaks another version of the protocol, said by the first byte."""
    if hello_answer and hello_answer[0] != PROTOCOL_VERSION:
        raise KwsError(
            f"the device speaks version {hello_answer[0]} of the serial protocol, "
            f"this kws version {PROTOCOL_VERSION}",
            "Build the firmware again with this kws (kws build) and put it on the board.",
        )


def check_format(info: DeviceInfo) -> None:
    """KwsError when the device's code was generated in another format."""
    if info.format_version != FORMAT_VERSION:
        raise KwsError(
            f"the device's code was generated in format {info.format_version}, "
            f"this kws generates format {FORMAT_VERSION}",
            "Run kws generate and kws build again and put the firmware on the board.",
        )


def check_same(info: DeviceInfo, before: DeviceInfo) -> None:
    """KwsError when a device that was away has come back as another one."""
    if info != before:
        raise KwsError(
            f"another device answers than before: {info.board}, model {info.model_hash[:12]}..., "
            f"was {before.board}, model {before.model_hash[:12]}...",
            "Has it got other firmware meanwhile, or has the port become another board's?",
        )


def labels_differ(info: DeviceInfo, expected: Expected) -> bool:
    """Whether the device was built with other class names, or in another order."""
    return info.labels_hash != labels_hash(expected.labels)


def check_hashes(info: DeviceInfo, expected: Expected, labels: tuple[str, ...]) -> None:
    """KwsError that names what the device was built from differently.

    `labels` are the device's when they are known and their hash is another one, else none.
    """
    pairs = {
        "the front end's configuration": (info.features_hash, expected.features_hash),
        "the model": (info.model_hash, expected.model_hash),
        "the list of labels": (info.labels_hash, labels_hash(expected.labels)),
    }
    different = [
        f"  {what}: device {device[:12]}..., this run {wanted[:12]}..."
        for what, (device, wanted) in pairs.items()
        if device != wanted
    ]
    if labels:
        different += _label_differences(labels, expected.labels)
    if not different and info.classes != len(expected.labels):
        raise MessageError(f"{info.classes} classes with the labels of {len(expected.labels)}")
    if different:
        raise KwsError(
            f"the firmware on {info.board} was built from something else than this run:\n"
            + "\n".join(different),
            "Evaluate with the run it was built from (--run), or generate and build this run's "
            "firmware (kws generate, kws build) and put it on the board.",
        )


def check_detector(board: str, device: str, wanted: str) -> None:
    """KwsError when the device takes decisions for words by another configuration: hashes of it."""
    if device != wanted:
        raise KwsError(
            f"the firmware on {board} detects with another [detect] than this run: "
            f"device {device[:12]}..., this run {wanted[:12]}...",
            "Generate and build this run's firmware (kws generate, kws build) and put it on the "
            "board.",
        )


def _label_differences(device: tuple[str, ...], run: tuple[str, ...]) -> list[str]:
    """Lines that say which words one of them lacks, or else where their order begins to differ."""
    run = DeviceLabels.decode(DeviceLabels(run).encode()).labels  # cut as the device's are
    sides = (("the device knows", device, run), ("this run expects", run, device))
    lines = [
        f"    only {side}: {_some_words(more)}"
        for side, labels, others in sides
        if (more := [label for label in labels if label not in others])
    ]
    if lines:
        return lines
    places = [i for i, pair in enumerate(zip(device, run, strict=False)) if pair[0] != pair[1]]
    return [
        f"    class {i} is {_some_words([device[i]])} on the device, {_some_words([run[i]])} here"
        for i in places[:1]
    ]


def _some_words(words: list[str]) -> str:
    """The first words, each shortened."""
    shown = [
        repr(word if len(word) <= LABEL_CHARACTERS else word[:LABEL_CHARACTERS] + "...")
        for word in words[:LABELS_SHOWN]
    ]
    rest = len(words) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
