# SPDX-License-Identifier: Apache-2.0
"""CMakePresets.json: what stands in it for every board, for the model of runs/demo.

    python -m kws.firmware.presets

writes it anew, after a board was added; a test compares.
"""

import json
from typing import Any

from kws.firmware.boards import boards
from kws.source import source_root

HOST = "host"
SANITIZE = "host-sanitize"


def presets() -> dict[str, Any]:
    """The content of CMakePresets.json: a preset a board, and one with sanitizers."""
    configure: list[dict[str, Any]] = [
        {
            "name": "base",
            "hidden": True,
            "binaryDir": "${sourceDir}/build/${presetName}",
            "cacheVariables": {
                "CMAKE_BUILD_TYPE": "Release",
                "KWS_GENERATED_DIR": "${sourceDir}/runs/demo/generated",
            },
        },
        {
            "name": SANITIZE,
            "inherits": "base",
            "displayName": "This computer with sanitizers and the C tests",
            "cacheVariables": {
                "CMAKE_BUILD_TYPE": "Debug",
                "KWS_BOARD": HOST,
                "KWS_SANITIZE": "ON",
                "KWS_TESTS": "ON",
            },
        },
    ]
    for board in boards():
        configure.append(
            {
                "name": board.name,
                "inherits": "base",
                "displayName": board.title
                if board.name == HOST
                else f"{board.title}: {board.core.title}",
                "cacheVariables": {"KWS_BOARD": board.name},
            }
        )
    visible = [preset["name"] for preset in configure if not preset.get("hidden")]
    return {
        "version": 3,
        "configurePresets": configure,
        "buildPresets": [{"name": name, "configurePreset": name} for name in visible],
        "testPresets": [
            {
                "name": SANITIZE,
                "configurePreset": SANITIZE,
                "output": {"outputOnFailure": True},
            }
        ],
    }


def presets_text() -> str:
    """presets() as it stands in the file."""
    return json.dumps(presets(), indent=2) + "\n"


if __name__ == "__main__":
    (source_root() / "CMakePresets.json").write_text(presets_text(), encoding="utf-8")
