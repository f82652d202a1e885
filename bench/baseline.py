# SPDX-License-Identifier: Apache-2.0
"""Instructions per inference of every preset, against the committed baseline.

    .venv/bin/python -m bench.baseline            # compare: a row a preset and core
    .venv/bin/python -m bench.baseline --write    # renew bench/baseline.json

The presets are built with fixed random weights, which cost what trained ones cost, and counted
exactly in QEMU. tests/bench/test_baseline.py fails when one needs more than 3 % above the baseline.
There is no x86 column: it would change with each distribution's compiler and valgrind.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.device.boards import models, random_model
from bench.device.measure import CORES
from bench.kernels import count_instructions
from kws.verify.verify import verification_inputs
from kws_codegen.static_model import static_model

FILE = Path(__file__).with_suffix(".json")
COMMAND = ".venv/bin/python -m bench.baseline --write"
PRESETS = ("nano", "tiny", "micro", "small", "medium")
COUNTED = ("m0", "m3", "m4", "m55", "rv32")
MOST_GROWTH_PERCENT = 3

Counts = dict[str, dict[str, int]]  # by preset, then by core


@dataclass(frozen=True)
class Growth:
    """One figure beside its baseline."""

    preset: str
    core: str
    before: int
    now: int

    @property
    def share(self) -> float:
        return self.now / self.before - 1

    @property
    def too_much(self) -> bool:
        return 100 * (self.now - self.before) > MOST_GROWTH_PERCENT * self.before


def count_presets(cores: tuple[str, ...]) -> Counts:
    """Instructions of one inference of each preset on each core."""
    counts: Counts = {}
    for preset, config in models(PRESETS).items():
        model = random_model(config)
        inputs = verification_inputs(static_model(model).graph.input.size, 1, 0)[:1]
        counts[preset] = {core: count_instructions(core, model, inputs) for core in cores}
    return counts


def growths(counts: Counts) -> list[Growth]:
    """Each figure beside its baseline; a figure without one is an error."""
    baseline: Counts = json.loads(FILE.read_text(encoding="utf-8"))["instructions"]
    if any(core not in baseline.get(p, {}) for p, row in counts.items() for core in row):
        raise SystemExit(f"{FILE.name} lacks a preset or a core; renew it: {COMMAND}")
    return [
        Growth(preset, core, baseline[preset][core], now)
        for preset, row in counts.items()
        for core, now in row.items()
    ]


def complaint(growths: list[Growth]) -> str:
    """What grew too much and what to do; "" when nothing did."""
    lines = [
        f"  {g.preset} on {g.core}: {g.now:,} instructions, baseline {g.before:,} (+{g.share:.1%})"
        for g in growths
        if g.too_much
    ]
    if not lines:
        return ""
    made_with = json.loads(FILE.read_text(encoding="utf-8"))["compilers"]
    others = {name: version for name, version in compilers().items() if made_with[name] != version}
    for name, version in others.items():
        lines.append(f"  the baseline was made with {name} {made_with[name]}, here is {version}")
    head = f"instructions per inference grew by more than {MOST_GROWTH_PERCENT} %:"
    return "\n".join([head, *lines, f"If that is meant, renew the baseline: {COMMAND}"])


def compilers() -> dict[str, str]:
    """Versions of the cross compilers."""
    names = sorted({CORES[core].compiler[0] for core in COUNTED})
    return {
        name: subprocess.run(
            [name, "-dumpfullversion"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in names
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="renew the baseline")
    write = parser.parse_args().write
    counts = count_presets(COUNTED)
    if write:
        content = {"compilers": compilers(), "instructions": counts}
        FILE.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    found = growths(counts)
    for growth in found:
        print(f"{growth.preset:<8}{growth.core:<6}{growth.now:>12,}{growth.share:>+9.1%}")
    if message := complaint(found):
        print(message)
    return int(any(growth.too_much for growth in found))


if __name__ == "__main__":
    sys.exit(main())
