# The commands of this project. `make demo` and `make test` install what they need into .venv; Python 3.11+ is enough.

PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
UV     := 0.13.9
BIN    := .venv/bin
CODE   := $(wildcard shared functions infra benchmarks)
# The lock of a level: `local` runs the demo, `dev` contains it and runs everything else.
LOCAL  := .venv/installed-local
DEV    := .venv/installed-dev

.DEFAULT_GOAL := help
.PHONY: help setup dev demo test coverage check lint style imports types bench synth lock deploy nightly mutate clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(LOCAL)  ## install what running takes into .venv (which `usance` is in)

dev: $(DEV)  ## install what developing takes

demo: $(LOCAL)  ## play the quick start on the local AWS runtime; KEEP=1 leaves it running
	$(BIN)/python -m infra.local demo

test: $(DEV)  ## run everything: unit, properties, scenarios, functions, infrastructure, end to end
	$(BIN)/python -m pytest -m "not nightly"

coverage: $(DEV)  ## run everything, slowly, and say which lines and branches were not run
	$(BIN)/python -m pytest -m "not nightly" --cov --cov-report=term --cov-report=xml

check: lint  ## style, types, imports, house rules and quick tests, in under a minute
	$(BIN)/python -m pytest -q -m "not nightly and not slow and not browser" --hypothesis-profile=quick \
	    $(wildcard tests/house tests/unit tests/properties)

lint: style imports types

style: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

imports: $(DEV)
	$(BIN)/lint-imports --no-logo

types: $(DEV)
	$(BIN)/mypy $(CODE) $(wildcard tests)

bench: $(DEV)  ## measure, and print ratios
	$(BIN)/python -m benchmarks

synth: $(DEV)  ## write the template that the local runtime deploys
	$(BIN)/python -m infra.synth

deploy: $(DEV)  ## deploy to the AWS account of the present credentials
	$(BIN)/python -m infra.deploy

nightly: $(DEV)  ## the long tests
	$(BIN)/python -m pytest -m nightly --hypothesis-profile=nightly
	$(MAKE) coverage
	$(MAKE) mutate

mutate: $(DEV)  ## test the tests: mutants of kernel, pricing and credits, what lived and the score of each
	$(BIN)/python -m tests.mutation kernel pricing credits

clean:  ## remove what was made here, the environment included
	rm -rf .venv .usance build cdk.out .coverage coverage.xml
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# -- the environment: locked, checked by hash, and left alone while its lock has not changed ---------------------------

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || \
	    { echo "Python 3.11 or newer is needed; say which with: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "$(PYTHON) lacks venv. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	"$(PYTHON)" -m venv .venv

$(LOCAL): requirements/local.lock requirements/bootstrap.lock pyproject.toml | $(BIN)/python
	@sh requirements/install local
	@touch $@

$(DEV): requirements/dev.lock requirements/bootstrap.lock pyproject.toml | $(BIN)/python
	@sh requirements/install dev
	@touch $(LOCAL) $@

lock: $(DEV)  ## work out the locks again from pyproject.toml
	@sh requirements/compile $(UV)
