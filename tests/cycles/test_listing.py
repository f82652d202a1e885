# SPDX-License-Identifier: Apache-2.0
"""What is read from a disassembly, and that the kernels' instructions are all known."""

import subprocess
from pathlib import Path

import pytest

from kws.cycles.listing import parse_listing, read_listing
from kws.cycles.mnemonics import Kind, kind_of
from kws.cycles.timings import TIMINGS
from kws.firmware.boards import cores
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import require_compiler

LISTING = """
00000100 <first>:
     100:\tb5f8      \tpush\t{r3, r4, r5, r6, r7, lr}
     102:\t4c2d      \tldr\tr4, [pc, #180]\t@ (1c20 <x+0xb8>)
     104:\te9d1 5200 \tldrd\tr5, r2, [r1], #8
     108:\tf813 2b01 \tldrb.w\tr2, [r3], #1
     10c:\tfb10 f002 \tsmulbb\tr0, r0, r2
     110:\tbf08      \tit\teq
     112:\t4770      \tbxeq\tlr
     114:\t00000001 \t.word\t0x00000001
     118:\teeb0 0a00 \tvmov.f32\ts0, s0
"""


def test_instructions() -> None:
    listing = parse_listing(LISTING)
    assert listing.functions == {"first": 0x100}
    kinds = [one.kind for one in listing.instructions.values()]
    assert kinds == [
        Kind.STORE_MULTIPLE, Kind.LOAD, Kind.LOAD_MULTIPLE, Kind.LOAD, Kind.DSP_MULTIPLY,
        Kind.IF_THEN, Kind.INDIRECT_BRANCH,
    ]  # fmt: skip
    at = listing.instructions
    assert (at[0x100].registers, at[0x100].address) == (6, {"sp"})
    assert (at[0x102].results, at[0x102].address, at[0x102].end) == ({"r4"}, {"pc"}, 0x104)
    assert (at[0x104].registers, at[0x104].base_update) == (2, True)
    assert (at[0x108].results, at[0x108].base_update) == ({"r2"}, True)
    assert at[0x112].conditional


def test_instruction_without_timings_is_named() -> None:
    listing = parse_listing(LISTING)
    with pytest.raises(KwsError, match=r"no cycles are known for vmov\.f32 at 0x118"):
        listing.at(0x118)
    with pytest.raises(KwsError, match="no instruction of the program at 0x114"):
        listing.at(0x114)


@pytest.mark.parametrize(
    ("mnemonic", "kind", "conditional"),
    [
        ("bls.n", Kind.BRANCH, True),
        ("bics", Kind.DATA, False),
        ("mls", Kind.MULTIPLY_ADD, False),
        ("lsls", Kind.DATA, False),
        ("movcs", Kind.DATA, True),
        ("smlatb", Kind.DSP_MULTIPLY, False),
        ("itete", Kind.IF_THEN, False),
        ("ldrsb.w", Kind.LOAD, False),
        ("strhi", Kind.STORE, True),
    ],
)
def test_kinds(mnemonic: str, kind: Kind, conditional: bool) -> None:
    assert kind_of(mnemonic) == (kind, conditional)


@pytest.mark.parametrize("core", TIMINGS)
def test_every_instruction_of_kernels_is_known(core: str, tmp_path: Path) -> None:
    require_compiler("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    firmware = source_root() / "firmware"
    for name in ("kws_conv_2d_s8", "kws_softmax_s8"):
        product = tmp_path / f"{name}.o"
        command = [
            "arm-none-eabi-gcc", "-mthumb", *cores()[core].flags.split(), "-O2", "-std=c11",
            f"-I{firmware}", "-c", str(firmware / "kernels" / f"{name}.c"), "-o", str(product),
        ]  # fmt: skip
        subprocess.run(command, check=True)
        listing = read_listing(product)
        assert len(listing.instructions) > 50
        assert not listing.unknown
        assert {one.kind for one in listing.instructions.values()} <= set(TIMINGS[core].base)
