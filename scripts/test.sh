#!/bin/sh
# All checks: lint, types, pytest (which also builds the C tests and runs them through CTest).
# With CI=true a test whose cross compiler or emulator is missing fails instead of being skipped.
set -eu
cd "$(dirname "$0")/.."
./scripts/cross_tools.sh
.venv/bin/python -m ruff check .
.venv/bin/python -m ruff format --check .
.venv/bin/python -m mypy
exec .venv/bin/python -m pytest -n 2 "$@"
