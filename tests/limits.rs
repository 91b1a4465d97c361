//! What a device is asked for, and that this is enough: the same pictures on devices with the limits of small adapters.

use std::{sync::OnceLock, time::Duration};

use gpucam::internals::{
    Denoise, Error, Gpu, GpuError, LearnRoom, Light, Look, Pipeline, PixelFormat, PixelLayout, Quality,
    Range, Segmenter, Settings, Shape, Size,
    bench::{self, CaseOptions, Clock, RunOptions},
    cli::hint,
    effects::{ALL, Effects},
    gpu::{Ask, limits::NEEDED, small_adapters::small_adapters, tuning::Profile as Tuning},
    model::{Model, catalogue},
    passes::People,
    pipeline::InputFormat,
    segmenter::InferenceEngine,
    video::testcard::{Scene, TestCard},
};
use libtest_mimic::Trial;
use naga::{AddressSpace, ImageClass, TypeInner};
use wgpu::Limits;

use crate::{
    pipeline::stand_in,
    support::{
        Files,
        files::model_file,
        gpu::{BT601, gpu, holds_codes},
        gpu_test, needs, test,
    },
};

pub fn trials() -> Vec<Trial> {
    let both = [Files::MODEL, Files::Model("selfie-general")];
    let mut trials = vec![
        test("limits::no_shader_needs_more", no_shader_needs_more),
        test("limits::profiles_have_what_is_needed", profiles_have_what_is_needed),
        gpu_test("limits::only_what_is_used_is_asked_for", only_what_is_used),
        gpu_test("limits::more_is_refused", more_is_refused),
        gpu_test("limits::a_small_adapter_is_one_sentence", small_adapter),
        gpu_test("limits::a_picture_too_large_is_one_sentence", large_pictures),
        gpu_test("limits::a_picture_too_wide_is_one_sentence", wide_pictures),
        needs(&[Files::MODEL], gpu_test("limits::without_timestamps", without_timestamps)),
    ];
    trials.extend(small_adapters().into_iter().map(|profile| {
        let name = format!("limits::chain_on_{}", profile.name);
        needs(&both, gpu_test(&name, move || chain_on(profile.name, &profile.limits)))
    }));
    trials
}

/// Opens the adapter with these limits and no feature.
fn open(limits: &Limits, tuning: Tuning) -> Gpu {
    let ask = Ask::Exactly(Box::new(limits.clone()));
    Gpu::open_asking(None, Some(tuning.tuning()), ask).unwrap_or_else(|error| panic!("{error}"))
}

/// What one shader takes of each limit that depends on shaders.
fn taken(wgsl: &str) -> Vec<(&'static str, u64)> {
    let module = naga::front::wgsl::parse_str(wgsl).expect("valid");
    let mut layouts = naga::proc::Layouter::default();
    layouts.update(module.to_ctx()).expect("valid");
    let variables = || module.global_variables.iter().map(|(_, variable)| variable);
    let of_type = |is: fn(&TypeInner) -> bool| {
        variables().filter(|v| v.binding.is_some() && is(&module.types[v.ty].inner)).count() as u64
    };
    let in_space = |is: fn(&AddressSpace) -> bool| variables().filter(|v| is(&v.space)).collect::<Vec<_>>();
    let bytes = |v: &&naga::GlobalVariable| u64::from(layouts[v.ty].size);
    let workgroup = in_space(|space| *space == AddressSpace::WorkGroup);
    let uniforms = in_space(|space| *space == AddressSpace::Uniform);
    let [x, y, _] = module.entry_points[0].workgroup_size.map(u64::from);
    let is_storage_texture =
        |t: &TypeInner| matches!(t, TypeInner::Image { class: ImageClass::Storage { .. }, .. });
    let is_sampled = |t: &TypeInner| matches!(t, TypeInner::Image { class: ImageClass::Sampled { .. }, .. });
    vec![
        ("maxComputeWorkgroupStorageSize", workgroup.iter().map(bytes).sum()),
        ("maxComputeInvocationsPerWorkgroup", x * y),
        ("maxComputeWorkgroupSizeX", x),
        ("maxComputeWorkgroupSizeY", y),
        (
            "maxStorageBuffersPerShaderStage",
            in_space(|space| matches!(space, AddressSpace::Storage { .. })).len() as u64,
        ),
        ("maxStorageTexturesPerShaderStage", of_type(is_storage_texture)),
        ("maxSampledTexturesPerShaderStage", of_type(is_sampled)),
        ("maxUniformBuffersPerShaderStage", uniforms.len() as u64),
        ("maxUniformBufferBindingSize", uniforms.iter().map(bytes).max().unwrap_or(0)),
    ]
}

fn no_shader_needs_more() {
    let shaders = gpucam::internals::passes::SHADERS
        .iter()
        .chain(gpucam::internals::effects::shaders())
        .chain(bench::SHADERS);
    let mut most = vec![("", 0); 9];
    for shader in shaders {
        assert!(
            !shader.wgsl.contains("subgroup"),
            "{}: its adapter may have none, or of any size",
            shader.name
        );
        assert!(!shader.wgsl.contains("enable "), "{}: WGSL without extensions", shader.name);
        for (most, (limit, takes)) in most.iter_mut().zip(taken(shader.wgsl)) {
            let needed = NEEDED.iter().find(|(name, ..)| *name == limit).expect("a known limit").1;
            assert!(takes <= needed, "{}: {takes} of {limit}, where {needed} are asked for", shader.name);
            *most = (limit, most.1.max(takes));
        }
    }
    most.iter().for_each(|(limit, takes)| note!("{limit}: at most {takes}"));
    // The control: each limit was looked at, and a shader that takes too much is seen.
    assert!(most.iter().all(|(_, takes)| *takes > 0), "{most:?}");
    let large = "var<workgroup> all: array<vec4f, 1025>;\n@compute @workgroup_size(64)\nfn main() {}";
    assert_eq!(taken(large)[0], ("maxComputeWorkgroupStorageSize", 16400));
}

fn profiles_have_what_is_needed() {
    for profile in small_adapters() {
        for (limit, needs, of) in NEEDED {
            let has = of(&profile.limits);
            assert!(has >= needs, "{}: {limit} is {has}, and {needs} is needed", profile.name);
        }
    }
    // WebGPU's defaults bound all that is needed: no GPU with WebGPU is refused.
    assert!(NEEDED.iter().all(|(_, needs, of)| *needs <= of(&Limits::default())));
}

fn only_what_is_used() {
    let gpu = Gpu::open_tuned(None, Some(Tuning::Gpu.tuning())).expect("an adapter");
    let used = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::PIPELINE_CACHE;
    assert_eq!(gpu.device().features() - used, wgpu::Features::empty());
    let (has, default) = (gpu.device().limits(), Limits::default());
    assert_eq!(has.max_compute_invocations_per_workgroup, default.max_compute_invocations_per_workgroup);
    assert_eq!(has.max_compute_workgroup_storage_size, default.max_compute_workgroup_storage_size);
    assert_eq!(has.max_storage_buffers_per_shader_stage, default.max_storage_buffers_per_shader_stage);
    // The control: the adapter has more.
    let everything = Gpu::open_asking(None, None, Ask::Everything).expect("an adapter");
    assert!(everything.device().features().bits() != gpu.device().features().bits());
}

/// The error of making a pipeline of this text, if any.
fn refusal(gpu: &Gpu, wgsl: &str) -> Option<String> {
    let scope = gpu.device().push_error_scope(wgpu::ErrorFilter::Validation);
    let module = gpu.device().create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl(wgsl.into()),
    });
    let _refused = gpu.device().create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    pollster::block_on(scope.pop()).map(|error| error.to_string())
}

/// The control of all tests under limits: a device with these limits holds shaders to them. (wgpu 30 does not hold them
/// to the memory of workgroups: `no_shader_needs_more` and `engine::texts` do.)
fn more_is_refused() {
    let everything = Gpu::open_asking(None, None, Ask::Everything).expect("an adapter");
    let threads = |count: u32| format!("@compute @workgroup_size({count}) fn main() {{}}");
    let buffers = |count: u32| {
        let declared: String = (0..count)
            .map(|i| format!("@group(0) @binding({i}) var<storage, read_write> b{i}: array<u32>; "))
            .collect();
        let used: String = (0..count).map(|i| format!("b{i}[0] = {i}u; ")).collect();
        format!("{declared}@compute @workgroup_size(1) fn main() {{ {used}}}")
    };
    let cases = [("threads", threads(256), threads(512)), ("buffers", buffers(8), buffers(9))];
    for profile in
        small_adapters().into_iter().filter(|profile| ["webgpu-default", "v3d"].contains(&profile.name))
    {
        let gpu = open(&profile.limits, Tuning::Gpu);
        for (what, within, beyond) in &cases {
            assert_eq!(refusal(&gpu, within), None, "{what} on {}", profile.name);
            assert!(refusal(&gpu, beyond).is_some(), "{what} beyond {} are not refused", profile.name);
            assert_eq!(refusal(&everything, beyond), None, "{what}: this adapter has more");
        }
    }
}

/// A device that is too small is one sentence that names the adapter, the limit, and what to do.
fn small_adapter() {
    let default = Limits::default;
    let cases = [
        (Limits { max_compute_workgroup_storage_size: 8192, ..default() }, "StorageSize is 8192, and 16384"),
        (Limits { max_compute_invocations_per_workgroup: 128, ..default() }, "Workgroup is 128, and 256"),
        (Limits { max_storage_buffers_per_shader_stage: 4, ..default() }, "Stage is 4, and 8"),
    ];
    for (limits, words) in cases {
        let ask = Ask::Exactly(Box::new(limits));
        let refused = Gpu::open_asking(None, Some(Tuning::Gpu.tuning()), ask).expect_err("too small");
        assert!(matches!(refused, GpuError::TooSmall { .. }), "{refused}");
        let said = hint::sentence(&Error::from(refused));
        assert!(said.contains(words) && said.contains(&gpu().info().name), "{said}");
        assert!(said.contains("--adapter") && !said.contains('\n'), "{said}");
    }
    // Kernels with values in textures need more of those, which is said too.
    let ask = Ask::Exactly(Box::default());
    let refused = Gpu::open_asking(None, Some(Tuning::SoftwareMesa23.tuning()), ask);
    assert!(refused.is_err_and(|why| why.to_string().contains("StorageTexturesPerShaderStage is 4, and 8")));
}

/// A buffer that the adapter cannot bind is one sentence that names the flag, before anything is allocated.
fn large_pictures() {
    let gpu = open(&Limits::default(), Tuning::Gpu);
    let refused = |size: Size, settings: Settings, pixel_format: Option<PixelFormat>| {
        let yuyv = InputFormat::yuyv(size, BT601);
        let stride = 4 * size.width as usize;
        let layout =
            pixel_format.map(|pixel_format| PixelLayout { pixel_format, size, stride, range: Range::Full });
        let made = Pipeline::with_input(&gpu, stand_in(&gpu), InputFormat { layout, ..yuyv }, &settings);
        hint::sentence(&made.expect_err("too large"))
    };
    let denoise = Settings { denoise: Denoise::Auto, ..Settings::default() };
    let learn = Settings { learn_room: LearnRoom::On, ..Settings::default() };
    let cases = [
        (refused(Size::new(5472, 3648), denoise, None), "leave out --denoise"),
        (refused(Size::new(8192, 4098), learn, None), "leave out --learn-room"),
        (
            refused(Size::new(8192, 8192), Settings::default(), Some(PixelFormat::Bgrx)),
            "make the picture smaller",
        ),
    ];
    for (said, words) in cases {
        assert!(said.contains("134217728") && said.contains(words) && !said.contains('\n'), "{said}");
    }
    // At half the size the room is a quarter of that, and fits.
    let learn = Settings { learn_room: LearnRoom::On, quality: Quality::Low, ..Settings::default() };
    let input = InputFormat::yuyv(Size::new(8192, 4098), BT601);
    Pipeline::with_input(&gpu, stand_in(&gpu), input, &learn).expect("a room at half the size");
}

/// The same for textures, where the adapter has them up to 4096 texels: a mask is as wide only for a narrow strip. Other
/// wide pictures work, with the effects that make planes of them.
fn wide_pictures() {
    let profile = small_adapters().into_iter().find(|profile| profile.name == "v3d").expect("a profile");
    let gpu = open(&profile.limits, Tuning::Gpu);
    let made = |size: Size, effect: &str| {
        let effects = Effects::parse_all(&[effect]).expect("an effect");
        let settings = Settings { effects, ..Settings::default() };
        Pipeline::new(&gpu, stand_in(&gpu), size, BT601, &settings)
    };
    for size in [Size::new(8192, 16), Size::new(16, 8192)] {
        let said = hint::sentence(&made(size, "blur").expect_err("too wide"));
        assert!(said.contains("the mask of a picture") && said.contains("2D is 4096; make"), "{said}");
        assert!(!said.contains('\n'), "{said}");
        // What needs no mask needs no texture.
        made(size, "none").expect("a pipeline");
    }
    let size = Size::new(8192, 32);
    for effect in ["blur:40", "blur:strength=40,shape=disc", "pixelate:size=4", "hologram", "cartoon"] {
        let mut pipeline = made(size, effect).unwrap_or_else(|why| panic!("{effect}: {why}"));
        let mut shown = vec![0; size.yuyv_bytes()];
        let frame = [16, 128].repeat(size.area());
        pipeline.process(&frame, Duration::ZERO, &mut shown).expect("a frame");
        assert!(shown.iter().any(|&byte| byte != 0), "{effect} draws nothing");
    }
}

const SIZE: Size = Size::new(326, 182);
const FRAMES: u64 = 3;

fn segmenter(gpu: &Gpu) -> Segmenter {
    let load = |name: &str| {
        let entry = catalogue::named(name).expect("a name of the catalogue");
        let model = Model::open(&model_file(name)).expect("a model");
        Segmenter::load(gpu, &model, entry.reading, InferenceEngine::Fast)
    };
    load("selfie-landscape").with_second(load("selfie-general"))
}

/// Frames with all that changes the mask, and then every effect that needs no file.
fn shown(gpu: &Gpu) -> Vec<u8> {
    let named = ALL.iter().map(|spec| spec.name).filter(|name| Effects::parse_all(&[name, "tint"]).is_ok());
    let effects: Vec<_> = named.collect();
    assert!(effects.len() > 8, "{effects:?}");
    let settings = Settings {
        effects: Effects::parse_all(&effects).expect("effects"),
        people: People::Front,
        look: Look::Twice,
        learn_room: LearnRoom::On,
        shape: Shape { grow: 2.0, feather: 1.5, islands: 0.01, ..Shape::default() },
        light: Light::Auto,
        denoise: Denoise::Auto,
        ..Settings::default()
    };
    let mut pipeline = Pipeline::new(gpu, segmenter(gpu), SIZE, BT601, &settings).expect("a pipeline");
    let mut shown = Vec::new();
    for number in 0..FRAMES {
        let mut output = vec![0; SIZE.yuyv_bytes()];
        let at = Duration::from_millis(33 * number);
        pipeline.process(&frames()[number as usize], at, &mut output).expect("a frame");
        shown.extend(output);
    }
    shown
}

fn frames() -> &'static [Vec<u8>] {
    static DRAWN: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    DRAWN.get_or_init(|| {
        let card = TestCard::new(Scene::Clutter, 2, SIZE);
        (0..FRAMES as u32).map(|number| card.yuyv(number).bytes).collect()
    })
}

/// The chain on a device with a profile's limits shows what it shows on one with all that the adapter has.
fn chain_on(name: &str, limits: &Limits) {
    static WANTED: [OnceLock<Vec<u8>>; 2] = [OnceLock::new(), OnceLock::new()];
    // The others differ in what `scripts/test-drivers` runs the suite for.
    let tunings = if name == "webgpu-default" { 0..2 } else { 1..2 };
    for (tuning, wanted) in tunings.map(|i| ([Tuning::Software, Tuning::Gpu][i], &WANTED[i])) {
        let want = wanted.get_or_init(|| {
            shown(&Gpu::open_asking(None, Some(tuning.tuning()), Ask::Everything).expect("an adapter"))
        });
        let gpu = open(limits, tuning);
        assert_eq!(gpu.device().features(), wgpu::Features::empty());
        assert!(gpu.device().limits().check_limits(limits), "no more than the profile has");
        holds_codes(&format!("{name}, {tuning}"), &shown(&gpu), want, &frames().concat(), 3);
    }
}

/// The bench uses the processor's clock and says so, and a pipeline says that it cannot be timed.
fn without_timestamps() {
    let gpu = open(&Limits::default(), Tuning::Gpu);
    assert!(!gpu.has_timestamps() && Clock::for_gpu(&gpu) == Clock::Cpu);
    let settings = Settings { look: Look::Once, learn_room: LearnRoom::Off, ..Settings::default() };
    let mut pipeline = Pipeline::new(&gpu, segmenter(&gpu), SIZE, BT601, &settings).expect("a pipeline");
    assert!(!pipeline.enable_timing(), "there is nothing to time with");
    pipeline.process(&frames()[0], Duration::ZERO, &mut vec![0; SIZE.yuyv_bytes()]).expect("a frame");
    assert!(pipeline.timings().is_none());
    let case =
        CaseOptions { size: SIZE, segmenter: segmenter(&gpu), settings, label: "blur".into(), alone: None };
    let options = RunOptions {
        frames: Some(2),
        rounds: 1,
        clock: Clock::for_gpu(&gpu),
        paced: Vec::new(),
        peers: false,
    };
    let report = bench::run(&gpu, vec![case], options, &mut |_| ()).expect("a report").to_string();
    let first = report.lines().next().expect("a line");
    assert!(first.ends_with("passes are timed by the CPU's clock, each dispatch alone"), "{first}");
    assert!(report.lines().any(|line| line.starts_with("composite")), "{report}");
}
