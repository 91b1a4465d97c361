//! Parsers for the values of flags.

use std::str::FromStr;

use crate::model::{OutputDecoding, OutputGrid};

/// `LOWEST..HIGHEST`: the model's input for 0 and for 1. Returns scale and offset.
pub(super) fn input(text: &str) -> Result<(f32, f32), String> {
    let wrong = || format!("'{text}' is not a range: write 0..1 or -1..1");
    let (low, high) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<f32>().ok().filter(|v| v.is_finite()).ok_or_else(wrong);
    let (low, high) = (number(low)?, number(high)?);
    if low < high { Ok((high - low, low)) } else { Err(wrong()) }
}

/// `LOW..HIGH`, two values of alpha.
pub(super) fn threshold(text: &str) -> Result<(f64, f64), String> {
    let wrong = || "write LOW..HIGH with 0 <= LOW < HIGH <= 1, such as 0.5..0.75".to_owned();
    let (low, high) = text.split_once("..").ok_or_else(wrong)?;
    let pair = (low.parse::<f64>().map_err(|_| wrong())?, high.parse::<f64>().map_err(|_| wrong())?);
    if 0.0 <= pair.0 && pair.0 < pair.1 && pair.1 <= 1.0 { Ok(pair) } else { Err(wrong()) }
}

/// A number of things, or the number of one of them.
pub(super) fn count<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("'{text}' is not a number from 1 on: write 1 or more"))
}

/// A number from 0 to `most`.
pub(super) fn up_to(most: u32) -> impl Fn(&str) -> Result<f64, String> + Clone {
    move |text| match text.parse::<f64>() {
        Ok(number) if (0.0..=f64::from(most)).contains(&number) => Ok(number),
        _ => Err(format!("write a number of 0..{most}")),
    }
}

pub(super) fn person(text: &str) -> Result<OutputDecoding, String> {
    match text.split_once(':') {
        None if text == "probability" => Ok(OutputDecoding::Probability),
        None if text == "logit" => Ok(OutputDecoding::Logit),
        Some(("softmax", channel)) if channel.parse::<u32>().is_ok() => {
            Ok(OutputDecoding::Softmax { channel: channel.parse().unwrap_or_default() })
        }
        Some(("background", channel)) if channel.parse::<u32>().is_ok() => {
            Ok(OutputDecoding::Background { channel: channel.parse().unwrap_or_default() })
        }
        _ => Err(format!(
            "'{text}' is not an output: write probability, logit, softmax:CHANNEL or background:CHANNEL"
        )),
    }
}

pub(super) fn grid(text: &str) -> Result<OutputGrid, String> {
    match text {
        "centres" => Ok(OutputGrid::Centres),
        "corners" => Ok(OutputGrid::Corners),
        _ => Err(format!("'{text}' is not a grid: write centres or corners")),
    }
}
