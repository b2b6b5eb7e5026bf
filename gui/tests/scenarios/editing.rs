//! Editing: adding, connecting, moving, naming, copying, deleting, undoing.

use crate::desk::Desk;
use egui::{Event, Key, Modifiers, Vec2};

#[test]
fn an_empty_net_says_how_to_begin_and_grows_by_clicks() {
    let mut desk = Desk::new();
    assert_eq!(desk.size(), (0, 0, 0));
    desk.draw_a_pair();
    assert_eq!(desk.size(), (1, 1, 1));
    assert!(desk.sees("Arc from p1 to t1"));
}

#[test]
fn the_tool_buttons_do_what_the_keys_do() {
    let mut desk = Desk::new();
    desk.press("Place");
    desk.click_at(desk.middle());
    assert!(desk.sees("Place p1"));
    // The tool is put away after one click.
    desk.click_at(desk.middle() + Vec2::new(0.0, 120.0));
    assert_eq!(desk.size(), (1, 0, 0));
}

#[test]
fn nodes_can_be_added_without_a_pointer() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.activate("Add transition");
    assert!(desk.sees("Place p1") && desk.sees("Transition t1"));
}

#[test]
fn an_arc_between_two_places_is_refused_and_said_why() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.activate("Add place");
    desk.key(Key::A);
    let (from, to) = (desk.at("Place p1"), desk.at("Place p2"));
    desk.drag(from, to);
    assert_eq!(desk.size(), (2, 0, 0));
    assert_eq!(desk.said(), "An arc joins a place and a transition, not two places.");
}

#[test]
fn an_arc_that_is_there_is_selected_instead_of_drawn_twice() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.key(Key::A);
    let (from, to) = (desk.at("Place p1"), desk.at("Transition t1"));
    desk.drag(from, to);
    assert_eq!(desk.size(), (1, 1, 1));
    assert!(desk.said().contains("there already"), "{}", desk.said());
}

#[test]
fn dragging_the_handle_into_the_empty_grows_the_net_by_one_step() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    let place = desk.at("Place p1");
    desk.harness.hover_at(place);
    desk.settle();
    desk.drag(place + Vec2::new(26.0, 0.0), place + Vec2::new(120.0, 0.0));
    assert_eq!(desk.size(), (1, 1, 1));
    desk.control(Key::Z);
    assert_eq!(desk.size(), (1, 0, 0));
}

#[test]
fn a_drag_moves_the_selection_and_is_one_step() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    let before = desk.text();
    let from = desk.at("Place p1");
    desk.drag(from, from + Vec2::new(40.0, 60.0));
    let moved = desk.at("Place p1");
    assert!((moved - from - Vec2::new(40.0, 60.0)).length() < 6.0, "moved by {:?}", moved - from);
    desk.control(Key::Z);
    assert_eq!(desk.text(), before);
}

#[test]
fn moved_nodes_snap_to_the_grid_unless_it_is_off() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    let x = |desk: &Desk| pn_gui::document::position(&desk.editor().tab().document().pnml().nodes[0]).x;
    let from = desk.at("Place p1");
    desk.drag(from, from + Vec2::new(33.0, 0.0));
    assert_eq!(x(&desk) % 10.0, 0.0);
    desk.key(Key::G);
    let from = desk.at("Place p1");
    desk.drag(from, from + Vec2::new(33.0, 0.0));
    assert_ne!(x(&desk) % 10.0, 0.0);
}

#[test]
fn arrow_keys_nudge() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    let from = desk.at("Place p1");
    desk.key(Key::ArrowRight);
    desk.key(Key::ArrowDown);
    assert!((desk.at("Place p1") - from - Vec2::new(10.0, 10.0)).length() < 0.5);
    desk.key(Key::ArrowLeft);
    desk.key(Key::ArrowUp);
    assert!((desk.at("Place p1") - from).length() < 0.5);
}

#[test]
fn a_name_is_typed_in_the_inspector_and_undone_at_once() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.click("Place p1");
    desk.write("Name", "ready");
    assert!(desk.sees("Place ready"));
    desk.key(Key::Escape);
    desk.click_at(desk.middle() + Vec2::new(0.0, 150.0));
    desk.control(Key::Z);
    assert!(desk.sees("Place p1"));
}

#[test]
fn tokens_are_set_in_the_inspector() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.click("Place p1");
    desk.set("Tokens", 3.0);
    assert!(desk.sees("Place p1, 3 tokens"));
}

#[test]
fn a_weight_is_set_in_the_inspector() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.activate("Arc from p1 to t1");
    desk.set("Weight", 2.0);
    assert!(desk.sees("Arc from p1 to t1, weight 2"));
}

#[test]
fn name_and_tokens_are_edited_where_they_are_drawn() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.key(Key::F2);
    desk.write("Name in place", "queue");
    desk.write("Tokens in place", "7");
    desk.press("Done");
    assert!(desk.sees("Place queue, 7 tokens"));
}

#[test]
fn a_weight_is_edited_where_it_is_drawn_and_nonsense_is_refused() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.activate("Arc from p1 to t1");
    desk.key(Key::F2);
    desk.write("Weight in place", "0");
    desk.press("Done");
    assert!(desk.said().contains("weighs at least 1"), "{}", desk.said());
    assert!(desk.sees("Arc from p1 to t1"));
}

#[test]
fn an_identifier_is_renamed_everywhere() {
    let mut desk = Desk::with("mutex");
    let first = desk.editor().tab().document().pnml().nodes[0].clone();
    let title = desk.editor().tab().document().title(pn_pnml::NodeId(0)).to_owned();
    let name = format!("Place {title}");
    let full = if desk.sees(&name) { name } else { format!("{name}, 1 token") };
    desk.activate(&full);
    desk.write("Identifier", "renamed");
    desk.key(Key::Enter);
    assert!(desk.text().contains("id=\"renamed\""));
    assert!(!desk.text().contains(&format!("id=\"{}\"", first.id)));
    assert!(!desk.text().contains(&format!("source=\"{}\"", first.id)));
    desk.control(Key::Z);
    assert!(desk.text().contains(&format!("id=\"{}\"", first.id)));
}

#[test]
fn delete_takes_the_arcs_too_and_undo_brings_them_back() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.click("Place p1");
    assert_eq!(desk.editor().tab().selection().nodes().count(), 1);
    desk.key(Key::Delete);
    assert_eq!(desk.size(), (0, 1, 0));
    desk.control(Key::Z);
    assert_eq!(desk.size(), (1, 1, 1));
    desk.keys(Modifiers { shift: true, ..Modifiers::COMMAND }, Key::Z);
    assert_eq!(desk.size(), (0, 1, 0));
}

#[test]
fn shift_click_adds_to_the_selection_and_everything_can_be_selected() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.click("Place p1");
    desk.shift_click("Transition t1");
    assert_eq!(desk.editor().tab().selection().len(), 2);
    desk.control(Key::A);
    assert_eq!(desk.editor().tab().selection().len(), 3);
    desk.key(Key::Escape);
    assert!(desk.editor().tab().selection().is_empty());
}

#[test]
fn a_box_selects_what_lies_in_it() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    let middle = desk.middle();
    desk.drag(middle - Vec2::new(200.0, 100.0), middle + Vec2::new(150.0, 100.0));
    assert_eq!(desk.editor().tab().selection().nodes().count(), 2);
}

#[test]
fn duplicates_get_names_of_their_own() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.control(Key::A);
    desk.control(Key::D);
    assert_eq!(desk.size(), (2, 2, 2));
    assert!(desk.sees("Arc from p2 to t2"));
}

#[test]
fn copy_and_paste_go_through_the_clipboard_as_pnml() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.control(Key::A);
    desk.harness.event(Event::Copy);
    desk.harness.step();
    let copied = desk.harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("the text is handed to the clipboard");
    assert!(copied.starts_with("<?xml"), "{copied}");
    let mut other = Desk::new();
    other.harness.event(Event::Paste(copied));
    other.settle();
    assert_eq!(other.size(), (1, 1, 1));
}

#[test]
fn pasting_what_is_no_net_changes_nothing_and_says_so() {
    let mut desk = Desk::new();
    desk.harness.event(Event::Paste("hello".to_owned()));
    desk.settle();
    assert_eq!(desk.size(), (0, 0, 0));
    assert!(desk.said().contains("no net"), "{}", desk.said());
}

#[test]
fn a_transition_becomes_an_action_with_the_form_of_its_resource_kind() {
    let mut desk = Desk::new();
    desk.activate("Add transition");
    desk.click("Transition t1");
    desk.choose("control", "action");
    assert!(desk.sees("Kind of resource"));
    desk.write("cmd", "./install.sh");
    desk.write("Host", "web1");
    let text = desk.text();
    assert!(text.contains("<action kind=\"exec\" host=\"web1\">"), "{text}");
    assert!(text.contains("<param name=\"cmd\">./install.sh</param>"), "{text}");
}

#[test]
fn a_goal_with_a_mistake_is_told_below_it_and_among_the_problems() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.key(Key::Escape);
    desk.write("Goal", "tokens(p2) >= 1");
    assert!(desk.sees_part("no place `p2`"));
    assert!(desk.sees("Problems (1)"));
    desk.write("Goal", "tokens(p1) >= 1");
    assert!(desk.sees("Problems"));
}

#[test]
fn an_arc_that_is_dragged_gets_a_bend_point_and_can_be_straightened() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    let middle = desk.at("Arc from p1 to t1");
    desk.drag(middle, middle + Vec2::new(0.0, 60.0));
    assert!(desk.sees("1 bend point"));
    desk.press("Straighten");
    assert!(desk.sees("0 bend points"));
}

#[test]
fn layout_arranges_the_net_and_is_one_step() {
    let mut desk = Desk::with("philosophers");
    let before = desk.text();
    desk.control(Key::L);
    assert_ne!(desk.text(), before);
    desk.control(Key::Z);
    assert_eq!(desk.text(), before);
}

#[test]
fn find_goes_from_one_node_to_the_next() {
    let mut desk = Desk::with("rollout");
    desk.control(Key::F);
    desk.write("Find", "web2.install");
    desk.key(Key::Enter);
    let tab = desk.editor().tab();
    let found = tab.selection().nodes().next().map(|id| tab.document().node(id).id.to_string());
    assert!(found.as_deref().is_some_and(|id| id.contains("web2.install")), "{found:?}");
}

#[test]
fn every_command_is_in_the_palette() {
    let mut desk = Desk::new();
    desk.keys(Modifiers { shift: true, ..Modifiers::COMMAND }, Key::P);
    desk.write("Command", "dark");
    desk.key(Key::Enter);
    assert_eq!(desk.harness.ctx.theme(), egui::Theme::Dark);
}

#[test]
fn the_keys_are_listed() {
    let mut desk = Desk::new();
    desk.key(Key::F1);
    assert!(desk.sees("Keys") && desk.sees_part("Takes the last change back."));
    desk.press("Close");
    assert!(!desk.sees_part("Takes the last change back."));
}

#[test]
fn a_name_in_a_formula_is_replaced_by_the_identifier_that_is_offered() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.click("Place p1");
    desk.write("Name", "running");
    desk.click_at(desk.middle() + Vec2::new(0.0, 150.0));
    desk.write("Goal", "tokens(running) >= 1");
    desk.press("p1 (running)");
    assert!(desk.text().contains("<goal>tokens(p1) &gt;= 1</goal>"), "{}", desk.text());
    assert!(!desk.sees("Problems (1)"));
}

#[test]
fn a_dragged_node_is_drawn_onto_the_line_of_another() {
    let mut desk = Desk::new();
    desk.activate("Add place");
    desk.activate("Add place");
    desk.key(Key::G);
    let (first, second) = (desk.at("Place p1"), desk.at("Place p2"));
    let to = |down: f32| egui::Pos2::new(first.x + 150.0, first.y + down);
    desk.drag(second, to(40.0));
    assert!((desk.at("Place p2").y - first.y - 40.0).abs() < 1.0, "far from the line it stays free");
    desk.drag(to(40.0), to(3.0));
    assert!((desk.at("Place p2").y - first.y).abs() < 0.01);
}

#[test]
fn the_tour_is_given_with_the_rollout() {
    let mut desk = Desk::new();
    desk.press("Take the tour");
    assert!(desk.sees("A rollout over three hosts") && desk.size().0 > 20);
    desk.press("Next");
    desk.press("Play it");
    assert!(desk.editor().tab().game().is_some());
    desk.press("Next");
    desk.press("Verify it");
    desk.wait_for_verifier();
    assert!(!desk.editor().tab().findings().is_empty());
    desk.press("End the tour");
    assert!(!desk.sees("Verify it"));
}

#[test]
fn a_lasso_selects_the_nodes_that_it_surrounds() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.key(Key::Escape);
    let place = desk.at("Place p1");
    let round = [(-40.0, -40.0), (40.0, -40.0), (40.0, 40.0), (-40.0, 40.0)];
    let corners = round.map(|(x, y)| place + Vec2::new(x, y));
    desk.drag_along(&corners, Modifiers::ALT);
    let tab = desk.editor().tab();
    let selected: Vec<_> = tab.selection().nodes().map(|id| tab.document().node(id).id.to_string()).collect();
    assert_eq!(selected, ["p1"]);
}
