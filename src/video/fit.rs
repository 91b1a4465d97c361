//! Fits a picture of one size into a canvas of another.

use image::{
    ImageBuffer, Pixel,
    imageops::{self, FilterType},
};

use crate::Size;

/// How a picture fills a canvas of another size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fit {
    /// Scaled to cover the whole canvas; the excess is cropped equally on both sides.
    #[default]
    Cover,
    /// Scaled to lie within the canvas completely; the rest of the canvas stays blank.
    Contain,
    /// Width and height scaled independently.
    Stretch,
    /// Not scaled, but repeated from the upper left corner on.
    Tile,
}

impl Fit {
    /// Names of the variants, in order.
    #[doc(hidden)]
    pub const NAMES: &'static [&'static str] = &["cover", "contain", "stretch", "tile"];

    /// The variant with this name.
    #[doc(hidden)]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Cover, Self::Contain, Self::Stretch, Self::Tile];
        Self::NAMES.iter().zip(all).find(|(known, _)| **known == name).map(|(_, fit)| fit)
    }
}

/// A picture with pixels of type `P`.
pub(crate) type PixelBuffer<P> = ImageBuffer<P, Vec<<P as Pixel>::Subpixel>>;

/// Fits `picture` into a canvas of `size`. Blank parts have 0 in all channels.
///
/// Scales with the Catmull-Rom cubic; when shrinking, the kernel is widened so that every source pixel
/// contributes.
pub(crate) fn fitted<P: Pixel + 'static>(picture: &PixelBuffer<P>, size: Size, fit: Fit) -> PixelBuffer<P> {
    let own = Size::new(picture.width(), picture.height());
    match fit {
        Fit::Cover => cover(picture, own, size),
        Fit::Stretch => scaled(picture, size),
        Fit::Contain => {
            let inside = contained(own, size);
            let at = ((size.width - inside.width) / 2, (size.height - inside.height) / 2);
            put(&scaled(picture, inside), size, at)
        }
        Fit::Tile => PixelBuffer::from_fn(size.width, size.height, |x, y| {
            *picture.get_pixel(x % own.width, y % own.height)
        }),
    }
}

/// The largest size with the aspect ratio of `own` within `size`; each side has at least one pixel.
pub(crate) fn contained(own: Size, size: Size) -> Size {
    let scale = scales(own, size).into_iter().fold(f64::INFINITY, f64::min);
    let side = |own: u32, most: u32| ((f64::from(own) * scale).round() as u32).clamp(1, most);
    Size::new(side(own.width, size.width), side(own.height, size.height))
}

/// Places `picture` on a blank canvas of `size`, with its upper left corner at `at`.
pub(crate) fn put<P: Pixel>(picture: &PixelBuffer<P>, size: Size, at: (u32, u32)) -> PixelBuffer<P> {
    let mut canvas = PixelBuffer::new(size.width, size.height);
    imageops::replace(&mut canvas, picture, at.0.into(), at.1.into());
    canvas
}

/// Scales width and height of `picture` to `size` independently.
pub(crate) fn scaled<P: Pixel + 'static>(picture: &PixelBuffer<P>, size: Size) -> PixelBuffer<P> {
    let own = Size::new(picture.width(), picture.height());
    if own == size {
        return picture.clone();
    }
    let resized = |picture: &PixelBuffer<P>, size: Size| {
        imageops::resize(picture, size.width, size.height, FilterType::CatmullRom)
    };
    // `resize` scales the height first and holds that in floats: a line would become a sheet of gigabytes. On its side
    // it is scaled along the line first, which gives the same.
    let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
    if area(own.width, size.height) > 4 * area(size.width, own.height) {
        let turned = resized(&imageops::rotate90(picture), Size::new(size.height, size.width));
        return imageops::rotate270(&turned);
    }
    resized(picture, size)
}

fn scales(own: Size, size: Size) -> [f64; 2] {
    [f64::from(size.width) / f64::from(own.width), f64::from(size.height) / f64::from(own.height)]
}

/// Crops before scaling, except for the pixels that the cubic kernel reaches: scaling a very thin picture as
/// a whole could exhaust the memory.
fn cover<P: Pixel + 'static>(picture: &PixelBuffer<P>, own: Size, size: Size) -> PixelBuffer<P> {
    let scale = scales(own, size).into_iter().fold(0.0, f64::max);
    let reach = 2.0 * (1.0 / scale).max(1.0);
    // The same on both sides, in whole pixels; `as` saturates negative values to 0.
    let spare = |own: u32, size: u32| ((f64::from(own) - f64::from(size) / scale) / 2.0 - reach) as u32;
    let (x, y) = (spare(own.width, size.width), spare(own.height, size.height));
    let visible = Size::new(own.width - 2 * x, own.height - 2 * y);
    let visible_picture = imageops::crop_imm(picture, x, y, visible.width, visible.height).to_image();
    let grown = |visible: u32, size: u32| ((f64::from(visible) * scale).round() as u32).max(size);
    let grown = Size::new(grown(visible.width, size.width), grown(visible.height, size.height));
    let grown_picture = scaled(&visible_picture, grown);
    let (x, y) = ((grown.width - size.width) / 2, (grown.height - size.height) / 2);
    imageops::crop_imm(&grown_picture, x, y, size.width, size.height).to_image()
}
