# Euthymia. `make run` and `make test` do all set-up by themselves; they need python3, make, git
# and a Python package index, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CASE ?= examples/clear-candidate
OUT ?= out/$(notdir $(patsubst %/,%,$(CASE)))

PORT ?= 8000
CLINIC ?= out/example-clinic
CHECK ?=

.PHONY: help run plan test test-postgres lint types docs pictures bench lock clean

help:  ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.ready  ## Open the example clinic in the browser (PORT=8000; CHECK=1 only tries it)
	EUTHYMIA_HOME=$(CLINIC) $(BIN)/euthymia clinic example --serve --port $(PORT) $(if $(CHECK),--check,--open)

plan: $(VENV)/.ready  ## Compute the treatment plan of an example patient (CASE=folder for another)
	$(BIN)/euthymia plan $(CASE) --out $(OUT)

test: $(VENV)/.ready-dev  ## Run all tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-postgres: $(VENV)/.ready-dev  ## Run the tests of the clinic's records on PostgreSQL, if installed
	$(BIN)/python tools/on_postgres.py $(BIN)/python -m pytest -q -n 0 -m "not slow" \
	  tests/clinic/records tests/clinic/agenda tests/clinic/outcomes tests/clinic/jobs

lint: $(VENV)/.ready-dev  ## Style, types and the floors of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.ready-dev  ## Make the reference pages and build the documentation into site/
	$(BIN)/python tools/make_reference.py
	$(BIN)/mkdocs build --strict --quiet

pictures: $(VENV)/.ready-dev  ## Take the pictures of the clinic's tutorial anew (minutes; needs Chromium)
	EUTHYMIA_PICTURES=$(CURDIR)/docs/images/clinic $(BIN)/python -m pytest -q -n 0 tests/clinic/whole/test_first_week.py

bench: $(VENV)/.ready-dev  ## Run the benchmarks (minutes)
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/sphere.py
	$(BIN)/python benchmarks/coils.py
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/threshold.py
	$(BIN)/python benchmarks/kills.py
	$(BIN)/python benchmarks/tetra.py
	$(BIN)/python benchmarks/voxels.py

lock:  ## Renew the lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate --extra mri --extra clinic pyproject.toml \
	  -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate --all-extras --group dev pyproject.toml \
	  -o requirements-dev.lock

clean:  ## Remove the environment and everything made
	rm -rf $(VENV) out site

# The environment follows the lock files: it is brought up to date when they change.
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
