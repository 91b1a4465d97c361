use gpucam::internals::Size;

use super::people::{BLUE, Blob, MASKS, PASSED, Passes, RED, person, picture, play};
use crate::{
    mirror::{
        Mask,
        people::{Kept, Rule},
    },
    support::gpu::holds,
};

const SIZE: Size = Size::new(256, 144);
/// The picture's middle, in heights.
const MIDDLE: f64 = 8.0 / 9.0;

/// The kept mask, and whose each texel is, equal the mirror's, frame after frame.
pub fn test() {
    for (size, frames) in MASKS {
        let (first, ..) = play(size, 0);
        let rules = [Rule::default(), Rule { deep: 2, ..Rule::default() }];
        let mut mirrors = rules.map(|_| Kept::new(&first));
        let pass = Passes::new(size);
        let [mut got, mut want, mut control] = [Vec::new(), Vec::new(), Vec::new()];
        for frame in 0..frames {
            let (mask, picture, _) = play(size, frame);
            let (_, kept) = pass.step(&mask, &picture);
            got.extend(kept);
            want.extend(mirrors[0].step(&mask, &picture, PASSED, &rules[0]).mask.values());
            control.extend(mirrors[1].step(&mask, &picture, PASSED, &rules[1]).mask.values());
            let owners: Vec<f64> = mirrors[0].owners.iter().map(|&owner| f64::from(owner as u32)).collect();
            assert!(pass.owners() == owners, "{size}, frame {frame}: other owners");
        }
        // The mask times sixths: one rounding.
        holds(&format!("front {size}"), &got, &want, &control, 1.2e-7);
    }
}

/// The mean of what is kept where `of` is seen, in thousandths of the frame, and its largest value.
fn shown(kept: &[f64], of: &Mask) -> (f64, f64) {
    let here = || kept.iter().zip(of.values()).map(|(kept, seen)| kept * seen);
    (1e3 * here().sum::<f64>() / kept.len() as f64, here().fold(0.0, f64::max))
}

/// Somebody walks in behind the person, past them and out again. Nothing of them is kept while they are apart,
/// from the first frame on; where they touch, little.
pub fn newcomer() {
    let pass = Passes::new(SIZE);
    let (mut apart, mut touching, mut lost) = (0.0f64, Vec::new(), 0.0f64);
    for frame in 0..150 {
        let t = f64::from(frame);
        let sway = 0.015 * (t / 5.0).sin();
        let other = person(2.0 * MIDDLE + 0.25 - 0.02 * (t - 5.0), 0.62, RED);
        let (mask, colours, seen) = picture(SIZE, &[other, person(MIDDLE + sway, 0.8, BLUE)]);
        let (_, kept) = pass.step(&mask, &colours);
        let (mean, most) = shown(&kept, &seen[0]);
        let (own, _) = shown(&kept, &seen[1]);
        let whole = 1e3 * seen[1].values().iter().sum::<f64>() / kept.len() as f64;
        lost = lost.max(1.0 - own / whole);
        // More than the sum of their half widths and a rim apart.
        let distance = (2.0 * MIDDLE + 0.25 - 0.02 * (t - 5.0) - MIDDLE - sway).abs();
        if distance > 0.33 * (0.8 + 0.62) + 0.05 {
            apart = apart.max(most);
        } else {
            touching.push((frame, mean));
        }
        if most > 0.5 {
            note!("frame {frame}, {distance:.2} apart: {mean:.2} thousandths");
        }
    }
    let all: f64 = touching.iter().map(|(_, mean)| mean).sum();
    let worst = touching.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).expect("they touch");
    note!(
        "apart: at most {apart:.3} of a texel; touching, {} frames: mean {:.2} thousandths of the frame, worst \
         {:.2} in frame {}; of the person at most {:.1} % is lost",
        touching.len(),
        all / touching.len() as f64,
        worst.1,
        worst.0,
        100.0 * lost
    );
    assert!(touching.len() > 20 && apart < 0.001, "a flash of the other: {apart}");
    assert!(worst.1 < 5.0, "{worst:?}: the other is shown");
    assert!(lost < 0.15, "{lost}: the person is lost");
}

/// Once the person has left, another becomes the person after a second and a half, and fades in; one who sits
/// down before them takes over after half a second. At any rate of frames.
pub fn change() {
    for rate in [15, 30, 60] {
        let frames = |seconds: f64| (seconds * f64::from(rate)).round() as usize;
        let came = frames(1.0 / 3.0);
        let is_after = |first: usize, seconds: f64| {
            let exact = seconds * f64::from(rate);
            // A frame until it is noticed, one to fade in; milliseconds are rounded to whole ones.
            (-0.02 * exact..=2.0 + 0.02 * exact).contains(&((first - came) as f64 - exact))
        };
        let faded = frames(0.2) + 1;
        let left: Vec<f64> = levels(rate, frames(2.6), |frame| {
            let mut things = vec![person(2.0 * MIDDLE - 0.3, 0.6, RED)];
            things.extend((frame < came).then(|| person(0.5, 0.8, BLUE)));
            things
        })
        .into_iter()
        .map(|level| level[0])
        .collect();
        let first = left.iter().position(|level| *level > 0.01).expect("they come");
        let fade = &left[first..first + faded];
        note!("{rate} a second: shown {} frames after the person left: {fade:.2?}", first - came);
        assert!(
            is_after(first, 1.5) && left[first + faded] > 0.85,
            "{rate} a second, frame {first}: {left:?}"
        );
        let step = 1.5 / frames(0.2) as f64;
        assert!(fade.windows(2).all(|pair| pair[1] - pair[0] < step), "{rate} a second, no fade: {fade:?}");

        let both = levels(rate, frames(1.4), |frame| {
            let mut things = vec![person(0.45, 0.6, BLUE)];
            things.extend((frame >= came).then(|| person(2.0 * MIDDLE - 0.45, 1.1, RED)));
            things
        });
        let first = both.iter().position(|level| level[1] > 0.01).expect("they take over");
        let after = both[first + faded];
        note!("{rate} a second: one takes over {} frames after they came", first - came);
        assert!(is_after(first, 0.5), "{rate} a second, frame {first}: {both:?}");
        assert!(both[first - 2][0] > 0.85 && after[0] < 0.01 && after[1] > 0.85, "{rate} a second: {both:?}");
    }
}

/// How much of each of two is kept, 0..1, in every frame.
fn levels(rate: u32, frames: usize, things: impl Fn(usize) -> Vec<Vec<Blob>>) -> Vec<[f64; 2]> {
    let size = Size::new(128, 72);
    let pass = Passes::at_rate(size, rate);
    let level = |kept: &[f64], of: &Mask| {
        shown(kept, of).0 / (1e3 * of.values().iter().sum::<f64>() / kept.len() as f64)
    };
    let frame = |frame| {
        let (mask, colours, seen) = picture(size, &things(frame));
        let (_, kept) = pass.step(&mask, &colours);
        [0, 1].map(|n| seen.get(n).map_or(0.0, |of| level(&kept, of)))
    };
    (0..frames).map(frame).collect()
}

/// A hand and a mug that are parts of their own stay if they come up beside the person; the same on the far side
/// of the room, or in at its edge, does not.
pub fn hands() {
    let hand = |x: f64, y: f64| vec![Blob { at: [x, y], radii: [0.07, 0.08], colour: [190, 150, 120] }];
    for (what, at, stays) in [
        ("beside the head", [MIDDLE + 0.25, 0.46], true),
        ("before the shoulder", [MIDDLE - 0.32, 0.8], true),
        ("across the room", [0.25, 0.3], false),
        ("at the edge", [0.05, 0.8], false),
    ] {
        let pass = Passes::new(SIZE);
        for frame in 0..12 {
            let mut things = vec![person(MIDDLE, 0.8, BLUE)];
            things.extend((frame >= 3).then(|| hand(at[0], at[1] + 0.005 * f64::from(frame))));
            let (mask, colours, seen) = picture(SIZE, &things);
            let (_, kept) = pass.step(&mask, &colours);
            let Some(hand) = seen.get(1) else { continue };
            let (mean, _) = shown(&kept, hand);
            let whole = 1e3 * hand.values().iter().map(|v| v * v).sum::<f64>() / kept.len() as f64;
            let level = mean / whole;
            assert!(if stays { level > 0.9 } else { level < 0.001 }, "{what}, frame {frame}: {level}");
        }
    }
}
