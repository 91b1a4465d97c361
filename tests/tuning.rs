//! The choices per adapter: from the adapter's type and driver, by a profile's name, and from a file.

use std::fs;

use gpucam::internals::gpu::tuning::{Profile, Tuning};
use libtest_mimic::Trial;

use crate::support::{gpu::gpu, gpu_test, test};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("tuning::adapters_get_their_profiles", adapters),
        test("tuning::profiles_by_name", names),
        test("tuning::files_replace_fields", files),
        test("tuning::bad_files_are_refused", bad_files),
    ]
}

fn adapters() {
    let cases = [
        (wgpu::DeviceType::Cpu, "Mesa 22.3.6 (LLVM 15.0.6)", Profile::Software),
        (wgpu::DeviceType::Cpu, "Mesa 23.1.0 (LLVM 15.0.6)", Profile::SoftwareMesa23),
        (wgpu::DeviceType::Cpu, "Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6)", Profile::SoftwareMesa23),
        (wgpu::DeviceType::Cpu, "", Profile::SwiftShader),
        (wgpu::DeviceType::IntegratedGpu, "Mesa 25.0.7", Profile::Gpu),
        (wgpu::DeviceType::DiscreteGpu, "570.86.16", Profile::Gpu),
        (wgpu::DeviceType::VirtualGpu, "Mesa 22.3.6", Profile::Gpu),
    ];
    for (device_type, driver_info, profile) in cases {
        let driver_info = driver_info.to_owned();
        let info = wgpu::AdapterInfo { device_type, driver_info, ..gpu().info().clone() };
        // Only an integrated GPU shares its memory with the processor.
        let shares_memory = device_type == wgpu::DeviceType::IntegratedGpu;
        let want = Tuning { shares_memory, ..profile.tuning() };
        assert_eq!(Tuning::for_adapter(&info), want, "{device_type:?}, {}", info.driver_info);
    }
    // SwiftShader has a GPU's kernels and a processor's passes, and compiles a pipeline when it is created.
    let [swiftshader, software] = [Profile::SwiftShader, Profile::Software].map(Profile::tuning);
    assert!(!swiftshader.precompile && swiftshader.passes.tiles == software.passes.tiles);
    assert!(swiftshader.kernels != software.kernels);
    // The control: the profiles differ.
    for (at, profile) in Profile::ALL.iter().enumerate() {
        assert!(Profile::ALL[..at].iter().all(|other| other.tuning() != profile.tuning()), "{profile}");
    }
}

fn names() {
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse(), Ok(profile));
        assert_eq!(profile.name().parse::<Tuning>(), Ok(profile.tuning()));
    }
    let refused = "cuda".parse::<Tuning>().expect_err("no such profile");
    assert!(refused.contains("software, software-mesa23, swiftshader, gpu"), "{refused}");
}

fn read(text: &str) -> Result<Tuning, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tuning.toml");
    fs::write(&file, text).expect("a file");
    Tuning::open(&file)
}

fn files() {
    assert_eq!(read("profile = \"gpu\""), Ok(Profile::Gpu.tuning()));
    let got = read(
        "profile = \"gpu\"\nprecompile = true\n[passes]\ntiles = 4\n[kernels]\nvalues = \"shared-exponent\"\n",
    );
    let got = got.expect("a tuning");
    let gpu = Profile::Gpu.tuning();
    assert!(got.precompile && got.passes.tiles == 4 && got.kernels != gpu.kernels, "{got:?}");
    assert_eq!((got.passes.alpha_strips, got.bench), (gpu.passes.alpha_strips, gpu.bench), "the rest stays");
}

fn bad_files() {
    let cases = [
        ("", "profile = \"gpu\""),
        ("profile = \"fast\"", "no profile 'fast'"),
        ("profile = \"gpu\"\n[passes]\ntile = 4", "tile"),
        ("profile = \"gpu\"\n[passes]\ntiles = 0", "passes.tiles is 0; give 1 to 8"),
        ("profile = \"gpu\"\n[passes]\nalpha_strips = 17", "passes.alpha_strips is 17; give 1 to 16"),
        ("profile = \"gpu\"\n[kernels]\nworkgroup_threads = 4096", "16 to 256"),
        ("profile = \"gpu\"\nprecompile = 3", "bool"),
        ("profile = ", ""),
    ];
    for (text, part) in cases {
        let refused = read(text).expect_err(text);
        assert!(refused.contains("tuning.toml") && refused.contains(part), "{text:?}: {refused}");
        assert!(!refused.contains('\n'), "one sentence: {refused}");
    }
    let missing = Tuning::open("/nonexistent/tuning.toml".as_ref()).expect_err("no file");
    assert!(missing.contains("/nonexistent/tuning.toml"), "{missing}");
}
