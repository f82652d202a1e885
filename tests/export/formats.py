# SPDX-License-Identifier: Apache-2.0
"""The formats of exports, as their tests know them."""

from kws.export import ExportFormat, ExportRuntime

# What each format adds to src/, README.md and LICENSE.
OWN_FILES: dict[ExportFormat, set[str]] = {
    "c-array": {"CMakeLists.txt", "example/main.c"},
    "esp-idf": {
        "CMakeLists.txt",
        "idf_component.yml",
        "examples/keyword/CMakeLists.txt",
        "examples/keyword/main/CMakeLists.txt",
        "examples/keyword/main/main.c",
    },
    "zephyr": {
        "zephyr/module.yml",
        "zephyr/Kconfig",
        "zephyr/CMakeLists.txt",
        "samples/keyword/CMakeLists.txt",
        "samples/keyword/prj.conf",
        "samples/keyword/src/main.c",
    },
    "arduino": {"library.properties", "library.json", "examples/keyword/keyword.ino"},
}
VARIANTS: list[tuple[ExportFormat, ExportRuntime]] = [
    *((format, "static") for format in OWN_FILES),
    *((format, "tflm") for format in OWN_FILES if format != "arduino"),
]
