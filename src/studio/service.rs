//! The gpucam that runs, reached over the session bus: what it shows, and other settings for it.

use std::{thread, time::Duration};

use super::flags::{Flag, of_picture};
use crate::{
    Error, Result,
    cli::hint,
    control::{Client, SetValue, Status},
    live::InstanceError,
};

/// Time between two looks whether one runs.
const LOOK: Duration = Duration::from_secs(5);

/// What a running gpucam says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `live`, `paused`, …, and the camera.
    pub line: String,
    /// The virtual camera that can be watched, if there is one.
    pub output: Option<String>,
}

impl From<&Status> for Service {
    fn from(status: &Status) -> Self {
        let line = match status.camera.as_str() {
            "" => status.state.clone(),
            camera => format!("{}, {camera}", status.state),
        };
        // PipeWire's have room for any number of readers.
        let starts = |with: &str| status.outputs.iter().find(|output| output.starts_with(with)).cloned();
        let output = starts("pipewire:").or_else(|| starts("/dev/"));
        Self { line, output }
    }
}

/// What to send for these flags. Those of the picture that are not among them are off, also where the configuration of
/// that gpucam has them on.
pub fn values(flags: &[Flag]) -> Vec<(String, SetValue)> {
    let mut values = Vec::new();
    for name in of_picture() {
        let given: Vec<&Flag> = flags.iter().filter(|(flag, _)| *flag == name).collect();
        let value = match given.as_slice() {
            // The size of the output is fixed while it runs.
            [] if name == "output-size" => continue,
            [] => SetValue::Switch(false),
            [(_, None), ..] => SetValue::Switch(true),
            _ if name == "effect" => {
                SetValue::List(given.iter().filter_map(|(_, value)| value.clone()).collect())
            }
            [(_, Some(value)), ..] => SetValue::Text(value.clone()),
        };
        values.push((name.to_owned(), value));
    }
    values
}

/// Shows the flags in the gpucam that runs. Waits for it.
///
/// # Errors
/// A sentence: none runs, or it refuses.
pub fn use_now(flags: &[Flag]) -> Result<String, String> {
    let set = || Client::connect(None)?.set(values(flags));
    set().map(|()| "Shown by the gpucam that runs".into()).map_err(|error: Error| match error {
        Error::Instance(InstanceError::NotRunning) => {
            "no gpucam runs that could show this; press Copy and start it with that command, or type `gpucam service install`"
                .into()
        }
        error => hint::sentence(&error),
    })
}

/// Calls `each` with what the running gpucam says of itself, whenever that changes, on a thread of its own, until it
/// returns false.
pub fn watch(mut each: impl FnMut(Option<Service>) -> bool + Send + 'static) {
    thread::spawn(move || {
        let mut last: Option<Option<Service>> = None;
        let mut goes_on = true;
        let mut tell = |now: Option<Service>| {
            if last.as_ref() != Some(&now) {
                last = Some(now.clone());
                goes_on = each(now);
            }
            goes_on
        };
        loop {
            // Without a bus there is nobody to reach.
            let watched =
                Client::connect(None).and_then(|client| client.watch(|status| Ok(tell(Some(status.into())))));
            if let Err(Error::Instance(InstanceError::Bus { reason })) = watched {
                tracing::debug!("the session bus: {reason}");
            }
            if !tell(None) {
                return;
            }
            thread::sleep(LOOK);
        }
    });
}
