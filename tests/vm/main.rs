//! Tests gpucam with real V4L2 drivers in a guest kernel: vivid, the kernel's test camera, and v4l2loopback
//! in two versions.
//!
//! README.md explains the guest. `make test-devices` builds it, sets `GPUCAM_VM` and runs these trials;
//! without the variable they show as ignored. They only run the binary and do not link the library, so gpucam
//! is not linked twice.

// First, for its macro.
#[macro_use]
mod support;

mod browser;
mod camera;
mod choice;
#[cfg(feature = "control")]
mod control;
mod controls;
mod drivers;
mod faults;
mod film;
mod frames;
mod guest;
mod harness;
mod latency;
mod loopback;
mod pipewire;
mod restarts;
mod rooms;
mod sandbox;
mod sends;
mod soak;

use std::{env, io, process::ExitCode, thread};

fn main() -> ExitCode {
    // In the guest this program classifies the frames of a consumer: devices --seen 640x360 <frames >letters
    let words: Vec<String> = env::args().collect();
    if let [_, flag, size] = &words[..]
        && flag == "--seen"
    {
        let size = size.parse().expect("a size");
        frames::write_classes(size, io::stdin().lock(), io::stdout().lock()).expect("someone who reads");
        return ExitCode::SUCCESS;
    }
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    if let Some(ended) = soak::in_guest(&rest) {
        return match ended {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("{}: {error}", rest.join(" "));
                ExitCode::FAILURE
            }
        };
    }

    let mut arguments = libtest_mimic::Arguments::from_args();
    // A guest uses one processor core. A third guest would need more memory than some machines have.
    let processors = thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(processors.min(2));
    let mut trials = Vec::new();
    trials.extend(harness::trials());
    trials.extend(drivers::trials());
    trials.extend(loopback::trials());
    trials.extend(camera::trials());
    trials.extend(choice::trials());
    trials.extend(controls::trials());
    #[cfg(feature = "control")]
    trials.extend(control::trials());
    trials.extend(faults::trials());
    trials.extend(restarts::trials());
    trials.extend(rooms::trials());
    trials.extend(sandbox::trials());
    trials.extend(sends::trials());
    trials.extend(soak::trials());
    trials.extend(latency::trials());
    trials.extend(browser::trials());
    trials.extend(pipewire::trials());
    let conclusion = support::trials::run(&arguments, trials);
    // If the variable is set, at least one trial must run.
    let none = conclusion.num_passed + conclusion.num_failed == 0;
    if guest::wanted() && none && arguments.filter.is_none() && !arguments.list {
        eprintln!("none of the device tests ran");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}
