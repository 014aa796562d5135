# Needs make and Python 3.11 or newer, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BINDIR ?= $(HOME)/.local/bin

.PHONY: setup install demo test test-long chaos lint bench reference pictures
.DEFAULT_GOAL := demo

# The runtime lock suffices to run; the development lock holds it and the tools.
$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Crossdock needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv or ensurepip is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev

install: $(VENV)/.runtime
	@mkdir -p "$(BINDIR)"
	@ln -sfn "$(CURDIR)/$(BIN)/crossdock" "$(BINDIR)/crossdock"
	@echo "Installed: $(BINDIR)/crossdock"
	@case ":$$PATH:" in *":$(BINDIR):"*) ;; *) echo "It is not on your PATH. Add it: export PATH=\"$(BINDIR):\$$PATH\"";; esac

demo: $(VENV)/.runtime
	@$(BIN)/crossdock demo

# A file stays on one worker: its tests share what is expensive to set up. Most wait more than they compute, so four
# workers suit two cores.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 4 --dist loadfile -m "not long"

# Tests that take minutes: kills at random times, every size of terminal, every poisoned value.
test-long: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist load -m long

# Everything at once, for minutes: faults on both sides, workers killed, the database held by somebody else (SQLite).
# SEED=2 MINUTES=10 for others; SERVERS=--postgres runs it on a PostgreSQL that is stopped and a Redis that forgets.
SEED ?= 1
MINUTES ?= 3
SERVERS ?=
chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos --seed $(SEED) --minutes $(MINUTES) $(SERVERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m bench

reference: $(VENV)/.dev
	$(BIN)/python -m docs.write_reference

pictures: $(VENV)/.dev
	$(BIN)/python -m docs.take_pictures
