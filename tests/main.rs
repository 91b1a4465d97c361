//! Every test of gpucam in one binary, because linking burn is slow.

mod support;
mod video;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(video::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
