# SPDX-License-Identifier: Apache-2.0
"""CMake, and the functions of the other build systems as far as the exports use them."""

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
"""


def cmake(source: Path, build: Path, *options: str) -> Path:
    subprocess.run(["cmake", "-S", source, "-B", build, *options], check=True, capture_output=True)
    subprocess.run(["cmake", "--build", build], check=True, capture_output=True)
    return build
