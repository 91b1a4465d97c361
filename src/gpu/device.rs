//! The device and everything created on it.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    adapter, adapter_view,
    cache::{self, Cache},
    compile,
    compiled::Compiled,
    counters::{Counters, CreatedResources, LiveResources, count_device},
    error::{GpuError, Result},
    limits::{Ask, Request},
    loss::{note_loss, reason_of},
    tuning::Tuning,
};

/// The device that gpucam's passes and burn share. Cheap to clone.
#[derive(Clone)]
pub struct Gpu(Arc<Inner>, Arc<Choices>);

/// The same device, which this does not keep open.
#[cfg(feature = "cli")]
#[derive(Clone, Debug, Default)]
pub(crate) struct WeakGpu(std::sync::Weak<Inner>, Option<Arc<Choices>>);

#[cfg(feature = "cli")]
impl WeakGpu {
    /// The device, if anything else keeps it open and it is not lost.
    pub(crate) fn upgrade(&self) -> Option<Gpu> {
        let gpu = Gpu(self.0.upgrade()?, self.1.clone()?);
        Some(gpu).filter(|gpu| !gpu.0.is_lost.load(Relaxed))
    }
}

/// What is chosen for the device's user.
#[derive(Debug)]
struct Choices {
    tuning: Tuning,
    /// Whether the choices are only tried: what is compiled for them is not kept for the next start.
    are_tried: bool,
    tamper: Option<Tamper>,
}

/// Replaces the WGSL of a shader with this label, to show that what is wrong is noticed.
#[doc(hidden)]
pub type Tamper = fn(tuning: &Tuning, label: &str, wgsl: &str) -> Option<String>;

struct Inner {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    /// Of the adapter among all.
    index: usize,
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    /// What the device was requested with.
    request: Request,
    /// Created at first use, because the fast engine does not need it.
    burn: OnceLock<::burn::tensor::Device>,
    /// Keyed by the whole WGSL text, so equal shaders share a pipeline. A thread that needs a pipeline waits
    /// while another thread compiles it.
    pipelines: Mutex<HashMap<Arc<str>, Arc<OnceLock<wgpu::ComputePipeline>>>>,
    cache: Option<Arc<Cache>>,
    compiled: Compiled,
    /// Whether texts are being compiled before the first frame.
    compiles_ahead: AtomicBool,
    created: Counters,
    /// Whether it was lost or hangs.
    is_lost: Arc<AtomicBool>,
    /// Whether a frame has run on it.
    has_run: AtomicBool,
    /// When a frame was last waited for.
    last_frame: Mutex<Option<Instant>>,
}

/// More pipelines than this are kept only while a recording has them. A pipeline in use is in one of a few
/// recordings.
const MOST_PIPELINES: usize = 512;

impl Gpu {
    /// Opens the default adapter, which is an integrated GPU if there is one, or the one that `wanted` names: its
    /// index, a part of its name, `power` (the default), or `speed` (a discrete GPU if there is one).
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], [`GpuError::UnknownAdapter`], [`GpuError::TooSmall`], or [`GpuError::Open`] with the
    /// driver's reason.
    pub fn open(wanted: Option<&str>) -> Result<Self> {
        Self::open_tuned(wanted, None)
    }

    /// Like [`Gpu::open`], with this tuning instead of the adapter's default.
    ///
    /// # Errors
    /// As [`Gpu::open`].
    #[doc(hidden)]
    pub fn open_tuned(wanted: Option<&str>, tuning: Option<Tuning>) -> Result<Self> {
        Self::open_as(wanted, |_| tuning, Ask::Used)
    }

    /// Like [`Gpu::open_tuned`], with another part of the adapter than what gpucam uses.
    ///
    /// # Errors
    /// As [`Gpu::open`].
    #[doc(hidden)]
    pub fn open_asking(wanted: Option<&str>, tuning: Option<Tuning>, ask: Ask) -> Result<Self> {
        Self::open_as(wanted, |_| tuning, ask)
    }

    /// Like [`Gpu::open`], with the tuning that `choose` gives for the adapter instead of its default, and this part of
    /// the adapter.
    ///
    /// # Errors
    /// As [`Gpu::open`].
    pub(crate) fn open_as(
        wanted: Option<&str>,
        choose: impl FnOnce(&wgpu::AdapterInfo) -> Option<Tuning>,
        ask: Ask,
    ) -> Result<Self> {
        let instance = adapter::instance();
        let adapters = adapter::vulkan_adapters(&instance);
        if adapters.is_empty() {
            return Err(GpuError::NoAdapter);
        }
        let infos: Vec<_> = adapters.iter().map(wgpu::Adapter::get_info).collect();
        let found =
            adapter::find(&infos, wanted).and_then(|index| Some((index, adapters.into_iter().nth(index)?)));
        let (index, adapter) =
            found.ok_or_else(|| GpuError::UnknownAdapter { wanted: wanted.unwrap_or_default().into() })?;
        let info = adapter.get_info();
        let tuning = choose(&info).unwrap_or_else(|| Tuning::for_adapter(&info));
        let request = Request::new(&adapter, ask, &tuning)?;
        let device = adapter.request_device(&request.descriptor());
        let failed = |source| GpuError::Open { adapter: info.name.clone(), source };
        let (device, queue) = pollster::block_on(device).map_err(failed)?;
        count_device();
        tracing::debug!(adapter = info.name, driver = info.driver_info, "device opened");
        let is_lost = Arc::<AtomicBool>::default();
        note_loss(&device, &is_lost, |_, _| {});
        let cache = Cache::open(&device, &info).map(Arc::new);
        let compiled = Compiled::open(cache::file("compiled", &info));
        let choices = Choices { tuning, are_tried: false, tamper: None };
        let inner = Inner {
            device,
            queue,
            info,
            index,
            instance,
            adapter,
            request,
            burn: OnceLock::new(),
            pipelines: Mutex::default(),
            cache,
            compiled,
            compiles_ahead: AtomicBool::new(false),
            created: Counters::default(),
            is_lost,
            has_run: AtomicBool::new(false),
            last_frame: Mutex::default(),
        };
        Ok(Self(Arc::new(inner), Arc::new(choices)))
    }

    /// The same device with other choices, to try them. What is compiled for them alone is not kept on disk.
    #[doc(hidden)]
    #[must_use]
    pub fn trying(&self, tuning: Tuning, tamper: Option<Tamper>) -> Self {
        Self(self.0.clone(), Arc::new(Choices { tuning, are_tried: true, tamper }))
    }

    #[cfg(feature = "cli")]
    pub(crate) fn downgrade(&self) -> WeakGpu {
        WeakGpu(Arc::downgrade(&self.0), Some(self.1.clone()))
    }

    /// It was lost, or hangs: it must not be used for anything new.
    pub(crate) fn mark_lost(&self) {
        self.0.is_lost.store(true, Relaxed);
    }

    /// Also calls `tell` when it is lost, or destroyed after its last use.
    #[cfg(feature = "studio")]
    pub(crate) fn on_loss(&self, tell: impl Fn(wgpu::DeviceLostReason, String) + Send + 'static) {
        note_loss(self.device(), &self.0.is_lost, tell);
    }

    /// Whether it was lost or hangs, for what outlives it.
    pub(super) fn loss(&self) -> &Arc<AtomicBool> {
        &self.0.is_lost
    }

    /// The wgpu device.
    #[doc(hidden)]
    pub fn device(&self) -> &wgpu::Device {
        &self.0.device
    }

    /// The queue that gpucam and burn share, which orders their work.
    #[doc(hidden)]
    pub fn queue(&self) -> &wgpu::Queue {
        &self.0.queue
    }

    /// The adapter's name, type and driver.
    pub fn info(&self) -> &wgpu::AdapterInfo {
        &self.0.info
    }

    /// The index of the adapter, which names it alone: two may have one name, or one a part of the other's.
    #[doc(hidden)]
    pub fn index(&self) -> usize {
        self.0.index
    }

    /// The adapter that the device was requested from.
    #[doc(hidden)]
    pub fn adapter(&self) -> &wgpu::Adapter {
        &self.0.adapter
    }

    /// The instance that found the adapter.
    #[doc(hidden)]
    pub fn instance(&self) -> &wgpu::Instance {
        &self.0.instance
    }

    /// Whether a frame has run on it.
    pub(super) fn has_run(&self) -> bool {
        self.0.has_run.load(Relaxed)
    }

    pub(super) fn request(&self) -> &Request {
        &self.0.request
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.0.compiled
    }

    /// Whether the driver is compiling what later starts find compiled.
    #[doc(hidden)]
    pub fn is_compiling(&self) -> bool {
        self.0.compiles_ahead.load(Relaxed) || self.0.cache.as_ref().is_some_and(|cache| cache.is_cold())
    }

    pub(super) fn set_compiles_ahead(&self, compiles_ahead: bool) {
        self.0.compiles_ahead.store(compiles_ahead, Relaxed);
    }

    /// The choices made for this adapter.
    #[doc(hidden)]
    pub fn tuning(&self) -> &Tuning {
        &self.1.tuning
    }

    /// burn's handle to the same device.
    ///
    /// # Panics
    /// If burn refuses the open device, which cannot happen.
    #[doc(hidden)]
    pub fn burn(&self) -> &::burn::tensor::Device {
        let Inner { instance, adapter, device, queue, info, request, burn, .. } = &*self.0;
        burn.get_or_init(|| {
            let setup = ::burn::tensor::wgpu::WgpuSetup {
                instance: instance.clone(),
                adapter: adapter_view::adapter_with(instance, adapter, request),
                device: device.clone(),
                queue: queue.clone(),
                backend: info.backend,
            };
            let device = ::burn::tensor::Device::wgpu_options().setup(setup).init();
            device.expect("burn takes the open device")
        })
    }

    /// Whether the adapter supports timestamp queries.
    #[doc(hidden)]
    pub fn has_timestamps(&self) -> bool {
        self.device().features().contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    /// Counts of objects that gpucam's passes have created so far.
    #[doc(hidden)]
    pub fn created(&self) -> CreatedResources {
        let Counters { buffers, textures, pipelines, bind_groups, readbacks, readback_bytes } =
            &self.0.created;
        CreatedResources {
            buffers: buffers.load(Relaxed),
            textures: textures.load(Relaxed),
            pipelines: pipelines.load(Relaxed),
            bind_groups: bind_groups.load(Relaxed),
            readbacks: readbacks.load(Relaxed),
            readback_bytes: readback_bytes.load(Relaxed),
        }
    }

    /// Bytes of device memory in use and reserved, burn's included; `None` if wgpu does not report them.
    #[doc(hidden)]
    pub fn memory(&self) -> Option<(u64, u64)> {
        let report = self.device().generate_allocator_report()?;
        Some((report.total_allocated_bytes, report.total_reserved_bytes))
    }

    /// Counts of objects alive on the device now, burn's included.
    #[doc(hidden)]
    pub fn live(&self) -> LiveResources {
        let hal = self.device().get_internal_counters().hal;
        LiveResources {
            buffers: hal.buffers.read() as i64,
            bind_groups: hal.bind_groups.read() as i64,
            pipelines: hal.compute_pipelines.read() as i64,
        }
    }

    pub(super) fn create_buffer(&self, descriptor: &wgpu::BufferDescriptor<'_>) -> wgpu::Buffer {
        self.0.created.buffers.fetch_add(1, Relaxed);
        self.device().create_buffer(descriptor)
    }

    pub(super) fn create_texture(&self, descriptor: &wgpu::TextureDescriptor<'_>) -> wgpu::Texture {
        self.0.created.textures.fetch_add(1, Relaxed);
        self.device().create_texture(descriptor)
    }

    pub(super) fn create_bind_group(&self, descriptor: &wgpu::BindGroupDescriptor<'_>) -> wgpu::BindGroup {
        self.0.created.bind_groups.fetch_add(1, Relaxed);
        self.device().create_bind_group(descriptor)
    }

    /// The pipeline of this WGSL, compiled at first use and kept.
    pub(super) fn pipeline(&self, label: &str, wgsl: &Arc<str>) -> wgpu::ComputePipeline {
        let tampered = self.1.tamper.and_then(|tamper| tamper(&self.1.tuning, label, wgsl)).map(Arc::from);
        let wgsl = tampered.as_ref().unwrap_or(wgsl);
        let pipeline = {
            let mut pipelines = self.0.pipelines.lock().expect("no panic while looking up");
            if pipelines.len() >= MOST_PIPELINES {
                // Recordings share the text, so a text without any other owner is in none.
                pipelines.retain(|text, _| Arc::strong_count(text) > 1 || Arc::ptr_eq(text, wgsl));
            }
            pipelines.entry(wgsl.clone()).or_default().clone()
        };
        pipeline.get_or_init(|| self.compile(label, wgsl)).clone()
    }

    fn compile(&self, label: &str, wgsl: &str) -> wgpu::ComputePipeline {
        self.0.created.pipelines.fetch_add(1, Relaxed);
        let began = Instant::now();
        let cache = self.0.cache.as_ref().filter(|_| !self.1.are_tried);
        let pipeline = compile::pipeline(self.device(), label, wgsl, cache.map(|cache| cache.use_for_one()));
        tracing::trace!("{label}: pipeline compiled in {:.1?}", began.elapsed());
        pipeline
    }

    /// Compiles these labelled WGSL texts, on one thread per CPU core.
    pub(super) fn prepare(&self, shaders: &[(&str, &Arc<str>)]) {
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

    /// The stored copy of this WGSL, if it was compiled before.
    pub(super) fn known(&self, wgsl: &str) -> Option<Arc<str>> {
        let pipelines = self.0.pipelines.lock().expect("no panic while looking up");
        pipelines.get_key_value(wgsl).map(|(wgsl, _)| wgsl.clone())
    }

    /// Writes the compiled pipelines to disk for the next start, on a background thread.
    #[doc(hidden)]
    pub fn persist_pipelines(&self) {
        self.0.has_run.store(true, Relaxed);
        self.0.cache.iter().for_each(Cache::persist_in_background);
    }

    pub(super) fn count_readback(&self, bytes: u64) {
        self.0.created.readbacks.fetch_add(1, Relaxed);
        self.0.created.readback_bytes.fetch_add(bytes, Relaxed);
    }

    /// Waits until all submitted work is done and its callbacks have run; for at most [`LONGEST_WORK`].
    ///
    /// # Errors
    /// [`GpuError::Lost`] if the device is lost, [`GpuError::Hung`] if it does not answer.
    #[doc(hidden)]
    pub fn wait(&self) -> Result<()> {
        self.wait_until(None, LONGEST_WORK)
    }

    /// Waits for at most `patience` until a submission is done and its callbacks have run.
    ///
    /// # Errors
    /// As [`Gpu::wait`].
    #[doc(hidden)]
    pub fn wait_for(&self, submission: wgpu::SubmissionIndex, patience: Duration) -> Result<()> {
        if let Ok(mut last) = self.0.last_frame.lock() {
            *last = Some(Instant::now());
        }
        self.wait_until(Some(submission), patience)
    }

    /// Whether all submitted work is done or lost, also that of a device that is marked as lost. Does not wait.
    pub(crate) fn is_idle(&self) -> bool {
        let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(Duration::ZERO) };
        !matches!(self.ask(wait, Duration::ZERO), Err(GpuError::Hung { .. }))
    }

    /// Whether it is known that the device was lost.
    pub(crate) fn is_lost(&self) -> bool {
        self.0.is_lost.load(Relaxed)
    }

    /// Calls the callbacks of what is done, without waiting.
    pub(super) fn turn(&self) -> Result<()> {
        self.poll(wgpu::PollType::Poll, Duration::ZERO)
    }

    /// When a frame was last waited for; none before the first.
    #[cfg(feature = "cli")]
    pub(crate) fn last_frame(&self) -> Option<Instant> {
        self.0.last_frame.lock().ok().and_then(|last| *last)
    }

    fn wait_until(&self, submission: Option<wgpu::SubmissionIndex>, patience: Duration) -> Result<()> {
        // In turns: a process that was stopped meanwhile, or whose machine was, has lost one of them and not all.
        let mut waited = Ok(());
        for _ in 0..WAITS {
            let timeout = Some(patience / WAITS);
            waited =
                self.poll(wgpu::PollType::Wait { submission_index: submission.clone(), timeout }, patience);
            if !matches!(waited, Err(GpuError::Hung { .. })) {
                break;
            }
        }
        waited
    }

    fn poll(&self, until: wgpu::PollType, patience: Duration) -> Result<()> {
        if self.is_lost() {
            // To poll would free what it has mapped, which others may be reading.
            return Err(GpuError::Lost { reason: "it was lost before".into() });
        }
        self.ask(until, patience)
    }

    /// Polls. wgpu panics where the driver answers that the device is lost.
    fn ask(&self, until: wgpu::PollType, patience: Duration) -> Result<()> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.device().poll(until)));
        match polled {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(wgpu::PollError::Timeout)) => Err(GpuError::Hung { waited: patience }),
            Ok(Err(error)) => Err(GpuError::Lost { reason: error.to_string() }),
            Err(panic) => Err(GpuError::Lost { reason: reason_of(&*panic) }),
        }
    }
}

/// How long any work may take, drivers that compile at its first dispatch included: llvmpipe of Mesa 25 takes
/// minutes for burn's kernels.
pub const LONGEST_WORK: Duration = Duration::from_secs(600);
/// Number of turns in which a device is waited for.
const WAITS: u32 = 10;

impl Drop for Inner {
    fn drop(&mut self) {
        self.cache.iter().for_each(|cache| cache.finish());
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gpu({})", self.info().name)
    }
}
