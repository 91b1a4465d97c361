//! The camera of a run: V4L2's, PipeWire's, or PipeWire's through the camera portal.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    DeviceError, Error, Result,
    live::{CameraLock, LiveCamera, LiveFile, LiveSource},
    sys::Signals,
    video::{
        self, InputOptions, Source, VideoFormat,
        camera::{Camera, CameraRequest, CameraSource, ControlSetting, PixelFormat, name},
        device::{self, Device, Devices},
    },
};

/// The camera.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(super) struct CameraArgs {
    /// The camera: its device (/dev/v4l/by-id/… survives replugging), its index in `gpucam devices`, or part
    /// of its name; pipewire, with part of a name or a serial number after a colon, for a camera of PipeWire; portal to
    /// ask for one as programs in a sandbox do [default: the first camera, if there is no --input].
    #[arg(long, value_name = "DEV|INDEX|NAME|pipewire[:NAME]|portal", conflicts_with = "input")]
    camera: Option<String>,
    /// The camera's pixel format: auto, yuyv, mjpg, nv12, …; auto chooses one that reaches --fps at --size.
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = pixel_format, conflicts_with = "input")]
    format: FormatArg,
    /// Set a control of the camera, such as power_line_frequency=2 or zoom_absolute=150; may be given several times.
    /// `gpucam devices` lists them with what they take.
    #[arg(long = "camera-control", value_name = "NAME=VALUE", conflicts_with = "input")]
    controls: Vec<ControlSetting>,
}

/// `--format`.
#[derive(Clone, Copy, Debug)]
struct FormatArg(Option<PixelFormat>);

fn pixel_format(text: &str) -> Result<FormatArg, String> {
    match text {
        text if text.eq_ignore_ascii_case("auto") => Ok(FormatArg(None)),
        text => text.parse().map(|format| FormatArg(Some(format))),
    }
}

/// The camera of a live run.
pub(super) enum FoundCamera<'a> {
    /// One of V4L2, not yet open.
    Device(&'a Device),
    /// One of PipeWire.
    #[cfg(feature = "pipewire")]
    Node(Box<node::OpenNode>),
}

/// A camera's name, which is the path of a device, and the right to use that.
pub(super) type HeldCamera = (PathBuf, Option<CameraLock>);

/// An open input of a live run.
pub(super) struct LiveInput {
    pub(super) source: Box<dyn LiveSource>,
    pub(super) format: VideoFormat,
}

impl FoundCamera<'_> {
    /// The number of its device in V4L2, which is then no output.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Device(device) => device::number(&device.path),
            #[cfg(feature = "pipewire")]
            Self::Node(node) => node.number(),
        }
    }

    /// The path of its device, or pipewire:NAME.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Device(device) => device.path.clone(),
            #[cfg(feature = "pipewire")]
            Self::Node(node) => node.path(),
        }
    }

    /// A name that stays when it is plugged in again, for what is kept of it.
    pub(super) fn lasting_name(&self) -> String {
        match self {
            Self::Device(Device { by_id, capability, .. }) => match by_id {
                Some(path) => format!("{} {}", capability.card, path.display()),
                None => format!("{} {}", capability.card, capability.bus),
            },
            #[cfg(feature = "pipewire")]
            Self::Node(node) => node.lasting_name(),
        }
    }

    /// Takes the right to use it. PipeWire shares its cameras.
    pub(super) fn hold(&self) -> Result<HeldCamera> {
        let lock = match self {
            Self::Device(device) => CameraLock::take(&device.path)?,
            #[cfg(feature = "pipewire")]
            Self::Node(_) => None,
        };
        Ok((self.path(), lock))
    }
}

impl CameraArgs {
    /// Whether `--camera` was given.
    pub(super) fn is_given(&self) -> bool {
        self.camera.is_some()
    }

    fn request(&self, wanted: &InputOptions) -> CameraRequest {
        CameraRequest { size: wanted.size, fps: wanted.fps, pixel_format: self.format.0 }
    }

    fn open(&self, device: &Device, wanted: &InputOptions) -> Result<Camera> {
        let camera = Camera::open(device, self.camera.as_deref(), self.request(wanted), wanted)?;
        camera.set_controls(&self.controls)?;
        Ok(camera)
    }

    /// What was typed after `--camera`.
    #[cfg(feature = "control")]
    pub(super) fn named(&self) -> Option<&str> {
        self.camera.as_deref()
    }

    /// Opens the input of a live run: `file`, or else the camera, which stays closed if it opens on demand.
    pub(super) fn open_live(
        &self,
        file: Option<&Path>,
        found: Option<FoundCamera<'_>>,
        mut wanted: InputOptions,
        on_demand: bool,
    ) -> Result<LiveInput> {
        if let Some(file) = file {
            if video::InputKind::from_name(file) == video::InputKind::Picture {
                wanted.frames.get_or_insert(u64::MAX); // a picture is repeated without end
            }
            let source = video::open_source(file, &wanted)?;
            let format = source.format();
            return Ok(LiveInput { source: Box::new(LiveFile::new(source)), format });
        }
        let mut camera = match found.ok_or(Error::Device(DeviceError::NoCamera))? {
            FoundCamera::Device(device) => {
                let (opened, request) = (self.open(device, &wanted)?, self.request(&wanted));
                LiveCamera::with_controls(opened, self.camera.clone(), request, wanted, self.controls.clone())
            }
            #[cfg(feature = "pipewire")]
            FoundCamera::Node(node) => node.live(),
        };
        let format = camera.format();
        if on_demand {
            camera.close();
        }
        Ok(LiveInput { source: Box::new(camera), format })
    }

    /// Opens the camera as an ordinary source, for an output that is a file.
    pub(super) fn source(&self, wanted: &InputOptions) -> Result<Box<dyn Source>> {
        let devices = Devices::list();
        Ok(Box::new(match self.find(&devices, wanted, None)? {
            FoundCamera::Device(device) => {
                CameraSource::start(Box::new(self.open(device, wanted)?), wanted.frames)?
            }
            #[cfg(feature = "pipewire")]
            FoundCamera::Node(node) => CameraSource::start(node.camera(), wanted.frames)?,
        }))
    }

    /// Finds the camera. One of PipeWire is open then; `signals` end the wait for a person's permission.
    #[cfg(feature = "pipewire")]
    pub(super) fn find<'a>(
        &self,
        devices: &'a Devices,
        wanted: &InputOptions,
        signals: Option<&Signals>,
    ) -> Result<FoundCamera<'a>> {
        use crate::video::pipewire::find::WantedCamera;
        let typed = self.camera.as_deref();
        if let Some(node) = typed.map_or_else(WantedCamera::of_a_sandbox, WantedCamera::parse) {
            return node::open(node, self.request(wanted), wanted, &self.controls, signals)
                .map(|node| FoundCamera::Node(Box::new(node)));
        }
        let error = match name::find(devices, typed) {
            Ok(device) => return Ok(FoundCamera::Device(device)),
            Err(error) => error,
        };
        let is_none =
            matches!(error, Error::Device(DeviceError::NoCamera | DeviceError::NoUsableCamera { .. }));
        if !is_none || typed.is_some() {
            return Err(error);
        }
        // The only way to the camera of a laptop with an image processor of Intel's, for example.
        match node::open(WantedCamera::ANY, self.request(wanted), wanted, &self.controls, signals) {
            Ok(node) => {
                tracing::info!(
                    "V4L2 has no camera that gpucam can use; the camera is {} of PipeWire",
                    node.title()
                );
                Ok(FoundCamera::Node(Box::new(node)))
            }
            Err(Error::Device(DeviceError::PipeWire(why))) => {
                tracing::debug!("{why}");
                Err(error)
            }
            Err(Error::Device(DeviceError::NoPipeWireCamera { .. })) => Err(error),
            Err(of_the_node) => Err(of_the_node),
        }
    }

    /// Finds the camera.
    #[cfg(not(feature = "pipewire"))]
    pub(super) fn find<'a>(
        &self,
        devices: &'a Devices,
        _: &InputOptions,
        _: Option<&Signals>,
    ) -> Result<FoundCamera<'a>> {
        use crate::PipeWireError;
        let kind = self.camera.as_deref().and_then(|typed| typed.split(':').next());
        if let Some("pipewire" | "portal") = kind {
            return Err(Error::Device(DeviceError::PipeWire(PipeWireError::NotBuilt)));
        }
        name::find(devices, self.camera.as_deref()).map(FoundCamera::Device)
    }
}

/// Opens a camera for the window, by what is typed after `--camera`; none for the first one. With the right to use it.
#[cfg(feature = "studio")]
pub(crate) fn open_for_window(
    camera: Option<String>,
    wanted: InputOptions,
) -> Result<(Box<dyn LiveSource>, Option<CameraLock>)> {
    let args = CameraArgs { camera, format: FormatArg(None), controls: Vec::new() };
    let devices = Devices::list();
    let found = args.find(&devices, &wanted, None)?;
    let (_, lock) = found.hold()?;
    args.open_live(None, Some(found), wanted, false).map(|input| (input.source, lock))
}

#[cfg(feature = "pipewire")]
mod node {
    use std::{
        path::PathBuf,
        sync::{Arc, mpsc},
        thread,
        time::Duration,
    };

    use super::super::{console::leave, stop::STOPPED};
    use crate::{
        Error, Result,
        live::LiveCamera,
        sys::{PollFd, Signals, Wake, poll},
        video::{
            InputOptions,
            camera::{CameraRequest, CaptureDevice, ControlSetting, Reopen},
            device,
            pipewire::{
                camera::PipeWireCamera,
                find::{PipeWireOpener, WantedCamera},
            },
        },
    };

    /// Longest sleep while a person is asked; the signal or the answer ends it.
    const NAP: Duration = Duration::from_secs(60);

    /// A camera of PipeWire that is open, and what opens it again.
    pub(in crate::cli) struct OpenNode {
        camera: PipeWireCamera,
        opener: Arc<PipeWireOpener>,
        controls: Vec<ControlSetting>,
    }

    impl OpenNode {
        pub(super) fn number(&self) -> Option<u64> {
            self.camera.v4l2_path().and_then(device::number)
        }

        pub(super) fn path(&self) -> PathBuf {
            self.camera.path().to_owned()
        }

        pub(super) fn lasting_name(&self) -> String {
            format!("pipewire {}", self.camera.node_name())
        }

        pub(super) fn title(&self) -> &str {
            self.camera.title()
        }

        pub(super) fn camera(self) -> Box<dyn CaptureDevice> {
            Box::new(self.camera)
        }

        pub(super) fn live(self) -> LiveCamera {
            LiveCamera::of(Box::new(self.camera), Box::new(Again(self.opener, self.controls)))
        }
    }

    /// Opens the same camera again.
    #[derive(Debug)]
    struct Again(Arc<PipeWireOpener>, Vec<ControlSetting>);

    impl Reopen for Again {
        fn reopen(&self) -> Result<(Box<dyn CaptureDevice>, Option<Error>)> {
            let camera = self.0.open()?;
            // It is worth more with other controls than not at all.
            let notice = camera.set_controls(&self.1).err();
            Ok((Box::new(camera), notice))
        }
    }

    pub(super) fn open(
        wanted: WantedCamera,
        request: CameraRequest,
        options: &InputOptions,
        controls: &[ControlSetting],
        signals: Option<&Signals>,
    ) -> Result<OpenNode> {
        let asks = wanted.portal;
        let opener = Arc::new(PipeWireOpener::new(wanted, request, *options));
        let camera = match signals {
            // Without signals here they have their usual effect, which ends the program.
            Some(signals) if asks => unless_stopped(opener.clone(), signals)?,
            _ => opener.open()?,
        };
        camera.set_controls(controls)?;
        Ok(OpenNode { camera, opener, controls: controls.to_vec() })
    }

    /// Opens the camera; a person may have to be asked first. A signal ends the program.
    fn unless_stopped(opener: Arc<PipeWireOpener>, signals: &Signals) -> Result<PipeWireCamera> {
        let no_pipe = |source| Error::System { what: "a pipe", source };
        let wake = Arc::new(Wake::new().map_err(no_pipe)?);
        let (sender, receiver) = mpsc::channel();
        let done = wake.clone();
        thread::spawn(move || {
            let _ = sender.send(opener.open());
            done.wake();
        });
        loop {
            let mut waits = [PollFd::to_read(signals.fd()), PollFd::to_read(wake.fd())];
            poll(&mut waits, NAP).map_err(|source| Error::System { what: "poll", source })?;
            if waits[0].is_ready() {
                leave(STOPPED);
            }
            if let Ok(opened) = receiver.try_recv() {
                return opened;
            }
        }
    }
}
