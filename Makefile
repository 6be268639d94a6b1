# Needs Python >= 3.11 and make; everything else is installed into .venv from requirements.lock.
PYTHON ?= python3
DATA ?=
OUT ?= $(if $(DATA),model/pretrained,build/model)

BIN := .venv/bin
INSTALLED := .venv/installed
CORPUS := $(if $(DATA),--engagement $(DATA)/engagement.jsonl.gz --usefulness $(DATA)/usefulness.jsonl.gz)
NOTES := $(if $(filter model/pretrained,$(OUT)),--notes training/notes.md)
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

.DEFAULT_GOAL := help
.PHONY: help install run test lint format train report bench bench-scoring bench-batch bench-start bench-memory \
	bench-http bench-load bench-store lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-14s %s\n", $$1, $$2 }'

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
	$(BIN)/python -m training fit $(CORPUS) $(NOTES) --out $(OUT)

report: install ## Measure the model of an earlier make train again; rewrite the report in OUT (DATA as for train)
	$(BIN)/python -m training evaluate $(CORPUS) $(NOTES) --out $(OUT)

bench: bench-scoring bench-batch bench-start bench-memory ## The four that follow; they want a quiet machine and take long

bench-scoring: install ## Posts per second on one core, beside natasha, ruTS, krrkt and HashingVectorizer
	$(BIN)/python tests/bench_scoring.py

bench-batch: install ## Whole runs of merilo score beside Scorer.map; two workers and a cluster of two beside one
	$(BIN)/python tests/bench_batch.py

bench-start: install ## What a cold start takes beside the imports it needs
	$(BIN)/python tests/bench_start.py

bench-memory: install ## Memory of a million posts, and whether the second half million adds to it
	$(BIN)/python tests/bench_memory.py

bench-store: install ## Scored posts a second into the store, and how long its answers take
	$(BIN)/python tests/bench_store.py

bench-load: install ## Two workers at 80 % of their limit for SECONDS (600): no 5xx, p99 within 4 x p50, memory flat
	$(BIN)/python tests/bench_load.py

bench-http: install ## Requests a second for one post and one draft, beside a bare FastAPI echo
	$(BIN)/python tests/bench_http.py

lock: install ## Write requirements.lock anew with the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy fewest \
		--upgrade --generate-hashes --no-annotate --no-header --quiet --output-file requirements.lock

clean: ## Remove .venv, build and caches
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
