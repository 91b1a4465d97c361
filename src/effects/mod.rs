//! Effects: the changes to the picture, given alpha of the person.
//!
//! An effect is a function from an [`EffectContext`] to a picture. Several run in the order given, each on
//! the result of the one before. `docs/EFFECTS.md` shows how to write one.

mod blur;
mod cartoon;
mod colormap;
mod colour;
pub mod custom;
mod edges;
mod effect;
mod error;
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
mod tint;
mod transparent;
mod video;

pub use self::{
    effect::{Animated, Effect, EffectContext, HalfResolution, RecordingState},
    error::EffectError,
    list::{EffectInstance, Effects},
    parse::{escape, values_of, with_files_in},
    registry::{ALL, shaders},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType, ParamValue, ParamValues},
    switcher::{EffectSwitcher, RecordedEffects},
    video::VideoPlayback,
};
