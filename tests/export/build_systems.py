# SPDX-License-Identifier: Apache-2.0
"""CMake, and the functions of the other build systems as far as the exports use them."""

import json
import shlex
import subprocess
from pathlib import Path

from tests.support.exports import STUBS

IDF_FUNCTIONS = f"""
add_library(driver INTERFACE)
function(idf_component_register)
  cmake_parse_arguments(C "" "" "SRCS;INCLUDE_DIRS;REQUIRES" ${{ARGN}})
  get_filename_component(name "${{CMAKE_CURRENT_SOURCE_DIR}}" NAME)
  add_library(${{name}} STATIC ${{C_SRCS}})
  target_include_directories(${{name}} PUBLIC ${{C_INCLUDE_DIRS}} PRIVATE "{STUBS}")
  target_link_libraries(${{name}} PUBLIC ${{C_REQUIRES}})
  set(COMPONENT_LIB ${{name}} PARENT_SCOPE)
endfunction()
"""
ZEPHYR_FUNCTIONS = """
add_library(zephyr_interface INTERFACE)
macro(zephyr_include_directories folder)
  get_filename_component(absolute "${folder}" ABSOLUTE)
  target_include_directories(zephyr_interface INTERFACE "${absolute}")
endmacro()
macro(zephyr_library_named name)
  add_library(${name} STATIC)
  target_link_libraries(${name} PUBLIC zephyr_interface)
  set(library ${name})
endmacro()
macro(zephyr_library_sources)
  target_sources(${library} PRIVATE ${ARGN})
endmacro()
macro(zephyr_library_compile_options)
  target_compile_options(${library} PRIVATE ${ARGN})
endmacro()
"""


def cmake(source: Path, build: Path, *options: str) -> Path:
    command = ["cmake", "-S", source, "-B", build, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options]
    subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["cmake", "--build", build], check=True, capture_output=True)
    return build


def optimisations(build: Path, sources: Path) -> set[str]:
    """With which -O each file below `sources` was compiled: the last one counts."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    found = set()
    for entry in commands:
        if Path(entry["file"]).is_relative_to(sources):
            options = [o for o in shlex.split(entry["command"]) if o.startswith("-O")]
            found.add(options[-1] if options else "none")
    return found
