//! The list of all effects.

use super::{
    blur, cartoon, colormap, colour, custom, edges, hologram, image, light, mask, none, overlay, pixelate,
    spec::EffectSpec, transparent, video,
};
use crate::gpu::Shader;

/// Every effect, in the order of the help.
pub const ALL: &[EffectSpec] = &[
    blur::SPEC,
    image::SPEC,
    video::SPEC,
    colour::SPEC,
    pixelate::SPEC,
    transparent::SPEC,
    overlay::SPEC,
    light::SPEC,
    colormap::SPEC,
    hologram::SPEC,
    cartoon::SPEC,
    edges::SPEC,
    custom::SPEC,
    mask::SPEC,
    none::SPEC,
];

/// The shaders of all effects, for the test that validates them without a GPU.
pub fn shaders() -> impl Iterator<Item = &'static Shader> {
    ALL.iter().flat_map(|spec| spec.shaders)
}
