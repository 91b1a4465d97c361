//! Colours, spacing and corners of the window.

use eframe::egui::{
    Color32, Context, CornerRadius, FontId, Shadow, Stroke, Style, TextStyle, Theme, ThemePreference, Vec2,
    Visuals, style::WidgetVisuals,
};

use crate::studio::preferences;

/// What is chosen or waits to be pressed.
pub fn accent(dark: bool) -> Color32 {
    if dark { Color32::from_rgb(94, 161, 255) } else { Color32::from_rgb(28, 100, 220) }
}

/// The colours of the plot's passes; they can be told apart by people who do not see red and green (Okabe and Ito,
/// 2008).
pub const PASSES: [Color32; 8] = [
    Color32::from_rgb(86, 180, 233),
    Color32::from_rgb(230, 159, 0),
    Color32::from_rgb(0, 158, 115),
    Color32::from_rgb(204, 121, 167),
    Color32::from_rgb(240, 228, 66),
    Color32::from_rgb(0, 114, 178),
    Color32::from_rgb(213, 94, 0),
    Color32::from_rgb(140, 140, 140),
];

/// Sets the style of both themes, and which of them holds.
pub fn set(ctx: &Context, theme: preferences::Theme) {
    for (which, dark) in [(Theme::Dark, true), (Theme::Light, false)] {
        ctx.style_mut_of(which, |style| apply(style, dark));
    }
    ctx.set_theme(match theme {
        preferences::Theme::System => ThemePreference::System,
        preferences::Theme::Light => ThemePreference::Light,
        preferences::Theme::Dark => ThemePreference::Dark,
    });
}

fn apply(style: &mut Style, dark: bool) {
    let grey = Color32::from_gray;
    let tinted = |r, g, b| Color32::from_rgb(r, g, b);
    let (panel, raised, hovered, line, text, weak) = match dark {
        true => (
            tinted(24, 26, 31),
            tinted(40, 43, 51),
            tinted(52, 56, 66),
            tinted(47, 50, 59),
            grey(222),
            grey(150),
        ),
        false => (
            tinted(246, 247, 249),
            tinted(231, 233, 238),
            tinted(219, 222, 229),
            tinted(217, 220, 226),
            grey(38),
            grey(104),
        ),
    };
    let accent = accent(dark);
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let state = |fill: Color32, text: Color32| WidgetVisuals {
        weak_bg_fill: fill,
        bg_fill: fill,
        bg_stroke: Stroke::NONE,
        fg_stroke: Stroke::new(1.0, text),
        corner_radius: CornerRadius::same(6),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive =
        WidgetVisuals { bg_stroke: Stroke::new(1.0, line), ..state(panel, text) };
    visuals.widgets.inactive = state(raised, text);
    visuals.widgets.hovered = state(hovered, text);
    visuals.widgets.active = state(hovered, text);
    visuals.widgets.open = state(raised, text);
    // Focus is seen by its ring.
    visuals.widgets.active.bg_stroke = Stroke::new(1.0, accent);
    visuals.weak_text_color = Some(weak);
    visuals.selection.bg_fill = accent.gamma_multiply(if dark { 0.45 } else { 0.25 });
    visuals.selection.stroke = Stroke::new(1.0, if dark { Color32::WHITE } else { grey(20) });
    visuals.hyperlink_color = accent;
    visuals.panel_fill = panel;
    visuals.window_fill = panel;
    visuals.window_stroke = Stroke::new(1.0, line);
    visuals.extreme_bg_color = if dark { tinted(16, 17, 21) } else { Color32::WHITE };
    visuals.faint_bg_color = if dark { tinted(30, 32, 38) } else { tinted(239, 241, 245) };
    visuals.error_fg_color = if dark { tinted(255, 130, 120) } else { tinted(190, 30, 30) };
    visuals.warn_fg_color = if dark { tinted(240, 190, 90) } else { tinted(150, 90, 0) };
    visuals.slider_trailing_fill = true;
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.popup_shadow =
        Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(60) };
    visuals.indent_has_left_vline = false;
    style.visuals = visuals;
    style.spacing.item_spacing = Vec2::new(8.0, 7.0);
    style.spacing.button_padding = Vec2::new(10.0, 5.0);
    style.spacing.interact_size.y = 26.0;
    style.spacing.slider_width = 132.0;
    style.spacing.combo_width = 132.0;
    style.text_styles = [
        (TextStyle::Heading, FontId::proportional(15.0)),
        (TextStyle::Body, FontId::proportional(13.0)),
        (TextStyle::Button, FontId::proportional(13.0)),
        (TextStyle::Small, FontId::proportional(11.0)),
        (TextStyle::Monospace, FontId::monospace(12.0)),
    ]
    .into();
}
