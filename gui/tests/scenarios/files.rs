//! Files: opening, refusing, saving, what is unsaved, what changes on the disk, crashes.

use crate::desk::Desk;
use egui::{Key, Modifiers};
use std::fs;
use std::time::{Duration, Instant};

const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

#[test]
fn an_example_is_opened_by_the_dialog() {
    let mut desk = Desk::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/mutex.pnml");
    fs::copy(example, desk.folder.path().join("mutex.pnml")).unwrap();
    desk.control(Key::O);
    desk.write("File name", "mutex.pnml");
    desk.press("Open");
    assert!(desk.sees("mutex.pnml"));
    assert!(desk.size().0 > 2);
    // The empty net made room.
    assert_eq!(desk.editor().tabs().len(), 1);
}

#[test]
fn a_net_is_saved_and_what_was_saved_can_be_read() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.control(Key::S);
    desk.write("File name", "drawn.pnml");
    desk.press("Save");
    let path = desk.folder.path().join("drawn.pnml");
    assert_eq!(fs::read_to_string(&path).unwrap(), desk.text());
    assert!(!desk.editor().tab().is_dirty());
    assert!(pn_pnml::read(&fs::read(&path).unwrap()).document.is_some());
}

#[test]
fn another_file_is_replaced_only_when_told_twice() {
    let mut desk = Desk::new();
    let path = desk.folder.path().join("there.pnml");
    fs::write(&path, "precious").unwrap();
    desk.draw_a_pair();
    desk.keys(SHIFT, Key::S);
    desk.write("File name", "there.pnml");
    desk.press("Save");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    desk.press("Replace it");
    assert_eq!(fs::read_to_string(&path).unwrap(), desk.text());
}

#[test]
fn a_broken_file_opens_nothing_shows_its_mistakes_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.pnml");
    let broken = "<pnml><net id=\"n\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n<page id=\"g\"><arc id=\"a\" source=\"x\" target=\"y\"/></page></net></pnml>";
    fs::write(&path, broken).unwrap();
    let mut desk = Desk::in_folder(folder, std::slice::from_ref(&path));
    assert!(desk.sees("Not opened"));
    assert!(desk.sees_part("there is no node `x`"));
    assert!(desk.sees_part("line 2, column"));
    desk.press("Close");
    assert_eq!(desk.size(), (0, 0, 0));
    assert!(desk.editor().tab().path.is_none());
    desk.draw_a_pair();
    desk.control(Key::S);
    assert!(desk.sees("Save as"), "the broken file is nobody's");
    assert_eq!(fs::read_to_string(&path).unwrap(), broken);
}

#[test]
fn a_failed_save_is_told_and_keeps_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("net.pnml");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/mutex.pnml");
    fs::copy(example, &path).unwrap();
    let mut desk = Desk::in_folder(folder, std::slice::from_ref(&path));
    desk.activate("Add place");
    // The folder is gone: nothing can be written there.
    fs::rename(&inner, inner.with_extension("away")).unwrap();
    desk.control(Key::S);
    assert!(desk.said().contains("is not saved"), "{}", desk.said());
    assert!(desk.editor().tab().is_dirty());
    let kept = fs::read_to_string(inner.with_extension("away").join("net.pnml")).unwrap();
    assert_eq!(kept, fs::read_to_string(example).unwrap());
}

#[test]
fn closing_what_is_not_saved_asks_first() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.control(Key::W);
    assert!(desk.sees("Not saved"));
    desk.press("Cancel");
    assert_eq!(desk.size(), (1, 1, 1));
    desk.control(Key::W);
    desk.press("Drop the changes");
    assert_eq!(desk.size(), (0, 0, 0));
}

#[test]
fn quitting_asks_about_every_unsaved_net_and_saves_what_is_wanted() {
    let mut desk = Desk::new();
    desk.draw_a_pair();
    desk.control(Key::N);
    desk.activate("Add place");
    desk.control(Key::Q);
    assert!(desk.sees("Not saved") && !desk.editor().has_quit());
    desk.press("Drop the changes");
    assert!(desk.sees("Not saved"), "the other one is asked about, too");
    let text = desk.text();
    desk.press("Save");
    desk.write("File name", "kept.pnml");
    desk.press("Save");
    assert!(desk.editor().has_quit());
    assert_eq!(fs::read_to_string(desk.folder.path().join("kept.pnml")).unwrap(), text);
}

#[test]
fn a_file_that_changes_on_the_disk_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.pnml");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/");
    fs::copy(format!("{examples}mutex.pnml"), &path).unwrap();
    let mut desk = Desk::in_folder(folder, std::slice::from_ref(&path));
    let before = desk.size();
    fs::copy(format!("{examples}philosophers.pnml"), &path).unwrap();
    desk.harness.run_steps(16);
    assert_ne!(desk.size(), before);
    assert_eq!(desk.said(), "Read again from the disk.");
}

#[test]
fn a_file_that_both_have_changed_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.pnml");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/");
    fs::copy(format!("{examples}mutex.pnml"), &path).unwrap();
    let mut desk = Desk::in_folder(folder, std::slice::from_ref(&path));
    desk.activate("Add place");
    let mine = desk.text();
    let theirs = fs::read_to_string(format!("{examples}philosophers.pnml")).unwrap();
    fs::write(&path, &theirs).unwrap();
    desk.harness.run_steps(16);
    assert!(desk.sees("Changed on the disk"));
    desk.press("Keep mine");
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
    desk.control(Key::S);
    assert_eq!(fs::read_to_string(&path).unwrap(), mine);
}

#[test]
fn several_files_stand_in_tabs() {
    let folder = tempfile::tempdir().unwrap();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/");
    let files = ["mutex", "rollout"].map(|name| format!("{examples}{name}.pnml").into());
    let mut desk = Desk::in_folder(folder, &files);
    assert!(desk.sees("mutex.pnml") && desk.sees("rollout.pnml"));
    let rollout = desk.size();
    desk.click("mutex.pnml");
    assert_ne!(desk.size(), rollout);
    desk.click("Close mutex.pnml");
    assert_eq!(desk.size(), rollout);
}

#[test]
fn a_picture_is_exported() {
    let mut desk = Desk::with("mutex");
    desk.keys(SHIFT, Key::P);
    desk.write("Command", "Export as SVG");
    desk.key(Key::Enter);
    let name = desk.folder.path().join("picture.svg");
    desk.write("File name", &name.display().to_string());
    desk.press("Export");
    let drawn = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/pictures/mutex.svg");
    assert_eq!(fs::read_to_string(name).unwrap(), fs::read_to_string(drawn).unwrap());
}

#[test]
fn recent_files_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/mutex.pnml");
    let desk = Desk::in_folder(folder, &[example.into()]);
    let Desk { folder, harness, .. } = desk;
    drop(harness);
    let mut desk = Desk::in_folder(folder, &[]);
    desk.click("File");
    let recent = desk.part("Recent files");
    desk.click(&recent);
    desk.click("mutex.pnml");
    assert!(desk.size().0 > 2);
}

#[test]
fn work_on_a_net_without_positions_starts_with_a_layout_that_changes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare.pnml");
    let bare = "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\"><net id=\"n\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\"><page id=\"g\"><place id=\"a\"/><transition id=\"b\"/><arc id=\"c\" source=\"a\" target=\"b\"/></page></net></pnml>";
    fs::write(&path, bare).unwrap();
    let desk = Desk::in_folder(folder, std::slice::from_ref(&path));
    assert!(!desk.editor().tab().is_dirty());
    assert!((desk.at("Place a") - desk.at("Transition b")).length() > 40.0);
    assert_eq!(fs::read_to_string(&path).unwrap(), bare);
}

/// Runs in a process of its own, which is killed.
const KILLED: &str = "PN_GUI_TEST_FOLDER";

#[test]
fn work_survives_a_kill_and_at_most_five_seconds_of_it_are_lost() {
    if std::env::var_os(KILLED).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::edits_until_it_is_killed", "--nocapture"])
        .env(KILLED, folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let marker = folder.path().join("edited");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !marker.exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(marker.exists(), "the other process edits");
    // What was edited so long ago must not be lost.
    std::thread::sleep(Duration::from_secs(5));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut desk = Desk::in_folder(folder, &[]);
    assert!(desk.sees("Work that was not saved"));
    desk.press("Restore");
    assert_eq!(desk.size(), (1, 1, 1));
    assert!(desk.editor().tab().is_dirty());
}

#[test]
fn edits_until_it_is_killed() {
    let Some(folder) = std::env::var_os(KILLED) else { return };
    let folder = std::path::PathBuf::from(folder);
    let settings =
        pn_gui::Settings { state: Some(folder.join("state")), folder: folder.clone(), ..Default::default() };
    let mut desk = Desk::new();
    *desk.harness.state_mut() = pn_gui::Editor::new(settings, &[]);
    desk.settle();
    desk.draw_a_pair();
    fs::write(folder.join("edited"), "").unwrap();
    loop {
        desk.harness.step();
        std::thread::sleep(Duration::from_millis(16));
    }
}

#[test]
fn pictures_are_exported_in_every_format() {
    let mut desk = Desk::with("mutex");
    let formats: [(&str, &[u8]); 4] = [
        ("Export as PDF", b"%PDF-1.4"),
        ("Export as PNG", b"\x89PNG"),
        ("Export as TikZ", b"% \\usepackage{tikz}"),
        ("Export for Graphviz", b"digraph"),
    ];
    for (index, (command, start)) in formats.into_iter().enumerate() {
        desk.keys(SHIFT, Key::P);
        desk.write("Command", command);
        desk.key(Key::Enter);
        let name = desk.folder.path().join(format!("picture{index}"));
        desk.write("File name", &name.display().to_string());
        desk.press("Export");
        let written = fs::read(&name).unwrap_or_else(|error| panic!("{command}: {error}"));
        assert!(written.starts_with(start) && written.len() > 500, "{command}: {} bytes", written.len());
    }
}
