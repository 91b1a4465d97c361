//! One GPU for all tests, test frames, and comparisons that NaN fails.

use std::{env, sync::OnceLock};

use gpucam::internals::{
    Colorimetry, Gpu, Matrix, Range, Size,
    gpu::{Plane, Recorder, Storage, Texel, Tuning},
    passes::Frame,
};

use super::{
    limits,
    report::{self, Unit, compared},
};
use crate::mirror;

/// The sizes that every pass is tested at: two usual ones, and one that no block size divides.
pub const SIZES: [Size; 3] = [Size::new(1280, 720), Size::new(640, 360), Size::new(646, 362)];

/// Sizes high enough for the largest blocks of the background blur: rows of a multiple of four words, and
/// not.
pub const LARGE: [Size; 2] = [Size::new(328, 1442), Size::new(646, 1446)];

pub const BT601: Colorimetry = Colorimetry { matrix: Matrix::Bt601, range: Range::Limited };
pub const BT709_FULL: Colorimetry = Colorimetry { matrix: Matrix::Bt709, range: Range::Full };

/// The default adapter. A machine without one fails here, with the name of the package that provides one.
pub fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| {
        let gpu = open();
        let wgpu::AdapterInfo { name, driver_info, .. } = gpu.info();
        report::write(&format!("adapter\t{name}, {driver_info}\n"));
        gpu
    })
}

/// Opens the default adapter, with the tuning that GPUCAM_TUNING names (a profile, or a file as `--tuning` reads it)
/// and the limits that GPUCAM_LIMITS names.
pub fn open() -> Gpu {
    let given = env::var("GPUCAM_TUNING").ok().filter(|text| text != "table");
    let tuning = given.map(|text| {
        let tuning: Tuning = text.parse().unwrap_or_else(|why| panic!("{why}"));
        // Whatever the profile, the work may be done by a processor that other tests use too.
        Tuning { patience: 60_000, ..tuning }
    });
    Gpu::open_asking(None, tuning, limits::ask()).unwrap_or_else(|error| panic!("{error}"))
}

/// Opens another device of the default adapter, with this tuning and the limits that GPUCAM_LIMITS names.
pub fn open_tuned(tuning: Tuning) -> Gpu {
    Gpu::open_asking(None, Some(tuning), limits::ask()).unwrap_or_else(|error| panic!("{error}"))
}

/// Reproducible noise 0..1: a hash of the index (Steele et al., SplitMix64, 2014).
pub fn noise(seed: u64, index: usize) -> f64 {
    let mut z = (seed << 32).wrapping_add(index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// YUYV bytes with flat parts, ramps, hard edges, noise, and a few codes outside of the nominal range.
pub fn scene(size: Size, seed: u64) -> Vec<u8> {
    let (w, h) = (size.width as usize, size.height as usize);
    let mut bytes = Vec::with_capacity(size.yuyv_bytes());
    for y in 0..h {
        for x in (0..w).step_by(2) {
            let (u, v) = (x as f64 / w as f64, y as f64 / h as f64);
            let inside = (u - 0.5).powi(2) * 3.0 + (v - 0.6).powi(2) < 0.12;
            let stripes = ((u * 40.0).floor() + (v * 23.0).floor()) as i64 % 2 == 0;
            let base = if inside {
                [150.0, 105.0, 155.0]
            } else if stripes {
                [90.0, 140.0, 120.0]
            } else {
                [60.0 + 140.0 * u, 128.0, 118.0]
            };
            let n = |k: usize| 14.0 * (noise(seed, 4 * (y * w + x) + k) - 0.5);
            let mut pair = [base[0] + n(0), base[1] + n(1) / 2.0, base[0] + n(2), base[2] + n(3) / 2.0];
            if noise(seed + 1, y * w + x) < 0.002 {
                pair = [0.0, 255.0, 255.0, 3.0];
            }
            bytes.extend(pair.map(|v: f64| v.round().clamp(0.0, 255.0) as u8));
        }
    }
    bytes
}

/// A soft person mask 0..1 of `size`, like a model's: a blob with a wide rim and a little noise.
pub fn blob(size: Size, seed: u64) -> mirror::Mask {
    let (w, h) = (size.width as usize, size.height as usize);
    mirror::Plane::from_fn(w, h, |x, y| {
        let (u, v) = ((x as f64 + 0.5) / w as f64, (y as f64 + 0.5) / h as f64);
        let d = (0.12 - (u - 0.5).powi(2) * 3.0 - (v - 0.6).powi(2)) * 30.0
            + 0.3 * (noise(seed, y * w + x) - 0.5);
        [f64::from((1.0 / (1.0 + (-2.0 * d).exp())) as f32)]
    })
}

/// Uploads a frame.
pub fn upload(gpu: &Gpu, bytes: &[u8], size: Size, colorimetry: Colorimetry) -> Frame {
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
    Frame::new(Storage::with_content(gpu, "frame", bytes, usage), size, colorimetry)
}

/// Uploads a mirror's plane, rounded to f32.
pub fn plane<T: Texel, const N: usize>(gpu: &Gpu, from: &mirror::Plane<N>) -> Plane<T> {
    let plane = Plane::new(gpu, "test", Size::new(from.width as u32, from.height as u32));
    let texels: Vec<f32> = from.values().iter().map(|&v| v as f32).collect();
    gpu.write_plane(&plane, bytemuck::cast_slice(&texels));
    plane
}

/// Uploads a guide as the guide pass writes it: R'G'B' and luma.
pub fn guide(gpu: &Gpu, rgb: &mirror::Rgb) -> Plane<gpucam::internals::gpu::Rgb> {
    let with_luma = rgb.map(|[r, g, b]| [r, g, b, mirror::luma([r, g, b])]);
    plane(gpu, &with_luma)
}

/// Fills a plane with NaN, so that a test fails if a pass does not write a texel.
pub fn poison<T: Texel>(gpu: &Gpu, plane: &Plane<T>) {
    let texel = T::FORMAT.block_copy_size(None).expect("a colour format") as usize;
    gpu.write_plane(plane, &vec![0xff; texel * plane.size.area()]);
}

/// Fills a buffer with ones: NaN as floats.
pub fn poison_storage(gpu: &Gpu, storage: &Storage) {
    gpu.queue().write_buffer(&storage.buffer, storage.offset, &vec![0xff; storage.bytes as usize]);
}

/// Runs the recorded passes.
pub fn submit(rec: Recorder<'_>) {
    let gpu = rec.gpu();
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    rec.finish().encode(&mut encoder, None);
    gpu.queue().submit([encoder.finish()]);
}

/// f32 values of a plane.
pub fn floats<T: Texel>(gpu: &Gpu, plane: &Plane<T>) -> Vec<f64> {
    gpu.read_plane::<T, f32>(plane).expect("a readable plane").into_iter().map(f64::from).collect()
}

/// f16 values of a plane.
pub fn halves<T: Texel>(gpu: &Gpu, plane: &Plane<T>) -> Vec<f64> {
    let bits: Vec<u16> = gpu.read_plane(plane).expect("a readable plane");
    bits.into_iter().map(|bits| half::f16::from_bits(bits).to_f64()).collect()
}

/// The two alphas of each word.
pub fn alphas(gpu: &Gpu, words: &Storage) -> Vec<f64> {
    let words: Vec<u16> = gpu.read_storage(words).expect("a readable buffer");
    words.into_iter().map(|word| f64::from(word) / 65535.0).collect()
}

/// The largest absolute difference; NaN counts as infinite.
pub fn gap(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len(), "not as many values");
    assert!(!got.is_empty(), "nothing compared");
    let gap = |(g, w): (&f64, &f64)| if (g - w).is_nan() { f64::INFINITY } else { (g - w).abs() };
    got.iter().zip(want).map(gap).fold(0.0, f64::max)
}

/// Asserts that `got` is within `tolerance` of `want`, and that the control is not.
#[track_caller]
pub fn holds(what: &str, got: &[f64], want: &[f64], control: &[f64], tolerance: f64) {
    let (error, wrong) = (gap(got, want), gap(got, control));
    note!("{what}: {error:.2e} of {tolerance:.0e}, control {wrong:.2e}");
    compared(Unit::Value, what, error, tolerance);
    assert!(error <= tolerance, "{what}: {error:e} is more than {tolerance:e}");
    assert!(wrong > tolerance, "{what}: the control passes with {wrong:e}");
}

/// The largest difference between two pictures, in codes.
pub fn codes_apart(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len(), "not as many bytes");
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().expect("a picture")
}

/// Asserts that a picture is within `tolerance` codes of `want`, and that the control is not.
#[track_caller]
pub fn holds_codes(what: &str, got: &[u8], want: &[u8], control: &[u8], tolerance: u8) {
    let (off, wrong) = (codes_apart(got, want), codes_apart(got, control));
    note!("{what}: {off} of {tolerance} LSB, control {wrong}");
    compared(Unit::Codes, what, off.into(), tolerance.into());
    assert!(off <= tolerance, "{what}: {off} LSB");
    assert!(wrong > tolerance, "{what}: the control passes");
}
