#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All checks: lint, types, pytest (which also builds the C tests and runs them through CTest).
# With CI=true a test whose cross compiler or emulator is missing fails instead of being skipped.
set -eu
cd "$(dirname "$0")/.."
./scripts/cross_tools.sh
./scripts/lint.sh
exec .venv/bin/python -m pytest -n 2 --cov --cov-report=term:skip-covered "$@"
