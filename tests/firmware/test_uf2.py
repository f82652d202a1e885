# SPDX-License-Identifier: Apache-2.0
"""UF2 files for boards that show a USB drive, and copying them there."""

import struct
from pathlib import Path

import pytest

from kws.firmware import flash as flash_module
from kws.firmware.boards import find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.flash import flash, flash_commands
from kws.firmware.launch import emulated
from kws.firmware.uf2 import find_drive, uf2
from kws.link.connect import connect
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import generate
from tests.support.board_tools import require_tools
from tests.support.tiny_run import CONFIG, tiny_model


def blocks(file: bytes) -> list[tuple[tuple[int, ...], bytes, int]]:
    """Header, data and end of each block."""
    assert len(file) % 512 == 0
    return [
        (
            struct.unpack_from("<8I", file, at),
            file[at + 32 : at + 508],
            struct.unpack_from("<I", file, at + 508)[0],
        )
        for at in range(0, len(file), 512)
    ]


def test_blocks_hold_the_image_and_its_addresses() -> None:
    image = bytes(range(256)) + b"end"
    first, second = blocks(uf2(image, 0x10000000, 0xE48BFF56))
    magic = (0x0A324655, 0x9E5D5157, 0x2000)
    assert first[0] == (*magic, 0x10000000, 256, 0, 2, 0xE48BFF56)
    assert second[0] == (*magic, 0x10000100, 256, 1, 2, 0xE48BFF56)
    assert first[1] == bytes(range(256)) + bytes(220)
    assert second[1] == b"end" + b"\xff" * 253 + bytes(220)
    assert first[2] == second[2] == 0x0AB16F30


def boot_rom_crc(data: bytes) -> int:
    """CRC-32 with the polynomial 0x04C11DB7, highest bit first, from all ones, not inverted."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_tools(find_board("pico"))
    folder = tmp_path_factory.mktemp("uf2")
    generate(CONFIG.interface, tiny_model(), folder / "generated", "kws generate --run RUN")
    return build_firmware(folder / "generated", folder / "build", "pico")


def drive_below(root: Path) -> Path:
    drive = root / "media" / "someone" / "RPI-RP2"
    drive.mkdir(parents=True)
    (drive / "INFO_UF2.TXT").write_text("Board-ID: RPI-RP2\n", encoding="utf-8")
    return drive


def test_boot2_with_a_wrong_crc_is_refused(firmware: Path, tmp_path: Path) -> None:
    content = firmware.read_bytes()
    first = bytes.fromhex("0a4800218160")  # ldr r0, ...; movs r1, #0; str r1, [r0, #8]
    assert content.count(first) == 1
    damaged = tmp_path / firmware.name
    damaged.write_bytes(content.replace(first, bytes.fromhex("0a4800218161")))
    with (
        pytest.raises(KwsError, match="node ended by itself with status 1") as caught,
        emulated(find_board("pico"), damaged) as url,
        connect(url) as device,
    ):
        device.handshake()
    assert "the boot ROM refuses boot2" in caught.value.message


def test_drive_is_found_where_desktops_mount_it(tmp_path: Path) -> None:
    pico = find_board("pico")
    assert find_drive(pico, tmp_path) is None
    drive = drive_below(tmp_path)
    assert find_drive(pico, tmp_path) == drive
    (drive / "INFO_UF2.TXT").unlink()  # an empty folder of that name is no board
    assert find_drive(pico, tmp_path) is None


def test_flash_copies_the_file_to_the_drive(
    firmware: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = drive_below(tmp_path)
    monkeypatch.setattr(flash_module, "find_drive", lambda _: drive)
    flash(find_board("pico"), firmware)
    image = b"".join(block[1][:256] for block in blocks((drive / "kws_firmware.uf2").read_bytes()))
    # The boot ROM runs what is in front of the vector table only if its CRC is right.
    assert boot_rom_crc(image[:252]) == int.from_bytes(image[252:256], "little")
    stack, reset = struct.unpack_from("<2I", image, 256)
    assert 0x20000000 < stack < 0x20042000 and 0x10000100 < reset < 0x10000000 + len(image)
    assert reset & 1  # Thumb


def test_flash_without_a_drive_says_what_to_do(
    firmware: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flash_module, "find_drive", lambda _: None)
    monkeypatch.setattr(flash_module.shutil, "which", lambda _: None)
    with pytest.raises(KwsError, match="no drive RPI-RP2 is mounted: pico shows it") as caught:
        flash(find_board("pico"), firmware)
    assert "BOOTSEL" in caught.value.message
    assert f"copy {firmware.with_suffix('.uf2')}" in caught.value.hint
    assert firmware.with_suffix(".uf2").is_file()
    monkeypatch.setattr(flash_module, "find_drive", lambda _: tmp_path / "gone")
    with pytest.raises(KwsError, match="cannot write kws_firmware"):
        flash(find_board("pico"), firmware)


def test_commands_of_a_board_with_a_drive() -> None:
    commands = flash_commands(find_board("pico"), Path("x.elf"))
    assert set(commands) == {"cp", "picotool"}
    assert commands["cp"][1] == "x.uf2" and commands["cp"][2].endswith("RPI-RP2")
    assert commands["picotool"] == ["picotool", "load", "-x", "x.uf2"]
