# The one way in: people and CI run the same commands. `make help` lists them.
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh
GO ?= go
NODE_TEST := node --test --test-reporter=spec --test-timeout=600000
FUZZTIME ?= 60s
ROUNDS ?= 20
ADDR ?= 127.0.0.1:8080
HASHTAG ?= SMWWhoLeads

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## serve an event for HASHTAG on ADDR, with every role in one process
	$(GO) run ./cmd/openfloor serve --addr $(ADDR) --hashtag $(HASHTAG)

.PHONY: demo
demo: ## a panel that moves by itself, on ADDR
	$(GO) run ./cmd/openfloor demo --addr $(ADDR)

.PHONY: build
build: ## build ./openfloor
	CGO_ENABLED=0 $(GO) build -trimpath -o openfloor ./cmd/openfloor

.PHONY: test
test: tools lint race js e2e ## everything that CI runs; installs what it lacks where it may

.PHONY: tools
tools:
	@sh web/e2e/setup.sh

.PHONY: lint
lint: ## gofmt and go vet; golangci-lint too where it is installed
	@unformatted=$$(gofmt -l cmd ingest moderation display web); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run ./...; fi

.PHONY: vet
vet: ## go vet alone
	$(GO) vet ./...

.PHONY: race
race: ## Go tests with the race detector
	$(GO) test -race -timeout 10m ./...

.PHONY: crash
crash: ## kill -9 in the middle of bursts, ROUNDS times, and 1,000 races of moderators; prints what was lost
	$(GO) test -count=1 -v -run '^(TestKillDuringBurst|TestAcknowledgedIsStored|TestRolesKilledInTurn|TestIngestKilledInBurst|TestDesksRace)$$' \
		./cmd/openfloor -crash.rounds=$(ROUNDS) -desks.rounds=1000

.PHONY: js
js: node-modules ## types and tests of the pages' scripts
	cd web && npm run --silent typecheck
	cd web && npm run --silent test:js

.PHONY: e2e
e2e: node-modules build e2e-helpers ## the whole program in a real browser
	OPENFLOOR_BIN=$(CURDIR)/openfloor $(NODE_TEST) --test-concurrency=2 web/e2e/*.test.mjs

.PHONY: golden
golden: node-modules build e2e-helpers ## write every golden file anew
	$(GO) test $$(grep -rl 'flag.Bool("update"' --include='*_test.go' cmd ingest moderation display web/*.go web/auth web/ui | xargs -n1 dirname | sort -u | sed 's,^,./,') -update
	UPDATE_GOLDEN=1 OPENFLOOR_BIN=$(CURDIR)/openfloor $(NODE_TEST) web/e2e/a11y.test.mjs

.PHONY: fuzz
fuzz: ## every fuzz target for a minute each; FUZZTIME=5s is a quick look
	@grep -rn '^func Fuzz' --include='*_test.go' cmd ingest moderation display web/*.go web/auth web/ui | \
	sed -E 's,^([^:]*)/[^/:]*:[0-9]+:func (Fuzz[A-Za-z0-9]+).*,\1 \2,' | while read -r dir name; do \
		echo "== $$dir $$name"; $(GO) test "./$$dir" -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) || exit 1; done

.PHONY: quality
quality: ## what is suggested by machine, on labelled texts; fails below docs/quality.md
	$(GO) test -count=1 -v -run '^TestQuality' ./moderation/...

.PHONY: bench
bench: node-modules build e2e-helpers ## benchmarks; post to tablet, approve to screen, and a flooded desk in a real browser
	$(GO) test -run '^$$' -bench . -benchtime 1s ./...
	$(GO) test -count=1 -v -run '^TestPostToTablet$$' ./cmd/openfloor/app -tablet.rounds=100
	OPENFLOOR_BIN=$(CURDIR)/openfloor node web/e2e/bench.mjs
	OPENFLOOR_BIN=$(CURDIR)/openfloor node web/e2e/bench_desk.mjs

.PHONY: bench-intake
bench-intake: ## 2,000 posts a second for a minute, from networks to the record: lost, doubled, behind, memory
	$(GO) test -count=1 -v -timeout 10m -run '^TestIntakeRate$$' ./cmd/openfloor/app -intake.rate=2000 -intake.for=60s

.PHONY: screenshots
screenshots: node-modules build e2e-helpers ## every page at the sizes it was designed for, into web/e2e/out
	OPENFLOOR_BIN=$(CURDIR)/openfloor node web/e2e/screenshots.mjs

.PHONY: conformance
conformance: ## each connector through a script of 10,000 posts and every misbehaviour
	$(GO) test $$(grep -rl 'sourcetest\.' --include='conformance_test.go' ingest | xargs -n1 dirname | sort -u | sed 's,^,./,') -run Conformance -v -timeout 30m -sourcetest.posts=10000

.PHONY: cover
cover: ## Go test coverage, by function and in all
	$(GO) test -coverprofile=cover.prof -coverpkg=./... ./...
	$(GO) tool cover -func=cover.prof | tail -n 40

.PHONY: node-modules
node-modules: web/node_modules/.package-lock.json

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --no-update-notifier
	@touch $@

.PHONY: e2e-helpers
e2e-helpers:
	$(GO) build -o web/e2e/out/ ./web/e2e/fakemastodon ./web/e2e/fakex
