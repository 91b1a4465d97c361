//! Benchmarks: counting, comparing runs, and the baselines compared with their references.

mod cache;
mod cli;
mod count;
mod peers;
mod report;

use std::{thread, time::Duration};

use gpucam::internals::sys;
use libtest_mimic::Trial;

use crate::support::{Files, gpu_test, limits::unlimited, needs, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("bench::counts_operations", count::operations),
        test("bench::counts_decisions", count::decisions),
        test("bench::counts_accesses", count::accesses),
        test("bench::counts_every_shader", count::every_shader),
        test("bench::says_what_it_cannot_count", count::refusals),
        test("bench::rows_and_ratios", report::ratios),
        test("bench::json_comes_back", report::json),
        test("bench::pages", report::pages),
        test("bench::names_do_not_overlap", report::names_do_not_overlap),
        gpu_test("bench::volcomix_is_its_sequence", peers::volcomix),
        needs(
            &[Files::MODEL],
            unlimited("GPU timestamps", gpu_test("bench::command_says_every_row", cli::rows)),
        ),
        needs(&[Files::MODEL], gpu_test("bench::broken_caches_are_made_anew", cache::survives)),
        needs(&[Files::MODEL], gpu_test("bench::compiled_once", cache::ahead)),
        needs(&[Files::MODEL], gpu_test("bench::no_place_for_a_cache", cache::nowhere)),
        test("bench::bad_files_are_one_sentence", cli::bad),
        test("bench::a_start_is_measured_with_all_flags", cli::start),
        test("bench::cpu_time_counts_threads_that_ended", cpu_time_counts_threads_that_ended),
    ]
}

/// A thread that works for a while counts, also once it has ended.
fn cpu_time_counts_threads_that_ended() {
    let work = || {
        let began = sys::thread_cpu();
        while sys::thread_cpu() - began < Duration::from_millis(30) {}
    };
    let before = sys::process_cpu();
    thread::spawn(work).join().expect("it ends");
    let after = sys::process_cpu();
    assert!(after - before >= Duration::from_millis(30), "{:?}", after - before);
}
