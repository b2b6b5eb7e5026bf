//! What is wrong with the net, its annotations and its file.

use super::super::dialogs;
use crate::document::Item;
use crate::editor::{Editor, Tab};
use crate::jobs::Hint;
use crate::theme::Palette;
use egui::{RichText, ScrollArea, Ui};
use pn_pnml::NodeId;

pub(super) fn problems(editor: &mut Editor, ui: &mut Ui) {
    let tab = editor.tab();
    let (remarks, warnings) = (tab.facts.remarks.clone(), tab.warnings.clone());
    let hints = hints(tab);
    let palette = Palette::of(ui.ctx().theme());
    let mut chosen = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        if remarks.is_empty() && warnings.is_empty() && hints.is_empty() {
            ui.label(RichText::new("Nothing is wrong with the net and its annotations.").weak());
        }
        for remark in &remarks {
            ui.horizontal_wrapped(|ui| {
                ui.colored_label(palette.bad, "error");
                match remark.item {
                    Some(item) => {
                        if ui.link(&remark.message).clicked() {
                            chosen = Some(item);
                        }
                    }
                    None => drop(ui.label(&remark.message)),
                }
                if let Some(hint) = &remark.hint {
                    ui.label(RichText::new(hint).weak());
                }
            });
        }
        for (node, words) in &hints {
            ui.horizontal_wrapped(|ui| {
                ui.colored_label(palette.warn, "hint");
                if ui.link(words).clicked() {
                    chosen = Some(Item::Node(*node));
                }
            });
        }
        for warning in &warnings {
            dialogs::excerpt(ui, warning, palette.warn);
        }
    });
    if let Some(Item::Node(node)) = chosen {
        editor.tab_mut().go_to(node);
    }
}

/// The most hints that are listed.
const MOST_HINTS: usize = 200;

/// The hints in words, with the nodes that they are about.
fn hints(tab: &Tab) -> Vec<(NodeId, String)> {
    let Some(meaning) = &tab.facts.meaning else { return Vec::new() };
    let net = meaning.net();
    let in_words = |hint: &Hint| match *hint {
        Hint::NeverFires(transition, place) => (
            meaning.transition_nodes[transition.index()],
            format!(
                "{} never fires: no token ever comes to {}.",
                net.transition_label(transition),
                net.place_label(place)
            ),
        ),
        Hint::Grows(place, transition) => (
            meaning.place_nodes[place.index()],
            format!(
                "Tokens pile up without limit on {}: {} can fire again and again.",
                net.place_label(place),
                net.transition_label(transition)
            ),
        ),
    };
    tab.hints.iter().take(MOST_HINTS).map(in_words).collect()
}
