# SPDX-License-Identifier: Apache-2.0
"""The golden reference: TensorFlow Lite Micro's own interpreter, as pip installs it.

`tflite_micro.runtime.Interpreter` runs TensorFlow Lite Micro's C++ reference kernels. Every int8
output of the firmware is compared with it bit for bit. (tf.lite rounds differently in some
operators and is not used.)

A model with a float or uint8 input or output is seen through its int8 tensors: the ones behind
the leading QUANTIZE and before the trailing DEQUANTIZE or QUANTIZE, as the firmware sees it.
"""

import hashlib
import importlib.metadata
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kws.console import progress
from kws_codegen.base.cache import cache_entry
from kws_codegen.base.errors import KwsError
from kws_codegen.base.processes import worker_pool
from kws_codegen.operators.operator_view import activation
from kws_codegen.tflite.reader import Tensor, read_tflite
from kws_codegen.tflite.variables import has_state, starts_at_zero

Int8 = npt.NDArray[np.int8]

_CHUNK = 64  # inputs of one task of a worker
_SMALL = 8 * _CHUNK  # so few inputs are not worth starting processes for


class Golden:
    """One TensorFlow Lite Micro interpreter with a model loaded.

    `keep_tensors` gives every activation memory of its own, so that tensor() can tell them.

    Attributes:
        input_shape, output_shape: int tuples; a dynamic batch counts as 1.
        input_scale, output_scale: float; real = scale * (int8 - zero_point).
        input_zero_point, output_zero_point: int.
        has_state: an output depends on all inputs since reset().

    The attributes of the output are those of the first. Raises KwsError when the bytes are not a
    .tflite model with one input and outputs in int8 (or another type behind QUANTIZE), or hold an
    operator that TensorFlow Lite Micro lacks.
    """

    def __init__(self, model: bytes, *, keep_tensors: bool = False) -> None:
        content = read_tflite(model)
        source, scores = content.int8_input, content.int8_output
        self.input_shape, self.input_scale = source.shape, source.scale
        self.input_zero_point = source.zero_point
        self.output_shape, self.output_scale = scores.shape, scores.scale
        self.output_zero_point = scores.zero_point
        self._source, self._input = source, content.input
        self._outputs = tuple(zip(content.outputs, content.int8_outputs, strict=True))
        self._dtypes = tuple(tensor.dtype for tensor in content.tensors)
        self.has_state = has_state(content)
        wide = any(scores.dtype != "INT8" for scores in content.int8_outputs)
        self._model, self._keep_tensors = model, keep_tensors or wide
        self._starts_at_zero = starts_at_zero(content)
        self._interpreter = self._new_interpreter()

    def _new_interpreter(self) -> Any:
        from tflite_micro import runtime

        kinds = runtime.InterpreterConfig
        kind = kinds.kPreserveAllTensors if self._keep_tensors else kinds.kAllocationRecording
        try:
            return runtime.Interpreter.from_bytes(
                self._model, arena_size=_arena_bytes(self._model), intrepreter_config=kind
            )
        except RuntimeError as error:
            raise KwsError(
                f"TensorFlow Lite Micro does not take this model: {error}",
                "The lines it printed above name the operator.",
            ) from None

    def reset(self) -> None:
        """Begins a new sequence. (Interpreter.reset() makes variables 0 and does not run CALL_ONCE
        again: where that gives other first values, a new interpreter does it.)"""
        if not self.has_state:
            return
        if self._starts_at_zero:
            self._interpreter.reset()
        else:
            self._interpreter = self._new_interpreter()

    def invoke(self, values: Int8) -> Int8:
        """One inference: int8 [*input_shape] (or any shape of that size) to the outputs, int8
        [output size], one after the other."""
        tensor: npt.NDArray[Any] = np.ascontiguousarray(values, np.int8).reshape(self.input_shape)
        if self._input.dtype != "INT8":
            real = (tensor.astype(np.float32) - self.input_zero_point) * self.input_scale
            tensor = _stored(real, self._input)
        self._interpreter.set_input(tensor, 0)
        self._interpreter.invoke()
        return np.concatenate([self._output(number) for number in range(len(self._outputs))])

    def _output(self, number: int) -> Int8:
        end, scores = self._outputs[number]
        if scores.dtype == "INT16":
            return self._tensor(scores.index).astype("<i2").view(np.int8)
        output = self._interpreter.get_output(number).reshape(-1)
        if end.dtype != "INT8":
            real = _real(output, end)
            output = np.round(real / scores.scale) + scores.zero_point
        result: Int8 = output.astype(np.int8)
        return result

    def has_values(self, index: int) -> bool:
        """Whether the file has this tensor, in integers."""
        return 0 <= index < len(self._dtypes) and self._dtypes[index] != "FLOAT32"

    @property
    def output_size(self) -> int:
        """Bytes of all outputs together."""
        return sum(activation(scores).size for _, scores in self._outputs)

    def _tensor(self, index: int) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = self._interpreter.GetTensor(index, 0)["tensor_data"]
        return values.reshape(-1)

    def tensor(self, index: int) -> Int8:
        """Tensor `index` of the file after the last inference, as bytes; needs keep_tensors."""
        values = self._tensor(index)
        if values.dtype == np.int16:
            return values.astype("<i2").view(np.int8)
        return values.astype(np.int8)


def _stored(real: npt.NDArray[np.float32], tensor: Tensor) -> npt.NDArray[Any]:
    """Real values as a float, uint8 or int16 tensor holds them."""
    if tensor.dtype == "FLOAT32":
        return real
    if tensor.dtype == "INT16":
        return (
            (np.round(real / tensor.scale) + tensor.zero_point).clip(-32768, 32767).astype(np.int16)
        )
    return (np.round(real / tensor.scale) + tensor.zero_point).clip(0, 255).astype(np.uint8)


def _real(values: npt.NDArray[Any], tensor: Tensor) -> npt.NDArray[np.float32]:
    """What a float or uint8 tensor stands for."""
    real: npt.NDArray[np.float32] = values.astype(np.float32)
    if tensor.dtype != "FLOAT32":
        real = (real - np.float32(tensor.zero_point)) * np.float32(tensor.scale)
    return real


def golden_outputs(
    model: bytes, inputs: Int8, processes: int | None = None, steps: int = 1
) -> Int8:
    """Outputs of TensorFlow Lite Micro for many inputs, multi-process and cached on disk.

    Args:
        model: the .tflite file.
        inputs: int8 [n, ...], each row of the size of the model's input.
        processes: worker processes; None takes one a CPU.
        steps: so many rows are one sequence, before which the model is reset.

    Returns int8 [n, output size]. The cache is keyed by the model, the inputs and the
    version of tflite-micro. Raises KwsError as Golden does.
    """
    inputs = np.ascontiguousarray(inputs, np.int8)

    def make(path: Path) -> None:
        np.save(path, _compute(model, inputs, processes or os.cpu_count() or 1, steps))

    with cache_entry("golden", f"{_cache_key(model, inputs, steps)}.npy", make) as path:
        outputs: Int8 = np.load(path)
    return outputs


def _compute(model: bytes, inputs: Int8, processes: int, steps: int) -> Int8:
    golden = Golden(model)  # also raises the errors here, not in a worker
    if processes == 1 or len(inputs) <= _SMALL:
        return _sequences(golden, inputs, steps)
    rows = steps * max(1, _CHUNK // steps)
    chunks = [inputs[i : i + rows] for i in range(0, len(inputs), rows)]
    with progress() as bar:
        task = bar.add_task("TensorFlow Lite Micro (golden)", total=len(inputs))
        outputs: list[Int8] = []
        for chunk in _in_processes(model, chunks, min(processes, len(chunks)), steps):
            outputs.append(chunk)
            bar.advance(task, len(chunk))
    return np.concatenate(outputs)


def _sequences(golden: Golden, rows: Int8, steps: int) -> Int8:
    outputs = []
    for number, row in enumerate(rows):
        if number % steps == 0:
            golden.reset()
        outputs.append(golden.invoke(row))
    return np.array(outputs, np.int8).reshape(len(rows), golden.output_size)


def _in_processes(model: bytes, chunks: list[Int8], processes: int, steps: int) -> Iterator[Int8]:
    with worker_pool(processes, _start_worker, (model, steps)) as pool:
        yield from pool.map(_run_chunk, chunks)


_worker: list[tuple[Golden, int]] = []


def _start_worker(model: bytes, steps: int) -> None:
    _worker[:] = [(Golden(model), steps)]


def _run_chunk(rows: Int8) -> Int8:
    golden, steps = _worker[0]
    return _sequences(golden, rows, steps)


def _arena_bytes(model: bytes) -> int:
    """More than any of these models needs: the interpreter's own rule of thumb and 1 MiB."""
    return 10 * len(model) + (1 << 20)


def _cache_key(model: bytes, inputs: Int8, steps: int) -> str:
    digest = hashlib.sha256(importlib.metadata.version("tflite-micro").encode())
    digest.update(hashlib.sha256(model).digest())
    digest.update(f"{inputs.shape} {steps}".encode())
    digest.update(inputs.tobytes())
    return digest.hexdigest()
