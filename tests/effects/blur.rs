use super::render;
use crate::{
    mirror::{backdrop, composite, disc, store::unorm16, yuyv},
    support::gpu::{BT601, SIZES, blob, holds_codes, scene},
};

pub fn test() {
    let size = SIZES[1];
    let bytes = scene(size, 51);
    let alpha = blob(size, 52).map(|[a]| [unorm16(a)]);
    let frame = yuyv::decode_unclamped(&bytes, size, BT601);
    let mirror = |strength| {
        let (background, side) = backdrop::blurred(&frame, &alpha, strength);
        composite::composite(&bytes, size, BT601, &alpha, &background, side)
    };
    for (text, strength) in [("blur", 12.0), ("blur:0.5", 0.5), ("blur,strength=40", 40.0)] {
        let got = render(&[text], &bytes, size, BT601, &alpha);
        // The blur's planes are f16, so a value between two codes may round to either.
        holds_codes(text, &got, &mirror(strength), &mirror(20.0), 1);
    }
    let by_disc = |strength| {
        let (background, side) = disc::bokeh(&frame, &alpha, strength);
        composite::composite(&bytes, size, BT601, &alpha, &background, side)
    };
    for (text, strength) in [("blur,shape=disc", 12.0), ("blur:40,shape=disc", 40.0)] {
        let got = render(&[text], &bytes, size, BT601, &alpha);
        holds_codes(text, &got, &by_disc(strength), &mirror(strength), 1);
    }
    // Effects in a row: the second draws on the result of the first.
    let once = render(&["blur"], &bytes, size, BT601, &alpha);
    let twice = render(&["blur", "none", "blur:30"], &bytes, size, BT601, &alpha);
    assert_eq!(twice, render(&["blur:30"], &once, size, BT601, &alpha));
    assert_ne!(twice, once);
}
