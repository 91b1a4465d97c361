use gpucam::internals::{
    Size,
    frame::{
        layout::{PixelLayout, RangeTables},
        pixel_format::PixelFormat,
    },
    gpu::{Recorder, Storage},
    passes,
};

use crate::{
    devices::unpack::{layouts, reference},
    support::{
        gpu::{BT601, codes_apart as off, gpu, submit},
        report::{Unit, compared},
    },
    video::noise,
};

/// Integer arithmetic with no value halfway except the blends' own: the nearest code, and no other.
const TOLERANCE: u8 = 0;

/// The definition in f64, rounded to the nearest code, halves upwards.
fn mirror(layout: &PixelLayout, bytes: &[u8]) -> Vec<u8> {
    let size = layout.size;
    let code = |v: f64| (v + 0.5).floor() as u8;
    let pairs = (0..size.height as usize).flat_map(|y| (0..size.width as usize / 2).map(move |x| (2 * x, y)));
    pairs
        .flat_map(|(x, y)| {
            let [[a, cb, cr], [b, ..]] = [x, x + 1].map(|x| reference(layout, bytes, x, y));
            [a, cb, b, cr].map(code)
        })
        .collect()
}

fn unpacked(layout: &PixelLayout, bytes: &[u8]) -> Vec<u8> {
    let gpu = gpu();
    // The GPU's last word is whole; what lies beyond the picture is poison.
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), 0xff);
    let storage = Storage::new(gpu, "test", padded.len() as u64);
    gpu.queue().write_buffer(&storage.buffer, 0, &padded);
    let mut rec = Recorder::new(gpu);
    let frame = passes::unpack(&mut rec, &storage, layout, BT601).expect("no JPEG");
    let poison = vec![0xaa; frame.words.bytes as usize];
    gpu.queue().write_buffer(&frame.words.buffer, 0, &poison);
    submit(rec);
    gpu.read_storage(&frame.words).expect("the words")
}

pub fn test() {
    let mut large: Vec<_> = layouts().into_iter().filter(|layout| !layout.pixel_format.is_rgb()).collect();
    large.extend([PixelFormat::Nv12, PixelFormat::Yu12, PixelFormat::Uyvy].map(|pixel_format| PixelLayout {
        pixel_format,
        size: Size::new(646, 363),
        stride: if pixel_format == PixelFormat::Uyvy { 1307 } else { 653 },
        range: gpucam::internals::Range::Full,
    }));
    for layout in large {
        let bytes = noise(layout.bytes(), 3);
        let (got, want) = (unpacked(&layout, &bytes), mirror(&layout, &bytes));
        compared(Unit::Codes, &format!("{layout:?}"), off(&got, &want).into(), TOLERANCE.into());
        assert!(off(&got, &want) == TOLERANCE, "{layout:?}: {} codes off", off(&got, &want));
        // The conversion on the CPU gives the same bytes.
        let mut cpu = vec![77; layout.size.yuyv_bytes()];
        layout.unpack(&RangeTables::from_range(layout.range), &bytes, &mut cpu).expect("a whole picture");
        assert!(got == cpu, "{layout:?}: not what the CPU makes of it");
        // The controls: the other chroma order, and a smaller stride.
        let swapped = match layout.pixel_format {
            PixelFormat::Yuyv => PixelFormat::Yvyu,
            PixelFormat::Yvyu | PixelFormat::Uyvy => PixelFormat::Yuyv,
            PixelFormat::Nv12 => PixelFormat::Nv21,
            PixelFormat::Nv21 => PixelFormat::Nv12,
            PixelFormat::Yu12 => PixelFormat::Yv12,
            _ => PixelFormat::Yu12,
        };
        let controls = [
            PixelLayout { pixel_format: swapped, ..layout },
            PixelLayout { stride: layout.stride - 2, ..layout },
        ];
        for control in controls {
            assert!(off(&got, &mirror(&control, &bytes)) > 50, "{control:?} passes for {layout:?}");
        }
    }
}
