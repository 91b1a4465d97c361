use gpucam::internals::{Size, gpu::Recorder, passes};

use super::denoise::{Pass, noisy};
use crate::{
    mirror::denoise::{Grain, History, Words, change, spread, words},
    support::gpu::{BT601, SIZES, gpu, holds, submit, upload},
};

/// In codes. A sample at the edge of a bin may fall to either side, which moves a median by a part of a bin, a quarter
/// of a code, as small as the share of that sample among those of its bin.
const TOLERANCE: f64 = 0.03;

impl Pass {
    pub fn learn(&self, bytes: &[u8]) {
        let mut rec = Recorder::new(gpu());
        let frame = upload(gpu(), bytes, self.size, BT601);
        let clock = self.clock(&rec);
        passes::grain(&mut rec, &frame, &clock, &self.state);
        submit(rec);
    }

    pub fn learn_and_step(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.learn(bytes);
        self.step(bytes)
    }

    fn grain(&self) -> Grain {
        let values: Vec<[f32; 4]> = gpu().read_storage(&self.state.grain).expect("a readable buffer");
        std::array::from_fn(|i| [0, 1, 2].map(|k| f64::from(values[i][k])))
    }
}

/// A median from bins of `width`, with samples spread evenly over a bin.
fn median(samples: &[f64], width: f64) -> f64 {
    let mut counts = [0.0; 64];
    samples.iter().for_each(|v| counts[((v / width) as usize).min(63)] += 1.0);
    let middle = samples.len() as f64 / 2.0;
    let mut before = 0.0;
    for (bin, here) in counts.into_iter().enumerate() {
        if before + here >= middle {
            return width * (bin as f64 + (middle - before) / here);
        }
        before += here;
    }
    unreachable!("half of the samples")
}

/// The pass in float64, written from its description and not from the shader; `factor` is 1.4826.
fn mirror(frame: &Words, history: &History, last: &Grain, factor: f64) -> Grain {
    let mut samples = vec![vec![Vec::new(); 8]; 3];
    for i in 0..96 * 64 {
        let x = (2 * (i % 96) + 1) * frame.width / 192;
        let y = (2 * (i / 96) + 1) * frame.height / 128;
        let [y0, y1, .., age] = history.at(x, y);
        if age == 0.0 {
            continue;
        }
        let [luma, _, cb, cr] = change(frame, history, x, y).map(|v| v.abs() / spread(age));
        let level = (((y0 + y1) / 64.0) as usize).min(7);
        samples[0][level].push((frame.at(x, y)[0] - y0).abs() / spread(age));
        samples[1][level].push(luma);
        samples[2][level].extend([cb, cr]);
    }
    if samples[0].iter().all(Vec::is_empty) {
        return *last;
    }
    std::array::from_fn(|level| {
        std::array::from_fn(|k| {
            let width = if k == 0 { 0.25 } else { 0.125 };
            let own = &samples[k][level];
            let known = |samples: &[f64]| (samples.len() >= 64).then(|| median(samples, width));
            let own = known(own).unwrap_or_else(|| median(&samples[k].concat(), width));
            // Black cuts noise off.
            let next = (level == 0).then(|| known(&samples[k][1])).flatten();
            let now = factor * own.max(next.unwrap_or(0.0));
            match last[level][k] {
                0.0 => now,
                before => before + if now < before { 0.3 } else { 0.1 } * (now - before),
            }
        })
    })
}

pub fn test() {
    for size in [SIZES[2], SIZES[1], Size::new(128, 70)] {
        let mut pass = Pass::new(size);
        for frame in 0..4 {
            let bytes = noisy(size, frame, [4.0, 4.0, 1.5, 3.0][frame]);
            let (history, last) = (pass.history(), pass.grain());
            pass.learn_and_step(&bytes);
            let given = words(&bytes, size.width as usize, size.height as usize);
            let of = |factor| mirror(&given, &history, &last, factor).concat();
            let got = pass.grain().concat();
            if frame == 0 {
                assert_eq!(got, [0.0; 24], "nothing is known yet");
                continue;
            }
            // The control: the deviation of another distribution.
            holds(&format!("grain {size}, frame {frame}"), &got, &of(1.4826), &of(1.6), TOLERANCE);
        }
    }
}

/// What it finds is the noise that was added, although a part of the picture moves.
pub fn finds() {
    for deviation in [1.0, 3.0, 6.0] {
        let mut pass = Pass::new(SIZES[1]);
        (0..6).for_each(|frame| drop(pass.learn_and_step(&noisy(SIZES[1], frame, deviation))));
        let found = pass.grain().map(|[s, ..]| s);
        note!("noise of {deviation} codes: {found:.2?}");
        // Rounding to whole codes adds a twelfth to the variance. The darkest and brightest are cut off at 0 and 255.
        let want = (deviation * deviation + 1.0 / 12.0).sqrt();
        assert!(found[1..7].iter().all(|s| (s - want).abs() < 0.2 * want), "{found:?}, not {want}");
    }
}
