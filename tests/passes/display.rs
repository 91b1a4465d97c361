use gpucam::internals::{
    Colorimetry, Matrix, Range,
    gpu::{Plane, Recorder, Rgb8},
    passes,
};

use crate::support::gpu::{BT601, BT709_FULL, SIZES, gpu, holds_codes, scene, submit, upload};

/// Rounding of f32 at the middle between two codes.
const TOLERANCE: u8 = 1;

/// The definition: R'G'B' of each pixel with its pair's chroma, in 8 bits.
fn mirror(bytes: &[u8], colorimetry: Colorimetry) -> Vec<u8> {
    let code = |v: f64| (255.0 * v.clamp(0.0, 1.0)).round() as u8;
    let pixel = |y: u8, pair: &[u8]| {
        let [r, g, b] = colorimetry.rgb(y, pair[1], pair[3]).map(code);
        [r, g, b, 255]
    };
    bytes.chunks_exact(4).flat_map(|pair| [pixel(pair[0], pair), pixel(pair[2], pair)]).flatten().collect()
}

pub fn test() {
    let gpu = gpu();
    let bt709 = Colorimetry { matrix: Matrix::Bt709, range: Range::Limited };
    for size in SIZES {
        for (colorimetry, other) in [(BT601, bt709), (bt709, BT601), (BT709_FULL, BT601)] {
            let bytes = scene(size, 31);
            let frame = upload(gpu, &bytes, size, colorimetry);
            let shown = Plane::<Rgb8>::new(gpu, "shown", size);
            gpu.write_plane(&shown, &vec![0x55; 4 * size.area()]);
            let mut rec = Recorder::new(gpu);
            passes::display(&mut rec, &frame, &shown);
            submit(rec);
            let got: Vec<u8> = gpu.read_plane(&shown).expect("a readable plane");
            // The control: another matrix or range.
            let (want, control) = (mirror(&bytes, colorimetry), mirror(&bytes, other));
            holds_codes(&format!("display {size} {colorimetry:?}"), &got, &want, &control, TOLERANCE);
        }
    }
}
