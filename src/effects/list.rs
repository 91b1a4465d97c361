//! The list of effects that a frame goes through.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::effect::Effect;

/// An effect with its name.
#[derive(Clone, Debug)]
pub struct EffectInstance {
    /// Its name, as after `--effect`.
    pub name: &'static str,
    /// The effect itself.
    pub effect: Arc<dyn Effect>,
    /// The files that it reads.
    pub files: Vec<PathBuf>,
}

/// Effects in the order in which they run. The default is blur alone.
#[derive(Clone, Debug)]
pub struct Effects {
    instances: Vec<EffectInstance>,
    blocking: bool,
}

impl Effects {
    /// Whether the picture is shown with the frame's alpha.
    pub fn is_transparent(&self) -> bool {
        self.active().any(|instance| instance.effect.is_transparent())
    }

    /// The same effects, allowed to block until, say, a video's next picture is decoded. For files: they come
    /// out the same on every machine.
    #[must_use]
    pub fn blocking(self) -> Self {
        Self { blocking: true, ..self }
    }

    /// Whether updates between frames may block.
    #[doc(hidden)]
    pub fn is_blocking(&self) -> bool {
        self.blocking
    }

    /// Whether the frame's bytes pass unchanged. If so, nothing is recorded and nothing hidden.
    pub fn is_identity(&self) -> bool {
        self.active().next().is_none()
    }

    /// Whether the effects make the background unrecognisable. If so, live use shows no frame without a valid
    /// mask. One that may move the background into the person's outline must come after one that hides it.
    pub fn hides_background(&self) -> bool {
        self.hiding().next().is_some()
    }

    fn hiding(&self) -> impl Iterator<Item = &EffectInstance> {
        self.active()
            .take_while(|instance| !instance.effect.moves_background())
            .filter(|instance| instance.effect.hides_background())
    }

    /// Whether all that hides the background does so weakly: it is hidden in name only.
    #[doc(hidden)]
    pub fn hides_weakly(&self) -> bool {
        self.hides_background() && self.hiding().all(|instance| instance.effect.hides_weakly())
    }

    /// Their names, in order.
    #[doc(hidden)]
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.instances.iter().map(|instance| instance.name)
    }

    /// The files that the effects read: pictures, videos, shaders.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.instances.iter().flat_map(|instance| instance.files.iter().map(PathBuf::as_path))
    }

    /// The effects that change anything, in order.
    #[doc(hidden)]
    pub fn active(&self) -> impl Iterator<Item = &EffectInstance> {
        self.instances.iter().filter(|instance| !instance.effect.is_identity())
    }
}

#[doc(hidden)]
impl FromIterator<EffectInstance> for Effects {
    fn from_iter<I: IntoIterator<Item = EffectInstance>>(effects: I) -> Self {
        Self { instances: effects.into_iter().collect(), blocking: false }
    }
}
