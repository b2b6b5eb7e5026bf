//! Whatever is done to a document, undoing all of it gives the file back, byte for byte; doing it
//! again gives the same file as before.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use pn_deployment::annotation::{ActionText, InvariantText, KindText, Located, TransitionAnnotation};
use pn_gui::document::{ArcId, Document, Item, NoteId, Selection};
use pn_gui::edit::{self, Edit, Kind, Pin};
use pn_gui::history::History;
use pn_pnml::graphics::{Dimension, Point};
use pn_pnml::{NodeId, NodeKind, PageId};
use pn_testkit::Dice;

const SEQUENCES: u64 = 1_000;
const EDITS: usize = 200;

/// A file with everything that is easily lost: pages, references, foreign content, annotations.
const PAGES: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml" xmlns:x="http://example.org/x">
  <net id="net" type="http://www.pnml.org/version-2009/grammar/ptnet">
    <name><text>pages</text></name>
    <toolspecific tool="other" version="2"><x:keep me="1">a <b/> c</x:keep></toolspecific>
    <page id="one">
      <place id="p1">
        <name><text>first</text><graphics><offset x="3" y="-4"/></graphics></name>
        <initialMarking><text>2</text></initialMarking>
        <graphics><position x="10" y="20"/><dimension x="30" y="30"/><fill color="#abcdef"/></graphics>
      </place>
      <transition id="t1">
        <toolspecific tool="pn" version="1"><action kind="exec"><param name="cmd">true</param></action></toolspecific>
      </transition>
      <referencePlace id="r1" ref="p2"><graphics><position x="90" y="20"/></graphics></referencePlace>
      <arc id="a1" source="p1" target="t1">
        <inscription><text>2</text></inscription>
        <graphics><position x="5" y="6"/><line color="red"/></graphics>
      </arc>
      <arc id="a2" source="t1" target="r1"/>
      <page id="inner"><place id="p3"/></page>
    </page>
    <page id="two"><toolspecific tool="pn" version="1"><note x="5" y="6" width="90" height="40">two
lines</note></toolspecific><place id="p2"/><transition id="t2"/><arc id="a3" source="p2" target="t2"/></page>
  </net>
</pnml>
"##;

fn files() -> Vec<Document> {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/");
    let example = |name: &str| std::fs::read(format!("{examples}{name}.pnml")).unwrap();
    let files = [PAGES.as_bytes().to_vec(), example("rollout"), example("mutex"), example("philosophers")];
    let read = files.iter().map(|bytes| Document::new(pn_pnml::read(bytes).document.unwrap()));
    read.chain([Document::empty()]).collect()
}

fn point(dice: &mut Dice) -> Point {
    Point { x: dice.within(0..=900) as f64, y: dice.within(0..=900) as f64 }
}

fn node(document: &Document, dice: &mut Dice) -> Option<NodeId> {
    let count = document.pnml().nodes.len();
    (count > 0).then(|| NodeId(u32::try_from(dice.index(count)).unwrap()))
}

fn arc(document: &Document, dice: &mut Dice) -> Option<ArcId> {
    let count = document.pnml().arcs.len();
    (count > 0).then(|| ArcId(u32::try_from(dice.index(count)).unwrap()))
}

fn selection(document: &Document, dice: &mut Dice) -> Selection {
    let nodes: Vec<Item> =
        (0..dice.within(1..=3)).filter_map(|_| node(document, dice)).map(Item::Node).collect();
    let arcs = if dice.once_in(3) { arc(document, dice).map(Item::Arc) } else { None };
    let on = page(document, dice);
    let notes = if dice.once_in(3) { note(document, on, dice).map(Item::Note) } else { None };
    let pages = if dice.once_in(4) { Some(Item::Page(page(document, dice))) } else { None };
    nodes.into_iter().chain(arcs).chain(notes).chain(pages).collect()
}

fn note(document: &Document, page: PageId, dice: &mut Dice) -> Option<NoteId> {
    let notes: Vec<NoteId> = document.notes(page).map(|(id, _)| id).collect();
    (!notes.is_empty()).then(|| notes[dice.index(notes.len())])
}

fn page(document: &Document, dice: &mut Dice) -> PageId {
    PageId(u32::try_from(dice.index(document.pnml().pages.len())).unwrap())
}

fn text(value: &str) -> Located<String> {
    Located { value: value.to_owned(), ..Located::default() }
}

fn annotation(dice: &mut Dice) -> Option<TransitionAnnotation> {
    let kinds = [
        KindText::Control,
        KindText::Action(ActionText {
            kind: text("file"),
            host: Some(text("web1")),
            params: vec![(text("path"), text("/tmp/x"))],
        }),
        KindText::Approval { by: text("ops") },
    ];
    let index = dice.index(4);
    kinds.into_iter().nth(index).map(TransitionAnnotation::new)
}

/// Labels are dragged somewhere, or nudged.
fn labels(document: &Document, dice: &mut Dice) -> Option<Edit> {
    let chosen = selection(document, dice);
    let to = point(dice);
    match dice.once_in(2) {
        true => edit::place_labels(document, chosen.iter().map(|item| (item, Some(to)))),
        false => edit::move_labels(document, chosen.iter(), Point { x: to.x - 450.0, y: to.y - 450.0 }),
    }
}

/// Any edit that can be made now.
fn random_edit(document: &Document, dice: &mut Dice) -> Option<Edit> {
    let page = page(document, dice);
    match dice.within(0..=28) {
        0 | 1 => {
            let kind = if dice.once_in(2) { Kind::Place } else { Kind::Transition };
            Some(edit::add_node(document, page, kind, point(dice)).0)
        }
        2 | 3 => {
            let (from, to) = (node(document, dice)?, node(document, dice)?);
            edit::connect(document, from, to).ok().map(|(edit, _)| edit)
        }
        4 => edit::delete(document, &selection(document, dice)),
        5 => {
            let chosen = selection(document, dice);
            edit::move_selection(document, &chosen, point(dice))
        }
        6 => Some(edit::bend(
            document,
            arc(document, dice)?,
            (0..dice.within(0..=2)).map(|_| point(dice)).collect(),
        )),
        7 => edit::duplicate(document, &selection(document, dice), page).map(|(edit, _)| edit),
        8 => {
            let copy = edit::copied(document, &selection(document, dice))?.document;
            Some(edit::paste(document, &copy, page, point(dice)).0)
        }
        9 => {
            let names = ["", "a", "<b>", "ready & waiting", "größer"];
            Some(edit::set_name(document, node(document, dice)?, names[dice.index(names.len())]))
        }
        10 => edit::set_tokens(document, node(document, dice)?, dice.within(0..=9)),
        11 => edit::set_annotation(document, node(document, dice)?, annotation(dice), "kind"),
        12 => Some(edit::set_arc_weight(document, arc(document, dice)?, dice.within(1..=5))),
        13 => {
            let color = [None, Some("#abcdef"), Some("red")][dice.index(3)];
            Some(edit::set_fill(document, node(document, dice)?, color))
        }
        14 => Some(edit::set_net_name(document, ["", "net", "rollout"][dice.index(3)])),
        15 => {
            let mut annotation = document.pnml().annotation.clone();
            annotation.goal = dice.once_in(2).then(|| text("tokens(p1) >= 1"));
            let formula = text("tokens(p1) <= 1");
            annotation.invariants.push(InvariantText { name: text("one"), formula });
            Some(edit::set_net_annotation(document, annotation, "goal"))
        }
        16 => labels(document, dice),
        17 => edit::put_labels_back(document, selection(document, dice).iter()),
        18 => Some(edit::add_note(document, page, point(dice)).0),
        19 => {
            let texts = ["", "Ask ops first", "<b> & more\n\n  in lines", "größer"];
            edit::set_note_text(document, note(document, page, dice)?, texts[dice.index(texts.len())])
        }
        20 => {
            let Point { x, y } = point(dice);
            edit::set_note_size(document, note(document, page, dice)?, Dimension { x, y })
        }
        21 => {
            let pin = if dice.once_in(2) { Pin::Pinned } else { Pin::Free };
            edit::set_pin(document, selection(document, dice).nodes(), pin)
        }
        22 => Some(edit::grow(document, node(document, dice)?, point(dice)).0),
        23 => Some(edit::add_page(document, page, point(dice)).0),
        24 => {
            let names = ["", "sheet", "<b>", "größer"];
            Some(edit::set_page_name(document, page, names[dice.index(names.len())]))
        }
        25 => edit::delete_page(document, page),
        26 => Some(edit::add_reference(document, page, node(document, dice)?, point(dice)).0),
        27 => {
            let selected = selection(document, dice);
            let first = selected.nodes().next()?;
            let page = document.node(first).page;
            edit::move_to_new_page(document, &selected, page).map(|moved| moved.edit)
        }
        _ => {
            let name = format!("n{}", dice.within(0..=40));
            edit::rename(document, node(document, dice)?, &name).ok()
        }
    }
}

#[test]
fn undoing_everything_gives_the_file_back_byte_for_byte() {
    let files = files();
    let mut kept = 0;
    for seed in 0..SEQUENCES {
        let mut dice = Dice::new(seed);
        let original = &files[dice.index(files.len())];
        let (mut document, mut history) = (original.clone(), History::default());
        let before = document.text();
        for _ in 0..EDITS {
            match dice.within(0..=19) {
                0 => {
                    history.undo(&mut document);
                }
                1 => {
                    history.redo(&mut document);
                }
                2 => history.seal(),
                _ => {
                    if let Some(edit) = random_edit(&document, &mut dice) {
                        history.perform(&mut document, edit);
                        kept += 1;
                    }
                }
            }
            // Small documents meet more of the hard cases, and are faster.
            if document.pnml().nodes.len() > 60 {
                let all: Selection = document.nodes().skip(10).map(|(id, _)| Item::Node(id)).collect();
                let edit = edit::delete(&document, &all).unwrap();
                history.perform(&mut document, edit);
            }
            while document.pnml().pages.len() > 12 {
                let last = PageId(u32::try_from(document.pnml().pages.len() - 1).unwrap());
                let edit = edit::delete_page(&document, last).unwrap();
                history.perform(&mut document, edit);
            }
        }
        let after = document.text();
        let mut steps = 0;
        while history.undo(&mut document) {
            steps += 1;
        }
        assert_eq!(document.text(), before, "seed {seed}: undoing {steps} steps");
        assert_eq!(document.pnml(), original.pnml(), "seed {seed}");
        assert!(!history.is_dirty(), "seed {seed}: it is as it was saved");
        for _ in 0..steps {
            assert!(history.redo(&mut document), "seed {seed}");
        }
        assert_eq!(document.text(), after, "seed {seed}: doing it again");
    }
    assert!(kept > SEQUENCES * EDITS as u64 / 2, "most edits can be made: {kept}");
}

#[test]
fn what_edits_make_can_be_read_again_and_is_equal() {
    for (seed, original) in files().into_iter().enumerate() {
        let (mut document, mut dice) = (original, Dice::new(seed as u64 + 7));
        let mut history = History::default();
        for _ in 0..60 {
            if let Some(edit) = random_edit(&document, &mut dice) {
                history.perform(&mut document, edit);
            }
        }
        let text = document.text();
        let read = pn_pnml::read(text.as_bytes());
        let again = Document::new(read.document.unwrap_or_else(|| panic!("{:?}\n{text}", read.diagnostics)));
        assert_eq!(again.text(), text);
        assert_eq!(again.pnml(), document.pnml(), "file {seed}");
        assert!(document.pnml().net().is_ok(), "file {seed}");
    }
}

#[test]
fn an_opened_file_that_is_saved_again_keeps_everything() {
    for document in files() {
        let text = document.text();
        let again = Document::new(pn_pnml::read(text.as_bytes()).document.unwrap());
        assert_eq!(again.text(), text);
        assert_eq!(again.pnml().net(), document.pnml().net());
    }
    let document = Document::new(pn_pnml::read(PAGES.as_bytes()).document.unwrap());
    let text = document.text();
    for kept in [
        "<x:keep me=\"1\">a <b/> c</x:keep>",
        "xmlns:x=",
        "<page id=\"inner\">",
        "ref=\"p2\"",
        "#abcdef",
        "two\nlines</note>",
    ] {
        assert!(text.contains(kept), "{kept} is gone");
    }
}

#[test]
fn letters_typed_into_one_field_are_one_step() {
    let (mut document, mut history) = (Document::empty(), History::default());
    let (edit, id) = edit::add_node(&document, document.first_page(), Kind::Place, Point::default());
    history.perform(&mut document, edit);
    for name in ["r", "re", "rea", "read", "ready"] {
        let edit = edit::set_name(&document, id, name);
        history.perform(&mut document, edit);
    }
    history.seal();
    let edit = edit::set_name(&document, id, "ready2");
    history.perform(&mut document, edit);
    let name = |document: &Document| document.title(id).to_owned();
    assert!(history.undo(&mut document));
    assert_eq!(name(&document), "ready");
    assert!(history.undo(&mut document));
    assert_eq!(name(&document), "p1");
    assert!(history.redo(&mut document));
    assert_eq!(name(&document), "ready");
}

#[test]
fn deleting_a_node_takes_its_arcs_and_the_references_to_it() {
    let mut document = Document::new(pn_pnml::read(PAGES.as_bytes()).document.unwrap());
    let p2 = document.nodes().find(|(_, node)| node.id == "p2").unwrap().0;
    let edit = edit::delete(&document, &Selection::only(Item::Node(p2))).unwrap();
    History::default().perform(&mut document, edit);
    let ids: Vec<&str> = document.pnml().nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["p1", "t1", "p3", "t2"]);
    let arcs: Vec<&str> = document.pnml().arcs.iter().map(|arc| arc.id.as_str()).collect();
    assert_eq!(arcs, ["a1"]);
}

#[test]
fn a_copy_of_an_action_and_its_outcome_keeps_them_together() {
    let text = r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet"><page id="g">
      <transition id="go"><toolspecific tool="pn" version="1"><action kind="noop"/></toolspecific></transition>
      <transition id="ok"><toolspecific tool="pn" version="1"><outcome of="go" is="ok same"/></toolspecific></transition>
    </page></net></pnml>"#;
    let document = Document::new(pn_pnml::read(text.as_bytes()).document.unwrap());
    let all: Selection = document.nodes().map(|(id, _)| Item::Node(id)).collect();
    let (edit, _) = edit::duplicate(&document, &all, document.first_page()).unwrap();
    let mut document = document;
    History::default().perform(&mut document, edit);
    let copy = &document.pnml().nodes[3];
    let NodeKind::Transition { annotation: Some(annotation) } = &copy.kind else { panic!("{copy:?}") };
    let KindText::Outcome { of, .. } = &annotation.kind else { panic!("{annotation:?}") };
    assert_eq!((document.pnml().nodes[2].id.as_str(), of.value.as_str()), ("go1", "go1"));
}
