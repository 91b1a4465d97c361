//! The flags of a run that say how the picture looks, by what it takes to change them.

/// Flags of effects, which a running processor switches.
pub const EFFECTS: [&str; 2] = ["effect", "mask-view"];
/// Flags of the mask and the frame, which take another recording.
pub const MASK_AND_FRAME: [&str; 20] = [
    "smooth",
    "learn-room",
    "quality",
    "light",
    "denoise",
    "refine",
    "exposure",
    "look",
    "people",
    "threshold",
    "grow",
    "shrink",
    "feather",
    "islands",
    "mirror",
    "flip",
    "rotate",
    "zoom",
    "crop",
    "follow",
];
/// Flags of what is kept, which take another recording too; the window has none of them.
pub const KEPT: [&str; 1] = ["keep-room"];
