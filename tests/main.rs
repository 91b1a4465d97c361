//! Every test of gpucam in one binary, because linking burn is slow.

mod model;
mod support;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(model::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
