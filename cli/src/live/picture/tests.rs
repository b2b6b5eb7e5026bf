//! The picture, as a terminal of a given size shows it.

use super::*;
use crate::reading;
use crate::subject::Subject;
use crate::terminal::Terminal as Output;
use expect_test::{Expect, expect};
use pn_deployment::{Faults, Outcome};
use pn_executor::machine::{Attempt, AttemptId, Reason};
use pn_executor::{Approver, Report, RunEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

/// `count` hosts that are installed and then, behind an approval, switched.
fn subject(count: usize) -> Subject {
    let mut nodes = String::from(
        "<place id=\"asked\"><initialMarking><text>1</text></initialMarking></place><place id=\"given\"/>\n\
         <transition id=\"go\"><toolspecific tool=\"pn\" version=\"1\"><approval by=\"ops\"/></toolspecific></transition>\n",
    );
    let mut arcs = vec![("asked".to_owned(), "go".to_owned()), ("go".to_owned(), "given".to_owned())];
    for host in 1..=count {
        nodes.push_str(&format!(
            "<place id=\"web{host}\"><initialMarking><text>1</text></initialMarking></place>\n\
             <place id=\"web{host}.new\"/><place id=\"web{host}.live\"/>\n\
             <transition id=\"web{host}.install\"><toolspecific tool=\"pn\" version=\"1\">\
             <action kind=\"noop\"/><retry max=\"3\" first=\"1s\"/></toolspecific></transition>\n\
             <transition id=\"web{host}.switch\"><toolspecific tool=\"pn\" version=\"1\">\
             <action kind=\"noop\"/></toolspecific></transition>\n"
        ));
        for (from, to) in [("", ".install"), (".install", ".new"), (".new", ".switch"), (".switch", ".live")]
        {
            arcs.push((format!("web{host}{from}"), format!("web{host}{to}")));
        }
        arcs.push(("given".into(), format!("web{host}.switch")));
        arcs.push((format!("web{host}.switch"), "given".into()));
    }
    for (index, (from, to)) in arcs.iter().enumerate() {
        nodes.push_str(&format!("<arc id=\"a{index}\" source=\"{from}\" target=\"{to}\"/>\n"));
    }
    let text = format!(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\"><net id=\"n\" \
         type=\"http://www.pnml.org/version-2009/grammar/ptnet\"><page id=\"p\">{nodes}</page></net></pnml>"
    );
    let Ok(deployment) = reading::deployment(&Output::default(), "web.pnml", text.as_bytes()) else {
        panic!("the net is well formed");
    };
    Subject::under("web.pnml".into(), deployment, Faults::None)
}

/// A run of it, seen by somebody.
struct Scene<'a> {
    board: Board<'a>,
    view: View,
    now: Duration,
    attempts: u64,
}

impl<'a> Scene<'a> {
    fn new(subject: &'a Subject) -> Self {
        let who = Approver { user: "ada".into(), groups: BTreeSet::from(["ops".into()]), is_root: false };
        let (board, view) = (Board::new(subject), View::new(who));
        let mut scene = Self { board, view, now: Duration::ZERO, attempts: 0 };
        let marking = subject.net().initial().clone();
        let (run, journal) = ("20260714-093005-k3x9".into(), PathBuf::from("/runs/k3x9.db"));
        scene.take(RunEvent::Began { run, journal, fencing: 1, marking });
        scene
    }

    fn take(&mut self, event: RunEvent) {
        self.board.take(&event, self.now);
    }

    fn transition(&self, name: &str) -> TransitionId {
        self.board.subject.net().find_transition(name).expect("the net has it")
    }

    fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    fn starts(&mut self, action: &str, failures: u32) -> Attempt {
        self.attempts += 1;
        let transition = self.transition(action);
        let id = AttemptId(self.attempts);
        let reason = Reason::Plan;
        let attempt = Attempt { id, action: transition, activation: 1, failures, interruptions: 0, reason };
        self.take(RunEvent::Started { attempt, transition });
        attempt
    }

    fn ends(&mut self, attempt: Attempt, result: Outcome, message: &str) {
        let took = Duration::from_millis(1500);
        let outcome = self.board.subject.deployment().transitions_for(attempt.action, result);
        let transition = outcome.into_iter().next().expect("each result has a transition");
        let mut report = Report::new(result, message);
        if result == Outcome::Failed {
            report.stderr.head = "no route to host\n".into();
        }
        self.take(RunEvent::Ended { attempt, report, took, transition });
    }

    fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            let code = match key {
                '\t' => KeyCode::Tab,
                '\n' => KeyCode::Enter,
                '↓' => KeyCode::Down,
                '⇟' => KeyCode::PageDown,
                '⇞' => KeyCode::PageUp,
                '⎋' => KeyCode::Esc,
                key => KeyCode::Char(key),
            };
            self.view.key(KeyEvent::new(code, KeyModifiers::NONE), &self.board);
        }
    }

    fn buffer(&mut self, width: u16, height: u16, paint: Paint) -> ratatui::buffer::Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("memory is enough");
        terminal
            .draw(|frame| draw(frame, &self.board, &mut self.view, paint, self.now))
            .expect("drawing in memory does not fail");
        terminal.backend().buffer().clone()
    }

    fn text(&mut self, width: u16, height: u16) -> String {
        let buffer = self.buffer(width, height, Paint::Colours);
        let row = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(|y| row(y).trim_end().to_owned() + "\n").collect()
    }

    fn check(&mut self, width: u16, height: u16, expected: Expect) {
        expected.assert_eq(&self.text(width, height));
    }
}

fn in_the_middle(subject: &Subject) -> Scene<'_> {
    let mut scene = Scene::new(subject);
    scene.take(RunEvent::Waiting { transition: scene.transition("go") });
    let one = scene.starts("web1.install", 0);
    let two = scene.starts("web2.install", 0);
    scene.pass(1500);
    scene.ends(one, Outcome::Ok, "done");
    scene.ends(two, Outcome::Failed, "exit status 1");
    scene.take(RunEvent::RetryIn { action: two.action, pause: Duration::from_secs(1) });
    scene.starts("web3.install", 0);
    scene.pass(700);
    scene
}

#[test]
fn the_middle_of_a_run_at_eighty_columns() {
    let subject = subject(3);
    in_the_middle(&subject).check(
        80,
        24,
        expect![[r#"
        run 20260714-093005-k3x9  web.pnml  2.20 s
        #......... 1 of 6 done · 1 to approve · 1 running · 1 to retry
        ─  actions ─────────────────────────────────────────────────────────────────────
         ok       web1.install               1.50 s    1 of 3 done
         waits    web1.switch                                 for given
         retries  web2.install               1.50 s    1 of 3 again in 0.30 s: exit stat
         waits    web2.switch                                 for given
         runs     web3.install               0.70 s    1 of 3
         waits    web3.switch                                 for given


        ─ web3.install ─────────────────────────────────────────────────────────────────
        runs for 0.70 s, attempt 1 of 3


        ─  to approve ──────────────────────────────────────────────────────────────────
         go, by ops: pn approve 20260714-093005-k3x9 go
        ─  log ─────────────────────────────────────────────────────────────────────────
             1.50 s  ok        web1.install after 1.50 s: done
             1.50 s  failed    web2.install after 1.50 s: exit status 1
                     err | no route to host
             1.50 s  retries   web2.install in 1.00 s
             1.50 s  starts    web3.install
        q stops · a approve · / filter · Tab pane · ? help
    "#]],
    );
}

#[test]
fn the_middle_of_a_run_in_a_wide_window() {
    let subject = subject(3);
    let mut scene = in_the_middle(&subject);
    scene.press("↓↓↓");
    scene.check(120, 20, expect![[r#"
        run 20260714-093005-k3x9  web.pnml  2.20 s
        ##............. 1 of 6 done · 1 to approve · 1 running · 1 to retry
        ─  actions ──────────────────────────────────────────────────────────── ─ web3.switch ──────────────────────────────────
         ok       web1.install           1.50 s    1 of 3 done                  waits
         waits    web1.switch                             for given             `given` holds 0 of 1, filled by
         retries  web2.install           1.50 s    1 of 3 again in 0.30 s: exit   go: can fire now, when it is approved
         waits    web2.switch                             for given               web1.switch: its check finds nothing to do:
         runs     web3.install           0.70 s    1 of 3                       has to wait
         waits    web3.switch                             for given                 `web1.switch is checked` holds 0 of 1,
                                                                                filled by
                                                                                      start web1.switch: has to wait
                                                                                        `given` holds 0 of 1, filled by
        ─  to approve ──────────────────────────────────────────────────────────────────────────────────────────────────────────
         go, by ops: pn approve 20260714-093005-k3x9 go
        ─  log ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
             1.50 s  failed    web2.install after 1.50 s: exit status 1
                     err | no route to host
             1.50 s  retries   web2.install in 1.00 s
             1.50 s  starts    web3.install
        q stops · a approve · / filter · Tab pane · ? help
    "#]]);
}

#[test]
fn a_narrow_window_and_one_that_is_too_small() {
    let subject = subject(3);
    let mut scene = in_the_middle(&subject);
    scene.check(
        44,
        14,
        expect![[r#"
        run 20260714-093005-k3x9  web.pnml  2.20 s
        ..... 1 of 6 done · 1 to approve · 1 running
        ─  actions ─────────────────────────────────
         waits    web1.switch
         retries  web2.install           1.50 s
         waits    web2.switch
         runs     web3.install           0.70 s
         waits    web3.switch
        ─  to approve ──────────────────────────────
         go, by ops: pn approve 20260714-093005-k3x9
        ─  log ─────────────────────────────────────
             1.50 s  retries   web2.install in 1.00
             1.50 s  starts    web3.install
        q stops · a approve · / filter · Tab pane ·
    "#]],
    );
    scene.check(
        30,
        4,
        expect![[r#"
        ... 1 of 6 done · 1 to approve



    "#]],
    );
    for (width, height) in (0..140).step_by(7).flat_map(|w| (0..40).step_by(3).map(move |h| (w, h))) {
        if width > 0 && height > 0 {
            scene.text(width, height);
        }
    }
}

#[test]
fn filters_help_and_what_stands_out() {
    let subject = subject(3);
    let mut scene = in_the_middle(&subject);
    scene.press("/WEB2\n");
    let text = scene.text(80, 24);
    assert!(text.contains("web2.switch") && !text.contains("web1.switch"), "{text}");
    assert!(text.contains("actions /WEB2, 2 of 6"), "{text}");
    scene.press("⎋f");
    let text = scene.text(80, 24);
    assert!(text.contains("web3.install") && !text.contains("web1.switch"), "{text}");
    scene.press("?");
    assert!(scene.text(80, 24).contains("any key closes this"));
    scene.press("x");
    assert!(!scene.text(80, 24).contains("any key closes this"));
}

#[test]
fn approving_asks_once_more_and_is_for_those_who_may() {
    let subject = subject(1);
    let mut scene = Scene::new(&subject);
    scene.press("a");
    assert_eq!(scene.view.notice, "nothing waits for approval");
    let go = scene.transition("go");
    scene.take(RunEvent::Waiting { transition: go });
    let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
    assert_eq!(scene.view.key(key(KeyCode::Char('a')), &scene.board), None);
    assert!(scene.text(80, 24).contains("approve go as ada? y approves"));
    assert_eq!(scene.view.key(key(KeyCode::Char('n')), &scene.board), None);
    scene.press("a");
    let intent = scene.view.key(key(KeyCode::Char('y')), &scene.board);
    assert_eq!(intent, Some(super::super::view::Intent::Approve(go)));
    scene.view.who.groups.clear();
    scene.press("a");
    assert_eq!(scene.view.notice, "go is for ops to approve, not for ada");
}

#[test]
fn q_and_control_c_stop() {
    let subject = subject(1);
    let mut scene = Scene::new(&subject);
    let stop = Some(super::super::view::Intent::Stop);
    let quit = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(scene.view.key(quit, &scene.board), stop);
    scene.take(RunEvent::StopRequested { how: StopKind::Drain, running: 0 });
    assert!(scene.text(80, 24).contains("q again cancels them"));
    assert_eq!(scene.view.key(interrupt, &scene.board), stop);
    scene.press("?");
    assert_eq!(scene.view.key(interrupt, &scene.board), stop, "in every mode");
}

#[test]
fn the_log_stays_where_it_is_read_and_is_followed_again_at_its_end() {
    let subject = subject(3);
    let mut scene = in_the_middle(&subject);
    for _ in 0..50 {
        let attempt = scene.starts("web3.install", 0);
        scene.ends(attempt, Outcome::Unknown, "who knows");
    }
    scene.press("\t\t");
    scene.text(80, 24);
    scene.press("⇞⇞");
    let before = scene.text(80, 24);
    assert!(before.contains("log, stopped here"), "{before}");
    let attempt = scene.starts("web3.install", 0);
    scene.ends(attempt, Outcome::Unknown, "who knows");
    let tail = |text: &str| text.lines().rev().take(5).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(tail(&before), tail(&scene.text(80, 24)));
    scene.press("G");
    assert!(!scene.text(80, 24).contains("stopped here"));
}

#[test]
fn without_colours_nothing_is_coloured() {
    let subject = subject(3);
    let mut scene = in_the_middle(&subject);
    let colours = |buffer: &ratatui::buffer::Buffer| {
        buffer.content().iter().map(|cell| (cell.fg, cell.bg)).collect::<std::collections::HashSet<_>>()
    };
    let plain = scene.buffer(100, 30, Paint::Plain);
    assert_eq!(colours(&plain), [(Color::Reset, Color::Reset)].into());
    let coloured = scene.buffer(100, 30, Paint::Colours);
    assert!(colours(&coloured).len() > 1);
    assert!(colours(&coloured).iter().all(|(_, background)| *background == Color::Reset));
}

#[test]
fn repairs_say_why_they_are_made() {
    let subject = subject(1);
    let mut scene = Scene::new(&subject);
    let mut attempt = scene.starts("web1.install", 0);
    scene.ends(attempt, Outcome::Ok, "done");
    attempt.reason = Reason::Drift;
    scene.take(RunEvent::Started { attempt, transition: attempt.action });
    assert!(scene.text(120, 20).contains("repairs what has drifted"), "{}", scene.text(120, 20));
}

#[test]
fn a_thousand_actions_are_drawn_as_quickly_as_ten() {
    let quickest = |hosts: usize| {
        let subject = subject(hosts);
        let mut scene = Scene::new(&subject);
        for host in 1..=hosts {
            let attempt = scene.starts(&format!("web{host}.install"), 0);
            scene.ends(attempt, Outcome::Ok, "done");
        }
        let draw = |_| {
            let since = Instant::now();
            scene.text(120, 40);
            since.elapsed()
        };
        let quickest = (0..20).map(draw).min().expect("there are twenty");
        scene.press("G");
        assert!(scene.text(120, 40).contains(&format!("web{hosts}.switch")));
        quickest
    };
    let (few, many) = (quickest(5), quickest(500));
    assert!(many < 4 * few + Duration::from_millis(5), "{few:?} and {many:?}");
}
