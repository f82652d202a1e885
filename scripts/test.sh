#!/bin/sh
# All checks: lint, types, pytest (which also builds the C tests and runs them through CTest).
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -m ruff check .
.venv/bin/python -m ruff format --check .
.venv/bin/python -m mypy
exec .venv/bin/python -m pytest -n 2 "$@"
