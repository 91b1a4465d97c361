//! Shared by all tests: declaring a test, the files that it needs, whether a GPU is required.

#[macro_use]
pub mod trials;

pub mod cards;
pub mod checks;
pub mod files;
pub mod gpu;
pub mod limits;
pub mod report;

use std::env;

use libtest_mimic::Trial;

pub use files::{Files, needs};
use trials::trial;

/// A test that needs no GPU and no files.
pub fn test(name: &str, run: impl FnOnce() + Send + 'static) -> Trial {
    trial(name, || Ok(()), run)
}

/// Whether `GPUCAM_TESTS=slow-gpu` asks to leave out what only repeats on more data what another test does:
/// for drivers that compile a kernel in seconds.
pub fn gpu_is_slow() -> bool {
    env::var("GPUCAM_TESTS").is_ok_and(|v| v == "slow-gpu")
}

/// A test that needs an adapter: it fails without one, or counts as ignored if `GPUCAM_TESTS=no-gpu`.
pub fn gpu_test(name: &str, run: impl FnOnce() + Send + 'static) -> Trial {
    let ready = || match env::var("GPUCAM_TESTS").is_ok_and(|v| v == "no-gpu") {
        true => Err("a GPU (GPUCAM_TESTS=no-gpu skips it)".into()),
        false => Ok(()),
    };
    trial(name, ready, run)
}

/// What a started gpucam is told of the tuning: as the tests, and never what a developer's `gpucam tune` kept.
pub fn tuning() -> String {
    env::var("GPUCAM_TUNING").unwrap_or_else(|_| "table".into())
}
