# Everything a newcomer needs: `make demo` and `make test`. The rest is for those who change the code.

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.set-up
ARGS ?=
# Dozens of processes start in one run of the tests; where compiled code may not be kept, each compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
# How many processes run the tests: two for each processor, which leaves it idle for one to six moments in a hundred. More
# only make each other impatient. No more than six, for the memory.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n > 2 ? 6 : 2 * n)))
# Unit tests wait for nothing.
CORES ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

PLACE_TROUBLE := $(shell scripts/check-place)
ifneq ($(PLACE_TROUBLE),)
$(error $(PLACE_TROUBLE))
endif

.DEFAULT_GOAL := help
.PHONY: help setup browser promtool demo test test-unit test-long test-stress chaos year replay leaks mutants gateways contact-sheet pictures \
	docs payloads fuzz trial-hosts load sbom api-lint audit release lint types migrate upgrade containers-test bench bench-quick bench-compare

help:
	@echo "make demo         run all of Umbral here, against the sandbox (options: ARGS=\"--no-browser …\")"
	@echo "make test         run all tests but the long ones (NO_BROWSER=1: without a browser; JOBS=0: one by one; ARGS=\"-k …\")"
	@echo "make test-unit    rules, rendering and translation alone: no network, no database, within a minute"
	@echo "make test-long    every case of what \`make test\` draws a tenth of, and those that take minutes; nightly and before a release"
	@echo "make test-stress  the tests in many random orders"
	@echo "make chaos        every fault at every step of every flow (SEED=n FLOW=name LIMIT=plays); docs/reliability.md"
	@echo "make year         a year of 40 customers, its promises held each hour (SEED=n SILENT=days without webhooks LOST=times the database is)"
	@echo "make replay       that year as one page with a slider, its path printed last (SEED=n)"
	@echo "make trial-hosts  over six machines (network namespaces: needs root), links cut, the database's copy promoted (ARGS=\"--only line\")"
	@echo "make leaks        1,000 marked copies are leaked in ten ways, and name their customers or not; docs/leaks.md"
	@echo "make gateways     play every gateway before its provider's stand-in; docs/gateways.md"
	@echo "make lives        500 random lives of customers, every act in any order, five promises held (SEED=n LIVES=n)"
	@echo "make shuffle      10 000 events doubled and in any order, then real gateways, the promises held (SEED=n EVENTS=n)"
	@echo "make mutants      places in the core are changed one by one, and the tests should see it (SEED=n SAMPLE=k)"
	@echo "make contact-sheet  every message of the chat, screen of the panel and page of the console, as pages and pictures in artifacts/sheets"
	@echo "make pictures     the documents' pictures of the demo, the console, and of a replay (ARGS=\"--replay FILE\")"
	@echo "make docs         the site of the documents, offline, into site/: every setting, command and route from the code"
	@echo "make payloads     read recorded payloads with the gateways (UMBRAL_PAYLOADS=DIR, with DIR/provider/*.json)"
	@echo "make fuzz         every parser by a fuzzer that follows coverage (SECONDS=n for all of them together; 3: it did not run)"
	@echo "make bench        what the work costs beside what it could, in the same run; docs/performance.md (ARGS=\"--only webhooks\")"
	@echo "make bench-quick  the same at the smallest sizes: that it works, nothing of times; make bench-compare BASE=commit"
	@echo "make load         the whole under load while processes are killed (CUSTOMERS=10000 MINUTES=10)"
	@echo "make sbom         what each image is made of, as CycloneDX, into dist/sbom (OUT=DIR)"
	@echo "make api-lint     the API's description by the recommended rules of spectral and redocly (needs npx); 3: it did not run"
	@echo "make audit        known weaknesses of what is pinned, by OSV's export of PyPI (DATABASE=all.zip); 3: it did not run"
	@echo "make release      both wheels, built twice and compared, and the bills, into dist/release; images have to be pinned"
	@echo "make lint types   style, import contracts, types"
	@echo "make migrate      bring the database in DATABASE_URL up to date"
	@echo "make upgrade      of containers: migrate, then replace one service after the other (see docs/deploying.md, Upgrading)"
	@echo "make containers-test  build the images and sell a subscription in them (needs Docker or Podman)"
	@echo "make setup        only install what the others need, into $(VENV)"

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml sandbox/pyproject.toml scripts/setup scripts/pip.lock scripts/find-python
	@scripts/setup $(VENV)
	@touch $@

browser: setup
	@test -n "$(NO_BROWSER)" || $(PYTHON) -m scripts.ensure_browser

promtool: setup
	@$(PYTHON) -m scripts.ensure_promtool

demo: setup
	@exec $(VENV)/bin/umbral demo $(ARGS)

test-unit: setup
	$(PYTHON) -m pytest tests/unit -n $(CORES) $(ARGS)

test: setup browser promtool
	$(PYTHON) -m pytest tests -n $(JOBS) -m "not long" $(ARGS)

test-long: setup browser
	UMBRAL_DRAW=$${UMBRAL_DRAW:-none} $(PYTHON) -m pytest tests -n $(JOBS) -m long $(ARGS)

test-stress: setup browser
	$(PYTHON) -m scripts.stress $(ARGS)

chaos: setup
	$(PYTHON) -m scripts.chaos $(if $(SEED),--seed $(SEED)) $(if $(FLOW),--flow $(FLOW)) $(if $(LIMIT),--limit $(LIMIT)) $(ARGS)

year: setup
	$(PYTHON) -m scripts.year $(if $(SEED),--seed $(SEED)) $(if $(SILENT),--silent $(SILENT)) $(if $(LOST),--lost $(LOST)) $(ARGS)

replay: setup
	@$(PYTHON) -m scripts.replay $(if $(SEED),--seed $(SEED)) $(ARGS)

trial-hosts: setup
	@$(PYTHON) -m scripts.hosts $(ARGS)

leaks: setup
	$(PYTHON) -m scripts.leaks $(if $(SEED),--seed $(SEED)) $(if $(COPIES),--copies $(COPIES)) $(ARGS)

gateways: setup
	$(PYTHON) -m scripts.gateways

lives: setup
	$(PYTHON) -m scripts.lives $(if $(SEED),--seed $(SEED)) $(if $(LIVES),--lives $(LIVES)) $(ARGS)

shuffle: setup
	$(PYTHON) -m scripts.shuffle $(if $(SEED),--seed $(SEED)) $(if $(EVENTS),--events $(EVENTS)) $(ARGS)

mutants: setup
	$(PYTHON) -m scripts.mutants $(if $(SEED),--seed $(SEED)) $(if $(SAMPLE),--sample $(SAMPLE)) $(ARGS)

contact-sheet: setup browser
	$(PYTHON) -m scripts.contact_sheet
	$(PYTHON) -m scripts.panel_sheet
	$(PYTHON) -m scripts.console_sheet

pictures: setup browser
	$(PYTHON) -m scripts.pictures $(ARGS)

docs: setup
	@$(PYTHON) -m scripts.site

payloads: setup
	@$(PYTHON) -m umbral.testing.payloads

fuzz: setup
	@$(PYTHON) -m scripts.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

bench: setup browser
	$(PYTHON) -m benchmarks $(ARGS)

bench-quick: setup browser
	$(PYTHON) -m benchmarks --quick $(ARGS)

bench-compare: setup
	$(PYTHON) -m benchmarks.comparing $(BASE) $(ARGS)

load: setup
	$(PYTHON) -m benchmarks.load $(if $(CUSTOMERS),--customers $(CUSTOMERS)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

sbom: setup
	@$(PYTHON) -m deploy.sbom $(or $(OUT),dist/sbom)

api-lint: setup
	@$(PYTHON) -m scripts.api_lint

audit: setup
	@$(PYTHON) -m scripts.audit $(if $(DATABASE),--database $(DATABASE)) $(ARGS)

release: setup
	@$(PYTHON) -m scripts.release $(or $(OUT),dist/release) $(ARGS)

lint: setup
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports --no-logo
	$(PYTHON) -m scripts.feature_imports

types: setup
	$(VENV)/bin/mypy

migrate: setup
	@exec $(VENV)/bin/umbral migrate

# Nothing is set up here: a server that runs containers needs no Python of its own.
upgrade:
	@scripts/upgrade

containers-test: setup
	@scripts/containers-test
