//! Values of flags as they come over the bus.

use zbus::{fdo, zvariant::Value};

use super::request::SetValue;

/// The value of a flag in a request; text of a number is how a shell would have it.
pub(super) fn set_value(value: &Value<'_>) -> fdo::Result<SetValue> {
    Ok(match value {
        Value::Bool(on) => SetValue::Switch(*on),
        Value::Str(text) => SetValue::Text(text.to_string()),
        Value::F64(number) => SetValue::Text(number.to_string()),
        Value::U8(number) => SetValue::Text(number.to_string()),
        Value::I16(number) => SetValue::Text(number.to_string()),
        Value::U16(number) => SetValue::Text(number.to_string()),
        Value::I32(number) => SetValue::Text(number.to_string()),
        Value::U32(number) => SetValue::Text(number.to_string()),
        Value::I64(number) => SetValue::Text(number.to_string()),
        Value::U64(number) => SetValue::Text(number.to_string()),
        Value::Value(inner) => set_value(inner)?,
        Value::Array(items) => SetValue::List(
            items
                .iter()
                .map(|item| match set_value(item)? {
                    SetValue::Text(text) => Ok(text),
                    _ => Err(fdo::Error::InvalidArgs("a list takes strings".into())),
                })
                .collect::<fdo::Result<_>>()?,
        ),
        other => {
            let kind = other.value_signature();
            let what = format!("a value of type '{kind}' is none that a flag takes: send b, s, d, i or as");
            return Err(fdo::Error::InvalidArgs(what));
        }
    })
}

/// Text that is empty for none.
pub(super) fn text(text: String) -> SetValue {
    if text.is_empty() { SetValue::Switch(false) } else { SetValue::Text(text) }
}

/// A number that is this for none.
pub(super) fn number(number: f64, none: f64) -> SetValue {
    if number == none { SetValue::Switch(false) } else { SetValue::Text(number.to_string()) }
}
