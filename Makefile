# Every target makes .venv by itself; a newer Python than the default one is taken with `make demo PYTHON=python3.12`.
PYTHON ?= python3
BIN := .venv/bin
CODE := authoring database flow handlers media simulator trials utils web

.PHONY: help demo run test test-quick check load format chaos trials bench

help:
	@echo "make demo    chat with the bot in the browser, on this machine alone (needs no token)"
	@echo "make run     run the bot for real (needs BOT_TOKEN, see README.md)"
	@echo "make test    all tests; make test-quick: those that take no time, under two minutes"
	@echo "make check   lint, format, types, programmes, known holes of the packages"
	@echo "make load    500 simulated people for a minute"
	@echo "make chaos   500 simulated people while the bot is killed 200 times (ten minutes)"
	@echo "make trials  the database stopped for a minute, 20 double signals, 100,000 newcomers and the like, at full size (20 minutes)"
	@echo "make bench   steps a second and CPU per step beside other bots (an hour; ARGS=--quick: minutes; needs Node.js)"

demo: .venv/installed
	@$(BIN)/python bot.py demo

run: .venv/compiled
	@$(BIN)/python bot.py

load: .venv/compiled
	@$(BIN)/python bot.py load --people 500 --minutes 1

chaos: .venv/installed
	@$(BIN)/python bot.py chaos --people 500 --steps 40 --kills 200

trials: .venv/installed-dev
	@$(BIN)/python -m pytest tests/trials --full -s

bench: .venv/installed-dev
	@$(BIN)/python bench/run.py $(ARGS)

test: .venv/installed-dev
	$(BIN)/python -m pytest

test-quick: .venv/installed-dev
	$(BIN)/python -m pytest -m "not slow"

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python bot.py check
	$(BIN)/pip-audit --requirement requirements.txt --no-deps --disable-pip --progress-spinner off

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (make demo PYTHON=python3.12)")'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# Bytecode, so that a start need not compile where Python may not write it (PYTHONDONTWRITEBYTECODE, a folder that is read-only).
.venv/compiled: .venv/installed bot.py $(shell find $(CODE) -name "*.py")
	@$(BIN)/python -m compileall -q bot.py $(CODE)
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
