# SPDX-License-Identifier: Apache-2.0
"""What listening costs: the rows form beside the window form, core by core.

    .venv/bin/python -m bench.streaming [--cores m4,m55,rv32,m0] [--model RUN/model.tflite ...]

Counts, in QEMU and exactly, the instructions of a second of audio (features of the default
configuration), those of the front end included, and the most in any one hop; and the RAM of rows,
activations and front end. Without a model: the presets for listening, with random weights. Exit
status 1 when a score differs from TensorFlow Lite Micro's.
Instructions are not cycles.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tests.support.stream_check import random_rows, windows_of

from bench.device.boards import random_model
from bench.device.measure import FIRMWARE, HERE, measure
from bench.frontend_device import FRAMES, measure_core, sizes
from bench.kernels import TITLES, checksum, count_instructions
from kws.config.schema import config_from_dict
from kws.inference.golden import golden_outputs
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.operators.time_use import NotStreamable
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model
from kws_codegen.streaming.static_stream import StaticStream, static_stream, static_stream_files

_KIB = 1024
_DECISIONS = 3
INTERVAL_MS = 80

PRESETS = ("listen_small", "listen_micro")


@dataclass(frozen=True)
class StreamCost:
    """Instructions of the streaming model; `exact`: all scores equal TensorFlow Lite Micro's."""

    hops: tuple[int, ...]  # of each row of a period; the last ends with the decision
    exact: bool


def measure_stream(core: str, model: bytes, content: StaticStream) -> StreamCost:
    """Run the streaming model on `core` (a key of bench/device's CORES) over random rows."""
    axis = content.axis
    count = axis.frames + (_DECISIONS - 1) * axis.stride
    rows = random_rows(0, count, content.graph.input.size // axis.frames)
    names = [f"row {i}" for i in range(axis.stride)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        info = FileInfo("mcu-kws", "bench/streaming.py")
        for file, text in static_stream_files(content, info).items():
            (folder / file).write_text(text, encoding="utf-8")
        header = _rows_header(rows, names)
        (folder / "streaming_rows.h").write_text(header, encoding="utf-8")
        program = HERE.parent / "streaming_device.c"
        kernels = sorted((FIRMWARE / "kernels").rglob("*.c"))
        values = measure(core, [program, folder / "static_stream.c", *kernels], [folder])
    expected = golden_outputs(model, windows_of(rows, axis.frames, axis.stride), processes=1)
    *first, last = (values[name] for name in names)
    hops = (*first, last + values["decision"])
    return StreamCost(hops, values["checksum"] == checksum(expected))


def _rows_header(rows: npt.NDArray[np.int8], names: list[str]) -> str:
    lines = ",\n".join("    {" + ", ".join(str(v) for v in row) + "}" for row in rows)
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        "#include <stdint.h>\n"
        f"#define KWS_BENCH_ROWS {len(rows)}\n"
        f"static const char *const kws_bench_names[] = {{{quoted}}};\n"
        f"static const int8_t kws_bench_rows[{len(rows)}][{rows.shape[1]}] = {{\n{lines}\n}};\n"
    )


def cost_rows(name: str, model: bytes, cores: list[str]) -> tuple[list[list[str]], bool]:
    """Cells of the table for one model, and whether all is exact."""
    features = FeatureConfig()
    frames = features.frames(features.sample_rate_hz)
    content, window = static_stream(model, frames), static_model(model)
    if isinstance(content, NotStreamable):
        raise SystemExit(f"{name}: {content.reason}")
    rows, exact = [], True
    hops_a_second = 1000 / features.hop_ms
    decisions_a_second = 1000 / INTERVAL_MS
    inputs = random_rows(0, frames, features.channels).reshape(1, -1)
    for core in cores:
        cost = measure_stream(core, model, content)
        exact = exact and cost.exact
        front_end = measure_core(core, features)["whole"] / FRAMES
        whole = count_instructions(core, model, inputs)
        by_rows = sum(cost.hops) * hops_a_second / len(cost.hops)
        by_window = whole * decisions_a_second
        heard = front_end * hops_a_second
        ram = sizes(core, features)[1]
        rows.append(
            [
                f"{name}, {TITLES[core]}",
                f"{heard / 1e6:.2f}",
                f"{by_rows / 1e6:.2f}",
                f"{(heard + by_rows) / 1e6:.2f}",
                f"{(heard + by_window) / 1e6:.2f}",
                f"{by_window / by_rows:.1f}",
                f"{(front_end + max(cost.hops)) / 1e6:.2f}",
                f"{(ram + content.activation_bytes) / _KIB:.1f}",
                f"{(ram + window.activation_bytes + window.graph.input.size) / _KIB:.1f}",
            ]
        )
    return rows, exact


TITLE_CELLS = (
    "network, core", "front end", "model by rows", "both", "both by windows", "model: times fewer",
    "most in a hop", "RAM by rows, KiB", "RAM by windows, KiB",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cores", default="m4,m55,rv32,m0", help="comma-separated")
    parser.add_argument("--model", type=Path, nargs="*", default=[], help="49 x 40 features")
    args = parser.parse_args()
    models = {path.stem: path.read_bytes() for path in args.model} or {
        preset: random_model(
            config_from_dict({"model": {"architecture": "ds_cnn", "preset": preset}})
        )
        for preset in PRESETS
    }
    print("million instructions a second of audio")
    all_exact = True
    table = []
    for name, model in models.items():
        rows, exact = cost_rows(name, model, args.cores.split(","))
        table += rows
        all_exact = all_exact and exact
    for row in (TITLE_CELLS, ["---", *(["---:"] * (len(TITLE_CELLS) - 1))], *table):
        print(f"| {' | '.join(row)} |")
    print("all scores equal TensorFlow Lite Micro's" if all_exact else "DIFFERENT scores")
    return int(not all_exact)


if __name__ == "__main__":
    sys.exit(main())
