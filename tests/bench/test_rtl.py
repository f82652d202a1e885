# SPDX-License-Identifier: Apache-2.0
"""bench/rtl/ibex.py without Ibex and Verilator: what it says, and what it asks for."""

import importlib.util
from pathlib import Path

import pytest
from bench.device.measure import CORES, HERE, build, values
from bench.rtl import ibex
from bench.rtl.ibex import CONFIGURATIONS, Cost, package, tables

from kws_codegen.base.errors import KwsError


def test_tables() -> None:
    costs = [Cost("tiny", "small", 1000, 1880, True), Cost("tiny", "maxperf", 1000, 1204, True)]
    text = tables(costs, {one.name: one.published_coremark + 0.014 for one in CONFIGURATIONS})
    assert "| tiny | small | 1,000 | 1,880 | 1.88 |" in text
    assert "| tiny | maxperf | 1,000 | 1,204 | 1.20 |" in text
    assert "| small | 2 stages, multiplier of 3 cycles | 2.48 | 2.47 |" in text


@pytest.mark.parametrize(("missing", "cure"), [("package", "pip install"), ("tool", "apt-get")])
def test_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, cure: str
) -> None:
    (tmp_path / "an_ibex").mkdir()
    (tmp_path / "an_ibex/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(ibex, "PACKAGE", "no_ibex" if missing == "package" else "an_ibex")
    monkeypatch.setattr(ibex.shutil, "which", lambda _: None if missing == "tool" else "there")
    with pytest.raises(KwsError) as caught:
        package()
    assert cure in caught.value.hint


def test_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "an_ibex").mkdir()
    (tmp_path / "an_ibex/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(ibex, "PACKAGE", "an_ibex")
    monkeypatch.setattr(ibex.shutil, "which", lambda _: "there")
    assert importlib.util.find_spec("an_ibex") is not None
    assert package() == tmp_path / "an_ibex" / "system_verilog"


def test_device_program_is_built(tmp_path: Path) -> None:
    """Beside the program that QEMU runs, from the same sources: only the reporter is another."""
    program = tmp_path / "program.c"
    program.write_text('#include "measure.h"\nint kws_measure_main(void) { return 0; }\n')
    elf = tmp_path / "program.elf"
    build(CORES[ibex.CORE], [program], elf, options=["-Werror"], reporter=ibex.HERE / "device.c")
    assert elf.is_file() and HERE != ibex.HERE


def test_values() -> None:
    assert values("instructions 12\nfault at pc 3\n") == {"instructions": 12, "fault at pc": 3}
