# Every target makes the environment it needs; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(BIN)/uv

.DEFAULT_GOAL := help

.PHONY: help
help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ndsc needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Preparing the environment in $(VENV) ..."
	@test -x $(UV) || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r bootstrap.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install -q --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install -q --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q platform operator
	@touch $@

.PHONY: setup
setup: $(READY)  ## Make the environment, from the hash-pinned lock

.PHONY: demo
demo: $(READY)  ## Start eight forces, load data, and run four searches
	@$(BIN)/ndsc demo

.PHONY: lint
lint: $(READY)  ## Style, layers and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

.PHONY: test
test: lint  ## Lint, types, unit, property and integration tests
	$(BIN)/pytest -n 2 --dist worksteal

.PHONY: docs
docs: $(READY)  ## Make the reference pages from the code
	@$(BIN)/python -m ndsc.cli.reference

.PHONY: lock
lock: $(READY)  ## Pin every dependency again, with hashes
	$(UV) pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock
	echo uv | $(UV) pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header - -o bootstrap.lock

.PHONY: clean
clean:  ## Remove the environment and the embedded network's state
	rm -rf $(VENV) .ndsc .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
