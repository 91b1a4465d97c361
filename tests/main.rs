//! Every test of gpucam in one binary, because linking burn is slow.

mod mirror;
mod model;
mod passes;
mod shaders;
mod support;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(shaders::trials());
    trials.extend(mirror::checks::trials());
    trials.extend(model::trials());
    trials.extend(passes::trials());
    libtest_mimic::run(&arguments, trials).exit();
}
