//! The scenes; each is difficult for a mask in a different way.

use std::{fmt, str::FromStr};

use crate::words;

/// What is drawn behind the presenter, how they look, move and are filmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Scene {
    /// A presenter in an office who does not move.
    #[default]
    Still,
    /// Sways and leans slowly.
    Slow,
    /// Sweeps to and fro, 30 pixels of 1280 a frame, with motion blur.
    Fast,
    /// Half out of the picture, on the left.
    Edge,
    /// Long hair with free strands, from half a pixel to two wide at 720p.
    Hair,
    /// A third of the light, three times the noise.
    Dark,
    /// A room full of things in the presenter's own colours.
    Clutter,
    /// As from a camera that compresses: JPEG, quality 60.
    Jpeg,
    /// Leaves at every scale behind a quilted jacket.
    Foliage,
    /// A white shirt before a white wall and blinds.
    White,
    /// Two people side by side, smaller, one partly behind the other.
    Two,
    /// Both hands raised, with spread fingers.
    Hands,
    /// A mug in a hand beside the face.
    Mug,
    /// A high chair behind the back, which is no person.
    Chair,
    /// Headphones with a microphone.
    Headset,
    /// Somebody walks in behind the presenter.
    Behind,
}

impl Scene {
    /// Every scene.
    pub const ALL: [Self; 16] = [
        Self::Still,
        Self::Slow,
        Self::Fast,
        Self::Edge,
        Self::Hair,
        Self::Dark,
        Self::Clutter,
        Self::Jpeg,
        Self::Foliage,
        Self::White,
        Self::Two,
        Self::Hands,
        Self::Mug,
        Self::Chair,
        Self::Headset,
        Self::Behind,
    ];

    /// Whether one person is all there is: nothing in their hands, no chair, nobody else. Means are over these.
    pub const fn is_plain(self) -> bool {
        !matches!(self, Self::Two | Self::Hands | Self::Mug | Self::Chair | Self::Headset | Self::Behind)
    }

    /// The name used on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Still => "still",
            Self::Slow => "slow",
            Self::Fast => "fast",
            Self::Edge => "edge",
            Self::Hair => "hair",
            Self::Dark => "dark",
            Self::Clutter => "clutter",
            Self::Jpeg => "jpeg",
            Self::Foliage => "foliage",
            Self::White => "white",
            Self::Two => "two",
            Self::Hands => "hands",
            Self::Mug => "mug",
            Self::Chair => "chair",
            Self::Headset => "headset",
            Self::Behind => "behind",
        }
    }

    pub(super) const fn setup(self) -> SceneSetup {
        const OFFICE: SceneSetup = SceneSetup {
            noise: 2.5,
            gain: 1.0,
            speed: 0.0,
            sway: 0.0,
            shift: 0.0,
            shutter: 0.0,
            jpeg: None,
            hair: Hair::Short,
            cloth: Cloth::Plain,
            background: BackgroundStyle::Office,
            held: Held::Nothing,
            people: &ALONE,
        };
        match self {
            Self::Still => OFFICE,
            Self::Slow => SceneSetup { speed: 3.0, sway: 1.5, ..OFFICE },
            Self::Fast => SceneSetup { speed: 30.0, shutter: 0.25, ..OFFICE },
            Self::Edge => SceneSetup { shift: -470.0, speed: 2.0, ..OFFICE },
            Self::Hair => SceneSetup { hair: Hair::Long, speed: 1.0, ..OFFICE },
            Self::Dark => SceneSetup { noise: 8.0, gain: 0.33, ..OFFICE },
            Self::Clutter => SceneSetup { background: BackgroundStyle::Clutter, speed: 2.0, ..OFFICE },
            Self::Jpeg => SceneSetup { jpeg: Some(60), speed: 2.0, ..OFFICE },
            Self::Foliage => {
                SceneSetup { background: BackgroundStyle::Foliage, cloth: Cloth::Quilt, speed: 2.0, ..OFFICE }
            }
            Self::White => {
                SceneSetup { background: BackgroundStyle::White, cloth: Cloth::White, speed: 2.0, ..OFFICE }
            }
            Self::Two => SceneSetup { people: &PAIR, speed: 2.0, ..OFFICE },
            Self::Hands => SceneSetup { held: Held::Hands, speed: 4.0, sway: 1.5, ..OFFICE },
            Self::Mug => SceneSetup { held: Held::Mug, speed: 2.0, ..OFFICE },
            Self::Chair => SceneSetup { background: BackgroundStyle::Chair, speed: 2.0, ..OFFICE },
            Self::Headset => SceneSetup { held: Held::Headset, speed: 2.0, ..OFFICE },
            Self::Behind => SceneSetup { people: &NEWCOMER, speed: 2.0, ..OFFICE },
        }
    }
}

/// One person of a scene.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject {
    /// Added to the number of the presenter.
    pub(super) presenter: u32,
    /// Position in 1/1280 of the width from the middle.
    pub(super) shift: f32,
    /// Height relative to a lone presenter.
    pub(super) stature: f32,
    /// 1, or -1 for movement in the opposite direction.
    pub(super) direction: f32,
    /// Way in each frame besides, in 1/1280 of the width.
    pub(super) walk: f32,
}

const STANDS: Subject = Subject { presenter: 0, shift: 0.0, stature: 1.0, direction: 1.0, walk: 0.0 };
const ALONE: [Subject; 1] = [STANDS];
/// From back to front.
const PAIR: [Subject; 2] = [
    Subject { presenter: 1, shift: 210.0, stature: 0.7, direction: -1.0, ..STANDS },
    Subject { presenter: 0, shift: -190.0, stature: 0.8, ..STANDS },
];
/// Comes in from the right in frame 2, and is out on the left after frame 75.
const NEWCOMER: [Subject; 2] =
    [Subject { presenter: 1, shift: 900.0, stature: 0.62, direction: 0.0, walk: -24.0 }, STANDS];

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scene {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| words::same(s.name(), text)).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let hint = words::did_you_mean(text, names);
            format!("there is no test card scene '{text}'{hint} choose one of {}", names.join(", "))
        })
    }
}

/// Parameters of a scene.
#[derive(Clone, Copy, Debug)]
pub(super) struct SceneSetup {
    /// Standard deviation of the sensor noise at half of full light, in 8-bit codes.
    pub(super) noise: f32,
    /// Exposure; 1 is normal.
    pub(super) gain: f32,
    /// Speed in 1/1280 of the width per frame. From 20 on the presenter sweeps at this speed, below it swings
    /// with it as the maximum.
    speed: f32,
    /// Lean to either side in degrees.
    sway: f32,
    /// Position of the presenter in 1/1280 of the width from the middle.
    shift: f32,
    /// Fraction of the frame interval during which the shutter is open.
    pub(super) shutter: f32,
    /// Quality of the JPEG compression, if any.
    pub(super) jpeg: Option<u8>,
    pub(super) hair: Hair,
    pub(super) cloth: Cloth,
    pub(super) background: BackgroundStyle,
    pub(super) held: Held,
    /// The people in the picture, from back to front.
    pub(super) people: &'static [Subject],
}

/// The presenter's hair style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hair {
    Short,
    Long,
}

/// The presenter's clothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cloth {
    Plain,
    Quilt,
    White,
}

/// What the presenter holds or wears; it counts as the presenter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Nothing,
    Hands,
    Mug,
    Headset,
}

/// The background behind the presenter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BackgroundStyle {
    Office,
    Clutter,
    Foliage,
    White,
    Chair,
}

/// Position of the presenter at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pose {
    /// To the right of the middle, in 1/1280 of the width.
    pub(super) shift: f32,
    /// Clockwise, radians.
    pub(super) angle: f32,
}

impl SceneSetup {
    /// The pose at time `t`, in frames.
    fn pose(&self, t: f64) -> Pose {
        const SPAN: f64 = 300.0;
        let speed = f64::from(self.speed);
        let sin = |x: f64| super::rng::sin(x) as f32;
        let shift = if speed >= 20.0 {
            let way = (speed * t).rem_euclid(4.0 * SPAN);
            let x = if way < SPAN {
                way
            } else if way < 3.0 * SPAN {
                2.0 * SPAN - way
            } else {
                way - 4.0 * SPAN
            };
            x as f32
        } else {
            self.shift + 40.0 * sin(speed * t / 40.0)
        };
        Pose { shift, angle: self.sway.to_radians() * sin(0.15 * t) }
    }

    /// The poses during frame `t`: eight if the shutter stays open noticeably, else one.
    pub(super) fn poses(&self, t: u32) -> Vec<Pose> {
        let n = if self.shutter > 0.0 { 8 } else { 1 };
        let open = |i| f64::from(self.shutter) * ((f64::from(i) + 0.5) / f64::from(n) - 0.5);
        (0..n).map(|i| self.pose(f64::from(t) + open(i))).collect()
    }
}
