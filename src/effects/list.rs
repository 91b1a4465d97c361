//! The effects of a frame, in order.

use std::sync::Arc;

use super::effect::Effect;

/// An effect as chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its name.
    pub name: &'static str,
    /// The effect itself.
    pub effect: Arc<dyn Effect>,
}

/// Effects in the order in which they are applied. The default is blur alone.
#[derive(Clone, Debug)]
pub struct Effects {
    chosen: Vec<Chosen>,
    waits: bool,
}

impl Effects {
    /// Whether the picture is to be seen through the frame's alpha.
    pub fn is_transparent(&self) -> bool {
        self.drawn().any(|chosen| chosen.effect.is_transparent())
    }

    /// The same, where nobody is kept waiting: what moves may wait until its next picture is there, so that a file
    /// comes out the same on every machine.
    #[must_use]
    pub fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }

    /// Whether what moves may wait.
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// Whether the frame's bytes pass unchanged; then nothing is recorded, and nothing is hidden.
    pub fn is_untouched(&self) -> bool {
        self.drawn().next().is_none()
    }

    /// Whether the room cannot be made out in the picture; then no frame leaves without a sound mask.
    pub fn hides(&self) -> bool {
        self.drawn().any(|chosen| chosen.effect.hides())
    }

    /// Those that change anything, in order.
    pub fn drawn(&self) -> impl Iterator<Item = &Chosen> {
        self.chosen.iter().filter(|chosen| !chosen.effect.is_untouched())
    }
}

impl FromIterator<Chosen> for Effects {
    fn from_iter<I: IntoIterator<Item = Chosen>>(effects: I) -> Self {
        Self { chosen: effects.into_iter().collect(), waits: false }
    }
}
