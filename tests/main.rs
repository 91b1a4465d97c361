//! Every test of gpucam in one binary, because linking burn is slow.

mod metrics;
mod support;
mod testcard;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(metrics::trials());
    trials.extend(testcard::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
