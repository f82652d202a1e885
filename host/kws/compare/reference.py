# SPDX-License-Identifier: Apache-2.0
"""The side that is right by definition: front end of the configuration, then TensorFlow Lite Micro.

Nothing of the run's generated code is in it: the front end is made from the configuration afresh,
and runs on this computer; the int8 input and the operators are computed from model.tflite.
"""

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kws import features
from kws.compare.device import TracingDevice
from kws.compare.trace import Trace, Values, stage_key
from kws.evaluate.clips import TrainedModel
from kws.firmware.boards import find_board
from kws.firmware.cmake import build_stage_tracer
from kws.firmware.launch import run_board
from kws.inference.golden import Golden
from kws.link.connect import SerialTransport
from kws.source import source_root
from kws_codegen.base.cache import cache_entry, scratch
from kws_codegen.base.hashes import file_hash, hash_json, tree_hash
from kws_codegen.lowering import read_graph
from kws_codegen.streaming.form import model_form
from kws_codegen.texts import run_texts
from kws_codegen.tflm.arena import arena_size

NAME = "tflite_micro"
_LAST_OF_FRONT_END = "log_scale"


def reference_trace(model: TrainedModel, clip: str, samples: npt.NDArray[np.int16]) -> Trace:
    """What every stage must give for int16 [n]. KwsError when there is no C compiler."""
    board = find_board("host")
    with _program(model) as program, run_board(board, program) as url:
        transport = SerialTransport(url, board.baud)
        try:
            computed = TracingDevice(transport).trace(NAME, clip, samples).values
        finally:
            transport.close()
    keys = list(computed)
    front_end = {k: computed[k] for k in keys[: keys.index(_LAST_OF_FRONT_END) + 1]}
    return Trace(NAME, clip, {**front_end, **_model(model, front_end[_LAST_OF_FRONT_END])})


def _model(model: TrainedModel, log_scale: Values) -> dict[str, Values]:
    golden = Golden(model.tflite, keep_tensors=True)
    int8_input = features.quantize(
        log_scale,
        golden.input_scale,
        golden.input_zero_point,
        model.config.features.output_scale,
    )
    scores = golden.invoke(int8_input)
    return {
        "int8_input": int8_input,
        **{
            stage_key("operator", op.index): golden.tensor(op.output.index)
            for op in read_graph(model.tflite).ops
        },
        "scores": scores,
        "decision": np.array([np.argmax(scores)], np.uint8),
    }


def _program(model: TrainedModel) -> AbstractContextManager[Path]:
    """The debug firmware for this computer, from code that is generated now; cached."""
    config, tflite, arena = model.config, model.tflite, arena_size(model.tflite)
    detect = replace(config.detect, form="window")
    form = model_form(tflite, config.interface, detect)
    texts = run_texts(config.interface, detect, tflite, form, arena, "kws compare").texts
    root = source_root()
    sources = tree_hash([root / "firmware", root / "cmake"]), file_hash(root / "CMakeLists.txt")

    def make(program: Path) -> None:
        with scratch() as folder:
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8")
            build_stage_tracer(folder, folder / "build", find_board("host")).replace(program)

    return cache_entry("compare", hash_json([texts, sources])[:32], make)
