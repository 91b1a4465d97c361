//! The limits that GPUCAM_LIMITS names: the one GPU of all tests has no more, nor has one that a started gpucam opens.

use std::env;

use gpucam::internals::gpu::{Ask, small_adapters::SmallAdapter};

/// What devices are asked for.
pub fn ask() -> Ask {
    let Some(name) = env::var("GPUCAM_LIMITS").ok().filter(|name| !name.is_empty()) else { return Ask::Used };
    let adapter: SmallAdapter = name.parse().unwrap_or_else(|why| panic!("GPUCAM_LIMITS: {why}"));
    adapter.ask()
}
