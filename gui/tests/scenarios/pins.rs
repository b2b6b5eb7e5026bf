//! Pinned nodes stay where they are when the net is laid out.

use crate::desk::Desk;
use egui::Key;

fn pinned(desk: &Desk) -> Vec<String> {
    let nodes = &desk.editor().tab().document().pnml().nodes;
    nodes.iter().filter(|node| node.is_pinned).map(|node| node.id.to_string()).collect()
}

#[test]
fn a_pinned_node_stays_when_the_net_is_laid_out() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.activate("Transition t1");
    desk.key(Key::K);
    assert_eq!(pinned(&desk), ["t1"]);
    assert!(desk.sees("Transition t1, pinned"));
    let position = |desk: &Desk| desk.editor().tab().document().pnml().nodes[1].graphics.clone();
    let before = position(&desk);
    desk.key(Key::Escape);
    desk.control(Key::L);
    assert_eq!(position(&desk), before);
    assert!(desk.text().contains("<pinned/>"), "{}", desk.text());
}

#[test]
fn the_key_pins_all_that_is_selected_and_frees_it_again() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.activate("Place p1");
    desk.key(Key::K);
    desk.control(Key::A);
    desk.key(Key::K);
    assert_eq!(pinned(&desk), ["p1", "t1"]);
    desk.key(Key::K);
    assert_eq!(pinned(&desk), Vec::<String>::new());
    desk.control(Key::Z);
    assert_eq!(pinned(&desk), ["p1", "t1"]);
}

#[test]
fn the_inspector_shows_whether_a_node_is_pinned() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.activate("Place p1");
    desk.click("Pinned");
    assert_eq!(pinned(&desk), ["p1"]);
    desk.click("Pinned");
    assert_eq!(pinned(&desk), Vec::<String>::new());
}
