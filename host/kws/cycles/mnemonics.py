# SPDX-License-Identifier: Apache-2.0
"""The kinds of Thumb instructions that timings tell apart, and the mnemonics of each.

Names as the GNU disassembler writes them (unified syntax), without condition and width.
"""

import re
from enum import Enum
from itertools import product


class Kind(Enum):
    """What an instruction is to a table of timings."""

    DATA = "data processing"
    MULTIPLY = "multiply"
    MULTIPLY_ADD = "multiply-add"
    LONG_MULTIPLY = "long multiply"
    LONG_MULTIPLY_ADD = "long multiply-add"
    DSP_MULTIPLY = "DSP multiply"
    DIVIDE = "divide"
    LOAD = "load"
    STORE = "store"
    LOAD_MULTIPLE = "load multiple"
    STORE_MULTIPLE = "store multiple"
    BRANCH = "branch"
    CALL = "call"
    INDIRECT_BRANCH = "indirect branch"
    TABLE_BRANCH = "table branch"
    IF_THEN = "if-then"
    SYSTEM = "system"
    BARRIER = "barrier"


MEMORY = (Kind.LOAD, Kind.STORE, Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE)
ARITHMETIC = (
    Kind.DATA, Kind.MULTIPLY, Kind.MULTIPLY_ADD, Kind.LONG_MULTIPLY, Kind.LONG_MULTIPLY_ADD,
    Kind.DSP_MULTIPLY, Kind.DIVIDE,
)  # fmt: skip


def _words(text: str) -> list[str]:
    return text.split()


_WITH_FLAGS = _words("adc add and asr bic eor lsl lsr mov mvn neg orn orr ror rrx rsb sbc sub")
_HALVES = ("bb", "bt", "tb", "tt")
_PARALLEL = product(
    ("s", "q", "sh", "u", "uq", "uh"), ("add16", "asx", "sax", "sub16", "add8", "sub8")
)
_NAMES = {
    Kind.DATA: [
        *_WITH_FLAGS,
        *(f"{name}s" for name in _WITH_FLAGS),
        *(first + second for first, second in _PARALLEL),
        *_words(
            "cmn cmp teq tst cpy adr addw subw movw movt bfc bfi sbfx ubfx clz rbit rev rev16 "
            "revsh ssat usat ssat16 usat16 sxtb sxth uxtb uxth sxtb16 uxtb16 sxtab sxtah uxtab "
            "uxtah sxtab16 uxtab16 pkhbt pkhtb sel qadd qsub qdadd qdsub usad8 usada8 nop pld"
        ),
    ],
    Kind.MULTIPLY: ["mul", "muls"],
    Kind.MULTIPLY_ADD: ["mla", "mls"],
    Kind.LONG_MULTIPLY: ["smull", "umull"],
    Kind.LONG_MULTIPLY_ADD: ["smlal", "umlal", "umaal"],
    Kind.DSP_MULTIPLY: [
        *(f"{name}{half}" for name in ("smla", "smul", "smlal") for half in _HALVES),
        *(f"{name}{end}" for name in ("smlaw", "smulw") for end in "bt"),
        *(
            f"{name}{x}"
            for name in ("smlad", "smlsd", "smuad", "smusd", "smlald", "smlsld")
            for x in ("", "x")
        ),
        *(f"{name}{r}" for name in ("smmul", "smmla", "smmls") for r in ("", "r")),
    ],
    Kind.DIVIDE: ["sdiv", "udiv"],
    Kind.LOAD: ["ldr", "ldrb", "ldrh", "ldrsb", "ldrsh"],
    Kind.STORE: ["str", "strb", "strh"],
    Kind.LOAD_MULTIPLE: ["ldm", "ldmia", "ldmdb", "pop", "ldrd"],
    Kind.STORE_MULTIPLE: ["stm", "stmia", "stmdb", "push", "strd"],
    Kind.BRANCH: ["b", "cbz", "cbnz"],
    Kind.CALL: ["bl"],
    Kind.INDIRECT_BRANCH: ["bx", "blx"],
    Kind.TABLE_BRANCH: ["tbb", "tbh"],
    Kind.SYSTEM: ["mrs", "msr", "cpsid", "cpsie", "svc", "wfi", "wfe", "sev"],
    Kind.BARRIER: ["dmb", "dsb", "isb"],
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}
_IF_THEN = re.compile(r"it[te]{0,3}")
_CONDITIONS = (
    "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
)  # fmt: skip


def kind_of(mnemonic: str) -> tuple[Kind, bool] | None:
    """The kind, and whether it is carried out on a condition; None for an unknown mnemonic."""
    name = mnemonic.removesuffix(".n").removesuffix(".w")
    if _IF_THEN.fullmatch(name):
        return Kind.IF_THEN, False
    if name in _KINDS:
        return _KINDS[name], False
    if name[-2:] in _CONDITIONS and name[:-2] in _KINDS:
        return _KINDS[name[:-2]], True
    return None
