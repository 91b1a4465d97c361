//! Every test of gpucam in one binary, because linking burn is slow.

mod support;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = Vec::new();
    libtest_mimic::run(&arguments, trials).exit();
}
