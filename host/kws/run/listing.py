# SPDX-License-Identifier: Apache-2.0
"""Run folders in a line each."""

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from kws.config.text_file import read_text
from kws.data.dataset import load_dataset
from kws.evaluate.report import load_report, tells_most
from kws.evaluate.report_files import newest_evaluations
from kws.metrics.confusion import wilson_interval
from kws.quantize import load_quantization
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash


@dataclass(frozen=True)
class RunLine:
    """What `kws runs` shows of a run; None for what is not there yet.

    Attributes:
        of_quantization: accuracy is that of the quantization step, for no device was evaluated.
        when: of the evaluation, else of the last change; ISO 8601, UTC.
        data: name of the folder of recordings.
    """

    root: Path
    accuracy: float | None
    interval: tuple[float, float] | None
    of_quantization: bool
    tflite_bytes: int | None
    when: str
    data: str
    note: str


def find_runs(folder: Path) -> list[Path]:
    """`folder` itself, or the run folders in it, two levels deep."""
    if RunPaths(folder).config.is_file():
        return [folder]
    name = RunPaths(Path()).config.name
    found = (path.parent for pattern in ("*", "*/*") for path in folder.glob(f"{pattern}/{name}"))
    return sorted(root for root in found if RunPaths(root).dataset.is_file())


def run_line(run: RunPaths) -> RunLine:
    """Read it from the run's files. KwsError when one is damaged."""
    accuracy, interval, of_quantization = None, None, False
    changed = run.config.stat().st_mtime
    when = datetime.fromtimestamp(changed, timezone.utc).isoformat(timespec="seconds")
    size = run.tflite_model.stat().st_size if run.tflite_model.is_file() else None
    model = file_hash(run.tflite_model) if run.tflite_model.is_file() else ""
    reports = [load_report(path) for path in newest_evaluations(run.evaluation)]
    if reports := sorted((r for r in reports if r.model.sha256 == model), key=tells_most):
        best = reports[0]
        accuracy, interval, when = best.accuracy, best.accuracy_interval_95, best.date
    elif run.quantization.is_file():
        result = load_quantization(run)
        accuracy, of_quantization = result.int8_accuracy, True
        interval = wilson_interval(round(accuracy * result.clips), result.clips)
    return RunLine(
        run.root, accuracy, interval, of_quantization, size, when, _data(run), read_note(run)
    )


def read_note(run: RunPaths) -> str:
    """What the user wrote about it; "" for nothing."""
    return read_text(run.note, "backslashreplace").strip() if run.note.is_file() else ""


def _data(run: RunPaths) -> str:
    try:
        return Path(load_dataset(run.dataset).root).name
    except KwsError:
        return "-"
