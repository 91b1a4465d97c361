use gpucam::internals::{
    Size,
    gpu::{Plane as GpuPlane, Recorder, Rgb},
    passes::{self, Guide, PersonBlocks},
};

use crate::{
    mirror::{Mask, Plane},
    support::gpu::{blob, gpu, holds, noise, plane, poison_storage, submit},
};

/// Up to 256 changes below 1, in f32; counts and positions are exact.
const TOLERANCE: f64 = 2e-5;

/// For each block: texels with p > `above`, first and last column, first and last row, sum of changes.
fn mirror(mask: &Mask, change: &Mask, edge: usize, above: f64) -> Vec<f64> {
    let (columns, rows) = (mask.width.div_ceil(edge), mask.height.div_ceil(edge));
    let mut blocks = Vec::new();
    for block in 0..columns * rows {
        let (left, top) = (edge * (block % columns), edge * (block / columns));
        let within = (top..mask.height.min(top + edge))
            .flat_map(|y| (left..mask.width.min(left + edge)).map(move |x| (x, y)));
        let sum: f64 = within.clone().map(|(x, y)| change.at(x, y)[0]).sum();
        let person: Vec<_> = within.filter(|&(x, y)| mask.at(x, y)[0] > above).collect();
        let range = |of: &dyn Fn(&(usize, usize)) -> usize| {
            let (low, high) = (person.iter().map(of).min(), person.iter().map(of).max());
            [low.unwrap_or(0) as f64, high.unwrap_or(0) as f64]
        };
        blocks.push(person.len() as f64);
        blocks.extend(range(&|(x, _)| x - left));
        blocks.extend(range(&|(_, y)| y - top));
        blocks.push(sum);
    }
    blocks
}

pub fn test() {
    let gpu = gpu();
    // The last one is so narrow that blocks of four would be too many.
    for size in [Size::new(256, 144), Size::new(257, 143), Size::new(17, 2300)] {
        let (w, h) = (size.width as usize, size.height as usize);
        // A texel that is not a number is no person.
        let mut mask = blob(size, 31);
        mask.data[h / 2 * w + w / 2] = [f64::NAN];
        let change = Plane::from_fn(w, h, |x, y| [f64::from(noise(32, y * w + x) as f32)]);
        let texels = Plane::from_fn(w, h, |x, y| [0.1, 0.2, 0.3, change.at(x, y)[0]]);
        let mut rec = Recorder::new(gpu);
        let guide: GpuPlane<Rgb> = plane(gpu, &texels);
        let guide = Guide { plane: guide, sums: rec.storage("sums", 8) };
        let blocks = passes::person_blocks(&mut rec, &plane(gpu, &mask), &guide);
        let (count, edge) = PersonBlocks::of_mask(size);
        assert_eq!((blocks.size, blocks.edge), (count, edge));
        assert_eq!(edge > 4, size.width < 100);
        poison_storage(gpu, &blocks.words);
        submit(rec);
        let words: Vec<u32> = gpu.read_storage(&blocks.words).expect("a readable buffer");
        let got: Vec<f64> = words
            .chunks_exact(2)
            .flat_map(|word| {
                let part = |shift: u32, bits: u32| f64::from((word[0] >> shift) & ((1 << bits) - 1));
                let sum = f64::from(f32::from_bits(word[1]));
                [part(0, 9), part(9, 4), part(13, 4), part(17, 4), part(21, 4), sum]
            })
            .collect();
        let [want, control] = [0.5, 0.45].map(|above| mirror(&mask, &change, edge as usize, above));
        holds(&format!("person_blocks {size}"), &got, &want, &control, TOLERANCE);
    }
}
