//! Notes: free text on the page.

use crate::desk::Desk;
use egui::{Event, Key, Modifiers, Vec2};

/// A note that says so, with its corner left of the middle of the canvas.
fn desk_with_a_note() -> Desk {
    let mut desk = Desk::new();
    let at = desk.middle() - Vec2::new(150.0, 80.0);
    desk.key(Key::N);
    desk.click_at(at);
    desk.harness.event(Event::Text("Ask ops".to_owned()));
    desk.settle();
    desk.key(Key::Enter);
    desk.harness.event(Event::Text("before the weekend".to_owned()));
    desk.settle();
    desk.control(Key::Enter);
    desk
}

fn notes(desk: &Desk) -> Vec<String> {
    let pages = &desk.editor().tab().document().pnml().pages;
    pages.iter().flat_map(|page| &page.notes).map(|note| note.text.clone()).collect()
}

#[test]
fn a_click_adds_a_note_that_is_written_in_place_in_several_lines() {
    let mut desk = desk_with_a_note();
    assert_eq!(notes(&desk), ["Ask ops\nbefore the weekend"]);
    assert!(desk.sees("Note: Ask ops before the weekend"));
    assert!(desk.text().contains(r#"<toolspecific tool="pn" version="1">"#), "{}", desk.text());
    assert!(!desk.sees("Note in place"), "Ctrl+Enter has ended it");
    desk.key(Key::F2);
    desk.write("Note in place", "Ask nobody");
    desk.press("Done");
    assert_eq!(notes(&desk), ["Ask nobody"]);
    desk.control(Key::Z);
    desk.control(Key::Z);
    assert_eq!(notes(&desk), [""]);
    desk.control(Key::Z);
    assert_eq!(notes(&desk), Vec::<String>::new());
    assert!(!desk.text().contains("toolspecific"));
}

#[test]
fn a_note_that_is_being_written_is_kept_by_a_click_beside_it_and_given_up_by_escape() {
    let mut desk = desk_with_a_note();
    let beside = desk.middle() + Vec2::new(150.0, 120.0);
    desk.key(Key::F2);
    desk.write("Note in place", "Ask two of them");
    desk.click_at(beside);
    assert_eq!(notes(&desk), ["Ask two of them"]);
    desk.activate("Note: Ask two of them");
    desk.key(Key::F2);
    desk.write("Note in place", "no");
    desk.key(Key::Escape);
    desk.settle();
    assert_eq!(notes(&desk), ["Ask two of them"]);
}

#[test]
fn a_note_is_dragged_nudged_duplicated_and_deleted_like_a_node() {
    let mut desk = desk_with_a_note();
    let corner = |desk: &Desk| desk.editor().tab().document().pnml().pages[0].notes[0].corner;
    let before = corner(&desk);
    let at = desk.at("Note: Ask ops before the weekend");
    desk.drag(at, at + Vec2::new(40.0, 30.0));
    assert_eq!((corner(&desk).x - before.x, corner(&desk).y - before.y), (40.0, 30.0));
    desk.key(Key::ArrowLeft);
    assert_eq!(corner(&desk).x - before.x, 30.0);
    desk.control(Key::D);
    assert_eq!(notes(&desk).len(), 2);
    desk.key(Key::Delete);
    assert_eq!(notes(&desk).len(), 1);
    for _ in 0..4 {
        desk.control(Key::Z);
    }
    assert_eq!((notes(&desk).len(), corner(&desk)), (1, before));
}

#[test]
fn a_copied_note_is_pasted_with_the_nodes_beside_it() {
    let mut desk = desk_with_a_note();
    desk.draw_a_pair();
    desk.control(Key::A);
    desk.harness.event(Event::Copy);
    desk.harness.step();
    assert_eq!(desk.said(), "Copied 2 nodes and 1 note.");
    let commands = &desk.harness.output().platform_output.commands;
    let copied = commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let text = copied.unwrap_or_else(|| panic!("{commands:?}"));
    desk.harness.event(Event::Paste(text));
    desk.settle();
    assert_eq!((desk.size(), notes(&desk).len()), ((2, 2, 2), 2));
    desk.control(Key::Z);
    assert_eq!((desk.size(), notes(&desk).len()), ((1, 1, 1), 1));
}

#[test]
fn the_inspector_shows_the_text_and_the_size_of_a_note() {
    let mut desk = desk_with_a_note();
    desk.activate("Note: Ask ops before the weekend");
    desk.write("Note text", "Wide");
    desk.set("Note width", 300.0);
    desk.set("Note height", 10.0);
    let note = desk.editor().tab().document().pnml().pages[0].notes[0].clone();
    assert_eq!((note.text.as_str(), note.size.x, note.size.y), ("Wide", 300.0, 30.0));
}

#[test]
fn a_node_on_a_note_is_what_a_click_selects_and_nodes_can_be_added_there() {
    let mut desk = desk_with_a_note();
    let at = desk.at("Note: Ask ops before the weekend");
    desk.key(Key::P);
    desk.click_at(at);
    assert_eq!(desk.size(), (1, 0, 0));
    desk.click_at(at);
    assert!(desk.sees("Tokens in the initial marking"));
    desk.click_at(at - Vec2::new(60.0, 20.0));
    assert!(desk.sees("Note text"));
}

#[test]
fn a_note_can_be_added_without_a_pointer() {
    let mut desk = Desk::new();
    desk.press("Add note");
    desk.write("Note in place", "Hello");
    desk.control(Key::Enter);
    assert_eq!(notes(&desk), ["Hello"]);
}

#[test]
fn while_the_net_is_played_notes_stay_as_they_are() {
    let mut desk = desk_with_a_note();
    desk.draw_a_pair();
    let before = desk.text();
    desk.key(Key::F5);
    desk.key(Key::N);
    let at = desk.at("Note: Ask ops before the weekend");
    desk.drag(at, at + Vec2::new(40.0, 30.0));
    desk.keys(Modifiers::NONE, Key::F2);
    assert_eq!(desk.text(), before);
    assert!(!desk.sees("Note in place"));
}
