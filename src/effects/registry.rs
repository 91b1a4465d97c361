//! The list of all effects.

use super::spec::EffectSpec;
use crate::gpu::Shader;

/// Every effect, in the order of the help.
pub const ALL: &[EffectSpec] = &[
    super::blur::SPEC,
    super::image::SPEC,
    super::video::SPEC,
    super::colour::SPEC,
    super::pixelate::SPEC,
    super::transparent::SPEC,
    super::overlay::SPEC,
    super::light::SPEC,
    super::tint::SPEC,
    super::colormap::SPEC,
    super::hologram::SPEC,
    super::cartoon::SPEC,
    super::edges::SPEC,
    super::custom::SPEC,
    super::mask::SPEC,
    super::none::SPEC,
];

/// The shaders of all effects, for the test that validates them without a GPU.
pub fn shaders() -> impl Iterator<Item = &'static Shader> {
    ALL.iter().flat_map(|spec| spec.shaders)
}
