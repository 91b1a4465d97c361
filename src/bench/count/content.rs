//! What the interpreter reads and writes.

/// Content of a bound resource.
#[derive(Clone, Debug)]
pub enum BoundContent {
    /// Content of a buffer.
    Bytes(Vec<u8>),
    /// A texture.
    Texture {
        /// Width and height in texels.
        sides: [u32; 2],
        /// The bits of the channels of each texel, row by row. If empty, all texels are grey.
        texels: Vec<[u32; 4]>,
    },
    /// A sampler, which has no content.
    Sampler,
}
