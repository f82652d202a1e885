# SPDX-License-Identifier: Apache-2.0
"""The instructions of a program for a Cortex-M, read from its disassembly."""

import re
from dataclasses import dataclass
from pathlib import Path

from kws.cycles.mnemonics import ARITHMETIC, MEMORY, Kind, kind_of
from kws.toolchain import find_tool, run_tool
from kws_codegen.base.errors import KwsError

_OBJDUMP = "arm-none-eabi-objdump"
_LINE = re.compile(
    r"^ *(?P<address>[0-9a-f]+):\t(?P<code>[0-9a-f]{4}(?: [0-9a-f]{4})?) *\t"
    r"(?P<mnemonic>[a-z]\S*)(?:\t(?P<operands>[^@;\n]*))?",
    re.MULTILINE,
)
_FUNCTION = re.compile(r"^([0-9a-f]+) <(\w+)>:$", re.MULTILINE)
_REGISTER = re.compile(r"\b(?:r\d+|sl|fp|ip|sp|lr|pc)\b")
_ADDRESS = re.compile(r"\[([^]]*)\]")
_TWO_RESULTS = (Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ADD)
_NO_RESULT = ("cmp", "cmn", "teq", "tst", "nop", "pld")


@dataclass(frozen=True)
class Instruction:
    """What timings ask of one instruction."""

    mnemonic: str
    kind: Kind
    conditional: bool
    end: int  # address of the one behind it
    results: frozenset[str] = frozenset()  # registers; of a load what it loads, not its base
    address: frozenset[str] = frozenset()  # registers that a memory address is made of
    registers: int = 0  # that a multiple transfers
    base_update: bool = False
    register_offset: bool = False


@dataclass(frozen=True)
class Listing:
    """A program: instructions by address, functions by name."""

    instructions: dict[int, Instruction]
    functions: dict[str, int]
    unknown: dict[int, str]
    """Mnemonics that no timings are known for."""

    def at(self, address: int) -> Instruction:
        """KwsError where there is none that is known."""
        if address in self.instructions:
            return self.instructions[address]
        name = self.unknown.get(address, "no instruction of the program")
        raise KwsError(
            f"no cycles are known for {name} at 0x{address:x}",
            "Leave out --cycles, and please report it.",
        )


def read_listing(program: Path) -> Listing:
    """Disassemble an ELF file with the toolchain's objdump; KwsError when it is missing."""
    objdump = find_tool((_OBJDUMP,), "binutils-arm-none-eabi")
    return parse_listing(run_tool([objdump, "-d", str(program)], "disassembling the firmware"))


def parse_listing(text: str) -> Listing:
    """What objdump printed."""
    instructions, unknown = {}, {}
    for line in _LINE.finditer(text):
        address, mnemonic = int(line["address"], 16), line["mnemonic"]
        end = address + len(line["code"].replace(" ", "")) // 2
        instruction = _instruction(mnemonic, line["operands"] or "", end)
        if instruction is None:
            unknown[address] = mnemonic
        else:
            instructions[address] = instruction
    functions = {name: int(address, 16) for address, name in _FUNCTION.findall(text)}
    return Listing(instructions, functions, unknown)


def _instruction(mnemonic: str, operands: str, end: int) -> Instruction | None:
    known = kind_of(mnemonic)
    if known is None:
        return None
    kind, conditional = known
    registers: list[str] = _REGISTER.findall(operands)
    results: frozenset[str] = frozenset()
    if kind in ARITHMETIC and not mnemonic.startswith(_NO_RESULT):
        results = frozenset(registers[: 2 if kind in _TWO_RESULTS else 1])
    elif kind is Kind.LOAD:
        results = frozenset(registers[:1])
    if kind not in MEMORY:
        return Instruction(mnemonic, kind, conditional, end, results)
    inside = _ADDRESS.search(operands)
    if inside is None:  # a list in braces, its base in front of it, if not the stack
        base, _, listed = operands.rpartition("{")
        address = frozenset(_REGISTER.findall(base) or ["sp"])
        count = len(_REGISTER.findall(listed))
        return Instruction(mnemonic, kind, conditional, end, results, address, count)
    address = frozenset(_REGISTER.findall(inside[1]))
    behind = operands[inside.end() :].strip()
    count = 2 if kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE) else 0
    return Instruction(
        mnemonic, kind, conditional, end, results, address, count,
        base_update=behind.startswith(("!", ",")),
        register_offset=len(_REGISTER.findall(inside[1])) > 1,
    )  # fmt: skip
