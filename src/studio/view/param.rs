//! A row for one parameter, made from its declaration: a slider, a choice, a colour well or a file.

use std::path::Path;

use eframe::egui::{self, Align, Layout, Response, RichText, Ui};

use crate::{
    effects::{ParamType, ParamValue},
    studio::choice::{capitalised, decimals, rounded},
};

/// Width of the names before the widgets.
pub const NAMES: f32 = 92.0;

/// A row: a name, and the widget that `add` adds. Screen readers read the name with the widget.
pub fn row(ui: &mut Ui, name: &str, summary: &str, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.horizontal(|ui| {
        let height = ui.spacing().interact_size.y;
        let label = ui.allocate_ui_with_layout(
            egui::vec2(NAMES, height),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_width(NAMES);
                ui.add(egui::Label::new(RichText::new(capitalised(name)).weak()).truncate())
            },
        );
        // The number beside a slider has its place too.
        ui.spacing_mut().slider_width = (ui.available_width() - 58.0).clamp(60.0, 200.0);
        let label = if summary.is_empty() { label.inner } else { label.inner.on_hover_text(summary) };
        add(ui).labelled_by(label.id)
    })
    .inner
}

/// A slider in its row. True if it was moved.
pub fn number(ui: &mut Ui, name: &str, summary: &str, value: &mut f64, range: (f64, f64)) -> bool {
    let mut shown = *value;
    // A value that was typed elsewhere may have more digits than the slider shows, or lie beside its range: it stays until
    // a hand moves it.
    let slider = egui::Slider::new(&mut shown, range.0..=range.1)
        .max_decimals(decimals(range))
        .clamping(egui::SliderClamping::Edits);
    let response = row(ui, name, summary, |ui| ui.add(slider));
    let shown = rounded(shown, range);
    // The number beside the slider writes what it shows when it loses the focus, typed or not.
    let step = 10f64.powi(-(decimals(range) as i32));
    let is_kept = response.lost_focus() && (shown - value.clamp(range.0, range.1)).abs() < step;
    response.changed() && !is_kept && std::mem::replace(value, shown) != shown
}

/// One of a few words. True if another one was chosen.
pub fn choice<'w>(ui: &mut Ui, name: &str, summary: &str, chosen: &mut &'w str, words: &[&'w str]) -> bool {
    let before = *chosen;
    row(ui, name, summary, |ui| {
        egui::ComboBox::from_id_salt((name, words.len()))
            .selected_text(capitalised(chosen))
            .show_ui(ui, |ui| {
                for word in words {
                    ui.selectable_value(chosen, *word, capitalised(word));
                }
            })
            .response
    });
    *chosen != before
}

/// The row of a parameter. True if its value changed.
pub fn show(ui: &mut Ui, name: &str, summary: &str, ty: ParamType, value: &mut Option<ParamValue>) -> bool {
    match (ty, value) {
        (ParamType::Number { range, .. }, Some(ParamValue::Number(value))) => {
            number(ui, name, summary, value, range)
        }
        // An effect that is on or off.
        (ParamType::Choice(words @ (["off", "on"] | ["no", "yes"])), Some(ParamValue::Choice(word))) => {
            let mut on = *word == words[1];
            let changed = row(ui, name, summary, |ui| ui.checkbox(&mut on, "")).changed();
            *word = words[usize::from(on)];
            changed
        }
        (ParamType::Choice(words), Some(ParamValue::Choice(word))) => choice(ui, name, summary, word, words),
        (ParamType::Colour { .. }, Some(ParamValue::Colour(colour))) => {
            let before = *colour;
            row(ui, name, summary, |ui| {
                let well = egui::color_picker::color_edit_button_srgb(ui, colour);
                let [r, g, b] = *colour;
                ui.label(RichText::new(format!("#{r:02x}{g:02x}{b:02x}")).monospace());
                well
            });
            *colour != before
        }
        (ParamType::File, value) => file(ui, name, summary, value),
        // A value of another type than the parameter's does not exist.
        _ => false,
    }
}

/// A file by its path: typed, or dropped onto the window.
fn file(ui: &mut Ui, name: &str, summary: &str, value: &mut Option<ParamValue>) -> bool {
    let known = value.as_ref().map(ToString::to_string).unwrap_or_default();
    let id = ui.scope_id().with(("file", name));
    // What is being typed; the value follows when it is finished.
    let mut text: String = ui.data_mut(|data| data.get_temp(id)).unwrap_or_else(|| known.clone());
    let width = ui.available_width() - NAMES - 2.0 * ui.spacing().item_spacing.x;
    let edit = egui::TextEdit::singleline(&mut text)
        .hint_text("path, or drop a file here")
        .desired_width(width.max(60.0));
    let response = row(ui, name, summary, |ui| ui.add(edit)).on_hover_text(&known);
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
        return false;
    }
    ui.data_mut(|data| data.remove::<String>(id));
    if !response.lost_focus() || text == known {
        return false;
    }
    let Some(file) = ParamType::File.parse(text.trim()) else { return false };
    let whole = match &file {
        ParamValue::File(path) => std::path::absolute(path).unwrap_or_else(|_| Path::new(path).into()),
        _ => return false,
    };
    *value = Some(ParamValue::File(whole));
    true
}
