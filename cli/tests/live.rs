//! The live view of `pn run`, on a terminal that `script` (bsdutils) makes.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod pn;

use pn::{Bench, exec, pnml, two_steps};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ENTERS: &str = "\u{1b}[?1049h";
const LEAVES: &str = "\u{1b}[?1049l";

/// `pn` on a terminal of 100 by 30.
fn on_terminal(bench: &Bench, arguments: &str, environment: &[(&str, &str)]) -> Child {
    let pn = env!("CARGO_BIN_EXE_pn");
    let command = format!("stty cols 100 rows 30; exec {pn} {arguments}");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]).current_dir(bench.path());
    script
        .env("PN_RUNS", bench.file("runs"))
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .env_remove("NO_COLOR");
    script.envs(environment.iter().copied());
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script starts")
}

/// What the terminal was sent, and the exit status.
fn to_the_end(mut child: Child) -> (String, Option<i32>) {
    let mut shown = Vec::new();
    child.stdout.take().expect("it is a pipe").read_to_end(&mut shown).expect("it can be read");
    let status = child.wait().expect("it ends");
    (String::from_utf8_lossy(&shown).into_owned(), status.code())
}

/// The normal screen after the live view.
fn afterwards(shown: &str) -> &str {
    shown.rsplit_once(LEAVES).expect("the live view is left").1
}

#[test]
fn a_run_is_shown_and_summed_up_where_it_stays() {
    let bench = Bench::with("net.pnml", &two_steps());
    let (shown, status) = to_the_end(on_terminal(&bench, "run net.pnml", &[]));
    assert_eq!(status, Some(0), "{shown}");
    assert_eq!(shown.matches(ENTERS).count(), 1, "{shown}");
    let after = afterwards(&shown);
    assert!(after.contains("2 of 2 actions done"), "{after}");
    assert!(after.contains("complete\u{1b}[0m after"), "{after}");
    assert!(after.contains("journal "), "{after}");
    assert!(shown.contains("\u{1b}[?25h"), "the cursor is there again: {shown}");
}

#[test]
fn what_failed_is_told_on_the_normal_screen() {
    let failing = exec("echo no route &gt;&amp;2; exit 7");
    let net = pnml("n", "", &["a*1", "b"], &[("broken", &failing, "a", "b")]);
    let bench = Bench::with("net.pnml", &net);
    let (shown, status) = to_the_end(on_terminal(&bench, "run net.pnml --unverified", &[]));
    assert_ne!(status, Some(2), "{shown}");
    let after = afterwards(&shown);
    assert!(after.contains("broken: exit status 7"), "{after}");
}

#[test]
fn q_drains_and_once_more_cancels() {
    let net = pnml("n", "", &["a*1", "b"], &[("long", &exec("touch begun; sleep 60"), "a", "b")]);
    let bench = Bench::with("net.pnml", &net);
    let since = Instant::now();
    let mut child = on_terminal(&bench, "run net.pnml --unverified", &[]);
    while !bench.file("begun").exists() && since.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut keys = child.stdin.take().expect("it is a pipe");
    keys.write_all(b"q").expect("the terminal takes keys");
    std::thread::sleep(Duration::from_millis(400));
    keys.write_all(b"q").expect("the terminal takes keys");
    let (shown, status) = to_the_end(child);
    assert_eq!(status, Some(3), "{shown}");
    assert!(shown.contains("q again cancels"), "{shown}");
    assert!(afterwards(&shown).contains("go on with: pn resume"), "{shown}");
    assert!(since.elapsed() < Duration::from_secs(50), "it was cancelled");
}

#[test]
fn lines_are_told_where_no_picture_can_be() {
    for (arguments, environment) in [
        ("run net.pnml --plain", [("TERM", "xterm")]),
        ("run net.pnml", [("TERM", "dumb")]),
        ("run net.pnml --json", [("TERM", "xterm")]),
    ] {
        let bench = Bench::with("net.pnml", &two_steps());
        let (shown, status) = to_the_end(on_terminal(&bench, arguments, &environment));
        assert_eq!(status, Some(0), "{shown}");
        assert!(!shown.contains(ENTERS), "{arguments} {environment:?}: {shown}");
    }
}

#[test]
fn no_color_is_obeyed() {
    let bench = Bench::with("net.pnml", &two_steps());
    let (shown, _) = to_the_end(on_terminal(&bench, "run net.pnml", &[("NO_COLOR", "1")]));
    assert!(shown.contains(ENTERS), "{shown}");
    for colour in 30..38 {
        for code in [format!("\u{1b}[{colour}m"), format!("\u{1b}[38;5;{}m", colour - 30)] {
            assert!(!shown.contains(&code), "{code:?} in {shown}");
        }
    }
}
