use gpucam::{gpu::Recorder, passes};

use super::F16_STEP;
use crate::{
    mirror::{backdrop, store::unorm16, yuyv},
    support::gpu::{BT601, LARGE, SIZES, blob, gpu, halves, holds, poison, scene, submit, upload},
};

pub fn test() {
    let gpu = gpu();
    for size in SIZES.into_iter().chain(LARGE) {
        let bytes = scene(size, 16);
        let alpha = blob(size, 17).map(|[a]| [unorm16(a)]);
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, BT601);
        let room = passes::room(&mut rec, &frame, &super::words(gpu, &alpha));
        poison(gpu, &room);
        submit(rec);
        let frame = yuyv::decode_unclamped(&bytes, size, BT601);
        let want = backdrop::weigh(&frame, &alpha);
        // The control: (1 - alpha) squared only, which lets the person's rim in.
        let control = backdrop::weigh(&frame, &alpha.map(|[a]| [1.0 - (1.0 - a).sqrt()]));
        let what = format!("room {size}");
        holds(&what, &halves(gpu, &room), want.values(), control.values(), F16_STEP);
    }
}
