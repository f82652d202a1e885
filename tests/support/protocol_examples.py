# SPDX-License-Identifier: Apache-2.0
"""Payloads of the protocol, packed by hand: what the table must read."""

import struct

from kws_codegen import FORMAT_VERSION


def hello_payload(version: int = 1, labels_hash: str = bytes(range(64, 96)).hex()) -> bytes:
    """The answer to HELLO of a device with 12 classes; the other hashes are 00 01 02..."""
    numbers = struct.pack(
        "<BBBBHHIIIII", version, FORMAT_VERSION, 12, 40, 49, 512, 16000, 16000, 5, 6, 7
    )
    hashes = bytes(range(64)) + bytes.fromhex(labels_hash)
    names = b"".join(bytes([len(n)]) + n for n in (b"0.1.0", b"host", b"static", b"ns"))
    return numbers + hashes + names
