//! Verification: the default questions, properties, runs that are shown.

use crate::desk::Desk;
use egui::Key;
use pn_gui::jobs::Word;

fn words(desk: &Desk) -> Vec<(Word, String)> {
    desk.editor().tab().findings().iter().map(|finding| (finding.word, finding.statement.clone())).collect()
}

#[test]
fn a_sound_deployment_holds_everywhere() {
    let mut desk = Desk::with("rollout");
    desk.key(Key::F9);
    desk.wait_for_verifier();
    let words = words(&desk);
    assert!(words.len() >= 5, "{words:?}");
    assert!(words.iter().all(|(word, _)| *word == Word::Holds), "{words:?}");
    assert!(desk.sees_part("recounted independently"));
}

#[test]
fn a_deadlock_is_found_shown_and_repaired() {
    let mut desk = Desk::with("opposite-locks");
    desk.key(Key::F9);
    desk.wait_for_verifier();
    assert_eq!(words(&desk)[0].0, Word::Fails);
    desk.press_first("Show the run: 2 steps");
    let game = desk.editor().tab().game().unwrap();
    assert_eq!((game.position(), game.firings().len()), (2, 2));
    assert!(desk.sees("Nothing can happen any more."));
    desk.key(Key::Comma);
    assert!(!desk.sees("Nothing can happen any more."));
    desk.key(Key::F5);
    assert!(desk.editor().tab().game().is_none());
}

#[test]
fn a_property_is_asked_and_its_run_is_shown() {
    let mut desk = Desk::with("philosophers");
    desk.click("Verification");
    desk.write("Property", "possibly tokens(eat1, eat3) = 2");
    desk.press("Ask");
    desk.wait_for_verifier();
    assert_eq!(words(&desk)[0].0, Word::Holds);
    desk.press("Show the run: 4 steps");
    let game = desk.editor().tab().game().unwrap();
    let net = game.subject().net();
    let eating = ["eat1", "eat3"].map(|id| game.marking().tokens(net.find_place(id).unwrap()));
    assert_eq!(eating, [1, 1]);
}

#[test]
fn a_property_with_a_mistake_is_told_where_it_is_typed() {
    let mut desk = Desk::with("philosophers");
    desk.click("Verification");
    desk.write("Property", "possibly tokens(eat9) = 2");
    desk.press("Ask");
    assert!(desk.sees_part("no place `eat9`"));
    assert!(desk.editor().tab().findings().is_empty());
}

#[test]
fn transitions_that_never_fire_are_named() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.key(Key::F9);
    desk.wait_for_verifier();
    let words = words(&desk);
    let named =
        |(word, statement): &(Word, String)| *word == Word::Fails && statement.contains("never do: `t1`");
    assert!(words.iter().any(named), "{words:?}");
}

#[test]
fn places_that_grow_without_limit_are_named() {
    let mut desk = Desk::new();
    desk.activate("Add transition");
    desk.activate("Add place");
    desk.key(Key::A);
    let (from, to) = (desk.at("Transition t1"), desk.at("Place p1"));
    desk.drag(from, to);
    desk.key(Key::F9);
    desk.wait_for_verifier();
    let words = words(&desk);
    let named = |(word, statement): &(Word, String)| {
        *word == Word::Fails && statement.contains("without limit on `p1`")
    };
    assert!(words.iter().any(named), "{words:?}");
}

#[test]
fn a_long_verification_can_be_stopped() {
    let mut desk = Desk::new();
    // Twelve places that tokens wander between: far too many markings for a second.
    let middle = desk.middle();
    desk.draw_a_pair();
    desk.click("Place p1");
    desk.set("Tokens", 1_000_000.0);
    desk.drag_from_handle("Transition t1", middle + egui::Vec2::new(160.0, 0.0));
    desk.drag_from_handle("Place p2", middle + egui::Vec2::new(160.0, 80.0));
    desk.drag_from_handle("Transition t2", middle + egui::Vec2::new(60.0, 80.0));
    desk.drag_from_handle("Place p3", middle + egui::Vec2::new(-60.0, 80.0));
    desk.drag_from_handle("Transition t3", middle + egui::Vec2::new(-120.0, 80.0));
    desk.key(Key::F9);
    desk.settle();
    assert!(desk.editor().tab().is_verifying());
    desk.press("Stop");
    desk.wait_for_verifier();
    assert!(words(&desk).iter().any(|(word, _)| *word == Word::Unknown), "{:?}", words(&desk));
}

#[test]
fn answers_about_an_older_net_say_so() {
    let mut desk = Desk::with("mutex");
    desk.key(Key::F9);
    desk.wait_for_verifier();
    assert!(!desk.sees_part("has changed since"));
    desk.activate("Add place");
    assert!(desk.sees_part("has changed since"));
}

#[test]
fn mistakes_in_annotations_come_before_verification() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.key(Key::Escape);
    desk.write("Goal", "nonsense");
    desk.click("Verification");
    assert!(desk.sees_part("The annotations have mistakes"));
    assert!(!desk.editor().can(pn_gui::command::Command::Verify));
}
