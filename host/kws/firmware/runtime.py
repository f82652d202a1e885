# SPDX-License-Identifier: Apache-2.0
"""What runs the model in the firmware: generated C, or TensorFlow Lite Micro's interpreter."""

import os
from dataclasses import dataclass
from typing import Literal

from kws_codegen.base.errors import KwsError
from kws_codegen.generate import Manifest

RuntimeName = Literal["static", "tflm", "auto"]


@dataclass(frozen=True)
class ModelRuntime:
    """A choice of runtime; the default is the static C model.

    KwsError for the interpreter's options without the interpreter.

    Attributes:
        name: "tflm" needs the environment variable TFLM_ROOT: a tflite-micro tree with a
            library built for the board. "auto" takes it where it is found, else "static".
        kernels: of that library, "reference", "cmsis_nn", ...; "" takes any.
        arena_bytes: RAM for the interpreter; None takes the generated size.
    """

    name: RuntimeName = "static"
    kernels: str = ""
    arena_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.name == "static" and (self.kernels or self.arena_bytes):
            option = "--kernels" if self.kernels else "--arena-bytes"
            raise KwsError(
                f"{option} is of TensorFlow Lite Micro, and generated C runs the model",
                f"Add --runtime tflm (or auto), or leave {option} out.",
            )

    def cmake_options(self) -> list[str]:
        """What CMake is told; every option, so that a build folder forgets earlier ones."""
        return [
            f"-DKWS_RUNTIME={self.name}",
            f"-DTFLM_ROOT={os.environ.get('TFLM_ROOT', '')}",
            f"-DTFLM_KERNELS={self.kernels}",
            f"-DKWS_ARENA_BYTES={self.arena_bytes or ''}",
        ]

    def build_name(self, board: str) -> str:
        """Name of the build folder: each choice has its own."""
        parts = [board] if self.name == "static" else [board, self.name, self.kernels]
        return "-".join(part for part in parts if part)


def check_runtime(code: Manifest, runtime: ModelRuntime) -> None:
    """KwsError when generated C is to run a model that there is none for."""
    interpreted = runtime.name == "tflm" or (runtime.name == "auto" and os.environ.get("TFLM_ROOT"))
    if code.no_static_model and not interpreted:
        raise KwsError(
            f"there is no static C model of this model: {code.no_static_model}",
            "TensorFlow Lite Micro runs it: --runtime tflm, with TFLM_ROOT naming a built tree.",
        )
