//! The reachability graph: drawn on demand, linked both ways with the token game.

use crate::desk::Desk;
use egui::Key;
use egui_kittest::kittest::Queryable;
use std::time::Duration;

/// Opens the graph from the menu and waits until it is drawn.
fn show(desk: &mut Desk) {
    desk.click("Analyse");
    let command = desk.part("Show graph");
    desk.click(&command);
    wait(desk, "Marking 0: ");
}

fn wait(desk: &mut Desk, part: &str) {
    for _ in 0..200 {
        desk.settle();
        if desk.sees_part(part) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{part} does not appear");
}

#[test]
fn all_markings_are_shown_with_what_they_are() {
    let mut desk = Desk::with("opposite-locks");
    show(&mut desk);
    let first = desk.part("Marking 0: ");
    assert!(first.ends_with("; initial"), "{first}");
    assert!(desk.sees_part("; dead"), "the deadlock is marked");
    assert!(desk.sees("dead") && desk.sees("initial"), "the legend says what the marks are");
    assert!(desk.editor().tab().game().is_none());
}

#[test]
fn a_click_on_a_marking_puts_the_game_into_it_and_steps_move_the_light() {
    let mut desk = Desk::with("opposite-locks");
    show(&mut desk);
    let dead = desk.part("; dead");
    desk.activate(&dead);
    let game = desk.editor().tab().game().expect("the game is on");
    assert!(game.enabled().is_empty(), "nothing can fire in a dead marking");
    let steps = game.position();
    assert_eq!((steps, game.firings().len()), (2, 2));
    assert!(desk.sees(&format!("{dead}; the game is here")));
    desk.key(Key::Comma);
    assert!(!desk.sees(&format!("{dead}; the game is here")));
    desk.key(Key::Comma);
    assert!(desk.sees_part("; initial; the game is here"));
    desk.key(Key::F5);
    assert!(!desk.sees_part("the game is here"));
}

#[test]
fn the_keyboard_reaches_markings() {
    let mut desk = Desk::with("mutex");
    show(&mut desk);
    let name = desk.part("Marking 1: ");
    desk.harness.get_by_label(&name).focus();
    desk.settle();
    desk.key(Key::Enter);
    assert!(desk.sees(&format!("{name}; the game is here")));
}

#[test]
fn a_graph_of_a_net_that_was_changed_says_so_and_is_drawn_again() {
    let mut desk = Desk::with("mutex");
    show(&mut desk);
    assert!(!desk.sees_part("Out of date"));
    let before = desk.part("Marking 1: ");
    desk.key(Key::P);
    let at = desk.middle();
    desk.click_at(at);
    assert!(desk.sees_part("Out of date"));
    desk.activate(&before);
    assert!(desk.editor().tab().game().is_none());
    assert!(desk.said().contains("out of date"), "{}", desk.said());
    desk.press("Draw again");
    wait(&mut desk, "Marking 0: ");
    assert!(!desk.sees_part("Out of date"));
}

#[test]
fn a_net_with_too_many_markings_says_how_many_there_are_at_least() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.pnml");
    let mut text = String::from(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\"><net id=\"n\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\"><page id=\"g\">",
    );
    for index in 0..10 {
        text += &format!(
            "<place id=\"a{index}\"><initialMarking><text>1</text></initialMarking></place><place id=\"b{index}\"/><transition id=\"t{index}\"/><arc id=\"x{index}\" source=\"a{index}\" target=\"t{index}\"/><arc id=\"y{index}\" source=\"t{index}\" target=\"b{index}\"/>"
        );
    }
    text += "</page></net></pnml>";
    std::fs::write(&file, text).unwrap();
    let mut desk = Desk::in_folder(folder, &[file]);
    desk.click("Analyse");
    let command = desk.part("Show graph");
    desk.click(&command);
    wait(&mut desk, "at least 1024 reachable markings");
}

#[test]
fn the_graph_of_the_net_as_it_runs_is_that_of_the_expanded_one() {
    let mut desk = Desk::with("exec-chain");
    show(&mut desk);
    assert!(desk.sees("8 markings"));
    desk.click("As it runs");
    wait(&mut desk, "Marking 0: ");
    assert!(desk.sees_part(" markings") && !desk.sees("8 markings"));
    let second = desk.part("Marking 1: ");
    desk.activate(&second);
    assert!(desk.editor().tab().game().expect("the game is on").subject().is_expanded());
}
