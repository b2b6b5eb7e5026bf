//! What the structure of the net promises: invariants, cycles, siphons and traps, lit up on a click.

use super::super::{heading, quiet};
use crate::editor::{Editor, Tab};
use crate::jobs::{Analysis, Structure, cycle_in_words, invariant_in_words};
use egui::{ScrollArea, Ui};
use pn_net::{PlaceId, TransitionId};
use pn_pnml::NodeId;
use std::collections::BTreeSet;

/// The most lines of a list.
const MOST: usize = 500;

pub(super) fn structure(editor: &mut Editor, ui: &mut Ui) {
    let context = ui.ctx().clone();
    let tab = editor.tab_mut();
    let Some(meaning) = &tab.facts.meaning else {
        quiet(ui, "The net has mistakes; see Problems. They come first.");
        return;
    };
    let revision = tab.document.revision();
    if tab.analysed != Some(revision) {
        let net = meaning.net().clone();
        tab.analysed = Some(revision);
        tab.analysis = Some(Analysis::start(net, move || context.request_repaint()));
    }
    let Some(found) = tab.analysis.as_mut().and_then(|analysis| analysis.result().cloned()) else {
        ui.spinner();
        return;
    };
    if let Some(chosen) = lists(tab, ui, &found) {
        tab.highlights.found = chosen;
    }
}

/// Both lists. Says what was clicked.
fn lists(tab: &Tab, ui: &mut Ui, found: &Structure) -> Option<BTreeSet<NodeId>> {
    let meaning = tab.facts.meaning.as_ref()?;
    let net = meaning.net();
    let places =
        |ids: &mut dyn Iterator<Item = PlaceId>| ids.map(|id| meaning.place_nodes[id.index()]).collect();
    let transitions = |ids: &mut dyn Iterator<Item = TransitionId>| {
        ids.map(|id| meaning.transition_nodes[id.index()]).collect()
    };
    let mut chosen = None;
    ui.columns(2, |columns| {
        ScrollArea::vertical().id_salt("invariants").auto_shrink([false, false]).show(
            &mut columns[0],
            |ui| {
                heading(ui, "Place invariants");
                match &found.invariants {
                    Ok(flows) if flows.is_empty() => quiet(ui, "None: no sum of tokens stays the same."),
                    Ok(flows) => {
                        for flow in flows.iter().take(MOST) {
                            if ui.link(invariant_in_words(net, flow)).clicked() {
                                chosen = Some(places(&mut flow.terms().iter().map(|(place, _)| *place)));
                            }
                        }
                    }
                    Err(_) => quiet(ui, "There are too many to be listed."),
                }
                if !found.trap.is_empty()
                    && ui.link("The greatest trap: it has tokens, and keeps at least one.").clicked()
                {
                    chosen = Some(places(&mut found.trap.iter().copied()));
                }
                if !found.empty.is_empty()
                    && ui.link("A siphon without tokens: no token ever comes there.").clicked()
                {
                    chosen = Some(places(&mut found.empty.iter().copied()));
                }
            },
        );
        ScrollArea::vertical().id_salt("cycles").auto_shrink([false, false]).show(&mut columns[1], |ui| {
            heading(ui, "Firings that together change nothing");
            match &found.cycles {
                Ok(flows) if flows.is_empty() => {
                    quiet(ui, "None: nothing can be repeated for ever in the same places.")
                }
                Ok(flows) => {
                    for flow in flows.iter().take(MOST) {
                        if ui.link(cycle_in_words(net, flow)).clicked() {
                            chosen = Some(transitions(&mut flow.terms().iter().map(|(id, _)| *id)));
                        }
                    }
                }
                Err(_) => quiet(ui, "There are too many to be listed."),
            }
        });
    });
    chosen
}
