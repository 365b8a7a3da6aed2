# Every target makes the environment it needs; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(BIN)/uv

.DEFAULT_GOAL := help

.PHONY: help
help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ndsc needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Preparing the environment in $(VENV) ..."
	@test -x $(UV) || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r bootstrap.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install -q --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install -q --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q platform operator
	@touch $@

.PHONY: setup
setup: $(READY)  ## Make the environment, from the hash-pinned lock

.PHONY: demo
demo: $(READY)  ## Start eight forces, load data, and run four searches
	@$(BIN)/ndsc demo

.PHONY: lint
lint: $(READY)  ## Style, layers and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

.PHONY: test
test: lint  ## Lint, types, unit, property and integration tests
	$(BIN)/pytest -n 2 --dist worksteal

.PHONY: docs
docs: $(READY)  ## Make the reference pages from the code
	@$(BIN)/python -m ndsc.cli.reference

.PHONY: crds
crds: $(READY)  ## Make the custom resource definitions from the models
	@$(BIN)/python -m ndsc_operator.definitions

.PHONY: cluster cluster-check cluster-down cluster-shell cluster-status
CLUSTER := PYTHONPATH=infra/local $(BIN)/python -m ndsc_cluster
cluster: $(READY)  ## Bring up a one-node Kubernetes on this machine (root, Go), or repair it
	@$(CLUSTER) up
cluster-check: $(READY)  ## Say what on this machine keeps a cluster from running, and which packages are missing
	@$(CLUSTER) packages | sed 's/^/apt-get install /'
	@$(CLUSTER) check
cluster-down: $(READY)  ## Take it down, leaving nothing behind but the cache
	@$(CLUSTER) down
cluster-shell: $(READY)  ## A prompt inside its network, where kubectl and helm work
	@$(CLUSTER) shell
cluster-status: $(READY)  ## Which of its processes run
	@$(CLUSTER) status

.PHONY: images
images: $(READY)  ## Build the images of the services, and give them to the cluster
	@$(CLUSTER) images

E2E := ndsc-e2e
.PHONY: e2e
e2e: $(READY)  ## Tests on a real cluster of their own: up, tests, down (KEEP=1 leaves it up to look at)
	@$(CLUSTER) up --name $(E2E)
	@$(CLUSTER) images --name $(E2E)
	@rm -rf build/e2e
	@$(CLUSTER) run --name $(E2E) $(BIN)/pytest tests/e2e tests/integration/charts; status=$$?; test -n "$(KEEP)" || $(CLUSTER) down --name $(E2E); exit $$status

.PHONY: bench-operator
ARGS ?=
bench-operator: $(READY)  ## Measure the operator on a simulated cluster of its own: up, ndsc bench operator $(ARGS), down
	@$(CLUSTER) up --simulated --name ndsc-bench
	@$(CLUSTER) run --name ndsc-bench -- ndsc bench operator $(ARGS); \
	  code=$$?; $(CLUSTER) down --name ndsc-bench; exit $$code

.PHONY: cluster-test
cluster-test: $(READY)  ## Tests of the local cluster itself: killed, crashed, repaired, taken down without a trace
	@PYTHONPATH=infra/local $(BIN)/pytest tests/cluster

.PHONY: docker-images kind kind-images kind-down
NDSC_IMAGE := ndsc.local/ndsc:0.1.0
OPA_IMAGE := ndsc.local/opa:1.22.2
docker-images:  ## Build the same images with Docker (and Go, for the policy engine)
	docker build -f infra/images/ndsc.Dockerfile -t $(NDSC_IMAGE) .
	CGO_ENABLED=0 GOOS=linux go -C infra/local/tools/opa build -trimpath -o "$(CURDIR)/build/opa/opa" github.com/open-policy-agent/opa
	docker build -f infra/images/opa.Dockerfile -t $(OPA_IMAGE) build/opa
kind:  ## The same on kind, for those who have Docker
	kind create cluster --config infra/kind/cluster.yaml
kind-images: docker-images  ## Build the images, and give them to kind
	kind load docker-image --name ndsc $(NDSC_IMAGE) $(OPA_IMAGE)
kind-down:
	kind delete cluster --name ndsc

.PHONY: lock
lock: $(READY)  ## Pin every dependency again, with hashes: all of them, and those of a container
	$(UV) pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --all-extras pyproject.toml -o requirements.lock
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --extra operator -c requirements.lock pyproject.toml -o runtime.lock
	printf "uv\nhatchling\n" | $(UV) pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header - -o bootstrap.lock

.PHONY: clean
clean:  ## Remove the environment and the embedded network's state
	rm -rf $(VENV) .ndsc .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
