//! Every test of gpucam in one binary, because linking burn is slow.

// Nothing is exported from a binary: `pub` says what a module is for.
#![allow(unreachable_pub)]

mod models_fetch;
mod support;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(models_fetch::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
