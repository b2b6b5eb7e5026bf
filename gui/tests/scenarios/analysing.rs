//! Hints while drawing, simulation, structure.

use crate::desk::Desk;
use egui::Key;
use std::fs;

#[test]
fn what_cannot_happen_is_hinted_at_while_it_is_drawn() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.key(Key::Escape);
    assert!(desk.sees_part("t1 never fires: no token ever comes to p1."));
    desk.click("Place p1");
    desk.set("Tokens", 1.0);
    assert!(!desk.sees_part("never fires"));
}

#[test]
fn what_grows_without_limit_is_hinted_at_and_leads_there() {
    let mut desk = Desk::new();
    desk.activate("Add transition");
    let from = desk.at("Transition t1");
    desk.drag_from_handle("Transition t1", from + egui::Vec2::new(120.0, 0.0));
    desk.key(Key::Escape);
    desk.click("Tokens pile up without limit on p1: t1 can fire again and again.");
    let selected = desk.editor().tab().selection().nodes().next();
    let node = selected.map(|id| desk.editor().tab().document().node(id).id.to_string());
    assert_eq!(node.as_deref(), Some("p1"));
}

#[test]
fn a_simulation_is_told_in_words_and_exported() {
    let mut desk = Desk::with("philosophers");
    desk.key(Key::F8);
    for _ in 0..400 {
        desk.settle();
        if desk.sees_part("on average") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    assert!(desk.sees_part("100 runs with seed 1"));
    desk.press("Export…");
    let path = desk.folder.path().join("course.csv");
    desk.write("File name", &path.display().to_string());
    desk.press("Export");
    let text = fs::read_to_string(path).unwrap();
    assert!(text.starts_with("step,") && text.lines().count() > 2, "{text}");
}

#[test]
fn invariants_are_listed_and_light_up() {
    let mut desk = Desk::with("mutex");
    desk.click("Structure");
    let lists = |desk: &Desk| desk.sees_part(" = 1");
    for _ in 0..200 {
        desk.settle();
        if lists(&desk) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let link = desk.part(" = 1");
    desk.click(&link);
    assert!(desk.editor().tab().highlighted().count() >= 2);
}
