# One word per task; `make` alone lists them. Variables: ARGS MODE DEMO s n m id to from at.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/.ready
ENGINE := .venv/.engine
CODE := $(wildcard shared services gateway deploy tools tests demo bench conftest.py)
LOCAL := $(PY) -m deploy.local.main
TESTS ?=
WORKERS ?= 2
export PYTHONUNBUFFERED := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Mailuo needs Python 3.11 or newer; say which: make PYTHON=python3.12 setup"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv \
	  || { echo "No virtual environment could be made: install the venv module of $(PYTHON)"; exit 1; }
	@echo "Installing the locked libraries (once) …"
	@$(PY) -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	@touch $@

# Whoever presses "plan" first should not wait for the compiler, nor several tests at once.
$(ENGINE): $(READY) $(wildcard services/production/mrp/engine/*.py)
	@echo "Compiling the planning engine (once, a minute) …"
	@$(PY) -m services.production.mrp.engine.ahead
	@touch $@

setup: $(READY) ## virtual environment from requirements.lock, git hooks
	@if [ -d .git ]; then .venv/bin/pre-commit install >/dev/null && echo "Hooks installed."; fi

run: $(ENGINE) ## PostgreSQL, NATS and all services; ARGS=--once plays the story and ends; MODE=multi; DEMO=0
	@MODE="$(MODE)" DEMO="$(DEMO)" $(LOCAL) run $(ARGS)

stop: $(READY) ## end the running stack, or what a killed one left behind
	@$(LOCAL) stop

status: $(READY) ## say whether the stack runs, and where
	@$(LOCAL) status

reset: $(READY) ## delete the state of the stopped stack
	@$(LOCAL) reset

story: $(READY) ## play the story again on the running stack
	@$(LOCAL) story

dev: $(ENGINE) ## all services as processes; s=inventory starts again when its code changes
	@MODE=multi DEMO="$(DEMO)" $(LOCAL) run --reload "$(s)"

fmt: $(READY) ## format and fix what can be fixed
	@.venv/bin/ruff format $(CODE)
	@.venv/bin/ruff check --fix $(CODE)

check: $(READY) ## ruff, tidy, import contracts, mypy, pyright: everything that needs no database
	.venv/bin/ruff format --check $(CODE)
	.venv/bin/ruff check $(CODE)
	$(PY) -m tools.tidy
	$(PY) -m tools.requirements --check
	.venv/bin/lint-imports --no-cache
	$(PY) -m mypy $(CODE)
	.venv/bin/pyright
	$(PY) -m tools.manifests

manifests: $(READY) ## write deploy/k8s anew from its data, render both overlays and check them
	$(PY) -m tools.k8s
	$(PY) -m tools.manifests

test: $(ENGINE) ## all tests, on real PostgreSQL and NATS; TESTS=path WORKERS=2
	$(PY) -m pytest -n $(WORKERS) $(TESTS)

faults: $(READY) ## the crash tests alone, with more kills among more events
	FAULTS=$(or $(FAULTS),full) $(PY) -m pytest tests/faults $(TESTS)

bench: $(ENGINE) ## the performance table
	$(PY) -m bench $(ARGS)

contracts: $(READY) ## export event schemas, OpenAPI and AsyncAPI to docs/contracts
	$(PY) -m tools.contracts $(ARGS)

migrate: $(READY) ## a new migration: s=inventory m="add counts"
	@test -n "$(s)" -a -n "$(m)" || { echo 'Say which: make migrate s=inventory m="add counts"'; exit 1; }
	$(PY) -m shared.migrate revise "$(s)" "$(m)"

reconcile: $(READY) ## outbox against stream against inboxes; ARGS=--repair
	@$(PY) -m deploy.local.reconcile $(ARGS)

backup: $(READY) ## base backup and keys of the running stack: to=FOLDER
	@test -n "$(to)" || { echo 'Say where: make backup to=/mnt/backup/today'; exit 1; }
	@$(PY) -m deploy.local.backup backup "$(to)"

follow: $(READY) ## stream the WAL beside a backup until Ctrl-C: to=FOLDER
	@test -n "$(to)" || { echo 'Say where: make follow to=/mnt/backup/today'; exit 1; }
	@$(PY) -m deploy.local.backup follow "$(to)"

restore: $(READY) ## a new MAILUO_HOME out of a backup: from=FOLDER at="2026-11-23 10:15:00+00"
	@test -n "$(from)" || { echo 'Say what: make restore from=/mnt/backup/today'; exit 1; }
	@MAILUO_HOME="$(MAILUO_HOME)" $(PY) -m deploy.local.backup restore "$(from)" $(if $(at),--at "$(at)")

slice: $(READY) ## scaffold a slice: s=inventory n=counts
	@test -n "$(s)" -a -n "$(n)" || { echo 'Say which: make slice s=inventory n=counts'; exit 1; }
	$(PY) -m tools.slice "$(s)" "$(n)"

trace: $(READY) ## print one saga or document with its calls and events: id=…
	@test -n "$(id)" || { echo 'Say which: make trace id=…'; exit 1; }
	@$(PY) -m tools.trace "$(id)"

.PHONY: help setup run stop status reset story dev fmt check manifests test faults bench contracts migrate reconcile backup follow restore slice trace
