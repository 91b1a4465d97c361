use gpucam::internals::{gpu::Recorder, passes};

use super::F16_STEP;
use crate::{
    mirror::{backdrop, store::unorm16, yuyv},
    support::gpu::{BT601, SIZES, blob, gpu, halves, holds, poison, scene, submit, upload},
};

pub fn test() {
    let gpu = gpu();
    for (size, side) in SIZES.into_iter().flat_map(|size| [4, 8, 16].map(|side| (size, side))) {
        let bytes = scene(size, 16);
        let alpha = blob(size, 17).map(|[a]| [unorm16(a)]);
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, BT601);
        let background = passes::background(&mut rec, &frame, &super::words(gpu, &alpha), side, None);
        poison(gpu, &background);
        submit(rec);
        let frame = yuyv::decode_unclamped(&bytes, size, BT601);
        let weigh = |alpha| backdrop::weigh(&frame, alpha, side as usize);
        let want = weigh(&alpha);
        // The control: only (1 - alpha) squared, which lets the person's rim in.
        let control = weigh(&alpha.map(|[a]| [1.0 - (1.0 - a).sqrt()]));
        let what = format!("room {size} by {side}");
        holds(&what, &halves(gpu, &background), want.values(), control.values(), F16_STEP);
    }
}
