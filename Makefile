# Everything starts here, with Python 3.11 or newer and make alone. `make` lists the targets.

HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 1
VENV := .venv
PY := $(VENV)/bin/python
INSTALL := -m pip install --disable-pip-version-check --no-input --no-color
PIP := $(PY) $(INSTALL) --require-hashes
# A dot for each package that pip finds, then its errors only: its other lines name the registry. Exits as pip does.
DOTS = { $(1) 2>&1 && echo "pip ended: 0" || echo "pip ended: $$?"; } | { failed=; while IFS= read -r line; do case "$$line" in \
  "pip ended: "*) echo >&2; exit "$${line\#pip ended: }";; \
  "Installing collected"*) printf " installing" >&2;; \
  Collecting\ *) printf . >&2;; \
  ERROR*|error*) failed=1; printf "\n%s" "$$line" >&2;; \
  *) if [ -n "$$failed" ]; then printf "\n%s" "$$line" >&2; fi;; esac; done; exit 1; }
RUNTIME := $(VENV)/.runtime-installed
CLIENTS := .venv-clients/.installed
CLIENTS_JS := clients/node_modules/.installed
EXTRAS := $(VENV)/.test-installed
TOOLS := .venv-tools/.installed
COMPILE := .venv-tools/bin/uv pip compile -q --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
  --no-annotate --no-strip-extras --no-emit-index-url --custom-compile-command "make lock"
ARGS ?=
QUICK := $(addprefix tests/,core gateway adapters alerts api conversations idempotency suggestions stores web)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test quick mutants check static fmt lock audit sbom check-api bench clients demo clean

help: ## this list
	@echo "Djobea LLM gateway"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'
	@echo "HOST, PORT and WORKERS are honoured by run, PYTHON by the first install, ARGS by test, quick, mutants, lock, check-api, bench and clients."

run: $(RUNTIME) ## install, set up and serve on http://HOST:PORT (default 127.0.0.1:8000)
	@exec $(PY) manage.py serve --host "$(HOST)" --port "$(PORT)" --workers "$(WORKERS)"

# A file stays on one process: tests that commit rows must not be dealt out among those that roll back.
test: $(EXTRAS) ## the whole test suite
	@REDIS_URL= $(PY) -m pytest -n auto --dist loadfile $(ARGS)

quick: $(EXTRAS) ## the tests that need no service, no process and no browser
	@$(PY) -m pytest -n auto --dist worksteal --hypothesis-profile quick -m "not service and not browser" $(QUICK) $(ARGS)

mutants: $(EXTRAS) ## change the core and the gateway line by line, and count the changes that the quick tests catch
	@$(VENV)/bin/mutmut run $(ARGS)
	@$(VENV)/bin/mutmut export-cicd-stats && cat mutants/mutmut-cicd-stats.json && echo

check: static test ## format, lint, types, import rules, Django check, missing migrations, tests

static: $(EXTRAS) ## the checks of `make check` that run no test
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run

fmt: $(EXTRAS) ## format the code and fix what the linter can
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

# The first file holds all of them together: celery's own pins bind the product's. ARGS=--upgrade takes newer versions.
lock: $(TOOLS) ## pin the ranges of requirements*.txt, with hashes, in requirements*.lock
	@$(COMPILE) $(ARGS) requirements-test.txt -o requirements-test.lock
	@$(COMPILE) requirements.txt -c requirements-test.lock -o requirements.lock
	@$(COMPILE) requirements-celery.txt -c requirements-test.lock -o requirements-celery.lock
	@$(COMPILE) requirements-parquet.txt -c requirements-test.lock -o requirements-parquet.lock
	@$(COMPILE) requirements-otel.txt -c requirements-test.lock -o requirements-otel.lock
	@$(COMPILE) requirements-sentry.txt -c requirements-test.lock -o requirements-sentry.lock
	@$(COMPILE) $(ARGS) requirements-tools.txt -o requirements-tools.lock
	@grep -c -- --hash= requirements*.lock

audit: $(TOOLS) ## known weaknesses of the pinned packages (wants the network), and a security linter
	@.venv-tools/bin/python -m supply.audit

sbom: $(TOOLS) ## the list of parts of the product, as CycloneDX, in var/sbom.json
	@mkdir -p var
	@.venv-tools/bin/python -m cyclonedx_py requirements requirements.lock \
	  --output-reproducible --output-format JSON --output-file var/sbom.json
	@echo "var/sbom.json: $$(grep -c '"purl"' var/sbom.json) parts"

check-api: $(EXTRAS) $(TOOLS) ## generated requests over the whole API with three keys, judged by its schema (minutes)
	@$(PY) -m schema_check $(ARGS)

bench: $(EXTRAS) ## measure what a request costs, beside three references
	@$(PY) -m bench $(ARGS)

clients: $(RUNTIME) $(CLIENTS) $(if $(shell command -v npm),$(CLIENTS_JS)) ## run the clients of docs/clients.md against each vendor (wants the network, Node.js)
	@$(PY) -m clients $(ARGS)

demo: $(RUNTIME) ## one failover story in the terminal, on simulated vendors
	@$(PY) manage.py llm_demo

clean: ## remove the environment and the caches; var/ (database, keys) stays
	rm -rf $(VENV) .venv-clients .venv-tools clients/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say what is installed, so that a second run skips straight to the product.
$(RUNTIME): requirements.lock
	@set -e; found=; \
	for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed, and $(or $(PYTHON),python3) is not it. Name one: make PYTHON=/path/to/python3.12 run" >&2; exit 1; \
	fi; \
	echo "Installing into $(VENV) with $$found (about a minute, once)..."; \
	$(PY) -m pip --version >/dev/null 2>&1 || "$$found" -m venv --clear $(VENV) || \
	  { echo "Python's venv module does not work here; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	$(call DOTS,$(PIP) -r requirements.lock)
	@touch $@

$(EXTRAS): requirements-test.lock $(RUNTIME)
	@echo "Installing the test tools (once)..."
	@$(call DOTS,$(PIP) -r requirements-test.lock)
	@touch $@

# Apart from the product: their versions are their own business, and none of them is needed to run it.
$(CLIENTS): clients/requirements.txt | $(RUNTIME)
	@echo "Installing the Python clients into .venv-clients (once)..."
	@$(PY) -m venv --clear .venv-clients
	@$(call DOTS,.venv-clients/bin/python $(INSTALL) -r $<)
	@touch $@

$(TOOLS): requirements-tools.lock | $(RUNTIME)
	@echo "Installing the tools of lock, audit, sbom and check-api into .venv-tools (once)..."
	@$(PY) -m venv --clear .venv-tools
	@$(call DOTS,.venv-tools/bin/python $(INSTALL) --require-hashes -r $<)
	@touch $@

$(CLIENTS_JS): clients/package-lock.json
	@echo "Installing the JavaScript clients into clients/node_modules (once)..."
	@npm ci --prefix clients --no-audit --no-fund --ignore-scripts --loglevel error
	@touch $@
