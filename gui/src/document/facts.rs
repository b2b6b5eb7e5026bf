//! What follows from a document: its net, what its annotations mean, what is wrong with them.
//!
//! Derived anew when the document has changed. O(size).

use super::{ArcId, Document, Item};
use pn_deployment::{Deployment, resolve};
use pn_net::{Net, PlaceId, TransitionId};
use pn_pnml::{NodeId, NodeKind};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Something that is wrong with the document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// What is wrong.
    pub message: String,
    /// What is to be done, where that is known.
    pub hint: Option<String>,
    /// What it is about, if it can be shown.
    pub item: Option<Item>,
}

/// The net of a document and what its annotations mean.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// The net with the meaning of its transitions; plain, if the annotations have mistakes.
    pub deployment: Arc<Deployment>,
    /// Whether the annotations could be resolved.
    pub is_resolved: bool,
    /// The node of each place.
    pub place_nodes: Vec<NodeId>,
    /// The node of each transition.
    pub transition_nodes: Vec<NodeId>,
    places: HashMap<NodeId, PlaceId>,
    transitions: HashMap<NodeId, TransitionId>,
}

impl Meaning {
    /// The net.
    #[must_use]
    pub fn net(&self) -> &Net {
        &self.deployment.net
    }

    /// The place that a node draws, itself or by reference.
    #[must_use]
    pub fn place(&self, document: &Document, node: NodeId) -> Option<PlaceId> {
        self.places.get(&document.behind(node)).copied()
    }

    /// The transition that a node draws, itself or by reference.
    #[must_use]
    pub fn transition(&self, document: &Document, node: NodeId) -> Option<TransitionId> {
        self.transitions.get(&document.behind(node)).copied()
    }
}

/// What follows from one state of a document.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The revision that it follows from.
    pub revision: u64,
    /// The net; `None` if the document draws none.
    pub meaning: Option<Meaning>,
    /// What is wrong, in the order in which it was found.
    pub remarks: Vec<Remark>,
    /// How many places are drawn; references are none of their own.
    pub places: usize,
    /// How many transitions are drawn.
    pub transitions: usize,
    /// The arcs whose two nodes are joined by an arc in the other direction as well.
    partnered: HashSet<ArcId>,
}

impl Facts {
    /// What follows from the document as it is.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let mut remarks = Vec::new();
        let meaning = match document.pnml().net() {
            Ok(net) => Some(meaning(document, net, &mut remarks)),
            Err(problem) => {
                let message = problem.to_string();
                remarks.push(Remark { item: mentioned(document, &message), hint: problem.advice(), message });
                None
            }
        };
        let count =
            |wanted: fn(&NodeKind) -> bool| document.nodes().filter(|(_, node)| wanted(&node.kind)).count();
        Self {
            revision: document.revision(),
            meaning,
            remarks,
            places: count(|kind| matches!(kind, NodeKind::Place { .. })),
            transitions: count(|kind| matches!(kind, NodeKind::Transition { .. })),
            partnered: partnered(document),
        }
    }

    /// Whether an arc in the other direction joins the same two nodes.
    #[must_use]
    pub fn has_partner(&self, arc: ArcId) -> bool {
        self.partnered.contains(&arc)
    }
}

fn meaning(document: &Document, net: Net, remarks: &mut Vec<Remark>) -> Meaning {
    let nodes = |wanted: fn(&NodeKind) -> bool| -> Vec<NodeId> {
        document.nodes().filter(|(_, node)| wanted(&node.kind)).map(|(id, _)| id).collect()
    };
    // Places and transitions are numbered in the order of the document.
    let place_nodes = nodes(|kind| matches!(kind, NodeKind::Place { .. }));
    let transition_nodes = nodes(|kind| matches!(kind, NodeKind::Transition { .. }));
    let (annotation, transitions) = document.pnml().annotations();
    let (deployment, is_resolved) = match resolve(net.clone(), &annotation, &transitions) {
        Ok(deployment) => (deployment, true),
        Err(problems) => {
            remarks.extend(problems.iter().map(|problem| {
                let message = problem.to_string();
                let hint = problem.suggestion.as_ref().map(|word| format!("Did you mean `{word}`?"));
                Remark { item: mentioned(document, &message), hint, message }
            }));
            (Deployment::plain(net), false)
        }
    };
    Meaning {
        places: place_nodes.iter().enumerate().map(|(index, node)| (*node, PlaceId::new(index))).collect(),
        transitions: transition_nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (*node, TransitionId::new(index)))
            .collect(),
        deployment: Arc::new(deployment),
        is_resolved,
        place_nodes,
        transition_nodes,
    }
}

/// The node that a message names first, in backticks.
fn mentioned(document: &Document, message: &str) -> Option<Item> {
    let quoted = message.split('`').skip(1).step_by(2);
    let find = |id: &str| document.nodes().find(|(_, node)| node.id == id).map(|(id, _)| Item::Node(id));
    quoted.filter_map(find).next()
}

fn partnered(document: &Document) -> HashSet<ArcId> {
    let ends: HashSet<(NodeId, NodeId)> = document.arcs().map(|(_, arc)| (arc.source, arc.target)).collect();
    let partnered = document.arcs().filter(|(_, arc)| ends.contains(&(arc.target, arc.source)));
    partnered.map(|(id, _)| id).collect()
}
