# Each target installs what it needs into .venv; only Python 3.11+ and make are required.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

.venv/created:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found: run make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

.venv/demo: .venv/created pyproject.toml constraints.txt
	@echo "Setting up .venv, once: about 100 packages, 70 MB to download, 290 MB installed. Ten seconds, or minutes with a slow connection."
	@$(subst --quiet,,$(INSTALL)) --editable '.[all]'
	@touch $@

.venv/dev: .venv/created pyproject.toml constraints.txt
	$(INSTALL) --editable '.[all]' --group examples --group test --group check
	@touch $@

.PHONY: demo
demo: .venv/demo ## run the demo: chains, agents, a query engine, discovery (against the gateway with HATZ_API_KEY, else the sandbox; ARGS="--upstream URL" for your own model)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m examples $(ARGS)

.PHONY: test
test: .venv/dev ## run all tests, offline
	$(BIN)/python -m pytest -n 2 $(ARGS)

.PHONY: record
record: .venv/dev ## record the cassettes again: from the gateway with HATZ_API_KEY, else from aimock (and llama.cpp at LLAMA_SERVER)
	$(BIN)/python -m pytest tests/cassettes --record --force-enable-socket $(ARGS)

.PHONY: independent
independent: .venv/dev ## test against independent servers and clients from npm (needs Node.js 20 or later)
	$(BIN)/python -m pytest tests/independent --run-independent $(ARGS)

.PHONY: soak
soak: .venv/dev ## run the long tests: thousands of calls, cancelled streams, odd inputs, broken answers; checks memory and sockets
	HATZ_SOAK=1 $(BIN)/python -m pytest tests/trust/test_exactly_one.py tests/trust/test_mutated_answers.py tests/trust/test_bad_input.py $(ARGS)

.PHONY: check
check: .venv/dev ## run linters, type checks, import rules and the check for known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tools/generate_sync_client.py --check
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python .ci/audit.py

.PHONY: client
client: .venv/dev ## generate the sync twins of the client from the async modules
	$(BIN)/python tools/generate_sync_client.py

.PHONY: live
live: .venv/dev ## test against the real gateway (needs HATZ_API_KEY; prints the cost first)
	$(BIN)/python .ci/live.py $(ARGS)

.PHONY: docs
docs: .venv/dev ## regenerate the parts of docs/ that tests and code generate, and the outputs of its programs
	$(BIN)/python -m pytest --quiet tests/trust/test_docs.py tests/docs/test_programs.py --write-docs
	$(BIN)/python .ci/pages.py

.venv/site: .venv/dev
	$(INSTALL) --group site
	@touch $@

.PHONY: site
site: .venv/site ## build the documentation's site in build/site, without a network
	$(BIN)/python .ci/site.py

.PHONY: pictures
pictures: .venv/dev ## draw the pictures of the hatz command in docs/pictures
	$(BIN)/python .ci/pictures.py

.venv-bench/%/installed: benchmarks/requirements-%.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found: run make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv-bench/$*
	.venv-bench/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< --editable .
	@touch $@

.PHONY: bench
bench: .venv-bench/langchain/installed .venv-bench/llamaindex/installed ## measure CPU time against other integrations (ARGS=--quick: three minutes)
	.venv-bench/langchain/bin/python benchmarks/run.py $(ARGS)

.PHONY: package
package: .venv/dev ## build the wheel and test each extra in a fresh environment (about four minutes)
	$(BIN)/python -m pytest tests/package --run-package

.PHONY: constraints
constraints: .venv/created ## update the pinned versions in constraints.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --group examples --group test --group check --group site \
		--universal --python-version 3.11 --no-header --no-annotate --upgrade --quiet --output-file constraints.txt

.PHONY: clean
clean: ## remove everything that was built or installed
	rm -rf .venv .venv-bench build dist .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
