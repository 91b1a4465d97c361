//! Memory format of values: in buffers or textures, four or eight channels per element.

use crate::gpu::tuning::{ValueFormat, WeightSource};

/// Memory format of values, and how kernels read them and their weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct StorageFormat {
    /// Values, weights and constants lie in storage textures instead of buffers.
    pub(in crate::engine) textures: bool,
    /// Number format of values of more than one pixel.
    pub(in crate::engine) values: ValueFormat,
    /// Where kernels take their weights from.
    pub(in crate::engine) weights: WeightSource,
    /// All threads of a workgroup share in each sum of a gate.
    pub(in crate::engine) split_gates: bool,
}

impl StorageFormat {
    /// Expression that loads the vec4 at index `place`.
    pub(in crate::engine) fn read(self, name: &str, place: &str) -> String {
        match self.textures {
            true => format!("textureLoad({name}, texel({place}))"),
            false => format!("{name}[{place}]"),
        }
    }

    /// Statement that stores a vec4 at index `place`.
    pub(in crate::engine) fn write(self, name: &str, place: &str, vec4: &str) -> String {
        match self.textures {
            true => format!("textureStore({name}, texel({place}), {vec4});"),
            false => format!("{name}[{place}] = {vec4};"),
        }
    }

    /// Whether a value whose planes have this many pixels is stored eight channels per element.
    pub(in crate::engine) fn is_packed8(self, plane: usize) -> bool {
        self.values == ValueFormat::SharedExponent && plane > 1
    }
}

/// A group of four channels.
#[derive(Clone, Debug)]
pub(in crate::engine) enum ChannelGroup {
    /// A literal index.
    At(usize),
    /// An offset from the first group of the thread's part. That first group is even if values are packed.
    OfPart(usize),
    /// A WGSL expression.
    Expression(String),
}

impl ChannelGroup {
    pub(in crate::engine) fn text(&self) -> String {
        match self {
            Self::At(k) => format!("{k}u"),
            Self::OfPart(k) => format!("(part + {k}u)"),
            Self::Expression(text) => text.clone(),
        }
    }

    /// The same group, relative to the part's first.
    pub(super) fn relative_to_part(&self) -> Self {
        match self {
            Self::At(k) | Self::OfPart(k) => Self::At(*k),
            Self::Expression(_) => unreachable!("what is held is read by number"),
        }
    }

    /// Expression of the offset of its plane.
    pub(super) fn plane_offset(&self, plane: usize) -> String {
        match self {
            Self::At(k) => format!("{}u", k * plane),
            group => format!("{} * {plane}u", group.text()),
        }
    }

    /// Expression of the offset of the packed plane that holds it and its neighbour.
    pub(super) fn packed8_offset(&self, plane: usize) -> String {
        match self {
            Self::At(k) => format!("{}u", k / 2 * plane),
            Self::OfPart(k) => format!("(part / 2u + {}u) * {plane}u", k / 2),
            Self::Expression(text) => format!("{text} / 2u * {plane}u"),
        }
    }

    /// Expression that unpacks its four channels from a packed element.
    pub(super) fn unpack_from(&self, eight: &str) -> String {
        match self {
            Self::At(k) | Self::OfPart(k) if k.is_multiple_of(2) => format!("lower({eight})"),
            Self::At(_) | Self::OfPart(_) => format!("upper({eight})"),
            Self::Expression(text) => format!("select(lower({eight}), upper({eight}), {text} % 2u == 1u)"),
        }
    }
}

/// Width of a texture that holds a value, one vec4 per texel. A power of two, so that shifts split the index.
pub(in crate::engine) const COLUMNS: u32 = 256;

/// Packs eight channels into a vec4u: a signed 15-bit mantissa for each, in steps of a power of two that
/// suits the largest, whose exponent takes two bits of every word. An exponent of all ones marks non-finite
/// channels, so that the decoder still sees them and shows background. Zero packs to zero. The function ends
/// in a select: llvmpipe idiom 6.
pub(super) const PACK8: &str = "fn eight(a: vec4f, b: vec4f) -> vec4u {
    let sizes = max(bitcast<vec4u>(a) & vec4u(0x7fffffffu), bitcast<vec4u>(b) & vec4u(0x7fffffffu));
    let largest = max(max(sizes.x, sizes.y), max(sizes.z, sizes.w)) >> 23u;
    let exponent = max(largest, 64u);
    let steps = bitcast<f32>((267u - exponent) << 23u) * (16383.0 / 16384.0);
    // Rounds: from 2^23 on floats are integers, and 1.5 * 2^23 leaves room for negatives (llvmpipe idiom 8).
    let lower = bitcast<vec4u>(a * steps + 12582912.0) & vec4u(0x7fffu);
    let upper = bitcast<vec4u>(b * steps + 12582912.0) & vec4u(0x7fffu);
    let step = (vec4u(exponent - 13u) >> vec4u(0u, 2u, 4u, 6u)) << vec4u(30u);
    return select(lower | (upper << vec4u(15u)) | step, vec4u(0xc0000000u), largest == 255u);
}";
/// Unpacks the lower or upper four channels.
pub(super) const UNPACK8: &str = "fn step_of(h: vec4u) -> f32 {
    let e = h >> vec4u(30u);
    return bitcast<f32>((e.x | (e.y << 2u) | (e.z << 4u) | (e.w << 6u)) << 23u) * (16384.0 / 16383.0);
}
fn lower(h: vec4u) -> vec4f { return vec4f(bitcast<vec4i>(h << vec4u(17u)) >> vec4u(17u)) * step_of(h); }
fn upper(h: vec4u) -> vec4f { return vec4f(bitcast<vec4i>(h << vec4u(2u)) >> vec4u(17u)) * step_of(h); }";
