# SPDX-License-Identifier: Apache-2.0
# mcu-kws: `make demo` and `make test` need nothing before them.
KWS := .venv/bin/kws
export PYTHON

.PHONY: help setup demo test lint docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv, install what is missing
	@./scripts/setup.sh

demo: setup ## the main job on synthetic speech: train, generate, build, evaluate (runs/demo)
	@$(KWS) data synth runs/demo-speech
	@$(KWS) run --config configs/demo.toml --data runs/demo-speech --out runs/demo
	@echo '(kws lies in .venv/bin: ". .venv/bin/activate" puts it on the path)'

test: setup ## lint, type check, pytest and CTest
	@./scripts/test.sh

lint: setup ## style, types, floors of the packages, layout of C, spelling
	@./scripts/lint.sh

docs: setup ## the documentation as HTML: docs/_build/index.html
	@.venv/bin/python -c 'import furo, myst_parser' 2>/dev/null || \
		.venv/bin/python -m pip install -q -c constraints.txt -e '.[docs]'
	@.venv/bin/python -m sphinx -q -W --keep-going docs docs/_build
	@echo docs/_build/index.html

clean: ## remove runs/demo, its speech, build folders and the built documentation
	rm -rf runs/demo runs/demo-speech build docs/_build
