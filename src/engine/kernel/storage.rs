//! How the network's values lie in memory: in buffers or pictures, four channels to a vec4 or eight.

use super::super::tuning::Values;

/// How values lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct StorageFormat {
    /// In pictures, not in buffers; so does all else that is read as vec4s.
    pub(in crate::engine) textures: bool,
    /// As what numbers, if they are of several pixels.
    pub(in crate::engine) values: Values,
}

impl StorageFormat {
    /// The vec4 at a place of a buffer or picture.
    pub(in crate::engine) fn read(self, name: &str, place: &str) -> String {
        match self.textures {
            true => format!("textureLoad({name}, texel({place}))"),
            false => format!("{name}[{place}]"),
        }
    }

    /// Writes it, as a statement.
    pub(in crate::engine) fn write(self, name: &str, place: &str, vec4: &str) -> String {
        match self.textures {
            true => format!("textureStore({name}, texel({place}), {vec4});"),
            false => format!("{name}[{place}] = {vec4};"),
        }
    }

    /// Whether a value of planes of so many pixels lies in eights of channels.
    pub(in crate::engine) fn is_packed8(self, plane: usize) -> bool {
        self.values == Values::SharedExponent && plane > 1
    }
}

/// A group of four channels.
#[derive(Clone, Debug)]
pub(in crate::engine) enum ChannelGroup {
    /// This one.
    At(usize),
    /// The thread's own: so many after its part's first, which is even where values lie in eights.
    OfPart(usize),
    /// What an expression says.
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

    /// The same, counted from the part's first.
    pub(super) fn relative_to_part(&self) -> Self {
        match self {
            Self::At(k) | Self::OfPart(k) => Self::At(*k),
            Self::Expression(_) => unreachable!("what is held is read by number"),
        }
    }

    /// Where its plane begins.
    pub(super) fn plane_offset(&self, plane: usize) -> String {
        match self {
            Self::At(k) => format!("{}u", k * plane),
            group => format!("{} * {plane}u", group.text()),
        }
    }

    /// Where the plane that it shares with its neighbour begins.
    pub(super) fn packed8_offset(&self, plane: usize) -> String {
        match self {
            Self::At(k) => format!("{}u", k / 2 * plane),
            Self::OfPart(k) => format!("(part / 2u + {}u) * {plane}u", k / 2),
            Self::Expression(text) => format!("{text} / 2u * {plane}u"),
        }
    }

    /// Its own four of an eight there.
    pub(super) fn unpack_from(&self, eight: &str) -> String {
        match self {
            Self::At(k) | Self::OfPart(k) if k.is_multiple_of(2) => format!("lower({eight})"),
            Self::At(_) | Self::OfPart(_) => format!("upper({eight})"),
            Self::Expression(text) => format!("select(lower({eight}), upper({eight}), {text} % 2u == 1u)"),
        }
    }
}

/// Columns of a picture that holds a value, a vec4 in each texel: a power of two, so that places are cut by shifts.
pub(in crate::engine) const COLUMNS: u32 = 256;

/// Eight channels in four words: 15 bits of each, in steps of a power of two that the largest of them needs, and two bits
/// of that power's exponent in every word. All ones there stand for channels that are not finite, so that this is seen
/// at the end, where what is not finite is room. Zeros are zeros. It ends in a choice, as LLVM moves sums and shifts at the end
/// to where llvmpipe stores, lane by lane.
pub(super) const PACK8: &str = "fn eight(a: vec4f, b: vec4f) -> vec4u {
    let sizes = max(bitcast<vec4u>(a) & vec4u(0x7fffffffu), bitcast<vec4u>(b) & vec4u(0x7fffffffu));
    let largest = max(max(sizes.x, sizes.y), max(sizes.z, sizes.w)) >> 23u;
    let exponent = max(largest, 64u);
    let steps = bitcast<f32>((267u - exponent) << 23u) * (16383.0 / 16384.0);
    // Above 2^23 a float has no other numbers than whole ones, and half as much again makes room for negative ones.
    let lower = bitcast<vec4u>(a * steps + 12582912.0) & vec4u(0x7fffu);
    let upper = bitcast<vec4u>(b * steps + 12582912.0) & vec4u(0x7fffu);
    let step = (vec4u(exponent - 13u) >> vec4u(0u, 2u, 4u, 6u)) << vec4u(30u);
    return select(lower | (upper << vec4u(15u)) | step, vec4u(0xc0000000u), largest == 255u);
}";
/// And back.
pub(super) const UNPACK8: &str = "fn step_of(h: vec4u) -> f32 {
    let e = h >> vec4u(30u);
    return bitcast<f32>((e.x | (e.y << 2u) | (e.z << 4u) | (e.w << 6u)) << 23u) * (16384.0 / 16383.0);
}
fn lower(h: vec4u) -> vec4f { return vec4f(bitcast<vec4i>(h << vec4u(17u)) >> vec4u(17u)) * step_of(h); }
fn upper(h: vec4u) -> vec4f { return vec4f(bitcast<vec4i>(h << vec4u(2u)) >> vec4u(17u)) * step_of(h); }";
