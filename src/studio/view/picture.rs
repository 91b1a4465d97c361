//! The live picture, and the line between before and after.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, CursorIcon, FontId, Key, Rect, RichText, Role, Sense, Stroke, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use crate::studio::{message::Place, state::StudioState};

/// How far an arrow key moves the line.
const STEP: f32 = 0.02;

/// Shows the picture as large as there is room.
pub fn show(ui: &mut Ui, state: &mut StudioState) {
    let room = ui.available_rect_before_wrap();
    ui.allocate_rect(room, Sense::hover());
    let Some(shown) = state.shown else {
        waiting(ui, state, room);
        return;
    };
    let rect = fitted(room, shown.size);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let painter = ui.painter();
    painter.rect_filled(rect.expand(1.0), CornerRadius::same(8), ui.visuals().extreme_bg_color);
    let image = |ui: &Ui, id, rect: Rect, uv: Rect, corner: CornerRadius| {
        egui::Image::from_texture((id, rect.size())).uv(uv).corner_radius(corner).paint_at(ui, rect);
    };
    let corner = CornerRadius::same(8);
    let what = ui.interact(rect, ui.scope_id().with("picture"), Sense::hover());
    what.widget_info(|| WidgetInfo::labeled(Role::Image, true, "The picture that others see"));
    match state.split {
        None => image(ui, shown.after, rect, whole, corner),
        Some(split) => {
            let x = rect.left() + split * rect.width();
            let (left, right) =
                (CornerRadius { ne: 0, se: 0, ..corner }, CornerRadius { nw: 0, sw: 0, ..corner });
            let before = Rect::from_min_max(rect.min, pos2(x, rect.bottom()));
            let after = Rect::from_min_max(pos2(x, rect.top()), rect.max);
            let uv = |from: f32, to: f32| Rect::from_min_max(pos2(from, 0.0), pos2(to, 1.0));
            image(ui, shown.before, before, uv(0.0, split), left);
            image(ui, shown.after, after, uv(split, 1.0), right);
            state.split = Some(line(ui, rect, split));
        }
    }
    banner(ui, state, rect);
}

/// The largest rectangle of the picture's shape in `room`.
fn fitted(room: Rect, [width, height]: [u32; 2]) -> Rect {
    let size = Vec2::new(width as f32, height as f32);
    let scale = (room.width() / size.x).min(room.height() / size.y);
    Rect::from_center_size(room.center(), size * scale)
}

/// The line between both; returns where it is now.
fn line(ui: &Ui, rect: Rect, split: f32) -> f32 {
    let x = rect.left() + split * rect.width();
    let grip = Rect::from_center_size(pos2(x, rect.center().y), vec2(28.0, rect.height()));
    let response = ui.interact(grip, ui.scope_id().with("split"), Sense::drag() | Sense::FOCUSABLE);
    let value = f64::from(split);
    response.widget_info(|| WidgetInfo::slider(true, value, "Where before ends and after begins"));
    let mut split = split;
    if let Some(at) = response.interact_pointer_pos() {
        split = (at.x - rect.left()) / rect.width();
    }
    if response.has_focus() {
        let (left, right) =
            ui.input(|input| (input.num_presses(Key::ArrowLeft), input.num_presses(Key::ArrowRight)));
        split += STEP * (right as f32 - left as f32);
        let filter = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
    let split = split.clamp(0.0, 1.0);
    let x = rect.left() + split * rect.width();
    let painter = ui.painter_at(rect);
    painter.vline(x, rect.y_range(), Stroke::new(4.0, Color32::from_black_alpha(70)));
    painter.vline(x, rect.y_range(), Stroke::new(2.0, Color32::WHITE));
    let centre = pos2(x, rect.center().y);
    let radius = if response.has_focus() || response.hovered() || response.dragged() { 15.0 } else { 13.0 };
    painter.circle_filled(centre, radius + 1.5, Color32::from_black_alpha(70));
    painter.circle_filled(centre, radius, Color32::WHITE);
    for side in [-1.0, 1.0] {
        let tip = centre + vec2(side * 8.0, 0.0);
        let back = tip - vec2(side * 4.0, 0.0);
        let points = vec![tip, back + vec2(0.0, -4.0), back + vec2(0.0, 4.0)];
        painter.add(egui::Shape::convex_polygon(points, Color32::from_gray(70), Stroke::NONE));
    }
    tag(&painter, rect.left_top() + vec2(12.0, 12.0), Align2::LEFT_TOP, "Before");
    tag(&painter, rect.right_top() + vec2(-12.0, 12.0), Align2::RIGHT_TOP, "After");
    response.on_hover_cursor(CursorIcon::ResizeHorizontal);
    split
}

/// A word on the picture.
fn tag(painter: &egui::Painter, at: egui::Pos2, align: Align2, word: &str) {
    let galley = painter.layout_no_wrap(word.into(), FontId::proportional(12.0), Color32::WHITE);
    let rect = align.anchor_size(at, galley.size() + vec2(16.0, 8.0));
    painter.rect_filled(rect, CornerRadius::same(12), Color32::from_black_alpha(140));
    painter.galley(rect.min + vec2(8.0, 4.0), galley, Color32::WHITE);
}

/// What is said where there is no picture yet.
fn waiting(ui: &mut Ui, state: &mut StudioState, room: Rect) {
    ui.painter().rect_filled(room, CornerRadius::same(8), ui.visuals().extreme_bg_color);
    let mut inside = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(Rect::from_center_size(room.center(), vec2(room.width().min(460.0) - 32.0, 160.0)))
            .layout(egui::Layout::top_down(egui::Align::Center)),
    );
    match fault(state) {
        Some(sentence) => {
            inside.add(egui::Label::new(RichText::new(sentence).size(14.0)).wrap());
            inside.add_space(8.0);
            if inside.button("Try again").clicked() {
                state.retry();
            }
        }
        None => {
            inside.spinner();
            inside.label(RichText::new("Opening the camera and the GPU").weak());
        }
    }
}

/// What is wrong with the input or the pipeline.
fn fault(state: &StudioState) -> Option<String> {
    [Place::Source, Place::Pipeline].iter().find_map(|place| state.faults.get(place)).cloned()
}

/// What is wrong, over the picture that stays.
fn banner(ui: &mut Ui, state: &mut StudioState, rect: Rect) {
    let Some(sentence) = fault(state) else { return };
    let at =
        Rect::from_min_max(rect.left_bottom() + vec2(12.0, -76.0), rect.right_bottom() - vec2(12.0, 12.0));
    ui.painter().rect_filled(at, CornerRadius::same(8), Color32::from_black_alpha(200));
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(at.shrink(10.0)).layout(layout));
    inside.visuals_mut().override_text_color = Some(Color32::WHITE);
    let width = inside.available_width() - 100.0;
    inside.allocate_ui(vec2(width, 44.0), |ui| {
        ui.add(egui::Label::new(RichText::new(sentence)).wrap());
    });
    inside.visuals_mut().override_text_color = None;
    if inside.button("Try again").clicked() {
        state.retry();
    }
}
