//! Effects: what becomes of the picture once the person in it is known. One effect is one `.rs` here, its `.wgsl`
//! where the passes do not have what it needs, one test, and one line in [`ALL`].
//!
//! An effect is a function from an [`EffectContext`] to a picture; several are applied in the order in which they are given,
//! each to the picture that the one before made.

mod blur;
mod cartoon;
mod colormap;
mod colour;
pub mod custom;
mod edges;
mod effect;
mod hologram;
mod image;
mod light;
mod list;
mod mask;
mod none;
mod overlay;
mod parse;
mod pixelate;
mod registry;
mod replacement;
mod spec;
mod switcher;
mod target;
mod transparent;
mod video;

pub use self::{
    effect::{Animated, Effect, EffectContext, HalfResolution, RecordingState},
    list::{EffectInstance, Effects},
    registry::{ALL, shaders},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType, ParamValue, ParamValues},
    switcher::{EffectSwitcher, RecordedEffects},
    video::VideoPlayback,
};
