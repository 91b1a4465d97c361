//! The plot of frame times over the last seconds: what each pass takes, one on the other, and the frame's budget.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, FontId, Mesh, Rect, RichText, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use super::theme::PASSES;
use crate::studio::{
    history::{SHOWN, SPAN},
    state::StudioState,
};

/// Height of the plot and its legend.
pub const HEIGHT: f32 = 168.0;
/// Width of the legend.
const LEGEND: f32 = 236.0;

/// Shows the plot.
pub fn show(ui: &mut Ui, state: &StudioState) {
    let interval = state.shown.map_or(1000.0 / 30.0, |shown| shown.interval);
    let means = state.history.means();
    let named: Vec<&str> = means.iter().take(SHOWN).map(|(name, _)| name.as_str()).collect();
    ui.horizontal_top(|ui| {
        let width = (ui.available_width() - LEGEND - 16.0).max(80.0);
        let (rect, response) = ui.allocate_exact_size(vec2(width, ui.available_height()), Sense::hover());
        let total: f32 = means.iter().map(|(_, ms)| ms).sum();
        let share = 100.0 * total / interval;
        let sentence =
            format!("Frame time by pass: {total:.1} of {interval:.1} milliseconds, {share:.0} percent");
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
        plot(ui, state, rect, &named, interval);
        ui.vertical(|ui| {
            ui.set_width(LEGEND);
            legend(ui, state, &means, interval);
        });
    });
}

fn plot(ui: &Ui, state: &StudioState, rect: Rect, named: &[&str], interval: f32) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, CornerRadius::same(6), ui.visuals().extreme_bg_color);
    let sum = |passes: &[(String, f32)]| passes.iter().map(|(_, ms)| ms).sum::<f32>();
    let frames = || state.history.frames().filter(|frame| !frame.passes.is_empty());
    let highest = frames().map(|frame| sum(&frame.passes)).fold(0.0, f32::max);
    // The budget is always seen; a frame that takes far too long does not flatten the others.
    let top = (1.15 * interval).max(highest.min(3.0 * interval) * 1.05);
    let Some(last) = state.history.frames().next_back().map(|frame| frame.at) else { return };
    let x = |at: f64| rect.right() - ((last - at) / SPAN) as f32 * rect.width();
    let y = |ms: f32| rect.bottom() - (ms / top).min(1.0) * rect.height();
    let mut mesh = Mesh::default();
    let mut previous: Option<f64> = None;
    for frame in frames() {
        // A frame is as wide as the time since the one before, and a pause stays empty.
        let longest = 2.5 * f64::from(interval) / 1e3;
        let left = previous.map_or(frame.at - longest / 2.5, |at| at.max(frame.at - longest));
        previous = Some(frame.at);
        let mut at = 0.0;
        for index in 0..=named.len() {
            let ms: f32 = match named.get(index) {
                Some(name) => frame.passes.iter().filter(|(known, _)| known == name).map(|(_, ms)| ms).sum(),
                None => sum(&frame.passes) - at,
            };
            let colour = PASSES[if index == named.len() { PASSES.len() - 1 } else { index }];
            let column = Rect::from_min_max(pos2(x(left), y(at + ms)), pos2(x(frame.at), y(at)));
            mesh.add_colored_rect(column, colour);
            at += ms;
        }
    }
    painter.add(Shape::mesh(mesh));
    let line = ui.visuals().text_color();
    let budget = y(interval);
    painter.extend(Shape::dashed_line(
        &[pos2(rect.left(), budget), pos2(rect.right(), budget)],
        Stroke::new(1.0, line),
        6.0,
        4.0,
    ));
    let text = format!("{interval:.1} ms, the time between two frames");
    let at = pos2(rect.left() + 8.0, budget - 2.0);
    painter.text(at, Align2::LEFT_BOTTOM, text, FontId::proportional(11.0), line);
    let ago = format!("{SPAN:.0} s ago");
    let weak = ui.visuals().weak_text_color();
    painter.text(
        rect.left_bottom() + vec2(8.0, -4.0),
        Align2::LEFT_BOTTOM,
        ago,
        FontId::proportional(11.0),
        weak,
    );
}

fn legend(ui: &mut Ui, state: &StudioState, means: &[(String, f32)], interval: f32) {
    ui.spacing_mut().item_spacing.y = 1.0;
    if means.is_empty() {
        let text = match state.has_timestamps {
            true => "Waiting for the first timed frame.",
            false => "This adapter has no timestamps, so passes cannot be timed.",
        };
        ui.label(RichText::new(text).weak());
        return;
    }
    let total: f32 = means.iter().map(|(_, ms)| ms).sum();
    ui.label(
        RichText::new(format!("{total:.1} ms on the GPU, {:.0} % of the budget", 100.0 * total / interval))
            .strong(),
    );
    let rest: f32 = means.iter().skip(SHOWN).map(|(_, ms)| ms).sum();
    let others = (format!("{} others", means.len().saturating_sub(SHOWN)), rest);
    let rows = means.iter().take(SHOWN).chain((rest > 0.0).then_some(&others));
    for (index, (name, ms)) in rows.enumerate() {
        let colour = PASSES[if index == SHOWN { PASSES.len() - 1 } else { index }];
        line(ui, colour, name, *ms, 100.0 * ms / interval);
    }
}

fn line(ui: &mut Ui, colour: Color32, name: &str, ms: f32, share: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(LEGEND, 16.0), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {ms:.2} ms, {share:.1} %")));
    let painter = ui.painter();
    let square = Rect::from_center_size(rect.left_center() + vec2(5.0, 0.0), egui::Vec2::splat(10.0));
    painter.rect_filled(square, CornerRadius::same(2), colour);
    let font = FontId::proportional(12.0);
    let text = ui.visuals().text_color();
    let weak = ui.visuals().weak_text_color();
    painter.text(rect.left_center() + vec2(18.0, 0.0), Align2::LEFT_CENTER, name, font.clone(), text);
    let number = |right: f32, text: String, colour| {
        let at = pos2(rect.left() + right, rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, text, font.clone(), colour);
    };
    number(178.0, format!("{ms:.2} ms"), text);
    number(LEGEND, format!("{share:.1} %"), weak);
}
