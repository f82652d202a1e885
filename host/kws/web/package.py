# SPDX-License-Identifier: Apache-2.0
"""A folder that any web server can hand out: the page, its scripts, and kws.wasm."""

import json
import shutil
import statistics
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kws.config.schema import Config
from kws.run.paths import RunPaths
from kws.web.compile import compile_wasm
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL
from kws_codegen.base.version import VERSION
from kws_codegen.generate import load_manifest
from kws_codegen.streaming.form import RUNTIME_SOURCES

_PAGE = Path(__file__).parent / "page"
_SECONDS = 6  # that the pictures show
_LISTED = 3  # words in the title, at most


def web_page(run: RunPaths, config: Config, out: Path) -> list[str]:
    """Write the page of a run's generated code to `out`; returns the names of its files.

    KwsError when `out` exists, generated code is missing, or clang is not there.
    """
    if out.exists():
        raise KwsError(f"{out} exists", "Name a new folder, or remove it first.")
    manifest = load_manifest(run.generated)
    with scratch(out.parent) as folder:
        page = folder / "page"
        page.mkdir()
        compile_wasm(run.generated, RUNTIME_SOURCES[manifest.form], page / "kws.wasm")
        for source in sorted(_PAGE.iterdir()):
            if source.suffix != ".j2":
                shutil.copyfile(source, page / source.name)
        text = _html(config, manifest.model_hash, (page / "kws.wasm").stat().st_size)
        (page / "index.html").write_text(text, encoding="utf-8")
        names = sorted(path.name for path in page.iterdir())
        page.rename(out)
    return names


def _html(config: Config, model_hash: str, wasm_bytes: int) -> str:
    features, detect, labels = config.features, config.detect, config.data.labels
    words = [label for label in labels if label not in (SILENCE_LABEL, UNKNOWN_LABEL)]
    thresholds = [detect.thresholds.get(word, detect.threshold) for word in words]
    about = {
        "labels": labels,
        "words": words,
        "rate": features.sample_rate_hz,
        "clip": config.clip_samples,
        "channels": features.channels,
        "hop": features.hop_ms / 1000,
        "smoothing": detect.smoothing,
        "threshold": statistics.median(thresholds),
        "thresholds": [1] * (len(labels) - len(words)) + thresholds,
        "seconds": _SECONDS,
    }
    environment = Environment(
        loader=FileSystemLoader(_PAGE), undefined=StrictUndefined, autoescape=False,
        keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template("index.html.j2").render(
        title=_title(words),
        model=_in_script(about),
        lower_hz=f"{features.lower_band_hz:g}",
        upper_hz=f"{features.upper_band_hz:g}",
        seconds=_SECONDS,
        smoothing=detect.smoothing,
        model_hash=model_hash,
        version=VERSION,
        wasm_kb=round(wasm_bytes / 1000),
    )


def _in_script(values: object) -> str:
    """JSON that no label can break out of."""
    return json.dumps(values).replace("<", "\\u003c").replace("&", "\\u0026")


def _title(words: list[str]) -> str:
    listed = ", ".join(words)
    return f"Listening for {listed if len(words) <= _LISTED else f'{len(words)} words'}"
