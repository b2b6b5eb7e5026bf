//! The steps of the tour: from an empty canvas to a saved deployment that is verified, with a
//! deadlock that is found, shown and repaired on the way.

use super::Screen;

/// Where the five places and three transitions come to stand.
const READY: (i32, i32) = (220, 300);
const FETCH: (i32, i32) = (330, 300);
const INSTALL: (i32, i32) = (530, 300);
const START: (i32, i32) = (730, 300);
const LOCK: (i32, i32) = (530, 430);
/// From left to right: the name of each node that is grown from the one before it, and its place.
const CHAIN: [(&str, i32); 6] = [
    ("fetch", 330),
    ("fetched", 430),
    ("install", 530),
    ("installed", 630),
    ("start", 730),
    ("running", 830),
];

/// In the panel at the right: the list of kinds, `action` in it, the field of the command; with
/// nothing selected, the goal.
const KINDS: (i32, i32) = (1087, 279);
const ACTION: (i32, i32) = (1022, 340);
const COMMAND: (i32, i32) = (1190, 515);
const GOAL: (i32, i32) = (1130, 234);
/// An empty spot of the canvas.
const EMPTY: (i32, i32) = (300, 520);
/// In the panel below: the run of the first answer.
const SHOW: (i32, i32) = (397, 724);

pub(super) fn give(screen: &mut Screen) -> Result<(), String> {
    // Dark or light follows the system; the guide is printed.
    screen.key("ctrl+shift+p")?;
    screen.write("light")?;
    screen.key("Return")?;
    screen.picture("editor-1-empty")?;
    draw(screen)?;
    annotate(screen)?;
    verify_and_repair(screen)?;
    screen.key("ctrl+s")?;
    screen.write("deploy.pnml")?;
    screen.picture("editor-8-save")?;
    screen.key("Return")
}

fn draw(screen: &mut Screen) -> Result<(), String> {
    screen.key("p")?;
    screen.click(READY)?;
    screen.key("F2")?;
    screen.write("ready")?;
    screen.key("Tab")?;
    screen.key("ctrl+a")?;
    screen.write("1")?;
    screen.picture("editor-2-place")?;
    screen.key("Return")?;
    let (mut from, y) = READY;
    for (index, (name, to)) in CHAIN.into_iter().enumerate() {
        // The handle stands to the right of the node: further from a place than from a bar.
        let handle = if index % 2 == 0 { 26 } else { 18 };
        screen.rest_at((from, y))?;
        screen.drag((from + handle, y), (to, y))?;
        screen.key("F2")?;
        screen.write(name)?;
        screen.key("Return")?;
        from = to;
    }
    screen.key("p")?;
    screen.click(LOCK)?;
    screen.key("F2")?;
    screen.write("lock")?;
    screen.key("Tab")?;
    screen.key("ctrl+a")?;
    screen.write("1")?;
    screen.key("Return")?;
    screen.key("a")?;
    screen.drag(LOCK, FETCH)?;
    screen.key("a")?;
    screen.drag(LOCK, START)?;
    screen.key("v")?;
    screen.picture("editor-3-net")
}

fn annotate(screen: &mut Screen) -> Result<(), String> {
    for (transition, command) in [(INSTALL, "./install.sh"), (START, "./start.sh"), (FETCH, "./fetch.sh")] {
        screen.click(transition)?;
        screen.click(KINDS)?;
        screen.click(ACTION)?;
        screen.click(COMMAND)?;
        screen.write(command)?;
    }
    screen.picture("editor-4-action")?;
    screen.click(EMPTY)?;
    screen.click(GOAL)?;
    screen.write("tokens(p4) >= 1")?;
    screen.click(EMPTY)
}

fn verify_and_repair(screen: &mut Screen) -> Result<(), String> {
    screen.key("F9")?;
    screen.wait();
    screen.picture("editor-5-fails")?;
    screen.click(SHOW)?;
    screen.picture("editor-6-deadlock")?;
    screen.key("F5")?;
    // Installing gives the lock back.
    screen.key("a")?;
    screen.drag(INSTALL, LOCK)?;
    screen.key("v")?;
    screen.key("F9")?;
    screen.wait();
    screen.picture("editor-7-holds")
}
