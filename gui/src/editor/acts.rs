//! What the canvas asks for becomes edits and firings.

use super::{Editor, InPlace, Motion};
use crate::canvas::{Act, Tool};
use crate::document::{Item, Selection};
use crate::edit::{self, Illegal, Kind, Pin};
use egui::{Context, Ui};
use pn_pnml::NodeId;
use pn_pnml::graphics::Point;

impl Editor {
    /// Does what the canvas asks for.
    pub(crate) fn act(&mut self, act: Act, context: &Context) {
        let tab = self.tab_mut();
        match act {
            Act::Select(selection) => {
                tab.history.seal();
                tab.choice.clear();
                tab.selection = selection;
                // What was written of a note is not given up by a click beside it.
                if let Some(InPlace { item: Item::Note(id), name: text, .. }) = tab.in_place.take()
                    && tab.document.note(id).is_some_and(|note| note.text != text)
                {
                    edit::set_note_text(&tab.document, id, &text)
                        .into_iter()
                        .for_each(|edit| tab.perform(edit));
                    tab.history.seal();
                }
                context.memory_mut(|memory| {
                    if let Some(focus) = memory.focused() {
                        memory.surrender_focus(focus);
                    }
                });
            }
            Act::Add(kind, at) => {
                let (edit, id) = edit::add_node(&tab.document, tab.page, kind, at);
                tab.perform(edit);
                tab.selection = Selection::only(Item::Node(id));
            }
            Act::AddNote(at) => self.add_note(at),
            Act::Connect(from, to) => self.connect(from, to),
            Act::Grow(from, at) => {
                let (edit, id) = edit::grow(&tab.document, from, edit::snapped(at));
                tab.perform(edit);
                tab.selection = Selection::only(Item::Node(id));
            }
            Act::Move(by) => self.move_selection(by),
            Act::Bend(arc, bends) => {
                let edit = edit::bend(&tab.document, arc, bends);
                tab.perform(edit);
                tab.selection = Selection::only(Item::Arc(arc));
            }
            Act::PlaceLabel(item, offset) => {
                if let Some(edit) = edit::place_labels(&tab.document, [(item, Some(offset))]) {
                    tab.perform(edit);
                }
                tab.selection = Selection::only(item);
            }
            Act::Open(item) => tab.open_in_place(item),
            Act::OpenPage(page) => tab.show_page(page),
            Act::Refuse(problem) => self.complain(problem.to_string()),
            Act::Fire(transitions) => {
                tab.run.is_running = Motion::Rest;
                if let Err(problem) = tab.fire(&transitions) {
                    self.complain(problem);
                }
            }
            Act::PutToolAway => tab.tool = Tool::Select,
        }
    }

    /// Draws an arc, or says why not.
    pub(crate) fn connect(&mut self, from: NodeId, to: NodeId) {
        let tab = self.tab_mut();
        match edit::connect(&tab.document, from, to) {
            Ok((edit, arc)) => {
                tab.perform(edit);
                tab.selection = Selection::only(Item::Arc(arc));
            }
            Err(problem) => {
                if let Illegal::Exists(arc) = problem {
                    tab.selection = Selection::only(Item::Arc(arc));
                }
                self.complain(problem.to_string());
            }
        }
    }

    /// Moves what is selected.
    pub(crate) fn move_selection(&mut self, by: Point) {
        let tab = self.tab_mut();
        if let Some(edit) = edit::move_selection(&tab.document, &tab.selection, by) {
            tab.perform(edit);
        }
    }

    /// Pins what is selected, or frees it if all of it is pinned.
    pub(crate) fn pin_or_free(&mut self) {
        let tab = self.tab_mut();
        let are_pinned = tab.selection.nodes().all(|id| tab.document.node(id).is_pinned);
        let pin = if are_pinned { Pin::Free } else { Pin::Pinned };
        if let Some(edit) = edit::set_pin(&tab.document, tab.selection.nodes(), pin) {
            tab.perform(edit);
        }
    }

    /// Adds a note and opens it, to be written.
    pub(crate) fn add_note(&mut self, at: Point) {
        let tab = self.tab_mut();
        let (edit, id) = edit::add_note(&tab.document, tab.page, at);
        tab.perform(edit);
        tab.open_in_place(Item::Note(id));
    }

    /// Moves the labels of what is selected.
    pub(crate) fn move_labels(&mut self, by: Point) {
        let tab = self.tab_mut();
        if let Some(edit) = edit::move_labels(&tab.document, tab.selection.iter(), by) {
            tab.perform(edit);
        }
    }

    /// Puts the labels of what is selected back to where they stand by themselves.
    pub(crate) fn put_labels_back(&mut self) {
        let tab = self.tab_mut();
        if let Some(edit) = edit::put_labels_back(&tab.document, tab.selection.iter()) {
            tab.perform(edit);
        }
    }

    /// Adds a node in the middle of what is seen, for those who use no pointer.
    pub(crate) fn add_in_the_middle(&mut self, kind: Kind) {
        let tab = self.tab_mut();
        let mut at = edit::snapped(tab.canvas.view.centre);
        let nodes = tab.document.nodes().filter(|(_, node)| node.page == tab.page);
        let symbols = tab.document.symbols(tab.page).into_iter().map(|(_, at)| at);
        let taken: Vec<Point> =
            nodes.map(|(_, node)| crate::document::position(node)).chain(symbols).collect();
        let is_taken = |at: Point| {
            taken.iter().any(|other| (other.x - at.x).abs() < 40.0 && (other.y - at.y).abs() < 40.0)
        };
        while is_taken(at) {
            at.x += 60.0;
        }
        let (edit, id) = edit::add_node(&tab.document, tab.page, kind, at);
        tab.perform(edit);
        tab.selection = Selection::only(Item::Node(id));
    }

    /// Steps through the trace by itself.
    pub(super) fn go_on_playing(&mut self, ui: &Ui) {
        let now = ui.input(|input| input.time);
        let tab = self.tab_mut();
        if tab.run.is_running == Motion::Rest {
            return;
        }
        let pause = 1.0 / f64::from(tab.run.speed.max(0.1));
        let Some(game) = &mut tab.game else {
            tab.run.is_running = Motion::Rest;
            return;
        };
        if now >= tab.run.due {
            tab.run.due = now + pause;
            if game.forward().is_none() {
                tab.run.is_running = Motion::Rest;
            }
            tab.look_at_game();
        }
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(pause.min(0.05)));
    }
}
