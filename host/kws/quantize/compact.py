# SPDX-License-Identifier: Apache-2.0
"""A converted .tflite in fewer bytes: what no interpreter computes with is left out.

TensorFlow's converter names each tensor after all nodes of the graph that went into it, gives each
of them a buffer, and writes a scale and an int64 zero point a channel beside weights and biases. In
a network of 10 kB that is more than its weights. Weights, their scales and those of activations,
and so every output, stay as they are.
"""

from typing import Any

import numpy as np

from kws_codegen.tflite.reader import parse_tflite
from kws_codegen.tflite.writer import write_tflite


def compact(model: bytes, network: Any) -> bytes:
    """The .tflite `model`, which was converted from the Keras model `network`, made small.

    Left out: metadata, signatures, descriptions, sizes of an unknown batch, buffers of tensors that
    are no constants, and the quantization of biases, which is that of input times weights. Equal
    vectors, such as zero points, are written once. An activation is named after the last layer that
    it is the output of, a constant after its operator and place there (3.1, 3.2: weights, bias).
    """
    file, schema = parse_tflite(model)
    file.description = file.metadata = file.metadataBuffer = file.signatureDefs = None
    (graph,) = file.subgraphs
    graph.name = None
    _rename(graph, network)
    buffers = [schema.BufferT()]  # the first is that of tensors without data
    for tensor in graph.tensors:
        data = file.buffers[tensor.buffer].data
        tensor.shapeSignature, tensor.buffer = None, 0
        if data is None or not len(data):
            continue
        tensor.buffer = len(buffers)
        buffers.append(schema.BufferT(data=data))
        if tensor.type == schema.TensorType.INT32:
            tensor.quantization = None
    file.buffers = buffers
    return write_tflite(file)


def _rename(graph: Any, network: Any) -> None:
    sizes = {layer.name: int(np.prod(layer.output.shape[1:])) for layer in network.layers}
    layers = list(sizes)
    names = {int(number): layers[0] for number in graph.inputs}
    for index, op in enumerate(graph.operators):
        for place, number in enumerate(op.inputs):
            names.setdefault(int(number), f"{index}.{place}")
        for number in op.outputs:
            tensor = graph.tensors[number]
            named = _layers(tensor.name.decode(), network.name)
            found = [layer for layer in named if sizes.get(layer) == np.prod(tensor.shape)]
            names[int(number)] = max(found, key=layers.index, default=f"{index}")
    names.update((int(number), layers[-1]) for number in graph.outputs)
    for number, tensor in enumerate(graph.tensors):
        tensor.name = names.get(number)


def _layers(name: str, network: str) -> list[str]:
    """Of a tensor that the converter named "net_1/first_relu_1/Relu;net_1/...".

    All have the same ending.
    """
    layers = []
    for path in name.split(";"):
        scope, _, rest = path.partition("/")
        if scope.startswith(network):
            layers.append(rest.partition("/")[0].removesuffix(scope.removeprefix(network)))
    return layers
