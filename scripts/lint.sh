#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All checks that read and do not run: style and types of Python, floors of the packages, layout
# of C, spelling. The versions are those of .venv.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports --no-cache
git ls-files '*.c' '*.h' '*.cc' | xargs $bin/clang-format --dry-run -Werror
git ls-files | xargs $bin/codespell
