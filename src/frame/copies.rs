//! Copies of whole frames by the processor, and their count, which tests hold (docs/PERFORMANCE.md lists them).
//!
//! Each run counts for itself: a thread counts where its own thread-local says, and [`inherit`] lets a new thread
//! count where its parent does.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

thread_local! {
    static COUNT: RefCell<Arc<AtomicU64>> = RefCell::default();
}

/// Copies a frame's bytes.
///
/// # Panics
/// If the lengths differ.
pub fn copy(from: &[u8], to: &mut [u8]) {
    count();
    to.copy_from_slice(from);
}

/// Counts a pass of the processor over a frame's bytes that is no plain copy: packing, unpacking, decoding.
pub fn count() {
    COUNT.with_borrow(|count| count.fetch_add(1, Relaxed));
}

/// Copies so far, on this thread and those that count with it.
pub fn counted() -> u64 {
    COUNT.with_borrow(|count| count.load(Relaxed))
}

/// What the calling thread counts in: call the result on a new thread, which then counts in the same.
pub fn inherit() -> impl FnOnce() + Send + 'static {
    let count = COUNT.with_borrow(Arc::clone);
    move || COUNT.set(count)
}
