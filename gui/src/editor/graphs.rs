//! The reachability graph of a tab: drawn on demand, linked with the token game.

use super::{Bottom, Editor, Motion};
use crate::game::Game;
use crate::jobs::{Drawing, Drawn, Graph};
use egui::Context;

/// Of which net a graph is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GraphOf {
    /// The net as drawn.
    Drawn,
    /// The expanded net.
    Running,
}

/// The graph that a tab shows.
pub(crate) struct GraphView {
    pub(crate) drawing: Drawing,
    pub(crate) of: GraphOf,
    /// The revision of the document that it was drawn of.
    revision: u64,
    pub(crate) zoom: f32,
    /// The marking of the game that was brought into sight.
    pub(crate) shown: Option<usize>,
}

impl Editor {
    /// Draws the graph of the tab, of the net that is played if nothing else is wanted.
    pub(crate) fn draw_graph(&mut self, wanted: Option<GraphOf>, context: &Context) {
        let tab = self.tab_mut();
        let is_expanded = tab.game.as_ref().is_some_and(|game| game.subject().is_expanded());
        let of = wanted.unwrap_or(if is_expanded { GraphOf::Running } else { GraphOf::Drawn });
        let subject = match of {
            GraphOf::Drawn => tab.drawn(),
            GraphOf::Running => tab.subject(),
        };
        let Some(subject) = subject else { return };
        let context = context.clone();
        tab.graph = Some(GraphView {
            drawing: Drawing::start(subject, move || context.request_repaint()),
            of,
            revision: tab.document.revision(),
            zoom: 1.0,
            shown: None,
        });
    }

    /// Shows the graph, and draws it anew if it is out of date.
    pub(super) fn show_graph(&mut self, context: &Context) {
        self.bottom = Bottom::Graph;
        let tab = self.tab();
        let is_old = tab.graph.as_ref().is_some_and(|view| !self.is_current(view));
        if let Some(of) = tab.graph.as_ref().filter(|_| is_old).map(|view| view.of) {
            self.draw_graph(Some(of), context);
        }
    }

    /// Whether the net is still the one that the graph was drawn of.
    pub(crate) fn is_current(&self, view: &GraphView) -> bool {
        view.revision == self.tab().document.revision()
    }

    /// The marking of the graph that the game is in, if it plays the net that was drawn.
    pub(crate) fn marking_in(&self, view: &GraphView, graph: &Graph) -> Option<usize> {
        let game = self.tab().game.as_ref().filter(|_| self.is_current(view))?;
        let is_same = game.subject().net().place_count() == graph.subject.net().place_count();
        graph.number(game.marking()).filter(|_| is_same)
    }

    /// Puts the game into a marking of the graph, by a shortest run that leads there.
    pub(crate) fn enter_marking(&mut self, number: usize) {
        let Some(view) = self.tab_mut().graph.take() else { return };
        let is_current = self.is_current(&view);
        let found = match view.drawing.result() {
            Some(Drawn::Whole(graph)) => graph.run_to(number).map(|run| (graph.subject.clone(), run)),
            _ => None,
        };
        self.tab_mut().graph = Some(view);
        let Some((subject, run)) = found else { return };
        if !is_current {
            self.complain("The graph is out of date: draw it again first.");
            return;
        }
        if self.tab().run_view.is_some() {
            self.complain("This tab follows a run, which is where it is.");
            return;
        }
        match Game::of_trace(subject, &run) {
            Ok(mut game) => {
                game.seek(usize::MAX);
                let tab = self.tab_mut();
                tab.play(game);
                tab.run.is_running = Motion::Rest;
            }
            Err(error) => self.complain(format!("The run cannot be shown: {error}.")),
        }
    }
}
