# SPDX-License-Identifier: Apache-2.0
"""compact(): fewer bytes, and the same numbers in each interpreter that runs such a file."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from kws.architectures.registry import ARCHITECTURES
from kws.config.schema import Config, config_from_dict
from kws.inference.golden import Golden
from kws.quantize import untrained_int8
from kws.quantize.compact import compact
from kws.quantize.convert import as_converted
from kws.train.model import build_model
from kws.verify.verify import verify
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model_files
from kws_codegen.tflite.reader import parse_tflite, read_tflite
from tests.support.static_model_check import sample_inputs


@dataclass(frozen=True)
class Converted:
    """A network with the weights of no training, but with all that a training leaves."""

    config: Config
    network: Any
    before: bytes
    after: bytes


@pytest.fixture(scope="module", params=ARCHITECTURES)
def converted(request: pytest.FixtureRequest) -> Converted:
    model = {"architecture": request.param, "preset": "tiny"}
    config = config_from_dict({"model": model, "features": {"hop_ms": 30, "channels": 20}})
    network = build_model(config, batch=1)
    random = np.random.default_rng(3)
    network.set_weights([w + random.uniform(0.1, 0.2, w.shape) for w in network.get_weights()])
    features = random.uniform(0, 26, (8, config.frames, 20, 1)).astype(np.float32)
    before = as_converted(network, features)
    return Converted(config, network, before, compact(before, network))


def lite_outputs(model: bytes, inputs: np.ndarray, resolver: str) -> np.ndarray:
    """What TensorFlow Lite of the installed TensorFlow computes."""
    import tensorflow as tf

    kind = getattr(tf.lite.experimental.OpResolverType, resolver)
    interpreter = tf.lite.Interpreter(model_content=model, experimental_op_resolver_type=kind)
    interpreter.allocate_tensors()
    source, scores = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    outputs = []
    for values in inputs:
        interpreter.set_tensor(source["index"], values.reshape(source["shape"]))
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(scores["index"]).ravel())
    return np.array(outputs)


def test_outputs_are_the_same_in_every_interpreter(converted: Converted) -> None:
    inputs = sample_inputs(Golden(converted.before).input_shape, 20, seed=1)
    old, new = (
        np.array([golden.invoke(values) for values in inputs])
        for golden in (Golden(converted.before), Golden(converted.after))
    )
    np.testing.assert_array_equal(old, new)
    for resolver in ("BUILTIN_WITHOUT_DEFAULT_DELEGATES", "BUILTIN_REF"):
        old, new = (
            lite_outputs(model, inputs, resolver) for model in (converted.before, converted.after)
        )
        np.testing.assert_array_equal(old, new)
    assert len(lite_outputs(converted.after, inputs, "AUTO")) == len(inputs)
    result = verify(converted.after, inputs=10)
    assert result.identical, result.first_difference


def test_generated_code_is_the_same(converted: Converted) -> None:
    """But for the names of tensors in comments."""
    info = FileInfo(generator="kws", command="kws generate")
    old, new = (
        [re.sub(r"/\*.*?\*/", "", text, flags=re.S) for text in files.values()]
        for files in (
            static_model_files(model, info) for model in (converted.before, converted.after)
        )
    )
    assert old == new


def test_what_is_left_out(converted: Converted) -> None:
    before, schema = parse_tflite(converted.before)
    after, _ = parse_tflite(converted.after)
    assert len(converted.after) < 0.62 * len(converted.before)
    assert before.signatureDefs and before.metadata and before.description
    assert not (after.signatureDefs or after.metadata or after.description)
    tensors = after.subgraphs[0].tensors
    constants = [t for t in tensors if t.buffer]
    assert len(after.buffers) == len(constants) + 1
    for old, new in zip(before.subgraphs[0].tensors, tensors, strict=True):
        assert (old.type, list(old.shape)) == (new.type, list(new.shape))
        if new.type == schema.TensorType.INT8:
            for values in ("scale", "zeroPoint"):
                np.testing.assert_array_equal(
                    getattr(old.quantization, values), getattr(new.quantization, values)
                )
            assert old.quantization.quantizedDimension == new.quantization.quantizedDimension
        else:
            assert new.quantization is None


def test_names_are_those_of_the_layers(converted: Converted) -> None:
    model = read_tflite(converted.after)
    names = [tensor.name for tensor in model.tensors]
    assert len(set(names)) == len(names)
    assert (model.input.name, model.output.name) == ("features", "scores")
    layers = {layer.name for layer in converted.network.layers}
    for op in model.operators:
        assert model.tensors[op.outputs[0]].name in layers
        for place, index in enumerate(op.inputs):
            if model.tensors[index].data is not None:
                assert model.tensors[index].name == f"{op.index}.{place}"
    assert {"first_relu", "depthwise_1_relu", "logits"} <= set(names)


def test_an_untrained_network_weighs_what_a_trained_one_does(converted: Converted) -> None:
    """But for zero points that happen to be equal."""
    untrained = untrained_int8(converted.config)
    assert len(untrained) == pytest.approx(len(converted.after), rel=0.02)
