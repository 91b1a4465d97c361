//! Benchmarks: counting, comparing runs, and the baselines compared with their references.

mod cache;
mod cli;
mod count;
mod peers;
mod report;

use libtest_mimic::Trial;

use crate::support::{Files, gpu_test, needs, test};

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
        gpu_test("bench::volcomix_is_its_sequence", peers::volcomix),
        needs(&[Files::MODEL], gpu_test("bench::command_says_every_row", cli::rows)),
        needs(&[Files::MODEL], gpu_test("bench::broken_caches_are_made_anew", cache::survives)),
        needs(&[Files::MODEL], gpu_test("bench::compiled_once", cache::ahead)),
        needs(&[Files::MODEL], gpu_test("bench::no_place_for_a_cache", cache::nowhere)),
        test("bench::bad_files_are_one_sentence", cli::bad),
    ]
}
