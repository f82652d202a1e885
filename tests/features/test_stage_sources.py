# SPDX-License-Identifier: Apache-2.0
"""Where the numbers of the front end stand: in Python, and from there in feature_constants.h.

The stages' C code has no number of its own that says how a table or a value is scaled; the
arithmetic below the stages knows nothing of the configuration.
"""

import re
from importlib.util import find_spec

import pytest

from kws.source import source_root
from kws_codegen.base.feature_config import STAGES, FeatureConfig
from kws_codegen.frontend.feature_constants import feature_constants_files, stage_constants
from kws_codegen.render import FileInfo

FIRMWARE = source_root() / "firmware"
FRONTEND = FIRMWARE / "frontend"
AROUND = ("frontend", "feature_quantize")  # they call the stages, and take their result
ARITHMETIC = ("bits", "complex_q15", "complex_q15_dsp", "complex_q15_portable", "square_root")
DECIDES = ("instruction_set",)

ARITHMETIC_LITERALS = {0, 1, 2}
LITERALS_OF = {
    "fft": {3, 4},  # radix 4 takes four values
    "window": {15},  # bits of an int16 without its sign
}


def code_of(text: str) -> str:
    """C without comments, strings and include lines."""
    return re.sub(r'/\*.*?\*/|"[^"\n]*"|#include [^\n]*', " ", text, flags=re.DOTALL)


def literals(text: str) -> set[int]:
    """Integer literals of C code, whatever their base and suffix."""
    found = re.findall(r"(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b", code_of(text))
    return {int(number, 16 if number[:2] in ("0x", "0X") else 10) for number in found}


def test_literals_are_found() -> None:
    text = "/* 5 */ enum { BITS = 12 }; x_13 = (a & 0x3FFu) >> 10; #include <a7.h>\n y = kws_c[3];"
    assert literals(text) == {12, 0x3FF, 10, 3}


@pytest.mark.parametrize("name", [*STAGES, *AROUND])
def test_no_number_of_a_format_in_c(name: str) -> None:
    text = (FRONTEND / f"{name}.c").read_text(encoding="utf-8")
    assert literals(text) <= ARITHMETIC_LITERALS | LITERALS_OF.get(name, set())


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_does_not_know_the_configuration(name: str) -> None:
    for path in FRONTEND.glob(f"{name}.[ch]"):
        assert "feature_constants.h" not in path.read_text(encoding="utf-8")


def test_a_stage_is_a_pair_of_c_files_and_a_module() -> None:
    pairs = {path.stem for path in FRONTEND.glob("*.c")}
    assert pairs == {*STAGES, *AROUND, "square_root"}
    headers = {path.stem for path in FRONTEND.glob("*.h")}
    assert headers == {*STAGES, *AROUND, *ARITHMETIC, *DECIDES}
    calls = code_of((FRONTEND / "frontend.c").read_text(encoding="utf-8"))
    for name in STAGES:
        assert find_spec(f"kws_codegen.frontend.{name}")
        assert f"kws_{name}(" in calls


def test_one_header_decides_on_the_instruction_set() -> None:
    predefined = re.compile(r"\b__(ARM|riscv|aarch64|x86_64|SSE|AVX)\w*")
    for path in FRONTEND.glob("*.[ch]"):
        found = predefined.search(code_of(path.read_text(encoding="utf-8")))
        assert (found is not None) == (path.stem in DECIDES), path.name


def test_c_uses_every_generated_name() -> None:
    """A number that no C code reads would be a fact of Python alone."""
    features = FeatureConfig(pre_emphasis=0.9)  # every stage is on
    header = feature_constants_files(features, FileInfo("test", "test"))["feature_constants.h"]
    defined = set(re.findall(r"^#define (KWS_\w+) \S", header, re.MULTILINE))
    defined |= set(re.findall(r"^extern const \w+ (\w+)\[", header, re.MULTILINE))
    parts = [stage_constants(name, features) for name in STAGES]
    made = {item.name for part in parts for item in (*part.constants, *part.tables)}
    assert made < defined
    code = "".join(code_of(path.read_text(encoding="utf-8")) for path in FIRMWARE.rglob("*.[ch]"))
    used = set(re.findall(r"\b[Kk][Ww][Ss]_\w+", code))
    assert defined <= used
