//! Runs that stay and watch, and runs that only look.

use crate::support::{Draft, draft, retried, with};
use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use pn_deployment::{Deployment, Faults, Outcome, Role, expand};
use pn_executor::machine::{EndState, Reason, Refusal};
use pn_executor::{Control, Journal, RunEvent, RunMode};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("what_drifts_is_repaired_until_the_run_has_rested", repaired),
        ("a_drift_that_breaks_an_invariant_is_told_and_freezes_its_part", frozen),
        ("an_event_is_waited_for", event),
        ("a_run_that_only_looks_changes_nothing", noop),
        ("a_watching_run_is_resumed_watching", resumed),
        ("what_nobody_touches_is_made_once_and_not_again", undisturbed),
        ("repairs_that_fail_once_each_are_retried_more_often_than_there_are_attempts", retried_repairs),
    ])
}

/// A file, and its drift as it is drawn.
fn kept(world: &World, drift: &str) -> Draft {
    let net = format!("a(1)\nx: a -> r\nok: r -> b\nlost: r -> a\nfails: r -> bad\n{drift}");
    let of = draft(&net).drawn().net.find_transition("x").unwrap();
    draft(&net)
        .action("x", with("file", &[("path", &world.at("file")), ("content", "as it should be\n")]))
        .outcome("ok", "x", &[Outcome::Ok])
        .outcome("fails", "x", &[Outcome::Failed])
        .outcome("lost", "x", &[Outcome::Unknown, Outcome::Cancelled])
        .role("drift", Role::Drift { of })
        .goal("b", 1)
}

fn repaired() {
    let world = World::new();
    let deployment = kept(&world, "drift: b -> a").drawn();
    let mut config = world.config(&deployment, &[]);
    config.mode = RunMode::Watch { converged: Some(Duration::from_millis(700)) };
    let file = world.path().join("file");
    let mut ends = Vec::new();
    let ran = world
        .run_with(config, &mut |event, _| {
            if let RunEvent::Ended { attempt, .. } = event {
                ends.push(attempt.reason);
                if ends.len() == 1 {
                    // A moment later: the first look of the watch must find it as it was left.
                    let file = file.clone();
                    std::thread::spawn(move || {
                        std::thread::sleep(Duration::from_millis(150));
                        std::fs::remove_file(file).unwrap();
                    });
                }
            }
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert_eq!(ran.report.converged, Some(Duration::from_millis(700)));
    assert_eq!(ends, [Reason::Plan, Reason::Drift]);
    assert_eq!(world.read("file"), "as it should be\n");
    assert!(ran.events.iter().any(|event| matches!(event, RunEvent::Observed { .. })));
}

fn frozen() {
    let world = World::new();
    let deployment = kept(&world, "drift: b -> a + down").limit("whole", "down", 0).drawn();
    let mut config = world.config(&deployment, &[]);
    config.mode = RunMode::Watch { converged: None };
    let file = world.path().join("file");
    let ran = world
        .run_with(config, &mut |event, say| match event {
            RunEvent::Ended { .. } => {
                let file = file.clone();
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(150));
                    std::fs::write(file, "no longer so").unwrap();
                });
            }
            RunEvent::Pending { .. } => say.send(Control::Stop).unwrap(),
            _ => {}
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Stopped);
    let pending = ran.events.iter().find_map(|event| match event {
        RunEvent::Pending { why, .. } => Some(*why),
        _ => None,
    });
    assert_eq!(pending, Some(Some(Refusal::Invariant(0))));
    assert_eq!(world.read("file"), "no longer so", "nothing was repaired");
    let log = Journal::open(&ran.report.journal).unwrap().log().unwrap();
    assert!(log.iter().any(|entry| entry.word == "pending"), "{log:?}");
}

fn event() {
    let world = World::new();
    let params = vec![("path".to_owned(), world.at("flag")), ("content".to_owned(), "go".to_owned())];
    let deployment = draft("a(1)\ncome: a -> b")
        .role("come", Role::Event { kind: "file".into(), host: None, params })
        .goal("b", 1)
        .expanded();
    let file = world.path().join("flag");
    let writer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        std::fs::write(file, "go").unwrap();
    });
    let ran = world.run(&deployment);
    writer.join().unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
}

fn noop() {
    let world = World::new();
    let deployment = kept(&world, "drift: b -> a").drawn();
    let mut config = world.config(&deployment, &[]);
    config.mode = RunMode::Noop;
    let ran = world.run_with(config, &mut |_, _| {}).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert!(!world.path().join("file").exists());
    let reports = ran.reports(&deployment, "x");
    assert!(reports[0].message.starts_with("would apply: "), "{}", reports[0].message);
    assert_eq!(Journal::open(&ran.report.journal).unwrap().mode().unwrap(), RunMode::Noop);
}

fn resumed() {
    let world = World::new();
    let deployment = kept(&world, "drift: b -> a").drawn();
    let mut config = world.config(&deployment, &[]);
    config.mode = RunMode::Watch { converged: Some(Duration::from_millis(500)) };
    let ran = world
        .run_with(config, &mut |event, say| {
            if matches!(event, RunEvent::Ended { .. }) {
                say.send(Control::Stop).unwrap();
            }
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Stopped);
    // It drifts while nobody watches.
    std::fs::remove_file(world.path().join("file")).unwrap();
    let ran = world.resume(&deployment, &ran.report.journal).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert_eq!(world.read("file"), "as it should be\n");
}

/// One action that makes a marker, in a net in which anything may drift.
fn marker(world: &World, cmd: &str, params: &[(&str, &str)]) -> Arc<Deployment> {
    let (marker, cmd) = (world.at("marker"), format!("cd {} && {cmd}", world.path().display()));
    let own = [("unless", format!("test -e {marker}")), ("cmd", cmd)];
    let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let action = retried(with("exec", &[own.as_slice(), params].concat()), 3, Duration::from_millis(200));
    let net = draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).drawn();
    Arc::new(expand(&net, Faults::Any).deployment)
}

fn undisturbed() {
    let world = World::new();
    // Slow, so that a look before its end would find nothing made yet.
    let mut config = world.config(&marker(&world, "sleep 0.3 && touch marker", &[]), &[]);
    config.mode = RunMode::Watch { converged: Some(Duration::from_millis(300)) };
    let ran = world.run_with(config, &mut |_, _| {}).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    let starts = ran.events.iter().filter(|event| matches!(event, RunEvent::Started { .. })).count();
    let seen = |event: &&RunEvent| matches!(event, RunEvent::Observed { .. } | RunEvent::Pending { .. });
    assert_eq!((starts, ran.events.iter().filter(seen).count()), (1, 0), "{:#?}", ran.events);
}

fn retried_repairs() {
    let world = World::new();
    let deployment = marker(&world, "! rm broken 2>/dev/null && touch marker", &[("poll", "100ms")]);
    let mut config = world.config(&deployment, &[]);
    config.mode = RunMode::Watch { converged: Some(Duration::from_millis(700)) };
    let (mut ends, mut left) = (Vec::new(), 3);
    let ran = world
        .run_with(config, &mut |event, _| {
            if let RunEvent::Ended { attempt, report, .. } = event {
                ends.push((attempt.reason, report.result));
                if report.result == Outcome::Ok && left > 0 {
                    left -= 1;
                    std::fs::write(world.path().join("broken"), "").unwrap();
                    std::fs::remove_file(world.path().join("marker")).unwrap();
                }
            }
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    let repair = [(Reason::Drift, Outcome::Failed), (Reason::Drift, Outcome::Ok)];
    let wanted = [[(Reason::Plan, Outcome::Ok)].as_slice(), &repair, &repair, &repair].concat();
    assert_eq!(ends, wanted, "three attempts are three for each repair");
    let observed = ran.events.iter().filter(|event| matches!(event, RunEvent::Observed { .. })).count();
    let pending = ran.events.iter().filter(|event| matches!(event, RunEvent::Pending { .. })).count();
    assert_eq!((observed, pending), (3, 0), "nothing is told of a drift while it is mended");
}
