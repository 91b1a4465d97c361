//! What these tests share with `tests/main.rs`.

#[macro_use]
#[path = "../support/trials.rs"]
pub mod trials;
