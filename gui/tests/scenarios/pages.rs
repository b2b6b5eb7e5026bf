//! Pages and references: added, opened, left, named, moved, copied, deleted, gone along.

use crate::desk::Desk;
use egui::{Event, Key, Modifiers, Vec2};
use pn_gui::command::Command;
use pn_gui::document::position;
use std::fs;

const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// Moves the first process of the example `mutex` to a page of its own.
pub(crate) fn move_the_first_process(desk: &mut Desk) {
    desk.click("Place idle1, 1 token");
    for name in
        ["Transition request1", "Place waiting1", "Transition enter1", "Place critical1", "Transition leave1"]
    {
        desk.shift_click(name);
    }
    desk.keys(SHIFT, Key::G);
}

/// The title of the page that is shown.
fn page(desk: &Desk) -> String {
    let tab = desk.editor().tab();
    tab.document().page_title(tab.page()).to_owned()
}

#[test]
fn a_page_is_added_opened_filled_and_left() {
    let mut desk = Desk::new();
    assert!(!desk.sees("Pages"), "a net of one page needs no way to it");
    desk.keys(SHIFT, Key::N);
    assert!(desk.sees("Page page1") && desk.sees("Pages"));
    desk.key(Key::PageDown);
    assert_eq!(page(&desk), "page1");
    desk.activate("Add place");
    assert!(desk.sees("Place p1") && !desk.sees("Page page1"));
    desk.key(Key::PageUp);
    assert_eq!(page(&desk), "page");
    assert!(desk.sees("Page page1") && !desk.sees("Place p1"));
    // It comes back with its page selected.
    assert!(desk.sees("On it: 1 node, 0 arcs, 0 pages."));
    let text = desk.text();
    assert!(text.contains("<page id=\"page1\">"), "{text}");
}

#[test]
fn a_double_click_opens_a_page_and_its_name_leads_back() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.keys(SHIFT, Key::N);
    desk.double_click("Page page1");
    assert_eq!(page(&desk), "page1");
    desk.press("page");
    assert_eq!(page(&desk), "page");
    assert!(desk.sees("Place p1"));
}

#[test]
fn the_way_leads_to_every_page_on_it_and_beside_it() {
    let mut desk = Desk::new();
    for _ in 0..2 {
        desk.keys(SHIFT, Key::N);
    }
    desk.click("Page page2");
    desk.press("Open");
    desk.keys(SHIFT, Key::N);
    desk.press("Open");
    assert_eq!(page(&desk), "page3");
    desk.press("page2");
    assert_eq!(page(&desk), "page2");
    desk.click("Pages");
    desk.press("page3");
    assert_eq!(page(&desk), "page3");
    desk.press("page2");
    desk.click("Pages");
    assert!(desk.sees("Inside page2") && desk.sees("Beside page2"));
    desk.press("page1");
    assert_eq!(page(&desk), "page1");
    desk.press("Net");
    assert_eq!(page(&desk), "page");
}

#[test]
fn a_page_is_named_in_the_inspector_and_in_place() {
    let mut desk = Desk::new();
    desk.keys(SHIFT, Key::N);
    desk.write("Page name", "web1");
    assert!(desk.sees("Page web1"));
    desk.key(Key::Escape);
    desk.click("Page web1");
    desk.key(Key::F2);
    desk.write("Name in place", "web2");
    desk.press("Done");
    assert!(desk.sees("Page web2"));
    desk.control(Key::Z);
    assert!(desk.sees("Page web1"));
    desk.control(Key::Z);
    assert!(desk.sees("Page page1"));
}

#[test]
fn the_symbol_of_a_page_is_moved_and_nudged_like_a_node() {
    let mut desk = Desk::new();
    desk.keys(SHIFT, Key::N);
    let from = desk.at("Page page1");
    desk.drag(from, from + Vec2::new(60.0, -40.0));
    assert!((desk.at("Page page1") - from - Vec2::new(60.0, -40.0)).length() < 6.0);
    let from = desk.at("Page page1");
    desk.key(Key::ArrowLeft);
    assert!((desk.at("Page page1") - from + Vec2::new(10.0, 0.0)).length() < 0.5);
    desk.control(Key::Z);
    desk.control(Key::Z);
    let text = desk.text();
    desk.control(Key::Z);
    assert!(!desk.sees("Page page1") && !desk.text().contains("page1"));
    desk.keys(SHIFT, Key::Z);
    assert_eq!(desk.text(), text);
}

#[test]
fn a_part_of_the_net_is_moved_to_a_page_and_the_net_stays_the_same() {
    let mut desk = Desk::with("mutex");
    let before = desk.text();
    move_the_first_process(&mut desk);
    assert_eq!(desk.said(), "Moved to page page1; a reference stands for a place of the other page.");
    assert!(desk.sees("Page page1") && desk.sees("Place lock, 1 token") && !desk.sees("Transition enter1"));
    assert_eq!(desk.size(), (8, 6, 16), "one reference was added");
    desk.key(Key::PageDown);
    assert!(desk.sees("Transition enter1") && desk.sees("Reference to place lock, 1 token"));
    assert!(desk.sees("Arc from lock to enter1") && desk.sees("Arc from leave1 to lock"));
    // Undoing it leads back to the page that is left.
    desk.control(Key::Z);
    assert_eq!((page(&desk), desk.text()), ("page".to_owned(), before));
    assert!(desk.sees("Transition enter1"));
}

#[test]
fn a_net_on_several_pages_is_played_and_verified_as_on_one() {
    let mut desk = Desk::with("mutex");
    move_the_first_process(&mut desk);
    desk.key(Key::F5);
    desk.double_click("Page page1");
    assert_eq!(page(&desk), "page1");
    desk.press("page");
    desk.click("Page page1");
    desk.press("Open");
    assert_eq!(page(&desk), "page1");
    desk.click("Transition request1, enabled");
    desk.click("Transition enter1, enabled");
    assert!(desk.sees("Reference to place lock"), "the lock is taken where it is drawn once more");
    desk.key(Key::PageUp);
    assert!(desk.sees("Place lock"));
    desk.key(Key::F5);
    desk.key(Key::F9);
    desk.wait_for_verifier();
    let findings = desk.editor().tab().findings();
    assert!(findings.iter().all(|finding| finding.word == pn_gui::jobs::Word::Holds));
}

#[test]
fn a_reference_is_added_by_name_and_gone_along() {
    let mut desk = Desk::with("mutex");
    desk.keys(SHIFT, Key::N);
    desk.key(Key::PageDown);
    desk.keys(SHIFT, Key::R);
    desk.write("Refer to", "crit");
    desk.press("place critical2 on page page");
    assert!(desk.sees("Reference to place critical2"));
    assert!(desk.sees("Refers to place critical2 on page page"));
    // An arc can be drawn to it like to any place.
    desk.activate("Add transition");
    desk.key(Key::A);
    let (from, to) = (desk.at("Reference to place critical2"), desk.at("Transition t1"));
    desk.drag(from, to);
    assert!(desk.sees("Arc from critical2 to t1"));
    desk.key(Key::V);
    desk.click("Reference to place critical2");
    desk.press("Go there");
    assert_eq!(page(&desk), "page");
    let tab = desk.editor().tab();
    let selected = tab.selection().nodes().next().map(|id| tab.document().node(id).id.to_string());
    assert_eq!(selected.as_deref(), Some("critical2"));
}

#[test]
fn going_to_what_a_reference_refers_to_is_a_command_and_find_reaches_all_pages() {
    let mut desk = Desk::with("mutex");
    move_the_first_process(&mut desk);
    desk.key(Key::PageDown);
    desk.click("Reference to place lock, 1 token");
    desk.keys(SHIFT, Key::P);
    desk.write("Command", "refers to");
    desk.key(Key::Enter);
    assert_eq!(page(&desk), "page");
    desk.control(Key::F);
    desk.write("Find", "waiting1");
    desk.key(Key::Enter);
    assert_eq!(page(&desk), "page1");
}

#[test]
fn a_page_is_deleted_with_its_content_and_the_references_to_it() {
    let mut desk = Desk::with("mutex");
    move_the_first_process(&mut desk);
    let before = desk.text();
    // A reference on the outer page to a place of the inner one.
    desk.keys(SHIFT, Key::R);
    desk.write("Refer to", "critical1");
    desk.key(Key::Enter);
    assert!(desk.sees("Reference to place critical1"));
    desk.click("Page page1");
    desk.key(Key::Delete);
    assert!(!desk.sees("Page page1") && !desk.sees("Reference to place critical1"));
    assert_eq!(desk.size(), (4, 3, 8));
    desk.control(Key::Z);
    desk.control(Key::Z);
    assert_eq!(desk.text(), before);
}

#[test]
fn the_page_that_is_shown_is_deleted_unless_it_is_the_last() {
    let mut desk = Desk::with("mutex");
    desk.keys(SHIFT, Key::N);
    desk.key(Key::PageDown);
    desk.press("Delete this page");
    assert_eq!(page(&desk), "page");
    assert!(!desk.editor().can(Command::DeletePage));
    assert_eq!(desk.editor().why_not(Command::DeletePage), Some("A net has at least one page."));
}

#[test]
fn commands_that_make_no_sense_say_why() {
    let mut desk = Desk::new();
    desk.key(Key::PageUp);
    assert_eq!(desk.said(), "No page holds this one.");
    desk.key(Key::PageDown);
    assert_eq!(desk.said(), "Select one page first.");
    desk.keys(SHIFT, Key::G);
    assert_eq!(desk.said(), "Select what is to be moved first.");
    desk.keys(SHIFT, Key::R);
    assert_eq!(desk.said(), "There is no place and no transition to refer to.");
    desk.activate("Add place");
    desk.key(Key::F5);
    desk.keys(SHIFT, Key::N);
    assert_eq!(desk.said(), "The token game is on: nothing can be edited.");
    assert_eq!(desk.editor().tab().document().pnml().pages.len(), 1);
}

#[test]
fn an_arc_that_ends_at_a_page_is_refused_and_said_why() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.keys(SHIFT, Key::N);
    let to = desk.at("Page page1");
    desk.drag_from_handle("Place p1", to);
    assert_eq!(desk.size(), (1, 0, 0));
    assert_eq!(desk.said(), "An arc ends at a node, not at a page; open the page and put a reference on it.");
}

#[test]
fn a_page_is_copied_with_its_content_and_doubled_with_its_references() {
    let mut desk = Desk::with("mutex");
    move_the_first_process(&mut desk);
    desk.harness.event(Event::Copy);
    desk.settle();
    assert_eq!(desk.said(), "Copied 6 nodes and 1 page, without 1 reference to what is not copied.");
    desk.control(Key::D);
    assert!(desk.sees("Page page2"));
    // Three processes share the lock now.
    let net = desk.editor().tab().document().pnml().net().unwrap();
    let lock = net.find_place("lock").unwrap();
    assert_eq!(net.consumers(lock).count(), 3);
    desk.control(Key::A);
    assert!(desk.editor().tab().selection().pages().count() == 2);
    desk.harness.event(Event::Copy);
    desk.settle();
    assert_eq!(desk.said(), "Copied 21 nodes and 2 pages.");
}

#[test]
fn a_copied_page_is_pasted_in_another_window() {
    let mut desk = Desk::with("mutex");
    move_the_first_process(&mut desk);
    desk.control(Key::A);
    desk.harness.event(Event::Copy);
    desk.harness.step();
    let commands = desk.harness.output().platform_output.commands.clone();
    let copied = commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let mut other = Desk::new();
    other.harness.event(Event::Paste(copied.unwrap()));
    other.settle();
    assert!(other.sees("Page page1") && other.sees("Place lock, 1 token"));
    let [own, pasted] = [&desk, &other].map(|desk| desk.editor().tab().document().pnml().net().unwrap());
    assert_eq!(
        (own.place_count(), own.transition_count()),
        (pasted.place_count(), pasted.transition_count())
    );
    assert_eq!(own.arc_count(), pasted.arc_count());
}

#[test]
fn layout_puts_a_page_beside_what_it_takes_from_and_gives_to() {
    let mut desk = Desk::with("mutex");
    move_the_first_process(&mut desk);
    let before = desk.text();
    desk.key(Key::Escape);
    desk.control(Key::L);
    assert_ne!(desk.text(), before);
    let document = desk.editor().tab().document();
    let symbol = document.symbol(pn_pnml::PageId(1));
    let nodes = document.nodes().filter(|(_, node)| node.page == pn_pnml::PageId(0));
    for (_, node) in nodes {
        let at = position(node);
        let is_apart = (at.x - symbol.x).abs() >= 60.0 || (at.y - symbol.y).abs() >= 60.0;
        assert!(is_apart, "{} at {at:?} is covered by the page at {symbol:?}", node.id);
        if node.id == "lock" {
            assert!((at.x - symbol.x).abs() <= 160.0, "{at:?} {symbol:?}");
        }
    }
    desk.control(Key::Z);
    assert_eq!(desk.text(), before);
}

#[test]
fn pages_of_a_file_without_places_for_them_are_seen_below_the_nodes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.pnml");
    let text = r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet">
      <page id="top"><place id="p"><graphics><position x="50" y="50"/></graphics></place>
        <page id="a"><name><text>first</text></name></page><page id="b"/></page>
      <page id="beside"/></net></pnml>"#;
    fs::write(&file, text).unwrap();
    let mut desk = Desk::in_folder(folder, &[file]);
    assert!(desk.sees("Page first") && desk.sees("Page b") && !desk.sees("Page beside"));
    assert!(desk.at("Page first").y > desk.at("Place p").y);
    assert!(!desk.editor().tab().is_dirty(), "looking at it changes nothing");
    // What is dragged has a place of its own from then on.
    let from = desk.at("Page first");
    desk.drag(from, from + Vec2::new(0.0, 80.0));
    let document = desk.editor().tab().document();
    assert!(document.symbol(pn_pnml::PageId(1)).y > position(document.node(pn_pnml::NodeId(0))).y + 80.0);
    assert!(desk.text().contains("<page id=\"beside\">"));
}

#[test]
fn nodes_without_a_position_are_laid_out_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.pnml");
    let text = r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet">
      <page id="one"><place id="p1"/><transition id="t1"/><arc id="a1" source="p1" target="t1"/></page>
      <page id="two"><place id="far"><graphics><position x="50" y="5000"/></graphics></place></page>
      <page id="three"><place id="p3"/><transition id="t3"/><arc id="a3" source="p3" target="t3"/></page>
    </net></pnml>"#;
    fs::write(&file, text).unwrap();
    let desk = Desk::in_folder(folder, &[file]);
    let document = desk.editor().tab().document();
    let at = |id: u32| position(document.node(pn_pnml::NodeId(id)));
    assert_eq!((at(0), at(1)), (at(3), at(4)), "either page begins where a page begins");
    assert_eq!(at(2).y, 5000.0);
}

#[test]
fn the_page_that_is_shown_is_exported() {
    let mut desk = Desk::with("mutex");
    move_the_first_process(&mut desk);
    let export = |desk: &mut Desk, file: &str| {
        desk.keys(SHIFT, Key::P);
        desk.write("Command", "Export as SVG");
        desk.key(Key::Enter);
        let name = desk.folder.path().join(file);
        desk.write("File name", &name.display().to_string());
        desk.press("Export");
        fs::read_to_string(name).unwrap()
    };
    let outer = export(&mut desk, "outer.svg");
    assert!(outer.contains(">page1</text>") && outer.contains(">enter2</text>") && !outer.contains("enter1"));
    desk.key(Key::PageDown);
    let inner = export(&mut desk, "inner.svg");
    assert!(inner.contains(">enter1</text>") && inner.contains(">lock</text>") && !inner.contains("enter2"));
}
