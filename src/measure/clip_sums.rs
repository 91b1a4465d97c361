//! Sums the figures of a chain over a clip's frames.

use serde::Serialize;

use super::{
    Figures,
    metrics::{GroundTruth, mean_error},
};

/// Flicker counts only where the exact alpha changes by less than this: a moving edge does not flicker.
const STILL: f32 = 0.002;

/// Figures of a chain on a clip, as fractions of full scale. 0 is best, except for `iou` and `f`. Each is the mean of
/// the frames where it has a meaning: without a person there is no edge.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClipFigures {
    /// Mean |alpha error| within 16 pixels of the edge.
    pub band: Option<f64>,
    /// Boundary F at 2 pixels.
    pub f: Option<f64>,
    /// Intersection over union of the person pixels.
    pub iou: Option<f64>,
    /// Mean |alpha error| over the whole picture.
    pub error: Option<f64>,
    /// Mean |change of alpha| between frames within 16 pixels of the edge where the exact alpha stays.
    pub flicker: Option<f64>,
    /// The same outside this band.
    pub flicker_outside: Option<f64>,
    /// Mean colour error of the composite over a replacement picture within 8 pixels of the edge; needs the room.
    pub rim_picture: Option<f64>,
    /// The same over the blurred background.
    pub rim_blur: Option<f64>,
    /// Mean colour error of the blurred background within 28 pixels around the person; needs the room.
    pub ring: Option<f64>,
}

/// Sums of figures, each with the number of frames in it.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f64) {
        // Not a number: no pixel to score, as where nobody is in the picture.
        if value.is_finite() {
            (self.sum, self.count) = (self.sum + value, self.count + 1);
        }
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

/// The sums of a chain, in the order of [`ClipFigures`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ClipSums([Mean; 9]);

impl ClipSums {
    /// Adds a scored frame. One without a person counts for the whole-picture error alone.
    pub fn score(&mut self, truth: &GroundTruth, alpha: &[f32]) {
        let score = truth.score(alpha);
        let of_person = if has_person(truth) { [score.band, score.f, score.iou] } else { [f64::NAN; 3] };
        let values = of_person.into_iter().chain([score.error]);
        self.0.iter_mut().zip(values).for_each(|(mean, value)| mean.add(value));
    }

    /// Adds the change since the last frame, whose alpha and exact alpha are `last`, if there is a person.
    pub fn flicker(&mut self, truth: &GroundTruth, alpha: &[f32], (last, last_truth): (&[f32], &[f32])) {
        if !has_person(truth) {
            return;
        }
        let is_still = |i: usize| (truth.alpha[i] - last_truth[i]).abs() < STILL;
        self.0[4].add(mean_error(alpha, last, |i| truth.in_band(i) && is_still(i)));
        self.0[5].add(mean_error(alpha, last, |i| !truth.in_band(i) && is_still(i)));
    }

    /// Adds the colour errors of a frame.
    pub(super) fn colours(&mut self, figures: &Figures) {
        let values = [figures.rim_picture, figures.rim_blur, figures.ring];
        self.0[6..].iter_mut().zip(values).for_each(|(mean, value)| mean.add(value));
    }

    /// The means of what was added.
    pub fn figures(&self) -> ClipFigures {
        let [band, f, iou, error, flicker, flicker_outside, rim_picture, rim_blur, ring] =
            self.0.map(Mean::value);
        ClipFigures { band, f, iou, error, flicker, flicker_outside, rim_picture, rim_blur, ring }
    }
}

fn has_person(truth: &GroundTruth) -> bool {
    truth.alpha.iter().any(|alpha| *alpha > 0.5)
}
