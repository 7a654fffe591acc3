# Each target installs what it needs into .venv, or with PYTHON=python3.13 into .venv-3.13; only Python 3.11+ and make are required.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
VENV := $(if $(filter command line,$(origin PYTHON)),.venv-$(shell "$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'),.venv)
BIN := $(VENV)/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt

# $(call TEST,python,arguments): tests in two workers. Some tests wait for the clock and can miss a bound on a busy machine: the tests
# that failed run once more, one at a time, and what fails then is a failure. Both runs stand in the output.
TEST = $(1) -m pytest -n 2 $(2) || { [ $$? = 1 ] && echo "The failed tests run once more, one at a time:" \
	&& $(1) -m pytest --last-failed --last-failed-no-failures=none --maxfail=5 $(2); }

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/created: Makefile
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found: run make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

$(VENV)/demo: $(VENV)/created pyproject.toml constraints.txt
	@echo "Setting up $(VENV), once: about 100 packages, 70 MB to download, 290 MB installed. Ten seconds, or minutes with a slow connection."
	@$(subst --quiet,,$(INSTALL)) --editable '.[all]'
	@touch $@

$(VENV)/dev: $(VENV)/created pyproject.toml constraints.txt
	$(INSTALL) --editable '.[all]' --group examples --group test --group check
	@touch $@

.PHONY: demo
demo: $(VENV)/demo ## run the demo: chains, agents, a query engine, discovery (on the gateway with HATZ_API_KEY, else on the sandbox; ARGS="--upstream URL": with your own model)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m examples $(ARGS)

.PHONY: test
test: $(VENV)/dev ## run all tests, offline (ARGS=tests/client: some of them)
	$(call TEST,$(BIN)/python,$(ARGS))

# The lowest version of each requirement of pyproject.toml, with the newest of everything else that goes with them. Only httpx is forced:
# LangChain's own tests, which we run, ask for a newer one.
LOWEST := .venv-lowest
$(LOWEST)/installed: pyproject.toml | $(VENV)/created
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --no-deps --no-header --no-annotate --all-extras --output-file $(LOWEST)/lowest.txt pyproject.toml
	grep '^httpx==' $(LOWEST)/lowest.txt > $(LOWEST)/forced.txt
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --constraint $(LOWEST)/lowest.txt --override $(LOWEST)/forced.txt --editable '.[all]' --group test
	@touch $@

.PHONY: test-lowest
test-lowest: $(LOWEST)/installed ## test the client and both integrations on the lowest versions that pyproject.toml allows
	cat $(LOWEST)/lowest.txt
	$(call TEST,$(LOWEST)/bin/python,$(or $(ARGS),tests/client tests/contract tests/langchain tests/llamaindex))

.PHONY: record
record: $(VENV)/dev ## record the cassettes again: from the gateway with HATZ_API_KEY, else from aimock (and llama.cpp at LLAMA_SERVER)
	$(BIN)/python -m pytest tests/cassettes --record --force-enable-socket $(ARGS)

.PHONY: independent
independent: $(VENV)/dev ## test with independent servers and clients from npm (needs Node.js 20 or later)
	$(BIN)/python -m pytest tests/independent --run-independent $(ARGS)

.PHONY: soak
soak: $(VENV)/dev ## run the long tests: thousands of calls, cancelled streams, odd inputs, broken answers; checks memory and sockets
	HATZ_SOAK=1 $(BIN)/python -m pytest tests/trust/test_exactly_one.py tests/trust/test_mutated_answers.py tests/trust/test_bad_input.py $(ARGS)

.PHONY: check
check: $(VENV)/dev ## run linters, type checks, import rules and the check for known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tools/generate_sync_client.py --check
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python .ci/audit.py

.PHONY: client
client: $(VENV)/dev ## generate the sync twins of the client from the async modules
	$(BIN)/python tools/generate_sync_client.py

.PHONY: live
live: $(VENV)/dev ## run tests on the real gateway (needs HATZ_API_KEY; prints the cost first)
	$(BIN)/python .ci/live.py $(ARGS)

.PHONY: docs
docs: $(VENV)/dev ## regenerate the parts of docs/ that tests and code generate, and the outputs of its programs
	$(BIN)/python -m pytest --quiet tests/trust/test_docs.py tests/docs/test_programs.py --write-docs
	$(BIN)/python .ci/pages.py

$(VENV)/site: $(VENV)/dev
	$(INSTALL) --group site
	@touch $@

.PHONY: site
site: $(VENV)/site ## build the documentation's site in build/site, without a network
	$(BIN)/python .ci/site.py

.PHONY: pictures
pictures: $(VENV)/dev ## draw the pictures of the hatz command in docs/pictures
	$(BIN)/python .ci/pictures.py

.venv-bench/%/installed: benchmarks/requirements-%.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found: run make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv-bench/$*
	.venv-bench/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< --editable .
	@touch $@

.PHONY: bench
bench: .venv-bench/langchain/installed .venv-bench/llamaindex/installed ## measure CPU time against other integrations (ARGS=--quick: a fifth of the rounds; ARGS=--again: write docs/performance.md from the last results)
	.venv-bench/langchain/bin/python benchmarks/run.py $(ARGS)

.venv-scale/%/installed: examples/scale/requirements-%.txt pyproject.toml $(VENV)/created
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found: run make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv-scale/$*
	$(BIN)/uv pip install --quiet --python .venv-scale/$*/bin/python --requirement $< --editable '.[langchain,llama-index,sandbox,scale]'
	@touch $@

SCALE_ENGINES := ray dask daft spark
.PHONY: scale
scale: $(VENV)/created $(SCALE_ENGINES:%=.venv-scale/%/installed) ## run examples/scale on Ray, Dask, Daft and Spark against a limited sandbox, and print a table (needs Java for Spark; ARGS="--rows 300 --engines dask")
	.venv-scale/dask/bin/python benchmarks/scale.py $(ARGS)

.PHONY: package
package: $(VENV)/dev ## build all distributions, try them in fresh environments of each Python found, and run every program of the docs after its install line (about three minutes)
	@$(INSTALL) --group package
	@echo "Building the sdists and wheels twice; then fresh environments for each extra, Python and install line, and each order of installation:"
	export PATH="$(CURDIR)/$(BIN):$$PATH"; $(call TEST,$(BIN)/python,--dist worksteal tests/package --run-package --verbose $(ARGS))

# The distributions' dependencies, and nothing else.
.venv-dependencies/installed: $(VENV)/dev
	@$(INSTALL) --group package
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-dependencies
	$(BIN)/uv pip install --quiet --python .venv-dependencies/bin/python --constraint constraints.txt '.[all]'
	@touch $@

.PHONY: dist
dist: .venv-dependencies/installed ## build all sdists and wheels in dist/, and list what they depend on in sbom.json
	rm -rf dist
	for project in . distributions/langchain-hatz distributions/llama-index-llms-hatz; do \
		PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m build --installer=uv --outdir dist $$project || exit 1; done
	$(BIN)/python -m cyclonedx_py environment --pyproject pyproject.toml --output-reproducible --output-file sbom.json .venv-dependencies/bin/python

.PHONY: licences
licences: .venv-dependencies/installed ## list the licences of the dependencies in docs/licences.md
	@printf '# Licences of the dependencies\n\nhatz-integrations is under the MIT licence. `pip install ".[all]"` brings these packages, and each extra a part of them. Generated by `make licences`.\n\n' > docs/licences.md
	$(BIN)/pip-licenses --python .venv-dependencies/bin/python --from mixed --no-version --format markdown --ignore-packages hatz-integrations >> docs/licences.md

.PHONY: constraints
constraints: $(VENV)/created ## update the pinned versions in constraints.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --group examples --group test --group check --group site --group package \
		--universal --python-version 3.11 --no-header --no-annotate --upgrade --quiet --output-file constraints.txt

.PHONY: clean
clean: ## remove everything that was built or installed
	rm -rf .venv .venv-* build dist sbom.json .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
