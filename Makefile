# Every target that needs .venv makes it, or brings it up to date, by itself.
# ARGS="..." is handed on to the program; PYTHON=... chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help demo test lint simulate bench catalogue hardware clean runtime development

PY := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  ARGS="..." is handed on:       make test ARGS="-k merge"'
	@echo '  PYTHON=... chooses a Python:   make test PYTHON=python3.11'

demo: runtime ## show the mesh at work on this machine
	@.venv/bin/pollmesh demo $(ARGS)

test: development ## run the tests, two at a time
	@$(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

lint: development ## check style, layout and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

simulate: runtime ## run a simulated mesh
	@$(PY) -m simulations mesh $(ARGS)

bench: runtime ## measure speed
	@$(PY) -m simulations bench $(ARGS)

catalogue: development ## bring the Persian catalogues in step with the sources
	@$(PY) -m tui.catalogue_making $(ARGS)

hardware: ## add smart-card readers (builds a C library: see README)
	@.ci/venv hardware

clean: ## remove .venv and everything else that was made here
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.coverage htmlcov snapshot_report.html
	@find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

runtime development:
	@.ci/venv $@
