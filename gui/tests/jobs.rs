//! Verification as a job: findings in words, runs that show them, cancellation.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use pn_gui::document::{Document, Facts};
use pn_gui::game::Game;
use pn_gui::jobs::{Finding, Limits, Verification, Word, findings, questions};
use pn_gui::subject::Subject;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn subject(example: &str) -> Subject {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nets/");
    let bytes = std::fs::read(format!("{examples}{example}.pnml")).unwrap();
    let document = Document::new(pn_pnml::read(&bytes).document.unwrap());
    let facts = Facts::of(&document);
    assert_eq!(facts.remarks, []);
    Subject::expanded(Arc::clone(&facts.meaning.unwrap().deployment))
}

/// The answers, once the job has finished.
fn finished(subject: Subject, limits: Limits, then: impl Fn(&Verification)) -> Vec<Finding> {
    let asked = questions(&subject);
    let mut verification = Verification::start(subject, asked, limits, || {});
    then(&verification);
    let deadline = Instant::now() + Duration::from_secs(120);
    while verification.is_running() {
        assert!(Instant::now() < deadline, "it does not come to an end");
        std::thread::sleep(Duration::from_millis(5));
        verification.poll();
    }
    findings(&verification)
}

#[test]
fn a_sound_deployment_holds_everywhere() {
    let found = finished(subject("rollout"), Limits::default(), |_| {});
    assert!(found.len() >= 5, "{found:?}");
    assert!(found.iter().all(|finding| finding.word == Word::Holds), "{found:?}");
}

#[test]
fn a_deadlock_comes_with_a_run_that_can_be_stepped_through() {
    let subject = subject("opposite-locks");
    let found = finished(subject.clone(), Limits::default(), |_| {});
    assert_eq!(found[0].word, Word::Fails);
    assert!(found[0].statement.starts_with("It cannot get stuck"), "{}", found[0].statement);
    let mut game = Game::of_trace(subject, found[0].trace.as_ref().unwrap()).unwrap();
    assert_eq!((game.position(), game.firings().len()), (0, 2));
    game.seek(2);
    assert_eq!(game.enabled(), []);
}

#[test]
fn a_cancelled_verification_ends_with_what_is_known() {
    let found = finished(subject("rollout"), Limits::default(), Verification::cancel);
    assert!(found.iter().any(|finding| finding.word == Word::Unknown), "{found:?}");
    let told = found.iter().filter(|finding| finding.word == Word::Unknown);
    assert!(told.clone().all(|finding| finding.how == "not decided: cancelled"), "{found:?}");
}
