//! What the canvas shows, handed in each frame.

use crate::document::{Document, Facts, Selection};
use crate::edit::Kind;
use crate::game::Game;
use pn_net::TransitionId;
use pn_pnml::{NodeId, PageId};
use std::collections::{BTreeMap, BTreeSet};

/// What the pointer does on the canvas.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tool {
    /// Selects, moves, bends.
    #[default]
    Select,
    /// Adds a node with each click.
    Add(Kind),
    /// Draws arcs.
    Connect,
    /// Adds a note with each click.
    Note,
}

/// What the canvas shows.
pub struct Scene<'a> {
    /// The document.
    pub document: &'a Document,
    /// What follows from it.
    pub facts: &'a Facts,
    /// The page that is shown.
    pub page: PageId,
    /// What is selected.
    pub selection: &'a Selection,
    /// What the pointer does.
    pub tool: Tool,
    /// Whether things snap to the grid.
    pub snap: Snap,
    /// The token game, if it is being played.
    pub playing: Option<&'a Playing>,
    /// What lights up.
    pub highlights: &'a Highlights,
}

/// Whether things snap to the grid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Snap {
    /// They do.
    #[default]
    Grid,
    /// They stay where they are dropped.
    Free,
}

/// What lights up on the net.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Highlights {
    /// Nodes that something is wrong with.
    pub wrong: BTreeSet<NodeId>,
    /// Nodes that a search has found.
    pub found: BTreeSet<NodeId>,
    /// Nodes that deserve a look while the net is drawn.
    pub hinted: BTreeSet<NodeId>,
    /// Transitions that are enabled in the initial marking.
    pub ready: BTreeSet<NodeId>,
}

/// A position of the token game in terms of the drawing.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Playing {
    /// The tokens of each marked place, by the place's own node.
    pub tokens: BTreeMap<NodeId, u64>,
    /// What can fire at each transition's own node.
    pub enabled: BTreeMap<NodeId, Vec<TransitionId>>,
    /// What is going on inside a transition, in a few words.
    pub inside: BTreeMap<NodeId, String>,
    /// What fired last.
    pub fired: Option<NodeId>,
}

impl Playing {
    /// The present position of a game.
    #[must_use]
    pub fn of(game: &Game, facts: &Facts) -> Self {
        let mut playing = Self::default();
        let Some(meaning) = &facts.meaning else { return playing };
        let subject = game.subject();
        for (place, tokens) in game.marking().marked() {
            match (meaning.place_nodes.get(place.index()), subject.inside(place)) {
                (Some(node), _) => {
                    playing.tokens.insert(*node, tokens);
                }
                (None, Some(of)) if !subject.goes_without_saying(place) => {
                    if let Some(node) = meaning.transition_nodes.get(of.index()) {
                        playing.inside.insert(*node, subject.place(place));
                    }
                }
                (None, _) => {}
            }
        }
        let node_of = |transition| meaning.transition_nodes.get(subject.shown_at(transition).index());
        for transition in game.enabled() {
            if let Some(node) = node_of(*transition) {
                playing.enabled.entry(*node).or_default().push(*transition);
            }
        }
        let last = game.position().checked_sub(1).map(|position| game.firings()[position]);
        playing.fired = last.and_then(|transition| node_of(transition).copied());
        playing
    }
}
