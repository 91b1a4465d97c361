//! Whether a candidate is faster, from times measured in turns.

/// What is known of a candidate after some pairs of frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// More pairs are needed.
    Open,
    /// It is faster by more than the noise, and by what is worth a change.
    Faster,
    /// It is not, or cannot be shown to be.
    NoFaster,
}

/// Fewest pairs before anything is said.
const FEWEST: usize = 4;
/// Fewest pairs before a candidate wins.
const FEWEST_TO_WIN: usize = 9;
/// Most pairs.
pub const MOST: usize = 31;
/// What a change must bring.
const WORTHWHILE: f64 = 0.97;
/// A candidate that seems to take so much longer after the fewest pairs is dropped.
const CLEARLY_SLOWER: f64 = 1.1;

/// Judges by the ratios of the candidate's time to the best one's, one for each pair of neighbouring frames. After
/// [`MOST`] it decides.
pub fn judge(ratios: &[f64]) -> Verdict {
    if ratios.len() < FEWEST {
        return Verdict::Open;
    }
    let (middle, error) = (median(ratios), standard_error(ratios));
    // It is asked after each pair, which is many chances to be lucky: a win takes more certainty than a loss.
    let (low, high) = (middle - 2.0 * error, middle + 3.0 * error);
    let wins = ratios.len() >= FEWEST_TO_WIN && middle <= WORTHWHILE && high < 1.0;
    let is_sure = high <= WORTHWHILE;
    match ratios.len() {
        _ if middle > CLEARLY_SLOWER && low > 1.0 => Verdict::NoFaster,
        _ if wins && (is_sure || ratios.len() >= MOST) => Verdict::Faster,
        count if count >= MOST || (count >= FEWEST_TO_WIN && low > WORTHWHILE) => Verdict::NoFaster,
        _ => Verdict::Open,
    }
}

/// Whether whole frames are faster by more than the noise, however little: what won as a part of the frame must show
/// there.
pub fn is_surely_less(ratios: &[f64]) -> bool {
    median(ratios) + 2.0 * standard_error(ratios) < 1.0
}

/// The median of at least one value.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { 0.5 * (sorted[middle - 1] + sorted[middle]) }
}

/// The standard error of a median, from the median deviation, which a few disturbed frames do not move: that of a
/// normal distribution is 0.6745 σ, and its median's error 1.2533 σ/√n.
fn standard_error(values: &[f64]) -> f64 {
    let middle = median(values);
    let deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&deviations) / 0.6745 * 1.2533 / (values.len() as f64).sqrt()
}
