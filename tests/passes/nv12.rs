use gpucam::internals::{
    Range, Size,
    frame::{
        layout::{PixelLayout, RangeTables},
        packed::{pack_nv12, slate_nv12},
        pixel_format::PixelFormat,
        slate,
    },
    gpu::Recorder,
    passes,
};

use crate::support::gpu::{BT601, SIZES, gpu, holds_codes, poison_storage, scene, submit, upload};

/// Integer arithmetic: the nearest code, and no other.
const TOLERANCE: u8 = 0;

/// NV12 by its definition: luma as it is; of each pair of pixels, the mean of the chroma of two rows, to the
/// nearest code, halves upwards.
fn mirror(yuyv: &[u8], size: Size) -> Vec<u8> {
    let (width, height) = (size.width as usize, size.height as usize);
    let byte = |x: usize, y: usize, which: usize| f64::from(yuyv[4 * (y * width / 2 + x / 2) + which]);
    let mut out = Vec::new();
    for y in 0..height {
        out.extend((0..width).map(|x| byte(x, y, 2 * (x % 2)) as u8));
    }
    for y in (0..height).step_by(2) {
        for x in (0..width).step_by(2) {
            let mean = |which| (byte(x, y, which) + byte(x, y + 1, which)) / 2.0;
            out.extend([mean(1), mean(3)].map(|v| (v + 0.5).floor() as u8));
        }
    }
    out
}

pub fn test() {
    // Threads beyond the edge in both directions; a single thread.
    for size in SIZES.into_iter().chain([(644, 362), (4, 2)].map(|(w, h)| Size::new(w, h))) {
        let bytes = scene(size, 77);
        let mut rec = Recorder::new(gpu());
        let packed = passes::nv12(&mut rec, &upload(gpu(), &bytes, size, BT601));
        let Some(packed) = packed else {
            assert!(size.width % 4 != 0, "{size} is not packed");
            continue;
        };
        poison_storage(gpu(), &packed);
        submit(rec);
        let got: Vec<u8> = gpu().read_storage(&packed).expect("a readable buffer");
        let want = mirror(&bytes, size);
        // The control: the picture turned upside down, whose chroma rows have other neighbours.
        let upside_down: Vec<u8> =
            bytes.chunks_exact(2 * size.width as usize).rev().flatten().copied().collect();
        holds_codes(&format!("nv12 {size}"), &got, &want, &mirror(&upside_down, size), TOLERANCE);
        let mut cpu = vec![77; want.len()];
        pack_nv12(&bytes, size, &mut cpu);
        assert!(got == cpu, "{size}: not what the CPU makes of it");
    }
    for odd in [(1280, 719), (646, 362), (642, 361)].map(|(w, h)| Size::new(w, h)) {
        assert_eq!(odd.nv12_bytes(), None, "{odd}");
    }
}

/// What reads NV12 from cameras reads what is packed for outputs: luma comes back as it was, and chroma that is
/// the same in all rows. The slate in both packings is the same picture.
pub fn comes_back() {
    let size = Size::new(64, 38);
    let layout = PixelLayout { pixel_format: PixelFormat::Nv12, size, stride: 64, range: Range::Limited };
    let back = |nv12: &[u8]| {
        let mut yuyv = vec![77; size.yuyv_bytes()];
        layout.unpack(&RangeTables::from_range(Range::Limited), nv12, &mut yuyv).expect("a whole picture");
        yuyv
    };
    let mut picture: Vec<u8> = scene(size, 78).into_iter().map(|code| code.clamp(16, 235)).collect();
    let first_row: Vec<u8> = picture[..128].to_vec();
    for row in picture.chunks_exact_mut(128) {
        let chromas = row.iter_mut().zip(&first_row).skip(1).step_by(2);
        chromas.for_each(|(code, first)| *code = *first);
    }
    let mut nv12 = vec![0; size.nv12_bytes().expect("NV12")];
    assert_eq!(nv12.len(), layout.bytes());
    pack_nv12(&picture, size, &mut nv12);
    assert!(back(&nv12) == picture);
    // The control: Cb and Cr swapped.
    nv12[size.area()..].chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
    assert!(back(&nv12) != picture, "the control passes");

    let mut black = vec![0; size.yuyv_bytes()];
    slate(&mut black);
    slate_nv12(size, &mut nv12);
    assert!(back(&nv12) == black);
    let mut packed = vec![0; nv12.len()];
    pack_nv12(&black, size, &mut packed);
    assert!(packed == nv12);
}
