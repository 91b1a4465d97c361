//! The flags that turn, crop and scale the frame.

use clap::Args;

use crate::frame::geometry::{Crop, Cut, FOLLOW, Geometry, Rotate, ZOOM};

/// Changes to the camera's frame before anything else.
#[derive(Args, Debug)]
#[command(next_help_heading = "Frame")]
pub(super) struct GeometryArgs {
    /// Swap left and right, as in a mirror. A background picture is not mirrored.
    #[arg(long)]
    mirror: bool,
    /// Swap top and bottom.
    #[arg(long)]
    flip: bool,
    /// Turn clockwise by 0, 90, 180 or 270, or the other way by -90, before the other flags here. A quarter
    /// turn swaps the frame's width and height.
    #[arg(
        long,
        value_enum,
        value_name = "DEGREES",
        default_value = "0",
        hide_possible_values = true,
        allow_negative_numbers = true
    )]
    rotate: Rotate,
    /// Enlarge the middle by this factor, 1 to 8. The frame's size stays the same.
    #[arg(long, value_name = "FACTOR", value_parser = zoom, conflicts_with = "crop", allow_negative_numbers = true)]
    zoom: Option<f64>,
    /// Crop the frame to this part: 640x360+320+0, or 640x360 for the middle.
    #[arg(long, value_name = "WxH[+X+Y]")]
    crop: Option<Crop>,
    /// Keep the person in the middle with space above the head, enlarged by up to FACTOR, 1 to 4 [without a
    /// value: 1.5]. The view moves slowly, and only after the person has moved. With nobody there it shows
    /// the whole frame.
    #[arg(long, value_name = "FACTOR", value_parser = follow, num_args = 0..=1, allow_negative_numbers = true,
        default_missing_value = "1.5")]
    follow: Option<f64>,
}

fn factor(text: &str, what: &str, (least, most): (f64, f64)) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (least..=most).contains(factor));
    factor.ok_or_else(|| {
        format!("'{text}' is not a {what}: write a factor from {least} to {most}, such as 1.5")
    })
}

fn zoom(text: &str) -> Result<f64, String> {
    factor(text, "zoom factor", ZOOM)
}

fn follow(text: &str) -> Result<f64, String> {
    factor(text, "limit", FOLLOW)
}

impl GeometryArgs {
    pub(super) fn geometry(&self) -> Geometry {
        let cut = match (self.zoom, self.crop) {
            (Some(zoom), _) => Cut::Zoom(zoom),
            (None, Some(crop)) => Cut::Crop(crop),
            (None, None) => Cut::Whole,
        };
        let Self { rotate, mirror, flip, follow, .. } = *self;
        Geometry { rotate, mirror, flip, cut, size: None, follow }
    }
}
