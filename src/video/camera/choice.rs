//! Chooses among a camera's formats.

use super::PixelFormat;
use crate::{
    FormatError, Size,
    video::{Fps, v4l2::FrameSizes},
};

/// The wanted mode of a camera; each `None` leaves the choice to gpucam.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CameraRequest {
    /// Frame size. Default: 1280x720 or the nearest size.
    pub size: Option<Size>,
    /// Frame rate. Default: 30.
    pub fps: Option<Fps>,
    /// Pixel format. Default: the cheapest format that reaches the frame rate.
    pub pixel_format: Option<PixelFormat>,
}

/// A format that a camera offers.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferedFormat {
    /// Pixel format.
    pub pixel_format: PixelFormat,
    /// The fourcc that the camera uses for it.
    pub fourcc: u32,
    /// Available sizes.
    pub sizes: Vec<FrameSizes>,
}

/// The format to request from the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChosenFormat {
    /// Pixel format.
    pub pixel_format: PixelFormat,
    /// The fourcc that the camera uses for it.
    pub fourcc: u32,
    /// Size in pixels.
    pub size: Size,
    /// The rate to request; none if the camera lists no rates.
    pub fps: Option<Fps>,
}

/// Default size: the least that meeting services expect.
const DEFAULT_SIZE: Size = Size::new(1280, 720);

/// Chooses among `offers`; `rates` returns the rates of a fourcc at a size. The error lists the alternatives.
///
/// Only the rates at the chosen size count: over USB 2, YUYV at 1280x720 reaches about 10 frames per second,
/// MJPG 30 or 60.
pub fn choose(
    offers: &[OfferedFormat],
    request: CameraRequest,
    rates: impl Fn(u32, Size) -> Vec<Fps>,
) -> Result<ChosenFormat, FormatError> {
    if offers.is_empty() {
        return Err(FormatError::NoFormat);
    }
    let fits = |offer: &&OfferedFormat| {
        request.pixel_format.is_none_or(|pixel_format| pixel_format == offer.pixel_format)
    };
    let usable: Vec<&OfferedFormat> = offers.iter().filter(fits).collect();
    if usable.is_empty() {
        let offered = offers.iter().map(|offer| offer.pixel_format).collect();
        return Err(FormatError::NoSuchFormat { offered });
    }
    let size = match request.size {
        Some(size) => size,
        None => default_size(&usable).ok_or(FormatError::NoSize)?,
    };
    let of_size: Vec<&&OfferedFormat> = usable
        .iter()
        .filter(|offer| offer.sizes.is_empty() || offer.sizes.iter().any(|s| has(*s, size)))
        .collect();
    let target = request.fps.unwrap_or(Fps::DEFAULT).value();
    let choice = |offer: &&&OfferedFormat| {
        let fps = nearest(&rates(offer.fourcc, size), target);
        ChosenFormat { pixel_format: offer.pixel_format, fourcc: offer.fourcc, size, fps }
    };
    // Rates above the target gain nothing; rates are equal to within half a frame per second.
    let worth =
        |choice: &ChosenFormat| choice.fps.map_or(0, |fps| (fps.value().min(target) * 2.0).round() as u64);
    let best = of_size.iter().copied().map(|offer| choice(&offer));
    best.max_by_key(|choice| (worth(choice), std::cmp::Reverse(choice.pixel_format.read_cost()))).ok_or_else(
        || {
            let mut sizes: Vec<_> = usable.iter().flat_map(|offer| ends(offer)).collect();
            sizes.sort_by_key(|size| (size.width, size.height));
            sizes.dedup();
            FormatError::NoSuchSize { size, offered: sizes }
        },
    )
}

/// The default size if available, else the largest size within it, else the smallest of all.
fn default_size(offers: &[&OfferedFormat]) -> Option<Size> {
    let all = || offers.iter().flat_map(|offer| &offer.sizes);
    if all().any(|&sizes| has(sizes, DEFAULT_SIZE)) {
        return Some(DEFAULT_SIZE);
    }
    let even = |size: &Size| size.width.is_multiple_of(2);
    let sizes: Vec<Size> = offers.iter().flat_map(|offer| ends(offer)).filter(even).collect();
    let within = |size: &&Size| size.width <= DEFAULT_SIZE.width && size.height <= DEFAULT_SIZE.height;
    let largest = sizes.iter().filter(within).max_by_key(|size| size.area());
    largest.or_else(|| sizes.iter().min_by_key(|size| size.area())).copied()
}

/// The sizes of an offer; a range gives its smallest and its largest size.
fn ends(offer: &OfferedFormat) -> impl Iterator<Item = Size> {
    offer.sizes.iter().flat_map(|&sizes| match sizes {
        FrameSizes::Discrete(size) => vec![size],
        FrameSizes::Stepwise(least, most, _) => vec![least, most],
    })
}

/// Whether a size is among these.
pub(crate) fn has(sizes: FrameSizes, Size { width, height }: Size) -> bool {
    match sizes {
        FrameSizes::Discrete(size) => size == Size::new(width, height),
        FrameSizes::Stepwise(least, most, step) => {
            (least.width..=most.width).contains(&width)
                && (least.height..=most.height).contains(&height)
                && (width - least.width).is_multiple_of(step.width.max(1))
                && (height - least.height).is_multiple_of(step.height.max(1))
        }
    }
}

/// The rate to request: the lowest that reaches `target`, else the highest.
fn nearest(rates: &[Fps], target: f64) -> Option<Fps> {
    let reaches = |fps: &&Fps| fps.value() >= target - 0.5;
    let by_value = |a: &&Fps, b: &&Fps| a.value().total_cmp(&b.value());
    rates.iter().filter(reaches).min_by(by_value).or_else(|| rates.iter().max_by(by_value)).copied()
}
