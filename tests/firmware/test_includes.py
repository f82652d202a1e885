# SPDX-License-Identifier: Apache-2.0
"""Which headers the firmware's files include: what is portable stays so."""

import re
from pathlib import Path

import pytest

from kws.source import source_root

FIRMWARE = source_root() / "firmware"
FILES = sorted(
    path.relative_to(FIRMWARE) for path in FIRMWARE.rglob("*") if path.suffix in {".c", ".cc", ".h"}
)
PORTABLE = {"stdbool.h", "stddef.h", "stdint.h", "string.h"}  # every bare-metal C11 compiler's
INSTRUCTION_SETS = {"arm_acle.h", "arm_mve.h", "emmintrin.h"}  # behind #if of the instruction set
CXX = {"cstdarg", "cstddef", "cstdint", "new"}  # TensorFlow Lite Micro is C++
KNOW_REGISTERS = {"boards", "chips", "cores"}


def allowed(path: Path) -> set[str]:
    if path.parts[0] in {"kernels", "frontend"}:
        return PORTABLE | INSTRUCTION_SETS
    return PORTABLE | CXX if path.suffix == ".cc" else PORTABLE


@pytest.mark.parametrize("path", FILES, ids=str)
def test_what_a_file_includes(path: Path) -> None:
    text = (FIRMWARE / path).read_text(encoding="utf-8")
    if path.parts[0] != "pc" and path.parts[:2] != ("boards", "host"):
        system = set(re.findall(r"^ *# *include *<(.*)>", text, re.MULTILINE))
        system = {name for name in system if not name.startswith("tensorflow/")}
        assert system <= allowed(path)
    if path.parts[0] not in KNOW_REGISTERS:
        ours = re.findall(r'^ *# *include *"(.*)"', text, re.MULTILINE)
        assert not [name for name in ours if name.split("/")[0] in KNOW_REGISTERS]
        assert "volatile uint32_t *)(" not in text  # a register's address


def test_there_are_files_of_every_kind() -> None:
    assert {path.parts[0] for path in FILES} > KNOW_REGISTERS | {"pc", "app", "kernels"}
