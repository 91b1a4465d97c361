//! The window: a function of the state, which it also changes.
//!
//! ```text
//! ┌ bar: input, views, what is done with the picture ┐
//! ├──────────────────────────────┬───────────────────┤
//! │ picture                      │ effects           │
//! ├──────────────────────────────┤ mask, frame, …    │
//! │ cards                        │                   │
//! ├──────────────────────────────┴───────────────────┤
//! │ plot                                             │
//! └ rate, time, adapter ─────────────────────────────┘
//! ```

mod bar;
mod cards;
mod effects;
mod icon;
mod param;
mod picture;
mod plot;
mod settings;
pub mod theme;

use eframe::egui::{self, CentralPanel, Frame, Margin, Panel, ScrollArea, Ui};

use super::state::StudioState;

/// Width of the settings.
const SETTINGS: f32 = 312.0;

/// Shows everything.
pub fn show(ui: &mut Ui, state: &mut StudioState) {
    let fill = ui.visuals().panel_fill;
    let frame = |x: i8, y: i8| Frame::new().fill(fill).inner_margin(Margin::symmetric(x, y));
    Panel::top("bar").frame(frame(12, 8)).show(ui, |ui| bar::top(ui, state));
    Panel::bottom("status").frame(frame(12, 5)).show(ui, |ui| bar::bottom(ui, state));
    if state.plot {
        Panel::bottom("plot")
            .frame(frame(12, 8))
            .exact_size(plot::HEIGHT)
            .show(ui, |ui| plot::show(ui, state));
    }
    Panel::right("settings").frame(frame(0, 0)).exact_size(SETTINGS).resizable(false).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            Frame::new().inner_margin(Margin::symmetric(12, 10)).show(ui, |ui| {
                ui.set_width(ui.available_width());
                cards::faults(ui, state);
                effects::show(ui, state);
                settings::show(ui, state);
            });
        });
    });
    Panel::bottom("cards")
        .frame(frame(12, 6))
        .exact_size(cards::HEIGHT)
        .show_separator_line(false)
        .show(ui, |ui| cards::show(ui, state));
    CentralPanel::no_frame()
        .frame(Frame::new().fill(fill).inner_margin(Margin { left: 12, right: 12, top: 10, bottom: 4 }))
        .show(ui, |ui| picture::show(ui, state));
    bar::preset(ui, state);
    drop_hint(ui);
}

/// What happens with a file that is held over the window.
fn drop_hint(ui: &Ui) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let rect = ui.ctx().content_rect();
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(rect, 0.0, egui::Color32::from_black_alpha(170));
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        "Drop a picture, a video or a shader",
        egui::FontId::proportional(22.0),
        egui::Color32::WHITE,
    );
}
