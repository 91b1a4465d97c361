//! Textures and buffers on the GPU. The type of a plane defines the meaning of its texels.
//!
//! Passes bind planes as read-only storage textures, not as sampled ones: llvmpipe idiom 2.

use std::{marker::PhantomData, num::NonZeroU64};

use super::{Gpu, GpuError};
use crate::Size;

/// The meaning of a texel: format, unit and colour space.
pub trait Texel {
    /// The texture format.
    const FORMAT: wgpu::TextureFormat;
}

/// Gamma-coded R'G'B', full range, not clamped; f32. The fourth channel of the guide is the change of luma
/// since the last frame, 0..1.
#[derive(Clone, Copy, Debug)]
pub enum Rgb {}
/// Person probability 0..1; f32.
#[derive(Clone, Copy, Debug)]
pub enum Mask {}
/// Alpha as a linear function of the camera's codes: alpha = r·16Y' + g·16Cb + b·16Cr + a; f32.
#[derive(Clone, Copy, Debug)]
pub enum Coefficients {}
/// Confidence in the temporal average of alpha: 1 / (the change that noise explains), and stillness 0..1;
/// f32.
#[derive(Clone, Copy, Debug)]
pub enum Confidence {}
/// Gamma-coded R'G'B' 0..1 multiplied by a weight 0..1; the weight is the fourth channel; f16.
#[derive(Clone, Copy, Debug)]
pub enum WeightedRgb {}
/// Gamma-coded R'G'B' 0..1 and alpha 1, as a window draws it; 8-bit unorms.
#[derive(Clone, Copy, Debug)]
pub enum Rgb8 {}
/// Prefix sums along a row, of linear light times a weight and of the weight; f32.
#[derive(Clone, Copy, Debug)]
pub enum Sums {}
/// Four channels of the network; f32.
#[derive(Clone, Copy, Debug)]
pub enum Vec4 {}
/// Eight channels of the network with one exponent: [`crate::tuning::ValueFormat::SharedExponent`].
#[derive(Clone, Copy, Debug)]
pub enum PackedVec8 {}

impl Texel for Vec4 {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Float;
}
impl Texel for PackedVec8 {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Uint;
}
impl Texel for Rgb {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Float;
}
impl Texel for Mask {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Float;
}
impl Texel for Coefficients {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Float;
}
impl Texel for Confidence {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rg32Float;
}
impl Texel for Rgb8 {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
}
impl Texel for Sums {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Float;
}
impl Texel for WeightedRgb {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;
}

/// A 2D texture on the GPU.
#[derive(Clone, Debug)]
pub struct Plane<T: Texel> {
    /// Size in texels.
    pub size: Size,
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    texel: PhantomData<T>,
}

impl<T: Texel> Plane<T> {
    /// Creates a plane; its content is undefined until a pass writes it.
    pub fn new(gpu: &Gpu, label: &str, size: Size) -> Self {
        let texture = gpu.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: wgpu::Extent3d { width: size.width, height: size.height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: T::FORMAT,
            usage: wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::STORAGE_BINDING
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Self { size, texture, view, texel: PhantomData }
    }

    /// The texture, as source or target of copies.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }
}

/// Refuses a plane for `what` of a picture that is larger than the adapter's textures; wgpu would panic. Most planes
/// are a quarter of the picture's sides at most, and need no look.
pub(crate) fn check_plane(gpu: &Gpu, what: &'static str, picture: Size, plane: Size) -> Result<(), GpuError> {
    let has = gpu.device().limits().max_texture_dimension_2d;
    match plane.width.max(plane.height) <= has {
        true => Ok(()),
        false => Err(GpuError::TooWide { what, size: picture, needs: plane, has }),
    }
}

/// A byte range of a buffer, which may belong to burn.
#[derive(Clone, Debug)]
pub struct Storage {
    /// The buffer, possibly shared with others.
    pub buffer: wgpu::Buffer,
    /// First byte of the range.
    pub offset: u64,
    /// Length in bytes.
    pub bytes: u64,
}

impl Storage {
    /// Creates a buffer that shaders and copies can read and write.
    pub fn new(gpu: &Gpu, label: &str, bytes: u64) -> Self {
        let buffer = gpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { buffer, offset: 0, bytes }
    }

    /// Creates a buffer for what the CPU writes each frame. Where memory is shared
    /// ([`Tuning::shares_memory`](super::Tuning::shares_memory)), [`Storage::write_mapped`] writes it in place.
    pub fn mappable(gpu: &Gpu, label: &str, bytes: u64) -> Self {
        let can_map = gpu.device().features().contains(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS);
        if !(gpu.tuning().shares_memory && can_map) {
            return Self::new(gpu, label, bytes);
        }
        let buffer = gpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST
                | wgpu::BufferUsages::MAP_WRITE,
            mapped_at_creation: false,
        });
        Self { buffer, offset: 0, bytes }
    }

    /// Creates a buffer with this content and these usages; copies can read it too.
    pub fn with_content(gpu: &Gpu, label: &str, content: &[u8], usage: wgpu::BufferUsages) -> Self {
        let buffer = gpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: content.len() as u64,
            usage: usage | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: true,
        });
        buffer.get_mapped_range_mut(..).expect("mapped at creation").copy_from_slice(content);
        buffer.unmap();
        Self { buffer, offset: 0, bytes: content.len() as u64 }
    }
}

/// A resource that a shader can bind: a plane or a buffer.
pub trait Bind {
    /// The wgpu binding.
    fn resource(&self) -> wgpu::BindingResource<'_>;
}

impl<T: Texel> Bind for Plane<T> {
    fn resource(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::TextureView(&self.view)
    }
}

impl Bind for Storage {
    fn resource(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.buffer,
            offset: self.offset,
            size: NonZeroU64::new(self.bytes),
        })
    }
}

/// A resource that a dispatch keeps bound.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A byte range of a buffer.
    Buffer(Storage),
    /// A texture.
    Texture(wgpu::TextureView),
    /// A sampler.
    Sampler(wgpu::Sampler),
}

impl From<wgpu::BindingResource<'_>> for Bound {
    fn from(resource: wgpu::BindingResource<'_>) -> Self {
        match resource {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size }) => {
                let bytes = size.map_or(buffer.size() - offset, NonZeroU64::get);
                Self::Buffer(Storage { buffer: buffer.clone(), offset, bytes })
            }
            wgpu::BindingResource::TextureView(view) => Self::Texture(view.clone()),
            wgpu::BindingResource::Sampler(sampler) => Self::Sampler(sampler.clone()),
            other => unreachable!("no shader of ours takes {other:?}"),
        }
    }
}

impl Bind for Bound {
    fn resource(&self) -> wgpu::BindingResource<'_> {
        match self {
            Self::Buffer(storage) => storage.resource(),
            Self::Texture(view) => wgpu::BindingResource::TextureView(view),
            Self::Sampler(sampler) => wgpu::BindingResource::Sampler(sampler),
        }
    }
}

impl Bound {
    /// Creates an empty resource of the same kind and size on another device.
    pub(super) fn recreate_on(&self, device: &wgpu::Device) -> Self {
        match self {
            Self::Buffer(storage) => {
                let bytes = storage.bytes;
                let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::UNIFORM;
                let descriptor =
                    wgpu::BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation: false };
                Self::Buffer(Storage { buffer: device.create_buffer(&descriptor), offset: 0, bytes })
            }
            Self::Texture(view) => {
                let old = view.texture();
                let descriptor = wgpu::TextureDescriptor {
                    label: None,
                    size: old.size(),
                    mip_level_count: 1,
                    sample_count: 1,
                    dimension: wgpu::TextureDimension::D2,
                    format: old.format(),
                    usage: old.usage(),
                    view_formats: &[],
                };
                Self::Texture(device.create_texture(&descriptor).create_view(&Default::default()))
            }
            Self::Sampler(_) => Self::Sampler(device.create_sampler(&wgpu::SamplerDescriptor::default())),
        }
    }

    /// Whether both are the same range of the same buffer.
    #[cfg(feature = "bench")]
    pub(crate) fn is_same_buffer(&self, other: &Self) -> bool {
        let (Self::Buffer(a), Self::Buffer(b)) = (self, other) else { return false };
        a.buffer == b.buffer && a.offset == b.offset
    }

    /// Size of its content in bytes.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Buffer(storage) => storage.bytes,
            Self::Texture(view) => {
                let texture = view.texture();
                let texel = texture.format().block_copy_size(None).unwrap_or_default();
                u64::from(texel) * u64::from(texture.width()) * u64::from(texture.height())
            }
            Self::Sampler(_) => 0,
        }
    }
}
