# SPDX-License-Identifier: Apache-2.0
"""What one export is made from, checked."""

from dataclasses import dataclass
from typing import Literal

from kws.config.schema import Config
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import load_manifest
from kws_codegen.prefix import name_problem

ExportFormat = Literal["c-array", "esp-idf", "zephyr", "arduino"]
ExportRuntime = Literal["static", "tflm"]


@dataclass(frozen=True)
class Request:
    """What one export is made from.

    Attributes:
        run: its generated/ is exported.
        config: the run's configuration.
        format: whose build files, metadata and example are added.
        runtime: the static C model, or the interpreter's side of TensorFlow Lite Micro.
        name: prefix of every symbol, macro and file; name of the library, component or module.
        front_end: name of the export whose front end this one uses; "" for one of its own.
    """

    run: RunPaths
    config: Config
    format: ExportFormat
    runtime: ExportRuntime
    name: str
    front_end: str = ""

    @property
    def form(self) -> str:
        """Of the model, "rows" or "window": an interpreter has only the latter."""
        return load_manifest(self.run.generated).form if self.runtime == "static" else "window"

    def check(self) -> None:
        """KwsError when generated code is missing, a name cannot be used, or the format has no
        TensorFlow Lite Micro."""
        generated = self.run.generated
        names = load_manifest(generated).files
        missing = [name for name in names if not (generated / name).is_file()]
        if missing:
            raise KwsError(f"{generated} lacks {', '.join(missing)}", "Run kws generate again.")
        _check_name("--name", self.name)
        if self.front_end:
            _check_name("--front-end", self.front_end)
        if self.front_end == self.name:
            raise KwsError(
                f"{self.name} cannot use its own front end from elsewhere",
                "--front-end takes the name of another export in the same program.",
            )
        if self.format == "arduino" and self.runtime == "tflm":
            raise KwsError(
                "there is no TensorFlow Lite Micro for every Arduino board",
                "Export the static model: it needs no library (--runtime static).",
            )


def _check_name(option: str, name: str) -> None:
    problem = name_problem(name)
    if problem:
        raise KwsError(
            f"{option} {name!r} cannot begin every name of a library: {problem}",
            "A short word in lower case, such as lamp, does.",
        )
