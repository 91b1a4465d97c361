//! How a frame is fitted into a model's input.

use crate::Size;

/// The model's input picture: the frame fills `content_size` texels from `content_at`, black bars the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelView {
    /// Size of the picture.
    pub size: Size,
    /// First texel of the frame: x, y.
    pub content_at: [u32; 2],
    /// Size of the frame in texels of the picture.
    pub content_size: Size,
}

/// The models' aspect ratio, and the factor by which a frame may be stretched to it.
const ASPECT: f64 = 16.0 / 9.0;
const STRETCH: f64 = 1.35;

/// Number of pixels of the mask at any aspect ratio.
const MASK_PIXELS: f64 = 256.0 * 144.0;

impl ModelView {
    /// The frame fills the whole picture.
    pub const fn whole(size: Size) -> Self {
        Self { size, content_at: [0, 0], content_size: size }
    }

    /// Whether the frame fills the whole picture.
    pub fn is_whole(self) -> bool {
        self.content_size == self.size
    }

    /// Fits `frame` into a model input of size `net`: stretched to fill it if the frame's aspect ratio is
    /// within 16:9 ± 35 % (4:3 is), otherwise centred with square pixels and black bars. Models miss half a
    /// person when stretched further.
    pub fn for_frame(frame: Size, net: Size) -> Self {
        let aspect = frame.aspect();
        if (ASPECT / STRETCH..=ASPECT * STRETCH).contains(&aspect) {
            return Self::whole(net);
        }
        let side = |v: f64, limit: u32| (v.round() as u32).clamp(1, limit);
        let content_size = if aspect > net.aspect() {
            Size::new(net.width, side(f64::from(net.width) / aspect, net.height))
        } else {
            Size::new(side(f64::from(net.height) * aspect, net.width), net.height)
        };
        let content_at = [(net.width - content_size.width) / 2, (net.height - content_size.height) / 2];
        Self { size: net, content_at, content_size }
    }

    /// The size at which the mask is refined: as many pixels as 256×144 at the frame's aspect ratio, at most
    /// the frame's size.
    pub fn mask_size(frame: Size) -> Size {
        let side = |v: f64, limit: u32| (v.round() as u32).max(16).min(limit);
        let (pixels, aspect) = (MASK_PIXELS, frame.aspect());
        Size::new(side((pixels * aspect).sqrt(), frame.width), side((pixels / aspect).sqrt(), frame.height))
    }
}
