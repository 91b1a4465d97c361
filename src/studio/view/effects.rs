//! The effects that are drawn, in order, each with its parameters.

use eframe::egui::{self, Align, Button, Color32, Layout, RichText, Role, Ui, Vec2, WidgetInfo};

use super::{icon::Icon, param};
use crate::{
    effects::ParamValue,
    studio::{
        choice::EffectChoice,
        message::Place,
        state::{Action, StudioState},
    },
};

/// What is to be done with one of them.
enum Move {
    Up(usize),
    Down(usize),
    Remove(usize),
}

/// Shows all of them.
pub fn show(ui: &mut Ui, state: &mut StudioState) {
    let mut moved = None;
    let count = state.effects.len();
    let mut used = None;
    for index in 0..count {
        ui.push_id(("effect", index), |ui| {
            let frame = egui::Frame::new()
                .fill(ui.visuals().faint_bg_color)
                .corner_radius(8)
                .inner_margin(egui::Margin::symmetric(10, 8));
            frame.show(ui, |ui| {
                ui.set_width(ui.available_width());
                if let Some(wish) = header(ui, &state.effects[index], index, count) {
                    moved = Some(wish);
                }
                if body(ui, state, index) {
                    used = Some(index);
                }
            });
        });
    }
    if count == 0 {
        ui.label(RichText::new("The picture as it is. Choose an effect below it.").weak());
    }
    fault(ui, state, &Place::Effects);
    if let Some(index) = used {
        state.effects[index].read_shader();
        let choice = state.effects[index].clone();
        state.remember(&choice);
    }
    match moved {
        Some(Move::Up(index)) => state.effects.swap(index, index - 1),
        Some(Move::Down(index)) => state.effects.swap(index, index + 1),
        Some(Move::Remove(index)) => drop(state.effects.remove(index)),
        None => {}
    }
}

/// A small button with a sign on it, and a name for screen readers.
pub fn sign(ui: &mut Ui, icon: Icon, name: &str, enabled: bool) -> bool {
    let button = Button::new("").min_size(Vec2::splat(26.0)).frame_when_inactive(false);
    let response = ui.add_enabled(enabled, button).on_hover_text(name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let colour = if enabled { ui.visuals().text_color() } else { ui.visuals().weak_text_color() };
    let colour = if enabled { colour } else { colour.gamma_multiply(0.4) };
    icon.paint(ui.painter(), response.rect.center(), 5.0, colour);
    response.clicked()
}

/// What is wrong at a place, if anything is.
pub fn fault(ui: &mut Ui, state: &StudioState, place: &Place) {
    if let Some(sentence) = state.faults.get(place) {
        let colour = ui.visuals().error_fg_color;
        ui.add(egui::Label::new(RichText::new(sentence).color(colour)).wrap());
    }
}

fn header(ui: &mut Ui, choice: &EffectChoice, index: usize, count: usize) -> Option<Move> {
    let label = choice.label();
    let mut wish = None;
    ui.horizontal(|ui| {
        ui.add(egui::Label::new(RichText::new(&label).strong()).truncate())
            .on_hover_text(choice.spec.summary);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            if sign(ui, Icon::Remove, &format!("Remove {label}"), true) {
                wish = Some(Move::Remove(index));
            }
            if count > 1 {
                if sign(ui, Icon::Down, &format!("Draw {label} later"), index + 1 < count) {
                    wish = Some(Move::Down(index));
                }
                if sign(ui, Icon::Up, &format!("Draw {label} earlier"), index > 0) {
                    wish = Some(Move::Up(index));
                }
            }
        });
    });
    wish
}

/// The parameters. True if a file was chosen.
fn body(ui: &mut Ui, state: &mut StudioState, index: usize) -> bool {
    let shader = state.effects[index].shader().cloned();
    let mut has_file = false;
    let choice = &mut state.effects[index];
    for (parameter, value) in choice.spec.parameters.iter().zip(&mut choice.values) {
        let changed = param::show(ui, parameter.name, parameter.summary, parameter.ty, value);
        has_file |= changed && matches!(value, Some(ParamValue::File(_)));
    }
    for declared in &mut choice.declared {
        let mut value = Some(declared.value.clone());
        if param::show(ui, &declared.name, &declared.summary, declared.ty, &mut value) {
            declared.value = value.unwrap_or_else(|| declared.value.clone());
        }
    }
    if choice.takes_file() && choice.file().is_none() {
        let what = RichText::new("It is drawn once it has a file.").weak();
        ui.label(what);
    }
    if let Some(path) = shader {
        ui.horizontal(|ui| {
            if ui.button("Open in editor").clicked() {
                state.actions.push(Action::Edit(path.clone()));
            }
            ui.label(RichText::new("Saved changes show at once.").weak().small());
        });
        shader_fault(ui, state, &Place::Shader(path));
    }
    has_file
}

/// The fault of a shader with the line that it is about.
fn shader_fault(ui: &mut Ui, state: &StudioState, place: &Place) {
    let (Some(sentence), Place::Shader(path)) = (state.faults.get(place), place) else { return };
    let colour = ui.visuals().error_fg_color;
    let start = format!("{}:", path.display());
    let rest = sentence.strip_prefix(&start).unwrap_or(sentence);
    let (number, column, what) = place_of(rest);
    let what = if number.is_some() { what } else { sentence.as_str() };
    let frame = egui::Frame::new()
        .fill(Color32::from_rgba_unmultiplied(colour.r(), colour.g(), colour.b(), 24))
        .corner_radius(6)
        .inner_margin(8);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        if let Some(number) = number {
            ui.label(RichText::new(format!("Line {number}")).color(colour).strong());
            if let Some(line) = line(path, number) {
                code(ui, &line, column, colour);
            }
        }
        ui.add(egui::Label::new(RichText::new(what).color(colour)).wrap());
    });
}

/// A line of a shader, and below it where the fault is.
fn code(ui: &mut Ui, line: &str, column: Option<usize>, colour: Color32) {
    /// Characters that there is room for before the fault.
    const BEFORE: usize = 22;
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let at = column.unwrap_or(1).saturating_sub(1).max(indent);
    let start = indent.max(at.saturating_sub(BEFORE));
    let shown: String = line.trim_end().chars().skip(start).collect();
    let label = egui::Label::new(RichText::new(&shown).monospace()).truncate();
    let label = ui.add(label).on_hover_text(line.trim());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, line.trim()));
    if column.is_some() {
        let caret = format!("{}^", " ".repeat(at - start));
        ui.label(RichText::new(caret).monospace().color(colour));
    }
}

/// `LINE:COLUMN: WHAT`
fn place_of(text: &str) -> (Option<usize>, Option<usize>, &str) {
    let Some((line, rest)) = text.split_once(':') else { return (None, None, text) };
    let Ok(line) = line.parse() else { return (None, None, text) };
    match rest.split_once(':') {
        Some((column, what)) if column.parse::<usize>().is_ok() => {
            (Some(line), column.parse().ok(), what.trim_start())
        }
        _ => (Some(line), None, rest.trim_start()),
    }
}

fn line(path: &std::path::Path, number: usize) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().nth(number.checked_sub(1)?).map(str::to_owned)
}
