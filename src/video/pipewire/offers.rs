//! The formats that a camera offers in SPA's terms (`EnumFormat`), and the one that gpucam asks for.

use pipewire::spa::{
    param::{
        ParamType,
        format::{FormatProperties, MediaSubtype, MediaType},
        video::VideoFormat as SpaFormat,
    },
    pod::{ChoiceValue, Object, Property, Value, deserialize::PodDeserializer, object, property},
    sys,
    utils::{Choice, ChoiceEnum, Fraction, Id, Rectangle, SpaTypes},
};

use super::{format::Param, pod::is_sound};
use crate::{
    Colorimetry, Matrix, Range, Size,
    video::{
        Fps,
        camera::{ChosenFormat, OfferedFormat, PixelFormat, choice},
        v4l2::FrameSizes,
    },
};

/// In place of SPA's number of a raw format: Motion JPEG, which has a media subtype of its own.
const MJPG: u32 = u32::MAX;

/// SPA's raw formats that gpucam reads. Their names are the order of bytes in memory (spa/param/video/raw.h), where
/// those of DRM and V4L2 count from a word's highest byte.
const FORMATS: [(SpaFormat, PixelFormat); 17] = [
    (SpaFormat::YUY2, PixelFormat::Yuyv),
    (SpaFormat::UYVY, PixelFormat::Uyvy),
    (SpaFormat::YVYU, PixelFormat::Yvyu),
    (SpaFormat::NV12, PixelFormat::Nv12),
    (SpaFormat::NV21, PixelFormat::Nv21),
    (SpaFormat::I420, PixelFormat::Yu12),
    (SpaFormat::YV12, PixelFormat::Yv12),
    (SpaFormat::RGB, PixelFormat::Rgb),
    (SpaFormat::BGR, PixelFormat::Bgr),
    (SpaFormat::RGBx, PixelFormat::Rgbx),
    (SpaFormat::RGBA, PixelFormat::Rgbx),
    (SpaFormat::BGRx, PixelFormat::Bgrx),
    (SpaFormat::BGRA, PixelFormat::Bgrx),
    (SpaFormat::xRGB, PixelFormat::Xrgb),
    (SpaFormat::ARGB, PixelFormat::Xrgb),
    (SpaFormat::xBGR, PixelFormat::Xbgr),
    (SpaFormat::ABGR, PixelFormat::Xbgr),
];

/// The rates of a format.
#[derive(Clone, Debug, PartialEq)]
enum Rates {
    /// Each of them; none if the camera names no rate.
    Listed(Vec<Fps>),
    /// All from the first to the second.
    Between(Fps, Fps),
}

/// A format of a node: one pixel format at some sizes and rates.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFormat {
    pixel_format: PixelFormat,
    /// SPA's number of the format, or [`MJPG`].
    code: u32,
    sizes: Vec<FrameSizes>,
    rates: Rates,
    matrix: Option<Matrix>,
    range: Option<Range>,
}

/// The formats in a parameter, `EnumFormat` or `Format`; none if gpucam reads none of them.
pub fn parse(pod: &[u8]) -> Vec<NodeFormat> {
    if !is_sound(pod) {
        return Vec::new();
    }
    let Ok((_, Value::Object(object))) = PodDeserializer::deserialize_any_from(pod) else {
        return Vec::new();
    };
    let value = |key: FormatProperties| {
        object.properties.iter().find(|property| property.key == key.as_raw()).map(|property| &property.value)
    };
    let ids = |key| value(key).map(ids).unwrap_or_default();
    if !ids(FormatProperties::MediaType).contains(&MediaType::Video.as_raw()) {
        return Vec::new();
    }
    let sizes = value(FormatProperties::VideoSize).map(sizes).unwrap_or_default();
    let rates = value(FormatProperties::VideoFramerate).map_or(Rates::Listed(Vec::new()), rates);
    let matrix = ids(FormatProperties::VideoColorMatrix).first().and_then(|id| matrix(*id));
    let range = ids(FormatProperties::VideoColorRange).first().and_then(|id| range(*id));
    let of = |(pixel_format, code): (PixelFormat, u32)| NodeFormat {
        pixel_format,
        code,
        sizes: sizes.clone(),
        rates: rates.clone(),
        matrix,
        range,
    };
    let subtypes = ids(FormatProperties::MediaSubtype);
    if subtypes.contains(&MediaSubtype::Mjpg.as_raw()) {
        return vec![of((PixelFormat::Mjpg, MJPG))];
    }
    if !subtypes.contains(&MediaSubtype::Raw.as_raw()) {
        return Vec::new();
    }
    let known = |code: u32| {
        let found = FORMATS.iter().find(|(spa, _)| spa.as_raw() == code);
        found.map(|(_, pixel_format)| (*pixel_format, code))
    };
    ids(FormatProperties::VideoFormat).into_iter().filter_map(known).map(of).collect()
}

/// The same as [`choice::choose`] takes it.
pub fn offered(formats: &[NodeFormat]) -> Vec<OfferedFormat> {
    let mut offers: Vec<OfferedFormat> = Vec::new();
    for NodeFormat { pixel_format, code, sizes, .. } in formats {
        match offers.iter_mut().find(|offer| offer.fourcc == *code) {
            Some(offer) => offer.sizes.extend(sizes),
            None => offers.push(OfferedFormat {
                pixel_format: *pixel_format,
                fourcc: *code,
                sizes: sizes.clone(),
            }),
        }
    }
    offers
}

/// The rates of a format at a size, where a range gives its ends and `target`, if it lies between them.
pub fn rates_at(formats: &[NodeFormat], code: u32, size: Size, target: Fps) -> Vec<Fps> {
    let here = formats.iter().filter(|format| format.is(code, size));
    here.flat_map(|format| match &format.rates {
        Rates::Listed(rates) => rates.clone(),
        Rates::Between(least, most) => {
            let within = (least.value()..=most.value()).contains(&target.value()).then_some(target);
            [*least, *most].into_iter().chain(within).collect()
        }
    })
    .collect()
}

/// What the camera says of the colours of its chosen format, where it is silent V4L2's defaults.
pub fn colorimetry(formats: &[NodeFormat], choice: &ChosenFormat) -> Colorimetry {
    let here = formats.iter().find(|format| format.is(choice.fourcc, choice.size));
    let usual = if choice.pixel_format == PixelFormat::Mjpg { Range::Full } else { Range::Limited };
    match here {
        _ if choice.pixel_format.is_rgb() => Colorimetry { matrix: Matrix::Bt601, range: Range::Full },
        Some(NodeFormat { matrix, range, .. }) => {
            Colorimetry { matrix: matrix.unwrap_or_default(), range: range.unwrap_or(usual) }
        }
        None => Colorimetry { range: usual, ..Colorimetry::default() },
    }
}

impl NodeFormat {
    fn is(&self, code: u32, size: Size) -> bool {
        self.code == code && self.sizes.iter().any(|sizes| choice::has(*sizes, size))
    }

    /// Pixel format and size of a parameter that leaves no choice.
    pub fn fixed(&self) -> Option<(PixelFormat, Size)> {
        match self.sizes[..] {
            [FrameSizes::Discrete(size)] => Some((self.pixel_format, size)),
            _ => None,
        }
    }
}

/// The parameter (`EnumFormat`) with which gpucam asks for one format.
pub fn asked(choice: &ChosenFormat) -> Param {
    let is_mjpg = choice.fourcc == MJPG;
    let subtype = if is_mjpg { MediaSubtype::Mjpg } else { MediaSubtype::Raw };
    let size = Rectangle { width: choice.size.width, height: choice.size.height };
    let mut object = object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, subtype),
        property!(FormatProperties::VideoSize, Rectangle, size),
    );
    if !is_mjpg {
        object.properties.insert(2, property!(FormatProperties::VideoFormat, Value::Id(Id(choice.fourcc))));
    }
    if let Some(fps) = choice.fps {
        let fps = Fraction { num: fps.numerator(), denom: fps.denominator() };
        object.properties.push(property!(FormatProperties::VideoFramerate, Fraction, fps));
    }
    Param::new(object)
}

/// The buffers that an input takes (`Buffers`), the best first: memory that libpipewire maps, then memory that gpucam
/// has to map itself.
pub fn buffers() -> [Param; 2] {
    [&[sys::SPA_DATA_MemPtr, sys::SPA_DATA_MemFd][..], &[sys::SPA_DATA_DmaBuf]].map(buffers_in)
}

/// Some buffers in one of these kinds of memory.
fn buffers_in(kinds: &[u32]) -> Param {
    let count =
        Choice(pipewire::spa::utils::ChoiceFlags::empty(), ChoiceEnum::Range { default: 4, min: 2, max: 16 });
    let kinds = ChoiceEnum::Flags {
        default: kinds.iter().fold(0, |flags, kind| flags | 1 << kind),
        flags: Vec::new(),
    };
    let kinds = Choice(pipewire::spa::utils::ChoiceFlags::empty(), kinds);
    let properties = vec![
        Property::new(sys::SPA_PARAM_BUFFERS_buffers, Value::Choice(ChoiceValue::Int(count))),
        Property::new(sys::SPA_PARAM_BUFFERS_dataType, Value::Choice(ChoiceValue::Int(kinds))),
    ];
    let (type_, id) = (SpaTypes::ObjectParamBuffers.as_raw(), ParamType::Buffers.as_raw());
    Param::new(Object { type_, id, properties })
}

/// The values that a choice allows, its default first.
fn values<T: pipewire::spa::pod::CanonicalFixedSizedPod + Copy + PartialEq>(
    choice: &ChoiceEnum<T>,
) -> Vec<T> {
    let (first, rest) = match choice {
        ChoiceEnum::None(value) => (*value, &[][..]),
        ChoiceEnum::Enum { default, alternatives } => (*default, &alternatives[..]),
        ChoiceEnum::Flags { default, flags } => (*default, &flags[..]),
        ChoiceEnum::Range { default, .. } | ChoiceEnum::Step { default, .. } => (*default, &[][..]),
    };
    let mut all = vec![first];
    all.extend(rest.iter().filter(|value| **value != first));
    all
}

fn ids(value: &Value) -> Vec<u32> {
    match value {
        Value::Id(Id(id)) => vec![*id],
        Value::Choice(ChoiceValue::Id(Choice(_, choice))) => {
            values(choice).into_iter().map(|Id(id)| id).collect()
        }
        _ => Vec::new(),
    }
}

fn sizes(value: &Value) -> Vec<FrameSizes> {
    let size = |rectangle: &Rectangle| Size::new(rectangle.width, rectangle.height);
    match value {
        Value::Rectangle(one) => vec![FrameSizes::Discrete(size(one))],
        Value::Choice(ChoiceValue::Rectangle(Choice(_, choice))) => match choice {
            ChoiceEnum::Range { min, max, .. } => {
                vec![FrameSizes::Stepwise(size(min), size(max), Size::new(1, 1))]
            }
            ChoiceEnum::Step { min, max, step, .. } => {
                vec![FrameSizes::Stepwise(size(min), size(max), size(step))]
            }
            listed => values(listed).iter().map(|one| FrameSizes::Discrete(size(one))).collect(),
        },
        _ => Vec::new(),
    }
}

fn rates(value: &Value) -> Rates {
    let fps = |fraction: &Fraction| Fps::new(fraction.num, fraction.denom);
    match value {
        Value::Fraction(one) => Rates::Listed(fps(one).into_iter().collect()),
        Value::Choice(ChoiceValue::Fraction(Choice(_, choice))) => match choice {
            ChoiceEnum::Range { min, max, .. } | ChoiceEnum::Step { min, max, .. } => match fps(max) {
                // A range from zero begins with the slowest that can be written.
                Some(most) => Rates::Between(fps(min).unwrap_or(SLOWEST), most),
                None => Rates::Listed(Vec::new()),
            },
            listed => Rates::Listed(values(listed).iter().filter_map(fps).collect()),
        },
        _ => Rates::Listed(Vec::new()),
    }
}

/// One frame a second.
const SLOWEST: Fps = Fps::whole(1);

/// The matrix that SPA names, BT.709 for those nearer to it; none where it says nothing.
fn matrix(id: u32) -> Option<Matrix> {
    match id {
        sys::SPA_VIDEO_COLOR_MATRIX_BT601 | sys::SPA_VIDEO_COLOR_MATRIX_FCC => Some(Matrix::Bt601),
        sys::SPA_VIDEO_COLOR_MATRIX_BT709
        | sys::SPA_VIDEO_COLOR_MATRIX_SMPTE240M
        | sys::SPA_VIDEO_COLOR_MATRIX_BT2020 => Some(Matrix::Bt709),
        _ => None,
    }
}

fn range(id: u32) -> Option<Range> {
    match id {
        sys::SPA_VIDEO_COLOR_RANGE_0_255 => Some(Range::Full),
        sys::SPA_VIDEO_COLOR_RANGE_16_235 => Some(Range::Limited),
        _ => None,
    }
}
