//! What the model sees of the frame.

use crate::Size;

/// A small picture of the frame: the frame fills `content_size` texels of it at `content_at`, black beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelView {
    /// The small picture's size.
    pub size: Size,
    /// First texel of the frame, x and y.
    pub content_at: [u32; 2],
    /// Texels the frame fills.
    pub content_size: Size,
}

/// The aspect that the models were made for, and how far from it a frame may be squashed to it.
const ASPECT: f64 = 16.0 / 9.0;
const STRETCH: f64 = 1.35;

/// Pixels of the mask: 256×144, whatever the aspect.
const MASK_PIXELS: f64 = 256.0 * 144.0;

impl ModelView {
    /// The frame over the whole picture.
    pub const fn whole(size: Size) -> Self {
        Self { size, content_at: [0, 0], content_size: size }
    }

    /// Whether the frame fills it all.
    pub fn is_whole(self) -> bool {
        self.content_size == self.size
    }

    /// How `frame` is shown to a model with an input of `net`: squashed to it while the frame's aspect is
    /// within 16:9 ± 35 % (4:3 is), else centred with black bars, its pixels square. Stretched further, a model
    /// loses half a person.
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

    /// The size at which the mask is refined: the frame's aspect with as many pixels as 256×144, never more
    /// than the frame has.
    pub fn mask_size(frame: Size) -> Size {
        let side = |v: f64, limit: u32| (v.round() as u32).max(16).min(limit);
        let (pixels, aspect) = (MASK_PIXELS, frame.aspect());
        Size::new(side((pixels * aspect).sqrt(), frame.width), side((pixels / aspect).sqrt(), frame.height))
    }
}
