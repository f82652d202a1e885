"""Model sizes by name: `[model] preset = "small"` stands for the keys below.

Sizes and multiply-accumulates (MACs) are measured on 49 x 40 features, twelve classes.
"""

from typing import Any

from kws.errors import KwsError

MODEL_PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "first_filters": 24,
        "first_kernel": [3, 3],
        "first_stride": [2, 2],
        "filters": [48, 48, 96, 96],
        "strides": [2, 1, 2, 1],
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
