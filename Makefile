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
# What a target does stands behind it: after ## what most people need, after # the rest.
TARGETS := ^([a-z][a-z-]*):.* (\#\#?) (.*)$$
.PHONY: $(shell sed -nE 's/$(TARGETS)/\1/p' Makefile)

help: # the targets that most people need
	@sed -nE 's/$(TARGETS)/\2 make \1~\3/p' Makefile | sed -n 's/^## //p' | awk -F'~' '{printf "%-16s %s\n", $$1, $$2}'
	@echo "make help-all    every target"

help-all: # every target
	@sed -nE 's/$(TARGETS)/make \1~\3/p' Makefile | sort | awk -F'~' '{printf "%-20s %s\n", $$1, $$2}'

setup: $(STAMP) ## only install what the others need, into .venv

$(STAMP): requirements.lock pyproject.toml sandbox/pyproject.toml scripts/setup scripts/pip.lock scripts/find-python
	@scripts/setup $(VENV)
	@touch $@

browser: setup # what the tests' browser needs
	@test -n "$(NO_BROWSER)" || $(PYTHON) -m scripts.ensure_browser

promtool: setup # what checks the rules of the alarms, where it can be had
	@$(PYTHON) -m scripts.ensure_promtool

demo: setup ## run all of Umbral here, against the sandbox (options: ARGS="--no-browser …")
	@exec $(VENV)/bin/umbral demo $(ARGS)

test-unit: setup ## rules, rendering and translation alone: no network, no database, within a minute
	$(PYTHON) -m pytest tests/unit -n $(CORES) $(ARGS)

test: setup browser promtool ## run all tests but the long ones (NO_BROWSER=1: without a browser; JOBS=0: one by one; ARGS="-k …")
	$(PYTHON) -m pytest tests -n $(JOBS) -m "not long" $(ARGS)

test-long: setup browser # every case of what `make test` draws a tenth of, and those that take minutes; nightly and before a release
	UMBRAL_DRAW=$${UMBRAL_DRAW:-none} $(PYTHON) -m pytest tests -n $(JOBS) -m long $(ARGS)

test-stress: setup browser # the tests in many random orders
	$(PYTHON) -m scripts.stress $(ARGS)

chaos: setup # every fault at every step of every flow (SEED=n FLOW=name LIMIT=plays); docs/reliability.md
	$(PYTHON) -m scripts.chaos $(if $(SEED),--seed $(SEED)) $(if $(FLOW),--flow $(FLOW)) $(if $(LIMIT),--limit $(LIMIT)) $(ARGS)

year: setup # a year of 40 customers, its promises held each hour (SEED=n SILENT=days without webhooks LOST=times the database is)
	$(PYTHON) -m scripts.year $(if $(SEED),--seed $(SEED)) $(if $(SILENT),--silent $(SILENT)) $(if $(LOST),--lost $(LOST)) $(ARGS)

replay: setup # that year as one page with a slider, its path printed last (SEED=n)
	@$(PYTHON) -m scripts.replay $(if $(SEED),--seed $(SEED)) $(ARGS)

trial-hosts: setup # over six machines (network namespaces: needs root), links cut, the database's copy promoted (ARGS="--only line")
	@$(PYTHON) -m scripts.hosts $(ARGS)

leaks: setup # 1,000 marked copies are leaked in ten ways, and name their customers or not; docs/leaks.md
	$(PYTHON) -m scripts.leaks $(if $(SEED),--seed $(SEED)) $(if $(COPIES),--copies $(COPIES)) $(ARGS)

gateways: setup # play every gateway before its provider's stand-in; docs/gateways.md
	$(PYTHON) -m scripts.gateways

without: setup # remove a feature's folders from a copy, sell in its demo, play all other tests (FEATURE=partners)
	@test -n "$(FEATURE)" || { echo "name a feature: make without FEATURE=partners"; exit 1; }
	$(PYTHON) -m scripts.without $(FEATURE) $(ARGS)

lives: setup # 500 random lives of customers, every act in any order, five promises held (SEED=n LIVES=n)
	$(PYTHON) -m scripts.lives $(if $(SEED),--seed $(SEED)) $(if $(LIVES),--lives $(LIVES)) $(ARGS)

shuffle: setup # 10 000 events doubled and in any order, then real gateways, the promises held (SEED=n EVENTS=n)
	$(PYTHON) -m scripts.shuffle $(if $(SEED),--seed $(SEED)) $(if $(EVENTS),--events $(EVENTS)) $(ARGS)

mutants: setup # places in the core are changed one by one, and the tests should see it (SEED=n SAMPLE=k)
	$(PYTHON) -m scripts.mutants $(if $(SEED),--seed $(SEED)) $(if $(SAMPLE),--sample $(SAMPLE)) $(ARGS)

contact-sheet: setup browser # every message of the chat, screen of the panel and page of the console, as pages and pictures in artifacts/sheets
	$(PYTHON) -m scripts.contact_sheet
	$(PYTHON) -m scripts.panel_sheet
	$(PYTHON) -m scripts.console_sheet

pictures: setup browser # the documents' pictures of the demo, the console, and of a replay (ARGS="--replay FILE")
	$(PYTHON) -m scripts.pictures $(ARGS)

docs: setup ## the site of the documents, offline, into site/: every setting, command and route from the code
	@$(PYTHON) -m scripts.site

payloads: setup # read recorded payloads with the gateways (UMBRAL_PAYLOADS=DIR, with DIR/provider/*.json)
	@$(PYTHON) -m umbral.testing.payloads

fuzz: setup # every parser by a fuzzer that follows coverage (SECONDS=n for all of them together; 3: it did not run)
	@$(PYTHON) -m scripts.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

bench: setup browser # what the work costs beside what it could, in the same run; docs/performance.md (ARGS="--only webhooks")
	$(PYTHON) -m benchmarks $(ARGS)

bench-quick: setup browser # the same at the smallest sizes: that it works, nothing of times
	$(PYTHON) -m benchmarks --quick $(ARGS)

bench-compare: setup # two commits in turn (BASE=commit)
	$(PYTHON) -m benchmarks.comparing $(BASE) $(ARGS)

load: setup # the whole under load while processes are killed (CUSTOMERS=10000 MINUTES=10)
	$(PYTHON) -m benchmarks.load $(if $(CUSTOMERS),--customers $(CUSTOMERS)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

sbom: setup # what each image is made of, as CycloneDX, into dist/sbom (OUT=DIR)
	@$(PYTHON) -m deploy.sbom $(or $(OUT),dist/sbom)

api-lint: setup # the API's description by the recommended rules of spectral and redocly (needs npx); 3: it did not run
	@$(PYTHON) -m scripts.api_lint

audit: setup # known weaknesses of what is pinned, by OSV's export of PyPI (DATABASE=all.zip); 3: it did not run
	@$(PYTHON) -m scripts.audit $(if $(DATABASE),--database $(DATABASE)) $(ARGS)

release: setup # both wheels, built twice and compared, and the bills, into dist/release; images have to be pinned
	@$(PYTHON) -m scripts.release $(or $(OUT),dist/release) $(ARGS)

lint: setup ## style and import contracts
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports --no-logo
	$(PYTHON) -m scripts.feature_imports

types: setup ## types, strictly
	$(VENV)/bin/mypy

live: setup ## the main flows at the real services' test modes, with keys of your own; docs/live.md (ARGS=--stand-ins: without any)
	@$(PYTHON) -m scripts.live $(ARGS)

migrate: setup ## bring the database in DATABASE_URL up to date
	@exec $(VENV)/bin/umbral migrate

# Nothing is set up here: a server that runs containers needs no Python of its own.
upgrade: ## of containers: migrate, then replace one service after the other (see docs/upgrading.md)
	@scripts/upgrade

containers-test: setup # build the images and sell a subscription in them (needs Docker or Podman)
	@scripts/containers-test
