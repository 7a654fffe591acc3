# Everything sets itself up in .venv; nothing but Python 3.11+ and make is needed.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

.venv/created:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found: say make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

.venv/demo: .venv/created pyproject.toml constraints.txt
	$(PIP) --editable '.[all]' --group demo
	@touch $@

.venv/dev: .venv/created pyproject.toml constraints.txt
	$(PIP) --editable '.[all]' --group demo --group test --group check
	@touch $@

.PHONY: demo
demo: .venv/demo ## show it: chains, agents, a query engine, discovery (on the gateway with HATZ_API_KEY, else on the sandbox; ARGS="--upstream URL" for a model of your own)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m examples $(ARGS)

.PHONY: test
test: .venv/dev ## run all tests, offline
	$(BIN)/python -m pytest -n 2 $(ARGS)

.PHONY: record
record: .venv/dev ## ask servers anew for what the tests play back: the gateway with HATZ_API_KEY, else aimock (and llama.cpp at LLAMA_SERVER)
	$(BIN)/python -m pytest tests/cassettes --record --force-enable-socket $(ARGS)

.PHONY: independent
independent: .venv/dev ## run against servers and clients nobody here wrote, from npm (Node.js 20 or later)
	$(BIN)/python -m pytest tests/independent --run-independent $(ARGS)

.PHONY: soak
soak: .venv/dev ## the long runs: thousands of calls, cancelled streams, odd inputs and broken answers; memory and sockets counted
	HATZ_SOAK=1 $(BIN)/python -m pytest tests/trust/test_exactly_one.py tests/trust/test_mutated_answers.py tests/trust/test_bad_input.py $(ARGS)

.PHONY: check
check: .venv/dev ## lint, types, who may import whom, and known holes in what is pinned
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tools/generate_sync_client.py --check
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python .ci/audit.py

.PHONY: client
client: .venv/dev ## generate the sync client from the async one
	$(BIN)/python tools/generate_sync_client.py

.PHONY: docs
docs: .venv/dev ## write anew what the tests make of the documentation
	$(BIN)/python -m pytest --quiet tests/trust/test_docs.py --write-docs

.venv-bench/%/installed: benchmarks/requirements-%.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found: say make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv-bench/$*
	.venv-bench/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< --editable .
	@touch $@

.PHONY: bench
bench: .venv-bench/langchain/installed .venv-bench/llamaindex/installed ## measure CPU time beside the peers and the floor (ARGS=--quick: three minutes)
	.venv-bench/langchain/bin/python benchmarks/run.py $(ARGS)

.PHONY: package
package: .venv/dev ## build the wheel and try each of its extras in an environment of its own
	$(BIN)/python -m pytest tests/package --run-package

.PHONY: constraints
constraints: .venv/created ## pin anew what is installed
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --group demo --group test --group check \
		--universal --python-version 3.11 --no-header --no-annotate --upgrade --quiet --output-file constraints.txt

.PHONY: clean
clean: ## remove what was built and installed
	rm -rf .venv .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
