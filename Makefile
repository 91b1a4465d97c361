# Every target first installs the packages it needs (scripts/setup), and prints them.

# rustup's folder of cargo, for shells that have not read the profile since the installation.
export PATH := $(PATH):$(HOME)/.cargo/bin

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## build, run the test card through the background blur, leave pictures in demo/
	@scripts/setup build run
	@scripts/demo

# With the window: every check and test in one set of features, so that gpucam is compiled once for all of them.
ALL := --features studio

# The library alone (`cargo check --no-default-features --lib`) is CI's: other features check 64 dependencies anew.
test: ## check format, lints and docs, and run all tests that need no camera
	@scripts/setup build lint run
	cargo fmt --check
	cargo clippy --locked $(ALL) --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked $(ALL) --no-deps
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked $(ALL) --no-deps --document-private-items
	scripts/public-api
	cargo test --locked $(ALL) --doc
	cargo test --locked $(ALL) --tests

# The first build takes eight minutes. `make test` does not need these packages, which include Chromium.
test-devices: ## run the tests with real video drivers, in a guest kernel (tests/vm/README.md)
	@scripts/setup build run guest pipewire
	@tests/vm/build-guest || echo "the device tests cannot run; each says why"
	GPUCAM_VM=1 cargo test --locked $(ALL) --test devices

# What happens, and when, is a function of SEED: tests/vm/soak/. The log grows in target/soak while it runs.
soak: ## let everything happen to gpucam at random, in a guest kernel, for HOURS=1 (or MINUTES=10) with SEED=1
	@scripts/setup build run guest pipewire
	@tests/vm/build-guest
	GPUCAM_VM=1 GPUCAM_SOAK_MINUTES=$(or $(MINUTES),$(shell awk 'BEGIN { print 60 * $(or $(HOURS),1) }')) \
		GPUCAM_SOAK_SEED=$(or $(SEED),1) GPUCAM_SOAK_REPORT=target/soak \
		cargo test --locked $(ALL) --test devices -- soak::chaos --nocapture

# Installs nothing; takes half an hour on two cores without a GPU.
test-drivers: ## run the tests of the GPU's work on other Vulkan drivers, under every profile of choices
	@scripts/setup build run
	@scripts/test-drivers $(if $(QUICK),--quick)

# As test-drivers, but every test and the system's driver alone: half an hour an adapter on two cores without a GPU.
test-limits: ## run all tests on devices with the limits of small GPUs, LIMITS="webgpu-default v3d gen8 gen9"
	@scripts/setup build run
	@status=0; for limits in $(or $(LIMITS),webgpu-default v3d gen8 gen9); do \
		echo "limits of $$limits"; \
		GPUCAM_TUNING=gpu GPUCAM_LIMITS=$$limits cargo test --locked $(ALL) --test main || status=1; \
	done; exit $$status

# The targets and their seeds: tests/fuzz/. The same run again: the same SEED, on the same commit.
fuzz: ## give mutated files to everything that reads files, TIME=60 seconds a target with SEED=1, JOBS at once; what was found is in target/fuzz
	@scripts/setup build run
	GPUCAM_FUZZ_TIME=$(or $(TIME),60) GPUCAM_FUZZ_SEED=$(or $(SEED),1) GPUCAM_FUZZ_REPORT=target/fuzz \
		cargo test --locked $(ALL) --test main -- fuzz:: --nocapture $(if $(JOBS),--test-threads $(JOBS))

bench: ## measure speed and memory, about ten minutes on a quiet machine (docs/PERFORMANCE.md)
	@scripts/setup build run
	@scripts/performance

deb: ## make a Debian package in target/packages, with the window (a release build: 20 to 30 minutes on two cores)
	@scripts/setup build
	@scripts/package deb

rpm: ## make an RPM package
	@scripts/setup build
	@scripts/package rpm

tarball: ## make an archive with an installer
	@scripts/setup build
	@scripts/package tarball

# Packages the program of `make test`; the clean system needs root and a Debian mirror, else the script says what it left out.
test-package: ## make packages of the program that the tests use; install, use and remove them in a clean system
	@scripts/setup build run package
	@scripts/test-package

install: ## build gpucam and put it into cargo's folder of programs; STUDIO=1 adds the window
	@scripts/setup build run
	cargo install --locked --path . $(if $(STUDIO),$(ALL))

setup: ## install the packages that building and running need
	@scripts/setup build run

fmt: ## format the code
	cargo fmt

.PHONY: help demo test test-devices soak test-drivers test-limits fuzz test-package deb rpm tarball bench install setup fmt
