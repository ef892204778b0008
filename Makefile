# Needs git, make and Python 3.11 or later; everything else is installed into .venv, at the versions of requirements.lock.
PYTHON ?= python3
DIR ?= ../my-project
LOCK := pip compile --quiet --upgrade --universal --generate-hashes --no-annotate
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets
	@$(PYTHON) -c "import re; [print(f'  {m[1]:<12} {m[2]}') for m in re.finditer(r'^([a-z-]+):[^#\n]*## (.*)', open('Makefile').read(), re.M)]"

.PHONY: new
new: ## Create a project: make new DIR=../my-project (asks in a terminal, else takes the defaults)
	@$(PYTHON) scripts/new.py $(DIR) $(OPTIONS)

.PHONY: setup
setup: .venv/installed ## Install what the development of the template needs

.PHONY: test
test: setup ## Run every test
	$(BIN)/python -m pytest -n 2 --dist worksteal

.PHONY: test-quick
test-quick: setup ## Run the tests, but for those that build or update whole projects
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not build and not life"

.PHONY: check
check: setup ## Lint, check the types and the catalog
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m extensions.compile --check

.PHONY: catalog
catalog: setup ## Compile extensions/catalog/ into catalog.json, and write the portal's form
	$(BIN)/python -m extensions.compile
	$(BIN)/python scripts/backstage.py

.PHONY: bench
bench: setup ## Measure copy and update, and write docs/performance.md
	$(BIN)/python -m benchmarks

.PHONY: conflicts
conflicts: setup ## Count the conflicts of switches and updates, and write docs/performance.md
	$(BIN)/python -m benchmarks.conflicts

.PHONY: lock
lock: setup ## Raise the locks to what pyproject.toml allows
	$(BIN)/uv $(LOCK) --group dev --output-file requirements.lock
	$(BIN)/uv $(LOCK) --group copier --output-file requirements-copier.lock

.venv/installed: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -c "import pathlib; pathlib.Path('$@').touch()"
