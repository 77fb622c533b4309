# What one does with Broadsheet. Every target sets up what it needs first; a second time that takes no time.
# No path is a target here, because make cannot name one with a space in it.

.PHONY: run test setup setup-dev soak check fix docs catalogues migrations lock

run: setup  ## serve the demo publication (BROADSHEET_PORT, default 8000; BROADSHEET_HOME)
	@.venv/bin/python -m broadsheet demo

test: setup-dev  ## everything: style, types, directions, tests on SQLite and PostgreSQL, journeys in Chromium
	@.venv/bin/python -m tools.test

setup:  ## the virtual environment that running needs
	@sh tools/setup.sh base

setup-dev:  ## and what building and testing need besides
	@sh tools/setup.sh dev

soak: setup-dev  ## the long machines: property tests with many examples, stateful runs, crashes
	@.venv/bin/python -m tools.test soak

check: setup-dev  ## what needs no test run: style, types, directions, migrations
	@.venv/bin/python -m tools.test check

fix: setup-dev  ## let ruff put right what it can
	@.venv/bin/ruff check --fix src tests tools benchmarks
	@.venv/bin/ruff format src tests tools benchmarks

docs: setup-dev  ## rewrite the pages of docs/ that are made from the code
	@.venv/bin/python -m tools.docs

catalogues: setup-dev  ## bring the translations' catalogues up to date with the source
	@.venv/bin/python -m tools.catalogues

migrations: setup-dev  ## write a module's next migration: make migrations MODULE=discussion NAME=close_threads
	@.venv/bin/python -m django makemigrations --settings=tests.settings --name "$(NAME)" "$(MODULE)"

lock: setup-dev  ## resolve requirements/*.in anew, for every Python from 3.11 and without naming an index
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links requirements/base.in -o requirements/base.txt
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links -c requirements/base.txt requirements/dev.in -o requirements/dev.txt
