//! Formats and buffers in SPA's terms: the parameters that a stream negotiates.

use pipewire::spa::{
    param::{
        ParamType,
        format::{FormatProperties, MediaSubtype, MediaType},
        video::VideoFormat as SpaFormat,
    },
    pod::{ChoiceValue, Object, Pod, Property, Value, object, property, serialize::PodSerializer},
    sys::{
        SPA_DATA_MemFd, SPA_META_Header, SPA_PARAM_BUFFERS_blocks, SPA_PARAM_BUFFERS_buffers,
        SPA_PARAM_BUFFERS_dataType, SPA_PARAM_BUFFERS_size, SPA_PARAM_BUFFERS_stride, SPA_PARAM_META_size,
        SPA_PARAM_META_type, SPA_VIDEO_COLOR_MATRIX_BT601, SPA_VIDEO_COLOR_MATRIX_BT709,
        SPA_VIDEO_COLOR_RANGE_0_255, SPA_VIDEO_COLOR_RANGE_16_235, spa_meta_header,
    },
    utils::{Choice, ChoiceEnum, ChoiceFlags, Fraction, Id, Rectangle, SpaTypes},
};

use crate::{
    Matrix, Range,
    video::{Fps, VideoFormat},
};

/// Buffers of an output stream: as many as asked for keep a slow consumer from seeing one that is filled again.
const BUFFERS: (i32, i32, i32) = (8, 4, 16);

/// A parameter's bytes.
pub struct Param(Vec<u8>);

impl Param {
    pub(super) fn new(object: Object) -> Self {
        let bytes = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &Value::Object(object));
        Self(bytes.expect("memory takes every byte").0.into_inner())
    }

    /// The parameter for libpipewire.
    pub fn pod(&self) -> &Pod {
        Pod::from_bytes(&self.0).expect("it was serialised by the same crate")
    }
}

/// The formats that an output offers (`EnumFormat`): frames of one size and rate.
pub fn offered(format: &VideoFormat, packing: SpaFormat) -> Param {
    let fps = format.fps.unwrap_or(Fps::DEFAULT);
    let matrix = match format.colorimetry.matrix {
        Matrix::Bt601 => SPA_VIDEO_COLOR_MATRIX_BT601,
        Matrix::Bt709 => SPA_VIDEO_COLOR_MATRIX_BT709,
    };
    let range = match format.colorimetry.range {
        Range::Limited => SPA_VIDEO_COLOR_RANGE_16_235,
        Range::Full => SPA_VIDEO_COLOR_RANGE_0_255,
    };
    Param::new(object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
        property!(FormatProperties::VideoFormat, Id, packing),
        property!(
            FormatProperties::VideoSize,
            Rectangle,
            Rectangle { width: format.size.width, height: format.size.height }
        ),
        property!(
            FormatProperties::VideoFramerate,
            Fraction,
            Fraction { num: fps.numerator(), denom: fps.denominator() }
        ),
        Property::new(FormatProperties::VideoColorRange.as_raw(), Value::Id(Id(range))),
        Property::new(FormatProperties::VideoColorMatrix.as_raw(), Value::Id(Id(matrix))),
    ))
}

/// The buffers of an output (`Buffers`): `bytes` in rows of `stride`, in memory that consumers map.
pub fn buffers(bytes: usize, stride: usize) -> Param {
    let (default, min, max) = BUFFERS;
    let number = |value: usize| Value::Int(value.try_into().unwrap_or(i32::MAX));
    let count = Choice(ChoiceFlags::empty(), ChoiceEnum::Range { default, min, max });
    let kinds =
        Choice(ChoiceFlags::empty(), ChoiceEnum::Flags { default: 1 << SPA_DATA_MemFd, flags: Vec::new() });
    let properties = vec![
        Property::new(SPA_PARAM_BUFFERS_buffers, Value::Choice(ChoiceValue::Int(count))),
        Property::new(SPA_PARAM_BUFFERS_blocks, Value::Int(1)),
        Property::new(SPA_PARAM_BUFFERS_size, number(bytes)),
        Property::new(SPA_PARAM_BUFFERS_stride, number(stride)),
        Property::new(SPA_PARAM_BUFFERS_dataType, Value::Choice(ChoiceValue::Int(kinds))),
    ];
    let (type_, id) = (SpaTypes::ObjectParamBuffers.as_raw(), ParamType::Buffers.as_raw());
    Param::new(Object { type_, id, properties })
}

/// The header that each buffer has (`Meta`): the frame's time and number.
pub fn header() -> Param {
    let properties = vec![
        Property::new(SPA_PARAM_META_type, Value::Id(Id(SPA_META_Header))),
        Property::new(SPA_PARAM_META_size, Value::Int(size_of::<spa_meta_header>() as i32)),
    ];
    let (type_, id) = (SpaTypes::ObjectParamMeta.as_raw(), ParamType::Meta.as_raw());
    Param::new(Object { type_, id, properties })
}
