//! Folders and locks where other users may write, too.

use std::{
    fs::{self, DirBuilder, Permissions},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
};

use gpucam::internals::live::{CameraLock, InstanceError, own_folder};
use libtest_mimic::Trial;

use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![test("live::runtime::what_others_planted_is_refused", what_others_planted_is_refused)]
}

/// A folder of another user, a link, a file, and a folder that others may write to. What this user made is taken again.
fn what_others_planted_is_refused() {
    let shared = tempfile::tempdir().unwrap();
    let own = own_folder(shared.path()).unwrap().expect("a folder");
    assert_eq!(fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
    assert_eq!(
        own.file_name().unwrap().to_str().unwrap(),
        format!("gpucam-{}", fs::metadata(&own).unwrap().uid())
    );
    fs::set_permissions(&own, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(own_folder(shared.path()).unwrap().as_deref(), Some(&*own));
    assert_eq!(fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
    let refused = || {
        let Err(InstanceError::ForeignFolder { folder }) = own_folder(shared.path()) else { panic!("taken") };
        assert_eq!(folder, own);
    };
    fs::set_permissions(&own, Permissions::from_mode(0o777)).unwrap();
    refused();
    fs::remove_dir(&own).unwrap();
    let victim = tempfile::tempdir().unwrap();
    symlink(victim.path(), &own).unwrap();
    refused();
    fs::remove_file(&own).unwrap();
    fs::write(&own, "").unwrap();
    refused();
    fs::remove_file(&own).unwrap();
    DirBuilder::new().mode(0o700).create(&own).unwrap();
    match chown(&own, Some(12345), None) {
        Ok(()) => refused(),
        Err(_) => note!("only root can make a folder of another user"),
    }
    assert!(own_folder(Path::new("/nonexistent")).unwrap().is_none(), "none can be made");

    // Nor is a file written through a link in the place of a lock.
    let file = victim.path().join("file");
    fs::write(&file, "mine").unwrap();
    let camera = Path::new("/dev/video0");
    symlink(&file, victim.path().join("gpucam-dev-video0.lock")).unwrap();
    assert!(CameraLock::take_in(victim.path(), camera).unwrap().is_none());
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
