//! Which adapter is taken: by table, by measurement, and with two real drivers side by side.

use std::{
    cell::RefCell,
    env, fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Error, Gpu, GpuError, Pipeline, Settings, Size,
    cli::doctor,
    gpu::{self, fastest, find_adapter, sort_by_power},
    live::auto_adapter::{AutoChoice, FrameTimes},
    pipeline::InputFormat,
};
use libtest_mimic::Trial;
use wgpu::{AdapterInfo, Backend, DeviceType};

use crate::{
    pipeline::stand_in,
    support::{
        gpu::{BT601, scene},
        test,
        trials::{Missing, trial},
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("adapters::table", table),
        test("adapters::measured_only_where_it_matters", measured_only_where_it_matters),
        test("adapters::times_go_stale", times_go_stale),
        test("adapters::doctor_says_which", doctor_says_which),
        trial("adapters::two_drivers_side_by_side", has_two_drivers, two_drivers_side_by_side),
        trial(MEASURED, two_adapters, measured_on_two_adapters),
    ]
}

const MEASURED: &str = "adapters::measured_on_two_adapters";

fn info(name: &str, device_type: DeviceType) -> AdapterInfo {
    let (driver, driver_info) = ("Mesa".into(), "25.0.7".into());
    AdapterInfo { name: name.into(), driver, driver_info, ..AdapterInfo::new(device_type, Backend::Vulkan) }
}

/// Machines: their adapters as a driver may list them, then the names that each word finds.
fn table() {
    use DeviceType::{
        Cpu, DiscreteGpu as Discrete, IntegratedGpu as Integrated, Other, VirtualGpu as Virtual,
    };
    type Adapters = &'static [(&'static str, DeviceType)];
    const LAPTOP: Adapters = &[("GeForce RTX 4060", Discrete), ("Iris Xe", Integrated), ("llvmpipe", Cpu)];
    let machines: [(Adapters, &str, &str); 8] = [
        // adapters, power and auto, speed
        (LAPTOP, "Iris Xe", "GeForce RTX 4060"),
        (&[("Radeon 780M", Integrated), ("Radeon RX 7600", Discrete)], "Radeon 780M", "Radeon RX 7600"),
        (&[("llvmpipe", Cpu), ("Iris Xe", Integrated)], "Iris Xe", "Iris Xe"),
        (&[("llvmpipe", Cpu), ("Arc A750", Discrete)], "Arc A750", "Arc A750"),
        (&[("llvmpipe", Cpu)], "llvmpipe", "llvmpipe"),
        (&[("llvmpipe", Cpu), ("SwiftShader", Cpu)], "llvmpipe", "llvmpipe"),
        (&[("llvmpipe", Cpu), ("Virtio-GPU", Virtual), ("odd", Other)], "Virtio-GPU", "Virtio-GPU"),
        (&[("Arc A750", Discrete), ("Arc A380", Discrete)], "Arc A750", "Arc A750"),
    ];
    for (adapters, power, speed) in machines {
        let mut infos: Vec<_> = adapters.iter().map(|&(name, kind)| info(name, kind)).collect();
        sort_by_power(&mut infos);
        let named =
            |wanted: Option<&str>| find_adapter(&infos, wanted).map(|index| infos[index].name.as_str());
        for wanted in [None, Some("auto"), Some("power"), Some("Power")] {
            assert_eq!(named(wanted), Some(power), "{wanted:?} of {adapters:?}");
        }
        assert_eq!(named(Some("speed")), Some(speed), "{adapters:?}");
        assert_eq!(infos[fastest(&infos)].name, speed, "{adapters:?}");
        for (index, info) in infos.iter().enumerate() {
            let (number, loud) = (index.to_string(), info.name.to_uppercase());
            assert_eq!(named(Some(&number)), Some(info.name.as_str()));
            assert_eq!(named(Some(&loud)), Some(info.name.as_str()));
        }
        assert_eq!(named(Some("9")), None);
        assert_eq!(named(Some("voodoo")), None);
    }
    let mut laptop: Vec<_> = LAPTOP.iter().map(|&(name, kind)| info(name, kind)).collect();
    assert_eq!(find_adapter(&laptop, Some("rtx")), Some(0));
    sort_by_power(&mut laptop);
    assert_eq!(find_adapter(&laptop, Some("rtx")), Some(1), "an index is that of the sorted list");
    assert_eq!(find_adapter(&[], None), None);
    // A number that is no index is one of a name, and the whole of it.
    let numbered: Vec<_> =
        ["Intel(R) UHD Graphics 620", "NVIDIA GeForce RTX 3080 Ti", "AMD Radeon RX 6800XT (RADV NAVI21)"]
            .map(|name| info(name, wgpu::DeviceType::DiscreteGpu))
            .into();
    let found =
        ["620", "3080", "6800", "2", "80", "308", "21", "3"].map(|text| find_adapter(&numbered, Some(text)));
    assert_eq!(found, [Some(0), Some(1), Some(2), Some(2), None, None, None, None]);
}

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

const NO_DEVICE: fn() -> Error = || GpuError::NoAdapter.into();

fn laptop() -> [AdapterInfo; 2] {
    [info("Iris Xe", DeviceType::IntegratedGpu), info("GeForce RTX 4060", DeviceType::DiscreteGpu)]
}

/// Times of both, the frame interval, the one taken, and which were measured: the discrete GPU is not woken
/// where the integrated one keeps the rate.
fn measured_only_where_it_matters() {
    let [power, speed] = laptop();
    let adapters = [&power, &speed];
    let cases = [
        (Some(5), Some(1), 33, 0, vec![0]),
        (Some(29), Some(1), 33, 0, vec![0]),
        (Some(31), Some(1), 33, 1, vec![0, 1]), // nine tenths of the interval are for processing
        (Some(50), Some(40), 33, 1, vec![0, 1]),
        (Some(50), Some(60), 33, 0, vec![0, 1]),
        (Some(50), None, 33, 0, vec![0, 1]), // the fast one does not work
        (None, Some(1), 33, 1, vec![0, 1]),  // the default one does not work
        (Some(12), Some(1), 16, 0, vec![0]),
        (Some(15), Some(1), 16, 1, vec![0, 1]),
    ];
    for (slow, fast, interval, index, measured) in cases {
        let asked = RefCell::new(Vec::new());
        let mut times = FrameTimes::default();
        let measure = |index: usize| {
            asked.borrow_mut().push(index);
            [slow, fast][index].map(ms).ok_or_else(NO_DEVICE)
        };
        let choice = AutoChoice::new(adapters, ms(interval), "work", &mut times, measure).unwrap();
        let case = (slow, fast, interval);
        assert_eq!((choice.index, asked.take()), (index, measured), "{case:?}: {choice}");
        let taken = format!("gpucam takes {}", adapters[index].name);
        assert!(choice.to_string().contains(&taken), "{choice}");
        if fast.is_some() && slow.is_some() {
            // What was measured is known: nothing is measured again, and the choice is the same.
            let again =
                AutoChoice::new(adapters, ms(interval), "work", &mut times, |_| Err(NO_DEVICE())).unwrap();
            assert_eq!(again, choice);
        }
    }
    let failed = AutoChoice::new(adapters, ms(33), "work", &mut FrameTimes::default(), |_| Err(NO_DEVICE()));
    assert!(failed.is_err(), "neither works");
}

/// The file outlives the program; another driver, adapter, work or a damaged file has no times.
fn times_go_stale() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gpucam/frame-times.json");
    let [power, speed] = laptop();
    FrameTimes::read(file.clone()).put(&power, "blur", ms(12));
    let times = FrameTimes::read(file.clone());
    assert_eq!(times.get(&power, "blur"), Some(ms(12)));
    assert_eq!(times.last(&power), Some((12.0, "blur")));
    assert_eq!(times.get(&power, "image"), None);
    assert_eq!(times.get(&speed, "blur"), None);
    let updated = AdapterInfo { driver_info: "25.1.0".into(), ..power.clone() };
    assert_eq!(
        (times.get(&updated, "blur"), times.last(&updated)),
        (None, None),
        "after an update of the driver"
    );
    // A new time replaces the old one, of the old driver too.
    FrameTimes::read(file.clone()).put(&updated, "blur", ms(9));
    let times = FrameTimes::read(file.clone());
    assert_eq!((times.get(&updated, "blur"), times.get(&power, "blur")), (Some(ms(9)), None));
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(env!("CARGO_PKG_VERSION"), "0.0.0")).unwrap();
    assert_eq!(FrameTimes::read(file.clone()).get(&updated, "blur"), None, "of another gpucam");
    fs::write(&file, &text[..text.len() / 2]).unwrap();
    assert_eq!(FrameTimes::read(file.clone()).get(&updated, "blur"), None, "damaged");
    FrameTimes::read(file.clone()).put(&power, "blur", ms(7));
    assert_eq!(FrameTimes::read(file.clone()).get(&power, "blur"), Some(ms(7)), "and written anew");
    for number in 0..100 {
        FrameTimes::read(file.clone()).put(&power, &format!("work {number}"), ms(number));
    }
    assert!(fs::metadata(&file).unwrap().len() < 20_000, "old times are dropped");
}

/// What doctor says of a hybrid laptop, and of a machine with one GPU.
fn doctor_says_which() {
    let [power, speed] = laptop();
    let mut times = FrameTimes::default();
    let both = [power.clone(), speed];
    let words = doctor::adapter_in_words(&both, &times);
    let start =
        "Iris Xe (25.0.7), which saves power; GeForce RTX 4060 where that is slower than the camera, or with";
    assert!(words.starts_with(start) && words.ends_with("--adapter speed"), "{words}");
    times.put(&power, "1280x720, the default model, blur", ms(41));
    let words = doctor::adapter_in_words(&both, &times);
    assert!(words.ends_with("(measured: 41.0 ms for 1280x720, the default model, blur)"), "{words}");
    assert_eq!(doctor::adapter_in_words(&[power], &FrameTimes::default()), "Iris Xe (25.0.7)");
}

/// The system's lavapipe and SwiftShader, if `scripts/drivers` has fetched it, as the two adapters of a process of
/// their own: the list, each by its index and its name, and a choice by measured times.
fn two_drivers_side_by_side() {
    let drivers = two_drivers().unwrap();
    let gpucam = |words: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gpucam"));
        let output = command.args(words.split(' ')).env("VK_DRIVER_FILES", &drivers).output().unwrap();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (list, _) = gpucam("adapters");
    let lines: Vec<_> = list.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("0  ") && lines[1].starts_with("1  "), "{list}");
    let place = |name: &str| lines.iter().position(|line| line.to_lowercase().contains(name)).expect(name);
    assert_eq!(place("llvmpipe") + place("swiftshader"), 1, "{list}");
    for (wanted, index) in [
        ("0", 0),
        ("1", 1),
        ("llvmpipe", place("llvmpipe")),
        ("SWIFTSHADER", place("swiftshader")),
        ("auto", 0),
        ("power", 0),
        ("speed", 0),
    ] {
        let (_, log) = gpucam(&format!(
            "-v --adapter {wanted} --effect none --mirror --zoom 1.5 --input testcard --size 64x36 --frames 1 --output -"
        ));
        let names = ["llvmpipe", "SwiftShader"];
        let opened: Vec<_> = names.iter().filter(|name| log.contains(*name)).collect();
        let want = names.iter().position(|name| place(&name.to_lowercase()) == index).unwrap();
        assert_eq!(opened, [&names[want]], "{wanted}: {log}");
    }
    let (_, said) = gpucam(
        "--adapter voodoo --effect none --zoom 1.5 --input testcard --size 64x36 --frames 1 --output -",
    );
    assert!(said.contains("no adapter is called 'voodoo'"), "{said}");
    // The same program once more, where two adapters are there.
    let mut inner = Command::new(env::current_exe().unwrap());
    let output = inner.args([MEASURED, "--exact"]).env("VK_DRIVER_FILES", &drivers).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// The value of VK_DRIVER_FILES for the system's lavapipe and SwiftShader.
fn two_drivers() -> Option<String> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    let swiftshader = cache.join("gpucam-drivers/swiftshader/icd.json");
    let system = fs::read_dir("/usr/share/vulkan/icd.d").ok()?.flatten().map(|entry| entry.path());
    let mut lavapipe = system.filter(|path| path.to_string_lossy().contains("/lvp_icd"));
    let both = [lavapipe.next()?, swiftshader];
    let exist = both.iter().all(|path| path.exists());
    exist.then(|| both.map(|path| path.display().to_string()).join(":"))
}

fn has_two_drivers() -> Result<(), Missing> {
    two_drivers().map(drop).ok_or("lavapipe, and SwiftShader from scripts/drivers".into())
}

fn two_adapters() -> Result<(), Missing> {
    match gpu::adapters() {
        Ok(lines) if lines.len() > 1 => Ok(()),
        _ => Err("two adapters (adapters::two_drivers_side_by_side runs it with two)".into()),
    }
}

/// Real times on two adapters. For a camera that is slower than the first one, that one is taken and the second
/// not opened; for one that is faster than both, the faster; and at the next start nothing is measured.
fn measured_on_two_adapters() {
    let lines = gpu::adapters().unwrap();
    let infos = [&lines[0].info, &lines[1].info];
    let size = Size::new(320, 180);
    let frame_time = |index: usize| {
        let gpu = Gpu::open(Some(&index.to_string()))?;
        assert_eq!(gpu.info().name, infos[index].name);
        let mut pipeline =
            Pipeline::with_input(&gpu, stand_in(&gpu), InputFormat::yuyv(size, BT601), &Settings::default())?;
        let (frame, mut output) = (scene(size, 1), vec![0; size.yuyv_bytes()]);
        pipeline.process(&frame, Duration::ZERO, &mut output)?;
        let start = Instant::now();
        (1..=3).try_for_each(|n| pipeline.process(&frame, ms(33 * n), &mut output).map(drop))?;
        Ok(start.elapsed() / 3)
    };
    let measured = RefCell::new(Vec::new());
    let measure = |index: usize| {
        measured.borrow_mut().push(index);
        frame_time(index)
    };
    let file = tempfile::tempdir().unwrap();
    let file = file.path().join("frame-times.json");
    let choose =
        |interval| AutoChoice::new(infos, interval, "blur", &mut FrameTimes::read(file.clone()), measure);
    let slow_camera = choose(Duration::from_secs(60)).unwrap();
    assert_eq!((slow_camera.index, measured.take()), (0, vec![0]), "{slow_camera}");
    let fast_camera = choose(Duration::from_micros(1)).unwrap();
    assert_eq!(measured.take(), [1], "the first one's time is known");
    let times = FrameTimes::read(file.clone());
    let [first, second] = infos.map(|info| times.get(info, "blur").unwrap());
    assert_eq!(fast_camera.index, usize::from(second < first), "{fast_camera}");
    assert_eq!(choose(Duration::from_micros(1)).unwrap(), fast_camera);
    assert_eq!(measured.take(), [0; 0], "both are known");
}
