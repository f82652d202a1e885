# SPDX-License-Identifier: Apache-2.0
"""UF2 files: what the boot ROM of an RP2040 takes on the USB drive that it shows.

The format is Microsoft's: blocks of 512 bytes, each with 256 bytes of the image and its address.
"""

import shutil
import struct
import subprocess
from pathlib import Path

from kws.firmware.boards import Board
from kws_codegen.base.errors import KwsError

_HEADER = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_MAGIC_END = 0x0AB16F30
_FAMILY_IS_GIVEN = 0x2000
_DATA_BYTES = 256
_BLOCK_BYTES = 512

# Where desktops and `mount` put a USB drive.
_MOUNT_POINTS = ("media/*", "media", "run/media/*", "mnt", "Volumes")


def uf2(image: bytes, address: int, family: int) -> bytes:
    """The image as a UF2 file; it begins at `address` of the chip's flash."""
    count = -(-len(image) // _DATA_BYTES)
    blocks = []
    for number in range(count):
        start = number * _DATA_BYTES
        data = image[start : start + _DATA_BYTES].ljust(_DATA_BYTES, b"\xff")
        header = _HEADER.pack(
            *_MAGIC, _FAMILY_IS_GIVEN, address + start, _DATA_BYTES, number, count, family
        )
        block = (header + data).ljust(_BLOCK_BYTES - 4, b"\0")
        blocks.append(block + struct.pack("<I", _MAGIC_END))
    return b"".join(blocks)


def uf2_file(board: Board, firmware: Path) -> Path:
    """Write the UF2 file beside the ELF file `firmware`."""
    assert board.uf2 is not None and board.memory is not None
    objcopy = board.compiler.removesuffix("gcc") + "objcopy"
    image, file = firmware.with_suffix(".bin"), firmware.with_suffix(".uf2")
    subprocess.run([objcopy, "-O", "binary", str(firmware), str(image)], check=True)
    file.write_bytes(uf2(image.read_bytes(), board.memory.flash, board.uf2.family))
    return file


def find_drive(board: Board, root: Path = Path("/")) -> Path | None:
    """The board's drive, if it is mounted below `root`."""
    assert board.uf2 is not None
    for place in _MOUNT_POINTS:
        for drive in sorted(root.glob(f"{place}/{board.uf2.drive}")):
            if (drive / "INFO_UF2.TXT").is_file():
                return drive
    return None


def copy_to_drive(file: Path, drive: Path) -> None:
    """Copy a UF2 file to the drive: the board writes its flash and starts.

    KwsError when the drive cannot be written.
    """
    try:
        shutil.copyfile(file, drive / file.name)
    except OSError as error:
        raise KwsError(
            f"cannot write {file.name} to {drive}: {error}", "May you write to the drive?"
        ) from None
