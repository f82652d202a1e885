"""Operators of a model as the Add functions of TensorFlow Lite Micro's MicroMutableOpResolver."""

from kws_codegen.tflite_reader import TfliteModel

# Where the method is not simply the operator's name in camel case.
_IRREGULAR = {
    "CONV_2D": "AddConv2D",
    "DEPTHWISE_CONV_2D": "AddDepthwiseConv2D",
    "AVERAGE_POOL_2D": "AddAveragePool2D",
    "MAX_POOL_2D": "AddMaxPool2D",
    "PADV2": "AddPadV2",
    "RELU6": "AddRelu6",
    "RELU_N1_TO_1": "AddReluN1To1",
    "RELU_0_TO_1": "AddRelu0To1",
}


def resolver_methods(model: TfliteModel) -> tuple[str, ...]:
    """Names of the Add functions for the kinds of operators in `model`, each once, sorted.

    Source of the names: tensorflow/lite/micro/micro_mutable_op_resolver.h.
    """
    kinds = sorted({operator.name for operator in model.operators})
    return tuple(_IRREGULAR.get(kind, "Add" + kind.title().replace("_", "")) for kind in kinds)
