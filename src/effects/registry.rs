//! The list of all effects, and of their shaders.

use super::{
    blur, cartoon, colormap, colour, custom, edges, hologram, image, light, mask, none, overlay, pixelate,
    spec::Kind, transparent, video,
};
use crate::gpu::Shader;

/// Every effect, in the order that the help lists them.
pub const ALL: &[Kind] = &[
    blur::KIND,
    image::KIND,
    video::KIND,
    colour::KIND,
    pixelate::KIND,
    transparent::KIND,
    overlay::KIND,
    light::KIND,
    colormap::KIND,
    hologram::KIND,
    cartoon::KIND,
    edges::KIND,
    custom::KIND,
    mask::KIND,
    none::KIND,
];

/// The effects' shaders, for the test that validates them without a GPU.
pub const SHADERS: &[Shader] = &[
    pixelate::BLOCKS,
    pixelate::SHADER,
    light::SHADER,
    colormap::SHADER,
    hologram::SHADER,
    cartoon::SHADER,
    edges::SHADER,
    custom::SHADER,
    mask::SHADER,
];
