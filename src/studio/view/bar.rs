//! The bar above the picture and the line below everything.

use eframe::egui::{self, Align, Button, Key, Layout, RichText, Role, Ui, WidgetInfo};

use super::{effects::sign, icon::Icon, theme};
use crate::studio::{
    flags::quoted,
    message::Place,
    preferences::Theme,
    settings::{Input, MaskView},
    state::{Action, StudioState},
};

/// The input and the views on the left, what is done with the picture on the right.
pub fn top(ui: &mut Ui, state: &mut StudioState) {
    ui.horizontal(|ui| {
        input(ui, state);
        ui.separator();
        for view in MaskView::ALL {
            let hover = match view {
                MaskView::Picture => "The picture that others see",
                MaskView::Mask => "How much of each pixel is person",
                MaskView::Overlay => "What counts as background, in red",
            };
            let is_chosen = state.view == view;
            let response = ui.selectable_label(is_chosen, view.name()).on_hover_text(hover);
            let name = format!("View: {}", view.name());
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
            if response.clicked() {
                state.view = view;
            }
        }
        ui.separator();
        let split = ui
            .selectable_label(state.split.is_some(), "Before / after")
            .on_hover_text("A line to drag between the camera's picture and yours");
        if split.clicked() {
            state.split = if state.split.is_some() { None } else { Some(0.5) };
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| actions(ui, state));
    });
}

fn input(ui: &mut Ui, state: &mut StudioState) {
    let name = match &state.source.input {
        Input::Camera(typed) => {
            let known = state.cameras.iter().find(|(path, _)| Some(path) == typed.as_ref());
            let first = state.cameras.first().filter(|_| typed.is_none());
            known.or(first).map(|(_, name)| name.clone()).or(typed.clone()).unwrap_or("Camera".into())
        }
        Input::Running(_) => "What gpucam shows".into(),
        Input::File(path) if path.as_os_str() == "testcard" => "Test card".into(),
        Input::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    };
    let response =
        egui::ComboBox::from_id_salt("input").selected_text(name).width(150.0).truncate().show_ui(ui, |ui| {
            let mut chosen = None;
            for (path, name) in &state.cameras {
                let input = Input::Camera(Some(path.clone()));
                if ui.selectable_label(state.source.input == input, name).on_hover_text(path).clicked() {
                    chosen = Some(input);
                }
            }
            if let Some(output) = state.service.as_ref().and_then(|service| service.output.clone()) {
                let input = Input::Running(output);
                let response = ui.selectable_label(state.source.input == input, "What gpucam shows");
                if response
                    .on_hover_text("What you change is shown at once by the gpucam that runs")
                    .clicked()
                {
                    chosen = Some(input);
                }
            }
            if state.cameras.is_empty() {
                ui.label(RichText::new("No camera found").weak());
            }
            let card = Input::File("testcard".into());
            if ui.selectable_label(state.source.input == card, "Test card").clicked() {
                chosen = Some(card);
            }
            if ui.button("Look for cameras again").clicked() {
                state.actions.push(Action::Cameras);
            }
            if let Some(input) = chosen {
                state.source.input = input;
                state.faults.remove(&Place::Source);
            }
        });
    response.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Camera or file"));
}

fn actions(ui: &mut Ui, state: &mut StudioState) {
    let dark = ui.visuals().dark_mode;
    let accent = theme::accent(dark);
    let text = RichText::new("Use now").color(if dark { egui::Color32::BLACK } else { egui::Color32::WHITE });
    let hover = match &state.service {
        Some(service) => format!("Show this in the gpucam that runs ({})", service.line),
        None => "Show this in the gpucam that runs; none does at the moment".into(),
    };
    if ui.add(Button::new(text).fill(accent)).on_hover_text(hover).clicked() {
        state.actions.push(Action::UseNow);
    }
    if ui.button("Save").on_hover_text("Save all this as a preset of your configuration").clicked() {
        state.preset = Some(state.preset.take().unwrap_or_default());
    }
    if ui.button("Copy").on_hover_text("Copy the command that does the same").clicked() {
        let line = state.command_line();
        state.actions.push(Action::Copy(line));
    }
    let (icon, next, name) = match state.preferences.theme {
        Theme::System => (Icon::Half, Theme::Light, "Light and dark as the desktop; press for light"),
        Theme::Light => (Icon::Sun, Theme::Dark, "Light; press for dark"),
        Theme::Dark => (Icon::Moon, Theme::System, "Dark; press for what the desktop has"),
    };
    if sign(ui, icon, name, true) {
        state.preferences.theme = next;
        state.preferences.save();
    }
}

/// The name of a preset to be saved.
pub fn preset(ui: &mut Ui, state: &mut StudioState) {
    let Some(mut name) = state.preset.clone() else { return };
    let mut is_open = true;
    let modal = egui::Modal::new(egui::Id::unique("preset")).show(ui.ctx(), |ui| {
        ui.set_width(300.0);
        ui.heading("Save as preset");
        let label = ui.label(RichText::new("Name").weak());
        let edit =
            ui.add(egui::TextEdit::singleline(&mut name).hint_text("beach").desired_width(f32::INFINITY));
        let edit = edit.labelled_by(label.id);
        if ui.memory(|memory| memory.focused().is_none()) {
            edit.request_focus();
        }
        let trimmed = name.trim().to_owned();
        if !trimmed.is_empty() {
            let line = format!("gpucam --preset {} shows it later.", quoted(&trimmed));
            ui.label(RichText::new(line).weak().small());
        }
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let save = ui.add_enabled(!trimmed.is_empty(), Button::new("Save preset")).clicked();
            if !trimmed.is_empty() && (save || entered) {
                state.actions.push(Action::SavePreset(trimmed));
                is_open = false;
            }
            if ui.button("Cancel").clicked() {
                is_open = false;
            }
        });
    });
    is_open &= !modal.should_close();
    state.preset = is_open.then_some(name);
}

/// Rate, time and adapter, and the switch of the plot.
pub fn bottom(ui: &mut Ui, state: &mut StudioState) {
    ui.horizontal(|ui| {
        let plot = ui.selectable_label(state.plot, "Frame time").on_hover_text("What each pass takes");
        if plot.clicked() {
            state.plot = !state.plot;
        }
        let mut parts = Vec::new();
        if let Some(shown) = state.shown {
            parts.push(format!("{}x{}", shown.size[0], shown.size[1]));
            parts.extend(state.history.rate().map(|rate| format!("{rate:.0} frames a second")));
            parts.extend(state.history.median().map(|ms| format!("{ms:.1} ms each")));
        }
        ui.label(RichText::new(parts.join("  ·  ")).weak());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(&state.adapter_name).weak()).truncate());
            if let Some((done, _)) = &state.done {
                let text = RichText::new(done).color(theme::accent(ui.visuals().dark_mode));
                ui.add(egui::Label::new(text).truncate()).on_hover_text(done);
            }
        });
    });
}
