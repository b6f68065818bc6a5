# Boroughwatch. `make help` lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := core plugins federation
DEMO_DATA ?= demo-data
DEMO_PORT ?= 8000
WORKERS ?= 2
PYTEST_ARGS ?=

.PHONY: help setup demo test check lint types house docs run browser lock clean
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.tests-ready ## make .venv with the project and everything its tests need

demo: .venv/.ready ## start two neighbouring boroughs to try out (Ctrl-C stops them)
	@exec $(BIN)/boroughwatch demo --data $(DEMO_DATA) --port $(DEMO_PORT)

run: .venv/.ready ## serve the instance in DATA=folder
	@test -n "$(DATA)" || { echo "say which instance: make run DATA=folder (made with $(BIN)/boroughwatch init)" >&2; exit 2; }
	@exec $(BIN)/boroughwatch serve --data $(DATA)

test: .venv/.tests-ready browser ## every check and every test; what could not run is named at the end
	@sh .ci/checks $(BIN) $(WORKERS) $(PYTEST_ARGS)

check: lint types house ## the quick checks only

lint: .venv/.tests-ready ## ruff, bandit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit -q -c pyproject.toml -r $(PACKAGES)

types: .venv/.tests-ready ## mypy --strict
	$(BIN)/mypy

house: .venv/.tests-ready ## walls between the parts, sizes, vanishing, packaging, migrations
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(WORKERS) tests/test_house.py tests/test_vanishing.py tests/test_migrations.py tests/test_packaging.py

docs: .venv/.tests-ready ## whether docs/ names every hook, event, setting, permission and command
	$(BIN)/python -m pytest -q tests/test_docs.py

browser: # a browser for the tests, where one can be had; never fails
	@sh .ci/browser

lock: .venv/.tests-ready ## pin anew what setup.py allows
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --upgrade setup.py --extra postgres --extra redis -o requirements-lock.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --upgrade --allow-unsafe setup.py --all-extras -c requirements-lock.txt -o requirements-test-lock.txt

clean: ## remove what was built; .venv and demo data stay
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache test-results
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; say where it is: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@# uv installs the same locked files in a tenth of the time; pip does the work where it is not to be had.
	-@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/.ready: .venv/bin/python requirements-lock.txt setup.py
	@sh .ci/install $(BIN) requirements-lock.txt
	@touch $@

.venv/.tests-ready: .venv/bin/python requirements-test-lock.txt setup.py
	@sh .ci/install $(BIN) requirements-test-lock.txt
	@touch $@ .venv/.ready
