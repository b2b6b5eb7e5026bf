//! Colours and sizes, light and dark.

use egui::{Color32, Context, CornerRadius, FontId, Stroke, TextStyle, Theme, Visuals};
use pn_deployment::annotation::KindText;
use pn_pnml::{Node, NodeKind};

/// The colours of the canvas.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Palette {
    /// Behind everything.
    pub paper: Color32,
    /// The points of the grid.
    pub grid: Color32,
    /// The inside of a place.
    pub inside: Color32,
    /// Outlines, tokens.
    pub ink: Color32,
    /// Names.
    pub text: Color32,
    /// Arcs.
    pub arc: Color32,
    /// What is selected, or about to happen.
    pub accent: Color32,
    /// What is enabled, or allowed.
    pub good: Color32,
    /// What fails, or is not allowed.
    pub bad: Color32,
    /// What deserves a look.
    pub warn: Color32,
    /// The paper of a note.
    pub note: Color32,
    /// The edge of a note.
    pub note_edge: Color32,
}

const LIGHT: Palette = Palette {
    paper: Color32::from_rgb(251, 251, 252),
    grid: Color32::from_rgb(226, 229, 234),
    inside: Color32::WHITE,
    ink: Color32::from_rgb(38, 43, 51),
    text: Color32::from_rgb(52, 58, 68),
    arc: Color32::from_rgb(112, 119, 130),
    accent: Color32::from_rgb(22, 101, 216),
    good: Color32::from_rgb(26, 138, 74),
    bad: Color32::from_rgb(200, 48, 44),
    warn: Color32::from_rgb(176, 106, 0),
    note: Color32::from_rgb(255, 248, 214),
    note_edge: Color32::from_rgb(217, 199, 116),
};

const DARK: Palette = Palette {
    paper: Color32::from_rgb(24, 26, 31),
    grid: Color32::from_rgb(46, 50, 58),
    inside: Color32::from_rgb(33, 36, 43),
    ink: Color32::from_rgb(222, 226, 233),
    text: Color32::from_rgb(200, 206, 216),
    arc: Color32::from_rgb(132, 140, 153),
    accent: Color32::from_rgb(94, 160, 255),
    good: Color32::from_rgb(76, 195, 122),
    bad: Color32::from_rgb(244, 108, 100),
    warn: Color32::from_rgb(229, 166, 60),
    note: Color32::from_rgb(56, 52, 36),
    note_edge: Color32::from_rgb(112, 102, 62),
};

impl Palette {
    /// The colours for a theme.
    #[must_use]
    pub const fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light => LIGHT,
            Theme::Dark => DARK,
        }
    }

    /// The colour of a transition of this kind.
    #[must_use]
    pub fn kind(&self, kind: &KindText) -> Color32 {
        let rgb = match kind {
            KindText::Control => {
                return if *self == DARK {
                    Color32::from_rgb(150, 158, 171)
                } else {
                    Color32::from_rgb(61, 68, 80)
                };
            }
            KindText::Action(_) => (0x2f, 0x7b, 0xee),
            KindText::Outcome { .. } => (0x2a, 0x9d, 0x8f),
            KindText::Timer { .. } => (0x8f, 0x62, 0xe0),
            KindText::Approval { .. } => (0xe0, 0x86, 0x00),
            KindText::Event(_) => (0x64, 0x98, 0x33),
            KindText::Undo { .. } => (0xd0, 0x45, 0x40),
            KindText::Retry { .. } => (0x9a, 0x6e, 0xe0),
            KindText::Drift { .. } => (0x9b, 0x68, 0x35),
            KindText::Refresh { .. } => (0x1f, 0x94, 0xa9),
        };
        Color32::from_rgb(rgb.0, rgb.1, rgb.2)
    }

    /// The inside of a node: the author's colour, or that of its kind.
    #[must_use]
    pub fn fill(&self, node: &Node) -> Color32 {
        let own = node.graphics.as_ref().and_then(|graphics| graphics.fill.as_ref()?.color.as_deref());
        if let Some(color) = own.and_then(css_color) {
            return color;
        }
        match &node.kind {
            NodeKind::Place { .. } | NodeKind::ReferencePlace { .. } => self.inside,
            NodeKind::Transition { annotation: Some(annotation) } => self.kind(&annotation.kind),
            NodeKind::Transition { annotation: None } | NodeKind::ReferenceTransition { .. } => {
                self.kind(&KindText::Control)
            }
        }
    }
}

/// A CSS colour: `#rgb`, `#rrggbb`, or one of the sixteen names of HTML 4.
#[must_use]
pub fn css_color(text: &str) -> Option<Color32> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix('#') {
        let digits = hex.chars().map(|c| c.to_digit(16)).collect::<Option<Vec<u32>>>()?;
        let byte = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
        return match digits[..] {
            [r, g, b] => Some(Color32::from_rgb(byte(r * 17), byte(g * 17), byte(b * 17))),
            [r, s, g, h, b, c] => {
                Some(Color32::from_rgb(byte(r * 16 + s), byte(g * 16 + h), byte(b * 16 + c)))
            }
            _ => None,
        };
    }
    let rgb = match text.to_ascii_lowercase().as_str() {
        "black" => [0, 0, 0],
        "silver" => [192, 192, 192],
        "gray" => [128, 128, 128],
        "white" => [255, 255, 255],
        "maroon" => [128, 0, 0],
        "red" => [255, 0, 0],
        "purple" => [128, 0, 128],
        "fuchsia" => [255, 0, 255],
        "green" => [0, 128, 0],
        "lime" => [0, 255, 0],
        "olive" => [128, 128, 0],
        "yellow" => [255, 255, 0],
        "navy" => [0, 0, 128],
        "blue" => [0, 0, 255],
        "teal" => [0, 128, 128],
        "aqua" => [0, 255, 255],
        _ => return None,
    };
    Some(Color32::from_rgb(rgb[0], rgb[1], rgb[2]))
}

/// Gives the interface its look.
pub fn dress(context: &Context) {
    // Ctrl and plus magnify the drawing; the menu has larger text.
    context.options_mut(|options| options.zoom_with_keyboard = false);
    context.all_styles_mut(|style| {
        style.text_styles.insert(TextStyle::Body, FontId::proportional(13.5));
        style.text_styles.insert(TextStyle::Button, FontId::proportional(13.5));
        style.text_styles.insert(TextStyle::Small, FontId::proportional(11.5));
        style.text_styles.insert(TextStyle::Heading, FontId::proportional(16.0));
        style.text_styles.insert(TextStyle::Monospace, FontId::monospace(12.5));
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
        style.spacing.button_padding = egui::vec2(8.0, 4.0);
        style.spacing.interact_size.y = 24.0;
        style.visuals.window_corner_radius = CornerRadius::same(8);
        style.visuals.menu_corner_radius = CornerRadius::same(6);
    });
    for theme in [Theme::Light, Theme::Dark] {
        context.style_mut_of(theme, |style| {
            let palette = Palette::of(theme);
            let visuals = &mut style.visuals;
            visuals.panel_fill = match theme {
                Theme::Light => Color32::from_rgb(243, 244, 247),
                Theme::Dark => Color32::from_rgb(31, 33, 39),
            };
            visuals.window_fill = visuals.panel_fill;
            visuals.hyperlink_color = palette.accent;
            visuals.error_fg_color = palette.bad;
            visuals.warn_fg_color = palette.warn;
            visuals.selection.bg_fill = match theme {
                Theme::Light => Color32::from_rgb(205, 223, 250),
                Theme::Dark => Color32::from_rgb(38, 72, 120),
            };
            visuals.selection.stroke = Stroke::new(1.0, palette.accent);
            soften(visuals, theme);
        });
    }
}

fn soften(visuals: &mut Visuals, theme: Theme) {
    let (text, line) = match theme {
        Theme::Light => (Color32::from_rgb(48, 54, 64), Color32::from_rgb(218, 221, 227)),
        Theme::Dark => (Color32::from_rgb(208, 213, 222), Color32::from_rgb(52, 56, 65)),
    };
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.fg_stroke.color = text;
    widgets.noninteractive.bg_stroke.color = line;
    widgets.inactive.fg_stroke.color = text;
    for widget in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        widget.corner_radius = CornerRadius::same(5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_the_file_are_understood() {
        assert_eq!(css_color("#fff"), Some(Color32::WHITE));
        assert_eq!(css_color(" #1f6feb "), Some(Color32::from_rgb(0x1f, 0x6f, 0xeb)));
        assert_eq!(css_color("Navy"), Some(Color32::from_rgb(0, 0, 128)));
        assert_eq!((css_color("#12"), css_color("no colour")), (None, None));
    }
}
