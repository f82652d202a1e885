# SPDX-License-Identifier: Apache-2.0
"""What listening costs: the rows form beside the window form, core by core.

    .venv/bin/python -m bench.streaming [--cores m4,m55,rv32,m0] [--model RUN/model.tflite ...]

Counts, in QEMU and exactly, the instructions of a second of sound of the whole listener (front end,
model and detector, as configs/listen.toml has them), the part of front end and model in it, the
most in any one hop, and the RAM of all but the stack. Without a model: the presets for listening,
with random weights; then the table goes into docs/reference/costs.md. Exit status 1 when a score
differs from TensorFlow Lite Micro's. Instructions are not cycles.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tests.support.stream_check import random_rows, windows_of

from bench.device.boards import random_model, write_into
from bench.device.measure import FIRMWARE, HERE, ROOT, measure
from bench.frontend_device import FRAMES, measure_core
from bench.kernels import DOCUMENT, TITLES, checksum
from bench.listener import measure_listener
from kws.config.schema import config_from_dict, load_config
from kws.inference.golden import golden_outputs
from kws_codegen.operators.time_use import NotStreamable
from kws_codegen.render import FileInfo
from kws_codegen.streaming.static_stream import StaticStream, static_stream, static_stream_files

_DECISIONS = 3
COMMAND = ".venv/bin/python -m bench.streaming"
CORES_OF_TABLE = "m4,m55,rv32,m0"
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
    config = load_config(ROOT / "configs/listen.toml")
    features = config.features
    content = static_stream(model, config.frames)
    if isinstance(content, NotStreamable):
        raise SystemExit(f"{name}: {content.reason}")
    rows, exact = [], True
    hops_a_second = 1000 / features.hop_ms
    for core in cores:
        stream = measure_stream(core, model, content)
        front_end = measure_core(core, features)["whole"] / FRAMES * hops_a_second
        by_rows = measure_listener(core, config, model, "rows")
        by_window = measure_listener(core, config, model, "window")
        exact = exact and stream.exact and by_rows.exact and by_window.exact
        model_by_rows = sum(stream.hops) / len(stream.hops) * hops_a_second
        model_by_window = by_window.per_second - by_rows.per_second + model_by_rows
        rows.append(
            [
                f"{name}, {TITLES[core]}",
                f"{front_end / 1e6:.2f}",
                f"{model_by_rows / 1e6:.2f}",
                f"{by_rows.per_second / 1e6:.2f}",
                f"{by_window.per_second / 1e6:.2f}",
                f"{model_by_window / model_by_rows:.1f}",
                f"{max(by_rows.hops):,}",
                f"{max(by_rows.hops) * hops_a_second / 1e6:.1f}",
                f"{by_rows.ram_bytes:,}",
                f"{by_window.ram_bytes:,}",
            ]
        )
    return rows, exact


TITLE_CELLS = (
    "network, core", "front end", "model by rows", "all by rows", "all by windows",
    "model: times fewer", "most in a hop", "least clock, MHz", "RAM by rows, bytes",
    "RAM by windows, bytes",
)  # fmt: skip


def table(rows: list[list[str]]) -> str:
    """As Markdown."""
    head = [TITLE_CELLS, ["---", *(["---:"] * (len(TITLE_CELLS) - 1))]]
    return "\n".join(f"| {' | '.join(row)} |" for row in (*head, *rows))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cores", default=CORES_OF_TABLE, help="comma-separated")
    parser.add_argument("--model", type=Path, nargs="*", default=[], help="49 x 40 features")
    args = parser.parse_args()
    models = {path.stem: path.read_bytes() for path in args.model} or {
        preset: random_model(
            config_from_dict({"model": {"architecture": "ds_cnn", "preset": preset}})
        )
        for preset in PRESETS
    }
    all_exact = True
    rows = []
    for name, model in models.items():
        cells, exact = cost_rows(name, model, args.cores.split(","))
        rows += cells
        all_exact = all_exact and exact
    text = f"Million instructions a second of sound:\n\n{table(rows)}"
    print(text)
    print("all scores equal TensorFlow Lite Micro's" if all_exact else "DIFFERENT scores")
    if not args.model and all_exact:
        some = "" if args.cores == CORES_OF_TABLE else f" --cores {args.cores}"
        write_into(ROOT / DOCUMENT, "streaming", f"```sh\n{COMMAND}{some}\n```\n\n{text}")
    return int(not all_exact)


if __name__ == "__main__":
    sys.exit(main())
