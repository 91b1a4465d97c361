//! What is typed, and what it means.

pub mod models;
