# SPDX-License-Identifier: Apache-2.0
"""Sphinx builds the documentation: `make docs`. Pages of the reference are made from the code."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "host"), str(ROOT / "codegen")]

import reference_pages  # noqa: E402
from kws_codegen.base.version import VERSION  # noqa: E402

reference_pages.write(HERE / "reference")

project = "mcu-kws"
author = "the authors of mcu-kws"
release = VERSION
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"mcu-kws {VERSION}"
html_show_copyright = False
html_copy_source = False
nitpicky = True
