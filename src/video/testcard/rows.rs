//! Processes rows on all cores. The result does not depend on the number of cores.

use std::{num::NonZero, thread};

/// Calls `fill(y, row)` for every row of `width` elements.
pub(super) fn for_rows<T: Send>(pixels: &mut [T], width: usize, fill: impl Fn(usize, &mut [T]) + Sync) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = (pixels.len() / width).div_ceil(cores).max(1);
    thread::scope(|scope| {
        for (part, rows) in pixels.chunks_mut(share * width).enumerate() {
            let fill = &fill;
            scope.spawn(move || {
                for (y, row) in rows.chunks_mut(width).enumerate() {
                    fill(part * share + y, row);
                }
            });
        }
    });
}

/// Makes a picture row by row with [`for_rows`].
pub(super) fn make_rows<T: Copy + Send>(
    width: usize,
    height: usize,
    blank: T,
    fill: impl Fn(usize, &mut [T]) + Sync,
) -> Vec<T> {
    let mut pixels = vec![blank; width * height];
    for_rows(&mut pixels, width, fill);
    pixels
}
