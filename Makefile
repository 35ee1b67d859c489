# `make run` shows Beffroi, `make test` checks it. Both need Go and Node only;
# what the tests use besides is installed by test/setup (Debian, as root) or
# named by it.

export CGO_ENABLED ?= 0

# Two packages at a time: each may hold a browser, and all share one
# PostgreSQL. More cores: make test TEST_FLAGS='-p 8 -timeout 20m'.
TEST_FLAGS ?= -p 2 -timeout 20m

GO_FOLDERS = $(patsubst %/,%,$(filter-out node_modules/,$(wildcard */)))

.PHONY: run build generate templ assets prepared check test test-short race faults bench fmt lint clean

run: build
	./beffroi demo

build:
	go run ./build

# Go code made from templ files; not committed.
generate templ:
	go run ./build -generate

# Style sheets and scripts made from web/ and npm packages; not committed.
assets:
	go run ./build -assets

# Both, in one run of the program.
prepared:
	go run ./build -assets -generate

check: prepared
	@unformatted=$$(gofmt -l $(GO_FOLDERS)); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	go vet ./...

test: check
	go run ./test/setup -- go test $(TEST_FLAGS) ./...

# Without installing anything: what lacks a database or a browser is skipped.
test-short: prepared
	go test -short ./...

# The race detector needs a C compiler.
race: prepared
	CGO_ENABLED=1 go run ./test/setup -- go test -race -p 1 -timeout 60m ./...

# The long form of test/faults: some ten minutes, figures on the screen. It
# makes a disk full and another read-only, which takes root; what is not allowed
# is skipped and said.
faults: prepared
	BEFFROI_FAULTS=full go run ./test/setup -- go test -v -count=1 -timeout 60m -run '$(or $(RUN),.)' ./test/faults

bench:
	go -C bench run .

fmt:
	gofmt -w $(GO_FOLDERS)

lint: prepared
	go run -modfile=tools/go.mod honnef.co/go/tools/cmd/staticcheck ./...

clean:
	rm -rf beffroi node_modules .cache
	find $(GO_FOLDERS) -name '*_templ.go' -delete
