# One entry for everything. Needs Python 3.11 or later with venv, and make; `make help` lists the commands.
# Settings are given behind the command: make run PORT=9000 WANGOV_DATA=var/second

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: --disable-pip-version-check
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench fuzz races faults hostile biometrics crashes milvus clean clean-data lock environment test-environment programs
.DELETE_ON_ERROR:

help: ## Show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: environment ## Serve on http://localhost:8000 with embedded servers and demo data (PORT, WANGOV_DATA, TLS=1, VERBOSE=1)
	@$(BIN)/python -m embedded.run --tied

test: test-environment programs ## Run all tests in parallel (ARGS="-k name" narrows them)
	@$(BIN)/python -m tests $(ARGS)

lint: test-environment ## Check style, format, types and import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: test-environment ## Bring the sources into the common format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: test-environment ## Measure speed (see bench/)
	@$(BIN)/python -m bench $(ARGS)

fuzz: test-environment ## Send mutated requests to every route (ARGS="--requests 1000000")
	@$(BIN)/python -m tests.fuzz $(ARGS)

races: test-environment ## Present everything that is single use fifty times at once
	@$(BIN)/python -m tests.races $(ARGS)

hostile: test-environment ## Read hostile images and records (ARGS="--images 10000"; records: python -m tests.hostile_records)
	@$(BIN)/python -m tests.hostile $(ARGS)

biometrics: test-environment ## Measure the biometric engine (ARGS="--data FOLDER --made DAY --write")
	@OMP_NUM_THREADS=1 $(BIN)/python -m biometrics.evaluation.sheet $(ARGS)

crashes: test-environment ## Kill workers and stores while people are enrolled (ARGS="--points 100")
	@$(BIN)/python -m tests.crashes $(ARGS)

milvus: $(VENV)/.milvus ## Test the gallery's faces in an embedded Milvus (installs 450 MB more)
	@$(BIN)/python -m pytest tests/milvus $(ARGS)

faults: test-environment programs ## Break stores, workers, disks and clocks under load
	@$(BIN)/python -m tests.faults $(ARGS)

environment: $(VENV)/.runtime $(VENV)/.catalogues ## Install what the product needs into .venv

test-environment: $(VENV)/.tests $(VENV)/.catalogues ## Install what tests and lint need, too

$(VENV)/.runtime: requirements/runtime.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed: name one with PYTHON=, as in: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing. Install it: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Environment: installing into $(VENV) (about a minute the first time) ..."
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP_INSTALL) -r requirements/runtime.lock
	@touch $@

$(VENV)/.tests: requirements/dev.lock $(VENV)/.runtime
	@echo "Environment: installing what the tests need ..."
	@$(PIP_INSTALL) -r requirements/dev.lock
	@touch $@

$(VENV)/.milvus: requirements/milvus.lock $(VENV)/.tests
	@$(PIP_INSTALL) -r requirements/milvus.lock
	@touch $@

# Pages are written in English; the other languages are read from compiled catalogues.
$(VENV)/.catalogues: $(CATALOGUES) $(VENV)/.runtime
	@$(BIN)/python -m babel.messages.frontend --quiet compile --directory translations 2>/dev/null
	@touch $@

# Without them their tests fail and say the same.
programs:
	@sh tests/programs.sh

lock: ## Pin all requirements anew, with hashes
	@test -d .lock-venv || $(PYTHON) -m venv .lock-venv
	@.lock-venv/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
	@cd requirements && for name in runtime dev milvus; do \
	  ../.lock-venv/bin/python -m piptools compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	    --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file $$name.lock $$name.in \
	    || exit 1; \
	done

clean: ## Remove the environment and caches (data stays)
	@rm -rf $(VENV) .lock-venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: environment ## Remove the embedded servers' data (WANGOV_DATA, default var)
	@$(BIN)/python -m embedded.remove
