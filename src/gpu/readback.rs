//! Copies between CPU and GPU: upload and readback. The staging buffers are created once and mapped for every
//! frame.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use super::error::{GpuError, Result};
use super::{Gpu, Plane, Storage, Texel, device::LONGEST_WORK};
use crate::frame::{copies, packed::LentBytes};

/// Copies bytes from the CPU to a [`Storage`] through a mapped staging buffer.
#[derive(Debug)]
pub struct Upload {
    staging: wgpu::Buffer,
}

impl Upload {
    /// Creates a staging buffer of `bytes` bytes.
    pub fn new(gpu: &Gpu, label: &str, bytes: u64) -> Self {
        let staging = gpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage: wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: true,
        });
        Self { staging }
    }

    /// Writes `content`, up to three bytes shorter than the buffer, and encodes its copy into `target`. Call
    /// it once per submission, and [`Upload::recycle`] after submitting.
    ///
    /// # Errors
    /// [`GpuError::Lost`] if the buffer cannot be mapped.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder, content: &[u8], target: &Storage) -> Result<()> {
        fill(&self.staging, 0, content)?;
        encoder.copy_buffer_to_buffer(&self.staging, 0, &target.buffer, target.offset, target.bytes);
        Ok(())
    }

    /// Maps the buffer again; it becomes writable when the GPU has read it ([`Gpu::wait`]).
    pub fn recycle(&self) {
        self.staging.map_async(wgpu::MapMode::Write, .., |_| ());
    }
}

/// Writes `content` into a mapped buffer from byte `at` on, and unmaps it.
fn fill(buffer: &wgpu::Buffer, at: u64, content: &[u8]) -> Result<()> {
    let end = at + (content.len() as u64).next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT);
    let mut mapped = buffer.get_mapped_range_mut(at..end).map_err(lost)?;
    copies::count();
    mapped.slice(..content.len()).copy_from_slice(content);
    drop(mapped);
    buffer.unmap();
    Ok(())
}

impl Storage {
    /// Writes `content` where shaders read it, without staging: for a storage of [`Storage::mappable`] that no
    /// submitted work uses any more. False if it is not mappable now.
    ///
    /// # Errors
    /// [`GpuError::Lost`].
    pub fn write_mapped(&self, gpu: &Gpu, content: &[u8]) -> Result<bool> {
        if !self.buffer.usage().contains(wgpu::BufferUsages::MAP_WRITE) {
            return Ok(false);
        }
        let is_mapped = Arc::new(AtomicBool::new(false));
        let told = is_mapped.clone();
        self.buffer.map_async(wgpu::MapMode::Write, .., move |result| told.store(result.is_ok(), Relaxed));
        gpu.turn()?;
        if !is_mapped.load(Relaxed) {
            self.buffer.unmap();
            return Ok(false);
        }
        fill(&self.buffer, self.offset, content).map(|()| true)
    }
}

/// Readbacks that no frame uses.
#[derive(Clone, Debug, Default)]
pub struct ReadbackPool(Arc<Mutex<Vec<Readback>>>);

impl ReadbackPool {
    /// A readback of so many bytes. Those of other lengths are given up.
    pub fn take(&self, gpu: &Gpu, bytes: u64) -> Readback {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.retain(|readback| readback.bytes() == bytes);
        free.pop().unwrap_or_else(|| Readback::new(gpu, "readback", bytes))
    }

    /// Gives one back.
    pub fn put(&self, readback: Readback) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(readback);
    }
}

/// The mapped bytes of a readback. Dropped, they are unmapped, and the readback goes back to its pool.
///
/// wgpu frees the memory of a lost device when its queue is found empty, whoever has it mapped. So nobody polls a
/// device that was lost ([`Gpu::wait_for`]), and who holds these asks [`LentBytes::is_lost`] before each reading.
#[derive(Debug)]
struct LentReadback {
    /// None only while it is dropped, as is `readback`.
    view: Option<wgpu::BufferView>,
    readback: Option<Readback>,
    pool: Weak<Mutex<Vec<Readback>>>,
    is_lost: Arc<AtomicBool>,
}

impl LentBytes for LentReadback {
    fn bytes(&self) -> &[u8] {
        self.view.as_deref().unwrap_or_default()
    }

    fn is_lost(&self) -> bool {
        self.is_lost.load(Relaxed)
    }
}

impl Drop for LentReadback {
    fn drop(&mut self) {
        self.view = None;
        let Some(readback) = self.readback.take() else { return };
        readback.staging.unmap();
        if let Some(pool) = self.pool.upgrade() {
            ReadbackPool(pool).put(readback);
        }
    }
}

/// Copies bytes from a [`Storage`] back to the CPU.
#[derive(Debug)]
pub struct Readback {
    staging: wgpu::Buffer,
    arrival: Arc<Arrival>,
}

/// Whether the requested bytes arrived: `None` while pending, `Some(false)` after a failure.
#[derive(Debug, Default)]
struct Arrival(Mutex<Option<bool>>, Condvar);

impl Arrival {
    fn set(&self, arrived: Option<bool>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = arrived;
        self.1.notify_all();
    }

    fn has_come(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == Some(true)
    }

    /// Blocks for at most `patience`, because another thread's poll may have taken the callback and not called
    /// it yet. None if nothing is known by then.
    fn wait(&self, patience: Duration) -> Option<bool> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.1.wait_timeout_while(known, patience, |arrived| arrived.is_none());
        *known.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Reports the arrival when dropped, so that a callback which wgpu drops instead of calling reports a
/// failure.
struct ArrivalReport {
    arrival: Arc<Arrival>,
    arrived: bool,
}

impl Drop for ArrivalReport {
    fn drop(&mut self) {
        self.arrival.set(Some(self.arrived));
    }
}

impl Readback {
    /// Creates a staging buffer of `bytes` bytes.
    pub fn new(gpu: &Gpu, label: &str, bytes: u64) -> Self {
        let staging = gpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { staging, arrival: Arc::default() }
    }

    /// Length in bytes.
    pub fn bytes(&self) -> u64 {
        self.staging.size()
    }

    /// Encodes the copy of `source` into this buffer.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder, source: &Storage) {
        self.encode_at(encoder, source, 0);
    }

    /// Encodes the copy of `source` into this buffer, from byte `at` on.
    pub fn encode_at(&self, encoder: &mut wgpu::CommandEncoder, source: &Storage, at: u64) {
        encoder.copy_buffer_to_buffer(&source.buffer, source.offset, &self.staging, at, source.bytes);
    }

    /// Passes the bytes to `take`, once [`Readback::has_arrived`].
    pub fn read_mapped<T>(&self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let taken = take(&self.staging.get_mapped_range(..).ok()?);
        self.staging.unmap();
        Some(taken)
    }

    /// Maps the bytes of the last submitted copy; they arrive when that submission is done.
    pub fn request(&self) {
        self.arrival.set(None);
        let report = ArrivalReport { arrival: self.arrival.clone(), arrived: false };
        self.staging.map_async(wgpu::MapMode::Read, .., move |result| {
            let mut report = report;
            report.arrived = result.is_ok();
        });
    }

    /// Whether the requested bytes have arrived, for [`Readback::read_mapped`].
    pub fn has_arrived(&self) -> bool {
        self.arrival.has_come()
    }

    /// Waits for the requested bytes and passes them to `take`.
    ///
    /// # Errors
    /// [`GpuError::Lost`] if they did not arrive, [`GpuError::Hung`] if they are late.
    pub fn read<T>(&self, gpu: &Gpu, take: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let taken = take(&self.arrived(gpu)?);
        self.staging.unmap();
        Ok(taken)
    }

    /// Waits for the requested bytes and lends them, without a copy. `pool` gets the readback back.
    ///
    /// # Errors
    /// As [`Readback::read`].
    pub fn lend(self, gpu: &Gpu, pool: &ReadbackPool) -> Result<Box<dyn LentBytes>> {
        let view = self.arrived(gpu)?;
        Ok(Box::new(LentReadback {
            view: Some(view),
            readback: Some(self),
            pool: Arc::downgrade(&pool.0),
            is_lost: gpu.loss().clone(),
        }))
    }

    /// Waits for the requested bytes.
    fn arrived(&self, gpu: &Gpu) -> Result<wgpu::BufferView> {
        match self.arrival.wait(LONGEST_WORK) {
            Some(true) => {}
            Some(false) => return Err(lost("nothing came back")),
            None => return Err(GpuError::Hung { waited: LONGEST_WORK }),
        }
        gpu.count_readback(self.staging.size());
        self.staging.get_mapped_range(..).map_err(lost)
    }

    /// Requests the bytes of the last submitted copy, waits for the GPU, and passes them to `take`.
    ///
    /// # Errors
    /// [`GpuError::Lost`] if the device is lost.
    pub fn take<T>(&self, gpu: &Gpu, take: impl FnOnce(&[u8]) -> T) -> Result<T> {
        self.request();
        gpu.wait()?;
        self.read(gpu, take)
    }
}

fn lost(error: impl std::fmt::Display) -> GpuError {
    GpuError::Lost { reason: error.to_string() }
}

impl Gpu {
    /// Reads a buffer's content, for tests and mask files; the frame path does not use it.
    ///
    /// # Errors
    /// [`GpuError::Lost`].
    #[doc(hidden)]
    pub fn read_storage<T: bytemuck::AnyBitPattern>(&self, storage: &Storage) -> Result<Vec<T>> {
        let readback = Readback::new(self, "inspect", storage.bytes);
        self.once(|encoder| readback.encode(encoder, storage));
        readback.take(self, |bytes| {
            bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
        })
    }

    /// Reads a plane's texels row by row, as `C` components (`f32`, or `u16` bits of f16), for tests and mask
    /// files.
    ///
    /// # Errors
    /// [`GpuError::Lost`].
    #[doc(hidden)]
    pub fn read_plane<T: Texel, C: bytemuck::AnyBitPattern>(&self, plane: &Plane<T>) -> Result<Vec<C>> {
        self.read_texture(plane.texture())
    }

    /// Reads a texture's texels row by row, as `C` components.
    ///
    /// # Errors
    /// [`GpuError::Lost`].
    #[doc(hidden)]
    pub fn read_texture<C: bytemuck::AnyBitPattern>(&self, texture: &wgpu::Texture) -> Result<Vec<C>> {
        let texel = texture.format().block_copy_size(None).expect("a colour format");
        let row = texture.width() * texel;
        let padded = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let readback = Readback::new(self, "inspect", u64::from(padded * texture.height()));
        self.once(|encoder| {
            encoder.copy_texture_to_buffer(
                texture.as_image_copy(),
                wgpu::TexelCopyBufferInfo {
                    buffer: &readback.staging,
                    layout: wgpu::TexelCopyBufferLayout {
                        offset: 0,
                        bytes_per_row: Some(padded),
                        rows_per_image: None,
                    },
                },
                texture.size(),
            );
        });
        readback.take(self, |bytes| {
            let rows = bytes.chunks_exact(padded as usize).map(|padded| &padded[..row as usize]);
            rows.flat_map(|row| row.chunks_exact(size_of::<C>())).map(bytemuck::pod_read_unaligned).collect()
        })
    }

    /// Writes a plane's texels, row by row, for tests.
    #[doc(hidden)]
    pub fn write_plane<T: Texel>(&self, plane: &Plane<T>, texels: &[u8]) {
        let row = plane.size.width * T::FORMAT.block_copy_size(None).expect("a colour format");
        self.queue().write_texture(
            plane.texture().as_image_copy(),
            texels,
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None },
            plane.texture().size(),
        );
    }

    fn once(&self, encode: impl FnOnce(&mut wgpu::CommandEncoder)) {
        let mut encoder = self.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encode(&mut encoder);
        self.queue().submit([encoder.finish()]);
    }
}
