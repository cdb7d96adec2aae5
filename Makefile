# The targets a person needs are listed by `make help`; each is a few lines, and
# nothing that CI does stands anywhere else.
SHELL := /bin/sh
STACK ?= local
GO ?= go

# Without what a debugger would want: of the clouds' SDKs that is a third of the
# time and memory that compiling takes (make bench). bin/spotgrid does the same.
GOFLAGS := $(shell $(GO) env GOFLAGS)
GOFLAGS := $(strip $(GOFLAGS) $(if $(findstring -gcflags,$(GOFLAGS)),,-gcflags=all=-dwarf=false))
export GOFLAGS

# Modules beside the root one: the project's own Pulumi provider, and the
# toolchain for machines without Pulumi.
MODULES := . components/provider tools

.DEFAULT_GOAL := help
.PHONY: help build programs tools demo up preview down policy policy-mutants parity test test-race test-cloud bench bench-peers fuzz lint ci clean \
	pipeline matrix preview-all pr-preview pr-preview-live pr-comment release deploy-plan deploy rollback drift drift-issues

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

tools: ## find a Pulumi that will do, or build one into bin/ (two to four minutes, once)
	@tools/ensure-pulumi

build: tools ## build the programs and the project's provider into bin/
	@tools/build-programs

# What runs on the machines of a stack is built for them.
programs: tools
	@tools/build-programs --stack $(STACK)

demo: build ## bring up the local grid, run a real batch, show the results; no account needed
	@bin/spotgrid demo --stack local

up: programs ## pulumi up of STACK (default: local)
	@bin/spotgrid up --stack $(STACK)

preview: programs ## pulumi preview of STACK (default: local); without a login it is made offline
	@bin/spotgrid preview --stack $(STACK)

down: ## pulumi destroy of STACK (default: local); of a local grid nothing is left
	@if [ -x bin/spotgrid ]; then bin/spotgrid down --stack $(STACK); else echo "nothing is up: bin/spotgrid was never built"; fi

# Prints what was skipped and why, which `go test` alone keeps to itself.
GOTESTSUM = $$($(GO) -C tools tool -n gotest.tools/gotestsum) --format pkgname

test: build ## run all tests that need no account and no network
	@set -e; sum="$(GOTESTSUM)"; for m in $(MODULES); do \
		echo "== tests of module $$m"; (cd $$m && $$sum -- $(TESTFLAGS) ./...); done

test-race: ## run the workloads' and components' tests under the race detector
	$(GO) test -race -short ./workloads/... ./components/... ./stacks/...

FUZZ_SECONDS ?= 3
fuzz: ## fuzz all that reads input from outside, each target for FUZZ_SECONDS (default: 3)
	@tools/fuzz $(FUZZ_SECONDS)

# What is real here without an account: moto answers for AWS, and the provider
# plugins, where they are installed, check and plan what Pulumi would create.
# Never from the test cache: it may remember that there was no moto.
CLOUD_TESTS = ./components/... ./stacks/... $(addprefix ./,$(sort $(dir $(shell grep -rl --include='*_test.go' 'mototest[.]Need' workloads))))

test-cloud: tools ## run the tests that need the AWS provider plugin or moto (from PyPI, into .venv)
	@tools/build-programs --stack aws-dev
	@tools/moto
	@sum="$(GOTESTSUM)"; $$sum -- -count=1 $(TESTFLAGS) $(CLOUD_TESTS) && \
		cd tools && $$sum -- -count=1 $(TESTFLAGS) -run SamplePullRequest ./pipeline

# A driver whose suite fails is shown as failing; that the page is whole is a test.
parity: tools ## write docs/parity.md: what each target can do, as its suites found
	@tools/moto
	@$(GO) test -json -count=1 $$($(GO) run ./components/parity --packages) > bin/parity.json; $(GO) run ./components/parity < bin/parity.json > docs/parity.md.new
	@mv docs/parity.md.new docs/parity.md

bench: ## measure the grid beside a bare queue, in one run; ratios, not seconds
	$(GO) test -run '^$$' -bench '^BenchmarkNoop' -benchtime 5x ./workloads/worker
	$(GO) test -run '^TestIdleMemory' -count 1 -v ./workloads/cmd/worker
	@cd tools && $(GO) run ./buildcost

bench-peers: ## measure the workloads beside scikit-learn, Numba and others (from PyPI, into .venv-peers); writes docs/benchmarks.md
	$(GO) run ./workloads/cmd/bench-peers --docs docs --date $$(date -u +%F)

# A table of what the tests said; all of it where one failed.
policy: build ## hold every stack in a cloud, and bad examples, against the rules (docs/policies.md)
	@$(GO) test -count=1 -v ./policies/... > bin/policy.log || { cat bin/policy.log; exit 1; }
	@$(GO) test -count=1 -v -run PassesThePolicyPack ./stacks >> bin/policy.log || { cat bin/policy.log; exit 1; }
	@sed -n -e 's/^.*POLICY //p' -e 's/^ *--- PASS: TestEveryStackInACloudPassesThePolicyPack\/\([^ ]*\).*/stack \1 passes/p' -e '/--- SKIP/p' -e 's/^ *[a-z_]*.go:[0-9]*: \(no official\|the provider\|bin.pulumi\)/  skipped: \1/p' bin/policy.log

policy-mutants: ## put a fault after the other into the rules and count which their tests find (half an hour)
	@$(GO) run ./policies/mutants

lint: ## gofmt, vet, staticcheck, tidy modules
	@tools/lint $(MODULES)

ci: ## what the pipeline runs
	@.ci/run

# The rest of what the workflows in .github run (docs/pipelines.md). Names come in
# by the environment and reach programs as arguments: no shell reads them.
pipeline:
	@$(GO) -C tools build -o ../bin/pipeline ./pipeline

# All that a preview of a stack in a cloud looks at; what it costs and breaks.
PREVIEWED = build pipeline
PREVIEW = tools/build-programs --platform linux/amd64 && tools/build-programs --platform linux/arm64 && bin/pipeline preview --cost --policies

matrix: pipeline
	@bin/pipeline matrix --base "$$BASE"

preview-all: $(PREVIEWED) ## preview every stack offline, with a table at the end
	@$(PREVIEW)

pr-preview: $(PREVIEWED) ## preview the stacks that changes since BASE touch, into bin/reports
	@rm -rf bin/reports && $(PREVIEW) --base "$$BASE" --pull "$${PULL:-0}" --report bin/reports

pr-preview-live: $(PREVIEWED) ## preview STACK beside what is deployed, into bin/reports; needs a login
	@rm -rf bin/reports && $(PREVIEW) --live --pull "$${PULL:-0}" --report bin/reports -- "$${STACK:?name a stack}"

pr-comment: pipeline
	@bin/pipeline comment --reports bin/reports

release: build pipeline ## put what was built into bin/release.tar and print its digest
	@tools/build-programs --platform linux/amd64 && tools/build-programs --platform linux/arm64
	@bin/pipeline release --file bin/release.tar

deploy-plan: tools pipeline ## show what the release DIGEST in bin/release.tar changes on STACK
	@bin/pipeline plan --digest "$$DIGEST" -- "$${STACK:?name a stack}"

deploy: tools pipeline ## bring STACK to the release DIGEST in bin/release.tar and try it; back if that fails
	@bin/pipeline deploy --digest "$$DIGEST" -- "$${STACK:?name a stack}"

rollback: build pipeline ## bring STACK back to the release DIGEST, or to the one before
	@bin/pipeline rollback --digest "$$DIGEST" -- "$${STACK:?name a stack}"

drift: build pipeline ## look whether STACK is as it was deployed, changing nothing
	@rm -rf bin/reports && bin/pipeline drift --report bin/reports -- "$${STACK:?name a stack}"

drift-issues: pipeline
	@bin/pipeline drift-issues --reports bin/reports

clean: ## delete what was built; state of stacks stays
	rm -rf bin
