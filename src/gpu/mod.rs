//! One wgpu device, shared with burn, and the few things built on it: planes, recordings, readback, timing.
//!
//! Everything on the device is made through [`Gpu`], which counts it: after the first frame the counts stand
//! still (`tests/pipeline.rs` holds them to it).

mod ahead;
pub mod burn;
mod cache;
mod plane;
mod readback;
mod recorder;
mod shader;
mod timer;

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

pub use self::{
    plane::{
        Bind, Bound, Coded, Coefficients, Eight, Four, Person, Plane, Soft, Storage, Sums, Texel, Trust,
    },
    readback::{Readback, Upload},
    recorder::{Over, Recorder, Recording, Step},
    shader::{Coding, Field, Generated, Literal, Scalar, Shader, Uniform},
    timer::{Grain, Span, Timer},
};
use crate::{Error, Result};

/// The device that our passes and burn share. Cheap to clone.
#[derive(Clone)]
pub struct Gpu(Arc<Inner>);

struct Inner {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    /// Made at first use: a frame that the fast engine makes never waits for it.
    burn: OnceLock<::burn::tensor::Device>,
    /// By the whole text: equal shaders are one pipeline. A thread that needs one that another makes waits for it.
    pipelines: Mutex<HashMap<Arc<str>, Arc<OnceLock<wgpu::ComputePipeline>>>>,
    cache: Option<cache::Cache>,
    compiled: ahead::Compiled,
    made: Counters,
}

#[derive(Default)]
struct Counters {
    buffers: AtomicU64,
    textures: AtomicU64,
    pipelines: AtomicU64,
    bind_groups: AtomicU64,
    readbacks: AtomicU64,
    readback_bytes: AtomicU64,
}

/// What our passes have made and read back since the device was opened. burn's own is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// wgpu buffers.
    pub buffers: u64,
    /// wgpu textures.
    pub textures: u64,
    /// Compute pipelines.
    pub pipelines: u64,
    /// Bind groups.
    pub bind_groups: u64,
    /// Times that bytes came back from the GPU.
    pub readbacks: u64,
    /// Bytes that came back.
    pub readback_bytes: u64,
}

/// What lives on the device, burn's share included, as wgpu counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alive {
    /// wgpu buffers.
    pub buffers: i64,
    /// Bind groups.
    pub bind_groups: i64,
    /// Compute pipelines.
    pub pipelines: i64,
}

/// An adapter as `gpucam adapters` lists it.
#[derive(Clone, Debug)]
pub struct AdapterLine {
    /// Its place in the list, which `--adapter` takes.
    pub index: usize,
    /// Name, kind and driver, as the driver gives them.
    pub info: wgpu::AdapterInfo,
}

impl fmt::Display for AdapterLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wgpu::AdapterInfo { name, driver, driver_info, .. } = &self.info;
        write!(f, "{}  {name}  ({}, {driver} {driver_info})", self.index, kind(self.info.device_type))
    }
}

/// Mesa's major version in "Mesa 22.3.6 (LLVM 15.0.6)".
fn mesa(driver: &str) -> Option<u32> {
    driver.strip_prefix("Mesa ")?.split('.').next()?.parse().ok()
}

fn kind(device_type: wgpu::DeviceType) -> &'static str {
    match device_type {
        wgpu::DeviceType::DiscreteGpu => "discrete GPU",
        wgpu::DeviceType::IntegratedGpu => "integrated GPU",
        wgpu::DeviceType::VirtualGpu => "virtual GPU",
        wgpu::DeviceType::Cpu => "software on the CPU",
        wgpu::DeviceType::Other => "other",
    }
}

/// Vulkan adapters, the one used by default first: discrete, integrated, virtual, other, software.
fn adapters_of(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    });
    adapters
}

/// burn asks what the adapter can do, not what the device was opened with: it is opened with all of it.
fn descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    wgpu::DeviceDescriptor {
        label: Some("gpucam"),
        required_features: adapter.features()
            - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS
            - wgpu::Features::all_experimental_mask(),
        required_limits: adapter.limits(),
        ..Default::default()
    }
}

/// A shader's text as a pipeline.
fn pipeline(
    device: &wgpu::Device,
    label: &str,
    wgsl: &str,
    cache: Option<&wgpu::PipelineCache>,
) -> wgpu::ComputePipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(wgsl.into()),
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(label),
        layout: None, // the WGSL alone declares the bindings
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            // Every pass writes its workgroup memory before it reads it.
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache,
    })
}

fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN;
    wgpu::Instance::new(descriptor)
}

/// Every Vulkan adapter of the machine, the default first.
///
/// # Errors
/// [`Error::NoAdapter`] where there is none.
pub fn adapters() -> Result<Vec<AdapterLine>> {
    let lines: Vec<_> = adapters_of(&instance())
        .iter()
        .enumerate()
        .map(|(index, adapter)| AdapterLine { index, info: adapter.get_info() })
        .collect();
    if lines.is_empty() { Err(Error::NoAdapter) } else { Ok(lines) }
}

impl Gpu {
    /// Opens the default adapter, or the one whose index, or part of whose name, is `wanted`.
    ///
    /// # Errors
    /// [`Error::NoAdapter`], [`Error::UnknownAdapter`], or [`Error::Device`] in the driver's words.
    pub fn open(wanted: Option<&str>) -> Result<Self> {
        let instance = instance();
        let adapters = adapters_of(&instance);
        if adapters.is_empty() {
            return Err(Error::NoAdapter);
        }
        let matches = |(index, adapter): &(usize, wgpu::Adapter)| match wanted {
            None => true,
            Some(text) => match text.parse::<usize>() {
                Ok(number) => number == *index,
                Err(_) => adapter.get_info().name.to_lowercase().contains(&text.to_lowercase()),
            },
        };
        let adapter = adapters.into_iter().enumerate().find(matches).map(|(_, adapter)| adapter);
        let adapter =
            adapter.ok_or_else(|| Error::UnknownAdapter { wanted: wanted.unwrap_or_default().into() })?;
        let info = adapter.get_info();
        let device = adapter.request_device(&descriptor(&adapter));
        let failed = |reason: String| Error::Device { adapter: info.name.clone(), reason };
        let (device, queue) = pollster::block_on(device).map_err(|e| failed(e.to_string()))?;
        tracing::debug!(adapter = info.name, driver = info.driver_info, "device opened");
        let cache = cache::Cache::open(&device, &info);
        let compiled = ahead::Compiled::open(cache::file("compiled", &info));
        Ok(Self(Arc::new(Inner {
            device,
            queue,
            info,
            instance,
            adapter,
            burn: OnceLock::new(),
            pipelines: Mutex::default(),
            cache,
            compiled,
            made: Counters::default(),
        })))
    }

    /// The wgpu device.
    pub fn device(&self) -> &wgpu::Device {
        &self.0.device
    }

    /// The one queue, which orders our work and burn's.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.0.queue
    }

    /// The adapter's name, kind and driver.
    pub fn info(&self) -> &wgpu::AdapterInfo {
        &self.0.info
    }

    /// Whether the adapter is a CPU: software Vulkan, where a thread is a lane of a vector.
    pub fn is_software(&self) -> bool {
        self.info().device_type == wgpu::DeviceType::Cpu
    }

    /// Whether reads of buffers and of workgroup memory take a driver long to compile: llvmpipe since about Mesa 23 makes
    /// branches of them for every lane and channel.
    pub fn compiles_reads_slowly(&self) -> bool {
        self.is_software() && mesa(&self.info().driver_info).is_some_and(|version| version >= 23)
    }

    /// burn's view of the same device.
    ///
    /// # Panics
    /// Where burn refuses a device that is open already, which it has no reason for.
    pub fn burn(&self) -> &::burn::tensor::Device {
        let Inner { instance, adapter, device, queue, info, burn, .. } = &*self.0;
        burn.get_or_init(|| {
            let setup = ::burn::tensor::wgpu::WgpuSetup {
                instance: instance.clone(),
                adapter: adapter.clone(),
                device: device.clone(),
                queue: queue.clone(),
                backend: info.backend,
            };
            let made = ::burn::tensor::Device::wgpu_options().setup(setup).init();
            made.expect("burn takes the open device")
        })
    }

    /// Whether the adapter can time its own work.
    pub fn has_timestamps(&self) -> bool {
        self.device().features().contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    /// What our passes have made so far.
    pub fn made(&self) -> Made {
        let Counters { buffers, textures, pipelines, bind_groups, readbacks, readback_bytes } = &self.0.made;
        Made {
            buffers: buffers.load(Relaxed),
            textures: textures.load(Relaxed),
            pipelines: pipelines.load(Relaxed),
            bind_groups: bind_groups.load(Relaxed),
            readbacks: readbacks.load(Relaxed),
            readback_bytes: readback_bytes.load(Relaxed),
        }
    }

    /// Bytes of the device's memory in use and reserved, burn's included; `None` where wgpu does not count them.
    pub fn memory(&self) -> Option<(u64, u64)> {
        let report = self.device().generate_allocator_report()?;
        Some((report.total_allocated_bytes, report.total_reserved_bytes))
    }

    /// What lives on the device now, burn's included.
    pub fn alive(&self) -> Alive {
        let hal = self.device().get_internal_counters().hal;
        Alive {
            buffers: hal.buffers.read() as i64,
            bind_groups: hal.bind_groups.read() as i64,
            pipelines: hal.compute_pipelines.read() as i64,
        }
    }

    fn create_buffer(&self, descriptor: &wgpu::BufferDescriptor<'_>) -> wgpu::Buffer {
        self.0.made.buffers.fetch_add(1, Relaxed);
        self.device().create_buffer(descriptor)
    }

    fn create_texture(&self, descriptor: &wgpu::TextureDescriptor<'_>) -> wgpu::Texture {
        self.0.made.textures.fetch_add(1, Relaxed);
        self.device().create_texture(descriptor)
    }

    fn create_bind_group(&self, descriptor: &wgpu::BindGroupDescriptor<'_>) -> wgpu::BindGroup {
        self.0.made.bind_groups.fetch_add(1, Relaxed);
        self.device().create_bind_group(descriptor)
    }

    /// The pipeline of a shader's text, made at first use and kept.
    fn pipeline(&self, label: &str, wgsl: &Arc<str>) -> wgpu::ComputePipeline {
        let pipeline = {
            let mut pipelines = self.0.pipelines.lock().expect("no panic while looking up");
            pipelines.entry(wgsl.clone()).or_default().clone()
        };
        pipeline.get_or_init(|| self.compile(label, wgsl)).clone()
    }

    fn compile(&self, label: &str, wgsl: &str) -> wgpu::ComputePipeline {
        self.0.made.pipelines.fetch_add(1, Relaxed);
        let began = Instant::now();
        let made = pipeline(self.device(), label, wgsl, self.0.cache.as_ref().map(cache::Cache::use_for_one));
        tracing::trace!("{label}: pipeline made in {:.1?}", began.elapsed());
        made
    }

    /// Makes the pipelines of all these labels and texts, in as many threads as there are processors.
    fn prepare(&self, shaders: &[(&str, &Arc<str>)]) {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((label, wgsl)) = shaders.get(next.fetch_add(1, Relaxed)) {
                self.pipeline(label, wgsl);
            }
        };
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(shaders.len());
        thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }

    /// Has the driver compile what is coming, where it would else do so one by one in the first frame.
    fn compile_ahead(&self, coming: &[ahead::Coming<'_>]) {
        if self.info().device_type == wgpu::DeviceType::Cpu {
            self.0.compiled.compile(&self.0.adapter, coming);
        }
    }

    /// A shader's text as it is kept, if it was compiled before.
    fn known(&self, wgsl: &str) -> Option<Arc<str>> {
        let pipelines = self.0.pipelines.lock().expect("no panic while looking up");
        pipelines.get_key_value(wgsl).map(|(wgsl, _)| wgsl.clone())
    }

    /// Keeps on disk what the driver has compiled so far, for the next start; in a thread of its own.
    pub fn keep_pipelines(&self) {
        let gpu = Arc::downgrade(&self.0);
        thread::spawn(move || {
            gpu.upgrade().iter().filter_map(|inner| inner.cache.as_ref()).for_each(cache::Cache::keep)
        });
    }

    fn count_readback(&self, bytes: u64) {
        self.0.made.readbacks.fetch_add(1, Relaxed);
        self.0.made.readback_bytes.fetch_add(bytes, Relaxed);
    }

    /// Waits until all submitted work is done and its callbacks have run.
    ///
    /// # Errors
    /// [`Error::GpuLost`] when the device went away.
    pub fn wait(&self) -> Result<()> {
        let lost = |e: wgpu::PollError| Error::GpuLost { reason: e.to_string() };
        self.device().poll(wgpu::PollType::wait_indefinitely()).map(drop).map_err(lost)
    }
}

impl Gpu {
    /// Waits until a submission, and all before it, is done and its callbacks have run.
    ///
    /// # Errors
    /// [`Error::GpuLost`] when the device went away.
    pub fn wait_for(&self, submission: wgpu::SubmissionIndex) -> Result<()> {
        let until = wgpu::PollType::Wait { submission_index: Some(submission), timeout: None };
        let lost = |e: wgpu::PollError| Error::GpuLost { reason: e.to_string() };
        self.device().poll(until).map(drop).map_err(lost)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.cache.iter().for_each(cache::Cache::keep);
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gpu({})", self.info().name)
    }
}
