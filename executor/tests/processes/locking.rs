//! One runner at a time, and readers at any time.

use crate::trials;
use crate::world::{World, never_told, settings, wait_until};
use libtest_mimic::Trial;
use pn_executor::machine::EndState;
use pn_executor::{ExecutorError, Journal, ResumeConfig, RunState};

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("a_second_runner_is_refused_and_readers_are_not", second_runner),
        ("a_finished_run_is_not_resumed", finished),
        ("a_file_that_is_no_journal_is_told_from_one", no_journal),
    ])
}

fn second_runner() {
    let world = World::new();
    let mut child = world.start_runner("slow");
    wait_until("the command begins", || world.read("log").contains("begin"));
    let journal = world.journal().unwrap();
    let status = Journal::open(&journal).unwrap().status().unwrap();
    assert_eq!(status.summary.state, RunState::Running);
    assert_eq!(status.in_flight().map(|attempt| &*attempt.action).collect::<Vec<_>>(), ["x"]);
    match world.resume(&world.deployment("slow"), &journal) {
        Err(ExecutorError::Locked { pid, .. }) => assert_eq!(pid, Some(child.id())),
        other => panic!("{:?}", other.map(|ran| ran.report)),
    }
    assert!(child.wait().unwrap().success());
    let state = Journal::open(&journal).unwrap().summary().unwrap().state;
    assert_eq!(state, RunState::Ended(EndState::Complete));
}

fn finished() {
    let world = World::new();
    let deployment = crate::support::draft("a(1)\nx: a -> b").goal("b", 1).expanded();
    let ran = world.run(&deployment);
    let again = world.resume(&deployment, &ran.report.journal).map(|ran| ran.report);
    assert!(matches!(again, Err(ExecutorError::Over { state: "complete", .. })), "{again:?}");
    let other = crate::support::draft("a(2)\nx: a -> b").goal("b", 1).expanded();
    let again = world.resume(&other, &ran.report.journal).map(|ran| ran.report);
    assert!(matches!(again, Err(ExecutorError::OtherDeployment { what: "net", .. })), "{again:?}");
}

fn no_journal() {
    let world = World::new();
    let deployment = crate::support::draft("a(1)\nx: a -> b").expanded();
    let try_it = |name: &str, bytes: &[u8]| {
        let path = world.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let config = ResumeConfig { deployment: deployment.clone(), journal: path, settings: settings() };
        pn_executor::resume(config, &mut |_| {}, never_told()).unwrap_err()
    };
    assert!(matches!(try_it("empty.db", b""), ExecutorError::NotAJournal { .. }));
    assert!(matches!(try_it("text.db", &[b'x'; 5000]), ExecutorError::NotAJournal { .. }));
    let missing = Journal::open(&world.path().join("missing.db"));
    assert!(matches!(missing, Err(ExecutorError::File { .. })));
    let (runs, broken) = pn_executor::runs(world.path()).unwrap();
    assert_eq!((runs.len(), broken.len()), (0, 2));
}
