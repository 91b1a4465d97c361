//! What graphics drivers open beside the system's own folders, from what their makers publish; docs/SANDBOX.md has
//! the sources.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

use super::policy::{Policy, library_folders};
use crate::sys;

/// Variables that name the Vulkan loader's files and folders (Khronos, LoaderInterfaceArchitecture.md), and Mesa's
/// and EGL's.
const VARIABLES: [&str; 10] = [
    "VK_DRIVER_FILES",
    "VK_ADD_DRIVER_FILES",
    "VK_ICD_FILENAMES",
    "VK_LAYER_PATH",
    "VK_ADD_LAYER_PATH",
    "VK_IMPLICIT_LAYER_PATH",
    "LIBGL_DRIVERS_PATH",
    "GBM_BACKENDS_PATH",
    "DRIRC_CONFIGDIR",
    "LIBVA_DRIVERS_PATH",
];

pub(super) fn allow(policy: &mut Policy) {
    policy.read.extend(library_folders());
    let named = VARIABLES.iter().filter_map(env::var_os);
    let mut manifests: Vec<PathBuf> =
        named.flat_map(|value| env::split_paths(&value).collect::<Vec<_>>()).collect();
    let shared = env::var_os("XDG_DATA_DIRS").into_iter();
    policy.read.extend(
        shared.flat_map(|value| {
            env::split_paths(&value).map(|folder| folder.join("vulkan")).collect::<Vec<_>>()
        }),
    );
    let Ok(base) = etcetera::choose_base_strategy() else { return };
    for root in [base.data_dir(), base.config_dir()] {
        let folders =
            ["icd.d", "implicit_layer.d", "explicit_layer.d"].map(|name| root.join("vulkan").join(name));
        let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        manifests.extend(files.map(|entry| entry.path()));
        policy.read.push(root.join("vulkan"));
    }
    for manifest in &manifests {
        policy.read.extend(library_of(manifest));
    }
    policy.read.extend(manifests);
    policy.read.push(base.home_dir().join(".drirc"));

    // Compiled shaders. Mesa: multi-file, single-file and database caches; lavapipe and RADV write there too.
    let cache = base.cache_dir();
    // Where XDG_CACHE_HOME is not set, Mesa goes by the list of users, whatever HOME says (disk_cache_os.c).
    let listed = match env::var_os("XDG_CACHE_HOME") {
        None => sys::home_folder().filter(|home| home.is_dir()).map(|home| home.join(".cache")),
        Some(_) => None,
    };
    for folder in [&cache].into_iter().chain(listed.iter().filter(|listed| **listed != cache)) {
        for name in ["mesa_shader_cache", "mesa_shader_cache_db", "radv_builtin_shaders"] {
            policy.may_make(folder.join(name));
        }
    }
    policy.write.extend(env::var_os("MESA_SHADER_CACHE_DIR").map(PathBuf::from));
    policy.write.extend(env::var_os("__GL_SHADER_DISK_CACHE_PATH").map(PathBuf::from));
    if Path::new("/dev/nvidiactl").exists() {
        policy.may_make(cache.join("nvidia"));
        policy.may_make(base.home_dir().join(".nv"));
    }
    if Path::new("/dev/kfd").exists() {
        policy.may_make(cache.join("AMD"));
    }
}

/// The folder of the library that a manifest names, where it is not one that the loader searches.
fn library_of(manifest: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(manifest).ok()?;
    let (_, rest) = text.split_once("\"library_path\"")?;
    let name = PathBuf::from(rest.split('"').nth(1)?);
    let from = manifest.parent()?;
    let file = fs::canonicalize(if name.is_absolute() { name } else { from.join(name) }).ok()?;
    file.parent().map(PathBuf::from)
}
