# SPDX-License-Identifier: Apache-2.0
"""The folder of generated files: a .tflite model, and a run's interface if there is one, in; C out.

Every file is rendered before the first is written, so a model that cannot be generated
leaves the folder as it was. manifest.json lists the files with their hashes.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from kws_codegen import FORMAT_VERSION
from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.interface import Interface
from kws_codegen.base.json_file import read_json
from kws_codegen.streaming.form import ModelForm, model_form
from kws_codegen.texts import Made, model_texts, run_texts
from kws_codegen.tflite.fixed_batch import with_fixed_batch
from kws_codegen.tflm.arena import arena_size

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What manifest.json says: versions, hashes (SHA-256 in hex) and the files.

    Without a configuration the hashes of features, labels and detector are "", and there are no
    labels.
    """

    format_version: int
    generator: str
    feature_hash: str
    model_hash: str
    labels_hash: str
    detect_hash: str
    labels: tuple[str, ...]
    form: str  # of the model, "rows" or "window" (streaming/form.py)
    form_reason: str
    decision_frames: int  # 0 for a model from elsewhere, as form is ""
    tflite_bytes: int
    files: dict[str, str]
    no_static_model: str = ""
    """Why there is no static_model.c: TensorFlow Lite Micro alone runs the model."""

    def form_line(self, *, interpreted: bool = False) -> str:
        """The form of a run's model, how often it decides, and why, in words."""
        form, reason = self.form, self.form_reason
        if interpreted and form == "rows":
            form, reason = "window", "an interpreter computes the whole window"
        frames = self.decision_frames
        every = "every frame" if frames == 1 else f"every {frames} frames"
        return f"{form}, a decision {every} ({reason})"


def load_manifest(folder: Path) -> Manifest:
    """What generate() wrote. KwsError when there is none or it is damaged."""
    if not (folder / MANIFEST).is_file():
        raise KwsError(f"{folder} holds no generated code", "Run kws generate first.")
    return read_json(folder / MANIFEST, Manifest, "kws generate")


def generate(
    interface: Interface,
    model: bytes,
    out_dir: Path,
    command: str,
    detect: DetectConfig = DetectConfig(),  # noqa: B008 - frozen
    activations: Activations = WHOLE,
) -> Manifest:
    """Write generated/ for `model` (a .tflite file) and return its manifest.

    `detect` says when the firmware takes decisions for a word, and in which form the model runs;
    `activations` is as of static_model(), `command` what the files name as the way to make them
    again. Files of an earlier generation
    that are no longer made are removed. A model that the static C model does not support gets the
    other files, and Manifest.no_static_model says why. Raises KwsError for one that does not fit
    the interface, or that TensorFlow Lite Micro does not take, and as model_form() does.
    """
    form = model_form(model, interface, detect)
    made = run_texts(interface, detect, model, form, arena_size(model), command, activations)
    return _write(out_dir, made, model, interface.labels, form)


def generate_model(
    model: bytes, out_dir: Path, command: str, activations: Activations = WHOLE
) -> Manifest:
    """Write the files of a .tflite model from elsewhere, which has no features and no labels.

    They are the static C model, the bytes (of batch 1, see with_fixed_batch()), the operators and
    the sizes. Otherwise as generate().
    """
    model = with_fixed_batch(model)
    made = model_texts(model, arena_size(model), command, activations)
    return _write(out_dir, made, model, (), None)


def _write(
    out_dir: Path,
    made: Made,
    model: bytes,
    labels: tuple[str, ...],
    form: ModelForm | None,
) -> Manifest:
    """Write the files and their manifest; an unchanged file keeps its time stamp, so that nothing
    is rebuilt.

    Only files that the last manifest names are removed: the folder may hold others.
    """
    info, texts = made.info, made.texts
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        generator=info.generator,
        feature_hash=info.feature_hash,
        model_hash=info.model_hash,
        labels_hash=info.labels_hash,
        detect_hash=info.detect_hash,
        labels=labels,
        form=form.name if form else "",
        form_reason=form.reason if form else "",
        decision_frames=form.decision_frames if form else 0,
        tflite_bytes=len(model),
        files={n: hashlib.sha256(t.encode()).hexdigest() for n, t in sorted(texts.items())},
        no_static_model=made.no_static_model,
    )
    out_dir.mkdir(parents=True, exist_ok=True)
    for name in _files_made_before(out_dir) - texts.keys():
        (out_dir / name).unlink(missing_ok=True)
    for name, text in {**texts, MANIFEST: json.dumps(asdict(manifest), indent=2) + "\n"}.items():
        path = out_dir / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return manifest


def _files_made_before(out_dir: Path) -> set[str]:
    try:
        names = json.loads((out_dir / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return set()
    return {Path(name).name for name in names}
