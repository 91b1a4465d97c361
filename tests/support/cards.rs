//! The card frames of `GPUCAM_VECTORS`: pictures with exact coverage, drawn by another program.

use gpucam::internals::{Size, Yuyv};

use super::Files;

/// Size of every card frame.
pub const SIZE: Size = Size::new(1280, 720);

/// Scene and presenter of the six frames.
pub fn card_files() -> [(&'static str, u32); 6] {
    [("still", 2), ("still", 4), ("hair", 2), ("hair", 4), ("dark", 2), ("dark", 4)]
}

/// A frame and its coverage, 0..1. Only for tests that need [`Files::Vectors`].
pub fn card(scene: &str, presenter: u32) -> (Yuyv, Vec<f32>) {
    let file = |kind: &str| Files::Vectors.path(&format!("card-{scene}-{presenter}.{kind}"));
    let bytes = std::fs::read(file("yuyv")).expect("the card's YUYV");
    assert_eq!(bytes.len(), SIZE.yuyv_bytes());
    let alpha = image::open(file("alpha.png")).expect("the card's coverage").into_luma16();
    assert_eq!(alpha.dimensions(), (SIZE.width, SIZE.height));
    let alpha = alpha.into_raw().iter().map(|&a| f32::from(a) / 65535.0).collect();
    (Yuyv { size: SIZE, bytes }, alpha)
}
