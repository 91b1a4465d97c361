//! The strip of cards below the picture: effects, backgrounds and shaders, each drawn live.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, FontId, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::{effects::fault, icon::Icon, theme};
use crate::studio::{
    choice::EffectChoice,
    message::Place,
    state::{StudioState, Tab},
};

/// Size of a card's picture.
const PICTURE: Vec2 = Vec2::new(128.0, 72.0);
/// Height of a card's name.
const NAME: f32 = 22.0;

/// Height of the whole strip.
pub const HEIGHT: f32 = PICTURE.y + NAME + 54.0;

/// Shows the strip.
pub fn show(ui: &mut Ui, state: &mut StudioState) {
    tabs(ui, state);
    let mut visible = Vec::new();
    let offered = state.offered();
    if offered.is_empty() {
        empty(ui, state);
    }
    egui::ScrollArea::horizontal().id_salt(("cards", state.tab as u8)).auto_shrink([false, true]).show(
        ui,
        |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                ui.add_space(2.0);
                for choice in offered {
                    let text = choice.text();
                    let clicks = card(ui, state, &choice, text.as_deref());
                    if let (true, Some(text)) = (clicks.visible, text) {
                        visible.push(text);
                    }
                    match (clicks.card, clicks.add) {
                        (_, true) => state.toggle(choice),
                        (true, false) => state.choose(choice),
                        _ => {}
                    }
                }
            });
        },
    );
    state.visible_cards = visible;
}

fn tabs(ui: &mut Ui, state: &mut StudioState) {
    ui.horizontal(|ui| {
        for (tab, name) in
            [(Tab::Effects, "Effects"), (Tab::Backgrounds, "Backgrounds"), (Tab::Shaders, "Shaders")]
        {
            if ui.selectable_label(state.tab == tab, name).clicked() {
                state.tab = tab;
            }
        }
        ui.add_space(4.0);
        let hint = match state.tab {
            Tab::Effects => "A card shows one effect; + adds it to the others.",
            Tab::Backgrounds => "Drop pictures or videos onto the window.",
            Tab::Shaders => "Drop .wgsl files onto the window.",
        };
        ui.add(egui::Label::new(RichText::new(hint).weak().small()).truncate());
    });
}

/// What to do where there is no card.
fn empty(ui: &mut Ui, state: &StudioState) {
    let text = match state.tab {
        Tab::Backgrounds => format!(
            "No pictures yet. Drop some here, or put them into {}.",
            state.preferences.backgrounds_folder().display()
        ),
        _ => "No shaders yet. Drop a .wgsl file here; docs/CUSTOM_SHADERS.md shows how to write one.".into(),
    };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), PICTURE.y + NAME), Sense::hover());
    ui.painter().rect_stroke(rect, 8.0, ui.visuals().window_stroke, StrokeKind::Inside);
    ui.put(rect.shrink(12.0), egui::Label::new(RichText::new(text).weak()).wrap());
}

struct Clicks {
    card: bool,
    add: bool,
    visible: bool,
}

fn card(ui: &mut Ui, state: &StudioState, choice: &EffectChoice, text: Option<&str>) -> Clicks {
    let label = choice.label();
    let drawn = state.has(choice) || (choice.spec.name == "none" && state.effects.is_empty());
    let (rect, response) = ui.allocate_exact_size(PICTURE + vec2(0.0, NAME), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, drawn, &label));
    let visible = ui.is_rect_visible(rect);
    let picture = Rect::from_min_size(rect.min, PICTURE);
    let add = (choice.spec.name != "none").then(|| add_button(ui, picture, &label, drawn, &response));
    if visible {
        paint(ui, state, &response, picture, &label, drawn, text);
        add.iter().for_each(|add| paint_sign(ui, add, &response, drawn));
    }
    let add = add.is_some_and(|add| add.clicked());
    let hover = match choice.file() {
        Some(path) => path.display().to_string(),
        None => choice.spec.summary.to_owned(),
    };
    let fault = text.and_then(|text| state.faults.get(&Place::Card(text.to_owned())));
    let response = response.on_hover_text(fault.map_or(hover, Clone::clone));
    Clicks { card: response.clicked() && !add, add, visible }
}

fn paint(
    ui: &Ui,
    state: &StudioState,
    response: &Response,
    picture: Rect,
    label: &str,
    drawn: bool,
    text: Option<&str>,
) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter();
    let corner = CornerRadius::same(8);
    let fill = ui.visuals().extreme_bg_color;
    painter.rect_filled(picture, corner, fill);
    let id = text.and_then(|text| state.cards.get(text));
    let is_broken = text.is_some_and(|text| state.faults.contains_key(&Place::Card(text.to_owned())));
    match id {
        Some(&id) => {
            let shape = state.shown.map_or(16.0 / 9.0, |shown| shown.size[0] as f32 / shown.size[1] as f32);
            let image = egui::Image::from_texture((id, PICTURE)).uv(cover(shape)).corner_radius(corner);
            image.paint_at(ui, picture);
        }
        None => match is_broken {
            true => Icon::Fault.paint(painter, picture.center(), 9.0, ui.visuals().error_fg_color),
            false => {
                let (at, weak) = (picture.center(), ui.visuals().weak_text_color());
                let what = if text.is_some() { "…" } else { "needs a file" };
                painter.text(at, Align2::CENTER_CENTER, what, FontId::proportional(12.0), weak);
            }
        },
    }
    let stroke = if drawn || response.has_focus() {
        Stroke::new(2.0, theme::accent(dark))
    } else if response.hovered() {
        Stroke::new(1.0, ui.visuals().weak_text_color())
    } else {
        Stroke::new(1.0, ui.visuals().window_stroke.color)
    };
    painter.rect_stroke(picture, corner, stroke, StrokeKind::Outside);
    let colour = if drawn { ui.visuals().strong_text_color() } else { ui.visuals().text_color() };
    let galley = painter.layout_job(egui::text::LayoutJob {
        wrap: egui::text::TextWrapping::truncate_at_width(PICTURE.x - 4.0),
        ..egui::text::LayoutJob::simple_singleline(label.to_owned(), FontId::proportional(12.0), colour)
    });
    let at = pos2(picture.left() + 2.0, picture.bottom() + NAME - galley.size().y - 1.0);
    painter.galley(at, galley, colour);
}

/// The part of a picture of this shape that covers a card.
fn cover(shape: f32) -> Rect {
    let wanted = PICTURE.x / PICTURE.y;
    let size = if shape > wanted { vec2(wanted / shape, 1.0) } else { vec2(1.0, shape / wanted) };
    Rect::from_center_size(pos2(0.5, 0.5), size)
}

/// The place in the corner that adds an effect to the others, or takes it away.
fn add_button(ui: &Ui, picture: Rect, label: &str, drawn: bool, card: &Response) -> Response {
    let rect = Rect::from_min_size(picture.right_top() + vec2(-26.0, 4.0), Vec2::splat(22.0));
    let response = ui.interact(rect, card.id.with("add"), Sense::click());
    let name = if drawn { format!("Take {label} away") } else { format!("Add {label}") };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    response.on_hover_text(name)
}

/// Its sign, while the pointer or the focus is near.
fn paint_sign(ui: &Ui, add: &Response, card: &Response, drawn: bool) {
    let is_meant = add.hovered() || add.has_focus();
    if !is_meant && !card.hovered() {
        return;
    }
    let painter = ui.painter();
    painter.circle_filled(
        add.rect.center(),
        11.0,
        Color32::from_black_alpha(if is_meant { 230 } else { 150 }),
    );
    let icon = if drawn { Icon::Minus } else { Icon::Plus };
    icon.paint(painter, add.rect.center(), 5.0, Color32::WHITE);
}

/// What is wrong with cards as a whole.
pub fn faults(ui: &mut Ui, state: &StudioState) {
    fault(ui, state, &Place::Action);
}
