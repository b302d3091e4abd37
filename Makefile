# README's commands. Each does its own set-up; a second run is fast.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
# One cache for all checkouts, whatever folder they lie in.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: help setup demo build install install-sdk test sanitize bench chaos clients parity format lint clean

help:
	@echo "make demo     fifty orders on the embedded store, the engine killed in the middle"
	@echo "make test     build and pass all tests (starts and stops a private PostgreSQL)"
	@echo "make sanitize the unit tests of the engine's inner rooms under the address, undefined behaviour and thread sanitizers"
	@echo "make build    pawl-engine and pawl in build/release/bin"
	@echo "make install PREFIX=DIR      the programs;  make install-sdk PREFIX=DIR   the worker SDK for C++ services"
	@echo "make bench    throughput, latency and cost per step on SQLite and PostgreSQL; cost per expression"
	@echo "make chaos    the long crash test"
	@echo "make clients  boto3, the aws command, and the SDKs of JavaScript and Go against an engine, also while it is killed"
	@echo "make parity CASES='DIR...'   docs/parity.md, counted over recorded cases"
	@echo "make format   format all sources;  make lint   check formatting and run clang-tidy"

setup:
	@tools/setup

build/%/build.ninja: CMakeLists.txt CMakePresets.json | setup
	@cmake --preset $* >/dev/null

build: setup build/release/build.ninja
	@ninja -C build/release -j$(JOBS)

# Where to install; say make install-sdk PREFIX=$HOME/pawl.
PREFIX ?= /usr/local

install: build
	@cmake --install build/release --prefix $(PREFIX)

install-sdk: setup build/release/build.ninja
	@ninja -C build/release -j$(JOBS) pawl_worker_package
	@cmake --install build/release --component pawl-worker --prefix $(PREFIX)

test: setup build/dev/build.ninja
	@tools/test

sanitize: setup
	@tools/sanitize

demo: setup build/release/build.ninja
	@ninja -C build/release -j$(JOBS) pawl-engine pawl order-worker
	@examples/order/demo

bench: setup build/release/build.ninja
	@ninja -C build/release -j$(JOBS) pawl-engine pawl-bench
	@tools/with-postgres build/release/bin/pawl-bench
	@tools/with-postgres build/release/bin/pawl-bench --starts
	@tests/bench/expressions

chaos: setup build/dev/build.ninja
	@ninja -C build/dev -j$(JOBS) pawl-engine pawl-chaos
	@tools/with-postgres build/dev/bin/pawl-chaos --long

clients: setup build/dev/build.ninja
	@ninja -C build/dev -j$(JOBS) pawl-engine
	@tests/clients/run
	@tests/clients/run --kill
	@tests/clients/others

# Folders of recorded cases, and of a JSONata suite.
CASES ?=

parity: setup build/dev/build.ninja
	@[ -n "$(CASES)" ] || { echo "make parity: name the folders of recorded cases: make parity CASES='DIR...'" >&2; exit 2; }
	@tests/conformance/run --parity docs/parity.md $(CASES)

format:
	@PAWL_SETUP_LINT=1 tools/setup
	@git ls-files '*.cc' '*.h' | xargs clang-format-19 -i

lint: setup build/dev/build.ninja
	@tools/lint

clean:
	@rm -rf build
