# Start with `make demo` and `make test`. The other targets are for contributors.

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.set-up
ARGS ?=
# A test run starts dozens of processes. Without a byte-code cache each of them would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
# Test processes: two per processor leaves the machine idle for 1 to 6 % of the time; more only cause timeouts.
# The maximum of six limits the memory used.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n > 2 ? 6 : 2 * n)))
# Unit tests do no I/O, so one process per processor is enough.
CORES ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

PLACE_TROUBLE := $(shell scripts/check-place)
ifneq ($(PLACE_TROUBLE),)
$(error $(PLACE_TROUBLE))
endif

.DEFAULT_GOAL := help
# Each target carries its help text: after `##` for `make help`, after `#` for `make help-all` only.
TARGETS := ^([a-z][a-z-]*):.* (\#\#?) (.*)$$
.PHONY: $(shell sed -nE 's/$(TARGETS)/\1/p' Makefile)

help: # list the most used targets
	@sed -nE 's/$(TARGETS)/\2 make \1~\3/p' Makefile | sed -n 's/^## //p' | awk -F'~' '{printf "%-16s %s\n", $$1, $$2}'
	@echo "make help-all    every target"

help-all: # list every target
	@sed -nE 's/$(TARGETS)/make \1~\3/p' Makefile | sort | awk -F'~' '{printf "%-20s %s\n", $$1, $$2}'

setup: $(STAMP) ## install the dependencies into .venv

$(STAMP): requirements.lock pyproject.toml sandbox/pyproject.toml scripts/setup scripts/pip.lock scripts/find-python
	@scripts/setup $(VENV)
	@touch $@

browser: setup # install the browser that the tests use
	@test -n "$(NO_BROWSER)" || $(PYTHON) -m scripts.ensure_browser

promtool: setup # install promtool, which checks the alert rules, where it is available
	@$(PYTHON) -m scripts.ensure_promtool

demo: setup ## run all of Umbral on this machine against the sandbox (options: ARGS="--no-browser …")
	@exec $(VENV)/bin/umbral demo $(ARGS)

test-unit: setup ## run the unit tests: no network, no database, under a minute
	$(PYTHON) -m pytest tests/unit -n $(CORES) $(ARGS)

test: setup browser promtool ## run all tests except the long ones (NO_BROWSER=1: without a browser; JOBS=0: one process; ARGS="-k …")
	$(PYTHON) -m pytest tests -n $(JOBS) -m "not long" $(ARGS)

test-long: setup browser # run every case of the sampled tests and the tests that take minutes; nightly and before a release
	UMBRAL_DRAW=$${UMBRAL_DRAW:-none} $(PYTHON) -m pytest tests -n $(JOBS) -m long $(ARGS)

test-stress: setup browser # run the tests in many random orders
	$(PYTHON) -m scripts.stress $(ARGS)

chaos: setup # inject every fault at every step of every flow (SEED=n FLOW=name LIMIT=plays); docs/reliability.md
	$(PYTHON) -m scripts.chaos $(if $(SEED),--seed $(SEED)) $(if $(FLOW),--flow $(FLOW)) $(if $(LIMIT),--limit $(LIMIT)) $(ARGS)

year: setup # simulate a year of 40 customers with hourly checks (SEED=n SILENT=days without webhooks LOST=database losses)
	$(PYTHON) -m scripts.year $(if $(SEED),--seed $(SEED)) $(if $(SILENT),--silent $(SILENT)) $(if $(LOST),--lost $(LOST)) $(ARGS)

replay: setup # render the simulated year as one page with a slider and print its path (SEED=n)
	@$(PYTHON) -m scripts.replay $(if $(SEED),--seed $(SEED)) $(ARGS)

trial-hosts: setup # test six hosts (network namespaces: needs root) with cut links and a promoted standby (ARGS="--only line")
	@$(PYTHON) -m scripts.hosts $(ARGS)

leaks: setup # leak 1,000 marked copies in ten ways and count how many are traced; docs/leaks.md
	$(PYTHON) -m scripts.leaks $(if $(SEED),--seed $(SEED)) $(if $(COPIES),--copies $(COPIES)) $(ARGS)

gateways: setup # run every gateway against its provider's stand-in; docs/gateways.md
	$(PYTHON) -m scripts.gateways

without: setup # remove a feature's folders from a copy, sell in its demo, run all other tests (FEATURE=partners)
	@test -n "$(FEATURE)" || { echo "name a feature: make without FEATURE=partners"; exit 1; }
	$(PYTHON) -m scripts.without $(FEATURE) $(ARGS)

without-each: setup # the same for each feature in turn, in one copy; nightly (ARGS="--part 1/4 tests/unit")
	$(PYTHON) -m scripts.without --each $(ARGS)

without-today: setup # the same for the feature whose turn it is today, with the unit tests; for every change
	$(PYTHON) -m scripts.without --today tests/unit $(ARGS)

lives: setup # run 500 random customer life cycles with every action in any order and check five invariants (SEED=n LIVES=n)
	$(PYTHON) -m scripts.lives $(if $(SEED),--seed $(SEED)) $(if $(LIVES),--lives $(LIVES)) $(ARGS)

histories: setup # check the timeline's laws in every history of up to DEPTH events (DEPTH=n; 4 takes seconds, 6 half an hour)
	$(PYTHON) -m scripts.histories $(if $(DEPTH),--depth $(DEPTH)) $(ARGS)

shuffle: setup # send 10 000 events doubled and in random order, then use real gateways, and check the invariants (SEED=n EVENTS=n)
	$(PYTHON) -m scripts.shuffle $(if $(SEED),--seed $(SEED)) $(if $(EVENTS),--events $(EVENTS)) $(ARGS)

mutants: setup # run mutation tests on a sample of the core (SEED=n SAMPLE=k)
	$(PYTHON) -m scripts.mutants $(if $(SEED),--seed $(SEED)) $(if $(SAMPLE),--sample $(SAMPLE)) $(ARGS)

contact-sheet: setup browser # render every chat message, panel screen and console page as pages and pictures in artifacts/sheets
	$(PYTHON) -m scripts.contact_sheet
	$(PYTHON) -m scripts.panel_sheet
	$(PYTHON) -m scripts.console_sheet

moments: setup browser # take 26 pictures at a phone's width into artifacts/moments: 01-welcome to 26-record-dark
	$(PYTHON) -m scripts.moments $(ARGS)

pictures: setup browser # make the pictures of the demo, the console and a replay for the documents (ARGS="--replay FILE")
	$(PYTHON) -m scripts.pictures $(ARGS)

docs: setup ## build the offline documentation site in site/, with every setting, command and route from the code
	@$(PYTHON) -m scripts.site

payloads: setup # parse recorded payloads with the gateways (UMBRAL_PAYLOADS=DIR, with DIR/provider/*.json)
	@$(PYTHON) -m umbral.testing.payloads

fuzz: setup # run a coverage-guided fuzzer on every parser (SECONDS=n in total; exit status 3: not run)
	@$(PYTHON) -m scripts.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

bench: setup browser # measure costs and compare them with a baseline of the same run; docs/performance.md (ARGS="--only webhooks")
	$(PYTHON) -m benchmarks $(ARGS)

bench-quick: setup browser # run the benchmarks at their smallest sizes: checks that they work, not how fast
	$(PYTHON) -m benchmarks --quick $(ARGS)

bench-compare: setup # compare two commits in alternating runs (BASE=commit)
	$(PYTHON) -m benchmarks.comparing $(BASE) $(ARGS)

load: setup # load the whole system while processes are killed (CUSTOMERS=10000 MINUTES=10)
	$(PYTHON) -m benchmarks.load $(if $(CUSTOMERS),--customers $(CUSTOMERS)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

sbom: setup # write a CycloneDX bill of materials of each image into dist/sbom (OUT=DIR)
	@$(PYTHON) -m deploy.sbom $(or $(OUT),dist/sbom)

api-lint: setup # lint the API's OpenAPI description with spectral and redocly (needs npx; exit status 3: not run)
	@$(PYTHON) -m scripts.api_lint

audit: setup # check the pinned packages for known vulnerabilities in OSV's PyPI export (DATABASE=all.zip; exit status 3: not run)
	@$(PYTHON) -m scripts.audit $(if $(DATABASE),--database $(DATABASE)) $(ARGS)

release: setup # build both wheels twice, compare them, and write the bills of materials into dist/release; images must be pinned
	@$(PYTHON) -m scripts.release $(or $(OUT),dist/release) $(ARGS)

lint: setup ## check style and import contracts
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports --no-logo
	$(PYTHON) -m scripts.feature_imports
	$(PYTHON) -m scripts.feature_names

types: setup ## check types in strict mode
	$(VENV)/bin/mypy

live: setup ## run the main flows in the real services' test modes with your own keys; docs/live.md (ARGS=--stand-ins: without keys)
	@$(PYTHON) -m scripts.live $(ARGS)

migrate: setup ## migrate the database in DATABASE_URL
	@exec $(VENV)/bin/umbral migrate

# Does not depend on `setup`: a server that runs containers needs no Python.
upgrade: ## upgrade containers: migrate, then replace one service after the other (see docs/upgrading.md)
	@scripts/upgrade

containers-test: setup # build the images and sell a subscription in them (needs Docker or Podman)
	@scripts/containers-test
