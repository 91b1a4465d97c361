//! What can be wrong with a camera's controls.

use crate::words;

/// Why a control of a camera cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The camera does not have it.
    #[error("it has no control {name}{}", instead(name, known))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names of those that can be set.
        known: Vec<String>,
    },
    /// It only reports something.
    #[error("its control {name} can be read but not set; leave it out")]
    ReadOnly {
        /// Its name.
        name: String,
    },
    /// It does not take this value.
    #[error("its control {name} takes {takes}, not {value}")]
    Value {
        /// Its name.
        name: String,
        /// The value asked for.
        value: String,
        /// What it takes.
        takes: String,
    },
    /// The camera refuses it.
    #[error("it refuses {name}={value}{}", because(*held, reason))]
    Refused {
        /// Its name.
        name: String,
        /// The value asked for.
        value: i64,
        /// Whether another control makes it ineffective.
        held: bool,
        /// The system's words.
        reason: String,
    },
}

/// What to write instead of the name of a control that does not exist.
fn instead(name: &str, known: &[String]) -> String {
    if known.is_empty() {
        return ", and none that can be set".into();
    }
    let meant = words::did_you_mean(name, known.iter().map(String::as_str));
    format!("{meant} choose one of: {}", known.join(", "))
}

/// Why a camera refuses a control.
fn because(held: bool, reason: &str) -> String {
    match held {
        true => {
            " while another control rules it, as auto_exposure does exposure_time_absolute; set that one too"
                .into()
        }
        false => format!(": {reason}; try another value"),
    }
}
