//! `gpucam doctor`: one line for each thing gpucam needs: that it is good, or the command that fixes it.

use serde::Serialize;

use super::{
    console::print_line,
    devices::{ListArgs, to_json},
    hint::sentence,
};
use crate::{
    DeviceError, GpuError, Result, gpu,
    model::catalogue::{self, ModelFolders},
    video::{
        device::{Devices, PERMISSION},
        loopback::BUFFERS,
        loopback_module::LoopbackModule,
    },
};

/// What is wrong without `exclusive_caps`, and the command that fixes it.
pub(super) const EXCLUSIVE_CAPS: &str = "it was loaded without exclusive_caps=1, so Chromium does not list it; load it \
     again with `sudo modprobe -r v4l2loopback && sudo modprobe v4l2loopback exclusive_caps=1 card_label=gpucam`";

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub what: &'static str,
    /// Whether it is in order.
    pub good: bool,
    /// What was found, or what to do.
    pub words: String,
}

impl Check {
    fn good(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, good: true, words: words.into() }
    }

    fn bad(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, good: false, words: words.into() }
    }
}

pub(super) fn run(args: ListArgs) -> Result<()> {
    let module = LoopbackModule::loaded();
    let mut checks = vec![adapter(), model()];
    checks.extend(devices(&Devices::list(), &module));
    if args.json {
        return print_line(to_json(&checks)?);
    }
    checks.iter().try_for_each(|Check { what, good, words }| {
        print_line(format_args!("{} {what:8} {words}", if *good { "ok " } else { "-> " }))
    })
}

fn adapter() -> Check {
    match gpu::adapters().map(|adapters| adapters.into_iter().next()) {
        Ok(Some(line)) if line.is_software() => Check::bad(
            "gpu",
            format!("{} runs on the processor and is slow; install your GPU's Vulkan driver", line.info.name),
        ),
        Ok(Some(line)) => Check::good("gpu", format!("{} ({})", line.info.name, line.info.driver_info)),
        Ok(None) => Check::bad("gpu", GpuError::NoAdapter.to_string()),
        Err(error) => Check::bad("gpu", sentence(&error.into())),
    }
}

fn model() -> Check {
    let entry = catalogue::default();
    match ModelFolders::from_env().find(entry) {
        Ok(Some(path)) => Check::good("model", format!("{} in {}", entry.name, path.display())),
        Ok(None) => {
            let name = &entry.name;
            Check::bad(
                "model",
                format!("{name} is fetched at the first run; or now, with `gpucam models fetch {name}`"),
            )
        }
        Err(error) => Check::bad("model", sentence(&error.into())),
    }
}

/// Checks cameras and loopbacks.
pub fn devices(devices: &Devices, module: &LoopbackModule) -> Vec<Check> {
    let mut checks = Vec::new();
    let cameras: Vec<_> = devices.cameras().map(|device| device.capability.card.as_str()).collect();
    checks.push(match (cameras.is_empty(), devices.forbidden()) {
        (false, _) => Check::good("camera", cameras.join(", ")),
        (true, Some(_)) => Check::bad("camera", "none that may be opened (see rights)"),
        (true, None) => Check::bad("camera", "none found; plug one in"),
    });
    if let Some(path) = devices.forbidden() {
        checks.push(Check::bad("rights", format!("{}: {PERMISSION}", path.display())));
    } else if !devices.found.is_empty() {
        checks.push(Check::good("rights", "every video device opens"));
    }
    let loopbacks: Vec<_> = devices.loopbacks().collect();
    checks.push(match (&module.version, loopbacks.first()) {
        (_, Some(device)) => {
            let version = module.version.as_deref().unwrap_or_default();
            Check::good("loopback", format!("{} (v4l2loopback {version})", device.path.display()))
        }
        (Some(_), None) => Check::bad(
            "loopback",
            "v4l2loopback is loaded and has no device that may be opened; load it again with `sudo modprobe -r \
             v4l2loopback && sudo modprobe v4l2loopback exclusive_caps=1 card_label=gpucam`",
        ),
        (None, None) => Check::bad("loopback", sentence(&DeviceError::NoLoopback.into())),
    });
    if let Some(device) = loopbacks.iter().find(|device| module.lacks_exclusive_caps(device)) {
        checks.push(Check::bad("caps", format!("{}: {EXCLUSIVE_CAPS}", device.path.display())));
    } else if !loopbacks.is_empty() {
        checks.push(Check::good("caps", "exclusive_caps=1"));
    }
    if let Some(buffers) = module.max_buffers {
        checks.push(if buffers < BUFFERS {
            Check::bad(
                "buffers",
                format!(
                    "max_buffers={buffers}: a slow program may see torn pictures; load it again with `sudo modprobe -r \
                     v4l2loopback && sudo modprobe v4l2loopback exclusive_caps=1 card_label=gpucam max_buffers={BUFFERS}`"
                ),
            )
        } else {
            Check::good("buffers", format!("max_buffers={buffers}"))
        });
    }
    checks
}
