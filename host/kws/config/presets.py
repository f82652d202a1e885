"""Model sizes by name: `[model] preset = "small"` stands for the keys below.

Measured for twelve classes; MACs are multiply-accumulates of one inference, activations
include the input and what the static C model needs besides:

    preset   features   parameters   .tflite     MACs        activations
    tiny     33 x 20         8,476    21.7 kB      182,016     3.2 kB
    tiny     49 x 40         8,476    21.7 kB      488,016     9.2 kB
    small    49 x 40        27,692    47.4 kB    1,644,192    17.2 kB
    medium   49 x 40        76,364   109.7 kB    4,305,120    33.2 kB
"""

from typing import Any

from kws_codegen.base.errors import KwsError

MODEL_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {
        "first_filters": 16,
        "first_kernel": [3, 3],
        "first_stride": [2, 2],
        "filters": [32, 32, 48, 48],
        "strides": [2, 1, 2, 1],
    },
    "small": {
        "first_filters": 32,
        "first_kernel": [3, 3],
        "first_stride": [2, 2],
        "filters": [64, 64, 96, 96],
        "strides": [2, 1, 2, 1],
    },
    "medium": {
        "first_filters": 64,
        "first_kernel": [3, 3],
        "first_stride": [2, 2],
        "filters": [96, 96, 128, 128, 160],
        "strides": [2, 1, 2, 1, 1],
    },
}


def expand_model_preset(model: dict[str, Any]) -> dict[str, Any]:
    """The keys of `model["preset"]`, overridden by the other keys of `model`.

    Without a preset, `model` unchanged. KwsError for a name that is no preset.
    """
    if "preset" not in model:
        return model
    explicit = dict(model)
    name = explicit.pop("preset")
    if name not in MODEL_PRESETS:
        raise KwsError(
            f"model.preset: there is no model preset {name!r}",
            f"Model presets: {', '.join(MODEL_PRESETS)}.",
        )
    return {**MODEL_PRESETS[name], **explicit}
