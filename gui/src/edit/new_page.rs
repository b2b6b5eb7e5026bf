//! Moving what is selected to a page of its own, so that the net stays the same.
//!
//! Nodes go with all their content, and arcs among them go along. An arc between a node that goes
//! and one that stays is drawn on the page of its transition: a transition keeps all its arcs, so
//! that one page shows all that it does. Where the place of such an arc stands on the other page,
//! a reference to the place takes its part, at the place's own coordinates, so that either page
//! looks as before. Notes go along, and pages that are selected come to lie inside the new one.
//! O(size).

use super::change::numbers_after;
use super::housing::Housing;
use super::nodes::next_node;
use super::pages::{add_page, next_page, reference, refers, room_among};
use super::{Change, Edit, Parts, apply, snapped};
use crate::document::{ArcId, Bounds, Document, Item, Names, NoteId, Selection, position};
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, Note, PageId};
use std::collections::{BTreeMap, BTreeSet};

/// What became of a selection that was moved to a page of its own.
#[derive(Clone, PartialEq, Debug)]
pub struct Moved {
    /// The edit.
    pub edit: Edit,
    /// The new page.
    pub page: PageId,
    /// How many references were added, on either side.
    pub references: usize,
}

/// An arc between a node that goes and one that stays.
struct Crossing {
    arc: ArcId,
    /// Its place or reference to a place, which stands on the other page then.
    place: NodeId,
    /// The page of its transition.
    page: PageId,
}

/// Changes on their way, and the document as it is after them.
struct Draft {
    document: Document,
    changes: Vec<Change>,
}

impl Draft {
    fn make(&mut self, change: Change) {
        drop(apply(&mut self.document, change.clone()));
        self.changes.push(change);
    }
}

/// Moves what is selected of a page to a new page inside it; `None` if no node, no note and no page
/// is selected.
#[must_use]
pub fn move_to_new_page(document: &Document, selection: &Selection, page: PageId) -> Option<Moved> {
    let nodes: BTreeSet<NodeId> = selection.nodes().filter(|id| document.node(*id).page == page).collect();
    let pages: BTreeSet<PageId> =
        selection.pages().filter(|id| document.page(*id).parent == Some(page)).collect();
    let (go, stay): (Vec<_>, Vec<_>) =
        document.notes(page).partition(|(id, _)| selection.contains(Item::Note(*id)));
    let (go, stay) = (without_ids(go), without_ids(stay));
    if nodes.is_empty() && pages.is_empty() && go.is_empty() {
        return None;
    }
    let new = next_page(document, page);
    let crossings = crossings(document, &nodes, page, new);
    let left = crossings.iter().filter(|cross| cross.page == page).map(|cross| cross.place);
    let corners = go.iter().map(|note| note.corner);
    let at = symbol(document, &nodes, &pages, page, left.collect(), corners)?;
    let (edit, new) = add_page(document, page, at);
    let mut draft = Draft { document: document.clone(), changes: Vec::new() };
    edit.changes.into_iter().for_each(|change| draft.make(change));
    // The new page stands behind all pages within the old one, so their numbers are as before.
    let across: BTreeMap<ArcId, PageId> = crossings.iter().map(|cross| (cross.arc, cross.page)).collect();
    let housing = {
        let document = &draft.document;
        let goes_along = |id: ArcId| {
            let arc = document.arc(id);
            arc.page == page && nodes.contains(&arc.source) && nodes.contains(&arc.target)
        };
        Housing::of(
            document,
            |id| if pages.contains(&id) { Some(new) } else { document.page(id).parent },
            |id| if nodes.contains(&id) { new } else { document.node(id).page },
            |id| match across.get(&id) {
                Some(page) => *page,
                None if goes_along(id) => new,
                None => document.arc(id).page,
            },
        )
    };
    let numbers = housing.numbers();
    draft.make(Change::House(Box::new(housing)));
    let crossings: Vec<Crossing> = crossings
        .into_iter()
        .map(|cross| Crossing {
            arc: numbers.arcs[cross.arc.index()],
            place: numbers.nodes[cross.place.index()],
            page: numbers.pages[cross.page.index()],
        })
        .collect();
    if !go.is_empty() {
        let [old, new] = [page, new].map(|id| numbers.pages[id.index()]);
        draft.make(Change::Notes(vec![(old, stay), (new, go)]));
    }
    let references = refer(&mut draft, crossings);
    let label = match nodes.len() {
        0 => "move to a new page".to_owned(),
        1 => "move a node to a new page".to_owned(),
        count => format!("move {count} nodes to a new page"),
    };
    let edit = Edit { label, changes: draft.changes, field: None };
    Some(Moved { edit, page: numbers.pages[new.index()], references })
}

fn without_ids(notes: Vec<(NoteId, &Note)>) -> Vec<Note> {
    notes.into_iter().map(|(_, note)| note.clone()).collect()
}

/// Where the symbol of the new page stands: in the middle of what goes, clear of what stays and of
/// the references that are left for these places.
fn symbol(
    document: &Document,
    nodes: &BTreeSet<NodeId>,
    pages: &BTreeSet<PageId>,
    page: PageId,
    places: BTreeSet<NodeId>,
    corners: impl Iterator<Item = Point>,
) -> Option<Point> {
    let symbols = document.symbols(page);
    let (go, stay): (Vec<_>, Vec<_>) = symbols.into_iter().partition(|(id, _)| pages.contains(id));
    let going = nodes.iter().map(|id| position(document.node(*id))).chain(go.into_iter().map(|(_, at)| at));
    let bounds = Bounds::around(going.chain(corners))?;
    let is_left =
        |id: NodeId| document.node(id).page == page && (!nodes.contains(&id) || places.contains(&id));
    let left = document.nodes().filter(|(id, _)| is_left(*id)).map(|(_, node)| position(node));
    let taken: Vec<Point> = left.chain(stay.into_iter().map(|(_, at)| at)).collect();
    Some(room_among(&taken, snapped(bounds.centre())))
}

fn crossings(document: &Document, nodes: &BTreeSet<NodeId>, page: PageId, new: PageId) -> Vec<Crossing> {
    let on_page = |id: NodeId| document.node(id).page == page;
    let here =
        document.arcs().filter(|(_, arc)| arc.page == page && on_page(arc.source) && on_page(arc.target));
    let across = here.filter(|(_, arc)| nodes.contains(&arc.source) != nodes.contains(&arc.target));
    let crossing = across.map(|(id, arc)| {
        let (place, transition) = match document.node(arc.source).kind.is_placelike() {
            true => (arc.source, arc.target),
            false => (arc.target, arc.source),
        };
        Crossing { arc: id, place, page: if nodes.contains(&transition) { new } else { page } }
    });
    crossing.collect()
}

/// Adds a reference for each place that an arc of another page joins, and lets the arcs join that.
/// Says how many references there are.
fn refer(draft: &mut Draft, crossings: Vec<Crossing>) -> usize {
    // By page, so that the references on each page stand one behind the other.
    let mut arcs: BTreeMap<(PageId, NodeId), Vec<ArcId>> = BTreeMap::new();
    for Crossing { arc, place, page } in crossings {
        arcs.entry((page, place)).or_default().push(arc);
    }
    let mut names = Names::of(draft.document.pnml());
    let document = &draft.document;
    let added: Vec<(NodeId, PageId, NodeId)> = (0u32..)
        .zip(arcs.keys())
        .map(|(rank, (page, place))| (NodeId(next_node(document, *page).0 + rank), *page, *place))
        .collect();
    // What each node is called once the references are there.
    let indices = added.iter().map(|(id, ..)| id.0);
    let numbers = numbers_after(document.pnml().nodes.len(), indices);
    let nodes = added.iter().map(|(index, page, place)| {
        let behind = document.behind(*place);
        let id = names.fresh("r");
        let mut node = reference(document, &id, behind, *page, position(document.node(*place)));
        node.kind = refers(&node.kind, NodeId(numbers[behind.index()]));
        (*index, node)
    });
    let nodes: Vec<_> = nodes.collect();
    if nodes.is_empty() {
        return 0;
    }
    draft.make(Change::Insert(Parts { nodes, arcs: Vec::new() }));
    for ((reference, ..), ((_, place), arcs)) in added.iter().zip(&arcs) {
        let place = NodeId(numbers[place.index()]);
        for id in arcs {
            let mut arc = draft.document.arc(*id).clone();
            match arc.source == place {
                true => arc.source = *reference,
                false => arc.target = *reference,
            }
            draft.make(Change::Arc(*id, Box::new(arc)));
        }
    }
    added.len()
}
