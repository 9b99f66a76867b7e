# Insyn: every command a newcomer needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
PORT ?= 8750
# How many files of tests run beside one another.
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
export INSYN_HOME ?= $(CURDIR)/var
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Each takes one core half a minute the first time.
SET_UP_AND_CHECK_TYPES = @$(BIN)/insyn setup & set_up=$$!; $(BIN)/mypy; typed=$$?; wait $$set_up && exit $$typed
# The tests start hundreds of processes, which should not compile our modules anew each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check torture evaluation demo-check demo-reset lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed-run ## set up what is missing, start the whole system with its demonstration, run until Ctrl-C (PORT=8750)
	@$(BIN)/insyn setup
	@$(BIN)/insyn demo run --port $(PORT)

test: $(VENV)/installed-test ## set up what is missing and run every test, ruff, mypy and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(SET_UP_AND_CHECK_TYPES)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/installed-test ## the same without the slow tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(SET_UP_AND_CHECK_TYPES)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow"

torture: $(VENV)/installed-test ## break the log in every way that we know, and look for new examples against every property, for half an hour
	INSYN_HYPOTHESIS=explore $(BIN)/python -m pytest -m torture -rA
	INSYN_HYPOTHESIS=explore $(BIN)/python -m pytest tests/property

evaluation: $(VENV)/installed-run ## measure both profiles (their files from DATA/models) on LFW and UTKFace in DATA=FOLDER, write docs/evaluation and README's table (20 minutes)
	@test -n "$(DATA)" || { echo "Say where LFW and UTKFace are: make evaluation DATA=FOLDER" >&2; exit 1; }
	@$(BIN)/insyn setup
	@for model in "$(DATA)"/models/*.onnx; do [ ! -e "$$model" ] || $(BIN)/insyn models add "$$model" || exit 1; done
	@$(BIN)/insyn evaluate publish --data "$(DATA)" --out docs/evaluation
	@$(BIN)/python -m insyn.readme_rates

demo-check: $(VENV)/installed-run ## play the demonstration without a screen; exit status 0 only if every expectation held
	@$(BIN)/insyn setup
	@$(BIN)/insyn demo check

demo-reset: $(VENV)/installed-run ## forget the demonstration's data; the next `make run` plays it anew
	@$(BIN)/insyn demo reset

lock: ## resolve the dependencies anew (needs uv) and write requirements/
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 \
	    --extra demo --extra hsm --extra pades --extra pdf --extra peers --extra test pyproject.toml --output-file requirements/development.txt
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 \
	    --extra demo --constraint requirements/development.txt pyproject.toml --output-file requirements/run.txt

clean: ## remove the virtual environment (data under INSYN_HOME stays)
	rm -rf $(VENV)

$(BIN)/python:
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: install the package python3-venv." >&2; exit 1; }

$(VENV)/installed-run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked dependencies (about 250 MB the first time) …"
	@$(PIP) install --progress-bar on --quiet --require-hashes --requirement requirements/run.txt
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(VENV)/installed-test: requirements/development.txt $(VENV)/installed-run
	@echo "Installing what the tests need besides …"
	@$(PIP) install --progress-bar on --quiet --require-hashes --requirement requirements/development.txt
	@touch $@
