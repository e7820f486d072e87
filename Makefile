# What a newcomer and a developer need. `make` alone lists it.
# Python 3.11, 3.12 or 3.13 is looked for; `make PYTHON=/path/to/python …` names another place.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help run test test-plain test-sqlite test-postgresql test-broad test-all test-interop check bench-deps clean

FITS := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c "$(FITS)" 2>/dev/null && echo $$name && break; done)

PIP := .venv/bin/python -m pip install -qq --disable-pip-version-check
PYTEST := .venv/bin/pytest -q -n logical --maxprocesses 8 --dist worksteal
# What needs more than Python and a database: whole processes, a browser, a proxy. In one process, for they are heavy.
HEAVY := .venv/bin/pytest -q -p tests.never_skipped -m 'kill or browser or scale or proxy'
# The suite starts many processes: without compiled modules each would compile them all.
export PYTHONDONTWRITEBYTECODE :=
MEMORY := DATABASE_URL=sqlite://:memory:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run ## everything on this machine: hub, workers and a demo ERP, with demo data
	@exec .venv/bin/python manage.py hub_run --demo

test: test-plain test-sqlite test-postgresql ## the suite: what needs no database, and the core on both databases

test-plain: .venv/dev ## the tests that need no database
	@echo "== The tests that need no database"
	@HUB_TEST_PART=plain $(MEMORY) $(PYTEST)

test-sqlite: .venv/dev ## the tests that need a database, on SQLite
	@echo "== The tests on SQLite"
	@HUB_TEST_PART=database $(MEMORY) $(PYTEST)

test-postgresql: .venv/dev ## the same on PostgreSQL: TEST_DATABASE_URL, or a server of its own
	@echo "== The tests on PostgreSQL"
	@HUB_TEST_PART=database bin/with-postgres --no-fsync $(PYTEST)

test-broad: .venv/dev ## on PostgreSQL, the dialects, the back office, every route, page and role, the whole demo
	@echo "== The broad tests on PostgreSQL"
	@HUB_TEST_PART=broad bin/with-postgres --no-fsync $(PYTEST)

test-all: test test-broad ## all there is: also with processes killed, a browser, a proxy, a million rows
	@bin/need chromium nginx
	@echo "== The broad tests on SQLite"
	@HUB_TEST_PART=broad $(MEMORY) $(PYTEST)
	@echo "== The heavy tests on SQLite"
	@$(MEMORY) $(HEAVY)
	@echo "== The heavy tests on PostgreSQL"
	@bin/with-postgres $(HEAVY)

test-interop: .venv/dev ## OData clients by others, fetched with npm, on a running hub
	@bin/need npm
	@npm ci --prefix tests/interop --no-audit --no-fund --loglevel error
	@bin/with-postgres --no-fsync .venv/bin/pytest -q -p tests.never_skipped -m interop tests/interop

check: .venv/dev ## style, types, arrows between packages, migrations, settings
	.venv/bin/ruff check --quiet --output-format concise
	.venv/bin/ruff format --quiet --check --output-format concise
	.venv/bin/mypy . bin/with-postgres
	PYTHONPATH=.:queue .venv/bin/lint-imports --no-logo
	$(MEMORY) .venv/bin/python manage.py makemigrations --check --dry-run
	$(MEMORY) .venv/bin/python manage.py check --fail-level WARNING
	$(MEMORY) HUB_HTTPS=true HUB_ALLOWED_HOSTS=hub.example .venv/bin/python manage.py check --deploy --fail-level WARNING

bench-deps: .venv/dev ## what `hub_bench` compares the engine with: Celery, procrastinate
	@$(PIP) -r requirements-bench.txt

clean: ## remove the virtual environment and all caches; data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run: requirements.txt
	@test -n "$(PYTHON)" && "$(PYTHON)" -c "$(FITS)" || \
		{ echo "Needs Python 3.11, 3.12 or 3.13 with ensurepip (Debian: python3-venv). Name one by make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "== Installing what the hub needs into .venv (a minute the first time)"
	@"$(PYTHON)" -m venv .venv
	@$(PIP) -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	@echo "== Installing what its tests and checks need (a minute the first time)"
	@$(PIP) -r requirements-dev.txt
	@touch $@
