# Two commands set everything up on a fresh machine: `make evolve` and `make test`.
# Needs Python 3.11 or newer and make; everything else is installed into .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

# Modules are compiled when they are first imported, which is quicker than compiling every
# module of every dependency at installation.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: evolve test check bench gpu clean
.DEFAULT_GOAL := evolve

# Search for losses on the 1,797 real digits that scikit-learn ships.
# Extra options: make evolve ARGS="--generations 10 --seed 3"
# On a slow machine it stops after 130 seconds with what it has, and says how to go on.
evolve: $(VENV)/.runtime
	$(BIN)/lossgp evolve --budget 130s $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	rm -rf build/typecheck build/lib  # setuptools would install what is no longer there
	$(PIP) install -q --no-deps --no-build-isolation --target build/typecheck .
	cd build/typecheck && PYTHONPATH=. ../../$(BIN)/lint-imports ../../pyproject.toml --no-cache
	cd build/typecheck && ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../mypy_cache -p lossgp

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ARGS)

# On a machine with a card: what it does with lossgp, in under twelve minutes. Installs nothing: runs
# with .venv where there is one, else with python3, and says what is missing.
# The rehearsal without a card: make gpu ARGS=--cpu
gpu:
	$(or $(wildcard $(BIN)/python),$(PYTHON)) -m benchmarks.gpu $(ARGS)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lossgp needs Python 3.11 or newer, and this is %s; name another with: make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing lossgp and its pinned dependencies into $(VENV) ..."
	$(PIP) install -q --no-compile -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(PIP) install -q --upgrade "pip>=25.1"
	$(PIP) install -q --no-compile -c constraints.txt setuptools --group dev
	@touch $@

clean:
	rm -rf build .pytest_cache .ruff_cache .hypothesis
