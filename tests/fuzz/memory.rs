//! How much memory a thread asks for: an allocator that counts. And how long a processor worked for it.
#![allow(unsafe_code)] // an allocator is unsafe to implement; it hands every call on to the system's. A clock

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    time::Duration,
};

/// The system's allocator, with a count for each thread.
pub struct Counting;

thread_local! {
    /// Bytes that this thread has asked for and not given back; below zero where it frees what others made.
    static NOW: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn add(bytes: isize) {
    // While a thread ends, its counts may be gone.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: each call goes to the system's allocator with the arguments that it was made with, and its answer is given
// back unchanged; counting allocates nothing, since the counts are const and have no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as isize);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Begins a measurement in this thread.
pub fn begin() -> isize {
    let now = NOW.get();
    MOST.set(now);
    now
}

/// The most bytes that this thread has held since, beyond those of the beginning.
pub fn most_since(begin: isize) -> usize {
    (MOST.get() - begin).max(0) as usize
}

/// The time that processors have worked for this thread: on a busy machine, what took long may only have waited.
pub fn cpu_time() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// The same for all threads of this process.
pub fn cpu_time_of_all() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec. Every Linux kernel has these clocks.
    unsafe { libc::clock_gettime(clock, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
