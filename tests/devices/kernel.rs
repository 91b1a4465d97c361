//! The kernel's structures as gpucam declares them, against what a C compiler makes of linux/videodev2.h.

use std::{fs, path::Path, process::Command};

use gpucam::internals::video::sys::kernel_layout;
use libtest_mimic::Trial;

use crate::support::trials::{Missing, trial};

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("devices::structures_are_the_kernels", ready, structures_are_the_kernels)]
}

fn ready() -> Result<(), Missing> {
    let is_there = Path::new("/usr/include/linux/videodev2.h").exists();
    let compiles = Command::new("cc").arg("--version").output().is_ok_and(|found| found.status.success());
    (is_there && compiles).then_some(()).ok_or("a C compiler and linux/videodev2.h (linux-libc-dev)".into())
}

fn structures_are_the_kernels() {
    let ours = kernel_layout();
    assert!(ours.len() > 150, "only {} sizes, places and numbers", ours.len());
    let lines: String = ours.iter().map(|(what, _)| format!("print({what});\n")).collect();
    let program = format!(
        "#include <linux/videodev2.h>\n#include <stddef.h>\n#include <stdio.h>\n\
         #define print(x) printf(\"%u\\n\", (unsigned)(x))\nint main(void) {{\n{lines}}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let (source, binary) = (folder.path().join("layout.c"), folder.path().join("layout"));
    fs::write(&source, program).unwrap();
    let built = Command::new("cc").arg(&source).arg("-o").arg(&binary).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let printed = String::from_utf8(Command::new(&binary).output().unwrap().stdout).unwrap();
    let theirs: Vec<u64> = printed.lines().map(|line| line.parse().unwrap()).collect();
    let differ = |ours: &[(String, u64)]| -> Vec<String> {
        let pairs = ours.iter().zip(&theirs).filter(|((_, ours), theirs)| ours != *theirs);
        pairs.map(|((what, ours), theirs)| format!("{what}: {ours}, in C {theirs}")).collect()
    };
    assert_eq!(ours.len(), theirs.len());
    assert_eq!(differ(&ours), [""; 0]);
    note!("{} sizes, places and numbers are those of the header", ours.len());
    // The control.
    let mut wrong = ours.clone();
    wrong[7].1 += 4;
    assert_eq!(differ(&wrong).len(), 1);
}
