//! How the main screens look, light and dark: compared with the pictures in `tests/pictures`.
//!
//! The pictures are painted without a screen or a graphics card (`pn_gui::raster`), so they are the
//! same everywhere. `UPDATE_PICTURES=1` writes them anew; look at them before committing. A picture
//! that differs is written beside the stored one as `NAME.new.png`.

use crate::desk::Desk;
use egui::{ColorImage, Key, Modifiers, ThemePreference};
use std::path::{Path, PathBuf};

/// So many of 1,000 pixels may differ visibly: rounding is not the same in all mathematical libraries.
const TOLERATED: usize = 1;
/// Smaller differences of a colour are not seen.
const VISIBLE: u8 = 16;
/// Stored colours are multiples of this: files become a third as large.
const STEP: u8 = 15;

fn path(name: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(format!("{name}.{ending}"))
}

/// The colours of the picture, rounded.
fn bytes(picture: &ColorImage) -> Vec<u8> {
    let rounded = |channel: u8| (channel.saturating_add(STEP / 2) / STEP) * STEP;
    picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).map(rounded).collect()
}

fn write(path: &Path, picture: &ColorImage) {
    let file = std::fs::File::create(path).unwrap();
    let [width, height] = picture.size.map(|side| u32::try_from(side).unwrap());
    let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(&bytes(picture)).unwrap();
}

fn read(path: &Path) -> Option<(png::OutputInfo, Vec<u8>)> {
    let file = std::io::BufReader::new(std::fs::File::open(path).ok()?);
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    Some((info, bytes))
}

/// The share of pixels that differ visibly, of 1,000, rounded up.
fn difference(one: &[u8], other: &[u8]) -> usize {
    let differs = |(a, b): &(&[u8], &[u8])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > VISIBLE);
    let count = one.chunks(3).zip(other.chunks(3)).filter(differs).count();
    (count * 1000).div_ceil((one.len() / 3).max(1))
}

/// Compares what is seen with the stored pictures, light and dark.
fn check(desk: &mut Desk, name: &str) {
    for (theme, word) in [(ThemePreference::Light, "light"), (ThemePreference::Dark, "dark")] {
        desk.harness.ctx.set_theme(theme);
        desk.settle();
        let picture = desk.picture();
        let name = format!("{name}-{word}");
        let stored = path(&name, "png");
        if std::env::var_os("UPDATE_PICTURES").is_some() {
            write(&stored, &picture);
            continue;
        }
        let (info, old) = read(&stored).unwrap_or_else(|| panic!("{name}: no picture is stored"));
        let is_same_size = [info.width as usize, info.height as usize] == picture.size;
        let differs = if is_same_size { difference(&old, &bytes(&picture)) } else { 1000 };
        if differs > TOLERATED {
            write(&path(&name, "new.png"), &picture);
            panic!("{name}: {differs} of 1,000 pixels differ; see {}", path(&name, "new.png").display());
        }
    }
}

#[test]
fn the_first_screen_looks_as_before() {
    check(&mut Desk::new(), "empty");
}

#[test]
fn an_open_deployment_with_a_selected_action_looks_as_before() {
    let mut desk = Desk::with("rollout");
    desk.activate("Transition web1.install");
    check(&mut desk, "editing");
}

#[test]
fn the_token_game_looks_as_before() {
    let mut desk = Desk::with("philosophers");
    desk.key(Key::F5);
    desk.key(Key::R);
    desk.set("Position in the trace", 12.0);
    check(&mut desk, "playing");
}

#[test]
fn a_deadlock_on_the_canvas_looks_as_before() {
    let mut desk = Desk::with("opposite-locks");
    desk.key(Key::F9);
    desk.wait_for_verifier();
    check(&mut desk, "verified");
    desk.press_first("Show the run: 2 steps");
    check(&mut desk, "deadlock");
}

#[test]
fn the_command_palette_and_the_keys_look_as_before() {
    let mut desk = Desk::with("mutex");
    desk.keys(Modifiers { shift: true, ..Modifiers::COMMAND }, Key::P);
    desk.write("Command", "zoom");
    check(&mut desk, "commands");
    desk.key(Key::Escape);
    desk.key(Key::F1);
    check(&mut desk, "keys");
}

#[test]
fn labels_at_their_offsets_look_as_before() {
    let label = |tag: &str, text: &str, x: i32, y: i32| {
        format!("<{tag}><text>{text}</text><graphics><offset x=\"{x}\" y=\"{y}\"/></graphics></{tag}>")
    };
    let mut text = String::from(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\"><net id=\"n\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\"><page id=\"g\">\n",
    );
    // As tools write them: none, above, right, upper right, below, left, a point of the page.
    let offsets = [(0, 0), (0, -10), (10, 0), (22, -10), (-5, 35), (-62, -30), (500, 230)];
    for (index, (x, y)) in offsets.into_iter().enumerate() {
        let name = label("name", &format!("at {x}, {y}"), x, y);
        let at = 130 * index;
        text += &format!(
            "<place id=\"p{index}\">{name}<graphics><position x=\"{at}\" y=\"0\"/></graphics></place>\n"
        );
        text += &format!(
            "<transition id=\"t{index}\">{name}<graphics><position x=\"{at}\" y=\"130\"/></graphics></transition>\n"
        );
        let weight = label("inscription", "2", x, y);
        text += &format!("<arc id=\"a{index}\" source=\"p{index}\" target=\"t{index}\">{weight}</arc>\n");
    }
    text += "</page></net></pnml>";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("labels.pnml");
    std::fs::write(&file, text).unwrap();
    check(&mut Desk::in_folder(folder, &[file]), "labels");
}

#[test]
fn notes_and_a_pin_look_as_before() {
    let mut desk = Desk::with("mutex");
    let at = desk.middle() + egui::Vec2::new(-330.0, -60.0);
    desk.key(Key::N);
    desk.click_at(at);
    desk.write(
        "Note in place",
        "Mutual exclusion\n\nAt most one of the two holds the lock. Ask for the proof with F9.",
    );
    desk.keys(Modifiers::COMMAND, Key::Enter);
    desk.key(Key::Escape);
    let first = desk.part("Place ");
    desk.activate(&first);
    desk.key(Key::K);
    check(&mut desk, "notes");
}

#[test]
fn a_reachability_graph_looks_as_before() {
    let mut desk = Desk::with("opposite-locks");
    desk.click("Analyse");
    let command = desk.part("Show graph");
    desk.click(&command);
    for _ in 0..200 {
        desk.settle();
        if desk.sees_part("Marking 0: ") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let dead = desk.part("; dead");
    desk.activate(&dead);
    check(&mut desk, "graph");
}

#[test]
fn a_net_on_two_pages_looks_as_before() {
    let mut desk = Desk::with("mutex");
    crate::pages::move_the_first_process(&mut desk);
    check(&mut desk, "pages");
    desk.key(Key::PageDown);
    desk.click("Reference to place lock, 1 token");
    check(&mut desk, "reference");
}

#[test]
fn a_difference_is_noticed() {
    let white = [255; 300];
    let mut other = white;
    assert_eq!(difference(&white, &other), 0);
    other[10] = 200;
    assert_eq!(difference(&white, &other), 10);
}
