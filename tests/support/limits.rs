//! The limits that GPUCAM_LIMITS names: the one GPU of all tests has no more, nor has one that a started gpucam opens.

use std::env;

use gpucam::internals::gpu::{Ask, small_adapters::SmallAdapter};
use libtest_mimic::Trial;

use super::trials::trial;

/// Marks the test `of` as ignored where GPUCAM_LIMITS is set: it needs `what`, which none of those adapters has.
pub fn unlimited(what: &str, of: Trial) -> Trial {
    match ask() {
        Ask::Used => of,
        _ => {
            let needed = format!("{what}, which no limits of GPUCAM_LIMITS have");
            trial(of.name(), || Err(needed.into()), || ())
        }
    }
}

/// What devices are asked for.
pub fn ask() -> Ask {
    let Some(name) = env::var("GPUCAM_LIMITS").ok().filter(|name| !name.is_empty()) else { return Ask::Used };
    let adapter: SmallAdapter = name.parse().unwrap_or_else(|why| panic!("GPUCAM_LIMITS: {why}"));
    adapter.ask()
}
