//! Files that several threads or processes replace at the same time.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::files;
use libtest_mimic::Trial;

use crate::support::test;

pub fn trials() -> Vec<Trial> {
    vec![test("files::are_replaced_as_a_whole", are_replaced_as_a_whole)]
}

/// Four writers, each with content of its own length. A reader always sees the whole of one of them, and nothing else is
/// left in the folder, which is made.
fn are_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (file, is_over) = (folder.path().join("made/kept.bin"), AtomicBool::new(false));
    let content = |writer: u8| vec![writer; 100_000 * usize::from(writer)];
    files::replace(&file, &content(1)).unwrap();
    let seen = thread::scope(|scope| {
        let writers: Vec<_> = (1..=4)
            .map(|writer| {
                let (file, is_over) = (&file, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Relaxed) {
                        files::replace(file, &content(writer))?;
                    }
                    io::Result::Ok(())
                })
            })
            .collect();
        let (began, mut seen, mut torn) = (Instant::now(), [0_u32; 5], None);
        while began.elapsed() < Duration::from_millis(500) && torn.is_none() {
            let bytes = fs::read(&file).unwrap_or_default();
            let writer = bytes.first().copied().unwrap_or_default();
            match (1..=4).contains(&writer) && bytes == content(writer) {
                true => seen[usize::from(writer)] += 1,
                false => torn = Some(format!("{} bytes of {writer}", bytes.len())),
            }
        }
        is_over.store(true, Relaxed);
        let failed = writers.into_iter().filter_map(|writer| writer.join().unwrap().err()).next();
        assert!(torn.is_none() && failed.is_none(), "{torn:?}, {failed:?}");
        seen
    });
    note!("seen of each writer: {seen:?}");
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o600, 0o600);
    assert!(files::replace(&folder.path().join("made"), b"").is_err(), "a folder");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what fails leaves nothing");
}
