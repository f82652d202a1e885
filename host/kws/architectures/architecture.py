# SPDX-License-Identifier: Apache-2.0
"""What every architecture is: typed keys of [model], presets, and the layers of the network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sized
from typing import Annotated, Any, TypeVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from kws_codegen.base.feature_config import STRICT
from kws_codegen.base.ranges import Range

T = TypeVar("T")

Filters = Annotated[int, Range(1, 1024)]
Step = Annotated[int, Range(1, 32)]  # a stride, or a side of a kernel
Pair = tuple[Step, Step]  # of frames, of channels
Dropout = Annotated[float, Range(0, 0.99)]
Blocks = Annotated[tuple[T, ...], Field(max_length=32)]
"""One value a block."""


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

    def check(self, frames: int, channels: int) -> None:  # noqa: B027 - may be left as it is
        """ValueError, whose text is shown, when no network can be made for such features."""

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
