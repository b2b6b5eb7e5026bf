//! One runner at a time, and readers at any time.

use crate::trials;
use crate::world::{World, never_told, settings, wait_until};
use libtest_mimic::Trial;
use pn_executor::machine::EndState;
use pn_executor::{ExecutorError, Journal, ResumeConfig, RunEvent, RunState};

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("a_second_runner_is_refused_and_readers_are_not", second_runner),
        ("a_runner_that_another_has_replaced_writes_and_starts_nothing", superseded),
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

/// The lock keeps a second runner away; where it does not hold, as on some network file systems, the
/// journal tells the first that it is over.
fn superseded() {
    let world = World::new();
    let deployment = crate::support::draft("a(3)\nx: a -> b")
        .action("x", crate::support::sh(&format!("echo x >> {}", world.at("log"))))
        .goal("b", 3)
        .expanded();
    let mut config = world.config(&deployment, &[]);
    config.settings.jobs = std::num::NonZeroUsize::MIN;
    let mut path = None;
    let ended = world.run_with(config, &mut |event, _| match event {
        RunEvent::Began { journal, .. } => path = Some(journal.clone()),
        RunEvent::Ended { attempt, .. } if attempt.id.0 == 1 => {
            let journal = rusqlite::Connection::open(path.as_ref().unwrap()).unwrap();
            let sql = "INSERT INTO sessions (pid, started_ms, tool_version) VALUES (1, 0, 'other')";
            journal.execute(sql, []).unwrap();
        }
        _ => {}
    });
    assert!(matches!(ended, Err(ExecutorError::Superseded { .. })), "{:?}", ended.map(|ran| ran.report));
    // The second attempt may have been written in the same transaction as the end of the first.
    assert!(world.read("log").lines().count() <= 2, "{}", world.read("log"));
    let ran = world.resume(&deployment, &path.unwrap()).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert_eq!(world.read("log").lines().count(), 3);
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
