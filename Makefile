.DEFAULT_GOAL := help
SHELL := bash

help: ## Lists the targets.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

test: ## Runs the tests of all modules; what needs a cluster uses an embedded one. Needs Go alone.
	go test ./...
	@for m in $$(scripts/modules); do echo "(cd $$m && go test ./...)"; (cd $$m && go test ./...) || exit 1; done
	cd shim && GOWORK=off go test ./...

generate: ## Writes the forwards of the shim anew, after the library's exports have changed.
	cd shim && GOWORK=off go mod tidy && GOWORK=off go generate ./...

shim: ## Runs the tests of the shim, which is github.com/IBM/sarama by this library and so not in the workspace.
	cd shim && GOWORK=off go test ./...

programs: ## Builds and tests programs of others, which use sarama, with this library in its place. Fetches them; some minutes.
	compat/programs.sh

race: ## Runs the library's tests under the race detector, in random order.
	GOWORK=off go test -race -shuffle=on ./...

functional: ## Runs the functional tests on real Kafka brokers, without Docker. Needs Java 17 and Maven; KAFKA_VERSION chooses.
	cd functional_test && KAFKA_CLUSTER=real KAFKA_REQUIRED=1 go test -count=1 -p 1 -timeout 40m -v ./...

schemas: ## Fetches Kafka's definitions of its messages with Maven, which the tests of the wire protocol compare with.
	go run ./scripts/schemas

chaos: ## Has producers, then groups, work while brokers are killed, paused and cut off, MINUTES (3) each, as SEED chooses; gives verdicts.
	cd functional_test && KAFKA_CLUSTER=real KAFKA_REQUIRED=1 go test -count=1 -timeout 120m -v ./chaos \
		-minutes $(or $(MINUTES),3) -seed $(or $(SEED),0)

fuzz: ## Runs each fuzz target for FUZZTIME (30s).
	scripts/fuzz $(or $(FUZZTIME),30s)

bench: ## Runs the library's benchmarks, then those beside sarama and franz-go.
	GOWORK=off go test -run '^$$' -bench . -benchmem ./...
	cd bench && GOWORK=off go test -run '^$$' -bench . .

lint: ## Checks style, sizes and the layers' borders with a pinned golangci-lint, which it installs by itself.
	scripts/lint

vulns: ## Looks for known vulnerabilities with a pinned govulncheck. Fetches Go modules alone.
	go run ./scripts/vulns

check: ## Does all that must hold before a change lands, as CI does.
	CI=true .ci/run

up: ## Starts three brokers with Docker on localhost:9092, :9093 and :9094 and waits until they are healthy.
	docker compose up --detach --wait

down: ## Ends those brokers and throws their data away.
	docker compose down --volumes

.PHONY: help test generate shim programs race functional schemas fuzz bench lint check up down
