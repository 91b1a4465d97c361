//! What readers see while gpucam, the daemon or other readers fail.

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    Vec::new()
}
