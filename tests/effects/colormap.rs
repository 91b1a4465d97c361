use super::target::{TestFrame, rgb, test_frames};

/// Colours of the maps at luma 0, 0.2, … 1, as their authors publish them (every 51st of 256), or as their
/// name says.
const MAPS: &[(&str, [u32; 6])] = &[
    ("viridis", [0x440154, 0x414487, 0x2a788e, 0x22a884, 0x7ad151, 0xfde725]),
    ("magma", [0x000004, 0x3b0f70, 0x8c2981, 0xde4968, 0xfe9f6d, 0xfcfdbf]),
    ("inferno", [0x000004, 0x420a68, 0x932667, 0xdd513a, 0xfca50a, 0xfcffa4]),
    ("plasma", [0x0d0887, 0x6a00a8, 0xb12a90, 0xe16462, 0xfca636, 0xf0f921]),
    ("hot", [0x000000, 0x990000, 0xff3300, 0xffcc00, 0xffff66, 0xffffff]),
    ("winter", [0x0000ff, 0x0033e6, 0x0066cc, 0x0099b3, 0x00cc9a, 0x00ff80]),
    ("grey", [0x000000, 0x333333, 0x666666, 0x999999, 0xcccccc, 0xffffff]),
    ("negative", [0xffffff, 0xcccccc, 0x999999, 0x666666, 0x333333, 0x000000]),
];

/// Luma by the weights of the frame's matrix.
fn luma(given: &TestFrame, [r, g, b]: [f64; 3]) -> f64 {
    let (kr, kb) = given.colorimetry.matrix.weights();
    kr * r + (1.0 - kr - kb) * g + kb * b
}

pub fn test() {
    let line = |table: &'static [u32], at: f64| {
        let at = at.clamp(0.0, 1.0) * (table.len() - 1) as f64;
        let first = (at as usize).min(table.len() - 2);
        let (from, to) = (rgb(table[first]), rgb(table[first + 1]));
        [0, 1, 2].map(|c| from[c] + (at - first as f64) * (to[c] - from[c]))
    };
    for given in test_frames(83) {
        let same = |colour: [f64; 3]| colour;
        for (name, table) in [
            ("winter", &[0x0000ff, 0x00ff80][..]),
            ("negative", &[0xffffff, 0x000000][..]),
            ("hot", &[0x000000, 0xff0000, 0xffff00, 0xffffff][..]),
        ] {
            let mapped = |colour: [f64; 3]| line(table, luma(&given, colour));
            let all = given.map(|_, colour, _| mapped(colour));
            let person = given.map_layers(mapped, same);
            let background = given.map_layers(same, mapped);
            // Where the exact value lies between two codes, the GPU may round to either.
            given.check(&format!("colormap:{name}"), &all, &person, 1);
            given.check(&format!("colormap:{name},on=person"), &person, &background, 1);
            given.check(&format!("colormap,map={name},on=background"), &background, &all, 1);
        }
    }
}

/// On a ramp of greys, each map takes its published colours.
pub fn maps() {
    use crate::{
        mirror::{Plane, yuyv},
        support::gpu::BT709_FULL,
    };
    let size = gpucam::internals::Size::new(512, 2);
    let ramp = Plane::from_fn(512, 2, |x, _| [(x / 2) as f64 / 255.0; 3]);
    let bytes = yuyv::encode(&ramp, BT709_FULL);
    let alpha = Plane::flat(512, 2, [0.0]);
    for (name, colours) in MAPS {
        let got = super::render(&[&format!("colormap:{name}")], &bytes, size, BT709_FULL, &alpha);
        let got = yuyv::decode(&got, size, BT709_FULL);
        for (i, code) in colours.iter().enumerate() {
            let (got, want) = (got.at(102 * i, 0), rgb(*code));
            // 8-bit chroma resolves blue in steps of two codes.
            let off = (0..3).map(|c| 255.0 * (got[c] - want[c]).abs()).fold(0.0, f64::max);
            assert!(off < 2.0, "{name} at {i}: {off}");
        }
    }
}
