//! The effects of a frame, in order.

use std::sync::Arc;

use super::effect::Effect;

/// An effect as chosen.
#[derive(Clone, Debug)]
pub struct EffectInstance {
    /// Its name.
    pub name: &'static str,
    /// The effect itself.
    pub effect: Arc<dyn Effect>,
}

/// Effects in the order in which they are applied. The default is blur alone.
#[derive(Clone, Debug)]
pub struct Effects {
    instances: Vec<EffectInstance>,
    blocking: bool,
}

impl Effects {
    /// Whether the picture is to be seen through the frame's alpha.
    pub fn is_transparent(&self) -> bool {
        self.active().any(|instance| instance.effect.is_transparent())
    }

    /// The same, where nobody is kept waiting: what moves may wait until its next picture is there, so that a file
    /// comes out the same on every machine.
    #[must_use]
    pub fn blocking(self) -> Self {
        Self { blocking: true, ..self }
    }

    /// Whether what moves may wait.
    pub fn is_blocking(&self) -> bool {
        self.blocking
    }

    /// Whether the frame's bytes pass unchanged; then nothing is recorded, and nothing is hidden.
    pub fn is_identity(&self) -> bool {
        self.active().next().is_none()
    }

    /// Whether the room cannot be made out in the picture; then no frame leaves without a sound mask.
    pub fn hides_background(&self) -> bool {
        self.active().any(|instance| instance.effect.hides_background())
    }

    /// Those that change anything, in order.
    pub fn active(&self) -> impl Iterator<Item = &EffectInstance> {
        self.instances.iter().filter(|instance| !instance.effect.is_identity())
    }
}

impl FromIterator<EffectInstance> for Effects {
    fn from_iter<I: IntoIterator<Item = EffectInstance>>(effects: I) -> Self {
        Self { instances: effects.into_iter().collect(), blocking: false }
    }
}
