//! The gpucam command.
fn main() {}
