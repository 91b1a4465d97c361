//! The conversion from codes to R'G'B' and back by the shaders' library, for every 16-level colour.

use gpucam::internals::{
    Colorimetry, Matrix, Range, Size,
    gpu::{Plane, Recorder, WeightedRgb},
    passes::{self, Alpha, Backdrop},
};

use crate::{
    mirror::yuyv,
    support::{
        gpu::{gpu, poison_storage, submit, upload},
        report::{Unit, compared},
    },
};

const LEVELS: u32 = 16;

pub fn test() {
    let gpu = gpu();
    for matrix in [Matrix::Bt601, Matrix::Bt709] {
        for range in [Range::Limited, Range::Full] {
            let colorimetry = Colorimetry { matrix, range };
            // Two pixels of each colour, coded by the mirror.
            let size = Size::new(2 * LEVELS, LEVELS * LEVELS);
            let level = |v: u32| f64::from(v) / f64::from(LEVELS - 1);
            let colours = (0..LEVELS.pow(3)).map(|i| [i / 256, i / 16 % 16, i % 16].map(level));
            let bytes: Vec<u8> = colours.flat_map(|rgb| yuyv::word(colorimetry, [rgb, rgb])).collect();
            // A composite with alpha one step below 1 over an equal background converts both ways.
            let mut rec = Recorder::new(gpu);
            let frame = upload(gpu, &bytes, size, colorimetry);
            let words = rec.storage("alpha", size.yuyv_bytes() as u64);
            gpu.queue().write_buffer(&words.buffer, 0, bytemuck::cast_slice(&vec![0xfffeu16; size.area()]));
            let plane: Plane<WeightedRgb> = rec.plane("background", Size::new(1, 1));
            let background = Backdrop { plane, side: size.height };
            let packed = passes::composite(&mut rec, &frame, &Alpha { words, size }, &background, None).words;
            poison_storage(gpu, &packed);
            submit(rec);
            let got: Vec<u8> = gpu.read_storage(&packed).expect("a readable buffer");
            let worst = |with: &[u8]| got.iter().zip(with).map(|(g, w)| g.abs_diff(*w)).max();
            note!("{colorimetry:?}: {:?} LSB", worst(&bytes));
            assert_eq!(got.len(), bytes.len());
            let off = worst(&bytes).unwrap_or(u8::MAX);
            compared(Unit::Codes, &format!("colours of {colorimetry:?}"), off.into(), 1.0);
            assert!(worst(&bytes) <= Some(1), "{colorimetry:?}: {:?} LSB", worst(&bytes));
            // The control: the same colours, coded with the other matrix.
            let other = Colorimetry {
                matrix: if matrix == Matrix::Bt601 { Matrix::Bt709 } else { Matrix::Bt601 },
                range,
            };
            let colours = (0..LEVELS.pow(3)).map(|i| [i / 256, i / 16 % 16, i % 16].map(level));
            let wrong: Vec<u8> = colours.flat_map(|rgb| yuyv::word(other, [rgb, rgb])).collect();
            assert!(worst(&wrong) > Some(1), "the other matrix passes");
        }
    }
}
