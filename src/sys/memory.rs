//! Memory that was freed goes back to the system: malloc_trim(3).

/// Gives back what the allocator keeps for later, about a hundred megabytes after a GPU was closed. For moments after
/// which little is allocated.
pub fn trim() {
    // SAFETY: it has no preconditions, and takes the allocator's own locks.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}
