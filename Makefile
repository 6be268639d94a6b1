# Needs Python >= 3.11 and make; everything else is installed into .venv from requirements.lock.
PYTHON ?= python3
DATA ?=
OUT ?= $(if $(DATA),model/pretrained,build/model)

BIN := .venv/bin
INSTALLED := .venv/installed
CORPUS := $(if $(DATA),--engagement $(DATA)/engagement.jsonl.gz --usefulness $(DATA)/usefulness.jsonl.gz)
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

.DEFAULT_GOAL := help
.PHONY: help install run test lint format train report bench bench-store bench-http lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-11s %s\n", $$1, $$2 }'

install: $(INSTALLED) ## Make .venv from the lock file (PYTHON=python3.13 to choose another Python)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Merilo needs Python >= 3.11: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: install ## Score the bundled sample archive, then serve on http://127.0.0.1:8000
	@mkdir -p build
	$(BIN)/merilo score service/sample/wall.json -o build/sample.csv
	$(BIN)/merilo serve --host 127.0.0.1 --port 8000

test: install ## Run every test and doctest
	$(BIN)/python -m pytest

lint: install ## Style, types, layers, spelling, notebooks without outputs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --verify $(NOTEBOOKS))

format: install ## Put the code into the form that lint wants
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(if $(NOTEBOOKS),$(BIN)/nbstripout $(NOTEBOOKS))

train: install ## Train on the bundled corpus; DATA=folder trains the shipped model on it (OUT=folder to keep it apart)
	$(BIN)/python -m training fit $(CORPUS) --out $(OUT)

report: install ## Measure again and rewrite the report in OUT (DATA as for train)
	$(BIN)/python -m training evaluate $(CORPUS) --out $(OUT)

bench: install ## Posts per second on one core, beside natasha, ruTS, krrkt and HashingVectorizer
	$(BIN)/python tests/bench_scoring.py

bench-store: install ## Scored posts a second into the store, and how long its answers take
	$(BIN)/python tests/bench_store.py

bench-http: install ## Requests a second for one post and one draft, beside a bare FastAPI echo
	$(BIN)/python tests/bench_http.py

lock: install ## Write requirements.lock anew with the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy fewest \
		--upgrade --generate-hashes --no-annotate --no-header --quiet --output-file requirements.lock

clean: ## Remove .venv, build and caches
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
