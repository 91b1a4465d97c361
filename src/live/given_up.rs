//! What a run says of what it gives up while frames take too long; pacing.rs decides.

use std::{fmt, time::Duration};

/// What is given up, and why.
#[derive(Clone, Debug)]
pub(super) struct GivenUp {
    /// In words, as in "the second look".
    pub(super) what: String,
    /// Mean time of a frame before, and the camera's interval then. None if it came with another change.
    pub(super) why: Option<(Duration, Duration)>,
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| 1e3 * time.as_secs_f64();
        if let Some((took, interval)) = self.why {
            write!(f, "a frame took {:.1} ms and one comes every {:.1} ms: ", ms(took), ms(interval))?;
        }
        match self.what.as_str() {
            "" => write!(f, "nothing is given up any more"),
            what => write!(f, "gpucam goes on without {what}"),
        }
    }
}
