//! Names and weights are moved beside what they belong to.

use crate::desk::Desk;
use egui::{Event, Key, Modifiers, Pos2, Vec2};
use std::path::PathBuf;

/// A place with a long name, one whose name lies over its neighbour, and an arc with a weight.
const FILE: &str = r##"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet"><page id="g">
  <place id="p"><name><text>ready</text></name><initialMarking><text>3</text></initialMarking><graphics><position x="100" y="100"/></graphics></place>
  <place id="q"><name><text>waiting</text><graphics><offset x="-100" y="0"/><font size="9"/></graphics></name><graphics><position x="200" y="100"/></graphics></place>
  <transition id="t"><name><text>start</text></name><graphics><position x="220" y="220"/></graphics></transition>
  <arc id="a" source="p" target="t"><inscription><text>3</text></inscription></arc>
</page></net></pnml>
"##;

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("labels.pnml");
    std::fs::write(&file, FILE).unwrap();
    let mut desk = Desk::in_folder(folder, &[file]);
    desk.control(Key::Num0);
    desk
}

/// Where the name of a node stands by itself: below a place, above a transition.
fn name_of(desk: &Desk, node: &str) -> Pos2 {
    let (middle, is_place) = (desk.at(node), node.starts_with("Place"));
    middle + if is_place { Vec2::new(0.0, 24.0) } else { Vec2::new(0.0, -26.0) }
}

fn button(at: Pos2, pressed: bool) -> Event {
    let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
    Event::PointerButton { pos: at, button, pressed, modifiers }
}

#[test]
fn a_dragged_name_stays_where_it_is_dropped_and_undo_puts_it_back() {
    let mut desk = desk();
    let before = desk.text();
    let from = name_of(&desk, "Transition start");
    desk.drag(from, from + Vec2::new(60.0, 20.0));
    let text = desk.text();
    let name = text.split("<text>start</text>").nth(1).unwrap();
    let x: f64 = name.split("<offset x=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    assert_eq!(x, 60.0, "{text}");
    assert!(text.contains(r#"<transition id="t">"#) && text.contains(r#"<position x="220" y="220"/>"#));
    // Where it stands now it can be taken again.
    let now = from + Vec2::new(60.0, 20.0);
    desk.drag(now, now + Vec2::new(-30.0, 0.0));
    assert!(desk.text().contains("<offset x=\"30\""), "{}", desk.text());
    desk.control(Key::Z);
    desk.control(Key::Z);
    assert_eq!(desk.text(), before);
}

#[test]
fn a_name_moves_with_the_pointer_before_it_is_dropped() {
    let mut desk = desk();
    let before = (desk.text(), desk.picture());
    let from = name_of(&desk, "Transition start");
    desk.harness.hover_at(from);
    desk.harness.step();
    desk.harness.event(button(from, true));
    desk.harness.step();
    for part in 1..=4_u8 {
        desk.harness.hover_at(from + Vec2::new(15.0, 5.0) * f32::from(part));
        desk.harness.step();
    }
    let picture = desk.picture();
    let at = from + Vec2::new(60.0, 20.0);
    let around = |picture: &egui::ColorImage| -> Vec<egui::Color32> {
        let offsets = (-8..=8).flat_map(|y| (-14..=14).map(move |x| (x, y)));
        offsets.map(|(x, y)| picture[((at.x as i32 + x) as usize, (at.y as i32 + y) as usize)]).collect()
    };
    assert_ne!(around(&picture), around(&before.1), "the name is seen there");
    assert_eq!(desk.text(), before.0, "nothing is changed yet");
    desk.key(Key::Escape);
    desk.harness.event(button(at, false));
    desk.settle();
    assert_eq!(desk.text(), before.0, "Escape gives it up");
}

#[test]
fn a_dragged_weight_stays_beside_its_arc() {
    let mut desk = desk();
    let from = desk.at("Arc from ready to start, weight 3");
    desk.drag(from, from + Vec2::new(25.0, -10.0));
    assert!(
        desk.text().contains(r#"<text>3</text><graphics><offset x="25" y="-10"/></graphics></inscription>"#),
        "{}",
        desk.text()
    );
    assert!(!desk.text().contains("bend"), "the arc stays straight");
    assert!(desk.sees("Weight"), "the arc is selected");
}

#[test]
fn with_alt_the_arrow_keys_move_the_name_of_the_selected_node() {
    let mut desk = desk();
    desk.activate("Transition start");
    let before = desk.text();
    desk.keys(Modifiers::ALT, Key::ArrowRight);
    desk.keys(Modifiers::ALT, Key::ArrowRight);
    desk.keys(Modifiers::ALT, Key::ArrowUp);
    let text = desk.text();
    assert!(text.contains("<offset x=\"10\" y=\"-"), "{text}");
    assert!(text.contains(r#"<position x="220" y="220"/>"#), "the node stays: {text}");
    desk.press("Put label back");
    assert_eq!(desk.text(), before);
    desk.control(Key::Z);
    assert_eq!(desk.text(), text);
}

#[test]
fn a_label_that_is_put_back_keeps_its_font() {
    let mut desk = desk();
    desk.activate("Place waiting");
    desk.keys(Modifiers::ALT, Key::Backspace);
    assert!(desk.text().contains(r#"<offset x="0" y="0"/><font size="9"/>"#), "{}", desk.text());
    assert_eq!(desk.size(), (2, 1, 1), "nothing is deleted");
}

#[test]
fn a_node_under_the_name_of_another_is_what_a_click_selects_and_a_drag_moves() {
    let mut desk = desk();
    let at = desk.at("Place ready, 3 tokens");
    desk.click_at(at);
    let selected: Vec<_> = desk.editor().tab().selection().nodes().map(|id| id.0).collect();
    assert_eq!(selected, [0]);
    desk.drag(at, at + Vec2::new(0.0, -40.0));
    assert!(desk.text().contains(r#"<position x="100" y="60"/>"#), "{}", desk.text());
}

#[test]
fn a_click_on_a_name_selects_and_a_double_click_edits_in_place() {
    let mut desk = desk();
    let at = name_of(&desk, "Transition start");
    desk.click_at(at);
    assert!(desk.sees("Identifier"), "the node is selected");
    // Each event has a frame of its own here, a quarter of a second long.
    desk.harness.ctx.options_mut(|options| options.input_options.max_double_click_delay = 0.9);
    for pressed in [true, false, true, false] {
        desk.harness.event(button(at, pressed));
    }
    desk.settle();
    assert!(desk.sees("Name in place"));
}

#[test]
fn where_a_place_is_added_names_do_not_stand_in_the_way() {
    let mut desk = desk();
    let at = name_of(&desk, "Transition start") - Vec2::new(12.0, 0.0);
    desk.key(Key::P);
    desk.click_at(at);
    assert_eq!(desk.size(), (3, 1, 1));
}
