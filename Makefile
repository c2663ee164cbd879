# Every target makes and reuses the environment in .venv; it is installed anew only when a pin file or pyproject.toml changed.
# Variables count only when given on the command line: some systems set NAME or LANG in the environment themselves.
SHELL := /bin/bash
.DEFAULT_GOAL := help

given = $(if $(filter command line,$(origin $(1))),$($(1)))
# A value as one word of the shell, whatever it holds.
quote = '$(subst ','\'',$(1))'
option = $(if $(call given,$(1)),--$(2) $(call quote,$(call given,$(1))))

VENV := .venv
setup_vars = PYTHON=$(call quote,$(call given,PYTHON)) DEVICE=$(call quote,$(call given,DEVICE)) TORCH_INDEX=$(call quote,$(call given,TORCH_INDEX)) VENV=$(VENV)
eval_options = $(call option,MODEL,model) $(call option,BASELINE,baseline) $(call option,SUITES,suites) $(call option,SIZE,size) \
	$(call option,LIMIT,limit) $(call option,ITEM_LANG,lang) $(call option,OUT,out) $(call option,NAME,name) \
	$(call option,SAMPLES,samples) $(call option,SEED,seed) $(call option,DEVICE,device) $(call option,ISOLATION,isolation) \
	$(call option,CONDITION,condition) $(call option,ENGINE,engine) $(foreach url,$(call given,URL),--url $(call quote,$(url))) \
	$(call option,SELF_CHECKS,self-checks) $(if $(filter-out 0,$(call given,DRY_RUN)),--dry-run) \
	$(if $(call given,ACCEPT_WEAK_ISOLATION),--accept-weak-isolation)
HARNESS_DATA_OPTION = $(if $(call given,HARNESS_DATA),HARNESS_DATA=$(call quote,$(call given,HARNESS_DATA)))

.PHONY: help setup setup-system eval demo nightly sft suite-check report review review-report test test-plain test-engine test-fast test-faults test-all lint bench pins clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'Variables of eval: MODEL BASELINE SUITES SIZE=quick|full LIMIT ITEM_LANG=zh|en OUT NAME SAMPLES SEED CONDITION ENGINE URL SELF_CHECKS=auto|off|full DRY_RUN=1; of report: RUNS OUT LANGUAGE=zh|en; of review: RUNS RATERS PER_ITEM ITEMS LANGUAGE=zh|en LAYOUT=pairwise|single; of nightly: CONFIG NIGHT; of sft: DATA BASE OUT PRESET METHOD RANK STEPS EPOCHS SUITES SEED, or CONFIG OUT; of set-up: PYTHON DEVICE=cpu|cuda TORCH_INDEX'

setup: ## make .venv and install everything, without root
	@$(setup_vars) requirements/setup.sh

setup-system: ## install system packages that help (needs root): bubblewrap, libnuma, fonts, Chromium, LibreOffice
	apt-get update
	apt-get install -y --no-install-recommends bubblewrap libnuma1 fonts-noto-cjk chromium libreoffice-calc

eval: setup ## score MODEL (one, several or a pattern) on SUITES, against BASELINE; the bundled model by default
	@$(VENV)/bin/harness eval $(eval_options)

demo: setup ## the whole way once, small, in the folder OUT: train, evaluate, compare, report, workbooks; up to 20 minutes
	@examples/demo.sh $(call quote,$(or $(call given,OUT),demo))

nightly: setup ## do the night that CONFIG (a nightly.yaml) describes; see docs/nightly.md
	@$(VENV)/bin/harness nightly $(call quote,$(or $(call given,CONFIG),nightly.yaml)) $(call option,NIGHT,night)

sft: setup ## train a checkpoint: DATA=my.jsonl BASE=model OUT=folder; CONFIG=train.yaml says everything in a file
	@$(VENV)/bin/sft-train $(if $(call given,CONFIG),run $(call quote,$(call given,CONFIG)) $(call option,OUT,out),train $(call option,DATA,data) $(call option,BASE,base) $(call option,OUT,out) $(call option,PRESET,preset) $(call option,METHOD,method) $(call option,RANK,rank) $(call option,STEPS,steps) $(call option,EPOCHS,epochs) \
		$(call option,SUITES,suites) $(call option,SEED,seed))

suite-check: setup ## run the example responses of every suite through its scorer
	@$(VENV)/bin/harness suite check

report: setup ## a page, Markdown and tables of RUNS ("runs/base runs/tuned") in the folder OUT
	@$(VENV)/bin/harness report $(foreach run,$(call given,RUNS),$(call quote,$(run))) $(call option,OUT,out) $(call option,LANGUAGE,language)

review: setup ## workbooks for a blind review of RUNS ("runs/base runs/tuned") by RATERS people
	@$(VENV)/bin/harness review export $(foreach run,$(call given,RUNS),$(call quote,$(run))) $(call option,RATERS,raters) \
		$(call option,PER_ITEM,per-item) $(call option,ITEMS,items) $(call option,LANGUAGE,language) $(call option,LAYOUT,layout)

review-report: setup ## the verdict by people on BATCH, and its dashboard
	@$(VENV)/bin/harness review verdict $(call quote,$(call given,BATCH))
	@$(VENV)/bin/harness review dashboard $(call quote,$(call given,BATCH))

test: test-plain test-engine ## fast, slow and engine tests (under 20 minutes)

test-plain: setup ## tests without an engine, the slow ones too
	$(HARNESS_DATA_OPTION) $(VENV)/bin/python -m pytest -n auto --dist loadfile -m 'not heavy and not engine'

test-engine: setup ## tests with real engines, one after the other: each takes all cores
	$(HARNESS_DATA_OPTION) $(VENV)/bin/python -m pytest -m 'engine and not heavy'

test-fast: setup ## tests without an engine (about a minute)
	$(HARNESS_DATA_OPTION) $(VENV)/bin/python -m pytest -n auto --dist loadfile -m 'not heavy and not engine and not slow'

test-faults: setup ## runs that are broken on purpose: killed, stopped, without room, damaged, fuzzed (under 15 minutes)
	$(HARNESS_DATA_OPTION) $(VENV)/bin/python -m pytest -m faults

test-all: setup ## the heavy tests that `make test` leaves out
	$(HARNESS_DATA_OPTION) $(VENV)/bin/python -m pytest -m heavy

lint: setup ## ruff and mypy --strict
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: setup ## side by side: a whole run against a raw vLLM script, sandbox, IFEval checker and training against the field, contamination timed
	$(VENV)/bin/python bench/against_raw.py
	$(VENV)/bin/python bench/overlap.py
	$(VENV)/bin/python bench/contamination.py
	$(HARNESS_DATA_OPTION) $(VENV)/bin/python bench/sandbox.py
	$(HARNESS_DATA_OPTION) $(VENV)/bin/python bench/ifeval_speed.py
	$(VENV)/bin/python bench/nightly_calibration.py
	$(VENV)/bin/python bench/sft_against_trl.py
	$(VENV)/bin/python bench/sft_padding.py

pins: setup ## remake the pin files from requirements/*.in
	UV=$(CURDIR)/$(VENV)/bin/uv requirements/lock.sh

clean: ## remove the environment and caches of tools, not runs
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build *.egg-info
