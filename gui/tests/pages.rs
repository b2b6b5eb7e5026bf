//! Pages and references: the order of the tables, and the net, which no page changes. What edits
//! make is compared with views by identifier, which know nothing of numbers.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use pn_gui::document::{ArcId, Document, Item, NoteId, Selection, position};
use pn_gui::edit::{self, Change, Edit, Housing};
use pn_gui::history::History;
use pn_net::Net;
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, NodeKind, PageId};
use pn_testkit::Dice;
use std::collections::BTreeMap;

const SEEDS: u64 = 1_500;

fn read(text: &str) -> Document {
    Document::new(pn_pnml::read(text.as_bytes()).document.unwrap())
}

/// A net on these pages.
fn on_pages(pages: &str) -> Document {
    read(&format!(
        r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet">{pages}</net></pnml>"#
    ))
}

/// A resource on one page, its two users on two others, one of them within the first.
fn shared() -> Document {
    on_pages(
        r#"<page id="top">
          <place id="lock"><initialMarking><text>1</text></initialMarking><graphics><position x="100" y="100"/></graphics></place>
          <transition id="take"><graphics><position x="200" y="100"/></graphics></transition>
          <place id="busy"><graphics><position x="300" y="100"/></graphics></place>
          <arc id="a1" source="lock" target="take"><inscription><text>1</text></inscription></arc>
          <arc id="a2" source="take" target="busy"/>
          <page id="inner">
            <referencePlace id="r1" ref="busy"/><transition id="leave"/><referencePlace id="r2" ref="lock"/>
            <arc id="a3" source="r1" target="leave"/><arc id="a4" source="leave" target="r2"/>
          </page>
        </page>
        <page id="other"><referencePlace id="r3" ref="r2"/><transition id="look"/>
          <arc id="a5" source="r3" target="look"/><arc id="a6" source="look" target="r3"/></page>"#,
    )
}

fn files() -> Vec<Document> {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/");
    let example = |name: &str| read(&std::fs::read_to_string(format!("{examples}{name}.pnml")).unwrap());
    vec![shared(), example("mutex"), example("philosophers"), example("rollout")]
}

fn node(document: &Document, id: &str) -> NodeId {
    document.nodes().find(|(_, node)| node.id == id).unwrap().0
}

fn page(document: &Document, id: &str) -> PageId {
    document.pages().find(|(_, page)| page.id == id).unwrap().0
}

fn perform(document: &mut Document, edit: Edit) {
    History::default().perform(document, edit);
}

/// What a net is, by names: places with their tokens, transitions with what they take and give.
type Flow = (BTreeMap<String, (String, u64)>, BTreeMap<String, Moves>);
/// The label of a transition, what it takes, what it gives.
type Moves = (String, Vec<(String, u64)>, Vec<(String, u64)>);

fn flow(net: &Net) -> Flow {
    let places = net.places().map(|place| {
        let tokens = net.initial().tokens(place);
        (net.place_name(place).to_owned(), (net.place_label(place).to_owned(), tokens))
    });
    let named = |arcs: Vec<(pn_net::PlaceId, u64)>| {
        let mut named: Vec<(String, u64)> =
            arcs.into_iter().map(|(place, weight)| (net.place_name(place).to_owned(), weight)).collect();
        named.sort();
        named
    };
    let transitions = net.transitions().map(|transition| {
        let label = net.transition_label(transition).to_owned();
        let (pre, post) = (named(net.pre(transition).collect()), named(net.post(transition).collect()));
        (net.transition_name(transition).to_owned(), (label, pre, post))
    });
    (places.collect(), transitions.collect())
}

/// Whether the tables are in the order that the format describes, by a walk that is plainly right.
fn is_in_order(document: &Document) -> bool {
    fn walk(document: &Document, parent: Option<PageId>, order: &mut Vec<PageId>) {
        for page in document.pages_in(parent) {
            order.push(page);
            walk(document, Some(page), order);
        }
    }
    let mut order = Vec::new();
    walk(document, None, &mut order);
    order.iter().copied().eq(document.pages().map(|(id, _)| id))
        && document.pnml().nodes.is_sorted_by_key(|node| node.page)
        && document.pnml().arcs.is_sorted_by_key(|arc| arc.page)
}

/// Everything by identifiers: the page of each page, node and arc, and what it joins or refers to.
fn by_names(document: &Document) -> BTreeMap<String, Vec<String>> {
    let page = |id: PageId| document.page(id).id.to_string();
    let name = |id: NodeId| document.node(id).id.to_string();
    let pages = document.pages().map(|(_, own)| {
        (format!("page {}", own.id), own.parent.map(page).into_iter().collect::<Vec<String>>())
    });
    let nodes = document.nodes().map(|(_, node)| {
        let to = match &node.kind {
            NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to } => name(*to),
            NodeKind::Place { tokens, .. } => tokens.to_string(),
            NodeKind::Transition { annotation } => format!("{annotation:?}"),
        };
        (format!("node {}", node.id), vec![page(node.page), to])
    });
    let arcs = document.arcs().map(|(_, arc)| {
        let ends = [page(arc.page), name(arc.source), name(arc.target), arc.weight.to_string()];
        (format!("arc {}", arc.id), ends.to_vec())
    });
    pages.chain(nodes).chain(arcs).collect()
}

/// Nodes of one page, and sometimes a page on it.
fn selection(document: &Document, dice: &mut Dice) -> (PageId, Selection) {
    let first = NodeId(u32::try_from(dice.index(document.pnml().nodes.len())).unwrap());
    let on = document.node(first).page;
    let nodes = document.nodes().filter(|(_, node)| node.page == on);
    let mut selection: Selection = nodes.filter(|_| dice.once_in(3)).map(|(id, _)| Item::Node(id)).collect();
    selection.add(Item::Node(first));
    let pages: Vec<PageId> = document.pages_in(Some(on)).collect();
    pages.into_iter().filter(|_| dice.once_in(2)).for_each(|page| selection.add(Item::Page(page)));
    (on, selection)
}

#[test]
fn moving_to_new_pages_and_back_keeps_the_net_and_the_order() {
    let files = files();
    let mut added = 0;
    for seed in 0..SEEDS {
        let mut dice = Dice::new(seed);
        let original = &files[dice.index(files.len())];
        let (mut document, mut history) = (original.clone(), History::default());
        let before = flow(&original.pnml().net().unwrap());
        for _ in 0..dice.within(1..=5) {
            let (page, selection) = selection(&document, &mut dice);
            let moved = edit::move_to_new_page(&document, &selection, page).unwrap();
            let (count, pages) = (document.pnml().nodes.len(), document.pnml().pages.len());
            history.perform(&mut document, moved.edit);
            added += moved.references;
            assert_eq!(document.pnml().nodes.len(), count + moved.references, "seed {seed}");
            assert_eq!(document.pnml().pages.len(), pages + 1, "seed {seed}");
            assert!(is_in_order(&document), "seed {seed}: {:?}", by_names(&document));
            assert_eq!(flow(&document.pnml().net().unwrap()), before, "seed {seed}");
            assert!(selection.nodes().count() <= document.population(moved.page), "seed {seed}");
        }
        // No arc leads from page to page, and each transition shows all its arcs on its page.
        for (_, arc) in document.arcs() {
            let pages = [arc.source, arc.target].map(|end| document.node(end).page);
            assert_eq!(pages, [arc.page; 2], "seed {seed}: {}", arc.id);
        }
        let text = document.text();
        let again = read(&text);
        assert_eq!(again.pnml(), document.pnml(), "seed {seed}");
        while history.undo(&mut document) {}
        assert_eq!(document.pnml(), original.pnml(), "seed {seed}");
        assert_eq!(document.text(), original.text(), "seed {seed}");
    }
    assert!(added > 2_000, "{added}");
}

#[test]
fn any_housing_moves_everything_where_it_says_and_is_taken_back() {
    let files = files();
    for seed in 0..SEEDS {
        let mut dice = Dice::new(seed);
        let original = &files[dice.index(files.len())];
        let pnml = original.pnml();
        let housing = Housing {
            pages: shuffled(pnml.pages.len(), &mut dice)
                .into_iter()
                .map(|id| (PageId(id), dice.once_in(2).then(|| any_page(original, &mut dice))))
                .collect(),
            nodes: shuffled(pnml.nodes.len(), &mut dice)
                .into_iter()
                .map(|id| (NodeId(id), any_page(original, &mut dice)))
                .collect(),
            arcs: shuffled(pnml.arcs.len(), &mut dice)
                .into_iter()
                .map(|id| (ArcId(id), any_page(original, &mut dice)))
                .collect(),
        };
        let mut document = original.clone();
        let back = edit::apply(&mut document, Change::House(Box::new(housing.clone())));
        let mut wanted = by_names(original);
        let title = |id: PageId| pnml.pages[housing.pages[id.index()].0.index()].id.to_string();
        for (own, parent) in &housing.pages {
            let key = format!("page {}", pnml.pages[own.index()].id);
            wanted.insert(key, parent.map(title).into_iter().collect());
        }
        for (own, page) in &housing.nodes {
            wanted.get_mut(&format!("node {}", pnml.nodes[own.index()].id)).unwrap()[0] = title(*page);
        }
        for (own, page) in &housing.arcs {
            wanted.get_mut(&format!("arc {}", pnml.arcs[own.index()].id)).unwrap()[0] = title(*page);
        }
        assert_eq!(by_names(&document), wanted, "seed {seed}");
        let ids = |document: &Document| document.nodes().map(|(_, node)| node.id.clone()).collect::<Vec<_>>();
        let order: Vec<_> = housing.nodes.iter().map(|(own, _)| pnml.nodes[own.index()].id.clone()).collect();
        assert_eq!(ids(&document), order, "seed {seed}");
        edit::apply(&mut document, back);
        assert_eq!(document.pnml(), pnml, "seed {seed}");
    }
}

fn any_page(document: &Document, dice: &mut Dice) -> PageId {
    PageId(u32::try_from(dice.index(document.pnml().pages.len())).unwrap())
}

/// All numbers below `count` in any order.
fn shuffled(count: usize, dice: &mut Dice) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0u32..).take(count).collect();
    for last in (1..count).rev() {
        numbers.swap(last, dice.index(last + 1));
    }
    numbers
}

#[test]
fn an_arc_goes_with_its_transition_and_a_reference_takes_the_place_of_the_place() {
    let mut document = shared();
    let top = page(&document, "top");
    let take = node(&document, "take");
    let moved = edit::move_to_new_page(&document, &Selection::only(Item::Node(take)), top).unwrap();
    assert_eq!(moved.references, 2);
    perform(&mut document, moved.edit);
    let names = by_names(&document);
    let new = document.page(moved.page).id.to_string();
    assert_eq!(names["arc a1"], [new.as_str(), "r4", "take", "1"]);
    assert_eq!(names["arc a2"], [new.as_str(), "take", "r5", "1"]);
    assert_eq!(
        (&names["node r4"], &names["node r5"]),
        (&vec![new.clone(), "lock".into()], &vec![new, "busy".into()])
    );
    // The new page looks as the old one did.
    assert_eq!(position(document.node(node(&document, "r4"))), Point { x: 100.0, y: 100.0 });
    assert_eq!(document.title(node(&document, "r4")), "lock");
}

#[test]
fn a_place_that_goes_leaves_a_reference_for_the_transitions_that_stay() {
    let mut document = shared();
    let top = page(&document, "top");
    let lock = node(&document, "lock");
    let moved = edit::move_to_new_page(&document, &Selection::only(Item::Node(lock)), top).unwrap();
    perform(&mut document, moved.edit);
    let names = by_names(&document);
    assert_eq!(names["node lock"], [document.page(moved.page).id.as_str(), "1"]);
    assert_eq!(names["node r4"], ["top", "lock"]);
    assert_eq!(names["arc a1"], ["top", "r4", "take", "1"]);
    // The symbol does not cover the reference.
    let (at, left) = (document.symbol(moved.page), position(document.node(node(&document, "r4"))));
    assert!((at.y - left.y).abs() > 36.0, "{at:?} {left:?}");
}

#[test]
fn notes_go_along_to_a_new_page_and_the_others_stay() {
    let mut document = shared();
    for x in [0.0, 10.0, 20.0] {
        let (edit, id) = edit::add_note(&document, PageId(0), Point { x, y: 0.0 });
        perform(&mut document, edit);
        let edit = edit::set_note_text(&document, id, &format!("note {x}")).unwrap();
        perform(&mut document, edit);
    }
    let original = document.clone();
    let [first, second] = [0, 1].map(|index| Item::Note(NoteId { page: PageId(0), index }));
    let texts = |document: &Document, page: PageId| {
        document.notes(page).map(|(_, note)| note.text.clone()).collect::<Vec<_>>()
    };
    for with in [None, Some(Item::Node(node(&document, "lock"))), Some(Item::Page(PageId(1)))] {
        let selection: Selection = [first, second].into_iter().chain(with).collect();
        let moved = edit::move_to_new_page(&document, &selection, PageId(0)).unwrap();
        let mut history = History::default();
        history.perform(&mut document, moved.edit);
        assert_eq!(texts(&document, PageId(0)), ["note 20"]);
        assert_eq!(texts(&document, moved.page), ["note 0", "note 10"]);
        assert!(is_in_order(&document));
        assert!(history.undo(&mut document));
        assert_eq!(document.pnml(), original.pnml());
    }
    // A page is copied with its notes, and they stand where they stood.
    let (edit, doubled) = edit::duplicate(&document, &Selection::only(first), PageId(1)).unwrap();
    perform(&mut document, edit);
    assert_eq!((texts(&document, PageId(1)), doubled.notes().count()), (vec!["note 0".to_owned()], 1));
    let (edit, doubled) =
        edit::duplicate(&document, &Selection::only(Item::Page(PageId(1))), PageId(0)).unwrap();
    perform(&mut document, edit);
    let copy = doubled.pages().next().unwrap();
    let corners = [PageId(1), copy].map(|page| document.notes(page).next().unwrap().1.corner);
    assert_eq!((corners[0], doubled.notes().count()), (corners[1], 0));
}

#[test]
fn a_page_is_deleted_with_what_lies_within_and_what_refers_to_it_but_not_the_last_one() {
    let document = shared();
    let mut without = document.clone();
    let edit = edit::delete_page(&without, page(&document, "inner")).unwrap();
    perform(&mut without, edit);
    let ids: Vec<&str> = without.pnml().nodes.iter().map(|node| node.id.as_str()).collect();
    // `r3` refers to the lock by way of `r2`, which is gone.
    assert_eq!(ids, ["lock", "take", "busy", "look"]);
    assert!(is_in_order(&without) && without.pnml().net().is_ok());
    let edit = edit::delete_page(&without, page(&without, "other")).unwrap();
    perform(&mut without, edit);
    assert_eq!(edit::delete_page(&without, page(&without, "top")), None);
    let everything: Selection = [Item::Page(PageId(0)), Item::Node(NodeId(0))].into_iter().collect();
    assert_eq!(edit::delete(&without, &everything), None);
}

#[test]
fn pages_come_and_go_anywhere_in_the_order() {
    for seed in 0..SEEDS {
        let mut dice = Dice::new(seed);
        let mut document = shared();
        let mut history = History::default();
        for _ in 0..12 {
            let any = any_page(&document, &mut dice);
            let before = by_names(&document);
            if dice.once_in(3) {
                let Some(edit) = edit::delete_page(&document, any) else { continue };
                history.perform(&mut document, edit);
                let after = by_names(&document);
                assert!(after.iter().all(|(name, what)| before[name] == *what), "seed {seed}");
            } else {
                let (edit, new) = edit::add_page(&document, any, Point { x: 1.0, y: 2.0 });
                let within = document.page(any).id.to_string();
                history.perform(&mut document, edit);
                let mut after = by_names(&document);
                let own = after.remove(&format!("page {}", document.page(new).id)).unwrap();
                assert_eq!((own, after), (vec![within], before), "seed {seed}");
            }
            assert!(is_in_order(&document), "seed {seed}");
        }
        while history.undo(&mut document) {}
        assert_eq!(document.pnml(), shared().pnml(), "seed {seed}");
    }
}

#[test]
fn a_copied_page_takes_everything_on_it_along() {
    let document = shared();
    let (inner, lock, busy) = (page(&document, "inner"), node(&document, "lock"), node(&document, "busy"));
    let selection: Selection = [Item::Page(inner), Item::Node(lock), Item::Node(busy)].into_iter().collect();
    let edit::Copied { document: copy, left_out } = edit::copied(&document, &selection).unwrap();
    assert_eq!((copy.pages.len(), copy.nodes.len(), copy.arcs.len()), (2, 5, 2));
    assert_eq!(left_out, 0);
    // Through the text, as between windows.
    let copy = read(&pn_pnml::write(&copy));
    let mut other = Document::empty();
    let (edit, pasted) = edit::paste(&other, copy.pnml(), PageId(0), Point { x: 5.0, y: 5.0 });
    perform(&mut other, edit);
    assert!(is_in_order(&other));
    assert_eq!((pasted.nodes().count(), pasted.pages().count()), (2, 1));
    let (_, transitions) = flow(&other.pnml().net().unwrap());
    let moves = |name: &str| vec![(name.to_owned(), 1)];
    assert_eq!(transitions["leave"], ("leave".to_owned(), moves("busy"), moves("lock")));
}

#[test]
fn a_page_that_refers_to_what_is_not_copied_is_copied_without_and_doubled_with_the_references() {
    let document = shared();
    let inner = Selection::only(Item::Page(page(&document, "inner")));
    let edit::Copied { document: copy, left_out } = edit::copied(&document, &inner).unwrap();
    assert_eq!(left_out, 2);
    let ids: Vec<&str> = copy.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!((ids, copy.arcs.len()), (vec!["leave"], 0));
    let mut document = document;
    let (edit, doubled) = edit::duplicate(&document, &inner, PageId(0)).unwrap();
    perform(&mut document, edit);
    assert!(is_in_order(&document));
    assert_eq!(doubled.pages().count(), 1);
    let (_, transitions) = flow(&document.pnml().net().unwrap());
    let (_, pre, post) = &transitions["leave1"];
    assert_eq!((pre, post), (&vec![("busy".to_owned(), 1)], &vec![("lock".to_owned(), 1)]));
}

#[test]
fn whatever_is_doubled_and_pasted_keeps_the_order_and_the_rest_of_the_net() {
    let files = files();
    for seed in 0..SEEDS {
        let mut dice = Dice::new(seed);
        let mut document = files[dice.index(files.len())].clone();
        for _ in 0..3 {
            let before = flow(&document.pnml().net().unwrap());
            let (page, selection) = selection(&document, &mut dice);
            let edit = match dice.once_in(3) {
                true => edit::move_to_new_page(&document, &selection, page).map(|moved| moved.edit),
                false => edit::duplicate(&document, &selection, page).map(|(edit, _)| edit),
            };
            perform(&mut document, edit.unwrap());
            assert!(is_in_order(&document), "seed {seed}");
            let after = flow(&document.pnml().net().unwrap());
            assert!(before.0.iter().all(|(id, place)| after.0[id] == *place), "seed {seed}");
            assert!(before.1.iter().all(|(id, moves)| after.1[id] == *moves), "seed {seed}");
        }
        let again = read(&document.text());
        assert_eq!(again.pnml(), document.pnml(), "seed {seed}");
    }
}

#[test]
fn a_reference_refers_to_the_node_itself_wherever_it_is_added() {
    for (on, to) in [("top", "look"), ("other", "lock"), ("inner", "r3"), ("other", "r1"), ("top", "lock")] {
        let mut document = shared();
        let (on, to) = (page(&document, on), node(&document, to));
        let wanted = document.node(document.behind(to)).id.clone();
        let before = flow(&document.pnml().net().unwrap());
        let (edit, id) = edit::add_reference(&document, on, to, Point { x: 9.0, y: 9.0 });
        perform(&mut document, edit);
        let (NodeKind::ReferencePlace { to } | NodeKind::ReferenceTransition { to }) = document.node(id).kind
        else {
            panic!("{:?}", document.node(id));
        };
        assert_eq!((&document.node(to).id, document.node(id).page), (&wanted, on));
        assert!(is_in_order(&document));
        assert_eq!(flow(&document.pnml().net().unwrap()), before);
    }
}
