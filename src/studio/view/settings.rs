//! Mask, frame and input: what is set besides the effects.

use clap::ValueEnum;
use eframe::egui::{self, CollapsingHeader, RichText, Ui};

use super::param::{number, row};
use crate::{
    Size,
    frame::geometry::{Cut, FOLLOW, ZOOM},
    studio::{
        choice::capitalised,
        settings::Input,
        state::{Action, StudioState},
    },
    video::Fps,
};

/// Shows the groups.
pub fn show(ui: &mut Ui, state: &mut StudioState) {
    group(ui, "Mask and edge", |ui| mask(ui, state));
    group(ui, "Frame", |ui| frame(ui, state));
    group(ui, "Camera and GPU", |ui| input(ui, state));
}

fn group(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    ui.separator();
    CollapsingHeader::new(RichText::new(name).strong()).default_open(false).show_unindented(ui, add);
}

/// A choice among the values of a type that the command line knows too.
fn choice<T: ValueEnum + PartialEq + Copy>(ui: &mut Ui, name: &str, summary: &str, value: &mut T) {
    let word = |value: &T| {
        let known = value.to_possible_value();
        known.map_or(String::new(), |known| capitalised(known.get_name()))
    };
    let selected = word(value);
    row(ui, name, summary, |ui| {
        egui::ComboBox::from_id_salt(name)
            .selected_text(selected)
            .show_ui(ui, |ui| {
                for other in T::value_variants() {
                    let help =
                        other.to_possible_value().and_then(|known| known.get_help().map(ToString::to_string));
                    let entry = ui.selectable_value(value, *other, word(other));
                    help.into_iter().for_each(|help| drop(entry.clone().on_hover_text(help)));
                }
            })
            .response
    });
}

fn toggle(ui: &mut Ui, name: &str, summary: &str, on: &mut bool) -> bool {
    row(ui, name, summary, |ui| ui.checkbox(on, "")).changed()
}

fn mask(ui: &mut Ui, state: &mut StudioState) {
    let picture = &mut state.picture;
    choice(ui, "refine", "How the model's mask is fitted to the edges in the frame", &mut picture.refine);
    choice(ui, "smooth", "Whether the mask is stabilised from frame to frame", &mut picture.smooth);
    let summary = "Whether the room is learnt where nobody is, for an exact mask";
    choice(ui, "learn room", summary, &mut picture.learn_room);
    choice(ui, "exposure", "Whether a dark frame is brightened for the model", &mut picture.exposure);
    choice(ui, "people", "Who is the person, where several people are in the picture", &mut picture.people);
    choice(ui, "light", "Whether the picture is lit for the person", &mut picture.light);
    choice(ui, "denoise", "Whether the camera's noise is taken out of the picture", &mut picture.denoise);
    choice(ui, "look", "Whether a second model looks at the person alone", &mut picture.look);
    choice(ui, "quality", "How much quality to give up for speed", &mut picture.quality);
    let shape = &mut picture.shape;
    number(
        ui,
        "grow",
        "Pixels of a 720p frame to grow the person by; less than 0 shrinks",
        &mut shape.grow,
        (-20.0, 20.0),
    );
    number(ui, "feather", "Softness of the edge in pixels of a 720p frame", &mut shape.feather, (0.0, 10.0));
    let mut percent = 100.0 * shape.islands;
    if number(
        ui,
        "islands",
        "Parts smaller than this share of the frame, in percent, are removed",
        &mut percent,
        (0.0, 10.0),
    ) {
        shape.islands = percent / 100.0;
    }
    let (mut low, mut high) = shape.threshold;
    let moved_low = number(ui, "low", "Alpha up to here becomes background", &mut low, (0.0, 0.98));
    let moved_high = number(ui, "high", "Alpha from here on becomes person", &mut high, (0.02, 1.0));
    if moved_low || moved_high {
        // The one that was moved pushes the other, which else stays as it is.
        let step = |v: f64| ((v * 100.0).round() / 100.0).clamp(0.0, 1.0);
        shape.threshold = match moved_low {
            true => (step(low), high.max(step(low + 0.02))),
            false => (low.min(step(high - 0.02)), step(high)),
        };
    }
}

fn frame(ui: &mut Ui, state: &mut StudioState) {
    let geometry = &mut state.picture.geometry;
    toggle(ui, "mirror", "Swap left and right", &mut geometry.mirror);
    toggle(ui, "flip", "Swap top and bottom", &mut geometry.flip);
    choice(ui, "rotate", "Degrees to turn the picture clockwise", &mut geometry.rotate);
    let mut zoom = if let Cut::Zoom(zoom) = geometry.cut { zoom } else { 1.0 };
    if number(ui, "zoom", "Enlarge the middle", &mut zoom, ZOOM) {
        geometry.cut = if zoom > 1.0 { Cut::Zoom(zoom) } else { Cut::Whole };
    }
    let mut crop = if let Cut::Crop(crop) = geometry.cut { Some(crop) } else { None };
    if text(ui, "crop", "The part to show: 640x360+320+0, or 640x360 for the middle", &mut crop) {
        geometry.cut = crop.map_or(Cut::Whole, Cut::Crop);
    }
    let mut follows = geometry.follow.is_some();
    if toggle(ui, "follow", "Keep the person in the middle", &mut follows) {
        geometry.follow = follows.then_some(1.5);
    }
    if let Some(factor) = &mut geometry.follow {
        number(ui, "closest", "How much the person may be enlarged", factor, FOLLOW);
    }
    text(
        ui,
        "output size",
        "Size of the frame, such as 1280x720; empty for the camera's",
        &mut geometry.size,
    );
}

/// A value that is typed, or nothing. True if it changed. What cannot be read stays in the field and changes nothing.
fn text<T: std::str::FromStr + ToString + PartialEq + Clone>(
    ui: &mut Ui,
    name: &str,
    summary: &str,
    value: &mut Option<T>,
) -> bool {
    let id = ui.scope_id().with(("text", name));
    let known = value.as_ref().map(T::to_string).unwrap_or_default();
    let mut typed: String = ui.data_mut(|data| data.get_temp(id)).unwrap_or_else(|| known.clone());
    let parsed: Option<Option<T>> =
        if typed.trim().is_empty() { Some(None) } else { typed.trim().parse().ok().map(Some) };
    let colour = parsed.is_none().then(|| ui.visuals().error_fg_color);
    let edit = egui::TextEdit::singleline(&mut typed).desired_width(132.0).text_color_opt(colour);
    let response = row(ui, name, summary, |ui| ui.add(edit));
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, typed));
        return false;
    }
    if !response.lost_focus() {
        return false;
    }
    let Some(parsed) = parsed else { return false };
    ui.data_mut(|data| data.remove::<String>(id));
    std::mem::replace(value, parsed.clone()) != parsed
}

fn input(ui: &mut Ui, state: &mut StudioState) {
    let mut size = state.source.size;
    if sizes(ui, &mut size) {
        state.source.size = size;
    }
    let mut fps = state.source.fps;
    rates(ui, &mut fps);
    state.source.fps = fps;
    if let Input::File(path) = &state.source.input {
        let mut file = Some(path.to_string_lossy().into_owned());
        if text(ui, "file", "testcard, a picture, or any video that ffmpeg reads", &mut file)
            && let Some(file) = file
        {
            state.source.input = Input::File(file.into());
        }
    }
    let name = state.adapter_name.clone();
    row(ui, "adapter", "The GPU; another one opens the window again", |ui| {
        egui::ComboBox::from_id_salt("adapter")
            .selected_text(&name)
            .truncate()
            .width(180.0)
            .show_ui(ui, |ui| {
                for (index, other) in state.adapters.iter().enumerate() {
                    if ui.selectable_label(*other == name, other).clicked() && *other != name {
                        state.actions.push(Action::Adapter(Some(index.to_string())));
                    }
                }
            })
            .response
    });
}

/// Sizes that cameras have.
const SIZES: [Size; 4] =
    [Size::new(640, 360), Size::new(640, 480), Size::new(1280, 720), Size::new(1920, 1080)];

fn sizes(ui: &mut Ui, size: &mut Option<Size>) -> bool {
    let before = *size;
    let name = |size: Option<Size>| size.map_or("Default".into(), |size| size.to_string());
    row(ui, "size", "The size to ask of the camera", |ui| {
        egui::ComboBox::from_id_salt("size")
            .selected_text(name(*size))
            .show_ui(ui, |ui| {
                for other in [None].into_iter().chain(SIZES.map(Some)) {
                    ui.selectable_value(size, other, name(other));
                }
            })
            .response
    });
    *size != before
}

fn rates(ui: &mut Ui, fps: &mut Option<Fps>) {
    let name = |fps: Option<Fps>| fps.map_or("Default".into(), |fps| format!("{fps} a second"));
    row(ui, "rate", "The rate to ask of the camera", |ui| {
        egui::ComboBox::from_id_salt("rate")
            .selected_text(name(*fps))
            .show_ui(ui, |ui| {
                for other in [None].into_iter().chain([15, 24, 30, 60].map(|rate| Fps::new(rate, 1))) {
                    ui.selectable_value(fps, other, name(other));
                }
            })
            .response
    });
}
