# SPDX-License-Identifier: Apache-2.0
"""What every architecture is: typed keys of [model], presets, and the layers of the network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sized
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from kws_codegen.base.feature_config import STRICT

Positive = Annotated[int, Field(gt=0)]
Pair = tuple[Positive, Positive]  # of frames, of channels
Dropout = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True, config=STRICT)
class Architecture(ABC):
    """Base of the dataclasses that hold the keys of one architecture.

    A subclass overrides `architecture` with the Literal of its name, which is also that of the
    Keras model, and adds its keys, each with a default and its checks.
    """

    architecture: str

    @classmethod
    @abstractmethod
    def presets(cls) -> Mapping[str, "Architecture"]:
        """Sizes by name: what `preset = "small"` in [model] stands for."""

    @abstractmethod
    def logits(self, features: Any, classes: int) -> Any:
        """Keras tensors: features float32 [batch, frames, channels, 1] to [batch, classes].

        The order and the names of the layers are part of the result: the initial weights follow
        from the seed and the order.
        """


def check_blocks(**keys: Sized) -> None:
    """ValueError unless all these keys, by name, have as many values as the first: one a block."""
    (first, values), *others = keys.items()
    for name, other in others:
        if len(other) != len(values):
            raise ValueError(
                f"{first} has {len(values)} blocks and {name} {len(other)}: "
                "give one number a block in both"
            )
