use gpucam::internals::{
    Size,
    gpu::{Recorder, Storage},
    passes::{self, DenoiseState},
    video::testcard::{Scene, TestCard},
};

use crate::{
    mirror::{
        Plane,
        denoise::{Grain, History, RULE, Rule, denoise, words},
        yuyv,
    },
    support::gpu::{BT601, SIZES, gpu, holds, holds_codes, noise, poison_storage, submit, upload},
};

/// The pass and what it keeps, frame after frame.
pub struct Pass {
    pub size: Size,
    pub state: DenoiseState,
    frames: usize,
}

impl Pass {
    pub fn new(size: Size) -> Self {
        let state = DenoiseState::new(gpu(), size);
        // The half that the first frame writes. The other one is empty, as that of a camera that has just started.
        let half = Storage {
            offset: state.history.bytes / 2,
            bytes: state.history.bytes / 2,
            ..state.history.clone()
        };
        poison_storage(gpu(), &half);
        Self { size, state, frames: 0 }
    }

    pub fn clock(&self, rec: &Recorder<'_>) -> Storage {
        rec.constants("clock", &[1.0 / 30.0, (self.frames % 2) as f32])
    }

    pub fn set_grain(&self, grain: &Grain) {
        let values: Vec<f32> =
            grain.iter().flat_map(|&[s, b, c]| [s as f32, b as f32, c as f32, 0.0]).collect();
        gpu().queue().write_buffer(&self.state.grain.buffer, 0, bytemuck::cast_slice(&values));
    }

    /// What the next frame is averaged with.
    pub fn history(&self) -> History {
        let entries: Vec<[u32; 2]> = gpu().read_storage(&self.state.history).expect("a readable buffer");
        let (w, h) = (self.size.width as usize / 2, self.size.height as usize);
        let half = &entries[self.frames % 2 * w * h..][..w * h];
        Plane::from_fn(w, h, |x, y| {
            let [luma, chroma] = half[y * w + x];
            let luma = |shift: u32| f64::from((luma >> shift) & 0xfff) / 16.0;
            let chroma = |shift: u32| f64::from((chroma >> shift) & 0xffff) / 256.0;
            [luma(0), luma(12), chroma(0), chroma(16), f64::from(half[y * w + x][0] >> 24) / 8.0]
        })
    }

    pub fn step(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut rec = Recorder::new(gpu());
        let frame = upload(gpu(), bytes, self.size, BT601);
        let clock = self.clock(&rec);
        let clean = passes::denoise(&mut rec, &frame, &clock, &self.state).words;
        poison_storage(gpu(), &clean);
        submit(rec);
        self.frames += 1;
        gpu().read_storage(&clean).expect("a readable buffer")
    }
}

/// Stripes and ramps under noise of `deviation` codes, and a square that moves.
pub fn noisy(size: Size, frame: usize, deviation: f64) -> Vec<u8> {
    let (w, h) = (size.width as usize, size.height as usize);
    let left = w / 4 + 3 * frame;
    let mut bytes = Vec::with_capacity(size.yuyv_bytes());
    for y in 0..h {
        for x in (0..w).step_by(2) {
            let inside = (left..left + w / 4).contains(&x) && (h / 3..2 * h / 3).contains(&y);
            let base = match inside {
                true => [180.0, 100.0, 150.0],
                false if x / 16 % 4 == 0 => [30.0, 130.0, 128.0],
                false => [20.0 + 200.0 * y as f64 / h as f64, 128.0, 120.0],
            };
            // A sum of four is nearly normal: its deviation is the root of 1/3.
            let n = |k: usize| {
                let one = |j: usize| noise(frame as u64, 16 * (y * w + x) + 4 * k + j);
                deviation * 3f64.sqrt() * ((0..4).map(one).sum::<f64>() - 2.0)
            };
            let word = [base[0] + n(0), base[1] + n(1), base[0] + n(2), base[2] + n(3)];
            bytes.extend(word.map(|v: f64| v.round().clamp(0.0, 255.0) as u8));
        }
    }
    bytes
}

/// Each frame against the float64 mirror, from the history that the pass itself has kept.
pub fn test() {
    for size in [SIZES[2], Size::new(128, 70)] {
        let grain: Grain = std::array::from_fn(|i| [2.0 + 0.4 * i as f64, 0.7 + 0.1 * i as f64, 0.8]);
        let mut pass = Pass::new(size);
        pass.set_grain(&grain);
        for frame in 0..4 {
            let bytes = noisy(size, frame, 3.0);
            let history = pass.history();
            let got = pass.step(&bytes);
            let given = words(&bytes, size.width as usize, size.height as usize);
            let codes = |shown: &Plane<4>| -> Vec<u8> {
                let round = |v: f64| (v + 0.5).floor().clamp(0.0, 255.0) as u8;
                shown.data.iter().flat_map(|&[y0, y1, cb, cr]| [y0, cb, y1, cr].map(round)).collect()
            };
            let (want, kept) = denoise(&given, &history, &grain, RULE);
            // The control: movement is seen in noise.
            let (wrong, forgot) = denoise(&given, &history, &grain, Rule { start: -1.0, ..RULE });
            let what = format!("denoise {size}, frame {frame}");
            // A value halfway between two codes may round to either.
            match frame {
                // Nothing is averaged yet: the control is another smoothing, which may differ by little.
                0 => assert!(super::super::support::gpu::codes_apart(&got, &codes(&want)) <= 1),
                _ => holds_codes(&what, &got, &codes(&want), &codes(&wrong), 1),
            }
            let rounded = |history: &History| -> Vec<f64> {
                let fine = [16.0, 16.0, 256.0, 256.0, 8.0];
                let round =
                    |v: [f64; 5]| std::array::from_fn::<f64, 5, _>(|k| (v[k] * fine[k] + 0.5).floor());
                history.data.iter().flat_map(|&v| round(v)).collect()
            };
            if frame > 0 {
                // In steps of what is stored: it may round to either.
                holds(&what, &rounded(&pass.history()), &rounded(&kept), &rounded(&forgot), 1.0);
            }
        }
    }
}

/// Without noise every byte stays, whatever moves.
pub fn keeps() {
    let size = SIZES[2];
    let mut pass = Pass::new(size);
    pass.set_grain(&[[0.2, 0.1, 0.1]; 8]);
    for frame in 0..3 {
        let bytes = noisy(size, frame, 0.0);
        assert!(pass.step(&bytes) == bytes, "frame {frame}");
    }
}

/// Mean squared error of luma and chroma in the words that `counts` names.
fn errors(bytes: &[u8], clean: &[f64], counts: impl Fn(usize) -> bool) -> [f64; 2] {
    let mut sums = [[0.0, 0.0]; 2];
    for (i, (code, clean)) in bytes.iter().zip(clean).enumerate().filter(|(i, _)| counts(i / 4)) {
        sums[i % 2][0] += (f64::from(*code) - clean).powi(2);
        sums[i % 2][1] += 1.0;
    }
    sums.map(|[sum, n]| sum / n)
}

fn psnr(error: f64) -> f64 {
    10.0 * (255.0f64.powi(2) / error).log10()
}

/// On the card in the dark: how much noise goes, in luma and chroma, also from a person who moves.
pub fn card() {
    let size = Size::new(640, 360);
    let mut pass = Pass::new(size);
    let card = TestCard::new(Scene::Dark, 2, size);
    let mut gain = [0.0; 2];
    for t in 0..10 {
        let frame = card.frame(t);
        let exact: Vec<f64> = frame
            .clean
            .chunks_exact(2)
            .flat_map(|pair| {
                let [a, b] = [0, 1].map(|i| yuyv::ycbcr(BT601, pair[i].map(f64::from)));
                [a[0], (a[1] + b[1]) / 2.0, b[0], (a[2] + b[2]) / 2.0]
            })
            .collect();
        let got = pass.learn_and_step(&frame.yuyv.bytes);
        let (before, after) = (errors(&frame.yuyv.bytes, &exact, |_| true), errors(&got, &exact, |_| true));
        gain = [0, 1].map(|k| psnr(after[k]) - psnr(before[k]));
        note!(
            "dark, frame {t}: luma {:.2} dB, {:+.2}; chroma {:.2} dB, {:+.2}",
            psnr(before[0]),
            gain[0],
            psnr(before[1]),
            gain[1]
        );
    }
    assert!(gain[0] > 6.0 && gain[1] > 6.0, "{gain:?} dB");
}

/// What moves, and what it uncovers, is nearer to the truth than the camera's frame: nothing trails behind.
pub fn no_ghosts() {
    let size = Size::new(640, 360);
    let mut pass = Pass::new(size);
    let mut last = noisy(size, 0, 0.0);
    for frame in 0..10 {
        let (bytes, exact) = (noisy(size, frame, 4.0), noisy(size, frame, 0.0));
        let clean: Vec<f64> = exact.iter().map(|&v| v.into()).collect();
        let got = pass.learn_and_step(&bytes);
        let words = |bytes: &[u8]| bytes.as_chunks::<4>().0.to_vec();
        let (now, then) = (words(&exact), words(&last));
        last = exact.clone();
        if frame < 4 {
            continue;
        }
        let is_square = |i: usize| now[i] == [180, 100, 180, 150];
        let is_rim = |i: usize| now[i] != then[i];
        for (what, counts) in [("the square", &is_square as &dyn Fn(usize) -> bool), ("its rims", &is_rim)] {
            let (before, after) = (errors(&bytes, &clean, counts), errors(&got, &clean, counts));
            let gain = [0, 1].map(|k| psnr(after[k]) - psnr(before[k]));
            note!("{what}, frame {frame}: luma {:+.2} dB, chroma {:+.2} dB", gain[0], gain[1]);
            assert!(gain.iter().all(|&gain| gain > 0.0), "{what}, frame {frame}: {gain:?} dB");
        }
    }
}
