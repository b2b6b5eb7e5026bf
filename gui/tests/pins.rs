//! Layouts leave pinned nodes where they are, cover none, and are the same each time.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use pn_gui::document::{Document, HALF_HEIGHT, RADIUS, position};
use pn_gui::edit::{self, Edit, Kind, Pin};
use pn_gui::history::History;
use pn_gui::layout::layered;
use pn_pnml::NodeId;
use pn_pnml::graphics::Point;
use pn_testkit::Dice;
use std::collections::{BTreeMap, BTreeSet};

/// A random net with nodes anywhere, some of them pinned.
fn net(dice: &mut Dice) -> Document {
    let (mut document, mut history) = (Document::empty(), History::default());
    let mut perform = |document: &mut Document, edit: Edit| history.perform(document, edit);
    for _ in 0..dice.within(2..=40) {
        let kind = if dice.once_in(2) { Kind::Place } else { Kind::Transition };
        let at = Point { x: dice.within(0..=600) as f64, y: dice.within(0..=600) as f64 };
        let (edit, _) = edit::add_node(&document, document.first_page(), kind, at);
        perform(&mut document, edit);
    }
    let count = document.pnml().nodes.len();
    let any = |dice: &mut Dice| NodeId(u32::try_from(dice.index(count)).unwrap());
    for _ in 0..dice.within(0..=60) {
        if let Ok((edit, _)) = edit::connect(&document, any(dice), any(dice)) {
            perform(&mut document, edit);
        }
    }
    for _ in 0..dice.within(0..=8) {
        if let Some(edit) = edit::set_pin(&document, [any(dice)], Pin::Pinned) {
            perform(&mut document, edit);
        }
    }
    document
}

/// Whether two nodes lie over each other.
fn covers(one: Point, other: Point) -> bool {
    (one.x - other.x).abs() < 2.0 * RADIUS && (one.y - other.y).abs() < 2.0 * HALF_HEIGHT
}

#[test]
fn pinned_nodes_stay_and_nothing_lies_over_them() {
    let mut pinned_nodes = 0;
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let document = net(&mut dice);
        let mut chosen: BTreeSet<NodeId> = document.nodes().map(|(id, _)| id).collect();
        if dice.once_in(3) {
            chosen.retain(|_| dice.once_in(2));
        }
        let placed = layered(&document, &chosen);
        assert_eq!(placed, layered(&document, &chosen), "seed {seed}: it is the same each time");
        let pinned: BTreeMap<NodeId, Point> = document
            .nodes()
            .filter(|(_, node)| node.is_pinned)
            .map(|(id, node)| (id, position(node)))
            .collect();
        pinned_nodes += pinned.len();
        let free: BTreeSet<NodeId> = chosen.iter().filter(|id| !pinned.contains_key(id)).copied().collect();
        assert_eq!(placed.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(), free, "seed {seed}");
        for (index, (id, at)) in placed.iter().enumerate() {
            for (pin, other) in &pinned {
                assert!(!covers(*at, *other), "seed {seed}: {id:?} lies over the pinned {pin:?}");
            }
            for (other, there) in &placed[..index] {
                assert!(!covers(*at, *there), "seed {seed}: {id:?} lies over {other:?}");
            }
        }
    }
    assert!(pinned_nodes > 800, "{pinned_nodes} nodes were pinned");
}

#[test]
fn a_chain_is_arranged_around_its_pinned_middle() {
    let (mut document, mut history) = (Document::empty(), History::default());
    for index in 0..5 {
        let kind = if index % 2 == 0 { Kind::Place } else { Kind::Transition };
        let at = Point { x: 400.0, y: 300.0 };
        let (edit, id) = edit::add_node(&document, document.first_page(), kind, at);
        history.perform(&mut document, edit);
        if index > 0 {
            let (edit, _) = edit::connect(&document, NodeId(id.0 - 1), id).unwrap();
            history.perform(&mut document, edit);
        }
    }
    let edit = edit::set_pin(&document, [NodeId(2)], Pin::Pinned).unwrap();
    history.perform(&mut document, edit);
    let all: BTreeSet<NodeId> = document.nodes().map(|(id, _)| id).collect();
    let placed: Vec<(f64, f64)> = layered(&document, &all).iter().map(|(_, at)| (at.x, at.y)).collect();
    assert_eq!(placed, [(240.0, 300.0), (320.0, 300.0), (480.0, 300.0), (560.0, 300.0)]);
}
