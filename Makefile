# Two commands do everything: `make demo` and `make test`. They need Python 3.11 or newer, pip, git and make.
PYTHON ?= python3
UV := UV_PYTHON_DOWNLOADS=never UV_NO_CONFIG=1 .bootstrap/bin/uv
BIN := .venv/bin
WORKERS ?= auto

.PHONY: demo test test-long check lint types imports docs lock bench clean help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: .venv/.ready  ## the main job on a simulated patient: case, plan, dose, report
	$(BIN)/glisson demo --out demo-case

test: .venv/.ready  ## every test that can run here; what is missing is skipped by name
	$(BIN)/python -m pytest -n $(WORKERS)

test-long: .venv/.ready  ## coverage over thousands of draws (two minutes more)
	$(BIN)/python -m pytest -n $(WORKERS) -m long

check: lint types imports docs  ## lint, types, import contracts, documentation

lint: .venv/.ready  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.ready  ## mypy, strict
	$(BIN)/mypy

imports: .venv/.ready  ## layers, kept by import-linter
	$(BIN)/lint-imports

docs: .venv/.ready  ## the documentation site, into site/
	$(BIN)/mkdocs build --strict --quiet

bench: .venv/.ready  ## benchmarks, as ratios
	$(BIN)/python -m benchmarks

lock: .bootstrap/.ready  ## pin every dependency anew, with hashes
	$(UV) pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-header --upgrade \
		--output-file requirements.lock pyproject.toml

# Installs uv into a folder of its own (works where Debian's Python has no venv module and forbids pip system-wide).
.bootstrap/.ready: bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "glisson needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 demo")'
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target .bootstrap -r bootstrap.lock
	@touch $@

.venv/.ready: .bootstrap/.ready requirements.lock pyproject.toml
	$(UV) venv --quiet --clear --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

clean:  ## remove what was built
	rm -rf .venv .bootstrap site demo-case build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
