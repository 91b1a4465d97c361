use gpucam::internals::{
    Colorimetry,
    gpu::{Plane, Recorder, Rgb8},
    passes,
};

use crate::{
    mirror::{Mask, store::unorm16},
    support::gpu::{BT601, BT709_FULL, SIZES, blob, gpu, holds_codes, scene, submit, upload},
};

/// Rounding of f32 at the middle between two codes.
const TOLERANCE: u8 = 1;

/// The definition: each pixel's R'G'B' over the grey of its square, in 8 bits.
fn mirror(bytes: &[u8], colorimetry: Colorimetry, alpha: &Mask, square: usize, greys: [f64; 2]) -> Vec<u8> {
    let mut out = Vec::new();
    for y in 0..alpha.height {
        for x in 0..alpha.width {
            let pair = &bytes[4 * ((y * alpha.width + x) / 2)..][..4];
            let [a] = alpha.at(x, y);
            let grey = greys[(x / square + y / square) % 2];
            let person = colorimetry.rgb(pair[2 * (x % 2)], pair[1], pair[3]).map(|v| v.clamp(0.0, 1.0));
            let code = |v: f64| (255.0 * (a * v + (1.0 - a) * grey).clamp(0.0, 1.0)).round() as u8;
            out.extend(person.map(code));
            out.push(255);
        }
    }
    out
}

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT709_FULL, BT601]) {
        let bytes = scene(size, 61);
        let alpha = blob(size, 62).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let shown = Plane::<Rgb8>::new(gpu, "shown", size);
        gpu.write_plane(&shown, &vec![0x55; 4 * size.area()]);
        let mut rec = Recorder::new(gpu);
        passes::checkered(&mut rec, &frame, &super::words(gpu, &alpha), &shown);
        submit(rec);
        let got: Vec<u8> = gpu.read_plane(&shown).expect("a readable plane");
        let square = (size.height as usize / 45).max(4);
        let want = mirror(&bytes, colorimetry, &alpha, square, [0.6, 0.8]);
        // The control: the squares the other way round.
        let control = mirror(&bytes, colorimetry, &alpha, square, [0.8, 0.6]);
        holds_codes(&format!("checkered {size}"), &got, &want, &control, TOLERANCE);
    }
}
