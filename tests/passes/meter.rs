use gpucam::{gpu::Recorder, passes};

use super::guide_of;
use crate::{
    mirror,
    support::gpu::{SIZES, gpu, guide, holds, poison_storage, submit},
};

/// 144 f32 additions a lane, then a tree: 2⁻²⁴ · 150 of a gain of at most 4.
const TOLERANCE: f64 = 4e-5;

pub fn test() {
    let gpu = gpu();
    for (size, dim) in SIZES.into_iter().flat_map(|size| [1.0, 0.4, 0.1].map(|dim| (size, dim))) {
        let rgb = guide_of(size, 3).map(|rgb| rgb.map(|v| f64::from((dim * v) as f32)));
        let mut rec = Recorder::new(gpu);
        let gain = passes::meter(&mut rec, &guide(gpu, &rgb));
        poison_storage(gpu, &gain);
        submit(rec);
        let got: Vec<f32> = gpu.read_storage(&gain).expect("a readable buffer");
        let want = mirror::expose::meter(&rgb);
        // The control: the mean of one row less.
        let cut = mirror::Plane { height: rgb.height - 1, data: rgb.data[rgb.width..].to_vec(), ..rgb };
        let control =
            if (1.0..4.0).contains(&want) && want > 1.0 { mirror::expose::meter(&cut) } else { want + 1.0 };
        holds(&format!("meter {size} x {dim}"), &[f64::from(got[0])], &[want], &[control], TOLERANCE);
    }
}
