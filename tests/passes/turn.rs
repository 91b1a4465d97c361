use gpucam::internals::{
    Size,
    frame::geometry::{Crop, Cut, Geometry, Rotate},
    gpu::Recorder,
    passes,
};

use crate::{
    mirror::reframe::{cropped, pack, turned, unpack},
    support::gpu::{BT601, SIZES, gpu, noise, poison_storage, submit, upload},
};

/// Every orientation of a picture.
pub fn turns() -> impl Iterator<Item = Geometry> {
    let rotations = [Rotate::No, Rotate::Quarter, Rotate::Half, Rotate::ThreeQuarters];
    rotations.into_iter().flat_map(|rotate| {
        [(false, false), (true, false), (false, true), (true, true)].map(|(mirror, flip)| Geometry {
            rotate,
            mirror,
            flip,
            ..Geometry::default()
        })
    })
}

/// Bytes without a pattern.
pub fn bytes(size: Size) -> Vec<u8> {
    (0..size.yuyv_bytes()).map(|i| (256.0 * noise(80, i)) as u8).collect()
}

/// The pass's output for `bytes`, written completely.
pub fn framed(bytes: &[u8], size: Size, geometry: &Geometry) -> (Vec<u8>, Size) {
    let framing = geometry.framing(size).unwrap_or_else(|error| panic!("{error}"));
    let mut rec = Recorder::new(gpu());
    let frame = passes::reframe(&mut rec, &upload(gpu(), bytes, size, BT601), &framing);
    if !framing.is_identity() {
        poison_storage(gpu(), &frame.words);
    }
    submit(rec);
    assert_eq!(frame.size, framing.frame);
    (gpu().read_storage(&frame.words).expect("a readable buffer"), frame.size)
}

/// Equal to the byte, in all sixteen orientations, whole and cropped.
pub fn test() {
    for size in SIZES {
        let bytes = bytes(size);
        let picture = unpack(&bytes, size);
        for geometry in turns() {
            let want = turned(&picture, &geometry);
            let (got, frame) = framed(&bytes, size, &geometry);
            assert_eq!((frame.width as usize, frame.height as usize), (want.width, want.height));
            assert!(got == pack(&want), "{size} {geometry:?}");
            // The control: one more turn.
            let control = Geometry { flip: !geometry.flip, ..geometry };
            assert!(got != pack(&turned(&picture, &control)), "{size} {geometry:?}: the control passes");

            // An odd position too, which forms new pairs.
            for at in [(0, 0), (33, 17)] {
                let part = Size::new(202, 105);
                let cut = Cut::Crop(Crop { size: part, at: Some([at.0 as u32, at.1 as u32]) });
                let (got, frame) = framed(&bytes, size, &Geometry { cut, ..geometry });
                assert_eq!(frame, part);
                assert!(got == pack(&cropped(&want, at, part)), "{size} {geometry:?} {at:?}");
                assert!(got != pack(&cropped(&want, (at.0 + 1, at.1), part)), "the control passes");
            }
        }
    }
}

/// Mirroring keeps every byte: it only swaps the lumas of a pair.
pub fn mirror_keeps_every_byte() {
    let size = Size::new(646, 362);
    let bytes = bytes(size);
    let width = size.width as usize / 2;
    let mirrored = (0..size.height as usize).flat_map(|y| (0..width).rev().map(move |x| 4 * (y * width + x)));
    let want: Vec<u8> = mirrored.flat_map(|i| [bytes[i + 2], bytes[i + 1], bytes[i], bytes[i + 3]]).collect();
    let mirror = Geometry { mirror: true, ..Geometry::default() };
    assert!(framed(&bytes, size, &mirror).0 == want);
    assert!(framed(&want, size, &mirror).0 == bytes, "twice is not nothing");
    assert!(framed(&bytes, size, &Geometry { flip: true, ..mirror }).0 != want, "the control passes");
    assert!(framed(&bytes, size, &Geometry::default()).0 == bytes, "nothing was asked for");
}
