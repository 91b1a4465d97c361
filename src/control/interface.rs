//! The interface org.gpucam.Gpucam1 on the session bus.

use std::collections::HashMap;

use zbus::{fdo, interface, zvariant::OwnedValue};

use super::{
    answer::{self, Answer},
    request::{Remote, Request, SetValue},
    value::{number, set_value, text},
};

/// The object on the bus. Its methods wait in tasks of zbus, never in the live loop.
pub(super) struct Interface(pub(super) Remote);

fn ended() -> fdo::Error {
    fdo::Error::Failed("gpucam has ended; start it again".into())
}

impl Interface {
    async fn ask(&self, request: impl FnOnce(Answer) -> Request) -> fdo::Result<()> {
        let (answer, awaited) = answer::answer();
        self.0.ask(request(answer));
        awaited.await.map_err(fdo::Error::InvalidArgs)
    }

    async fn set_flag(&self, flag: &str, value: SetValue) -> fdo::Result<()> {
        self.ask(|answer| Request::Set(vec![(flag.into(), value)], answer)).await
    }
}

/// Controls a running gpucam.
#[interface(name = "org.gpucam.Gpucam1")]
impl Interface {
    /// Sets flags of the command line by their names without dashes: strings, numbers, booleans or lists. False is
    /// for off, an empty list takes back what was set. All of them change, or none.
    async fn set(&self, flags: HashMap<String, OwnedValue>) -> fdo::Result<()> {
        let mut values = Vec::new();
        for (flag, value) in flags {
            values.push((flag, set_value(&value)?));
        }
        self.ask(|answer| Request::Set(values, answer)).await
    }

    /// Uses a preset of the configuration files; the empty name for none.
    #[zbus(name = "SetPreset")]
    async fn choose_preset(&self, name: String) -> fdo::Result<()> {
        self.ask(|answer| Request::Preset(name, answer)).await
    }

    /// Shows the slate and closes the camera.
    fn pause(&self) -> fdo::Result<()> {
        self.0.pause(true).then_some(()).ok_or_else(ended)
    }

    /// Shows the picture again.
    fn resume(&self) -> fdo::Result<()> {
        self.0.pause(false).then_some(()).ok_or_else(ended)
    }

    /// Pauses, or resumes if it is paused. Returns whether it is paused now.
    fn toggle(&self) -> fdo::Result<bool> {
        let paused = !self.0.status().paused;
        self.0.pause(paused).then_some(paused).ok_or_else(ended)
    }

    /// Everything that the properties say, as JSON.
    fn status(&self) -> fdo::Result<String> {
        serde_json::to_string(&*self.0.status()).map_err(|error| fdo::Error::Failed(error.to_string()))
    }

    /// Reads the configuration files again. They are also read when they are saved.
    async fn reload(&self) -> fdo::Result<()> {
        self.ask(Request::Reload).await
    }

    /// Learns the room without anybody in it: the property `Room` says how far that is.
    async fn learn(&self) -> fdo::Result<()> {
        self.ask(Request::Learn).await
    }

    /// Forgets what is known of the room, and removes the file in which it is kept.
    async fn forget_room(&self) -> fdo::Result<()> {
        self.ask(Request::ForgetRoom).await
    }

    /// Ends gpucam.
    fn quit(&self) {
        self.0.quit();
    }

    /// `live`, `slate`, `idle` (the camera is closed), `paused` or `camera shutter closed`.
    #[zbus(property, name = "State")]
    fn get_state(&self) -> String {
        self.0.status().state.clone()
    }

    /// Whether the user wants the slate.
    #[zbus(property, name = "Paused")]
    fn paused(&self) -> bool {
        self.0.status().paused
    }

    #[zbus(property, name = "Paused")]
    async fn set_paused(&self, value: bool) -> fdo::Result<()> {
        self.0.pause(value).then_some(()).ok_or_else(ended)
    }

    /// The effects in order, each as after `--effect`.
    #[zbus(property, name = "Effects")]
    fn effects(&self) -> Vec<String> {
        self.0.status().effects.clone()
    }

    #[zbus(property, name = "Effects")]
    async fn set_effects(&self, value: Vec<String>) -> fdo::Result<()> {
        self.set_flag("effect", SetValue::List(value)).await
    }

    /// The preset; empty for none.
    #[zbus(property, name = "Preset")]
    fn preset(&self) -> String {
        self.0.status().preset.clone()
    }

    #[zbus(property, name = "Preset")]
    async fn set_preset(&self, value: String) -> fdo::Result<()> {
        self.ask(|answer| Request::Preset(value, answer)).await
    }

    /// The presets of the configuration files.
    #[zbus(property, name = "Presets")]
    fn presets(&self) -> Vec<String> {
        self.0.status().presets.clone()
    }

    /// The camera, as after `--camera`.
    #[zbus(property, name = "Camera")]
    fn camera(&self) -> String {
        self.0.status().camera.clone()
    }

    #[zbus(property, name = "Camera")]
    async fn set_camera(&self, value: String) -> fdo::Result<()> {
        self.set_flag("camera", text(value)).await
    }

    /// `--mirror`.
    #[zbus(property, name = "Mirror")]
    fn mirror(&self) -> bool {
        self.0.status().mirror
    }

    #[zbus(property, name = "Mirror")]
    async fn set_mirror(&self, value: bool) -> fdo::Result<()> {
        self.set_flag("mirror", SetValue::Switch(value)).await
    }

    /// `--flip`.
    #[zbus(property, name = "Flip")]
    fn flip(&self) -> bool {
        self.0.status().flip
    }

    #[zbus(property, name = "Flip")]
    async fn set_flip(&self, value: bool) -> fdo::Result<()> {
        self.set_flag("flip", SetValue::Switch(value)).await
    }

    /// `--rotate`, in degrees.
    #[zbus(property, name = "Rotate")]
    fn rotate(&self) -> i32 {
        self.0.status().rotate
    }

    #[zbus(property, name = "Rotate")]
    async fn set_rotate(&self, value: i32) -> fdo::Result<()> {
        self.set_flag("rotate", SetValue::Text(value.to_string())).await
    }

    /// `--zoom`; 1 for none.
    #[zbus(property, name = "Zoom")]
    fn zoom(&self) -> f64 {
        self.0.status().zoom
    }

    #[zbus(property, name = "Zoom")]
    async fn set_zoom(&self, value: f64) -> fdo::Result<()> {
        self.set_flag("zoom", number(value, 1.0)).await
    }

    /// `--crop`; empty for none.
    #[zbus(property, name = "Crop")]
    fn crop(&self) -> String {
        self.0.status().crop.clone()
    }

    #[zbus(property, name = "Crop")]
    async fn set_crop(&self, value: String) -> fdo::Result<()> {
        self.set_flag("crop", text(value)).await
    }

    /// `--follow`; 0 for off.
    #[zbus(property, name = "Follow")]
    fn follow(&self) -> f64 {
        self.0.status().follow
    }

    #[zbus(property, name = "Follow")]
    async fn set_follow(&self, value: f64) -> fdo::Result<()> {
        self.set_flag("follow", number(value, 0.0)).await
    }

    /// `--mask-view`; empty for none.
    #[zbus(property, name = "MaskView")]
    fn mask_view(&self) -> String {
        self.0.status().mask_view.clone()
    }

    #[zbus(property, name = "MaskView")]
    async fn set_mask_view(&self, value: String) -> fdo::Result<()> {
        self.set_flag("mask-view", text(value)).await
    }

    /// `--refine`.
    #[zbus(property, name = "Refine")]
    fn refine(&self) -> String {
        self.0.status().refine.clone()
    }

    #[zbus(property, name = "Refine")]
    async fn set_refine(&self, value: String) -> fdo::Result<()> {
        self.set_flag("refine", text(value)).await
    }

    /// `--smooth`.
    #[zbus(property, name = "Smooth")]
    fn smooth(&self) -> String {
        self.0.status().smooth.clone()
    }

    #[zbus(property, name = "Smooth")]
    async fn set_smooth(&self, value: String) -> fdo::Result<()> {
        self.set_flag("smooth", text(value)).await
    }

    /// `--learn-room`.
    #[zbus(property, name = "LearnRoom")]
    fn learn_room(&self) -> String {
        self.0.status().learn_room.clone()
    }

    #[zbus(property, name = "LearnRoom")]
    async fn set_learn_room(&self, value: String) -> fdo::Result<()> {
        self.set_flag("learn-room", text(value)).await
    }

    /// Whether the room is learnt: `on`, `off`, or how far `Learn` is.
    #[zbus(property, name = "Room")]
    fn room(&self) -> String {
        self.0.status().room.clone()
    }

    /// `--keep-room`.
    #[zbus(property, name = "KeepRoom")]
    fn keep_room(&self) -> bool {
        self.0.status().keep_room
    }

    #[zbus(property, name = "KeepRoom")]
    async fn set_keep_room(&self, value: bool) -> fdo::Result<()> {
        self.set_flag("keep-room", SetValue::Switch(value)).await
    }

    /// The file in which the room is kept; empty while there is none.
    #[zbus(property, name = "RoomFile")]
    fn room_file(&self) -> String {
        self.0.status().room_file.clone()
    }

    /// `--exposure`.
    #[zbus(property, name = "Exposure")]
    fn exposure(&self) -> String {
        self.0.status().exposure.clone()
    }

    #[zbus(property, name = "Exposure")]
    async fn set_exposure(&self, value: String) -> fdo::Result<()> {
        self.set_flag("exposure", text(value)).await
    }

    /// `--look`.
    #[zbus(property, name = "Look")]
    fn look(&self) -> String {
        self.0.status().look.clone()
    }

    #[zbus(property, name = "Look")]
    async fn set_look(&self, value: String) -> fdo::Result<()> {
        self.set_flag("look", text(value)).await
    }

    /// `--people`.
    #[zbus(property, name = "People")]
    fn people(&self) -> String {
        self.0.status().people.clone()
    }

    #[zbus(property, name = "People")]
    async fn set_people(&self, value: String) -> fdo::Result<()> {
        self.set_flag("people", text(value)).await
    }

    /// `--quality`.
    #[zbus(property, name = "Quality")]
    fn quality(&self) -> String {
        self.0.status().quality.clone()
    }

    #[zbus(property, name = "Quality")]
    async fn set_quality(&self, value: String) -> fdo::Result<()> {
        self.set_flag("quality", text(value)).await
    }

    /// `--light`.
    #[zbus(property, name = "Light")]
    fn light(&self) -> String {
        self.0.status().light.clone()
    }

    #[zbus(property, name = "Light")]
    async fn set_light(&self, value: String) -> fdo::Result<()> {
        self.set_flag("light", text(value)).await
    }

    /// `--denoise`.
    #[zbus(property, name = "Denoise")]
    fn denoise(&self) -> String {
        self.0.status().denoise.clone()
    }

    #[zbus(property, name = "Denoise")]
    async fn set_denoise(&self, value: String) -> fdo::Result<()> {
        self.set_flag("denoise", text(value)).await
    }

    /// `--threshold`; empty for none.
    #[zbus(property, name = "Threshold")]
    fn threshold(&self) -> String {
        self.0.status().threshold.clone()
    }

    #[zbus(property, name = "Threshold")]
    async fn set_threshold(&self, value: String) -> fdo::Result<()> {
        self.set_flag("threshold", text(value)).await
    }

    /// `--grow`; negative for `--shrink`.
    #[zbus(property, name = "Grow")]
    fn grow(&self) -> f64 {
        self.0.status().grow
    }

    #[zbus(property, name = "Grow")]
    async fn set_grow(&self, value: f64) -> fdo::Result<()> {
        let flags = [("grow", value.max(0.0)), ("shrink", (-value).max(0.0))];
        let flags = flags.map(|(flag, pixels)| (flag.into(), number(pixels, 0.0))).into();
        self.ask(|answer| Request::Set(flags, answer)).await
    }

    /// `--feather`.
    #[zbus(property, name = "Feather")]
    fn feather(&self) -> f64 {
        self.0.status().feather
    }

    #[zbus(property, name = "Feather")]
    async fn set_feather(&self, value: f64) -> fdo::Result<()> {
        self.set_flag("feather", number(value, 0.0)).await
    }

    /// `--islands`, in percent.
    #[zbus(property, name = "Islands")]
    fn islands(&self) -> f64 {
        self.0.status().islands
    }

    #[zbus(property, name = "Islands")]
    async fn set_islands(&self, value: f64) -> fdo::Result<()> {
        self.set_flag("islands", number(value, 0.0)).await
    }

    /// Frames a second from the camera.
    #[zbus(property, name = "FpsIn")]
    fn fps_in(&self) -> f64 {
        self.0.status().fps_in
    }

    /// Frames a second to the outputs.
    #[zbus(property, name = "FpsOut")]
    fn fps_out(&self) -> f64 {
        self.0.status().fps_out
    }

    /// Milliseconds to process the last frame.
    #[zbus(property, name = "Work")]
    fn work(&self) -> f64 {
        self.0.status().work
    }

    /// Median milliseconds from capture to output.
    #[zbus(property, name = "LatencyP50")]
    fn latency_p50(&self) -> f64 {
        self.0.status().latency_p50
    }

    /// Their 95th percentile.
    #[zbus(property, name = "LatencyP95")]
    fn latency_p95(&self) -> f64 {
        self.0.status().latency_p95
    }

    /// Frames that were not processed, since the start.
    #[zbus(property, name = "Dropped")]
    fn dropped(&self) -> u64 {
        self.0.status().dropped
    }

    /// Frames that were shown, since the start.
    #[zbus(property, name = "Shown")]
    fn shown(&self) -> u64 {
        self.0.status().shown
    }

    /// What is given up while frames take longer than the camera allows; empty if nothing is.
    #[zbus(property, name = "GivenUp")]
    fn given_up(&self) -> String {
        self.0.status().given_up.clone()
    }

    /// Why, in a sentence.
    #[zbus(property, name = "GivenUpWhy")]
    fn given_up_why(&self) -> String {
        self.0.status().given_up_why.clone()
    }

    /// Programs that watch.
    #[zbus(property, name = "Consumers")]
    fn consumers(&self) -> u32 {
        self.0.status().consumers
    }

    /// Size of the output's frames.
    #[zbus(property, name = "Size")]
    fn size(&self) -> String {
        self.0.status().size.clone()
    }

    /// The outputs.
    #[zbus(property, name = "Outputs")]
    fn outputs(&self) -> Vec<String> {
        self.0.status().outputs.clone()
    }

    /// The model: its name, or its file.
    #[zbus(property, name = "Model")]
    fn model(&self) -> String {
        self.0.status().model.clone()
    }

    /// What runs it.
    #[zbus(property, name = "Engine")]
    fn engine(&self) -> String {
        self.0.status().engine.clone()
    }

    /// The GPU; empty while none is open.
    #[zbus(property, name = "Adapter")]
    fn adapter(&self) -> String {
        self.0.status().adapter.clone()
    }

    /// Process ID.
    #[zbus(property, name = "Pid")]
    fn pid(&self) -> u32 {
        self.0.status().pid
    }

    /// gpucam's version.
    #[zbus(property, name = "Version")]
    fn version(&self) -> String {
        self.0.status().version.clone()
    }
}
