use gpucam::internals::{
    Colorimetry, Matrix, Range, Size,
    frame::layout::{PixelLayout, RangeTables},
    gpu::{Recorder, Storage},
    passes,
};

use crate::{
    devices::unpack::{layouts, reference_pair},
    support::{
        gpu::{codes_apart as off, gpu, submit},
        report::{Unit, compared},
    },
    video::noise,
};

/// Integer arithmetic: the nearest code, and no other.
const TOLERANCE: u8 = 0;

/// The definition in f64, rounded to the nearest code, halves upwards. A half is exact in the formula and not in f64.
fn mirror(layout: &PixelLayout, matrix: Matrix, bytes: &[u8]) -> Vec<u8> {
    let size = layout.size;
    let pairs = (0..size.height as usize).flat_map(|y| (0..size.width as usize / 2).map(move |x| (2 * x, y)));
    pairs
        .flat_map(|(x, y)| {
            reference_pair(layout, matrix, bytes, x, y).map(|code| (code + 0.5 + 1e-9).floor() as u8)
        })
        .collect()
}

fn unpacked(layout: &PixelLayout, matrix: Matrix, bytes: &[u8]) -> Vec<u8> {
    let gpu = gpu();
    // The GPU's last word is whole; what lies beyond the picture is poison.
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), 0xff);
    let storage = Storage::new(gpu, "test", padded.len() as u64);
    gpu.queue().write_buffer(&storage.buffer, 0, &padded);
    let mut rec = Recorder::new(gpu);
    let colorimetry = Colorimetry { matrix, range: Range::Limited };
    let frame = passes::unpack_rgb(&mut rec, &storage, layout, colorimetry).expect("R'G'B'");
    let poison = vec![0xaa; frame.words.bytes as usize];
    gpu.queue().write_buffer(&frame.words.buffer, 0, &poison);
    submit(rec);
    gpu.read_storage(&frame.words).expect("the words")
}

pub fn test() {
    let mut all: Vec<_> = layouts().into_iter().filter(|layout| layout.pixel_format.is_rgb()).collect();
    assert_eq!(all.len(), 48);
    let first = all[0];
    all.push(PixelLayout { size: Size::new(646, 363), stride: 1951, ..first });
    for (layout, matrix) in all.into_iter().flat_map(|l| [(l, Matrix::Bt601), (l, Matrix::Bt709)]) {
        let bytes = noise(layout.bytes(), 3);
        let (got, want) = (unpacked(&layout, matrix, &bytes), mirror(&layout, matrix, &bytes));
        compared(Unit::Codes, &format!("{layout:?} {matrix:?}"), off(&got, &want).into(), TOLERANCE.into());
        assert!(off(&got, &want) == TOLERANCE, "{layout:?} {matrix:?}: {} codes off", off(&got, &want));
        // The conversion on the CPU gives the same bytes.
        let mut cpu = vec![77; layout.size.yuyv_bytes()];
        let tables = RangeTables::from_range(layout.range).with_matrix(matrix);
        layout.unpack(&tables, &bytes, &mut cpu).expect("a whole picture");
        assert!(got == cpu, "{layout:?} {matrix:?}: not what the CPU makes of it");
        // The controls: the other matrix, and a smaller stride.
        let other = if matrix == Matrix::Bt601 { Matrix::Bt709 } else { Matrix::Bt601 };
        assert!(off(&got, &mirror(&layout, other, &bytes)) > 10, "{other:?} passes for {layout:?}");
        let tight = PixelLayout { stride: layout.stride - 2, ..layout };
        assert!(off(&got, &mirror(&tight, matrix, &bytes)) > 50, "{tight:?} passes for {layout:?}");
    }
}
