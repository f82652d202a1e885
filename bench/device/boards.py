# SPDX-License-Identifier: Apache-2.0
"""What three models cost on every board: instructions, flash, RAM, measured in QEMU.

    .venv/bin/python -m bench.device.boards

Builds the firmware of each model for each board, sends one clip of audio, checks the answer
against TensorFlow Lite Micro, and writes the table into docs/reference/costs.md (between its two
markers) and bench/device/boards.json. The weights are random: what a model costs does not depend
on them. Instructions are counted exactly (-icount); they are not cycles and not time.
"""

import argparse
import importlib.metadata
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kws.config.schema import Config, config_from_dict, load_config
from kws.features import FrontEnd, quantize
from kws.firmware.boards import Board, boards
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import run_board
from kws.firmware.size import firmware_size
from kws.inference.golden import Golden
from kws.link.connect import connect
from kws_codegen.base.cache import cache_entry
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, hash_json
from kws_codegen.generate import generate
from kws_codegen.protocol.messages import ClipKind

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ".venv/bin/python -m bench.device.boards"


@dataclass(frozen=True)
class Cost:
    """One model on one board; `problem` says why there are no figures."""

    model: str
    board: str
    core: str
    instructions_per_frame: int = 0
    instructions_per_inference: int = 0
    flash_bytes: int = 0
    ram_bytes: int = 0
    stack_peak_bytes: int = 0
    problem: str = ""


def models(names: Sequence[str] = ("tiny", "small", "medium")) -> dict[str, Config]:
    """Presets: tiny with its small features, the others with the default ones."""
    configs = {name: config_from_dict({"model": {"preset": name}}) for name in names}
    if "tiny" in configs:
        configs["tiny"] = load_config(ROOT / "configs" / "tiny.toml")
    return configs


def random_model(config: Config) -> bytes:
    """An int8 .tflite of the configuration's network, untrained, from a fixed seed; cached."""
    sources = sorted((ROOT / "host/kws/architectures").glob("*.py"))
    sources += [ROOT / "host/kws/train/model.py"]
    sources += [ROOT / f"host/kws/quantize/{name}.py" for name in ("convert", "compact")]
    key = [config_hash(config), importlib.metadata.version("keras")]
    key += [path.read_text(encoding="utf-8") for path in sources]

    def make(path: Path) -> None:
        path.write_bytes(_random_model(config))

    with cache_entry("random_models", f"{hash_json(key)[:32]}.tflite", make) as path:
        return path.read_bytes()


def _random_model(config: Config) -> bytes:
    import keras

    from kws.quantize.convert import convert_int8
    from kws.train.model import build_model

    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    shape = (20, config.frames, config.features.channels, 1)
    return convert_int8(
        build_model(config), config, random.uniform(0, 26, shape).astype(np.float32)
    )


def measure_board(name: str, config: Config, model: bytes, generated: Path, board: Board) -> Cost:
    """Build, run one clip, check it, count."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            firmware = build_firmware(generated, Path(folder), board.name)
            size = firmware_size(board, firmware)
            with run_board(board, firmware) as url, connect(url) as device:
                device.handshake()
                clip = _noise(config)
                result = device.classify(ClipKind.AUDIO, clip.astype("<i2").tobytes())
                stack = device.stats().stack_peak_bytes
    except KwsError as error:
        if "does not fit" not in error.message:
            raise
        return Cost(name, board.name, board.core.title, problem=error.message.partition(": ")[2])
    golden = Golden(model)
    features = quantize(
        FrontEnd(config.features).clip(clip),
        golden.input_scale, golden.input_zero_point, config.features.output_scale,
    )  # fmt: skip
    expected = golden.invoke(features.reshape(golden.input_shape))
    if list(result.scores) != expected.ravel().tolist():
        raise SystemExit(f"{name} on {board.name}: {result.scores}, expected {expected}")
    return Cost(
        name,
        board.name,
        board.core.title,
        round(result.front_end_time / result.frames),
        result.inference_time,
        size.flash_bytes,
        size.ram_bytes,
        stack,
    )


def _noise(config: Config) -> np.ndarray:
    return np.random.default_rng(2).integers(-9000, 9000, config.clip_samples).astype(np.int16)


def table(costs: list[Cost], configs: dict[str, Config]) -> str:
    """Markdown: a row a board and model."""
    lines = [
        "| board | core | model | instructions a frame | instructions an inference "
        "| flash | RAM | of it stack used |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for cost in costs:
        features = configs[cost.model]
        model = f"{cost.model}, {features.frames} x {features.features.channels}"
        start = f"| {cost.board} | {cost.core} | {model} |"
        if cost.problem:
            lines.append(f"{start} does not fit: {cost.problem} | | | | |")
        else:
            lines.append(
                f"{start} {cost.instructions_per_frame:,} | {cost.instructions_per_inference:,} "
                f"| {cost.flash_bytes:,} | {cost.ram_bytes:,} | {cost.stack_peak_bytes:,} |"
            )
    return "\n".join(lines)


def write_into(document: Path, name: str, content: str) -> None:
    """Replace what stands between the markers of that name in a document."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(f"<!-- {name}: begin -->")
    _, end, after = rest.partition(f"<!-- {name}: end -->")
    if not begin or not end:
        raise SystemExit(f"{document} lacks the markers of {name}")
    document.write_text(f"{before}{begin}\n{content}\n{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--boards", default=",".join(b.name for b in boards() if b.is_emulated))
    parser.add_argument("--document", type=Path, default=ROOT / "docs/reference/costs.md")
    args = parser.parse_args()
    chosen = [board for board in boards() if board.name in args.boards.split(",")]
    configs = models()
    costs = []
    for name, config in configs.items():
        model = random_model(config)
        with tempfile.TemporaryDirectory() as folder:
            generated = Path(folder)
            generate(config.interface, model, generated, "kws generate --run RUN")
            for board in chosen:
                costs.append(measure_board(name, config, model, generated, board))
                print(costs[-1], flush=True)
    costs.sort(key=lambda cost: [board.name for board in chosen].index(cost.board))
    plain = [asdict(cost) for cost in costs]
    figures = Path(__file__).with_suffix(".json")
    figures.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    write_into(args.document, "boards", f"```sh\n{COMMAND}\n```\n\n{table(costs, configs)}")


if __name__ == "__main__":
    main()
