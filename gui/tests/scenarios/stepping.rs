//! The token game: firing, stepping back, random runs, traces.

use crate::desk::Desk;
use egui::Key;
use std::fs;

#[test]
fn enabled_transitions_fire_by_a_click_and_steps_are_taken_back() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.click("Place p1");
    desk.set("Tokens", 2.0);
    desk.key(Key::F5);
    assert!(desk.sees("Transition t1, enabled"));
    desk.click("Transition t1, enabled");
    assert!(desk.sees("Place p1, 1 token"));
    desk.click("Transition t1, enabled");
    assert!(desk.sees("Place p1") && desk.sees("Transition t1"));
    assert!(desk.sees("Nothing can happen any more."));
    desk.key(Key::Comma);
    desk.key(Key::Comma);
    assert!(desk.sees("Place p1, 2 tokens"));
    desk.key(Key::Period);
    assert!(desk.sees("Place p1, 1 token"));
}

#[test]
fn nothing_can_be_edited_while_it_is_played() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    let before = desk.text();
    desk.key(Key::F5);
    desk.click("Place p1");
    desk.key(Key::Delete);
    desk.control(Key::Z);
    desk.key(Key::ArrowLeft);
    desk.key(Key::F2);
    assert_eq!(desk.text(), before);
    desk.key(Key::F5);
    desk.click("Place p1");
    desk.key(Key::Delete);
    assert_ne!(desk.text(), before);
}

#[test]
fn playing_leaves_the_initial_marking_as_it_is() {
    let mut desk = Desk::with("mutex");
    let before = desk.text();
    desk.key(Key::F5);
    desk.key(Key::R);
    assert!(desk.editor().tab().game().unwrap().position() > 0);
    desk.key(Key::F5);
    assert_eq!(desk.text(), before);
    assert!(!desk.editor().tab().is_dirty());
}

#[test]
fn a_random_run_is_repeated_by_its_seed() {
    let mut desk = Desk::with("mutex");
    desk.key(Key::F5);
    desk.set("Seed", 42.0);
    desk.key(Key::R);
    let first = desk.editor().tab().game().unwrap().trace();
    assert_eq!(first.firings.len(), 100);
    desk.key(Key::Home);
    desk.key(Key::R);
    assert_eq!(desk.editor().tab().game().unwrap().trace(), first);
}

#[test]
fn a_run_goes_on_until_a_condition_holds_or_says_what_is_wrong_with_it() {
    let mut desk = Desk::with("philosophers");
    desk.key(Key::F5);
    desk.write("Until", "tokens(eat1) >= 1");
    desk.press("Go");
    let game = desk.editor().tab().game().unwrap();
    let eat1 = game.subject().net().find_place("eat1").unwrap();
    assert_eq!(game.marking().tokens(eat1), 1);
    desk.write("Until", "tokens(nowhere) >= 1");
    desk.press("Go");
    assert!(desk.sees_part("no place `nowhere`"));
}

#[test]
fn the_trace_is_sought_through() {
    let mut desk = Desk::with("mutex");
    desk.key(Key::F5);
    desk.key(Key::R);
    assert!(desk.sees("step 100 of 100"));
    desk.set("Position in the trace", 37.0);
    assert!(desk.sees("step 37 of 100"));
    desk.key(Key::Home);
    assert!(desk.sees("step 0 of 100"));
    desk.key(Key::End);
    assert!(desk.sees("step 100 of 100"));
}

#[test]
fn a_trace_is_run_through_by_itself() {
    let mut desk = Desk::with("mutex");
    desk.key(Key::F5);
    desk.key(Key::R);
    desk.key(Key::Home);
    desk.press("Run through");
    desk.harness.run_steps(20);
    assert!(desk.editor().tab().game().unwrap().position() > 1);
    desk.press("Stop");
    let position = desk.editor().tab().game().unwrap().position();
    desk.harness.run_steps(20);
    assert_eq!(desk.editor().tab().game().unwrap().position(), position);
}

#[test]
fn a_trace_is_exported_and_imported() {
    let mut desk = Desk::with("mutex");
    desk.key(Key::F5);
    desk.key(Key::R);
    let trace = desk.editor().tab().game().unwrap().trace();
    desk.press("Export…");
    let path = desk.folder.path().join("run.trace");
    desk.write("File name", &path.display().to_string());
    desk.press("Export");
    assert!(fs::read_to_string(&path).unwrap().starts_with("# pn trace 1"));
    desk.key(Key::F5);
    desk.key(Key::F5);
    desk.press("Import…");
    desk.write("File name", &path.display().to_string());
    desk.press("Import");
    assert_eq!(desk.editor().tab().game().unwrap().trace(), trace);
}

#[test]
fn an_expanded_action_lets_one_choose_what_happens() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.click("Place p1");
    desk.set("Tokens", 1.0);
    desk.click("Transition t1");
    desk.choose("control", "action");
    desk.write("cmd", "true");
    desk.key(Key::Escape);
    desk.click_at(desk.middle() + egui::Vec2::new(0.0, 150.0));
    desk.click("Trace");
    desk.press("Play the net as it runs");
    desk.click("Transition t1, enabled");
    // The check has several results.
    desk.click("Transition t1, enabled");
    assert!(desk.sees("What happens?"));
}
