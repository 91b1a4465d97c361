//! Joins pictures of the same height side by side: `cargo run --example side_by_side -- OUT.png IN.png…`

use anyhow::{Context, ensure};
use image::{GenericImage, RgbImage};

fn main() -> anyhow::Result<()> {
    let mut paths = std::env::args().skip(1);
    let out = paths.next().context("usage: side_by_side OUT.png IN.png…")?;
    let pictures = paths
        .map(|path| Ok(image::open(&path).with_context(|| format!("cannot read {path}"))?.to_rgb8()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let height = pictures.first().context("usage: side_by_side OUT.png IN.png…")?.height();
    ensure!(pictures.iter().all(|p| p.height() == height), "the pictures are not of one height");
    let mut sheet = RgbImage::new(pictures.iter().map(RgbImage::width).sum(), height);
    let mut x = 0;
    for picture in &pictures {
        sheet.copy_from(picture, x, 0)?;
        x += picture.width();
    }
    sheet.save(&out).with_context(|| format!("cannot write {out}"))
}
