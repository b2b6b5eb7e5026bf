//! What a frame costs: CPU milliseconds of building and tessellating the whole interface, with nets
//! of 1,000, 10,000 and 100,000 nodes, at actual size, fitted, and while one node is dragged; how
//! long layout, opening and seeking take; how much memory is taken. `PN_CORPUS` names a folder of contest
//! instances, some of which are laid out.
//!
//! Frames are not presented, so no graphics card plays a part. Of each kind the median of some
//! frames is printed, and for drags the mean of all.
#![allow(clippy::print_stdout)]

use egui::{Context, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2};
use pn_gui::document::Document;
use pn_gui::game::{Game, RandomRun};
use pn_gui::subject::Subject;
use pn_gui::{Editor, Settings, layout, theme};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SCREEN: Vec2 = Vec2::new(1920.0, 1080.0);

/// Contest nets of a thousand to eleven thousand nodes.
const INSTANCES: [&str; 4] =
    ["DLCround-PT-04a", "HirschbergSinclair-PT-50", "JoinFreeModules-PT-0500", "DLCround-PT-11b"];

fn main() {
    println!(
        "{:<10}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}{:>8}",
        "nodes", "open s", "first ms", "size 1 ms", "fitted ms", "panned ms", "drag ms", "MiB"
    );
    for nodes in [1_000, 10_000, 100_000] {
        frames(nodes);
    }
    println!();
    for nodes in [1_000, 10_000] {
        arranged("grid", net(nodes).as_bytes());
    }
    match std::env::var_os("PN_CORPUS") {
        Some(corpus) => {
            for name in INSTANCES {
                let path = std::path::Path::new(&corpus).join(name).join("model.pnml");
                arranged(name, &std::fs::read(path).expect("the folder has the instance"));
            }
        }
        None => println!("skipped: layout of contest nets (PN_CORPUS is not set)"),
    }
    seeks();
}

/// A grid of places and transitions in the order of a chess board, each with arcs to its right and
/// below.
fn net(nodes: usize) -> String {
    let width = (nodes as f64).sqrt().ceil() as usize;
    let mut text = String::from(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\"><net id=\"grid\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\"><page id=\"page\">\n",
    );
    for index in 0..nodes {
        let (row, column) = (index / width, index % width);
        let kind = if (row + column) % 2 == 0 { "place" } else { "transition" };
        let (x, y) = (column * 90, row * 80);
        let _ = writeln!(
            text,
            "<{kind} id=\"n{index}\"><name><text>node {index}</text></name><graphics><position x=\"{x}\" y=\"{y}\"/></graphics></{kind}>"
        );
    }
    for index in 0..nodes {
        if (index + 1) % width != 0 && index + 1 < nodes {
            let _ = writeln!(text, "<arc id=\"r{index}\" source=\"n{index}\" target=\"n{}\"/>", index + 1);
        }
        if index + width < nodes {
            let _ =
                writeln!(text, "<arc id=\"d{index}\" source=\"n{index}\" target=\"n{}\"/>", index + width);
        }
    }
    text + "</page></net></pnml>"
}

struct Screen {
    context: Context,
    editor: Editor,
    time: f64,
}

impl Screen {
    /// One frame with these events.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 0.016;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SCREEN)),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let started = processor_time();
        let mut output = self.context.run_ui(input, |ui| self.editor.ui(ui));
        let primitives = self.context.tessellate(output.shapes, output.pixels_per_point);
        let took = processor_time() - started;
        output.textures_delta.clear();
        drop(primitives);
        took
    }

    fn median(&mut self, frames: usize, mut events: impl FnMut(usize) -> Vec<Event>) -> f64 {
        let mut taken: Vec<Duration> = (0..frames).map(|frame| self.frame(events(frame))).collect();
        taken.sort();
        taken[taken.len() / 2].as_secs_f64() * 1e3
    }

    fn key(&mut self, key: Key, modifiers: Modifiers) {
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.frame(vec![event(true), event(false)]);
        self.frame(Vec::new());
    }
}

fn frames(nodes: usize) {
    let folder = std::env::temp_dir().join(format!("pn-gui-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let path = folder.join("net.pnml");
    std::fs::write(&path, net(nodes)).expect("the folder is writable");
    let started = Instant::now();
    let context = Context::default();
    theme::dress(&context);
    let editor = Editor::new(Settings { folder: folder.clone(), ..Settings::default() }, &[path]);
    let open = started.elapsed().as_secs_f64();
    let mut screen = Screen { context, editor, time: 0.0 };
    let first = screen.frame(Vec::new()).as_secs_f64() * 1e3;
    for _ in 0..10 {
        screen.frame(Vec::new());
    }
    let middle = Pos2::new(SCREEN.x / 2.0 - 100.0, SCREEN.y / 2.0 - 100.0);
    let fitted = screen.median(60, |_| Vec::new());
    let wheel = |frame: usize| {
        let delta = Vec2::new(if frame.is_multiple_of(2) { 3.0 } else { -3.0 }, 0.0);
        let unit = egui::MouseWheelUnit::Point;
        let phase = egui::TouchPhase::Move;
        let (source, modifiers) = (egui::MouseWheelSource::Wheel, Modifiers::NONE);
        vec![Event::PointerMoved(middle), Event::MouseWheel { unit, delta, modifiers, phase, source }]
    };
    let panned = screen.median(60, wheel);
    screen.key(Key::Num0, Modifiers::COMMAND);
    let actual = screen.median(60, |_| Vec::new());
    // A node is grabbed where one is drawn, and moved about.
    let at = grab(&mut screen, middle);
    let dragged = screen.median(60, |frame| vec![Event::PointerMoved(at + Vec2::splat(frame as f32))]);
    println!(
        "{nodes:<10}{open:>12.3}{first:>12.1}{actual:>12.2}{fitted:>12.2}{panned:>12.2}{dragged:>12.2}{:>8}",
        resident() >> 10
    );
    std::fs::remove_dir_all(folder).expect("it is ours");
}

/// Presses the pointer on a node near a point.
fn grab(screen: &mut Screen, near: Pos2) -> Pos2 {
    for step in 0..400u16 {
        let at = near + Vec2::new(f32::from(step % 20) * 9.0, f32::from(step / 20) * 9.0);
        screen.frame(vec![Event::PointerMoved(at)]);
        let press = |pressed| {
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            Event::PointerButton { pos: at, button, pressed, modifiers }
        };
        screen.frame(vec![press(true)]);
        screen.frame(vec![Event::PointerMoved(at + Vec2::splat(12.0))]);
        screen.frame(vec![Event::PointerMoved(at + Vec2::splat(14.0))]);
        if screen.editor.tab().selection().nodes().next().is_some() {
            return at;
        }
        screen.frame(vec![press(false)]);
    }
    near
}

fn arranged(name: &str, bytes: &[u8]) {
    let document = Document::new(pn_pnml::read(bytes).document.expect("it is a net"));
    let all: BTreeSet<_> = document.nodes().map(|(id, _)| id).collect();
    let started = processor_time();
    let placed = layout::layered(&document, &all).len();
    println!("layout of {name}, {placed} nodes: {:.3} s", (processor_time() - started).as_secs_f64());
}

fn seeks() {
    let document = Document::new(pn_pnml::read(net(100).as_bytes()).document.expect("it is a net"));
    let mut marked = document.pnml().clone();
    for node in &mut marked.nodes {
        if let pn_pnml::NodeKind::Place { tokens, .. } = &mut node.kind {
            *tokens = 1_000_000;
        }
    }
    let net = marked.net().expect("it is a net");
    let subject = Subject::drawn(Arc::new(pn_deployment::Deployment::plain(net)));
    let mut game = Game::new(subject);
    game.run_at_random(&RandomRun { seed: 1, steps: 1_000_000, until: None });
    let count = game.firings().len();
    let mut worst = Duration::ZERO;
    for part in [0.5, 0.001, 0.999, 0.25, 0.75, 1.0, 0.0] {
        let started = Instant::now();
        game.seek((count as f64 * part) as usize);
        worst = worst.max(started.elapsed());
    }
    println!("seek in a trace of {count} steps: at most {:.3} ms", worst.as_secs_f64() * 1e3);
}

/// How long this thread has worked: other programs on the machine do not count.
fn processor_time() -> Duration {
    let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
    Duration::from(clock.now().expect("every thread has this clock"))
}

/// Resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
